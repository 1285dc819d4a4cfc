"""Where webhooks may go: https, and no address that only this machine or its network reaches.

Otherwise a key for pictures would be a key to whatever listens beside the server: its router, its
cloud's metadata, its database.
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

__all__ = ["check_webhook", "is_inside", "is_public"]

LONGEST = 2000
INSIDE = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")
NAT64 = IPv6Network("64:ff9b::/96")

# IANA's registries of special addresses, of November 2026: what `ipaddress` takes for private
# differs between the versions of Python, and clouds answer for some of it.
NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # between a provider and its customers; Alibaba's metadata
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # Azure's metadata
        "169.254.0.0/16",  # this link; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # of protocols; Oracle's metadata
        "192.0.2.0/24",  # of documents
        "192.88.99.0/24",  # gateways to IPv6, given up
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # of measurements
        "198.51.100.0/24",  # of documents
        "203.0.113.0/24",  # of documents
        "224.0.0.0/4",  # many at once
        "240.0.0.0/4",  # kept for later, and everybody on this link
    )
)
UNICAST = IPv6Network("2000::/3")
"""What IPv6 has given out so far: no address outside it is anybody's."""
NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # of protocols: Teredo, measurements, names without a place
        "2001:db8::/32",  # of documents
        "3fff::/20",  # of documents
    )
)


def check_webhook(url: str, *, private: bool = False) -> str | None:
    """Explain in a sentence why an address is not taken; ``None`` when it is.

    Names are not resolved here: what they stand for is checked with each delivery.

    Args:
        url: the address.
        private: addresses inside and plain http are allowed.
    """
    if len(url) > LONGEST:
        return f"A webhook's address has at most {LONGEST} characters."
    if not url_is_clean(url):  # before it is taken apart, which drops ends of lines
        return "A webhook's address holds no blanks and no control characters."
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        reason = _form(parts, host, private=private)
    except ValueError:
        return "A webhook is an address such as https://example.com/hook."
    if reason is not None or private:
        return reason
    if is_inside(host):
        return (
            "A webhook may not go to an address of this machine or its network. Whoever runs the "
            "server can allow it: NOVELAI_SERVER_WEBHOOK_PRIVATE=true."
        )
    return None


def is_inside(host: str) -> bool:
    """Return whether a host is a name or a number of this machine or its network, as it stands."""
    number = _number(host)
    if number is None:
        return host.endswith(INSIDE) or "." not in host
    return not is_public(number)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is one of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    within = _within(address)
    if within is not None:
        return is_public(within)
    return address in UNICAST and not any(address in network for network in NOT_PUBLIC_6)


def _within(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a gateway would make of an IPv6 one."""
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _form(parts: SplitResult, host: str, *, private: bool) -> str | None:
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        return "A webhook's address begins with https://."
    if not host or parts.port == 0:
        return "A webhook is an address such as https://example.com/hook."
    if parts.username is not None or parts.password is not None:
        return "A webhook's address holds no user and no password; its messages are signed."
    return None


def url_is_clean(url: str) -> bool:
    """Return whether nothing in an address could end a line of a request."""
    return all(" " < letter != "\x7f" for letter in url)


def _number(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is in any of its numeric forms, such as ``127.1``."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
