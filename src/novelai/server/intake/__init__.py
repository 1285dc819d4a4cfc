"""Pictures that callers hand in."""
