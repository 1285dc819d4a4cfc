"""Orders of programs are brought inside what is free, and a note says so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server_core.conftest import Opening
from tests.server_core.helpers import person
from tests.server_core.test_pricing import BARE, ENCODED, NONE, SPENT, SUBSCRIBED, V5, V45, source

from novelai.server.jobs.fitting import fit_into_free, free_size
from novelai.server.jobs.pricing import price_at_most
from novelai.server.model.artifact import encoding_key
from novelai.server.model.key import Limits
from novelai.server.model.params import UpscaleParams
from novelai.server.vibes import repository as vibes
from novelai.types.controlnet import ControlNet, ControlNetImage
from novelai.types.generation import GenerateImageParams
from novelai.types.reference import CharacterReference

LARGE = (1024, 1536)


def wanted(**fields: Any) -> GenerateImageParams:
    return GenerateImageParams(**{"prompt": "x", "model": V45, "size": (512, 512)} | fields)


REFERENCE = CharacterReference(image=source())


@pytest.mark.parametrize(
    ("asked", "changed", "notes"),
    [
        ({"steps": 50}, {"steps": 28}, ["Steps: 28 instead of 50, so that it is free."]),
        (
            {"size": LARGE},
            {"size": (832, 1216)},
            ["Size: 832x1216 instead of 1024x1536, so that it is free."],
        ),
        (
            {"n_samples": 4},
            {"n_samples": 1},
            ["Count: 1 picture instead of 4, so that it is free."],
        ),
        (
            {"character_references": (REFERENCE, REFERENCE)},
            {"character_references": None},
            ["Character references: none instead of 2, so that it is free."],
        ),
        (
            {"vibes": (BARE, ENCODED)},
            {"vibes": (ENCODED,)},
            ["Vibes: 1 instead of 2, so that it is free."],
        ),
        (
            {"vibes": (ENCODED,) * 6},
            {"vibes": (ENCODED,) * 4},
            ["Vibes: 4 instead of 6, so that it is free."],
        ),
        (
            {"steps": 29, "size": LARGE, "n_samples": 2, "model": V5},
            {"steps": 28, "size": (832, 1216), "n_samples": 1},
            [
                "Steps: 28 instead of 29, so that it is free.",
                "Size: 832x1216 instead of 1024x1536, so that it is free.",
                "Count: 1 picture instead of 2, so that it is free.",
            ],
        ),
        ({"steps": 28}, {}, []),
    ],
    ids=["steps", "size", "count", "references", "bare vibe", "six vibes", "all", "free"],
)
def test_what_costs_is_taken_away(
    asked: dict[str, Any], changed: dict[str, Any], notes: list[str]
) -> None:
    """Only what costs is made less, each with a sentence; all else stays as it was asked for."""
    params = wanted(**asked)
    paid = [vibe is ENCODED for vibe in params.effective_vibes]
    fitted = fit_into_free(params, [SUBSCRIBED], paid)
    assert list(fitted.notes) == notes
    expected = wanted(**(asked | changed))
    assert fitted.params == expected
    assert price_at_most(expected, [SUBSCRIBED]).anlas == 0


@pytest.mark.parametrize(
    ("params", "tiers"),
    [
        (wanted(steps=50), [NONE]),
        (wanted(steps=50), [SUBSCRIBED, NONE]),
        (wanted(steps=50), []),
        (wanted(steps=50, model=V5), [SPENT]),
        (wanted(steps=50, model="nai-diffusion-2", sampler="k_dpmpp_2m"), [SUBSCRIBED]),
    ],
    ids=["no Opus", "one without", "no account", "allowance used up", "price unknown"],
)
def test_what_cannot_be_free_stays(params: GenerateImageParams, tiers: list[Any]) -> None:
    """Nothing is changed where it would cost something all the same."""
    fitted = fit_into_free(params, tiers)
    assert fitted.params is params
    assert not fitted.notes


def test_vibes_by_another_name() -> None:
    """Of vibes in `controlnet`, those that are encoded stay, too."""
    ready = ControlNetImage(**dict(ENCODED))
    bare = ControlNetImage(image=source(66))
    params = wanted(vibes=(BARE,), controlnet=ControlNet(images=(bare, ready)))
    fitted = fit_into_free(params, [SUBSCRIBED], [False, False, True])
    assert fitted.params == wanted(controlnet=ControlNet(images=(ready,)))
    fitted = fit_into_free(params, [SUBSCRIBED], [False, False, False])
    assert fitted.params == wanted()


@given(st.integers(1, 48), st.integers(1, 48))
def test_the_size_keeps_its_shape(columns: int, rows: int) -> None:
    """A free size is on the grid, inside 1,048,576 pixels, no step from the shape, and large."""
    width, height = columns * 64, rows * 64
    found = free_size(width, height)
    assert found[0] % 64 == found[1] % 64 == 0
    assert found[0] * found[1] <= 1_048_576
    scale = (1_048_576 / (width * height)) ** 0.5
    assert abs(found[0] - width * scale) < 64
    assert abs(found[1] - height * scale) < 64
    assert found == free_size(height, width)[::-1]


@pytest.mark.anyio
async def test_only_for_keys_that_want_it(opening: Opening) -> None:
    """Without the switch nothing changes, nor for what is no generation."""
    async with opening(work=False) as services:
        local = await person(services)
        plain, _ = await services.keys.create(local.owner_id, "plain", Limits())
        fitting, _ = await services.keys.create(local.owner_id, "bot", Limits(fit_free=True))
        dear = wanted(steps=50)
        assert (await services.fitting.fit(plain, dear)).params is dear
        assert (await services.fitting.fit(fitting, dear)).params == wanted(steps=28)
        upscale = UpscaleParams(image=source())
        assert (await services.fitting.fit(fitting, upscale)).params is upscale


@pytest.mark.anyio
async def test_an_encoding_that_was_paid_for_is_free(opening: Opening) -> None:
    """A vibe without an encoding stays where the owner has paid for one before."""
    async with opening(work=False) as services:
        local = await person(services)
        key, _ = await services.keys.create(local.owner_id, "bot", Limits(fit_free=True))
        params = wanted(vibes=(BARE,), steps=29)
        assert (await services.fitting.fit(key, params)).params == wanted(steps=28)
        assert isinstance(BARE.image, bytes)
        known = await encoding_key(BARE.image, V45, BARE.info_extracted)
        async with services.context.database.write() as connection:
            await vibes.add(connection, local, known, sha256="a" * 64, name="", now=0.0)
        fitted = await services.fitting.fit(key, params)
        assert fitted.params == wanted(vibes=(BARE,), steps=28)
