"""Paid work, from its submission to its end."""
