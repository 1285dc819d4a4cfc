"""The worlds that the same tests run in."""

import anyio
import pytest
from tests.contract.worlds import SERVER_WORLDS, WORLDS, world_of
from tests.doors.serving import serving, settings_for

THROUGH_A_SERVER = {
    "test_a_conversation_is_answered",
    "test_a_lasting_token_makes_no_other",
    "test_a_background_is_removed_in_three_layers",
    "test_a_picture_of_medium_effort_gives_its_model_back",
    "test_a_seed_gives_the_picture_again",
    "test_a_seed_left_out_is_told",
    "test_a_story_goes_on",
    "test_a_text_is_spoken",
    "test_a_transparent_background_is_empty",
    "test_a_vibe_colours_the_picture",
    "test_an_account_is_read",
    "test_an_upscaled_picture_is_twice_as_large_with_its_settings",
    "test_each_tool_changes_the_picture",
    "test_every_sample_arrives",
    "test_samples_come_in_order",
    "test_tags_are_suggested",
    "test_texts_and_pictures_take_turns",
    "test_the_file_is_what_was_sent",
    "test_the_last_seed_wraps",
    "test_the_services_refusals_are_told",
    "test_tokens_are_counted",
    "test_watched_or_not_the_picture_is_the_same",
}
"""Tests of what a server answers like NovelAI: not how often it asks, and not by which path."""


def pytest_generate_tests(metafunc):
    if "world" in metafunc.fixturenames:
        through = metafunc.function.__name__ in THROUGH_A_SERVER
        worlds = (*WORLDS, *SERVER_WORLDS) if through else WORLDS
        metafunc.parametrize("world", worlds, indirect=True)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def server_between(served, tmp_path_factory):
    """A server that asks for keys, with the emulator behind it: its address and a key."""
    settings = settings_for(*served, tmp_path_factory.mktemp("server"), require_keys=True)
    with serving(settings) as running:
        yield running, running.make_key()


@pytest.fixture
async def world(request, emulator, url):
    options = {}
    if request.param in SERVER_WORLDS:
        running, options["api_key"] = request.getfixturevalue("server_between")
        await anyio.to_thread.run_sync(running.refresh)  # the emulator's accounts are fresh ones
        url = running.url
    async with world_of(request.param, emulator, url, **options) as world:
        yield world


@pytest.fixture(params=WORLDS[1:])
async def wire(request, emulator, url):
    """The worlds in which bytes travel: for what breaks on the way."""
    async with world_of(request.param, emulator, url) as world:
        yield world
