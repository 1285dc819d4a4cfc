"""Agents draw with all that a picture can have; what a tool does not take is told in words."""

import base64

import pytest
from mcp import MCPError
from tests.doors.mcp.asking import TOOLS, named, text_of
from tests.doors.openai.drawing import SIZE, data_url, png

pytestmark = pytest.mark.anyio

SMALL = {"prompt": "two friends", "size": SIZE, "steps": 2}


async def test_no_tool_takes_what_it_does_not_name(agent):
    """Each tool's schema is closed, in its parts too."""
    async with agent() as client:
        tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.input_schema["additionalProperties"] is False
        for part in tool.input_schema.get("$defs", {}).values():
            assert part.get("additionalProperties", False) is False


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"charakters": []}, "perhaps characters is meant"),
        ({"n": 4}, "n: generate_image takes no such argument"),
        ({"steps": 99}, "steps: is at most 50"),
        ({"steps": "many"}, "steps: is a whole number"),
        ({"scale": "high"}, "scale: is a number"),
        ({"scale": -1}, "scale: is at least 0"),
        ({"prompt": ""}, "prompt: is empty"),
        ({"prompt": None}, "prompt: is a text"),
        ({"show": "huge"}, "show: is one of 'thumbnail', 'full' or 'none'"),
        ({"quality": "yes please"}, "quality: is true or false"),
        ({"preset": "nonsense"}, "preset: is one of"),
        ({"characters": "a girl"}, "characters: is a list"),
        ({"characters": [{"prompt": "girl", "place": "A1"}]}, "characters.0.place: there is no"),
        ({"characters": [{}]}, "characters.0.prompt: is needed"),
        ({"characters": [{"prompt": "girl", "position": "Z9"}]}, "position"),
        ({"characters": [{"prompt": "girl", "position": [2, 2]}]}, "position"),
        ({"sampler": "nonsense"}, "sampler"),
        ({"vibes": [{"strength": 0.5}]}, "picture or an encoding"),
        ({"vibes": [{"image": "img_nothing"}]}, "not in the gallery"),
        ({"vibes": [{"vibe": "nothing"}]}, "vibe that is not here"),
        ({"character_references": [{"image": "https://a.example/b.png"}]}, "base64"),
        ({"model": 5}, "model: is a text"),
    ],
)
async def test_what_is_wrong_is_told_in_words(agent, seen, given, told):
    """A wrong argument is named in a sentence without a library's words; nothing is drawn."""
    async with agent() as client:
        result = await client.call_tool("generate_image", SMALL | given)
    assert result.is_error
    text = text_of(result)
    assert told in text
    for word in ("pydantic", "validation error", "input_value", "Input should be", "Traceback"):
        assert word not in text
    assert seen.paid == 0


async def test_everything_a_picture_can_have(agent, seen):
    """Characters with places, sampler, guidance, quality and preset reach NovelAI."""
    wish = SMALL | {
        "model": "nai-diffusion-4-5-full",
        "characters": [
            {"prompt": "girl, red hair", "position": "B3", "negative_prompt": "hat"},
            {"prompt": "boy, blue hair", "position": [0.7, 0.5]},
        ],
        "sampler": "k_euler", "scale": 4.5, "quality": False, "preset": "light", "seed": 3,
    }  # fmt: skip
    async with agent() as client:
        result = await client.call_tool("generate_image", wish)
    assert not result.is_error, text_of(result)
    (body,) = seen.bodies
    sent = body["parameters"]
    people = sent["v4_prompt"]["caption"]["char_captions"]
    assert [one["char_caption"] for one in people] == ["girl, red hair", "boy, blue hair"]
    assert people[0]["centers"] == [{"x": 0.3, "y": 0.5}]
    assert (sent["sampler"], sent["scale"], sent["seed"]) == ("k_euler", 4.5, 3)
    assert body["input"].startswith("two friends")


async def test_vibes_and_references_of_the_gallery(agent, seen):
    """A picture of the gallery carries its style or its character on; the price is told first."""
    model = {"model": "nai-diffusion-4-5-full"}
    async with agent() as client:
        drawn = await client.call_tool("generate_image", SMALL | model)
        image = named(drawn, "img_")
        vibe = {"vibes": [{"image": image, "strength": 0.4}]}
        kept = {"character_references": [{"image": image, "type": "style"}]}
        prices = [
            await client.call_tool("estimate_cost", {"size": SIZE, "steps": 2} | model | more)
            for more in (vibe, kept)
        ]
        for more in (vibe, kept):
            result = await client.call_tool("generate_image", SMALL | model | more)
            assert not result.is_error, text_of(result)
    assert ["at most 2 Anlas" in text_of(prices[0]), "at most 5 Anlas" in text_of(prices[1])] == [
        True,
        True,
    ]
    bodies = [one["parameters"] for one in seen.bodies if "parameters" in one]
    assert bodies[1]["reference_strength_multiple"] == [0.4]
    assert bodies[2]["director_reference_images"]


async def test_a_picture_of_the_gallery_is_a_resource(agent, seen):
    """A picture and its settings are read by address; another key's are not there."""
    async with agent() as client:
        drawn = await client.call_tool("generate_image", SMALL | {"seed": 8})
        image = named(drawn, "img_")
        templates = (await client.list_resource_templates()).resource_templates
        (picture,) = (await client.read_resource(f"novelai://images/{image}")).contents
        (settings,) = (await client.read_resource(f"novelai://images/{image}/settings")).contents
    assert {one.uri_template for one in templates} == {
        "novelai://images/{image}", "novelai://images/{image}/settings",
    }  # fmt: skip
    assert picture.mime_type == "image/png"
    assert base64.b64decode(picture.blob).startswith(b"\x89PNG")
    assert '"seed": 8' in settings.text
    async with agent() as stranger:
        for address in (f"novelai://images/{image}", "novelai://images/img_nothing/settings"):
            with pytest.raises(MCPError, match="no such picture"):
                await stranger.read_resource(address)
    assert seen.paid == 1


async def test_words_to_begin_with(agent):
    """Two prompts are offered; each puts what was typed into its words."""
    async with agent() as client:
        offered = {one.name: one for one in (await client.list_prompts()).prompts}
        draw = await client.get_prompt("draw", {"subject": "a heron at dusk"})
        change = await client.get_prompt("change", {"image": "img_1", "changes": "more rain"})
    assert set(offered) == {"draw", "change"}
    assert "a heron at dusk" in draw.messages[0].content.text
    assert "img_1" in change.messages[0].content.text


async def test_an_edit_takes_the_same(agent, seen):
    """Image to image takes characters and a sampler, too."""
    wish = {
        "image": data_url(png()), "prompt": "a dog", "strength": 0.5, "sampler": "k_euler",
        "model": "nai-diffusion-4-5-full", "characters": [{"prompt": "a dog, brown"}],
    }  # fmt: skip
    async with agent() as client:
        result = await client.call_tool("edit_image", wish)
    assert not result.is_error, text_of(result)
    assert seen.bodies[0]["parameters"]["sampler"] == "k_euler"


async def test_every_director_tool_has_a_price(agent, seen):
    """What director_tool takes, estimate_cost takes, too."""
    async with agent() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        names = tools["director_tool"].input_schema["properties"]["tool"]["enum"]
        for name in names:
            wish = {"kind": "tool", "tool": name, "image": data_url(png())}
            result = await client.call_tool("estimate_cost", wish)
            assert not result.is_error, (name, text_of(result))
            assert "Price: " in text_of(result)
    assert seen.paid == 0
