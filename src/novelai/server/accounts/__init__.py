"""Accounts of NovelAI whose tokens owners left here."""
