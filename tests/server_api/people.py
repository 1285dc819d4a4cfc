"""A whole server with an emulator behind it, and people who call it."""

from contextlib import contextmanager
from io import BytesIO

import anyio
from PIL import Image
from starlette.testclient import TestClient

from novelai.emulator import Emulator
from novelai.server.app import create_app
from novelai.server.keys.service import LOCAL
from novelai.server.lifespan import open_from_settings
from novelai.server.model.key import Limits
from novelai.server.settings import Settings

ADDRESS = "http://127.0.0.1:8000"
TOKEN = f"pst-{'t' * 64}"
OTHER_TOKEN = f"pst-{'o' * 64}"
TINY = {"prompt": "1girl, cat ears", "size": "128x192", "steps": 2}


class Somebody:
    """Calls the server with a key of their own; without one as whoever comes along."""

    def __init__(self, site, key=None, secret=None):
        self._site = site
        self.key = key
        self.secret = secret

    def __call__(self, method, path, *, headers=None, **body):
        shown = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return self._site.request(method, path, headers={**shown, **(headers or {})}, **body)

    def get(self, path, **body):
        return self("GET", path, **body)

    def make(self, kind="generate", **params):
        """Submit a job and wait for its end."""
        fields = TINY | params if kind == "generate" else params
        answer = self(
            "POST",
            "/api/jobs",
            json={"kind": kind, "params": fields},
            headers={"Prefer": "wait=30"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "succeeded", answer.text
        return answer.json()

    def draw(self, **params):
        """The id of a new picture in the gallery."""
        return self.make(**params)["images"][0]["id"]


class Site(TestClient):
    """A running server, its services, and the emulator it talks to."""

    emulator: Emulator

    @property
    def services(self):
        return self.app_state["services"]

    def somebody(self, name="somebody", owner=LOCAL, **limits):
        """A new key, and who holds it."""
        wanted = Limits(**{"free_only": False} | limits)
        key, secret = self.portal.call(lambda: self.services.keys.create(owner, name, wanted))
        return Somebody(self, key, secret)

    def owner(self, token=OTHER_TOKEN):
        """A new owner with an account of their own."""

        async def made():
            owner_id = await self.services.keys.create_owner("Somebody else")
            await self.services.accounts.register(owner_id, token)
            return owner_id

        return self.portal.call(made)


@contextmanager
def running(folder, **settings):
    """Run a server on a fast emulator until the block ends."""
    emulator = Emulator(fast=True)
    emulator.add_account(TOKEN)
    with emulator.serve() as address:
        given = {"NOVELAI_API_KEY": TOKEN, "NOVELAI_BASE_URL": address, "data": folder}
        wanted = Settings(_env_file=None, **(given | settings))
        if wanted.needs_keys:
            anyio.run(first_key, wanted)
        with Site(create_app(wanted), base_url=ADDRESS) as site:
            site.emulator = emulator
            yield site


async def first_key(settings):
    """A key whose secret nobody learns: without any, the server does not start."""
    async with open_from_settings(settings, work=False) as services:
        await services.keys.local()
        await services.keys.create(LOCAL, "first", Limits())


def png(width=64, height=64, colour="teal"):
    """A plain picture."""
    buffer = BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()
