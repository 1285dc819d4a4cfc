"""The check against the real service: what it answers beside what this package expects."""
