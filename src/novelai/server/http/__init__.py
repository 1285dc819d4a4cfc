"""What every HTTP request meets: who calls, what may come in, how errors and files go out."""
