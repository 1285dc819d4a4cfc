"""What people write once and use often: lists and snippets, called by name in templates."""
