"""Other dialects than the server's own: thin adapters over the same jobs."""
