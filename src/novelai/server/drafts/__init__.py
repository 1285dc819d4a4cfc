"""What somebody is working on, the same on all their devices."""
