"""The two clients are one client in two colours."""

import inspect

import pytest

from novelai import AsyncNovelAI, NovelAI

WEB_ONLY = {"until"}
"""A caller who goes away while waiting exists only where many wait on one loop."""


def resources(client, path=""):
    """Return every object of the tree by its path, found by the annotations of its class."""
    found = {path: type(client)}
    for name, value in vars(client).items():
        if not name.startswith("_"):
            found |= resources(value, f"{path}.{name}")
    return found


SYNC = resources(NovelAI("pst-a"))
ASYNC = resources(AsyncNovelAI("pst-a"))


def methods(cls):
    return {
        name: member
        for name, member in inspect.getmembers(cls, callable)
        if not name.startswith("_") or name == "__init__"
    }


def uncoloured(annotation):
    """Return an annotation as text without its colour."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    # Once the package openai is imported, classes of httpx2 say that they are its own.
    text = text.replace("openai.", "httpx2.")
    # Where one colour takes a function, the other takes a coroutine function, too.
    text = text.replace("collections.abc.Awaitable[None] | None", "None")
    return text.replace("Async", "").replace("Sync", "").replace("async_", "")


def signature(function):
    shape = inspect.signature(function)
    parameters = [
        (name, parameter.kind, parameter.default, uncoloured(parameter.annotation))
        for name, parameter in shape.parameters.items()
    ]
    return parameters, uncoloured(shape.return_annotation)


def test_both_clients_have_the_same_resources():
    """Paths and names agree, down the whole tree."""
    assert SYNC.keys() == ASYNC.keys()
    assert {path: f"Async{cls.__name__}" for path, cls in SYNC.items()} == {
        path: cls.__name__ for path, cls in ASYNC.items()
    }
    assert {".image", ".user"} <= SYNC.keys()


@pytest.mark.parametrize("path", SYNC)
def test_both_colours_have_the_same_methods(path):
    """Names, parameters, order, defaults, annotations and results agree."""
    ours, theirs = methods(SYNC[path]), methods(ASYNC[path])
    assert ours.keys() == theirs.keys() - WEB_ONLY
    for name, method in ours.items():
        assert signature(method) == signature(theirs[name]), f"{path}.{name}"


@pytest.mark.parametrize("path", SYNC)
def test_both_colours_are_described(path):
    """No public method lacks its words in either colour."""
    for tree in (SYNC, ASYNC):
        assert tree[path].__doc__
        silent = {name for name, method in methods(tree[path]).items() if not method.__doc__}
        assert silent <= {"__init__"}, "the class describes its own parameters"


def test_streams_are_made_without_waiting():
    """Making a stream is no coroutine in either colour: it starts when it is read."""
    made = {
        f"{path}.{name}": method
        for path in SYNC
        for name, method in methods(ASYNC[path]).items()
        if "EventStream" in str(inspect.signature(method).return_annotation)
    }
    assert ".image.generate_stream" in made
    assert [name for name, method in made.items() if inspect.iscoroutinefunction(method)] == []
