"""What of a series is drawn, and what it costs."""

import io
import warnings

import pytest
from PIL import Image

from novelai import AsyncNovelAI, InvalidParamsError, NovelAI, SeriesError
from novelai.series import Axis, Series, SeriesPlan, fit, plan, prices
from novelai.types import Character, GenerateImageParams, Subscription, Vibe

V45 = "nai-diffusion-4-5-full"
V5 = "nai-diffusion-5-full"
MEDIUM = "nai-diffusion-5-full-medium"
OPUS = Subscription(tier=3, active=True)


def picture(colour="white"):
    data = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(data, "PNG")
    return data.getvalue()


def planned(*axes, base=None, **options):
    base = {"prompt": "1girl", **(base or {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SeriesPlan.of(Series(base=base, axes=axes, **{"roll_seed": 7, **options}))


def test_cells_of_one_request_are_one_picture():
    """Medium sets its steps by itself: drawn once, shown in each place, and paid for once."""
    found = planned(Axis("steps", [10, 20, 28]), Axis("model", [MEDIUM, V45]))
    assert found.same == ((0, 1, 2),)
    assert [cell.number for cell in found.fit.drawn] == [0, 3, 4, 5]
    assert [cell.number for cell in found.cells] == list(range(6))
    assert (found.pictures, found.skipped) == (4, ())
    assert found.cost() == sum(prices(found.fit.drawn))
    assert isinstance(found.cells[0].params, GenerateImageParams)


@pytest.mark.parametrize(
    ("axis", "base", "drawn"),
    [
        (Axis("steps", [20, 20]), {}, 1),
        (Axis("seed", [1, 2]), {}, 2),
        (Axis("scale", [None, 5]), {"model": V45}, 1),
        (Axis("vibes.0.strength", [0.1, 0.2]), {"vibes": [{"image": picture()}]}, 2),
        (Axis("vibes.0.info_extracted", [0.1, 0.2]), {"vibes": [{"image": picture()}]}, 2),
        (Axis("i2i.strength", [0.1, 0.2]), {"i2i": {"image": picture()}}, 2),
        (Axis("i2i.strength", [0.1, 0.1]), {"i2i": {"image": picture()}}, 1),
        (Axis("characters.0.enabled", [True, False]), {"characters": [{"prompt": "a"}]}, 2),
        (Axis("characters.0.enabled", [True, False]), {"characters": [{"prompt": ""}]}, 1),
    ],
)
def test_only_what_is_sent_counts(axis, base, drawn):
    """Different requests are different pictures; different words for one request are not."""
    assert planned(axis, base=base).pictures == drawn


def test_other_pictures_are_other_requests():
    """Lines that start from different pictures are never taken for one."""
    lines = [{"i2i": {"image": picture(colour)}} for colour in ("white", "black", "white")]
    found = planned(prompts=lines, base={"seed": 1})
    assert found.same == ((0, 2),)


def test_what_a_model_refuses_is_skipped():
    """With the sentence; the others are drawn."""
    found = planned(Axis("model", [V5, V45]), base={"vibes": [{"image": picture()}]})
    assert [cell.number for cell in found.cells] == [1]
    (skipped,) = found.skipped
    assert (skipped.cell.number, skipped.cell.labels) == (0, (V5,))
    assert skipped.reason == "vibes: NAI Diffusion V5 Full does not take vibes."


@pytest.mark.parametrize(
    ("axes", "field"),
    [
        ([Axis("steps", [20, 99])], "steps"),
        ([Axis("sampler", ["k_wrong"])], "sampler"),
        ([Axis("vibes.0.strength", [0.5, 7])], "vibes.0.strength"),
        ([Axis("quality", ["fine"])], "quality"),
    ],
)
def test_a_value_that_is_wrong_for_all_is_an_error(axes, field):
    """So is a series of which nothing is left."""
    with pytest.raises(InvalidParamsError) as caught:
        planned(*axes, base={"vibes": [{"image": picture()}]})
    assert caught.value.field == field


def test_a_vibe_is_encoded_once():
    """2 Anlas for the first cell that needs it; for another model or extraction again."""
    base = {"vibes": [{"image": picture()}], "model": V45}
    found = planned(Axis("vibes.0.strength", [0.1, 0.2, 0.3]), base=base)
    first, second, third = prices(found.fit.drawn, OPUS)
    assert (first, second, third) == (2, 0, 0)
    other = planned(Axis("vibes.0.info_extracted", [0.1, 0.2, 0.1]), repeat=2, base=base)
    assert prices(other.fit.drawn, OPUS) == [2, 2, 0, 0]
    assert found.cost(OPUS) == 2


def test_a_limit_cuts_from_the_front():
    """As many cells as the sum pays for; what is skipped or the same costs nothing."""
    whole = planned(repeat=10, base={"model": V45})
    each = whole.cost() // 10
    cut = whole.within(3 * each + 1)
    assert (cut.pictures, cut.series.pictures, cut.cost()) == (3, 3, 3 * each)
    assert [cell.params for cell in cut.cells] == [cell.params for cell in whole.cells[:3]]
    assert whole.within(10 * each).pictures == 10
    assert whole.within(0, OPUS).pictures == 10
    with pytest.raises(SeriesError, match="does not pay for one picture") as caught:
        whole.within(each - 1)
    assert (caught.value.kind, caught.value.field) == ("limit", "limit.anlas")


def test_an_unknown_price_has_no_sum():
    """And no limit."""
    found = planned(base={"model": "some-new-model"})
    assert found.cost() is None
    with pytest.raises(SeriesError, match="price is unknown"):
        found.within(100)


def test_a_client_plans_and_sends_nothing(emulator, url):
    """From parameters, a prompt or fields; a roll seed is drawn if none is given."""
    params = GenerateImageParams(
        prompt="1girl, <a|b>", model=V45, characters=[Character(prompt="<c|d>", position="B3")]
    )
    with NovelAI(emulator.token, base_url=url) as client:
        one = client.image.series(params, axes=[Axis("steps", [20, 28])], roll_seed=7)
        assert [cell.params.steps for cell in one.cells] == [20, 28]
        assert one.cells[0].params.prompt in {"1girl, a", "1girl, b"}
        assert one.cells[0].params.characters[0].prompt in {"c", "d"}
        assert one.cells[0].params.characters[0].position == (0.3, 0.5)
        assert one.series.to_document()["base"]["characters"] == [
            {"prompt": "<c|d>", "position": [0.3, 0.5]}
        ]
        lines = client.image.series(prompts=["a", "b"], model=V45, repeat=2, pictures=3)
        assert [cell.params.prompt for cell in lines.cells] == ["a", "a", "b"]
        assert client.image.series("a").series.roll_seed != lines.series.roll_seed
        changed = client.image.series(params, steps=9, modes={"*": "order"})
        assert changed.cells[0].params.steps == 9
        vibe = client.image.series("a", vibes=[Vibe(image=picture())], model=V45)
        assert vibe.cells[0].params.vibes[0].image == picture()
    assert emulator.requests == []


def test_an_asynchronous_client_plans_the_same():
    """Nothing is awaited, for nothing is sent."""
    axes = [Axis("steps", [20, 28])]
    one = AsyncNovelAI("pst-x").image.series("a <b|c>", axes=axes, roll_seed=3)
    two = NovelAI("pst-x").image.series("a <b|c>", axes=axes, roll_seed=3)
    assert one.cells == two.cells


def test_a_plan_and_its_cells_tell_no_prompt():
    """In no repr."""
    found = planned(Axis("model", [V5, V45]), base={"prompt": "SECRET", "smea": False})
    assert "SECRET" not in repr([found, found.fit, found.skipped])


def test_a_thousand_cells_are_fitted():
    """Each for itself, and in their order."""
    cells = plan(Series(base={"prompt": "a <b|c>"}, roll_seed=1, repeat=1_000))
    assert [cell.number for cell in fit(cells).drawn] == list(range(1_000))
