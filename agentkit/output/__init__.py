"""Structured output: what an answer must look like, and how its text becomes a value."""
