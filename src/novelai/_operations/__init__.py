"""Every endpoint once, as a pure generator of requests."""
