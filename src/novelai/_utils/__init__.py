"""Conversions under the module names novelai-sdk gives them."""
