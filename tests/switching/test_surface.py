"""Every public name of novelai-sdk 0.14.1 is here, with its parameters."""

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import novelai
from novelai import AsyncNovelAI, NovelAI
from novelai.types import FinalEvent, PreviewEvent

SURFACE = json.loads(Path(__file__).with_name("surface_0_14_1.json").read_text("utf-8"))
MEMBERS = [
    (name, member, parameters)
    for name, members in SURFACE["members"].items()
    for member, parameters in members.items()
]
CALLS = [
    (client, path, parameters)
    for client, calls in SURFACE["clients"].items()
    for path, parameters in calls.items()
]


def found(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


def parameters_of(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", SURFACE["modules"])
def test_every_name_is_in_its_module(name):
    """What can be imported from novelai-sdk can be imported from here, from the same module."""
    module = import_module(name)
    assert [one for one in SURFACE["modules"][name] if not hasattr(module, one)] == []
    assert set(SURFACE["modules"][name]) <= set(module.__all__)


@pytest.mark.parametrize("name", SURFACE["functions"])
def test_every_function_takes_the_same_parameters(name):
    """Functions take the parameters by the same names."""
    assert set(SURFACE["functions"][name]) <= parameters_of(found(name))


@pytest.mark.parametrize("name", SURFACE["fields"])
def test_every_model_has_the_same_fields(name):
    """Fields of parameters can be given, and fields of answers read, by the same names."""
    model = found(name)
    fields = set(getattr(model, "model_fields", ()))
    known = {name for name in SURFACE["fields"][name] if name in fields or hasattr(model, name)}
    known |= set(inspect.signature(model).parameters)
    assert [one for one in SURFACE["fields"][name] if one not in known] == []


@pytest.mark.parametrize(("name", "member", "parameters"), MEMBERS)
def test_every_method_is_there(name, member, parameters):
    """Methods and properties of the models are there, and take the same parameters."""
    assert hasattr(found(name), member)
    if parameters is not None:
        assert set(parameters) <= parameters_of(getattr(found(name), member))


@pytest.mark.parametrize(("client", "path", "parameters"), CALLS)
def test_every_call_is_there(client, path, parameters):
    """Everything a client can do is there, and takes the same parameters."""
    attribute: Any = getattr(novelai, client)
    if path != "()":
        for name in path.split("."):
            attribute = attribute.__annotations__.get(name) or getattr(attribute, name, None)
    assert attribute is not None
    if parameters is not None:
        assert set(parameters) <= parameters_of(attribute)


@pytest.mark.parametrize("event", [PreviewEvent, FinalEvent])
def test_events_have_the_fields_of_a_chunk(event):
    """A stream's events can be read by the names of the chunks they replace."""
    assert [name for name in SURFACE["stream_chunk"] if not hasattr(event, name)] == []


def test_clients_tell_their_settings():
    """Key and time-out can be read back from a client."""
    for client in (NovelAI("pst-key", timeout=30), AsyncNovelAI("pst-key", timeout=30)):
        assert (client.api_key, client.timeout) == ("pst-key", 30)
