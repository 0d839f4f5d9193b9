"""agentkit: agents whose reasoning effort is a decision, not a constant."""
