"""The page on OpenAI's client is true."""

import re
from pathlib import Path

from PIL import Image

PAGE = Path(__file__).parents[3] / "docs" / "clients" / "openai-sdk.md"


def test_its_programs_run(keyed, tmp_path, monkeypatch, seen):
    """Its programs run as they stand, with an address and a key that are there."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text("utf-8")
    text = text.replace("http://127.0.0.1:8000", keyed.url).replace("nvs_…", keyed.make_key())
    session = {"__name__": "session"}
    blocks = re.findall(r"^```py\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for block in blocks:
        exec(compile(block, "openai-sdk.md", "exec"), session)
    session["client"].close()
    with Image.open("out.png") as picture:
        assert picture.size == (832, 1216)
    assert (tmp_path / "out.mp3").read_bytes().startswith(b"ID3")
    assert (len(blocks), seen.paid) == (4, 3)
