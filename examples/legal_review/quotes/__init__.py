"""Quotes: proving that what a model cites really stands in the document."""
