"""Applications built on agentkit's public API, to run, to read and to copy."""
