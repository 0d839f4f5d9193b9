"""The agent loop: one state, one step function, one event stream."""
