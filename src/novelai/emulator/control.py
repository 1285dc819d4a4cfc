"""The control API: what the Python object can do, over HTTP, under `/_emulator/`."""

import dataclasses
from collections.abc import Callable
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.faults import Fault
from novelai.emulator.recorder import shorten
from novelai.emulator.world import World

_ACCOUNT_FIELDS = frozenset(
    "tier active expires_at fixed_anlas purchased_anlas usage_percent usage_is_negative "
    "usage_purchased revoked".split()
)
_FAULT_FIELDS = {field.name for field in dataclasses.fields(Fault)}


class _Control:
    def __init__(self, world: World, reset: Callable[[], None]) -> None:
        self._world = world
        self._reset = reset

    async def state(self, request: Request) -> Response:
        del request
        world = self._world
        return JSONResponse(
            {
                "fast": world.fast,
                "step_seconds": world.step_seconds,
                "seed": world.seed,
                "strict": world.strict,
                "token": world.token,
                "accounts": len(world.accounts),
                "requests": len(world.recorder.requests),
                "faults": len(world.script),
                "generating": len(world.jobs),
            }
        )

    async def requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.recorder.clear()
            return Response(status_code=204)
        records = [dataclasses.asdict(record) for record in self._world.recorder.requests]
        return JSONResponse(shorten(records))

    async def remarks(self, request: Request) -> Response:
        del request
        records = self._world.recorder.requests
        return JSONResponse(
            [dataclasses.asdict(one) for record in records for one in record.remarks]
        )

    async def script(self, request: Request) -> Response:
        document = await request.json()
        listed = cast("list[Any]", document if isinstance(document, list) else [document])
        try:
            faults = tuple(None if item is None else _fault(item) for item in listed)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 422)
        self._world.script.extend(faults)
        return JSONResponse({"faults": len(self._world.script)})

    async def account(self, request: Request) -> Response:
        try:
            token = request.query_params.get("token", self._world.token)
            found = self._world.accounts.get(token)
        except KeyError:
            return JSONResponse({"error": "no such account"}, 404)
        if request.method == "PATCH":
            changes = await request.json()
            unknown = sorted(set(changes) - _ACCOUNT_FIELDS)
            if unknown:
                return JSONResponse({"error": f"unknown fields: {', '.join(unknown)}"}, 422)
            for name, value in changes.items():
                setattr(found, name, value)
        return JSONResponse(_render(found))

    async def reset(self, request: Request) -> Response:
        del request
        self._reset()
        return Response(status_code=204)


def control_routes(world: World, reset: Callable[[], None]) -> list[Route]:
    """Return the routes of the control API.

    Args:
        world: The state they show and change.
        reset: Starts from nothing.
    """
    control = _Control(world, reset)
    return [
        Route("/_emulator/state", control.state, methods=["GET"]),
        Route("/_emulator/requests", control.requests, methods=["GET", "DELETE"]),
        Route("/_emulator/remarks", control.remarks, methods=["GET"]),
        Route("/_emulator/script", control.script, methods=["POST"]),
        Route("/_emulator/account", control.account, methods=["GET", "PATCH"]),
        Route("/_emulator/reset", control.reset, methods=["POST"]),
    ]


def _fault(document: Any) -> Fault:
    """Return a fault from JSON; an event to wait for cannot be sent, seconds can."""
    if not isinstance(document, dict):
        raise TypeError("a fault is an object or null")
    values = cast("dict[str, Any]", document)
    unknown = sorted(set(values) - _FAULT_FIELDS)
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(unknown)}")
    return Fault(**values)


def _render(account: EmulatedAccount) -> dict[str, Any]:
    shown = dataclasses.asdict(account)
    return {"account": account.label, **{name: shown[name] for name in sorted(_ACCOUNT_FIELDS)}}
