"""Where the server's data is: options that its commands share."""

import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any, TypeAlias

import typer

from novelai.cli.operate.options import settings_with
from novelai.cli.options import AsJson
from novelai.cli.talk import Talk

__all__ = ["Data", "DatabaseUrl", "with_place"]

Data: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="FOLDER", help="Where the server keeps its data; NOVELAI_SERVER_DATA."),
]
DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="URL", help="postgresql://... or sqlite:///path, without a password."),
]
Demo: TypeAlias = Annotated[bool, typer.Option("--demo", help="The data of the demo.")]

GIVEN = ("talk", "settings")


def with_place(*, demo: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a place; it is called with ``talk`` and ``settings`` instead.

    ``--json`` is one of them.

    Args:
        demo: ``--demo`` is one, too.
    """
    place = [
        _option("data", Data, default=None),
        _option("database", DatabaseUrl, default=None),
        *([_option("demo", Demo, default=False)] if demo else ()),
    ]
    form = _option("as_json", AsJson, default=False)

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command).parameters.values()
        shown = [*(one for one in own if one.name not in GIVEN), *place, form]

        @wraps(command)
        def run(**given: Any) -> None:
            talk = Talk(as_json=given.pop("as_json"))
            settings = settings_with(talk, {one.name: given.pop(one.name) for one in place})
            command(talk=talk, settings=settings, **given)

        # What the library reads to learn of options.
        run.__signature__ = inspect.Signature(shown)  # pyright: ignore[reportAttributeAccessIssue]
        run.__annotations__ = {one.name: one.annotation for one in shown}
        return run

    return wrap


def _option(name: str, annotation: Any, *, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
