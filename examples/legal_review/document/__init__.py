"""A contract as the review sees it: its text, and where each character stands on a page and in a section."""
