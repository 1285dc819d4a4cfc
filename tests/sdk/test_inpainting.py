"""Results of inpainting laid over their pictures: the arithmetic, the files, and what may fail."""

import json
import pickle
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from tests.sdk.making import TEXTS, archive, event_text, final, frames, png
from tests.sdk.services import COLOURS, Service, gather, reply, streamed, use

from novelai._codecs.frames import FrameDecoder
from novelai._http import LARGE
from novelai._images import fit_mask
from novelai._inpainting import Composition, NotComposedError, make_matte, overlay
from novelai._metadata.writing import write_metadata
from novelai._operations.composing import ComposingDecoder, compose_image
from novelai._operations.events import ImageEventDecoder, SSEFrames
from novelai.metadata import extract_metadata
from novelai.pictures import GeneratedImage
from novelai.types import InpaintParams

SIZE = (256, 192)
REACH = 72
"""Pixels from the mask in which the result shows: 4 cells of 8, and 40 of the two blurs."""

Cells = list[list[int]]


def slow_matte(cells: Cells) -> list[list[int]]:
    """The matte as it is described, pixel by pixel."""
    rows, columns = len(cells), len(cells[0])
    grown = [
        [
            max(
                cells[near][beside]
                for near in range(max(y - 4, 0), min(y + 5, rows))
                for beside in range(max(x - 4, 0), min(x + 5, columns))
            )
            for x in range(columns)
        ]
        for y in range(rows)
    ]
    plane = [[255 * grown[y // 8][x // 8] for x in range(columns * 8)] for y in range(rows * 8)]
    for _ in range(2):
        across = [windows(row) for row in plane]
        down = [windows(list(column)) for column in zip(*across, strict=True)]
        plane = [[total * 39 >> 16 for total in row] for row in zip(*down, strict=True)]
    return plane


def windows(values: list[int]) -> list[int]:
    last = len(values) - 1
    return [
        sum(values[min(max(place + step, 0), last)] for step in range(-20, 21))
        for place in range(len(values))
    ]


@settings(max_examples=12, deadline=None)
@given(data=st.data(), columns=st.integers(1, 8), rows=st.integers(1, 8))
def test_the_matte_is_as_described(data, columns, rows):
    """Whatever is painted, growing and blurring give the described whole numbers."""
    row = st.lists(st.integers(0, 1), min_size=columns, max_size=columns)
    cells = data.draw(st.lists(row, min_size=rows, max_size=rows))
    image = Image.frombytes("L", (columns, rows), bytes(255 * one for row in cells for one in row))
    expected = bytes(value for row in slow_matte(cells) for value in row)
    assert make_matte(image).tobytes() == expected


def slow_overlay(result, original, matte) -> tuple[int, ...]:
    """One pixel as the web client's floating-point numbers make it."""
    above, below = round(result[3] * matte / 255), round(original[3] * (255 - matte) / 255)
    upper, lower = above / 255, below / 255
    total = min(1.0, upper + lower)
    made = list(original)
    if total:
        made = [
            round(min(255, (one * upper + other * lower) / total))
            for one, other in zip(result[:3], original[:3], strict=True)
        ]
        made.append(round(255 * total))
    return (*made[:3], made[3] & 254 | result[3] & 1)


PIXEL = st.tuples(*[st.integers(0, 255)] * 3, st.one_of(st.integers(0, 255), st.just(255)))


@given(pixels=st.lists(st.tuples(PIXEL, PIXEL, st.integers(0, 255)), min_size=1, max_size=40))
def test_pixels_are_mixed_as_described(pixels):
    """Colours and alpha of any two pixels are mixed as the web client's numbers say."""
    # Too few pixels to hide a marker in.
    size = (len(pixels), 1)
    above, below = (
        Image.frombytes("RGBA", size, bytes(value for one in pixels for value in one[at]))
        for at in (0, 1)
    )
    matte = Image.frombytes("L", size, bytes(one[2] for one in pixels))
    expected = bytes(value for one in pixels for value in slow_overlay(*one))
    assert overlay(above, below, matte).tobytes() == expected


def original(colour=(40, 90, 160, 255)) -> Image.Image:
    return Image.new("RGBA", SIZE, colour)


def mask(box=(96, 80, 128, 112)) -> Image.Image:
    drawn = Image.new("L", SIZE)
    drawn.paste(255, box)
    return drawn


def received(image_format="png", texts=TEXTS, colour="tomato") -> bytes:
    """What NovelAI sends: another picture, its settings in the open and hidden."""
    return write_metadata(Image.new("RGB", SIZE, colour), texts, image_format=image_format)


@pytest.mark.parametrize("image_format", ["png", "webp"])
def test_settings_are_carried_over(image_format):
    """The composed file has the texts of the received one, in the open and in the alpha channel."""
    sent = received(image_format)
    composed = Composition(original=original(), mask=mask()).compose(sent)
    before, after = extract_metadata(sent), extract_metadata(composed)
    assert after.png_info == before.png_info
    assert after.alpha_info == before.alpha_info
    assert after.settings.prompt == "1girl, cat ears"
    assert Image.open(BytesIO(composed)).format == image_format.upper()


def test_texts_of_any_kind_are_carried_over():
    """Texts beyond Latin-1, packed ones and unknown ones stay what they are, in their order."""
    texts = {**TEXTS, "Description": "猫、1girl", "Comment": json.dumps({"prompt": "a" * 9000})}
    sent = received(texts=texts)
    composed = Composition(original=original(), mask=mask()).compose(sent)
    with Image.open(BytesIO(sent)) as before, Image.open(BytesIO(composed)) as after:
        assert list(after.text.items()) == list(before.text.items())
        assert after.text["Description"] == "猫、1girl"
    assert composed.index(b"Comment") < composed.index(b"IDAT")


def test_outside_the_mask_the_picture_stays():
    """Beyond the grown and blurred mask all is the picture's; in the middle all is the result's."""
    painted = original()
    ImageDraw.Draw(painted).line((0, 0, *SIZE), fill=(250, 240, 30, 255), width=9)
    box = (96, 80, 128, 112)
    composed = Composition(original=painted, mask=mask(box)).compose(received())
    shown = Image.open(BytesIO(composed)).convert("RGB")
    before = painted.convert("RGB")
    near = (box[0] - REACH, box[1] - REACH, box[2] + REACH, box[3] + REACH)
    inside, black = Image.new("L", SIZE), Image.new("RGB", SIZE)
    inside.paste(255, near)
    kept = [Image.composite(black, one, inside).tobytes() for one in (shown, before)]
    assert kept[0] == kept[1]
    assert shown.getpixel((112, 96)) == (255, 99, 71)
    fading = [shown.getpixel((x, 170))[0] for x in range(110, 112)]
    assert all(40 < red < 255 for red in fading)


def test_the_edge_fades():
    """From the mask outwards the result shows less and less, without a step."""
    shares = make_matte(Image.frombytes("L", (40, 1), bytes([255] * 4 + [0] * 36)))
    row = [shares.getpixel((x, 4)) for x in range(320)]
    assert row == sorted(row, reverse=True)
    assert (row[23], row[104]) == (255, 0)
    assert max(one - other for one, other in pairwise(row)) <= 8


def test_transparency_of_the_picture_stays():
    """Where nothing is repainted a transparent picture stays transparent, colours included."""
    clear = original((7, 8, 9, 0))
    composed = Composition(original=clear, mask=mask()).compose(received())
    shown = Image.open(BytesIO(composed))
    *colour, alpha = shown.getpixel((255, 0))
    assert (colour, alpha in {0, 1}) == ([7, 8, 9], True)
    assert shown.getpixel((112, 96))[:3] == (255, 99, 71)
    assert extract_metadata(composed).alpha_info == extract_metadata(received()).alpha_info


def test_a_size_off_the_grid_keeps_the_picture_in_the_sliver():
    """What is left beside the last whole cell stays the picture's."""
    size = (70, 44)
    composition = Composition(
        original=Image.new("RGBA", size, (1, 2, 3, 255)), mask=Image.new("L", size, 255)
    )
    shown = Image.open(BytesIO(composition.compose(png(size, (200, 100, 50, 255)))))
    assert shown.getpixel((63, 39))[:3] == (200, 100, 50)
    assert {shown.getpixel(at)[:3] for at in ((64, 0), (0, 40), (69, 43))} == {(1, 2, 3)}


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (png((64, 64)), "the result has 64x64 pixels, the picture 256x192"),
        (received()[:-600], "the result is damaged"),
        (b"nothing", "the result is damaged"),
    ],
)
def test_what_cannot_be_composed(sent, why):
    """A result of another size, or a damaged one, is refused with a sentence."""
    with pytest.raises(NotComposedError, match=why):
        Composition(original=original(), mask=mask()).compose(sent)


def test_a_failure_loses_nothing():
    """A picture that cannot be composed is given as received, with a note."""
    sent = GeneratedImage(png((64, 64)), seed=9)
    made = compose_image(sent, Composition(original=original(), mask=mask()))
    assert made is sent
    assert made.data is made.received
    assert made.note == (
        "It is as received, and not laid over its picture: "
        "the result has 64x64 pixels, the picture 256x192."
    )


class Broken(Composition):
    """Fails as nobody foresaw."""

    def compose(self, received):
        raise MemoryError


def test_an_unforeseen_failure_loses_nothing():
    """Too little memory, or anything else, leaves the picture as it was received."""
    made = compose_image(GeneratedImage(received()), Broken(original=original(), mask=mask()))
    assert made.data == received()
    assert "MemoryError" in made.note


def order(**changes) -> dict:
    inpaint = InpaintParams(image=original(), mask=mask(), **changes)
    return {"prompt": "a", "size": SIZE, "seed": 4, "inpaint": inpaint}


@pytest.mark.parametrize("colour", COLOURS)
def test_a_result_is_composed_and_what_came_is_kept(colour):
    """A generation gives the composed picture, beside which is what NovelAI sent."""
    service = Service(reply(content=archive(received(), received(colour="gold"))))
    made = use(colour, service, lambda client: client.image.generate(**order(), n_samples=2))
    assert [one.received for one in made] == [received(), received(colour="gold")]
    assert [one.seed for one in made] == [4, 5]
    for one in made:
        assert one.convert("RGB").getpixel((0, 0)) == (40, 90, 160)
        assert one.data != one.received
        assert one.metadata.prompt == "1girl, cat ears"
        assert one.note is None


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("framing", ["msgpack", "sse"])
def test_the_last_event_of_a_stream_is_composed(colour, framing):
    """A watched generation ends with the same picture, however the events are packed."""
    packed = (frames if framing == "msgpack" else event_text)(final(received()))
    service = Service(streamed(packed[:700], packed[700:]))

    def watch(client):
        return gather(client.image.generate_stream(**order(), framing=framing), [])

    (event,) = use(colour, service, watch)
    (plain,) = use(
        colour,
        Service(reply(content=archive(received()))),
        lambda client: client.image.generate(**order()),
    )
    assert event.picture.received == received()
    assert event.data == plain.data


@pytest.mark.parametrize("framing", ["msgpack", "sse"])
def test_composing_is_no_work_for_an_event_loop(framing):
    """However few bytes complete an event, it is decoded in a thread where a picture is laid over.

    What completes none is not.
    """
    packed = (frames if framing == "msgpack" else event_text)(final(b"few"))
    inner = ImageEventDecoder(
        FrameDecoder() if framing == "msgpack" else SSEFrames(), steps=1, samples=1, seed=1
    )
    decoder = ComposingDecoder(inner, Composition(original=original(), mask=mask()))
    assert inner.completing(packed) < LARGE <= decoder.completing(packed)
    assert decoder.completing(packed[:9]) == 0


@pytest.mark.parametrize("colour", COLOURS)
def test_composing_can_be_switched_off(colour):
    """Without it a result is what NovelAI sent."""
    service = Service(reply(content=archive(received())))
    (made,) = use(colour, service, lambda client: client.image.generate(**order(compose=False)))
    assert made.data is made.received
    assert made.data == received()


def test_a_copy_in_another_process_has_both():
    """Pickled and read again, a picture still has what was received, and its note."""
    image = GeneratedImage(png(), seed=3, received=b"as it came")
    image.note = "a note"
    again = pickle.loads(pickle.dumps(image))
    assert (again.data, again.received, again.note, again.seed) == (
        png(), b"as it came", "a note", 3,
    )  # fmt: skip


# --- Masks ----------------------------------------------------------------------------------------


@given(
    width=st.integers(1, 7),
    at=st.integers(0, 120),
    scale=st.sampled_from([1, 2, 3, 7, 0.5]),
)
def test_a_thin_stroke_is_repainted_wherever_it_lies(width, at, scale):
    """Each white pixel is in a cell that is repainted, also when the picture is resized."""
    size = (128, 64)
    drawn = Image.new("L", (int(128 * scale), int(64 * scale)))
    left, right = int(at * scale), max(int((at + width) * scale), int(at * scale) + 1)
    drawn.paste(255, (left, 9, right, int(64 * scale)))
    fitted = fit_mask(drawn, drawn.size, size)
    for x in range(left, min(right, drawn.width)):
        assert fitted.getpixel((int((x + 0.5) / scale), 60)) == 255
    painted = fitted.getbbox()
    assert painted[0] >= left / scale - 8
    assert painted[2] <= right / scale + 8


@pytest.mark.parametrize("size", [(64, 64), (2048, 1984), (30_000, 1)])
def test_one_pixel_is_enough(size):
    """One white pixel of however many is a cell that is repainted."""
    drawn = Image.new("L", size)
    drawn.putpixel((size[0] // 2 + 3, size[1] // 2), 255)
    fitted = fit_mask(drawn, size, (128, 64))
    (left, top, right, bottom) = fitted.getbbox()
    assert (right - left, fitted.getpixel((left, top))) == (8, 255)
    assert (left, bottom > top) == (64, True)
