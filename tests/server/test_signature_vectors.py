"""Fixed vectors of everything that is signed or stored as a hash.

The literals were made with `openssl dgst -sha256 -hmac`, not with the functions under test. A
change of one of them locks people out: receivers of webhooks, holders of links, keys, sessions.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import pytest
from itsdangerous import Signer
from standardwebhooks import Webhook, WebhookVerificationError

from novelai.server.keys.sessions import COOKIE, LIFETIME
from novelai.server.links.signature import Grant, canonical, read_grant, write_grant
from novelai.server.model.secret import KEY_PREFIX, PATH_OPTION, PATH_PREFIX, hash_of
from novelai.server.storage.secrets import Vault
from novelai.server.webhooks import verify
from novelai.server.webhooks.service import next_try
from novelai.server.webhooks.signature import new_secret, sign, sign_message, standard_secret

Headers = Callable[..., dict[str, str]]

# Webhooks

SECRET = "whs_c2VjcmV0LW9mLWEta2V5LXRoYXQtc2lnbnM"
STANDARD = "whsec_d2hzX2MyVmpjbVYwTFc5bUxXRXRhMlY1TFhSb1lYUXRjMmxuYm5N"
DRAWN = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = b'{"id": "whd_1", "event": "job.succeeded"}'
AT = 1_800_000_000
STANDARD_VECTORS = [
    # The one that the libraries of Standard Webhooks are tested with, in every language.
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        b'{"test": 2432232314}',
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (STANDARD, "whd_1", AT, BODY, "1sEjtYEvk7CekKAqlDamYxSxQA6TI/x+ckkaKz7XNBA="),
    (SECRET, "whd_1", AT + 1, BODY, "93Twscm/e0IEPjLBOzPMsfF1MDE/ZmFvaCxqdYNn3k8="),
    ("whs_x", "whd_2", 0, b"", "bKOTIc0AziGni9Zdz7FTnOEg12/DDPvw8EbfaBOWFls="),
    (
        "whs_\u00e9",
        "whd_1",
        AT,
        "\u00e9".encode(),
        "mjKFg1tU5ZOZoKCaiXb+STqzOVWjQq3eVbC8d2Q2rPo=",
    ),
]
OLD_VECTORS = [
    (SECRET, AT, BODY, "7fa004cd710a4cd69b289d696df28eb44bb2497a8875edfe2308e29efe6d6ba7"),
    (SECRET, AT + 1, BODY, "d52752c7e0b8eef0742214cfb66980ac46bed26ce70dbd4d8b46648eb2e7d2b3"),
    ("whs_x", 0, b"", "1445cdb76227543b495803c159c7265ac7e233b19acd6546e822d163077860a3"),
    (
        "whs_\u00e9",
        AT,
        b"\xff\x00",
        "5c356a46bda7df9bccb86e3eab850ce46fc8c630ca4d98dfa9bf0445a23fdb47",
    ),
]


def standard(
    timestamp: str = str(AT),
    signature: str = f"v1,{STANDARD_VECTORS[1][4]}",
    message_id: str = "whd_1",
) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }


def old(timestamp: str = str(AT), signature: str = f"v1={OLD_VECTORS[0][3]}") -> dict[str, str]:
    return {"X-Novelai-Timestamp": timestamp, "X-Novelai-Signature": signature}


KINDS = pytest.mark.parametrize("headers", [standard, old])


@pytest.mark.parametrize(("secret", "message_id", "timestamp", "body", "digest"), STANDARD_VECTORS)
def test_a_webhook_is_signed(
    secret: str, message_id: str, timestamp: int, body: bytes, digest: str
) -> None:
    """HMAC-SHA256 over id, time and body with dots between, as `v1,` and base64."""
    signed = sign_message(secret, message_id, timestamp, body.decode())
    wanted = standard(str(timestamp), f"v1,{digest}", message_id)
    assert {name: signed[name] for name in wanted} == wanted
    assert verify(secret, wanted, body, now=timestamp)


@pytest.mark.parametrize(("secret", "timestamp", "body", "digest"), OLD_VECTORS)
def test_a_webhook_is_signed_as_before(
    secret: str, timestamp: int, body: bytes, digest: str
) -> None:
    """Receivers that look for the headers of before find them, signed with the secret they have."""
    with pytest.deprecated_call():
        assert sign(secret, timestamp, body) == f"v1={digest}"
    assert verify(secret, old(str(timestamp), f"v1={digest}"), body, now=timestamp)


def test_the_headers_of_a_webhook() -> None:
    """Receivers look for these names, and for those of before."""
    assert sign_message(SECRET, "whd_1", AT, BODY.decode()) == {
        **standard(),
        **old(),
        "X-Novelai-Delivery": "whd_1",
    }


@pytest.mark.parametrize("secret", [SECRET, STANDARD, DRAWN])
def test_the_library_of_a_receiver_takes_it(secret: str) -> None:
    """Whoever verifies with `standardwebhooks` and the secret that is shown believes us alone."""
    now = int(time.time())
    receiver = Webhook(standard_secret(secret))
    headers = sign_message(secret, "whd_1", now, BODY.decode())
    assert receiver.verify(BODY, headers) == {"id": "whd_1", "event": "job.succeeded"}
    for altered in (
        headers | {"webhook-id": "whd_2"},
        headers | {"webhook-timestamp": str(now + 1)},
        sign_message(new_secret(), "whd_1", now, BODY.decode()),
        sign_message(secret, "whd_1", now - 301, BODY.decode()),
    ):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(BODY, altered)


@pytest.mark.parametrize("secret", [STANDARD, SECRET, "whs_x", "whsec_AAEC"])
def test_a_secret_in_its_standard_form(secret: str) -> None:
    """Secrets of before become base64, bytes unchanged; others stay as they are."""
    shown = standard_secret(secret)
    assert shown.startswith("whsec_")
    assert standard_secret(shown) == shown
    kept = secret if secret.startswith("whsec_") else base64.b64decode(shown[6:]).decode()
    assert kept == secret
    assert verify(shown, sign_message(secret, "a", AT, ""), b"", now=AT)


@KINDS
def test_each_byte_of_a_webhook_counts(headers: Headers) -> None:
    """One bit of the body, of its id in it, of the time, the signature or the secret breaks it."""
    assert verify(SECRET, headers(), BODY, now=AT)
    for place in range(len(BODY)):
        for bit in (1, 128):
            changed = bytearray(BODY)
            changed[place] ^= bit
            assert not verify(SECRET, headers(), bytes(changed), now=AT), place
    assert not verify(SECRET, headers(), BODY[:-1], now=AT)
    assert not verify(SECRET, headers(), BODY + b" ", now=AT)
    for timestamp in (AT - 1, AT + 1, AT + 10):
        assert not verify(SECRET, headers(str(timestamp)), BODY, now=AT)
    signature = next(value for value in headers().values() if value.startswith("v1"))
    for place in range(len(signature)):
        other = "0" if signature[place] != "0" else "1"
        changed = signature[:place] + other + signature[place + 1 :]
        assert not verify(SECRET, headers(signature=changed), BODY, now=AT), place
    for part in (signature[:-1], signature + "0", signature[3:], signature.upper(), ""):
        assert not verify(SECRET, headers(signature=part), BODY, now=AT)
    for secret in (SECRET[:-1], SECRET + "x", SECRET.removeprefix("whs_"), "", "whsec_", "whsec_A"):
        assert not verify(secret, headers(), BODY, now=AT)


@pytest.mark.parametrize("message_id", ["whd_2", "whd_", "whd_1 ", "", "\udc80"])
def test_the_id_of_a_webhook_counts(message_id: str) -> None:
    """A message under another id is another message."""
    assert not verify(SECRET, standard(message_id=message_id), BODY, now=AT)


def test_one_of_several_signatures_is_enough() -> None:
    """A sender that replaces its secret signs with both; other versions are passed over."""
    right = f"v1,{STANDARD_VECTORS[1][4]}"
    other = f"v1,{STANDARD_VECTORS[0][4]}"
    for several in (f"{other} {right}", f"{right} {other}", f"v1a,x v2,y {right}"):
        assert verify(SECRET, standard(signature=several), BODY, now=AT)
    for several in (f"{other} {other}", right.replace("v1", "v2"), f"{right},{right}"):
        assert not verify(SECRET, standard(signature=several), BODY, now=AT)


def test_the_standard_headers_decide() -> None:
    """A wrong standard signature is not made good by a right one of before, nor across kinds."""
    assert not verify(SECRET, old() | standard(signature="v1,"), BODY, now=AT)
    assert verify(SECRET, standard() | old(signature="v1="), BODY, now=AT)
    moved = standard(signature=f"v1={OLD_VECTORS[0][3]}")
    assert not verify(SECRET, moved, BODY, now=AT)
    assert not verify(SECRET, old(signature=f"v1,{STANDARD_VECTORS[1][4]}"), BODY, now=AT)


def test_where_time_ends_and_body_begins() -> None:
    """A digit moved from the time into the body, or from the id into the time, is other text."""
    assert not verify(SECRET, old(str(AT)[:-1]), b"0." + BODY, now=AT // 10)
    assert not verify(SECRET, standard(str(AT)[:-1]), b"0." + BODY, now=AT // 10)
    seen = {
        sign_message(SECRET, message_id, timestamp, body)["webhook-signature"]
        for message_id, timestamp, body in (("a", 1, "2.x"), ("a", 12, "x"), ("a.1", 2, "x"))
    }
    assert len(seen) == 2  # ids of ours hold no dot


@KINDS
@pytest.mark.parametrize(
    ("late", "expected"),
    [(0, True), (300, True), (300.5, False), (301, False), (-300, True), (-301, False)],
)
def test_how_old_a_webhook_may_be(headers: Headers, late: float, expected: Any) -> None:
    """Five minutes in both directions, unless the receiver allows another time."""
    assert verify(SECRET, headers(), BODY, now=AT + late) is expected
    assert verify(SECRET, headers(), BODY, now=AT + late, tolerance=abs(late))
    assert not verify(SECRET, headers(), BODY, now=AT + 11, tolerance=10)


@KINDS
@pytest.mark.parametrize(
    "timestamp",
    ["", " ", "x", "-1", "+1800000000", "1800000000.0", "1.8e9", "0x6b49d200", "1_800_000_000",
     " 1800000000", "\u0661", "\u00b2", "18000000000000000000"],
)  # fmt: skip
def test_a_time_is_digits(headers: Headers, timestamp: str) -> None:
    """What is no plain number is no time, whatever else is right; nothing is raised."""
    assert not verify(SECRET, headers(timestamp), BODY, now=AT)
    assert not verify(SECRET, headers(timestamp), BODY, now=AT, tolerance=1e30)


@KINDS
def test_names_of_headers_in_any_letters(headers: Headers) -> None:
    """Frameworks write them as they like; a missing one is no signature."""
    shown = headers()
    for written in (str.lower, str.upper, str.title):
        assert verify(SECRET, {written(name): shown[name] for name in shown}, BODY, now=AT)
    for name in shown:
        assert not verify(SECRET, {one: shown[one] for one in shown if one != name}, BODY, now=AT)


@KINDS
def test_a_body_of_any_bytes(headers: Headers) -> None:
    """What is no text has no signature of ours; nothing is raised."""
    assert not verify(SECRET, headers(), b"\xff\x00", now=AT)


def test_a_secret_that_signs() -> None:
    """32 random bytes in base64 behind `whsec_`."""
    asked: list[int] = []

    def draw(size: int) -> bytes:
        asked.append(size)
        return bytes(range(size))

    assert new_secret(draw) == DRAWN
    assert asked == [32]
    made = {new_secret() for _ in range(8)}
    assert len(made) == 8
    assert all(len(one) == 50 for one in made)


# The schedule


@pytest.mark.parametrize(
    ("attempts", "pause"), [(1, 10.0), (2, 60.0), (3, 300.0), (4, 1500.0), (5, 5400.0)]
)
def test_when_a_message_is_sent_again(attempts: int, pause: float) -> None:
    """After 10 seconds, a minute, 5, 25 and 90, each by up to a fifth sooner; then never."""
    assert next_try(attempts, chance=0.0) == pause
    assert next_try(attempts, chance=0.5) == pytest.approx(pause * 0.9)
    assert next_try(attempts, chance=1.0) == pytest.approx(pause * 0.8)


@pytest.mark.parametrize("attempts", [6, 7, 100])
def test_when_a_message_is_given_up(attempts: int) -> None:
    """The sixth try was the last."""
    assert next_try(attempts, chance=0.0) is None
    assert next_try(attempts, chance=1.0) is None


# Links

KEY = b"0123456789abcdef0123456789abcdef"
OLD = b"fedcba9876543210fedcba9876543210"
GRANT = Grant(key_id="key_1", expires_at=AT)
CONTENT = b"generate\n6:prompt=9:cat & dog\n4:seed=1:7"
LINK = "1800000000.key_1.eVWXkk2r_QVaSBaRK5VVBoKY-OLt2cmo6x7bAbbdvcE"
OLD_LINK = "1800000000.key_1.k3I0kKbmNtq0NWVGs5W8nDGsx3HSAYVPG0fmH3EAWYQ"
SHARED = "1800000000.key_1.krBLYvVdh4hjGPslq03rnK6Uori53LNi84nJEqkJPp4"
OLD_SHARED = "1800000000.key_1.nGTD6Rgwp6Rcj1u7XA4qgCyeRfwnHu2vF1_0b1mTmJI"
"""Written before itsdangerous signed: people have these addresses."""

FORMS = pytest.mark.parametrize("link", [LINK, SHARED])


def test_a_link_is_signed() -> None:
    """HMAC-SHA256 over expiry and key, with a key that is the HMAC-SHA256 of the content."""
    assert canonical("generate", [("prompt", "cat & dog"), ("seed", "7")]) == CONTENT
    assert write_grant(KEY, GRANT, CONTENT) == LINK
    assert write_grant(OLD, GRANT, CONTENT) == OLD_LINK
    accent = canonical("image", [("id", "\u00e9")])
    assert canonical("image", [("id", "\udc80")]) == b"image\n2:id=1:\xed\xb2\x80"
    assert accent == b"image\n2:id=1:\xc3\xa9"
    assert write_grant(KEY, Grant(key_id="k", expires_at=0), accent) == (
        "0.k.Lhb1hQLW7oDMvmPLXVR2YjZWofWHfXfSTeVw_wrcRpQ"
    )


def test_a_library_reads_a_link() -> None:
    """`itsdangerous` alone, with the content as salt, tells who wrote it."""
    signer = Signer(KEY, salt=CONTENT, key_derivation="hmac", digest_method=hashlib.sha256)
    assert signer.unsign(LINK) == b"1800000000.key_1"
    assert not signer.validate(OLD_LINK)


@pytest.mark.parametrize(("link", "old_link"), [(LINK, OLD_LINK), (SHARED, OLD_SHARED)])
def test_who_wrote_a_link(link: str, old_link: str) -> None:
    """Each secret of the server checks, links of before too; only what it signed is believed."""
    assert read_grant([KEY], link, CONTENT) == GRANT
    assert read_grant([KEY, OLD], link, CONTENT) == GRANT
    assert read_grant([KEY, OLD], old_link, CONTENT) == GRANT
    assert read_grant([KEY], old_link, CONTENT) is None
    assert read_grant([OLD], link, CONTENT) is None
    assert read_grant([], link, CONTENT) is None


@FORMS
@pytest.mark.parametrize(
    ("purpose", "items"),
    [
        ("image", [("prompt", "cat & dog"), ("seed", "7")]),
        ("generate", [("prompt", "cat & dog")]),
        ("generate", [("prompt", "cat & dog"), ("seed", "8")]),
        ("generate", [("prompt", "cat & dog"), ("seed", "77")]),
        ("generate", [("prompt", "cat & dog"), ("seed", "7"), ("fresh", "1")]),
        ("generate", [("prompt", "cat & dog"), ("seed", "7"), ("seed", "7")]),
        ("generate", [("prompt", "cat & dog"), ("Seed", "7")]),
        ("generate", [("prompt", "cat & dog\n4:seed=1:7")]),
        ("generate\n6:prompt=9:cat & dog", [("seed", "7 ")]),
        ("generate", [("prompt", "cat & do"), ("seed", "7")]),
        ("generate", []),
    ],
)
def test_what_a_link_is_for(link: str, purpose: str, items: list[tuple[str, str]]) -> None:
    """Another purpose, or a parameter more, less or other, is no longer what was signed."""
    assert canonical(purpose, items) != CONTENT
    assert read_grant([KEY], link, canonical(purpose, items)) is None


def test_the_order_of_parameters() -> None:
    """Programs reorder queries: the same names and values are the same link."""
    assert canonical("generate", [("seed", "7"), ("prompt", "cat & dog")]) == CONTENT
    twice = canonical("generate", [("a", "2"), ("a", "1")])
    assert twice == canonical("generate", [("a", "1"), ("a", "2")]) == b"generate\n1:a=1:1\n1:a=1:2"
    assert canonical("p", []) == b"p"


@FORMS
def test_each_letter_of_a_link_counts(link: str) -> None:
    """A link with one letter other, more or less is none; nothing is raised."""
    for place in range(len(link)):
        other = "A" if link[place] != "A" else "B"
        # The last letter of the signature holds 4 bits of it; all 6 are compared: a second
        # spelling would be a second picture for the same permission.
        changed = link[:place] + other + link[place + 1 :]
        assert read_grant([KEY], changed, CONTENT) is None, place
    expiry, key_id, signature = link.split(".")
    for altered in (
        f"0{link}",
        f"{AT + 1}.{key_id}.{signature}",
        f"{expiry}.key_2.{signature}",
        f"{expiry}..{signature}",
        f"{expiry}.{key_id}.",
        f"{expiry}.{key_id}",
        f"{expiry}.{key_id}.{signature}.",
        f"{expiry}.{key_id}.{signature}=",
        f".{key_id}.{signature}",
        f" {link}",
        f"{link} ",
        f"0{link}x",
        link.upper(),
        "",
        "..",
        f"{expiry}.{key_id}.\u00e9",
        f"{expiry}.\udc80.{signature}",
        f"{expiry}.{key_id}.\udc80",
        f"\u0661.{key_id}.{signature}",
        f"-1.{key_id}.{signature}",
    ):
        assert read_grant([KEY], altered, CONTENT) is None, altered


def by_hand(expiry: str, key_id: str, content: bytes = CONTENT) -> str:
    """Sign as the vectors above show that it is done."""
    secret = hmac.digest(KEY, content, hashlib.sha256)
    digest = hmac.digest(secret, f"{expiry}.{key_id}".encode(), hashlib.sha256)
    return f"{expiry}.{key_id}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def test_the_longest_link() -> None:
    """300 letters, and an expiry of 12 digits; longer ones are not looked at, though signed."""
    assert by_hand(str(AT), "key_1") == LINK
    services = 300 - len(by_hand("1", ""))
    fits, over = by_hand("1", "k" * services), by_hand("1", "k" * (services + 1))
    assert (len(fits), len(over)) == (300, 301)
    assert read_grant([KEY], fits, CONTENT) == Grant(key_id="k" * services, expires_at=1)
    assert read_grant([KEY], over, CONTENT) is None
    assert read_grant([KEY], by_hand("9" * 12, "k"), CONTENT) == Grant(
        key_id="k", expires_at=999_999_999_999
    )
    assert read_grant([KEY], by_hand("1" + "0" * 12, "k"), CONTENT) is None


# Keys and sessions


@pytest.mark.parametrize(
    ("secret", "digest"),
    [
        (
            "nvs_0123456789abcdef",
            "d962284bb98ad9b3090bb67c9e4419246df4081599a18f20faf5822f49cb1337",
        ),
        ("schl\u00fcssel", "ccec7a8e3e039f0b6b308a81f438e1d07a59c8c896b4f237d10c3eecb8375ef7"),
        ("\udc80", "37098e13faf72a017554139530f245f98c169367ed9b0ee85f9f6e00969858d6"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_what_is_stored_of_a_secret(secret: str, digest: str) -> None:
    """Its SHA-256 in hex: keys that are stored already are found by it."""
    assert hash_of(secret) == digest


def test_how_secrets_begin() -> None:
    """By these letters people, scanners of secrets and the server itself know them."""
    assert (KEY_PREFIX, PATH_PREFIX, PATH_OPTION) == ("nvs_", "nvp_", "path_secret")
    assert (COOKIE, LIFETIME) == ("novelai_session", 2_592_000.0)


def test_secrets_derived_from_the_vault() -> None:
    """Links of a server stay good when it starts again with the same keys, in any order."""
    one = "83c3410d1bce3f1e224078cebc6c1bd601bf7633e388b067a744aca8c2bc1e54"
    other = "202f4814085650636450b596458be6b796744ed64112dc84ba0366816d8f998d"
    derived = Vault([b"k" * 32, b"o" * 32]).derive("links")
    assert [secret.hex() for secret in derived] == [one, other]
    assert Vault([b"k" * 32]).derive("other") != derived[:1]


def test_a_message_without_an_id_is_none() -> None:
    """A signature of an empty id does not count: repetitions could not be told apart."""
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    headers = sign_message(secret, "", 1_700_000_000, "{}")
    standard = {name: text for name, text in headers.items() if name.startswith("webhook-")}
    assert not verify(secret, standard, b"{}", now=1_700_000_000)


@pytest.mark.parametrize("timestamp", [99_999_999_999, 1_700_000_000])
def test_times_of_up_to_eleven_digits(timestamp: int) -> None:
    """Times up to the year 5138 are read, in plain digits only."""
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    headers = sign_message(secret, "msg_1", timestamp, "{}")
    assert verify(secret, headers, b"{}", now=timestamp)
    arabic = str(timestamp).translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    strange = headers | {"webhook-timestamp": arabic}
    assert not verify(secret, strange, b"{}", now=timestamp)
