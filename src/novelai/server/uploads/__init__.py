"""Pictures that callers hand in before they use them."""
