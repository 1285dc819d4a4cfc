"""Commands for whoever runs the server: its data, its keys, its accounts, its workers."""
