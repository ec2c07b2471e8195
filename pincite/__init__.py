"""The command line: the one place that may import every room, and does so only inside the command that needs it."""
