"""NovelAI's own API: for every client with a setting for its address."""
