"""Who is calling, and what a request may look like before anything reads it."""
