"""Programs that can use a server of this package: what to enter in them, and what they ask."""
