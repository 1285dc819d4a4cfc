"""What programs for OpenAI's API can do beside one picture."""

from tests.clients.installed import BY_PACKAGE

PART, WHOLE = "image_generation.partial_image", "image_generation.completed"
SQUARE, PORTRAIT = "PNG 1024x1024", "PNG 832x1216"


def assert_streamed(told):
    """One or two parts, as many as NovelAI's pace allows, then the picture."""
    *parts, last = told["kinds"]
    assert (last, {*parts}) == (WHOLE, {PART})
    assert len(parts) <= 2
    assert told["last"].startswith("PNG")


def test_openai_for_python(use, seen):
    """Links, several pictures, streams, edits, masks, variations and chats."""
    found = use(BY_PACKAGE["openai"], "dall_e", "several", "stream", "edit", "chat", "written")
    assert found["dall_e"] == [PORTRAIT]
    assert found["several"] == [PORTRAIT] * 3
    assert_streamed(found["stream"])
    assert found["edit"] == {
        "whole": ["PNG 512x768"],
        "listed": ["PNG 512x768"],
        "masked": ["PNG 512x768"],
        "varied": ["PNG 512x512"],
    }
    assert found["chat"].startswith("PNG")
    assert found["written"]
    assert seen.paid == 1 + 3 + 1 + 4 + 1


def test_openai_for_python_responds_and_speaks(use, seen):
    """`/v1/responses` writes and draws, in a stream too; `/v1/audio/speech` speaks."""
    found = use(BY_PACKAGE["openai"], "respond", "speak")
    assert found["respond"]["text"]
    assert found["respond"]["pictures"] == [PORTRAIT]
    assert {"response.output_text.delta", "response.completed"} <= {*found["respond"]["kinds"]}
    assert found["speak"]["streamed"] > 0
    assert found["speak"]["whole"] > 0
    assert seen.paid == 1


def test_openai_for_node(use, seen):
    """Links, streams, edits, responses and speech."""
    found = use(BY_PACKAGE["openai (npm)"], "dall_e", "stream", "edit", "respond", "speak")
    assert found["dall_e"] == [PORTRAIT]
    assert_streamed(found["stream"])
    assert found["edit"] == {"whole": ["PNG 512x768"], "listed": ["PNG 512x768"]}
    assert found["respond"]["text"]
    assert found["respond"]["pictures"] == [PORTRAIT]
    assert found["speak"] > 0
    assert seen.paid == 1 + 1 + 3 + 1


def test_langchain(use, seen):
    """Its wrapper for DALL·E gives several addresses; a chat streams, writes and draws."""
    assert use(BY_PACKAGE["langchain-community"], "several")["several"] == [SQUARE] * 2
    assert seen.paid == 2
    seen.emulator.reset()
    found = use(BY_PACKAGE["langchain-openai"], "written", "stream", "respond")
    assert found["written"]
    assert len(found["stream"]["pictures"]) == 1
    assert found["respond"] == [PORTRAIT]
    assert seen.paid == 2


def test_litellm(use, seen):
    """Links, edits, chats that draw or write, streams, responses and speech."""
    acts = ("dall_e", "edit", "chat", "written", "stream", "respond", "speak")
    found = use(BY_PACKAGE["litellm"], *acts)
    assert found["dall_e"] == [PORTRAIT]
    assert found["edit"] == ["PNG 512x768"]
    assert len(found["chat"]) == len(found["stream"]["pictures"]) == 1
    assert found["written"]
    assert found["respond"]
    assert found["speak"] > 0
    assert seen.paid == 4


def test_the_ai_sdk(use, seen):
    """Several pictures, links, its own default `/v1/responses`, the image tool, edits, speech."""
    acts = ("dall_e", "several", "respond", "tool", "edit", "speak")
    found = use(BY_PACKAGE["@ai-sdk/openai"], *acts)
    assert found["dall_e"] == [PORTRAIT]
    assert found["several"] == [PORTRAIT] * 3
    assert found["respond"]["text"]
    assert found["respond"]["parts"] > 0
    assert found["tool"] == [PORTRAIT]
    assert found["edit"] == [PORTRAIT]
    assert found["speak"] > 0
    assert seen.paid == 1 + 3 + 1 + 2


def test_the_ai_sdk_for_whatever_is_compatible(use):
    """Text comes whole and in parts."""
    found = use(BY_PACKAGE["@ai-sdk/openai-compatible"], "written")["written"]
    assert found["text"]
    assert found["parts"] > 0


def test_pydantic_ai(use, seen):
    """Text comes over both of OpenAI's APIs; a shape is kept or refused aloud."""
    found = use(BY_PACKAGE["pydantic-ai-slim"], "written", "answered", "shaped")
    assert found["written"]
    assert found["answered"]
    assert found["shaped"].keys() in ({"place", "people"}, {"error", "said"})
    assert seen.paid == 0
