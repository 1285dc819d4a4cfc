"""What keys have used."""
