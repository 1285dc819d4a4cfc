"""What a client offers, by topic: signatures, docstrings and one line each."""
