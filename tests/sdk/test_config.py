"""Where settings come from, and which are refused."""

import pytest

from novelai import AsyncNovelAI, ConfigurationError, MissingAPIKeyError, NovelAI
from novelai._config import Config

KEY = "pst-abc"


def read(environment=None, **arguments):
    return Config.read({"NOVELAI_API_KEY": KEY, **(environment or {})}, **arguments)


def test_the_service_s_own_hosts_are_the_default():
    """Without settings every host is NovelAI's."""
    config = read()
    assert dict(config.bases) == {
        "image": "https://image.novelai.net",
        "text": "https://text.novelai.net",
        "api": "https://api.novelai.net",
    }
    assert (config.api_key, config.timeout) == (KEY, 120.0)


ALL = {
    "NOVELAI_IMAGE_BASE": "http://variable-image",
    "NOVELAI_TEXT_BASE": "http://variable-text",
    "NOVELAI_BASE_URL": "http://variable-all",
}


@pytest.mark.parametrize(
    ("environment", "arguments", "image", "text", "api"),
    [
        (ALL, {}, "variable-image", "variable-text", "variable-all"),
        (ALL, {"base_url": "http://all"}, "all", "all", "all"),
        (ALL, {"base_url": "http://all", "text_base": "http://text"}, "all", "text", "all"),
        (ALL, {"image_base": "http://image"}, "image", "variable-text", "variable-all"),
        ({"NOVELAI_BASE_URL": "http://everything"}, {}, *["everything"] * 3),
        (ALL, {"base_url": " "}, "variable-image", "variable-text", "variable-all"),
        ({"NOVELAI_BASE_URL": "http://a", "NOVELAI_IMAGE_BASE": ""}, {}, "a", "a", "a"),
        ({}, {"base_url": "http://a/"}, "a", "a", "a"),
        (ALL | {"NOVELAI_VOICE_BASE": "http://v"}, {}, "variable-image", "variable-text", "v"),
        (ALL, {"voice_base": "http://voice"}, "variable-image", "variable-text", "voice"),
        ({}, {"base_url": "http://127.0.0.1:8/p/"}, *["127.0.0.1:8/p"] * 3),
    ],
)
def test_what_is_nearer_wins(environment, arguments, image, text, api):
    """Own argument, then `base_url`, then own variable, then `NOVELAI_BASE_URL`."""
    bases = read(environment, **arguments).bases
    assert dict(bases) == {
        "image": f"http://{image}",
        "text": f"http://{text}",
        "api": f"http://{api}",
    }


@pytest.mark.parametrize("environment", [{}, {"NOVELAI_API_KEY": ""}, {"NOVELAI_API_KEY": "  "}])
def test_a_key_is_needed(environment):
    """The message names the variable."""
    with pytest.raises(MissingAPIKeyError, match="NOVELAI_API_KEY"):
        Config.read(environment)


def test_the_argument_wins_over_the_environment():
    """A given key is used, without blanks around it."""
    assert read(api_key=" pst-other\n").api_key == "pst-other"


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_argument_leaves_the_environment_its_say(blank):
    """Nobody who passes on what was never filled in loses the key of the environment."""
    assert read(api_key=blank).api_key == KEY


@pytest.mark.parametrize("key", ["pst-a b", "pst-a\r\nX-Evil: 1", "pst-ü", "pst-\0", "“pst-a”"])
def test_keys_that_cannot_be_are_refused_unseen(key):
    """Such a key would break the header; it is not shown."""
    with pytest.raises(ConfigurationError) as caught:
        read(api_key=key)
    assert "pst" not in str(caught.value)


@pytest.mark.parametrize(
    "base",
    [
        "image.novelai.net",
        "ftp://a",
        "http://",
        "http://a?b=c",
        "http://a#b",
        "http://user:secret@a",
        "http://:secret@a",
        "http://a:port",
        "http://a:99999",
        "http://[::1",
        "http://a\nb",
        "//a",
        "/path",
    ],
)
def test_addresses_that_cannot_work_are_refused(base):
    """The message names the option or variable, and does not repeat what may hold a password."""
    for name, arguments, environment in (
        ("image_base", {"image_base": base}, {}),
        ("base_url", {"base_url": base}, {}),
        ("NOVELAI_TEXT_BASE", {}, {"NOVELAI_TEXT_BASE": base}),
        ("NOVELAI_BASE_URL", {}, {"NOVELAI_BASE_URL": base}),
    ):
        with pytest.raises(ConfigurationError, match=f"^{name} ") as caught:
            read(environment, **arguments)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_timeouts_are_positive(timeout):
    """A time-out of nothing or for ever is refused."""
    with pytest.raises(ConfigurationError, match="timeout"):
        read(timeout=timeout)


@pytest.mark.parametrize("client", [NovelAI, AsyncNovelAI])
@pytest.mark.parametrize("options", [{"concurrency": 0}, {"http_client": 1, "transport": 2}])
def test_options_that_cannot_work_are_refused(client, options):
    """Also what only the client knows is checked when it is made."""
    with pytest.raises(ConfigurationError):
        client(KEY, **options)


@pytest.mark.parametrize("client", [NovelAI, AsyncNovelAI])
def test_clients_read_the_environment(client, monkeypatch):
    """Key and address come from the variables when nothing is given."""
    with pytest.raises(MissingAPIKeyError):
        client()
    monkeypatch.setenv("NOVELAI_API_KEY", KEY)
    monkeypatch.setenv("NOVELAI_BASE_URL", "nonsense")
    with pytest.raises(ConfigurationError, match="NOVELAI_BASE_URL"):
        client()
