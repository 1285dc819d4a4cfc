"""Embedded settings, byte by byte: where they are in a file, and how they are read and written."""
