"""The flagship example: a contract-review agent that proves its quotes. Copy it, and change it."""
