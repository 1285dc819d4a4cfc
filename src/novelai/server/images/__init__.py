"""Finished pictures."""
