"""Collections: named sets of pictures."""
