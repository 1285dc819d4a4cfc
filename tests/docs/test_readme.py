"""What the README files show works, in both languages."""

import inspect
import re
import shlex
import subprocess
import sys
import tomllib
from urllib.parse import urlsplit

import dev
import pytest
import typer.core
import typer.main
from PIL import Image
from starlette.testclient import TestClient
from tests.docs.readme import NAMES, ROOT, Readme

import novelai
from novelai.cli.app import app as command_line
from novelai.emulator import Emulator
from novelai.server.app import create_app
from novelai.server.settings import Settings


@pytest.fixture(params=NAMES)
def readme(request):
    return Readme.named(request.param)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The demo server, in this process."""
    folder = tmp_path_factory.mktemp("readme")
    settings = Settings(demo=True, demo_step_seconds=0, data=folder, _env_file=None)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as browser:
        yield browser


def is_a_test(block: str) -> bool:
    return "def test_" in block


def test_its_programs_run(readme, tmp_path, monkeypatch):
    """Copied one after another into a session, the Python blocks run and leave their pictures."""
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
        monkeypatch.setenv("NOVELAI_BASE_URL", url)
        session = {}
        for number, block in enumerate(readme.blocks("python")):
            if not is_a_test(block):
                exec(compile(block, f"block {number}", "exec"), session)
        session["client"].close()
        for name in ("cat.png", "watercolor.png"):
            with Image.open(tmp_path / name) as picture:
                assert picture.size == (832, 1216)
        with TestClient(session["app"]) as browser:
            answer = browser.get("/generate", params={"prompt": "1girl"})
        assert answer.headers["content-type"] == "image/png"
        paths = [request.path for request in emulator.requests]
        assert paths.count("/ai/encode-vibe") == 1
        assert {request.status for request in emulator.requests} <= {200, 201}


def test_its_test_passes(tmp_path):
    """The test it shows, the same in both languages, passes with the plugin of the package."""
    (block,) = filter(is_a_test, Readme.named("README.md").blocks("python"))
    (tmp_path / "test_shown.py").write_text(block)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_its_commands_exist(readme, server):
    """Every shell command it shows exists, with the options it shows."""
    group = typer.main.get_command(command_line)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tried = set()
    for line in readme.commands:
        program, *words = shlex.split(line)
        tried.add(program)
        if program == "python3":
            assert words[0] == "dev.py"
            assert words[1] in dev.COMMANDS
        elif program == "novelai":
            command = group.commands[words[0]]
            if isinstance(command, typer.core.TyperGroup):
                command = command.commands[words[1]]
            known = {option for parameter in command.params for option in parameter.opts}
            assert {word for word in words[1:] if word.startswith("--")} <= known
        elif program == "pip":
            name, _, extra = words[1].rstrip("]").partition("[")
            assert name == extras["name"]
            assert extra in {"", *extras["optional-dependencies"]}
        else:
            assert program == "curl"
            address = urlsplit(words[0])
            answer = server.get(f"{address.path}?{address.query}")
            assert answer.headers["content-type"] == "image/png"
    assert tried == {"curl", "novelai", "pip", "python3"}


def test_it_names_every_error(readme):
    """The table of errors holds each error of the package, and nothing else."""
    named = {name for name in readme.first_cells if name.endswith("Error")}
    public = [getattr(novelai, name) for name in novelai.__all__]
    errors = {
        found.__name__
        for found in public
        if inspect.isclass(found) and issubclass(found, novelai.NovelAIError)
    }
    assert named == errors - {"NovelAIError"}


def test_its_routes_exist(readme, server):
    """Each route of its table is there, and that of the documented program has every option."""
    named = {name.partition("?")[0] for name in readme.first_cells if name.startswith("/")}
    described = server.get("/openapi.json").json()["paths"]
    doors = {"/sdapi/v1/…": "/sdapi/v1/samplers", "/v1/…": "/v1/models", "/ai/…": None}
    for name in named - described.keys() - {"/", "/api/…", "/mcp"}:
        if doors[name] is not None:
            assert server.get(doors[name]).status_code == 200, name
    assert server.post("/ai/generate-image", json={}).status_code == 400
    assert server.delete("/mcp").status_code != 404  # a GET would listen
    asked = {one["name"] for one in described["/generate"]["get"]["parameters"]}
    (row,) = re.findall(r"^\| `/generate\?.*$", readme.text, re.MULTILINE)
    asked -= {"prompt", "idempotency-key"}
    assert asked <= set(re.findall(r"`(\w+)`", row))


def test_it_names_every_extra(readme):
    """Each extra that can be installed is named."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert all(f"`{extra}`" in readme.text for extra in project["optional-dependencies"])


def test_its_links_lead_somewhere(readme):
    """Every link to a file leads to a file that is there."""
    assert len(readme.links) > 8
    assert [target for target in readme.links if not (ROOT / target).exists()] == []


def test_it_can_be_read_in_one_go(readme):
    """Two hundred and sixty lines are the limit."""
    assert len(readme.text.splitlines()) < 260


def test_both_say_the_same():
    """The Japanese README has the same commands, tables and programs as the English one."""
    english, japanese = map(Readme.named, NAMES)
    assert english.commands == japanese.commands
    assert english.first_cells == japanese.first_cells
    shown = [
        [re.sub(r"#.*|\".*?\"", "", line).strip() for line in block.splitlines()]
        for one in (english, japanese)
        for block in one.blocks("python")
        if "print(" not in block
    ]
    half = len(shown) // 2
    assert shown[:half] == shown[half:]
    assert [len(block) for block in english.blocks("python")] != []
    assert len(english.blocks("python")) == len(japanese.blocks("python"))
