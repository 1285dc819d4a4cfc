"""Helpers under the names novelai-sdk gives them; each is another module's."""
