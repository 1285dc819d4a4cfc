"""How long things are kept: old bins, jobs, sessions, and pictures that were handed in."""
