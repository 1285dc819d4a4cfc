"""Pictures that are handed in, and what is found in them."""

import json
import struct
import time
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin
from tests.server_api.people import png

from novelai._metadata.others import read_other

A1111 = (
    "masterpiece, 1girl, (cat ears:1.2)\n"
    "Negative prompt: lowres, bad hands\n"
    'Steps: 20, Sampler: "Euler a", CFG scale: 7, Seed: 42, Size: 512x768, Model: any'
)


def with_text(**chunks):
    info = PngImagePlugin.PngInfo()
    for name, text in chunks.items():
        info.add_itxt(name, text)
    buffer = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def with_comment(comment, form="JPEG"):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    buffer = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(buffer, form, exif=exif)
    return buffer.getvalue()


def huge(width, height):
    """A PNG whose header promises so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def inspect(person, data):
    return person("POST", "/api/metadata", content=data)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('Steps: 20, A: "x, y: z", B: 1', {"Steps": "20", "A": "x, y: z", "B": "1"}),
        ('Steps: 20, A: "x \\"q\\", y", B: 1', {"Steps": "20", "A": 'x \\"q\\", y', "B": "1"}),
        ('Steps: 20, A: "x, B: 1', {"Steps": "20", "A": "x", "B": "1"}),
        ('Steps: 20, Hashes: {"m": "1", "v": "2"}', {"Steps": "20", "Hashes": '{"m": "1'}),
        ("Steps: 20,   , no value, : 3, B:", {"Steps": "20", "B": ""}),
    ],
)
def test_fields_are_cut_at_commas_outside_quotes(line, expected):
    """Names and values of other programs are read as they were written, whatever is between."""
    assert read_other({"parameters": f"a cat\n{line}"}).fields == expected


@pytest.mark.parametrize("piece", [" ", "a ", 'A: "\\', 'A: "', "A: \\", ",", "a:"])
def test_a_line_of_hostile_fields_is_read_once(piece):
    """A picture whose settings are 100,000 blanks or quotes is read in a moment."""

    def seconds(length):
        line = f"Steps: 1,{piece * (length // len(piece))}("
        before = time.thread_time()
        assert read_other({"parameters": line})
        return time.thread_time() - before

    short = min(seconds(5_000) for _ in range(3))
    assert min(seconds(90_000) for _ in range(3)) < 72 * short + 0.05


def test_what_was_handed_in_comes_back(ann):
    """An upload is named by its sha256, has the form of its bytes, and serves a job."""
    data = png(96, 64)
    answer = ann("POST", "/api/uploads", content=data, headers={"Content-Type": "text/html"})
    upload = answer.json()
    assert (answer.status_code, upload["media_type"]) == (201, "image/png")
    assert (upload["width"], upload["height"], upload["bytes"]) == (96, 64, len(data))
    assert upload["settings"] is None
    back = ann.get(upload["url"])
    assert (back.content, back.headers["content-type"]) == (data, "image/png")
    source = {"image": {"upload": upload["sha256"]}, "strength": 0.5}
    image = ann.get(f"/api/images/{ann.draw(prompt='from it', i2i=source)}").json()
    assert image["sources"] == [{"sha256": upload["sha256"], "image": None}]


def test_an_upload_is_its_keys(ann, bob, stranger, admin):
    """Nobody else can fetch an upload or use it in a job, not even an administrator."""
    upload = ann("POST", "/api/uploads", content=png(colour="red")).json()
    for other in (bob, stranger, admin):
        assert other.get(upload["url"]).status_code == 404
        params = {"prompt": "a", "i2i": {"image": {"upload": upload["sha256"]}}}
        answer = other("POST", "/api/cost", json={"params": params})
        assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_picture")


def test_a_drawn_picture_names_its_settings(ann):
    """A picture of NovelAI that is handed in gives the parameters that lead to it."""
    image = ann.draw(prompt="a mouse", seed=3)
    data = ann.get(f"/api/images/{image}/file").content
    settings = ann("POST", "/api/uploads", content=data).json()["settings"]
    assert (settings["prompt"], settings["seed"], settings["missing"]) == ("a mouse", 3, [])
    inspection = inspect(ann, data).json()
    assert inspection["settings"] == settings
    assert inspection["raw"]["Software"] == "NovelAI"
    assert inspection["signed"] is False, "the emulator signs with its own key"


def test_settings_survive_in_the_alpha_channel(ann):
    """Without its text chunks a picture still tells, from what is hidden in it."""
    data = ann.get(f"/api/images/{ann.draw(prompt='a hidden mouse')}/file").content
    buffer = BytesIO()
    picture = Image.open(BytesIO(data))
    picture.info.clear()
    picture.save(buffer, "PNG")
    inspection = inspect(ann, buffer.getvalue()).json()
    assert (inspection["source"], inspection["settings"]["prompt"]) == ("stealth", "a hidden mouse")


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"<svg onload=alert(1)>", png()[:40]])
@pytest.mark.parametrize("path", ["/api/uploads", "/api/metadata"])
def test_only_pictures_are_taken(alone, path, body):
    """What is no PNG, JPEG or WebP is refused, whatever it is called."""
    answer = alone("POST", path, content=body, headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_picture")


@pytest.mark.parametrize("side", [6_000, 50_000])
@pytest.mark.parametrize("path", ["/api/uploads", "/api/metadata"])
def test_pixels_are_counted_before_they_are_decoded(alone, path, side):
    """A picture of millions or billions of pixels is refused by its header."""
    answer = alone("POST", path, content=huge(side, side))
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_picture")
    assert "at most 32,000,000 are taken" in answer.json()["detail"]


def test_a_damaged_picture_is_read_as_far_as_it_goes(alone):
    """Text in front of broken pixels is found; nothing fails."""
    answer = inspect(alone, huge(64, 64))
    assert (answer.status_code, answer.json()["settings"]) == (200, None)


@pytest.mark.parametrize(
    "data",
    [
        with_text(parameters=A1111),
        with_comment(b"UNICODE\0" + A1111.encode("utf-16-be")),
        with_comment(b"UNICODE\0" + A1111.encode("utf-16-le")),
        with_comment(b"ASCII\0\0\0" + A1111.encode()),
        with_comment(b"UNICODE\0" + A1111.encode("utf-16-be"), "WEBP"),
    ],
)
def test_settings_of_a1111(alone, data):
    """The text that A1111 and its relatives write is taken apart, and is no setting of NovelAI."""
    inspection = inspect(alone, data).json()
    assert (inspection["source"], inspection["settings"]) == (None, None)
    other = inspection["other"]
    assert (other["tool"], other["prompt"]) == ("A1111", "masterpiece, 1girl, (cat ears:1.2)")
    assert other["negative_prompt"] == "lowres, bad hands"
    assert (other["fields"]["Sampler"], other["fields"]["Seed"]) == ("Euler a", "42")


def test_settings_of_two_programs(alone, ann):
    """A1111's text beside NovelAI's chunks takes nothing away: both are told, as png-info does."""
    drawn = ann.get(f"/api/images/{ann.draw(prompt='a twice told mouse', seed=8)}/file").content
    texts = dict(Image.open(BytesIO(drawn)).text)
    both = with_text(**{"parameters": A1111, **texts})
    inspection = inspect(alone, both).json()
    assert (inspection["source"], inspection["note"]) == ("text", None)
    assert inspection["settings"]["seed"] == 8
    assert inspection["other"]["fields"]["Seed"] == "42"
    assert inspection["raw"]["Generation_time"] > 0


def test_how_a_picture_was_made(ann):
    """The answer tells the action, and whether the settings alone lead to the picture again."""
    data = png(128, 128)
    upload = ann("POST", "/api/uploads", content=data).json()["sha256"]
    source = {"image": {"upload": upload}}

    def told(**params):
        image = ann.draw(prompt="a", **params)
        found = inspect(ann, ann.get(f"/api/images/{image}/file").content).json()
        return found["action"], found["tool"], found["reproducible"]

    assert told() == ("generate", None, True)
    assert told(i2i=source) == ("img2img", None, False)
    mask = ann("POST", "/api/uploads", content=png(128, 128, "white")).json()["sha256"]
    assert told(inpaint=source | {"mask": {"upload": mask}}) == ("infill", None, False)


def test_a_tools_picture_is_no_generation(alone):
    """A director tool's picture names the tool, and offers no parameters."""
    made = with_text(
        Title="AI augmented image",
        Software="NovelAI",
        Comment='{"req_type": "emotion", "prompt": "happy", "defry": 0}',
        **{"Generation time": "4.0818s"},
    )
    found = inspect(alone, made).json()
    assert (found["action"], found["tool"], found["reproducible"]) == ("augment", "emotion", None)
    assert (found["settings"], found["raw"]["Generation_time"]) == (None, 4.0818)
    assert "director tool" in found["note"]


def test_a_graph_of_comfyui(alone):
    """ComfyUI's graph is shown as what it is."""
    graph = {"3": {"class_type": "KSampler", "inputs": {"seed": 5}}}
    other = inspect(alone, with_text(prompt=json.dumps(graph))).json()["other"]
    assert (other["tool"], other["prompt"]) == ("ComfyUI", graph)


@pytest.mark.parametrize(
    "comment",
    [
        json.dumps({"prompt": "x" * 5_000_000}),
        json.dumps({"prompt": "a\u0000b\u202ec\u0007", "steps": 1e400}).replace(
            "Infinity", "1e999"
        ),
        json.dumps({"prompt": "a", "list": [[[]] * 1000] * 1000}),
        '{"prompt": "a", "deep": ' + "[" * 900 + "]" * 900 + "}",
        '{"seed": ' + "9" * 4000 + "}",
        '{"prompt": "\\ud800", "uc": NaN}',
        "[" * 100_000,
    ],
)
def test_hostile_comments(alone, comment):
    """Whatever a comment holds, the answer is small, valid, and free of control characters."""
    answer = inspect(alone, with_text(Software="NovelAI", Comment=comment))
    assert answer.status_code == 200
    assert len(answer.content) < 1_000_000
    text = json.dumps(answer.json(), allow_nan=False, ensure_ascii=False)
    assert not any(mark in text for mark in ("\\u0000", "\\u0007", "\u202e", "\ud800"))
