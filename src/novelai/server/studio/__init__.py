"""What a page needs to build forms: models, prices, tokens, tags, earlier prompts."""
