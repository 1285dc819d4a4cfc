"""What is measured: one table, or a few, for each module."""
