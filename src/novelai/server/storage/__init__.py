"""Where everything is kept: the database, and the bytes of pictures."""
