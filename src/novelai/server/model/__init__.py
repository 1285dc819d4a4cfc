"""What the server works with: values that decide and do no input or output."""
