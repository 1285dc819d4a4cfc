"""Logs, metrics and spans, without a token or a prompt in any of them."""
