"""What happens, told to whoever listens: in this process, in others, and in browsers."""
