"""Pure readers of a run's events."""
