"""Servers to measure that are not examples of their own."""
