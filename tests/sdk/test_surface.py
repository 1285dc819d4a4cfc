"""The public face: its names, its weight, and what it never shows."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import novelai
from novelai import AsyncNovelAI, NovelAI, errors
from novelai._config import Config
from novelai._operations.image import ImageContext, generate
from novelai.types import Character, GenerateImageParams

KEY = "pst-SECRET-KEY"
PROMPT = "SECRET-PROMPT"
PUBLIC = ["novelai", "novelai.types"]
OTHERS = {"cli", "emulator", "fastapi", "server"}
"""Parts with their own dependencies and their own tests."""


def core_modules():
    folder = Path(novelai.__file__).parent
    for found in pkgutil.walk_packages([str(folder)], "novelai."):
        if found.name.split(".")[1] not in OTHERS | {"__main__"}:
            yield found.name


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_listed(name):
    """`__all__` names what is there, all of it and nothing else."""
    module = importlib.import_module(name)
    found = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and not isinstance(value, ModuleType)
    } - {"Any", "TYPE_CHECKING"}
    listed = set(module.__all__) - {"__version__"}
    assert found <= listed
    assert all(getattr(module, key) is not None for key in listed)
    assert len(module.__all__) == len(set(module.__all__))


@pytest.mark.parametrize("name", list(core_modules()))
def test_every_module_lists_names_that_exist(name):
    """What a module promises, it has."""
    module = importlib.import_module(name)
    promised = getattr(module, "__all__", [])
    assert [key for key in promised if not hasattr(module, key)] == []


def test_every_error_is_exported():
    """Errors can be caught by a name from the package's root."""
    kinds = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}
    assert kinds <= set(novelai.__all__)
    raised = {name for name in kinds if not issubclass(getattr(errors, name), Warning)}
    assert all(issubclass(getattr(errors, name), novelai.NovelAIError) for name in raised)
    assert all(name in errors.__doc__ for name in raised), "the tree shows every error"


def test_a_generated_picture_is_a_public_type():
    """It is loaded when asked for, as it needs Pillow."""
    from novelai import types
    from novelai.pictures import GeneratedImage

    assert types.GeneratedImage is GeneratedImage
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = types.Nonsense


HEAVY = ["PIL", "fastapi", "starlette", "numpy", "uvicorn", "typer", "rich", "cryptography"]


@pytest.mark.parametrize("module", PUBLIC)
def test_importing_loads_nothing_heavy(module):
    """What not every program needs is loaded when it is used."""
    program = f"import {module}, sys; print(*sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded & set(HEAVY) == set()
    assert not any(name.startswith("novelai.emulator") for name in run.stdout.split())


def shown(value):
    return repr(value) + str(value)


@pytest.mark.parametrize("client", [NovelAI, AsyncNovelAI])
def test_no_repr_shows_the_token(client):
    """Neither the client nor anything in it gives the token away."""
    opened = client(KEY)
    parts = [opened, *vars(opened).values(), *vars(opened.image).values()]
    assert KEY not in "".join(shown(part) for part in parts)
    assert KEY not in shown(Config.read({}, api_key=KEY))


def test_no_repr_shows_the_prompt():
    """Neither parameters nor requests give the prompt away."""
    params = GenerateImageParams(prompt=PROMPT, characters=[Character(prompt=PROMPT)])
    request = next(generate(params, ImageContext(draw_seed=lambda: 1)))
    assert PROMPT.encode() in request.content
    assert PROMPT not in shown(params) + shown(request)
