"""The keywords of calls: fields of their parameters, and options of the call."""

from novelai.types.chat import ChatFields, CompletionFields
from novelai.types.fields import GenerateImageFields
from novelai.types.options import CallOptions
from novelai.types.text import TextFields

__all__ = ["ChatCall", "CompletionCall", "GenerateImageCall", "TextCall"]


class GenerateImageCall(GenerateImageFields, CallOptions, total=False):
    """Fields of `GenerateImageParams`, and `CallOptions`."""


class TextCall(TextFields, CallOptions, total=False):
    """Fields of `TextParams`, and `CallOptions`."""


class ChatCall(ChatFields, CallOptions, total=False):
    """Fields of `ChatParams`, and `CallOptions`."""


class CompletionCall(CompletionFields, CallOptions, total=False):
    """Fields of `CompletionParams`, and `CallOptions`."""
