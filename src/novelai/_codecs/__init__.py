"""Bytes to values and back: archives, event streams, frames, request bodies."""
