"""The door for agents: the Model Context Protocol, over HTTP and over standard input."""
