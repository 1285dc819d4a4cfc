"""The commands for whoever runs the server, on a data folder of their own."""

import asyncio
import json
import re
import sqlite3
from contextlib import closing

import pytest
from tests.server_core.helpers import PAID, picture
from typer.testing import CliRunner

from novelai.cli.app import app
from novelai.server.lifespan import open_from_settings, vault_of
from novelai.server.model.job import State
from novelai.server.settings import Settings
from novelai.server.startup_errors import DatabaseInUseError, StartupError
from novelai.server.storage.migrate import only_process
from novelai.server.storage.secrets import new_key

TOKEN = "pst-" + "q" * 64


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def operate(folder, tmp_path, monkeypatch, logged_as_before):
    """Runs a command with this data folder; gives its result."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, stdin=None, **environment):
        environment = {"NOVELAI_SERVER_DATA": str(folder), **environment}
        return CliRunner().invoke(app, arguments, input=stdin, env=environment)

    return run


def settings(folder, **fields):
    return Settings(data=folder, _env_file=None, **fields)


def run_with_services(folder, action, **fields):
    async def inside():
        async with open_from_settings(
            settings(folder, **fields), work=False, upstream=False
        ) as services:
            return await action(services)

    return asyncio.run(inside())


def test_the_first_key(operate, folder):
    """Its secret alone is on standard output; what to do next is beside it; it opens the server."""
    made = operate("keys", "create", "me", "--admin")
    secret = made.stdout.strip()
    assert re.fullmatch(r"nvs_[\w-]{43}", secret)
    assert "shown this once" in made.stderr
    assert "whsec_" in made.stderr
    assert "novelai accounts add" in made.stderr
    assert "novelai serve --host" in made.stderr
    key = run_with_services(folder, lambda services: services.authentication.key_of(secret))
    assert key.limits.scopes == ["generate", "read", "admin"]
    assert not key.limits.free_only
    assert secret.encode() not in (folder / "novelai.db").read_bytes()


def test_a_key_is_free_only_unless_told(operate):
    """A budget or --paid lets it spend; options become limits."""
    plain = json.loads(operate("keys", "create", "a", "--json").stdout)
    assert plain["free_only"]
    assert plain["owner"] == "This machine"
    options = (
        "--budget-day", "50", "--max-queued", "3", "--model", "nai-diffusion-5", "--expires", "2",
        "--owner", "kim",
    )  # fmt: skip
    limited = json.loads(operate("keys", "create", "b", *options, "--json").stdout)
    assert not limited["free_only"]
    assert (limited["budget_day"], limited["max_queued"]) == (50, 3)
    assert limited["models"] == ["nai-diffusion-5"]
    assert limited["expires_at"] - limited["created_at"] == pytest.approx(2 * 86_400, abs=60)
    assert limited["owner"] == "kim"
    assert not json.loads(operate("keys", "create", "c", "--paid", "--json").stdout)["free_only"]


def test_a_key_for_a_program(operate):
    """With --client it says what to enter there, and fits into what is free unless told."""
    made = operate("keys", "create", "st", "--client", "sillytavern")
    secret = made.stdout.strip()
    assert f"Authentication (optional): novelai:{secret}" in made.stderr
    assert "SD Web UI URL: http://127.0.0.1:8000" in made.stderr
    assert "fitted into what is free" in operate("keys", "list").stdout
    made = operate("keys", "create", "b", "--client", "openai", "--no-fit-free", "--json")
    assert json.loads(made.stdout)["fit_free"] is False
    assert "fitted" in operate("keys", "limits", "b", "--fit-free").stdout
    unknown = operate("keys", "create", "c", "--client", "nobody")
    assert unknown.exit_code == 2
    assert "sillytavern" in unknown.stderr


def test_keys_are_listed_changed_and_revoked(operate):
    """By name, first characters or id; secrets are shown nowhere."""
    secret = operate("keys", "create", "bot").stdout.strip()
    listed = operate("keys", "list").stdout
    assert secret[:12] in listed
    assert secret not in listed
    assert "free only" in listed
    changed = operate("keys", "limits", "bot", "--budget-week", "9")
    assert "9 a week" in changed.stdout
    assert "may spend" in changed.stdout
    shown = operate("keys", "webhook", "bot").stdout.strip()
    assert shown.startswith("whsec_")
    assert operate("keys", "webhook", "bot").stdout.strip() == shown
    assert operate("keys", "revoke", secret[:12]).exit_code == 0
    assert "revoked" in operate("keys", "list").stdout
    [record] = [json.loads(line) for line in operate("keys", "list", "--json").stdout.splitlines()]
    assert record["revoked_at"] is not None
    missing = operate("keys", "revoke", "nobody")
    assert missing.exit_code == 1
    assert "There is no such key." in missing.stderr


def test_two_keys_of_one_name(operate):
    """Are told apart by their ids, which the sentence names."""
    for _ in range(2):
        operate("keys", "create", "twin")
    unclear = operate("keys", "revoke", "twin")
    ids = re.findall(r"key_\w+", unclear.stderr)
    assert len(ids) == 2
    assert operate("keys", "revoke", ids[0]).exit_code == 0


def test_an_account_is_left_here(operate, folder):
    """Its token comes from standard input, is encrypted, and is shown nowhere."""
    added = operate("accounts", "add", "--label", "main", stdin=f"{TOKEN}\n")
    account_id = added.stdout.strip()
    assert account_id.startswith("acct_")
    for part in folder.rglob("*"):
        assert part.is_dir() or TOKEN.encode() not in part.read_bytes()
    again = operate("accounts", "add", stdin=TOKEN)
    assert again.stdout.strip() == account_id
    taken = operate("accounts", "add", "--owner", "kim", stdin=TOKEN)
    assert taken.exit_code == 1
    assert "belongs to somebody else" in taken.stderr
    assert "Disabled: main" in operate("accounts", "disable", "main").stdout
    listed = operate("accounts", "list")
    assert "disabled" in listed.stdout
    assert "Enabled: main" in operate("accounts", "enable", account_id).stdout
    assert "Forgotten: main" in operate("accounts", "remove", "main").stdout
    assert operate("accounts", "list").stdout == ""
    shown = [added, again, taken, listed]
    assert all(TOKEN not in one.stdout + one.stderr for one in shown)


def test_what_is_no_token_is_not_kept(operate):
    """And not quoted: it may be a password."""
    refused = operate("accounts", "add", stdin="my-password\n")
    assert refused.exit_code == 1
    assert "begins with pst-" in refused.stderr
    assert "my-password" not in refused.stderr


def test_balances_are_asked_for(operate, emulator, upstream):
    """At NovelAI, at no cost; a token that is refused is said so."""
    operate("accounts", "add", stdin=TOKEN)
    asked = operate("accounts", "refresh", NOVELAI_BASE_URL=upstream)
    assert "Opus, 10000 Anlas" in asked.stdout
    emulator.account(TOKEN).revoked = True
    refused = operate("accounts", "refresh", NOVELAI_BASE_URL=upstream)
    assert refused.exit_code == 1
    assert TOKEN not in refused.stderr


def test_while_a_server_runs(operate, folder):
    """Keys are refused with the way through the page; a copy and the survey work."""
    operate("keys", "create", "me")
    with only_process(folder / "novelai.db"):
        refused = operate("keys", "list")
        assert refused.exit_code == 1
        assert "Another process uses" in refused.stderr
        assert "Settings, Keys" in refused.stderr
        copied = operate("server", "backup")
        assert copied.exit_code == 0
        restored = operate("server", "restore", copied.stdout.strip())
        assert restored.exit_code == 1
        assert "Nothing was changed." in restored.stderr
        told = json.loads(operate("server", "info", "--json").stdout)
    assert told["keys"] == 1
    assert told["schema"] == "current"


def test_nothing_is_made_by_looking(operate, folder):
    """`server info` on a new machine makes no files."""
    assert "not made yet" in operate("server", "info").stdout
    assert not folder.exists()
    assert operate("server", "backup").exit_code == 1


def test_a_copy_can_be_put_back(operate, folder):
    """It is whole, private, and never overwrites a file; what was there is kept."""
    operate("keys", "create", "before")
    target = folder.parent / "copy.db"
    assert operate("server", "backup", str(target)).stdout.strip() == str(target)
    assert target.stat().st_mode & 0o077 == 0
    again = operate("server", "backup", str(target))
    assert again.exit_code == 1
    assert "no file is overwritten" in again.stderr
    operate("keys", "create", "after")
    assert operate("server", "restore", str(target)).exit_code == 0
    listed = operate("keys", "list").stdout
    assert "before" in listed
    assert "after" not in listed
    assert (folder / "novelai.db.before-restore").exists()
    broken = folder.parent / "broken.db"
    broken.write_bytes(b"no database" * 100)
    refused = operate("server", "restore", str(broken))
    assert refused.exit_code == 1
    assert "Nothing was changed." in refused.stderr


@pytest.mark.parametrize(
    "name",
    [
        "my%20pics", "100%", "a%2Fb", "what?", "#1", "a b", "絵", "it's \"mine\"", "a;b&c=d",
        "[bold]", "user:pass@host", "file:x", "~", "..."
    ],
)  # fmt: skip
def test_a_folder_of_any_name_keeps_everything(name, tmp_path, logged_as_before):
    """Keys, pictures and copies are in that folder and nothing beside it, whatever its name."""
    home = tmp_path / "home"
    home.mkdir()
    folder = home / name

    def run(*arguments):
        result = CliRunner().invoke(app, [*arguments, "--data", str(folder)])
        assert result.exit_code == 0, result.output
        return result.stdout

    run("keys", "create", "before")

    async def keep(services):
        blobs = services.context.blobs
        await blobs.put("thumbs/ab/name.webp", b"bytes")
        assert await blobs.get("thumbs/ab/name.webp") == b"bytes"
        return await blobs.names("thumbs/")

    assert run_with_services(folder, keep) == ["thumbs/ab/name.webp"]
    copy = run("server", "backup").strip()
    assert copy.startswith(str(folder / "backups"))
    run("keys", "create", "after")
    run("server", "restore", copy)
    run("server", "migrate")
    told = json.loads(run("server", "info", "--json"))
    assert (told["data"], told["keys"], told["schema"]) == (str(folder), 1, "current")
    assert told["database"] == f"sqlite:///{folder}/novelai.db"
    assert [path.name for path in home.iterdir()] == [name]
    assert (folder / "novelai.db").stat().st_size > 0
    assert (folder / "files" / "thumbs" / "ab" / "name.webp").read_bytes() == b"bytes"
    assert not list(folder.rglob("*%25*"))


def test_an_address_that_is_none_is_told_everywhere(operate):
    """A wrong address of a database is a sentence, also where only is looked."""
    wrong = {"NOVELAI_SERVER_DATABASE": "no address"}
    for command in (("server", "info"), ("keys", "list")):
        refused = operate(*command, **wrong)
        assert refused.exit_code == 1
        assert "NOVELAI_SERVER_DATABASE" in refused.stderr


@pytest.mark.parametrize("keep", [False, True])
def test_a_restored_queue_is_not_paid_twice(operate, folder, keep):
    """What waited in the copy is cancelled and its reservation released, unless told otherwise."""

    async def submit(services):
        key = await services.keys.local()
        await services.accounts.add(key.owner_id, TOKEN)
        return (await services.jobs.submit(key, picture(**PAID))).job

    job = run_with_services(folder, submit)
    copy = operate("server", "backup").stdout.strip()
    options = ["--keep-queue"] if keep else []
    restored = operate("server", "restore", *options, copy)
    assert ("1 jobs" in restored.stderr) is not keep

    async def read(services):
        return await services.jobs.read(await services.keys.local(), job.id)

    state = run_with_services(folder, read).state
    assert state is (State.QUEUED if keep else State.CANCELLED)


def test_the_secret_key_is_changed(operate, folder):
    """Tokens open with the new one; the old one stays behind it for old copies."""
    operate("accounts", "add", stdin=TOKEN)
    old = (folder / "secret.key").read_text()
    rotated = operate("server", "rotate-key")
    assert "1 secrets" in rotated.stdout
    new, behind = (folder / "secret.key").read_text().split()
    assert behind == old.strip()
    (folder / "secret.key").write_text(new)
    assert operate("accounts", "list").exit_code == 0
    (folder / "secret.key").write_text(old)
    lost = operate("accounts", "list")
    assert lost.exit_code == 1
    assert "secret key that is not here" in lost.stderr


def test_a_secret_key_of_the_environment(operate, folder):
    """The command hands out a new one when there is nothing to seal, and then seals with it."""
    first = operate("server", "rotate-key").stdout
    assert "0 secrets" in first
    key = (folder / "secret.key").read_text().split()[0]
    operate("accounts", "add", stdin=TOKEN, NOVELAI_SERVER_SECRET_KEY=key)
    new = operate("server", "rotate-key", NOVELAI_SERVER_SECRET_KEY=key).stdout.strip()
    both = f"{new},{key}"
    sealed = operate("server", "rotate-key", NOVELAI_SERVER_SECRET_KEY=both)
    assert "1 secrets" in sealed.stdout
    assert operate("accounts", "list", NOVELAI_SERVER_SECRET_KEY=new).exit_code == 0


SHARED = [
    {"NOVELAI_SERVER_DATABASE": "postgresql://user:planted@127.0.0.1:1/pictures"},
    {"NOVELAI_SERVER_BUCKET": "pictures", "NOVELAI_SERVER_S3_ENDPOINT": "http://127.0.0.1:1"},
]


@pytest.mark.parametrize("shared", SHARED, ids=["postgres", "bucket"])
@pytest.mark.parametrize("blank", [{}, {"NOVELAI_SERVER_SECRET_KEY": " "}], ids=["none", "blank"])
def test_what_is_shared_needs_a_secret_key_of_the_settings(operate, folder, shared, blank):
    """The sentence says how to make one; none is invented that other containers would not have."""
    refused = operate("keys", "list", **shared, **blank)
    assert refused.exit_code == 1
    assert "novelai server new-key" in refused.stderr
    assert "NOVELAI_SERVER_SECRET_KEY" in refused.stderr
    assert "planted" not in refused.stderr
    assert not folder.exists()


def test_a_new_key_is_one(operate, folder):
    """What `new-key` prints opens a server with a bucket, and nothing of it is kept."""
    key = operate("server", "new-key").stdout.strip()
    assert not folder.exists()
    configured = settings(folder, bucket="pictures", secret_key=key)
    sealed = vault_of(configured).seal("pst-secret", "acct_1")
    assert vault_of(configured).open(sealed, "acct_1") == "pst-secret"


def test_a_key_file_that_is_there_counts(operate, folder):
    """A server of one machine that moved to Postgres or a bucket keeps its key."""
    operate("keys", "list")
    sealed = vault_of(settings(folder)).seal("pst-secret", "acct_1")
    assert vault_of(settings(folder, bucket="pictures")).open(sealed, "acct_1") == "pst-secret"


def test_blank_options_are_unset(operate, tmp_path):
    """An empty variable in a script's option leaves the environment's setting."""
    told = json.loads(operate("server", "info", "--data", "", "--database", " ", "--json").stdout)
    assert told["data"] == str(tmp_path / "data")
    assert told["database"] == f"sqlite:///{tmp_path / 'data' / 'novelai.db'}"


def test_a_blank_token_makes_no_account(folder):
    """A line that was left blank in an env file is no account that every job would fail on."""

    async def start():
        async with open_from_settings(settings(folder, api_key="  "), work=False) as services:
            return await services.accounts.everybody()

    assert asyncio.run(start()) == []


def test_migrating(operate, folder):
    """Makes the schema, or says that it is there."""
    for _ in range(2):
        assert "this version's schema" in operate("server", "migrate").stdout
    with closing(sqlite3.connect(folder / "novelai.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'later'")
        database.commit()
    for command in (("server", "migrate"), ("keys", "list")):
        newer = operate(*command)
        assert newer.exit_code == 1
        assert "newer version" in newer.stderr


def test_a_worker_needs_postgres(operate):
    """On SQLite the sentence says who works instead."""
    refused = operate("worker")
    assert refused.exit_code == 2
    assert "runs jobs itself" in refused.stderr


@pytest.mark.parametrize("command", [("keys", "list"), ("worker",), ("server", "migrate")])
def test_an_unreachable_postgres(operate, command):
    """Where it was looked for, without its password."""
    address = "postgresql://user:planted@127.0.0.1:1/pictures"
    failed = operate(*command, NOVELAI_SERVER_DATABASE=address, NOVELAI_SERVER_SECRET_KEY=new_key())
    assert failed.exit_code == 1
    assert "127.0.0.1:1" in failed.stderr
    assert "does not answer" in failed.stderr
    assert "planted" not in failed.stderr
    assert "Traceback" not in failed.output


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("NOVELAI_SERVER_DATABASE", "planted", "is no address of a database"),
        ("NOVELAI_SERVER_PORT", "planted", "NOVELAI_SERVER_PORT"),
        ("NOVELAI_SERVER_SECRET_KEY", "planted", "32 bytes"),
        ("NOVELAI_SERVER_DATA", "/proc/none", "cannot be written"),
        ("NOVELAI_SERVER_WORK", "planted", "valid boolean"),
        ("NOVELAI_SERVER_GRACE", "planted", "valid number"),
        ("NOVELAI_SERVER_TRUSTED_PROXIES", "127.0.0.1, planted", "such as 127.0.0.1"),
        ("NOVELAI_SERVER_PUBLIC_URL", "planted", "such as https://pictures.example.org"),
        ("NOVELAI_SERVER_S3_ENDPOINT", "https://me:planted@store.example", "without a name"),
        ("NOVELAI_BASE_URL", "https://planted@nai.example", "without a name"),
    ],
)
def test_wrong_settings(operate, variable, value, sentence):
    """Are named with what to write instead; the value is not quoted when it may be a secret."""
    failed = operate("keys", "list", **{variable: value})
    assert failed.exit_code in {1, 2}
    assert sentence in failed.stderr.replace("\n", " ")
    assert "planted" not in failed.stderr
    assert not isinstance(failed.exception, Exception)


def test_a_broken_database(operate, folder):
    """The sentence says how to go on, and the file is left as it is."""
    folder.mkdir()
    (folder / "novelai.db").write_bytes(b"no database" * 1000)
    for command in (("keys", "list"), ("server", "info"), ("server", "migrate")):
        failed = operate(*command)
        assert failed.exit_code == 1
        assert "novelai server restore" in failed.stderr
    assert (folder / "novelai.db").read_bytes() == b"no database" * 1000


def test_a_secret_key_that_others_may_read(operate, folder):
    """Is refused with the command that mends it."""
    operate("keys", "list")
    (folder / "secret.key").chmod(0o644)
    failed = operate("keys", "list")
    assert "chmod 600" in failed.stderr


def test_what_happens_inside_comes_out_as_it_is(folder):
    """An error of who uses the services is no group of errors, and two cannot open it at once."""

    async def fail(_services):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_with_services(folder, fail)

    async def twice(_services):
        async with open_from_settings(settings(folder), work=False):
            pass

    with pytest.raises(DatabaseInUseError):
        run_with_services(folder, twice)
    assert issubclass(DatabaseInUseError, StartupError)


def test_the_account_of_the_environment(folder, upstream):
    """It belongs to this machine; a new token takes the place of the old one."""

    async def start(token):
        configured = settings(folder, api_key=token, base_url=upstream)
        async with open_from_settings(configured, work=False) as services:
            return await services.accounts.everybody()

    [(first, owner)] = asyncio.run(start(TOKEN))
    assert owner == "This machine"
    [(second, _)] = asyncio.run(start(TOKEN.replace("q", "r")))
    assert second.id == first.id
    assert second.token != first.token


def test_a_demo_starts_again(folder):
    """With a fresh emulator behind the same account, apart from real data."""

    async def start():
        async with open_from_settings(settings(folder, demo=True), work=False) as services:
            await services.accounts.refresh((await services.accounts.list("local"))[0])
            return await services.accounts.list("local")

    [first] = asyncio.run(start())
    [second] = asyncio.run(start())
    assert (first.id, second.anlas) == (second.id, 10_000)
    assert not (folder / "novelai.db").exists()
