"""Contracts as text with places: pages, sections, defined terms, tracked changes."""
