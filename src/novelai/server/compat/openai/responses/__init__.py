"""``/v1/responses``: OpenAI's newer way to ask for text and for pictures."""
