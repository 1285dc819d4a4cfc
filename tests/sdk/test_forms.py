"""Request bodies: JSON, or a form with the pictures as parts."""

import json
from base64 import b64decode
from email import message_from_bytes, policy

from hypothesis import given
from hypothesis import strategies as st

from novelai._codecs.body import Blob, encode_body

PICTURE = b"\x89PNG\r\n\x1a\n--\r\n----novelai"
BODY = {
    "input": 'ねこ "quoted" \n',
    "parameters": {
        "image": Blob("image", PICTURE),
        "many": [Blob("many_0", b"\0\r\n"), Blob("many_1", b"", "application/octet-stream")],
        "steps": 23,
        "nothing": None,
    },
}


def parts(content, content_type):
    """Read a form with the standard library's parser, which knows nothing of ours."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = message_from_bytes(head + content, policy=policy.HTTP)
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_content_type(),
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    }


def test_a_form_names_its_pictures():
    """The JSON holds part names; the parts hold the bytes, untouched."""
    found = parts(*encode_body(BODY, "multipart"))
    assert found.keys() == {"image", "many_0", "many_1", "request"}
    assert found["image"] == ("image/png", "blob", PICTURE)
    assert found["many_0"] == ("image/png", "blob", b"\0\r\n")
    assert found["many_1"] == ("application/octet-stream", "blob", b"")
    media_type, name, document = found["request"]
    assert (media_type, name) == ("application/json", "blob")
    assert json.loads(document) == {
        "input": BODY["input"],
        "parameters": {
            "image": "image",
            "many": ["many_0", "many_1"],
            "steps": 23,
            "nothing": None,
        },
    }


def test_json_holds_its_pictures():
    """The same body as JSON has the pictures in base64."""
    content, content_type = encode_body(BODY, "json")
    sent = json.loads(content)["parameters"]
    assert content_type == "application/json"
    assert b64decode(sent["image"]) == PICTURE
    assert [b64decode(value) for value in sent["many"]] == [b"\0\r\n", b""]


def test_a_body_without_pictures_is_json():
    """A form is used only when there is something to put into it."""
    body = {"input": "a", "parameters": {"list": [1, 2.5, None, True]}}
    content, content_type = encode_body(body, "multipart")
    assert (json.loads(content), content_type) == (body, "application/json")


def test_the_body_that_was_given_stays_whole():
    """Encoding replaces nothing in the caller's own body."""
    encode_body(BODY, "multipart")
    assert BODY["parameters"]["image"] == Blob("image", PICTURE)


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4))
def test_any_picture_survives_the_form(pictures):
    """No content can be taken for the boundary."""
    body = {"images": [Blob(f"part_{i}", data) for i, data in enumerate(pictures)]}
    content, content_type = encode_body(body, "multipart")
    boundary = content_type.partition("boundary=")[2].encode()
    assert content.count(boundary) == len(pictures) + 2
    pieces = content.split(b"--" + boundary)[1:-2]
    assert [piece.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for piece in pieces] == pictures
