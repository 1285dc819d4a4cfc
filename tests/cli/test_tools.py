"""``novelai tool`` and ``novelai upscale``."""

import pytest
from PIL import Image

from novelai.emulator import Fault


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (["line-art"], {"req_type": "lineart"}),
        (["sketch"], {"req_type": "sketch"}),
        (
            ["colorize", "--prompt", "warm", "--defry", 2],
            {"req_type": "colorize", "prompt": "warm", "defry": 2},
        ),
        (
            ["emotion", "--mood", "happy", "--prompt", "smile"],
            {"req_type": "emotion", "prompt": "happy;;smile", "defry": 0},
        ),
        (["declutter"], {"req_type": "declutter"}),
        (["declutter", "--keep-bubbles"], {"req_type": "declutter-keep-bubbles"}),
    ],
)
def test_a_tool_makes_one_picture(run, emulator, here, draw, options, sent):
    """Options reach the request; the result is named after the picture and the tool."""
    draw("my cat.png", (1024, 1024))
    ran = run("tool", options[0], "my cat.png", *options[1:])
    assert (ran.exit_code, ran.lines) == (0, [f"my-cat-{options[0]}.png"]), ran.stderr
    body = emulator.requests[-1].body
    assert {name: body[name] for name in sent} == sent
    with Image.open(here / ran.lines[0]) as image:
        assert image.size == (1024, 1024)


def test_removing_a_background_gives_three_named_layers(run, draw):
    """Each layer is a file, told apart by its name; the price is counted once."""
    draw()
    ran = run("tool", "remove-background", "source.png", "-o", "cut.png", "--json")
    assert [record["file"] for record in ran.records] == [
        "cut-masked.png",
        "cut-generated.png",
        "cut-blend.png",
    ]
    assert [record["part"] for record in ran.records] == ["masked", "generated", "blend"]
    assert [record["anlas"] for record in ran.records] == [65, 0, 0]
    assert {record["tool"] for record in ran.records} == {"remove-background"}


def test_an_upscale_doubles(run, here, draw):
    """Twice the width and height."""
    draw()
    ran = run("upscale", "source.png", "--json")
    assert ran.records == [
        {
            "file": "source-upscale.png",
            "source": str("source.png"),
            "tool": "upscale",
            "part": None,
            "size": "1024x1024",
            "anlas": 1,
        }
    ]
    assert (here / "source-upscale.png").is_file()


def test_several_files_go_one_after_another(run, emulator, draw):
    """A failure leaves the earlier results, and says how many there are."""
    draw("a.png")
    draw("b.png")
    emulator.script(None, Fault(status=500))
    ran = run("upscale", "a.png", "b.png", "--pause", 0)
    assert (ran.exit_code, ran.lines) == (7, ["a-upscale.png"])
    assert "Saved before that: 1 picture." in ran.stderr


def test_prices_before_sending(run, emulator, draw):
    """--cost needs no key; --account knows what is free on Opus."""
    draw("a.png", (1024, 1024))
    draw("b.png", (1024, 1024))
    offline = run("tool", "sketch", "a.png", "b.png", "--cost", NOVELAI_API_KEY=None)
    assert offline.lines == ["40 Anlas for 2 pictures in 2 calls"]
    assert run("tool", "sketch", "a.png", "--cost", "--account").lines[0].startswith("0 Anlas")
    assert run("upscale", "a.png", "--cost").lines == ["1 Anlas for 1 picture in 1 call"]
    assert {record.path for record in emulator.requests} == {"/user/subscription"}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tool", "paint", "source.png"], "TOOL"),
        (["tool", "sketch", "source.png", "--mood", "happy"], "--mood"),
        (["tool", "sketch", "source.png", "--prompt", "x"], "--prompt"),
        (["tool", "line-art", "source.png", "--defry", "1"], "--defry"),
        (["tool", "sketch", "source.png", "--keep-bubbles"], "--keep-bubbles"),
        (["tool", "emotion", "source.png"], "--mood"),
        (["tool", "emotion", "source.png", "--mood", "hungry"], "--mood"),
        (["tool", "colorize", "source.png", "--defry", "9"], "--defry"),
        (["tool", "sketch", "source.png", "notes.txt"], "notes.txt"),
        (["upscale", "huge.png"], "huge.png"),
        (["upscale", "missing.png"], "missing.png"),
        (["upscale", "source.png", "-o", "x.webp"], "--output"),
    ],
)
def test_wrong_options_are_named_before_anything_is_sent(
    run, emulator, here, draw, arguments, named
):
    """Exit code 2, and the option or file; with several files not even the first is sent."""
    draw()
    draw("huge.png", (2048, 2048))
    (here / "notes.txt").write_text("no picture")
    ran = run(*arguments)
    assert ran.exit_code == 2, ran.stdout
    assert named in ran.stderr
    assert emulator.requests == []
