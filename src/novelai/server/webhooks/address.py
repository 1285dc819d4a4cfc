"""Where webhooks may go: https, and no address that only this machine or its network reaches.

Otherwise a key for pictures would be a key to whatever listens beside the server: its router, its
cloud's metadata, its database.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

__all__ = ["check_webhook", "is_public"]

LONGEST = 2000
INSIDE = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")
NAT64 = IPv6Network("64:ff9b::/96")


def check_webhook(url: str, *, private: bool = False) -> str | None:
    """Why an address is not taken, in a sentence; ``None`` when it is.

    Names are not resolved here: what they stand for is checked with each delivery.

    Args:
        url: the address.
        private: addresses inside and plain http are allowed.
    """
    if len(url) > LONGEST:
        return f"A webhook's address has at most {LONGEST} characters."
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        reason = _form(parts, host, private=private)
    except ValueError:
        return "A webhook is an address such as https://example.com/hook."
    if reason is not None or private:
        return reason
    number = _number(host)
    inside = host.endswith(INSIDE) or "." not in host if number is None else not is_public(number)
    if inside:
        return (
            "A webhook may not go to an address of this machine or its network. Whoever runs the "
            "server can allow it: NOVELAI_SERVER_WEBHOOK_PRIVATE=true."
        )
    return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet."""
    if isinstance(address, IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if within is None and address in NAT64:
            within = IPv4Address(address.packed[-4:])
        if within is not None:
            return is_public(within)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_private or address.is_reserved or address.is_link_local
    )


def _form(parts: SplitResult, host: str, *, private: bool) -> str | None:
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        return "A webhook's address begins with https://."
    if not host or parts.port == 0:
        return "A webhook is an address such as https://example.com/hook."
    if parts.username is not None or parts.password is not None:
        return "A webhook's address holds no user and no password; its messages are signed."
    if not url_is_clean(parts.geturl()):
        return "A webhook's address holds no blanks and no control characters."
    return None


def url_is_clean(url: str) -> bool:
    """Whether nothing in an address could end a line of a request."""
    return all(" " < letter != "\x7f" for letter in url)


def _number(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is in any of its numeric forms, such as ``127.1``."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
