"""APIs of other programs, each a thin adapter over the same jobs; the documentation says doors."""
