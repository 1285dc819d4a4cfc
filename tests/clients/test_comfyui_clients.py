"""What programs for ComfyUI's API can do beside one picture."""

import pytest
from tests.clients.installed import BY_PACKAGE

SMALL = "PNG 512x512"
ALL = [
    "@saintno/comfyui-sdk",
    "@stable-canvas/comfyui-client",
    "comfy-ui-client",
    "comfy-api-simplified",
]


@pytest.mark.parametrize("package", ALL)
def test_two_pictures_of_one_prompt(use, seen, package):
    """A batch of two gives two pictures, and no preview in their place."""
    assert use(BY_PACKAGE[package], "several")["several"] == [SMALL] * 2
    assert sum(body["parameters"]["n_samples"] for body in seen.bodies) == 2


@pytest.mark.parametrize("package", ALL[:2])
def test_progress_and_the_picture(use, seen, package):
    """Steps are told while it is drawn; previews come only to those who ask for them."""
    found = use(BY_PACKAGE[package], "progress")["progress"]
    assert found["progress"] > 0
    assert found["previews"] == 0
    assert found["pictures"] == [SMALL]
    assert seen.paid == 1


@pytest.mark.parametrize("package", ALL[:2])
def test_lists(use, seen, package):
    """Whatever it asks for is there: checkpoints, samplers, nodes, and empty lists."""
    found = use(BY_PACKAGE[package], "lists")["lists"]
    assert "error" not in found
    assert found["checkpoints"] > 0
    assert found["samplers"] > 0
    assert found["nodes"] > 0
    assert seen.paid == 0
