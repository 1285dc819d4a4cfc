"""Programs that run in a process of their own, so that only they are measured."""
