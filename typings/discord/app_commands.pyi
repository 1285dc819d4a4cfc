from collections.abc import Awaitable, Callable
from typing import TypeVar

from discord import Client

_F = TypeVar("_F", bound=Callable[..., Awaitable[None]])

class CommandTree:
    def __init__(self, client: Client) -> None: ...
    async def sync(self) -> list[object]: ...
    def command(self, *, name: str, description: str) -> Callable[[_F], _F]: ...
