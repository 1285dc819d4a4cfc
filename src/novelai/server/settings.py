"""Every setting of the server."""

import hmac
import re
import secrets
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import URL, make_url

from novelai.server.env_file import encoding_of

__all__ = ["Settings"]

MIB = 1024 * 1024
GIB = 1024 * MIB
DAY = 86_400.0
ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", re.IGNORECASE)
"""What leads to a server, and holds nothing that may not be shown."""


class _Filled(PydanticBaseSettingsSource):
    """A source of settings without what is blank in it."""

    def __init__(self, source: PydanticBaseSettingsSource) -> None:
        super().__init__(source.settings_cls)
        self._source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        found = self._source()
        return {
            name: value
            for name, value in found.items()
            if not isinstance(value, str) or value.strip()
        }


class Settings(BaseSettings):
    """Settings, from arguments, ``NOVELAI_SERVER_...`` variables or a ``.env`` file.

    A blank one is one that is not given: the next source counts, or the default.

    Attributes:
        host: address to listen on. Any other than a loopback address needs keys: whoever reaches
            the server can spend Anlas.
        port: port to listen on; 0 chooses one.
        require_keys: ask for a key on a loopback address too, for example behind a proxy.
        allowed_hosts: further names under which the server may be asked for, separated by commas;
            a name that starts with ``*.`` stands for all below it.
        allowed_origins: origins of other web sites that may call it from a browser, such as
            ``http://192.168.1.5:8001``, separated by commas.
        trusted_proxies: addresses of proxies whose ``X-Forwarded-...`` headers count, or networks
            such as ``10.0.0.0/8``, separated by commas.
        demo: draw with the emulator: no account, no cost.
        demo_step_seconds: how long the emulator takes for a step, so that previews can be seen.
        log_level: how much is logged.
        log_format: ``text`` for people, ``json`` for programs.
        api_key: a NovelAI token of the person at this machine, from ``NOVELAI_API_KEY``.
        base_url: where NovelAI is, if not at its own address; from ``NOVELAI_BASE_URL``.
        data: the folder of the database, of pictures and of the secret key.
        database: ``postgresql://...`` or ``sqlite:///path``; by default a file in the folder.
        bucket: an S3-compatible bucket for pictures; by default they are in the folder.
        s3_endpoint: where the bucket is, if not at AWS.
        s3_region: its region.
        s3_access_key_id: who asks.
        s3_secret_access_key: the secret to it.
        secret_key: keys that encrypt stored tokens, separated by commas, the current one first;
            by default a file in the folder. With Postgres or a bucket none is made by itself.
        work: run jobs in this process; without it, ``novelai worker`` does, on Postgres.
        pacing: seconds between two generations of one account.
        grace: seconds that running generations may take to end when the server is stopped.
        body_limit: bytes of a request at most.
        pixel_limit: pixels of a picture at most that is handed in.
        upload_quota_key: bytes of pictures that a key has handed in and that have not expired, at
            most. 0 is without limit, as below.
        upload_quota_owner: the same of all keys of an owner.
        disk_reserve: bytes of the disk that are left to pictures that are paid for: nothing that is
            handed in is kept then.
        font: a font file for the labels of sheets, before those that the system has.
        bin_days: days after which pictures in the bin are deleted. 0 keeps them, as below.
        upload_days: days after which pictures that were handed in and not used are deleted.
        job_days: days after which ended jobs are forgotten; their pictures stay.
        webhook_private: let webhooks go to private addresses and over plain http.
        local_token: what the person at this machine shows to administer a server that asks for no
            keys; by default drawn at each start, and printed as a part of the address.
        proxy_private: let accounts have proxies at private addresses, where the server asks for
            keys; the person at this machine may name any.
        public_url: how the server is reached from outside, for links.
        tokens_per_anlas: how many tokens an Anlas counts in the ``usage`` of ``/v1``, for relays
            that bill by tokens.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="NOVELAI_SERVER_",
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    def __init__(self, **values: Any) -> None:
        file = values.get("_env_file", self.model_config.get("env_file"))
        if isinstance(file, str | Path):
            values.setdefault("_env_file_encoding", encoding_of(Path(file)))
        super().__init__(**values)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    require_keys: bool = False
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    demo: bool = False
    demo_step_seconds: float = Field(default=0.06, ge=0)
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"
    log_format: Literal["text", "json"] = "text"
    api_key: SecretStr | None = Field(default=None, validation_alias="NOVELAI_API_KEY")
    base_url: str | None = Field(default=None, validation_alias="NOVELAI_BASE_URL")
    data: Path = Field(default_factory=lambda: user_data_path("novelai", appauthor=False))
    database: SecretStr | None = None
    bucket: str | None = None
    s3_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key_id: str | None = None
    s3_secret_access_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    work: bool = True
    pacing: float = Field(default=0.0, ge=0)
    grace: float = Field(default=30.0, ge=0)
    body_limit: int = Field(default=64 * MIB, gt=0)
    pixel_limit: int = Field(default=32_000_000, gt=0)
    upload_quota_key: int = Field(default=2 * GIB, ge=0)
    upload_quota_owner: int = Field(default=8 * GIB, ge=0)
    disk_reserve: int = Field(default=256 * MIB, ge=0)
    font: Path | None = None
    bin_days: float = Field(default=30.0, ge=0)
    upload_days: float = Field(default=7.0, ge=0)
    job_days: float = Field(default=90.0, ge=0)
    webhook_private: bool = False
    local_token: SecretStr | None = Field(default=None, min_length=16)
    proxy_private: bool = False
    public_url: str | None = None
    tokens_per_anlas: int = Field(default=1, ge=0)

    @classmethod
    def settings_customise_sources(  # noqa: D102
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - named by the library
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        return tuple(_Filled(source) for source in sources)

    @field_validator("allowed_hosts", "allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(
                    "write addresses such as 127.0.0.1, or networks such as 10.0.0.0/8, separated "
                    "by commas"
                ) from None
        return value

    @field_validator("base_url", "public_url", "s3_endpoint")
    @classmethod
    def _check_address(cls, value: str | None) -> str | None:
        if value is not None and not ADDRESS.fullmatch(value):
            raise ValueError(
                "write an address such as https://pictures.example.org, without a name or a "
                "password in it"
            )
        return value

    @property
    def is_local(self) -> bool:
        """Return whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @cached_property
    def needs_keys(self) -> bool:
        """Return whether every caller must show a key."""
        return self.require_keys or not self.is_local or bool(self.allowed_hosts)

    @cached_property
    def proof(self) -> str:
        """The token of the person at this machine, drawn when none is set."""
        given = self.local_token
        return secrets.token_urlsafe(24) if given is None else given.get_secret_value()

    def is_local_token(self, text: str) -> bool:
        """Return whether a text is the token of the person at this machine, where one counts."""
        return not self.needs_keys and hmac.compare_digest(text.encode(), self.proof.encode())

    @property
    def folder(self) -> Path:
        """Return the folder of this server's data; a demo keeps apart from real pictures."""
        return self.data / "demo" if self.demo else self.data

    @property
    def on_sqlite(self) -> bool:
        """Return whether the database is a file."""
        return self.database is None or self.database.get_secret_value().startswith("sqlite")

    @property
    def database_url(self) -> URL:
        """Return the address of the database.

        Raises:
            ArgumentError: the setting is no address of a database.
        """
        if self.database is not None:
            return make_url(self.database.get_secret_value())
        # A folder is not pasted into an address: there, signs such as % and ? mean something.
        return URL.create("sqlite", database=str(self.folder / "novelai.db"))
