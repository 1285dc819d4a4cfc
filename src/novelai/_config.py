"""Where the service is and who asks: the settings of a client."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

from httpx2 import URL, InvalidURL

from novelai._options import check_timeout
from novelai._wire import Host
from novelai.errors import ConfigurationError, MissingAPIKeyError

__all__ = ["Config"]

DEFAULT_BASES: dict[Host, str] = {
    "image": "https://image.novelai.net",
    "text": "https://text.novelai.net",
    "api": "https://api.novelai.net",
}

NAMES: dict[Host, tuple[str, ...]] = {
    "image": ("image",),
    "text": ("text",),
    "api": ("voice", "api"),
}
"""What arguments (``image_base``) and variables (``NOVELAI_IMAGE_BASE``) call each host."""

MAX_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A client's settings, checked.

    Attributes:
        api_key: the token every request carries.
        bases: base URL of each host, without a slash at the end.
        timeout: seconds to wait for the next bytes of an answer.
    """

    api_key: str = field(repr=False)
    bases: Mapping[Host, str]
    timeout: float

    @classmethod
    def read(
        cls,
        environment: Mapping[str, str],
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        image_base: str | None = None,
        text_base: str | None = None,
        voice_base: str | None = None,
        api_base: str | None = None,
        timeout: float = 120.0,
    ) -> "Config":
        """Read settings from arguments, else from the environment, else the service's own.

        Each host is taken from, in this order: its own argument, ``base_url``, its own variable
        (``NOVELAI_IMAGE_BASE``, ``NOVELAI_TEXT_BASE``, ``NOVELAI_VOICE_BASE``),
        ``NOVELAI_BASE_URL``. ``api_base`` and ``NOVELAI_API_BASE`` are deprecated names of voice's.

        Raises:
            MissingAPIKeyError: no key anywhere.
            ConfigurationError: a value that cannot work.
        """
        given = {"image": image_base, "text": text_base, "voice": voice_base, "api": api_base}
        texts = {f"{name}_base": value for name, value in given.items()}
        _check_texts({"api_key": api_key, "base_url": base_url, **texts})
        _warn_of_deprecated(given, environment)
        bases: dict[Host, str] = {}
        for host, names in NAMES.items():
            variables = [f"NOVELAI_{name.upper()}_BASE" for name in names]
            named = (
                *((f"{name}_base", given[name]) for name in names),
                ("base_url", base_url),
                *((name, environment.get(name)) for name in (*variables, "NOVELAI_BASE_URL")),
            )
            name, value = next(
                ((name, value) for name, value in named if value and value.strip()),
                (f"{names[0]}_base", DEFAULT_BASES[host]),
            )
            bases[host] = _check_base(value, name)
        return cls(
            api_key=_check_key(api_key, environment), bases=bases, timeout=check_timeout(timeout)
        )


def _check_texts(given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{name} must be text, got a {type(value).__name__}.")


def _warn_of_deprecated(given: Mapping[str, str | None], environment: Mapping[str, str]) -> None:
    variable = "NOVELAI_API_BASE"
    for name, value, instead in (
        ("api_base", given["api"], "voice_base"),
        (variable, environment.get(variable), "NOVELAI_VOICE_BASE"),
    ):
        if value and value.strip():
            warnings.warn(
                f"{name} is deprecated: only voice is left at that address; call it {instead}",
                DeprecationWarning,
                stacklevel=4,  # where the client is made
            )


def _check_key(argument: str | None, environment: Mapping[str, str]) -> str:
    given = (argument, environment.get("NOVELAI_API_KEY"))
    key = next((key.strip() for key in given if key and key.strip()), None)
    if key is None:
        raise MissingAPIKeyError(
            "No NovelAI token. Set NOVELAI_API_KEY to your persistent token (pst-...), "
            "or pass api_key=."
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            "The NovelAI token holds characters that no token has; copy it again. "
            "(It is not shown here.)"
        )
    return key


def _check_base(value: str, name: str) -> str:
    base = value.strip().rstrip("/")
    try:
        url = URL(base)
    except InvalidURL:
        url = None
    if (
        url is None
        or url.scheme not in ("http", "https")
        or not url.host
        or (url.port or 0) > MAX_PORT
        or url.userinfo
        or url.query
        or url.fragment
    ):
        raise ConfigurationError(
            f"{name} must be an address such as https://image.novelai.net, without a query."
        )
    return base
