"""Triage without a model: rules that locate clauses. A locator ("where to look"), never a review."""
