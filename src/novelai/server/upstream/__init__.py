"""NovelAI, as the worker sees it: accounts and calls."""
