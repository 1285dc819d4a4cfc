"""Who may call, and what they may spend."""
