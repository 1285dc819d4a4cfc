"""``/user/…``: the account, as the caller's key sees it."""

import time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from novelai.server.compat.novelai import account
from novelai.server.compat.novelai.account import AccountState, usable
from novelai.server.http.context import AnyContext, RequestContext
from novelai.server.http.dependencies import Caller
from novelai.server.model.problems import ProblemError
from novelai.types.subscription import Subscription

__all__ = ["account_routes"]

RESTRICTED = (
    "/user/giftkeys",
    "/user/clientsettings",
    "/user/keystore",
    "/user/objects/{path:path}",
    "/user/create-persistent-token",
)
"""What NovelAI refuses to persistent tokens, and this server to its keys."""

RESTRICTION = "Usage of persistent access tokens is not allowed for this endpoint"


def account_routes(router: APIRouter) -> None:
    """Add the routes."""
    standing = AccountState()

    async def real(context: RequestContext) -> Subscription:
        return await standing.of(context.services, await usable(context), time.time())

    @router.get("/user/subscription")
    async def subscription(context: AnyContext) -> Response:
        found = await real(context)
        used = await context.services.keys.read_usage(context.key)
        return JSONResponse(account.subscription(found, context.key, used))

    @router.get("/user/data")
    async def data(context: AnyContext) -> Response:
        found = await real(context)
        used = await context.services.keys.read_usage(context.key)
        document = {
            "priority": account.priority(found, time.time()),
            "subscription": account.subscription(found, context.key, used),
            "information": account.information(context.key),
        }
        return JSONResponse(document)

    @router.get("/user/information")
    async def information(caller: Caller) -> Response:
        return JSONResponse(account.information(caller))

    @router.get("/user/priority")
    async def priority(context: AnyContext) -> Response:
        return JSONResponse(account.priority(await real(context), time.time()))

    async def refuse_account(request: Request, caller: Caller) -> Response:
        del request, caller
        raise ProblemError(401, "restricted", RESTRICTION)

    for path in RESTRICTED:
        router.add_api_route(
            path, refuse_account, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
        )

    @router.post("/user/login")
    async def login() -> Response:
        raise ProblemError(
            401,
            "unauthenticated",
            "This server has keys instead of passwords: send one as Authorization: Bearer.",
        )

    del subscription, data, information, priority, login  # the router holds them
