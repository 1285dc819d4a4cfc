"""Every setting of the server."""

from ipaddress import ip_address
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Settings, from arguments, ``NOVELAI_SERVER_...`` variables or a ``.env`` file.

    Attributes:
        host: address to listen on. Other than loopback addresses are refused: anybody who reaches
            the server can spend the account's Anlas.
        port: port to listen on; 0 chooses one.
        demo: draw with the emulator: no account, no cost.
        log_level: how much is logged.
        api_key: the NovelAI token, read from ``NOVELAI_API_KEY``.
        base_url: where NovelAI is, if not at its own address; from ``NOVELAI_BASE_URL``.
        demo_step_seconds: how long the emulator takes for a step, so that previews can be seen.
    """

    model_config = SettingsConfigDict(
        env_prefix="NOVELAI_SERVER_", env_file=".env", extra="ignore", populate_by_name=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    demo: bool = False
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"
    api_key: SecretStr | None = Field(default=None, validation_alias="NOVELAI_API_KEY")
    base_url: str | None = Field(default=None, validation_alias="NOVELAI_BASE_URL")
    demo_step_seconds: float = Field(default=0.06, ge=0)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False
