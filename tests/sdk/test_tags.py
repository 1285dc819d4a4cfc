"""Tag suggestions: what is asked, what comes back, and what stays out of the log."""

import logging

import httpx2
import pytest
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import InvalidParamsError, InvalidResponseError
from novelai._http import private
from novelai.emulator import Emulator
from novelai.types import SuggestTagsParams

ENGLISH = b'{"tags":[{"tag":"cat ears","count":10000,"confidence":0.9,"new":1}],"more":2}'
JAPANESE = '[{"jp_tag":"\u732b\u8033","en_tag":"cat ears","power":5}]'.encode()
SECRET = "secretword"


@pytest.mark.parametrize("colour", COLOURS)
def test_english_tags(colour):
    """Suggestions come typed, and what is new in them breaks nothing."""
    service = Service(reply(content=ENGLISH))
    (found,) = use(colour, service, lambda client: client.image.suggest_tags("cat e"))
    assert (found.tag, found.count, found.confidence) == ("cat ears", 10000, 0.9)
    (request,) = service.requests
    assert request.url.path == "/ai/generate-image/suggest-tags"
    assert dict(request.url.params) == {"model": "nai-diffusion-4-5-full", "prompt": "cat e"}


@pytest.mark.parametrize("colour", COLOURS)
def test_japanese_tags(colour):
    """Tags are found by their Japanese name, for any model, by parameters too."""
    service = Service(reply(content=JAPANESE))
    params = SuggestTagsParams(prompt="\u732b", model="nai-diffusion-5-full")
    (found,) = use(colour, service, lambda client: client.image.suggest_tags_jp(params))
    assert (found.jp_tag, found.en_tag, found.power) == ("\u732b\u8033", "cat ears", 5)
    query = service.requests[0].url.params
    assert (query["prompt"], query["lang"]) == ("\u732b", "jp")
    assert query["model"] == "nai-diffusion-5-full"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"tags": 5}', b'{"tags":[{}]}', b"<html>"])
def test_an_answer_that_is_none(content):
    """An answer that cannot be read is our error."""
    with pytest.raises(InvalidResponseError):
        use("sync", Service(reply(content=content)), lambda client: client.image.suggest_tags("a"))


@pytest.mark.parametrize("typed", ["", "  ", "x" * 1001, 5, "\ud800"])
def test_what_cannot_be_asked(typed):
    """An empty or endless query is refused before sending."""
    service = Service(reply(content=ENGLISH))
    with pytest.raises(InvalidParamsError, match="prompt"):
        use("sync", service, lambda client: client.image.suggest_tags(typed))
    assert service.calls == 0


@pytest.mark.parametrize("colour", COLOURS)
def test_what_was_typed_is_in_no_log(colour, caplog):
    """The query reaches the service and no log record, at any level."""
    caplog.set_level(logging.DEBUG)
    service = Service(reply(content=ENGLISH))
    use(colour, service, lambda client: client.image.suggest_tags(SECRET))
    assert service.requests[0].url.params["prompt"] == SECRET
    assert [record.name for record in caplog.records if record.name == "httpx2"]
    for record in caplog.records:
        assert SECRET not in record.getMessage()


def test_what_was_typed_is_in_no_log_over_http(caplog):
    """The same over a real connection, and a refusal says nothing of it either."""
    caplog.set_level(logging.DEBUG)
    transport = httpx2.HTTPTransport(verify=False)
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        use(
            "sync",
            transport,
            lambda client: client.image.suggest_tags(SECRET),
            base_url=url,
        )
    assert [request.path for request in emulator.requests] == ["/ai/generate-image/suggest-tags"]
    ours = [record for record in caplog.records if record.name.startswith(("httpx2", "httpcore2"))]
    assert ours
    assert not [record for record in ours if SECRET in record.getMessage()]


def test_a_private_address_hides_its_query():
    """Printed, the address ends before the query; sent, it is whole."""
    address = private(httpx2.Request("GET", "https://example.org/tags?prompt=secretword")).url
    assert str(address) == "https://example.org/tags"
    assert SECRET not in repr(address)
    assert address.raw_path == b"/tags?prompt=secretword"
