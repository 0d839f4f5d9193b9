"""Nouns that every floor shares: messages, requests, replies, decisions, events, limits, results and ports.

Frozen data and Protocols only; nothing here does I/O, and nothing here needs a package beyond the standard library.
"""
