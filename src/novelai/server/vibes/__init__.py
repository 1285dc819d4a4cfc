"""Encoded vibes: paid for once, kept for good."""
