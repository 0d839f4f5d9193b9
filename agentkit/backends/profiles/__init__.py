"""One module for each kind of server: what it understands, and how that is known."""
