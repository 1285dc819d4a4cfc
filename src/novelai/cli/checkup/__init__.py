"""Which part of a set-up is wrong: one module for each thing that is looked at."""
