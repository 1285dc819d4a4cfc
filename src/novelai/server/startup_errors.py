"""Why a server cannot be opened, each reason as the sentence that mends it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from novelai.server.settings import Settings
from novelai.server.storage.errors import DatabaseUnavailableError, StorageUnavailableError
from novelai.server.storage.migrate import InUseError, MigrationError, NewerDatabaseError
from novelai.server.storage.secrets import SecretKeyError

__all__ = ["DatabaseInUseError", "StartupError", "explain_startup_errors"]


class StartupError(RuntimeError):
    """The server cannot work with its settings; the text is the sentence that mends it."""


class DatabaseInUseError(StartupError):
    """Another process holds the database."""


@contextmanager
def explain_startup_errors(settings: Settings) -> Generator[None]:
    """Turn what goes wrong at the start into the sentence that mends it.

    Raises:
        StartupError: with that sentence; no password of an address is in it.
    """
    try:
        yield
    except StartupError:
        raise
    except InUseError as error:
        raise DatabaseInUseError(str(error)) from None
    except (MigrationError, NewerDatabaseError, SecretKeyError) as error:
        raise StartupError(str(error)) from None
    except (ArgumentError, ValueError) as error:
        raise StartupError(_of_value(settings, error)) from None
    except DatabaseUnavailableError as error:
        raise StartupError(_of_database(settings, error.__cause__ or error)) from None
    except (StoreError, StorageUnavailableError) as error:
        raise StartupError(_of_store(settings, error.__cause__ or error)) from None
    except (SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError) as error:
        raise StartupError(_of_database(settings, error)) from None
    except OSError as error:
        raise StartupError(_of_system(settings, error)) from None


def _of_value(settings: Settings, error: Exception) -> str:
    try:
        _ = settings.database_url
    except (ArgumentError, ValueError):
        return (
            "NOVELAI_SERVER_DATABASE is no address of a database. It looks like "
            "postgresql://user:password@host/name or sqlite:////folder/novelai.db."
        )
    return str(error)


def _of_store(settings: Settings, error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return _of_system(settings, error)
    if settings.bucket is None:
        return _unwritable(settings, type(error).__name__)
    where = settings.s3_endpoint or f"AWS, {settings.s3_region}"
    return (
        f"The bucket {settings.bucket} ({where}) does not answer: {type(error).__name__}. Check "
        "NOVELAI_SERVER_BUCKET and NOVELAI_SERVER_S3_ENDPOINT, _REGION, _ACCESS_KEY_ID and "
        "_SECRET_ACCESS_KEY."
    )


def _of_database(settings: Settings, error: BaseException) -> str:
    url = settings.database_url
    # Texts of drivers may quote the statement and its values.
    cause = getattr(error, "orig", None) or error
    if url.get_backend_name() == "sqlite":
        return (
            f"The database {url.database} cannot be used ({type(cause).__name__}): the file is no "
            "database, is damaged, or cannot be written. `novelai server restore FILE` puts a "
            "backup in its place; what is there is kept beside it."
        )
    return _unreachable(settings, type(cause).__name__)


def _of_system(settings: Settings, error: OSError) -> str:
    url = settings.database_url
    if url.get_backend_name() != "sqlite" and error.filename is None:
        return _unreachable(settings, error.strerror or type(error).__name__)
    return _unwritable(settings, error.strerror or type(error).__name__, error.filename)


def _unreachable(settings: Settings, reason: str) -> str:
    url = settings.database_url
    return (
        f"The database {url.database} at {url.host or 'the local socket'}:{url.port or 5432} does "
        f"not answer ({reason}). Check that it runs, and NOVELAI_SERVER_DATABASE. Nothing is lost: "
        "jobs wait in it."
    )


def _unwritable(settings: Settings, reason: str, name: object = None) -> str:
    return (
        f"{name or settings.folder} cannot be written ({reason}). Give it to the user that runs "
        "the server, or choose another folder with --data or NOVELAI_SERVER_DATA."
    )
