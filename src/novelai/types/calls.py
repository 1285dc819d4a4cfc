"""The keywords of calls: fields of their parameters, and options of the call."""

from novelai.types.chat import ChatFields, CompletionFields
from novelai.types.fields import GenerateImageFields, ImageFields
from novelai.types.options import CallOptions
from novelai.types.text import TextFields

__all__ = ["ChatCall", "CompletionCall", "GenerateImageCall", "ImageCall", "TextCall"]


class ImageCall(ImageFields, CallOptions, total=False):
    """Fields of `GenerateImageParams` beside ``prompt``, and `CallOptions`."""


class GenerateImageCall(GenerateImageFields, CallOptions, total=False):
    """Fields of `GenerateImageParams`, and `CallOptions`."""


class TextCall(TextFields, CallOptions, total=False):
    """Fields of `TextParams`, and `CallOptions`."""


class ChatCall(ChatFields, CallOptions, total=False):
    """Fields of `ChatParams`, and `CallOptions`."""


class CompletionCall(CompletionFields, CallOptions, total=False):
    """Fields of `CompletionParams`, and `CallOptions`."""
