"""What programs for NovelAI's own API can do beside one picture."""

from tests.clients.installed import BY_PACKAGE

SMALL = "PNG 512x768"


def test_nekoai(use, seen):
    """Streams, image to image, director tools, upscaling, tags and the account."""
    found = use(BY_PACKAGE["nekoai-api"], "stream", "extras")
    assert found["stream"]["kinds"] == ["FINAL", "INTERMEDIATE"]
    assert found["stream"]["last"].startswith("PNG")
    extras = found["extras"]
    assert extras["again"] == [SMALL]
    assert extras["lines"].startswith("PNG")
    assert extras["larger"] == "PNG 1024x1536"
    assert extras["tags"] > 0
    assert extras["tier"] == 3
    assert seen.paid == 5


def test_novelai_python(use, seen):
    """Image to image and director tools. Its tags fail with any credential, before they ask."""
    found = use(BY_PACKAGE["novelai-python"], "extras")["extras"]
    assert found["again"] == [SMALL]
    assert len(found["lines"]) == 1
    assert seen.paid == 2


def test_novelai_api(use, seen):
    """Image to image, and the account."""
    found = use(BY_PACKAGE["novelai-api"], "extras")["extras"]
    assert found == {"again": [SMALL], "tier": 3}
    assert seen.paid == 1
