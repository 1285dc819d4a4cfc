"""One request on its way through the emulator: what a handler sees."""

from dataclasses import dataclass

from starlette.requests import Request

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.body import Body, read_body
from novelai.emulator.recorder import RecordedRequest
from novelai.emulator.web_client import find_remarks
from novelai.emulator.world import World


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request, its record, and the world it happens in."""

    request: Request
    record: RecordedRequest
    world: World

    def account(self) -> EmulatedAccount:
        """Return the caller's account.

        Raises:
            Refusal: 401.
        """
        header = self.request.headers.get("authorization")
        account = self.world.accounts.authenticate(header)
        self.record.account = account.label
        return account

    async def body(self) -> Body:
        """Return the decoded body; also put on record.

        Raises:
            Refusal: The body is too large or cannot be decoded.
        """
        body = await read_body(self.request)
        self.record.body = body.document
        self.record.parts = {name: len(data) for name, data in body.parts.items()}
        if self.world.strict:
            record = self.record
            record.remarks = find_remarks(record.path, body.document, record.id)
        return body

    @property
    def wants_json(self) -> bool:
        """The caller asked for JSON instead of an archive."""
        return "application/json" in self.request.headers.get("accept", "")
