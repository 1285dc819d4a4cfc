"""The services as the settings describe them: for the server, for workers, for commands.

async with open_from_settings(settings, work=True) as services: ...

What cannot work is told in a sentence, as a `StartupError`.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from sqlalchemy.exc import IntegrityError

from novelai.server.accounts.clients import no_waiting
from novelai.server.keys.service import LOCAL
from novelai.server.retention.service import RetentionPeriods, keep_applying
from novelai.server.services import Services, open_services
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError, explain_startup_errors
from novelai.server.stopping import Stopping
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.secrets import Vault, load_vault
from novelai.server.telemetry.metrics import Meter
from novelai.server.uploads.service import UploadQuota
from novelai.server.webhooks.post import Post
from novelai.server.webhooks.service import keep_delivering
from novelai.server.worker.context import Timing

__all__ = [
    "blobs_of",
    "check_serving",
    "open_from_settings",
    "secret_key_file",
    "vault_of",
]

log = logging.getLogger(__name__)

ENVIRONMENT = "acct_environment"
DEMO = "acct_demo"

KEYLESS = (
    "No secret key. Servers and workers that share a Postgres database or a bucket need the same "
    "one, so none is made here. Print one with `novelai server new-key`, and set it as "
    "NOVELAI_SERVER_SECRET_KEY for all of them; or set the one that the others have."
)


@asynccontextmanager
async def open_from_settings(
    settings: Settings,
    *,
    work: bool,
    upstream: bool = True,
    stopping: Stopping | None = None,
) -> AsyncGenerator[Services]:
    """Open everything below HTTP; at the end running calls get their grace.

    In a demo an emulator runs beside it, whose account is this machine's. Otherwise the account of
    ``NOVELAI_API_KEY`` is, when that is set.

    Args:
        settings: all of them.
        work: run jobs in this process.
        upstream: run the emulator of a demo, and keep the account of the environment.
        stopping: tells when no new work is to be begun.

    Raises:
        StartupError: the settings cannot work.
    """
    failure: Exception | None = None
    async with AsyncExitStack() as stack:
        with explain_startup_errors(settings):
            base_url, account = settings.base_url, None
            if upstream:
                base_url, account = _account(settings, stack)
            services = await stack.enter_async_context(
                _services(
                    settings,
                    base_url,
                    account,
                    work=work,
                    stopping=stopping or Stopping(settings.grace),
                )
            )
        # Kept from the tasks inside, which would wrap it into a group.
        try:
            yield services
        except Exception as error:  # noqa: BLE001 - raised again below
            failure = error
    if failure is not None:
        raise failure


@asynccontextmanager
async def _services(
    settings: Settings,
    base_url: str | None,
    account: tuple[str, str] | None,
    *,
    work: bool,
    stopping: Stopping,
) -> AsyncGenerator[Services]:
    vault = await anyio.to_thread.run_sync(vault_of, settings)
    blobs = await anyio.to_thread.run_sync(blobs_of, settings)
    await blobs.exists("ready")  # a bucket that is not there is better found now
    meter = Meter()

    async def prepare(services: Services) -> None:
        await services.accounts.check()
        try:
            await _furnish(settings, services, account)
        except IntegrityError:  # another process did the same at this moment
            await _furnish(settings, services, account)

    async with (
        open_services(
            url=settings.database_url,
            blobs=blobs,
            vault=vault,
            connect=no_waiting(base_url, watch=meter.call),
            timing=Timing(pacing=settings.pacing),
            pixel_limit=settings.pixel_limit,
            upload_quota=UploadQuota(
                key=settings.upload_quota_key, owner=settings.upload_quota_owner
            ),
            font=settings.font,
            work=work,
            stopping=stopping,
            meter=meter,
            prepare=prepare,
        ) as services,
        anyio.create_task_group() as tasks,
    ):
        if work:
            post = Post(private=settings.webhook_private)
            tasks.start_soon(keep_delivering, services.webhooks, post, services.context.bus)
            tasks.start_soon(keep_applying, services, RetentionPeriods.of(settings))
        yield services
        tasks.cancel_scope.cancel()


async def _furnish(settings: Settings, services: Services, account: tuple[str, str] | None) -> None:
    """See to it that the person at this machine and the account of the settings are there."""
    await services.keys.local()
    if account is not None:
        account_id, token = account
        label = "Demo" if settings.demo else "NovelAI"
        await services.accounts.keep(account_id, LOCAL, token, label=label)


def _account(
    settings: Settings, stack: AsyncExitStack
) -> tuple[str | None, tuple[str, str] | None]:
    """Return NovelAI's address, and id and token of the account that the settings name."""
    if settings.demo:
        from novelai.server.demo import (
            run_emulator,
        )  # drawing needs libraries that serving does not

        base_url, token = stack.enter_context(run_emulator(settings.demo_step_seconds))
        return base_url, (DEMO, token)
    if settings.api_key is None:
        return settings.base_url, None
    return settings.base_url, (ENVIRONMENT, settings.api_key.get_secret_value())


async def check_serving(settings: Settings, services: Services) -> None:
    """See that a server with these settings has what it needs.

    Raises:
        StartupError: others could reach it and there are no keys; nobody would run jobs; or it
            has no account to work with and nobody who could add one.
    """
    if settings.needs_keys and not await services.authentication.possible():
        if not settings.is_local:
            raise StartupError(
                f"Not listening on {settings.host}: there is no key, and whoever reached the "
                "server could spend your Anlas. Make one first: novelai keys create me --admin"
            )
        log.warning("Nobody can log in: there is no key. Make one: novelai keys create me --admin")
    if not settings.work and services.context.database.is_sqlite:
        raise StartupError(
            "Jobs would wait for ever: with SQLite the server runs them itself. Leave --no-work "
            "out, or set NOVELAI_SERVER_DATABASE=postgresql://… and start `novelai worker`."
        )
    if not settings.needs_keys and not await services.accounts.any():
        raise StartupError(
            "No NovelAI token. Set NOVELAI_API_KEY to your persistent token (pst-...), or try it "
            "without an account: novelai serve --demo"
        )


def is_shared(settings: Settings) -> bool:
    """Return whether other servers and workers may use the same database or pictures."""
    return settings.bucket is not None or settings.database_url.get_backend_name() != "sqlite"


def secret_key_file(settings: Settings) -> Path:
    """Return the path of the secret key for when no setting holds it."""
    return settings.folder / "secret.key"


def vault_of(settings: Settings) -> Vault:
    """Return the vault with the keys of the settings, or of the folder.

    Raises:
        StartupError: there is none, and one that was made here would be here alone.
        ArgumentError: the database's address is none.
        SecretKeyError: a key has the wrong form, or others may read its file.
        OSError: the folder cannot be written.
    """
    given, file = settings.secret_key, secret_key_file(settings)
    if given is None and is_shared(settings) and not file.exists():
        raise StartupError(KEYLESS)
    # The database holds prompts: a folder that is made here is for its owner alone.
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return load_vault(given.get_secret_value() if given else None, file)


def blobs_of(settings: Settings) -> Blobs:
    """Open the store of pictures: the bucket, or the folder.

    Raises:
        OSError: the folder cannot be written.
    """
    if settings.bucket is None:
        return Blobs.local(settings.folder / "files", reserve=settings.disk_reserve)
    options: dict[str, Any] = {"region": settings.s3_region}
    if settings.s3_endpoint is not None:
        options["endpoint"] = settings.s3_endpoint
        options["client_options"] = {"allow_http": settings.s3_endpoint.startswith("http://")}
    if settings.s3_access_key_id is not None:
        options["access_key_id"] = settings.s3_access_key_id
    if settings.s3_secret_access_key is not None:
        options["secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
    return Blobs.s3(settings.bucket, options)
