"""What is embedded in pictures, shown safely."""
