"""Measures the client, the servers and the emulator beside plain counterparts."""
