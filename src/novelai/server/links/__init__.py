"""Links that carry their own permission: signed, for a time, within a key's budget."""
