"""Vibe files, and the folder that keeps encodings: what was paid for once is reused."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError
from tests.sdk.making import archive, png
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import ConfigurationError, InvalidParamsError
from novelai._vibe_folder import VibeFolder
from novelai.types import GenerateImageParams, Vibe, VibeEncoding
from novelai.vibes import read_vibe, read_vibes, write_vibes

V45, V4, V3 = "nai-diffusion-4-5-full", "nai-diffusion-4-full", "nai-diffusion-3"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
PICTURE = png((64, 96))
KEY = ("a" * 64, V45, 0.7)


def vibe(**changes):
    fields = {
        "image": PICTURE,
        "strength": 0.4,
        "info_extracted": 1.0,
        "name": "dusk",
        "encodings": (
            VibeEncoding(model=V45, encoding=b"for 4.5", info_extracted=1.0),
            VibeEncoding(model=V45, encoding=b"half", info_extracted=0.5),
            VibeEncoding(model=V4, encoding=b"for 4", info_extracted=1.0),
        ),
    }
    return Vibe(**{**fields, **changes})


def document(**changes):
    """Return a vibe as NovelAI's page writes it."""
    encoding = {"encoding": b64encode(b"E").decode(), "params": {"information_extracted": 1}}
    fields = {
        "identifier": "novelai-vibe-transfer",
        "version": 1,
        "type": "image",
        "image": b64encode(PICTURE).decode(),
        "id": "0" * 64,
        "encodings": {"v4-5full": {"f" * 64: encoding}},
        "name": "000000-000000",
        "thumbnail": "data:image/jpeg;base64,AAAA",
        "createdAt": 1759320000000,
        "importInfo": {"model": V45, "information_extracted": 1, "strength": 0.6},
    }
    return {**fields, **changes}


def contents(value):
    return json.dumps(value).encode()


def test_a_vibe_survives_its_file(tmp_path):
    """Written and read, a vibe is the same: picture, encodings, strength, name."""
    path = tmp_path / "dusk.naiv4vibe"
    vibe().to_file(path, created=NOON)
    assert Vibe.from_file(path) == read_vibe(path.read_bytes()) == vibe()


def test_a_file_is_as_the_page_writes_it(tmp_path):
    """Names, hashes and places in the file are those of NovelAI's page."""
    path = tmp_path / "dusk.naiv4vibe"
    vibe(name=None).to_file(path, created=NOON)
    written = json.loads(path.read_text())
    named = sha256(b64encode(PICTURE)).hexdigest()
    assert set(written) == set(document())
    assert written["identifier"] == "novelai-vibe-transfer"
    assert (written["type"], written["id"]) == ("image", named)
    assert written["name"] == f"{named[:6]}-{named[-6:]}"
    assert written["createdAt"] == 1790856000000
    assert written["importInfo"] == {"model": V45, "information_extracted": 1.0, "strength": 0.4}
    assert written["thumbnail"].startswith("data:image/jpeg;base64,")
    whole = sha256(b"information_extracted:1").hexdigest()
    half = sha256(b"information_extracted:0.5").hexdigest()
    assert {key: set(entries) for key, entries in written["encodings"].items()} == {
        "v4-5full": {whole, half},
        "v4full": {whole},
    }
    entry = written["encodings"]["v4-5full"][half]
    assert entry == {
        "encoding": b64encode(b"half").decode(),
        "params": {"information_extracted": 0.5},
    }


def test_the_pages_own_file_is_read():
    """A file of NovelAI's page gives picture, encoding and settings."""
    read = read_vibe(contents(document()))
    assert (read.image, read.strength, read.info_extracted) == (PICTURE, 0.6, 1)
    assert read.encoding_for(V45) == b"E"
    assert read.encoding_for(V4) is None


def test_an_encoding_without_a_picture():
    """A file of type encoding has one that serves its model at any extraction."""
    unknown = {"unknown": {"encoding": b64encode(b"E").decode()}}
    read = read_vibe(
        contents(
            {
                "identifier": "novelai-vibe-transfer",
                "type": "encoding",
                "encodings": {"v4-5curated": unknown, "v5-large": unknown},
            }
        )
    )
    assert read.image is None
    assert read.encoding_for("nai-diffusion-4-5-curated") == b"E"
    assert [one.model for one in read.encodings] == ["nai-diffusion-4-5-curated", "v5-large"]
    with pytest.raises(ValidationError, match=r"holds no encoding for NAI Diffusion V4\.5 Full"):
        GenerateImageParams(prompt="a", model=V45, vibes=[read])


def test_a_bundle_holds_several(tmp_path):
    """A bundle is written and read; as a single vibe it is refused."""
    path = tmp_path / "all.naiv4vibebundle"
    several = [vibe(), vibe(name="dawn", image=None)]
    write_vibes(path, several, created=NOON)
    assert json.loads(path.read_text())["identifier"] == "novelai-vibe-transfer-bundle"
    assert read_vibes(path) == several
    with pytest.raises(InvalidParamsError, match="holds 2 vibes"):
        Vibe.from_file(path)


def test_which_encoding_is_used():
    """With a picture the extraction decides as well; without one the model alone."""
    assert vibe().encoding_for(V45) == b"for 4.5"
    assert vibe(info_extracted=0.5).encoding_for(V45) == b"half"
    assert vibe(info_extracted=0.504).encoding_for(V45) == b"half"
    assert vibe(info_extracted=0.7).encoding_for(V45) is None
    assert vibe(info_extracted=0.7, image=None).encoding_for(V45) == b"for 4.5"
    assert vibe(encoding=b"mine").encoding_for("any") == b"mine"
    assert vibe().encoding_for("nai-diffusion-4-full-inpainting") == b"for 4"


@pytest.mark.parametrize("colour", COLOURS)
def test_an_encoding_in_the_file_is_not_paid_again(colour):
    """A vibe from a file goes straight into the generation, and its price says so."""
    service = Service(reply(content=archive(png())))
    params = GenerateImageParams(prompt="a", model=V45, vibes=[vibe()])
    assert params.calculate_anlas().vibe_encoding_anlas == 0
    use(colour, service, lambda client: client.image.generate(params))
    (request,) = service.requests
    assert request.url.path == "/ai/generate-image"
    assert b"for 4.5" in request.content
    again = GenerateImageParams(prompt="a", model=V45, vibes=[vibe(info_extracted=0.3)])
    assert again.calculate_anlas().vibe_encoding_anlas == 2


def test_v3_takes_the_picture_of_a_file():
    """V3 knows no encodings; the picture in the file is sent."""
    service = Service(reply(content=archive(png())))
    params = GenerateImageParams(prompt="a", model=V3, vibes=[vibe(encoding=b"for 4.5")])
    use("sync", service, lambda client: client.image.generate(params))
    assert b"for 4.5" not in service.requests[0].content


def test_an_encoding_is_added(tmp_path):
    """An encoding joins those of a vibe, replaces its equal, and is written with the file."""
    new = Vibe(image=PICTURE).with_encoding(b"1", model=V45).with_encoding(b"2", model=V4)
    assert (new.encoding_for(V45), new.encoding_for(V4)) == (b"1", b"2")
    assert new.with_encoding(b"3", model=V45).encoding_for(V45) == b"3"
    with pytest.raises(InvalidParamsError, match="encoding"):
        new.with_encoding(b"", model=V45)
    plain = Vibe(encoding=b"plain")
    with pytest.raises(InvalidParamsError, match="model: say what"):
        plain.to_file(tmp_path / "a")
    plain.to_file(tmp_path / "a", model=V45)
    assert read_vibe(tmp_path / "a").encoding_for(V45) == b"plain"


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        (b"", "file", "is not JSON"),
        (b"\xff\xfe", "file", "is not JSON"),
        (b"[" * 100_000, "file", "is not JSON"),
        (b"[]", "file", "is not a JSON object"),
        (b"{}", "file.identifier", "is not novelai-vibe-transfer"),
        (contents(document(image="not base64")), "file.image", "is not base64"),
        (contents(document(image=5)), "file.image", "is missing"),
        (contents(document(encodings=[1])), "file.encodings", "is not a JSON object"),
        (
            contents(document(encodings={"v4full": {"a": {"encoding": "?"}}})),
            "file.encodings.v4full.a.encoding",
            "is not base64",
        ),
        (
            contents(document(encodings={"v4full": {"a": {}}})),
            "file.encodings.v4full.a.encoding",
            "is missing",
        ),
        (contents(document(image="", encodings={})), "file.image", "give a picture"),
        (contents(document(importInfo={"strength": 9})), "file.strength", "must be -1 to 1"),
        (
            contents({"identifier": "novelai-vibe-transfer-bundle", "vibes": [5]}),
            "file.vibes.0",
            "is not a JSON object",
        ),
        (
            contents({"identifier": "novelai-vibe-transfer-bundle", "vibes": [document(image=5)]}),
            "file.vibes.0.image",
            "is missing",
        ),
        (
            contents({"identifier": "novelai-vibe-transfer-bundle", "vibes": [{}] * 257}),
            "file.vibes",
            "at most 256, got 257",
        ),
        ("/nowhere/a.naiv4vibe", "file", "there is no such file"),
        ("/", "file", "cannot be read: IsADirectoryError"),
    ],
    ids=range(17),
)
def test_a_corrupt_file_says_what_is_wrong(wrong, field, sentence):
    """The error names the place in the file."""
    with pytest.raises(InvalidParamsError) as caught:
        read_vibes(wrong)
    assert caught.value.field == field
    assert sentence in str(caught.value)


def test_a_file_that_is_too_large(tmp_path):
    """A file beyond any vibe is refused before it is read whole."""
    path = tmp_path / "large.naiv4vibe"
    with path.open("wb") as file:
        file.truncate(128 * 1024 * 1024 + 1)
    with pytest.raises(InvalidParamsError, match="at most 134217728 bytes"):
        read_vibes(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2)
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(sorted(document())), json_values))
def test_fields_of_any_kind_are_our_error_or_a_vibe(changes):
    """A file that lies about types is refused with our error, and never with another."""
    try:
        read = read_vibes(contents(document(**changes)))
    except InvalidParamsError:
        return
    assert all(isinstance(one, Vibe) for one in read)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    """A vibe that cannot be written leaves the file that was there."""
    path = tmp_path / "dusk.naiv4vibe"
    vibe().to_file(path, created=NOON)
    before = path.read_bytes()
    with pytest.raises(InvalidParamsError, match="image"):
        vibe(image=b"no picture").to_file(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_pillow_image_is_written_as_png(tmp_path):
    """A picture that is in no file is written as one."""
    path = tmp_path / "a.naiv4vibe"
    Vibe(image=Image.new("RGB", (40, 20), "teal")).to_file(path)
    assert Image.open(BytesIO(Vibe.from_file(path).image)).size == (40, 20)


ENCODED = b"\x48encoding"


def encode(client, picture=PICTURE, **fields):
    return client.image.encode_vibe(picture, model=V45, **fields)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_folder_serves_the_next_program(colour, tmp_path):
    """What one client paid for, the next one finds; another extraction it pays for."""
    folder = tmp_path / "new" / "vibes"
    service = Service(reply(content=ENCODED))
    for _ in range(2):
        assert use(colour, service, encode, vibe_cache=folder) == ENCODED
    assert service.calls == 1
    use(colour, service, lambda client: encode(client, info_extracted=0.3), vibe_cache=folder)
    use(colour, service, lambda client: encode(client, png((8, 8))), vibe_cache=folder)
    assert service.calls == 3


def test_strength_is_no_part_of_an_encoding(tmp_path):
    """Vibes that differ in strength alone share their encoding."""
    service = Service(reply(content=ENCODED), reply(content=archive(png())))
    vibes = [Vibe(image=PICTURE, strength=strength) for strength in (0.2, 0.5)]
    use(
        "sync",
        service,
        lambda client: client.image.generate(prompt="a", vibes=vibes),
        vibe_cache=tmp_path,
    )
    paths = [request.url.path for request in service.requests]
    assert paths == ["/ai/encode-vibe", "/ai/generate-image"]


def test_a_damaged_entry_counts_as_absent(tmp_path):
    """An encoding that was damaged on disk is not used."""
    folder = VibeFolder(tmp_path)
    folder.put(KEY, ENCODED)
    (file,) = tmp_path.iterdir()
    assert folder.get(KEY) == ENCODED
    for damage in (file.read_bytes()[:-1], b"", bytes(40)):
        file.write_bytes(damage)
        assert folder.get(KEY) is None


def test_keys_do_not_mix(tmp_path):
    """Picture, model and extraction each make another entry, whatever is in a model's name."""
    folder = VibeFolder(tmp_path)
    keys = [KEY, ("b" * 64, *KEY[1:]), (KEY[0], "../../escape", 0.7), (*KEY[:2], 0.5)]
    for index, key in enumerate(keys):
        folder.put(key, bytes([index + 1]))
    assert [folder.get(key) for key in keys] == [b"\1", b"\2", b"\3", b"\4"]
    assert len(list(tmp_path.iterdir())) == 4
    assert folder.get((*KEY[:2], 1)) is None


def test_a_folder_that_cannot_be_written_loses_nothing(tmp_path, caplog):
    """The encoding is returned; the log says that it was not kept, and nothing of it."""
    blocked = tmp_path / "file"
    folder = blocked / "vibes"
    service = Service(reply(content=ENCODED))

    def block_and_encode(client):
        blocked.write_bytes(b"")
        return encode(client)

    assert use("sync", service, block_and_encode, vibe_cache=folder) == ENCODED
    assert "could not be kept" in caplog.text


def test_a_file_is_no_folder(tmp_path):
    """A path that is a file is refused when the client is made."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(ConfigurationError, match="vibe_cache must be a folder"):
        VibeFolder(Path(path))
