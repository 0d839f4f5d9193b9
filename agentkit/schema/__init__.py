"""JSON Schema: made from types, checked here, and restricted to what a server's grammar takes."""
