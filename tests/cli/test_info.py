"""``novelai info``."""

import pytest
from PIL import Image

from novelai._metadata.reading import open_texts

OFFLINE = {"NOVELAI_API_KEY": None, "NOVELAI_BASE_URL": "http://127.0.0.1:1"}


@pytest.fixture
def picture(run, here):
    """A generated picture."""

    def picture(*options):
        return here / run("generate", "cat", "--seed", 5, "-s", "512x512", *options).stdout.strip()

    return picture


def test_settings_are_shown_offline(run, picture):
    """Prompt, seed and model of a picture, without key and network."""
    ran = run("info", picture(), **OFFLINE)
    assert ran.exit_code == 0
    assert "cat, very aesthetic" in ran.stdout
    assert any(line.split() == ["seed", "5"] for line in ran.lines)


@pytest.mark.parametrize(("options", "origin"), [((), "png"), (("--format", "webp"), "exif")])
def test_json_holds_every_setting(run, picture, options, origin):
    """--json gives the whole comment and where it was found."""
    path = picture(*options)
    (record,) = run("info", path, "--json", **OFFLINE).records
    assert (record["found"], record["origin"], record["file"]) == (True, origin, str(path))
    assert record["comment"]["seed"] == 5
    assert set(record) == {
        "file", "found", "origin", "title", "description", "software", "source",
        "generation_time", "comment",
    }  # fmt: skip


def test_the_hidden_copy_is_found(run, picture, here):
    """A PNG whose text chunks were dropped still tells."""
    path = picture()
    with Image.open(path) as image:
        Image.frombytes(image.mode, image.size, image.tobytes()).save(here / "bare.png")
    assert open_texts((here / "bare.png").read_bytes()) == {}
    (record,) = run("info", here / "bare.png", "--json").records
    assert (record["origin"], record["comment"]["seed"]) == ("stealth", 5)


def test_a_tools_picture_names_the_tool(run, picture):
    """What a director tool made tells which one, its title and the time it took."""
    made = run("tool", "line-art", picture()).stdout.strip()
    told = [line.split(maxsplit=1) for line in run("info", made, **OFFLINE).lines[1:]]
    shown = {name: value.strip() for name, value in told}
    assert (shown["title"], shown["tool"]) == ("AI augmented image", "lineart")
    assert float(shown["seconds"]) > 0


def test_a_picture_without_settings_is_code_8(run, picture, draw):
    """Files that have some are shown all the same."""
    ran = run("info", draw(), picture(), "--json")
    assert ran.exit_code == 8
    assert [record["found"] for record in ran.records] == [False, True]
    said = run("info", draw())
    assert (said.exit_code, said.stdout) == (8, "")
    assert "source.png: no settings" in said.stderr


def test_another_programs_settings_are_told(run, here):
    """They are named, are code 8 without NovelAI's, and whole in JSON."""
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_text("parameters", "a cat\nSteps: 20, Seed: 99")
    Image.new("RGB", (64, 64)).save(here / "other.png", pnginfo=chunks)
    ran = run("info", "other.png", **OFFLINE)
    assert (ran.exit_code, "A1111's" in ran.stderr) == (8, True)
    (record,) = run("info", "other.png", "--json", **OFFLINE).records
    assert (record["found"], record["other"]["fields"]["Seed"]) == (False, "99")


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n\0\0", b"RIFF\4\0\0\0WEBP"]
)
def test_what_is_no_picture_has_no_settings(run, here, content):
    """A broken file is code 8, not a traceback."""
    (here / "broken.png").write_bytes(content)
    assert run("info", "broken.png").exit_code == 8


def test_a_missing_file_is_code_2(run):
    """As for every command."""
    assert run("info", "missing.png").exit_code == 2


def test_a_strangers_picture_cannot_command_the_terminal(run, here):
    """Escape sequences hidden in a prompt are shown as replacement characters."""
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_text("Software", "NovelAI")
    chunks.add_text("Comment", '{"prompt": "a\\u001b]0;owned\\u0007b", "seed": 1}')
    Image.new("RGB", (64, 64)).save(here / "evil.png", pnginfo=chunks)
    shown = run("info", "evil.png").stdout
    assert "owned" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\x1b" not in run("info", "evil.png", "--json").stdout
