"""What whoever runs the server can see of it: logs, metrics, traces, readiness. Never a prompt."""
