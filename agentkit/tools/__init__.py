"""Tools: plain Python functions, offered to a model and executed for it."""
