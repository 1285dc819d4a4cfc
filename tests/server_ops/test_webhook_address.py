"""Where webhooks may go, when they are tried again, and how they are signed."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai.server.webhooks import verify
from novelai.server.webhooks.address import check_webhook, is_public
from novelai.server.webhooks.service import next_try
from novelai.server.webhooks.signature import new_secret, sign_message

INSIDE = [
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "router", "nas.local",
    "metadata.google.internal", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
    "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]",
    "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_addresses_inside_are_refused(host):
    """Whatever way it is written, in a sentence that names the setting; unless it is allowed."""
    refused = check_webhook(f"https://{host}/hook")
    assert refused is not None
    assert "NOVELAI_SERVER_WEBHOOK_PRIVATE" in refused
    assert check_webhook(f"http://{host}/hook", private=True) is None


@pytest.mark.parametrize(
    "url",
    [
        "", "hook", "https://", "https:///hook", "http://example.com", "ftp://example.com",
        "file:///etc/passwd", "https://user:pw@example.com/", "https://example.com:0/",
        "https://example.com:99999/", "https://[::1/", "https://example.com/a b",
        "https://example.com/\x7f", "https://example.com/" + "a" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused(url):
    """Without an exception, whatever it is."""
    assert check_webhook(url) is not None


@pytest.mark.parametrize(
    "url",
    ["https://example.com", "https://example.com:8443/a?b=c", "https://93.184.216.34/hook",
     "https://[2606:4700:4700::1111]/"],
)  # fmt: skip
def test_public_addresses_are_taken(url):
    """A name, or a number of the public internet."""
    assert check_webhook(url) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(text):
    """It is refused or taken; nothing is raised."""
    assert check_webhook(text) is not None
    check_webhook(f"https://{text}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_numbers(address):
    """An address of the internet stays one when IPv6 wraps it."""
    assert is_public(ip_address(address))


def test_six_tries_within_about_two_hours():
    """Then it is given up; no two messages wait exactly as long."""
    pauses = [next_try(attempts, chance=0.0) for attempts in range(1, 7)]
    assert pauses[-1] is None
    assert 7000 < sum(pauses[:-1]) < 7500
    assert pauses[:-1] == sorted(pauses[:-1])
    assert next_try(1, chance=1.0) < next_try(1, chance=0.0)


@given(st.text(max_size=100))
def test_a_signed_message_is_known(text):
    """And one that was changed, is old, or is signed by somebody else is not."""
    secret, now, body = new_secret(), 1_800_000_000.0, text.encode()
    headers = sign_message(secret, "whd_1", int(now), text)
    assert verify(secret, headers, body, now=now + 299)
    assert not verify(secret, headers, body + b" ", now=now)
    assert not verify(secret, headers, body, now=now + 301)
    assert not verify(secret, headers, body, now=now - 301)
    assert not verify(new_secret(), headers, body, now=now)


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "0", "1e9", "\u0661"])
@pytest.mark.parametrize(
    "signature", ["", "v1=", "v1=\u00e9", "v0=00", "v1", "v1,", "v1,\u00e9 v1,=", "\udc80"]
)
@pytest.mark.parametrize("names", [("webhook-", "id"), ("X-Novelai-", "Delivery")])
def test_a_strange_message_is_not_believed(timestamp, signature, names):
    """And raises nothing."""
    front, name = names
    headers = {
        f"{front}timestamp": timestamp, f"{front}signature": signature, front + name: "\udc80"
    }  # fmt: skip
    assert not verify("whs_x", headers, b"", now=0.0)
    assert not verify("whs_x", {}, b"", now=0.0)
