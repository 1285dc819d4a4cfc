"""Pictures as responses: what was received is what is sent."""

import zipfile
from io import BytesIO
from random import Random

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from novelai import AsyncNovelAI
from novelai.emulator import Emulator
from novelai.fastapi import ImageResponse, NovelAIClient, lifespan_with
from novelai.fastapi.disposition import attachment
from novelai.pictures import GeneratedImage

SIZE = (128, 192)


class Spy(httpx2.AsyncBaseTransport):
    """Passes requests on and keeps what came back."""

    def __init__(self, emulator: Emulator) -> None:
        self._next = httpx2.ASGITransport(app=emulator.app)
        self.files: list[bytes] = []

    async def handle_async_request(self, request):
        response = await self._next.handle_async_request(request)
        content = await response.aread()
        with zipfile.ZipFile(BytesIO(content)) as packed:
            self.files = [packed.read(name) for name in packed.namelist()]
        return httpx2.Response(response.status_code, headers=response.headers, content=content)


@pytest.fixture
def spy(emulator):
    return Spy(emulator)


@pytest.fixture
def browser(emulator, spy):
    """An app whose routes send pictures in every way."""
    app = FastAPI(
        lifespan=lifespan_with(
            lambda: AsyncNovelAI(
                emulator.token, base_url="http://emulator", transport=spy, rng=Random(0)
            )
        )
    )

    @app.get("/{form}", response_class=ImageResponse)
    async def picture(form: str, novelai: NovelAIClient) -> ImageResponse:
        images = await novelai.image.generate(
            prompt="1girl",
            size=SIZE,
            steps=4,
            seed=9,
            n_samples=2 if form == "list" else 1,
            image_format="webp" if form == "webp" else "png",
        )
        if form == "list":
            return ImageResponse(images)
        image = images[0]
        if form == "looked-at":
            image.getpixel((0, 0))
        if form == "touched":
            image.putpixel((0, 0), (1, 2, 3, 255))
        if form == "resized":
            return ImageResponse(image.resize((64, 96)))
        if form == "named":
            return ImageResponse(image, 201, {"X-Own": "1"}, filename='my "cat"/é.png')
        return ImageResponse(image)

    with TestClient(app) as browser:
        yield browser


@pytest.mark.parametrize("form", ["one", "webp", "list", "looked-at"])
def test_the_bytes_are_those_that_came(browser, spy, form):
    """An untouched picture is sent byte for byte; of a list, the first one."""
    answer = browser.get(f"/{form}")
    assert answer.content == spy.files[0]
    assert answer.headers["content-type"] == ("image/webp" if form == "webp" else "image/png")
    assert answer.headers["x-seed"] == "9"
    assert answer.headers["content-length"] == str(len(spy.files[0]))
    assert GeneratedImage(answer.content).metadata.seed == 9


def test_a_touched_picture_is_sent_as_it_is_now(browser, spy):
    """What was painted into a picture is in the answer."""
    answer = browser.get("/touched")
    assert answer.content != spy.files[0]
    assert Image.open(BytesIO(answer.content)).getpixel((0, 0)) == (1, 2, 3, 255)


def test_any_pillow_image_can_be_sent(browser):
    """A picture derived from the generated one is sent as PNG."""
    answer = browser.get("/resized")
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (64, 96)


def test_it_can_be_offered_for_download(browser):
    """A file name is made harmless and kept; status and headers of one's own are kept."""
    answer = browser.get("/named")
    assert answer.status_code == 201
    assert answer.headers["x-own"] == "1"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"my__cat___.png\"; filename*=UTF-8''my%20_cat__%C3%A9.png"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("usage-by-day.csv", 'filename="usage-by-day.csv"'),
        (
            "猫耳 の.png",
            "filename=\"____.png\"; filename*=UTF-8''%E7%8C%AB%E8%80%B3%20%E3%81%AE.png",
        ),
        ("../../etc/pw", 'filename="_.._etc_pw"'),
        ("a\r\nX: 1", "filename=\"a__X__1\"; filename*=UTF-8''a__X_%201"),
        ("\ud800.png", 'filename="_.png"'),
        (" . ", 'filename="file"'),
    ],
)
def test_names_in_any_alphabet(name, value):
    """A name is told as it is, beside one that old clients read; nothing leads out of a folder."""
    assert attachment(name) == f"attachment; {value}"


def test_the_api_description_tells_the_media_type(browser):
    """The documented answer of such a route is a picture."""
    routes = browser.get("/openapi.json").json()["paths"]
    assert "image/png" in routes["/{form}"]["get"]["responses"]["200"]["content"]
