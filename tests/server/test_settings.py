"""Settings, and whom a server with them asks for a key."""

import pytest
from pydantic import ValidationError

from novelai.errors import ConfigurationError
from novelai.server.settings import Settings


def settings(**changes: object) -> Settings:
    return Settings(_env_file=None, **changes)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"])
def test_addresses_of_this_machine_need_no_key(host):
    """Unless it is asked for, or the server has a name that others may use."""
    assert not settings(host=host).needs_keys
    assert settings(host=host, require_keys=True).needs_keys
    assert settings(host=host, allowed_hosts="pictures.example.org").needs_keys


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.x"])
def test_other_addresses_need_keys(host):
    """Whoever reaches the server can spend Anlas."""
    assert settings(host=host, demo=True).needs_keys


def test_settings_come_from_the_environment(monkeypatch, tmp_path):
    """Each setting has a variable, and the token can stand in a `.env` file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOVELAI_SERVER_PORT", "9")
    monkeypatch.setenv("NOVELAI_BASE_URL", "http://127.0.0.1:8787")
    (tmp_path / ".env").write_text("NOVELAI_API_KEY=pst-from-a-file\nUNRELATED=1\n")
    found = Settings()
    assert (found.port, found.base_url) == (9, "http://127.0.0.1:8787")
    assert found.api_key.get_secret_value() == "pst-from-a-file"


def test_the_token_is_not_shown():
    """Printed, the settings do not give the token away."""
    assert "pst-planted" not in repr(settings(api_key="pst-planted"))


@pytest.mark.parametrize(
    ("field", "value"), [("port", 70_000), ("log_level", "loud"), ("demo_step_seconds", -1)]
)
def test_a_wrong_setting_is_named(field, value):
    """A value that cannot work is an error that names the setting."""
    with pytest.raises(ValidationError, match=field):
        settings(**{field: value})


@pytest.mark.parametrize("setting", ["base_url", "public_url", "s3_endpoint"])
@pytest.mark.parametrize(
    "value",
    ["pictures.example.org", "ftp://a.example", "https://", "https://me@a.example",
     "https://me:secret@a.example", "https://a.example/?key=secret", "https://a.example/#secret"],
)  # fmt: skip
def test_an_address_holds_no_secret(setting, value):
    """It is shown in sentences and links; what else may stand in one is refused, not quoted."""
    with pytest.raises(ValidationError) as refused:
        settings(**{setting: value})
    assert "without a name or a password" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["http://127.0.0.1:9", "https://[::1]:9/a/", "HTTPS://a.example"])
def test_an_address_is_taken_as_it_is(value):
    """With a port, a path, numbers or a name."""
    assert settings(s3_endpoint=value).s3_endpoint == value


@pytest.mark.parametrize("value", ["proxy", "*", "127.0.0.1/8", "10.0.0.0/99", "127.0.0.1:80"])
def test_what_is_no_proxy(value):
    """A name that stands for no address would be a proxy that nobody ever is."""
    with pytest.raises(ValidationError, match="trusted_proxies"):
        settings(trusted_proxies=value)


def test_proxies_are_addresses_and_networks():
    """As they are written, and looked for by what answers requests."""
    given = "127.0.0.1, 10.0.0.0/8,::1, fd00::/8"
    assert settings(trusted_proxies=given).trusted_proxies == tuple(
        one.strip() for one in given.split(",")
    )


VARIABLES = [
    str(field.validation_alias or f"NOVELAI_SERVER_{name.upper()}")
    for name, field in Settings.model_fields.items()
]


@pytest.mark.parametrize("blank", ["", "  ", "\t\n"], ids=["empty", "spaces", "tab and line"])
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_blank_variable_is_unset(monkeypatch, variable, blank):
    """A line that was left blank in an env file changes nothing."""
    unset = settings()
    monkeypatch.setenv(variable, blank)
    assert settings() == unset


def test_a_blank_variable_leaves_the_next_source_its_say(monkeypatch, tmp_path):
    """A blank argument leaves the variable, and a blank variable the line in the `.env` file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("NOVELAI_API_KEY=pst-from-a-file\nNOVELAI_SERVER_BUCKET=\n")
    monkeypatch.setenv("NOVELAI_API_KEY", " ")
    monkeypatch.setenv("NOVELAI_SERVER_HOST", "::1")
    found = Settings(host="")
    assert found.api_key.get_secret_value() == "pst-from-a-file"
    assert (found.host, found.bucket) == ("::1", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_file_of_any_windows_shell_is_read(tmp_path, monkeypatch, encoding):
    """A `.env` file may be UTF-8 or UTF-16, with a mark in front, and with Windows' line ends."""
    monkeypatch.chdir(tmp_path)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = f"{mark}NOVELAI_SERVER_S3_REGION=ここ\r\nNOVELAI_API_KEY=pst-file\r\n"
    (tmp_path / ".env").write_bytes(text.encode(encoding))
    found = Settings()
    assert found.s3_region == "ここ"
    assert found.api_key is not None
    assert found.api_key.get_secret_value() == "pst-file"


@pytest.mark.parametrize("data", [b"A=\xff\xfe\x00", "A=1".encode("utf-16-le"), b"\xff\xfeA"])
def test_a_file_that_is_no_text_is_refused(tmp_path, monkeypatch, data):
    """The sentence names the file and what to do, and nothing of what stands in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read .* save it as UTF-8"):
        Settings()
