"""The door for programs that speak to OpenAI: pictures and chat under ``/v1``."""
