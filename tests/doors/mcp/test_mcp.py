"""The Model Context Protocol's own client, over HTTP and over standard input."""

import os
import sys

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from tests.doors.mcp.asking import TOOLS, named, pictures_of, text_of
from tests.doors.openai.drawing import SIZE, data_url, hole, png
from typer.testing import CliRunner

from novelai.cli.app import app

pytestmark = pytest.mark.anyio

SPENDING = {"generate_image", "edit_image", "director_tool", "upscale_image"}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_tools_are_listed_with_their_prices(agent, mode):
    """Both generations of the protocol see all tools; those that spend say so, with the price."""
    async with agent(mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == TOOLS
    for name, tool in tools.items():
        hints = tool.annotations
        assert hints.read_only_hint is (name not in SPENDING)
        assert bool(hints.destructive_hint) is (name in SPENDING)
        assert ("Anlas" in tool.description) or name not in SPENDING


async def test_it_generates_and_shows(agent, seen):
    """A generation comes with a thumbnail, its cost, seed and job, and tells its progress."""
    told = []

    async def progress(step, steps, message):
        told.append((step, steps, message))

    async with agent() as client:
        wish = {"prompt": "a cat", "size": SIZE, "seed": 9}
        result = await client.call_tool("generate_image", wish, progress_callback=progress)
    assert not result.is_error
    assert "Cost: 0 Anlas" in text_of(result)
    assert "seed 9" in text_of(result)
    (picture,) = pictures_of(result)
    assert picture.format == "WEBP"
    assert max(picture.size) <= 384
    assert told
    assert seen.paid == 1


async def test_large_pictures_stay_small_enough(agent):
    """A whole picture fits into a conversation: what is too large becomes a JPEG."""
    async with agent() as client:
        wish = {"prompt": "a cat", "size": "portrait", "show": "full"}
        result = await client.call_tool("generate_image", wish)
        assert pictures_of(result)[0].size == (832, 1216)
        image = named(result, "img_")
        again = await client.call_tool("get_image", {"image": image})
    assert sum(len(part.data) for part in again.content if part.type == "image") < 1_000_000
    assert '"prompt": "a cat"' in text_of(again)


async def test_it_edits_tools_and_upscales(agent, seen):
    """The other spending tools work on pictures of the gallery and on pictures handed in."""
    async with agent() as client:
        first = await client.call_tool("generate_image", {"prompt": "a cat", "size": SIZE})
        image = named(first, "img_")
        calls = [
            ("edit_image", {"image": image, "prompt": "a dog", "strength": 0.5}),
            (
                "edit_image",
                {"image": data_url(png()), "mask": data_url(hole(form="grey")), "prompt": "a dog"},
            ),
            ("director_tool", {"tool": "lineart", "image": image}),
            ("upscale_image", {"image": image}),
        ]
        results = [await client.call_tool(name, given) for name, given in calls]
    assert [result.is_error for result in results] == [False] * 4
    assert "1024x1024" in text_of(results[-1])
    actions = [body.get("action") for body in seen.bodies[:3]]
    assert actions == ["generate", "img2img", "infill"]
    assert seen.paid == 5


@pytest.mark.parametrize("form", ["grey", "opaque"])
async def test_a_mask_is_read_by_its_brightness(agent, seen, form):
    """An alpha channel that is opaque everywhere says nothing."""
    async with agent() as client:
        pictures = {"image": data_url(png()), "mask": data_url(hole(form=form))}
        wish = {"prompt": "a dog", "seed": 5, **pictures}
        assert not (await client.call_tool("edit_image", wish)).is_error
    (body,) = seen.bodies
    assert body["action"] == "infill"


async def test_what_costs_nothing(agent, seen):
    """Searching, pricing, models, the account and jobs ask NovelAI for nothing that is paid."""
    async with agent() as client:
        drawn = await client.call_tool("generate_image", {"prompt": "a purple heron", "size": SIZE})
        found = await client.call_tool("search_gallery", {"query": "heron", "show": "thumbnail"})
        assert named(found, "img_") == named(drawn, "img_")
        assert pictures_of(found)
        price = await client.call_tool("estimate_cost", {"size": SIZE, "steps": 50})
        assert "at most" in text_of(price)
        assert "Anlas" in text_of(price)
        models = await client.call_tool("list_models", {})
        assert "nai-diffusion-5-full" in text_of(models)
        account = await client.call_tool("account_status", {})
        assert '"tier_name": "Opus"' in text_of(account)
        job = await client.call_tool("job_status", {"job": named(drawn, "job_")})
        assert "succeeded" in text_of(job)
    assert seen.paid == 1


async def test_who_does_not_wait_is_told_where_to_look(agent):
    """A call that does not wait gives the job's name; asking for that brings the picture."""
    async with agent() as client:
        wish = {"prompt": "a cat", "size": SIZE, "wait": 0}
        early = await client.call_tool("generate_image", wish)
        assert "do not order it again" in text_of(early)
        job = {"job": named(early, "job_"), "wait": 30}
        assert pictures_of(await client.call_tool("job_status", job))


@pytest.mark.parametrize(
    "limits",
    [
        {"free_only": True},
        {"budget_job": 1},
        {"budget_day": 1},
        {"models": ["glm-4-6"]},
        {"scopes": ("read",)},
        {"max_queued": 0},
        {"rate_minute": 0},
    ],
    ids=lambda one: next(iter(one)),
)
async def test_limits_hold(agent, seen, limits):
    """A budget, a policy and a full queue are refused in a sentence, and NovelAI is not asked."""
    async with agent(**limits) as client:
        wish = {"prompt": "a cat", "size": SIZE, "steps": 50}
        result = await client.call_tool("generate_image", wish)
    assert result.is_error
    assert "Nothing was sent or charged" in text_of(result)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("generate_image", {"prompt": "a cat", "steps": 99}),
        ("generate_image", {"prompt": "a cat", "size": "huge"}),
        ("generate_image", {"prompt": "a cat", "size": "auto"}),
        ("generate_image", {"prompt": "a cat", "seed": 2**40}),
        ("edit_image", {"prompt": "a cat", "image": "http://127.0.0.1/a.png"}),
        (
            "edit_image",
            {"prompt": "a cat", "image": data_url(png()), "mask": data_url(hole((64, 64)))},
        ),
        (
            "edit_image",
            {"prompt": "a cat", "image": data_url(png()), "mask": data_url(png("black"))},
        ),
        ("edit_image", {"prompt": "a cat", "image": "img_nothing"}),
        ("director_tool", {"tool": "emotion", "image": "img_nothing"}),
        ("get_image", {"image": "img_nothing"}),
        ("job_status", {"job": "job_nothing"}),
        ("upscale_image", {"image": "!"}),
    ],
)
async def test_wrong_arguments_are_told(agent, seen, name, given):
    """A wrong argument is the tool's error; nothing is fetched, sent or spent."""
    async with agent() as client:
        result = await client.call_tool(name, given)
    assert result.is_error
    assert text_of(result)
    assert seen.paid == 0


async def test_without_a_key_nothing_is_answered(keyed, seen):
    """A server that asks for keys asks here, too; so does its guard against other web sites."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with httpx2.AsyncClient() as http:
        nobody = await http.post(f"{keyed.url}/mcp", json=call)
        assert nobody.status_code == 401
        headers, ambient = {"Origin": "https://evil.example"}, ("me", keyed.secret)
        foreign = await http.post(f"{keyed.url}/mcp", json=call, headers=headers, auth=ambient)
        assert foreign.status_code == 403


async def test_an_agent_reads_why_it_is_refused(keyed):
    """The protocol's own client shows the sentence with which a server without a key refuses."""
    async with httpx2.AsyncClient() as http:
        transport = streamable_http_client(f"{keyed.url}/mcp", http_client=http)
        with pytest.raises(ExceptionGroup) as refused:
            await Client(transport, mode="legacy").__aenter__()
    assert refused.group_contains(MCPError, match="asks for a key")


async def test_over_standard_input_for_a_server(keyed, seen):
    """`novelai mcp --url` passes everything on to a server, with the key from the environment."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "novelai", "mcp", "--url", keyed.url],
        env={**os.environ, "NOVELAI_SERVER_KEY": keyed.make_key()},
    )
    async with Client(parameters) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        result = await client.call_tool("generate_image", {"prompt": "a cat", "size": SIZE})
    assert pictures_of(result)
    assert seen.paid == 1


async def test_over_standard_input_by_itself(tmp_path):
    """`novelai mcp --demo` needs no server: it works in its own process."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "novelai", "mcp", "--demo"],
        env={
            **os.environ,
            "NOVELAI_SERVER_DATA": str(tmp_path),
            "NOVELAI_SERVER_DEMO_STEP_SECONDS": "0",
        },
    )
    async with Client(parameters) as client:
        result = await client.call_tool("generate_image", {"prompt": "a cat", "size": SIZE})
    assert pictures_of(result)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [("http://127.0.0.1:9", "There is no server"), (None, "asks for a key")],
    ids=["nobody", "no key"],
)
def test_the_command_says_what_is_wrong(keyed, address, sentence):
    """Without a server, or without its key, the command ends with a sentence."""
    done = CliRunner().invoke(app, ["mcp", "--url", address or keyed.url])
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stdout == ""
