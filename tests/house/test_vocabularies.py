"""The vocabularies that are committed are those that were compared with NovelAI's counts."""

import importlib.util
import zlib
from hashlib import sha256
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_vocabularies.py"


def load():
    spec = importlib.util.spec_from_file_location("make_vocabularies", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_vocabularies = load()


@pytest.mark.parametrize("name", make_vocabularies.CONTENTS)
def test_a_vocabulary_is_as_it_was_made(name):
    """What is packed in a file has the hash that the script asks of the packages, too."""
    content = zlib.decompress((make_vocabularies.FOLDER / name).read_bytes(), -15)
    assert sha256(content).hexdigest() == make_vocabularies.CONTENTS[name]
    assert make_vocabularies.wrong({name: content} | dict.fromkeys(make_vocabularies.CONTENTS, b""))
    assert zlib.decompress(make_vocabularies.pack(content), -15) == content


def test_whose_they_are_is_told():
    """Each file is named in the notice beside it, and the licences are there."""
    folder = make_vocabularies.FOLDER
    notice = (folder / "NOTICE").read_text("utf-8")
    assert all(name in notice for name in make_vocabularies.CONTENTS)
    assert "Apache License" in (folder / "LICENSE-T5").read_text("utf-8")
    assert "MIT License" in (folder / "LICENSE-CLIP").read_text("utf-8")


def test_scores_keep_what_single_precision_tells_apart():
    """The fewest digits that give the same number."""
    assert make_vocabularies.shortest(-2.0122928619384766) == -2.0122929
    assert make_vocabularies.shortest(0.0) == 0.0
