"""Between the nouns of `protocol` and the JSON of a server's Chat Completions dialect. No I/O."""
