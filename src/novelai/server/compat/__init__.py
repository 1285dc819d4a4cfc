"""Doors: other programs' dialects, each a thin adapter over the same job."""
