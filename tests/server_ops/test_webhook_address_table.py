"""Where webhooks may not go: every range of special addresses, in every form it can be written."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import anyio
import pytest
from tests.server_ops.receiver import Receiver

from novelai.server.webhooks.address import check_webhook, is_public
from novelai.server.webhooks.post import Post, Refusal, Undelivered, resolve

INSIDE = (
    "A webhook may not go to an address of this machine or its network. Whoever runs the server "
    "can allow it: NOVELAI_SERVER_WEBHOOK_PRIVATE=true."
)
FORM = "A webhook is an address such as https://example.com/hook."
SCHEME = "A webhook's address begins with https://."
USER = "A webhook's address holds no user and no password; its messages are signed."
BLANK = "A webhook's address holds no blanks and no control characters."
LONG = "A webhook's address has at most 2000 characters."

SPECIAL_4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
    "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
]  # fmt: skip
SPECIAL_6 = ["2001::/23", "2001:db8::/32", "3fff::/20"]
METADATA = [
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    "fd00:ec2::254", "fd20:ce::254", "fe80::a9fe:a9fe",
]  # fmt: skip


def refused(address: IPv4Address | IPv6Address) -> bool:
    host = f"[{address}]" if address.version == 6 else str(address)
    reason = check_webhook(f"https://{host}/hook")
    assert reason in (None, INSIDE)
    assert (reason is None) is is_public(address)
    return reason is not None


def wrapped(number: IPv4Address) -> list[IPv6Address]:
    """The IPv6 addresses behind which a gateway finds an IPv4 address."""
    four = int(number)
    return [
        IPv6Address((0xFFFF << 32) | four),  # mapped
        IPv6Address((0x64FF9B << 96) | four),  # NAT64
        IPv6Address((0x2002 << 112) | (four << 80) | 1),  # 6to4
    ]


@pytest.mark.parametrize("name", SPECIAL_4)
def test_special_ranges_of_ipv4(name: str) -> None:
    """From its first number to its last a range is refused, in IPv6 too; its neighbours are not."""
    network = IPv4Network(name)
    first, last = network[0], network[-1]
    for number in {first, first + min(1, network.num_addresses - 1), last}:
        assert refused(number)
        assert all(refused(one) for one in wrapped(number)), number
    neighbours = [first - 1] if int(first) else []
    neighbours += [last + 1] if int(last) < 2**32 - 1 else []
    assert neighbours
    for number in neighbours:
        expected = any(number in IPv4Network(other) for other in SPECIAL_4)
        assert refused(number) is expected, number
        assert [refused(one) for one in wrapped(number)] == [expected] * 3, number


@pytest.mark.parametrize("name", SPECIAL_6)
def test_special_ranges_of_ipv6(name: str) -> None:
    """From its first number to its last a range is refused; its neighbours are not."""
    network = IPv6Network(name)
    first, last = network[0], network[-1]
    assert refused(first)
    assert refused(last)
    edge = IPv6Network("2000::/3")
    assert refused(first - 1) is (first - 1 not in edge)
    assert refused(last + 1) is (last + 1 not in edge)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", True), ("2000::", False),
        ("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", False), ("3fff:1000::", False),
        ("4000::", True), ("5f00::1", True), ("fc00::", True), ("fd00::1", True),
        ("fe00::1", True), ("fe80::1", True), ("fec0::1", True), ("ff02::1", True),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", True), ("::", True), ("::1", True),
        ("::2", True), ("::7f00:1", True), ("::8.8.8.8", True),  # compatible
        ("::ffff:0:8.8.8.8", True), ("::ffff:0:127.0.0.1", True),  # translated
        ("100::1", True), ("100:0:0:1::1", True), ("64:ff9b:1::808:808", True),
        ("64:ff9b::1:0:0", True), ("64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", True),
        ("2001::1", True), ("2001:0:7f00:1::", True), ("2001:1ff:ffff::", True),
        ("2001:200::", False), ("2001:4860:4860::8888", False), ("2606:4700:4700::1111", False),
        ("2002::1", True), ("2002:808:808::1", False), ("2003::1", False),
    ],
)  # fmt: skip
def test_what_else_there_is_of_ipv6(number: str, expected: object) -> None:
    """Only what has been given out is public; what holds an IPv4 address is as that one."""
    assert refused(IPv6Address(number)) is expected


@pytest.mark.parametrize("number", METADATA)
def test_metadata_of_clouds(number: str) -> None:
    """The addresses at which clouds give their machines' passwords are refused."""
    assert refused(ip_address(number))


@pytest.mark.parametrize(
    "host",
    [
        # 127.0.0.1, 169.254.169.254 and 10.0.0.1 in the forms that resolvers read
        "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.1", "0177.0.0.1", "017700000001",
        "0x7f.0.0.0x1", "127.0.0.1.", "127.1.", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
        "169.254.43518", "169.16689662", "0xa9.254.0251.254", "10.1", "012.1", "167772161", "0",
        "00", "0x0", "0.0", "3232235521", "192.168.257", "4294967295", "1",
        "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::1%eth0]", "[fe80::1%25eth0]", "[::]",
        # names
        "localhost", "LocalHost", "localhost.", "localhost..", "x.localhost", "x.localhost.",
        "router", "router.", "nas.local", "NAS.Local", "a.b.local", "metadata.google.internal",
        "x.internal", "printer.home.arpa", "intranet", "evillocalhost", "com",
    ],
)  # fmt: skip
def test_every_way_to_write_it(host: str) -> None:
    """The number counts, not how it is written; names of this network are refused unasked."""
    assert check_webhook(f"https://{host}/hook") == INSIDE
    assert check_webhook(f"https://{host}:8443/") == INSIDE
    assert check_webhook(f"https://{host}/hook", private=True) is None
    assert check_webhook(f"http://{host}/hook", private=True) is None


@pytest.mark.parametrize(
    "host",
    [
        "example.com", "EXAMPLE.com", "example.com.", "localhost.example.com", "local.example.com",
        "internal.example.com", "mylocal.example", "xlocal.com", "a.locals", "x.internals",
        "home.arpa.example", "x.arpa", "8.8.8.8", "0x08080808", "134744072", "010.010.010.010",
        "[2606:4700:4700::1111]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]", "bücher.example",
        "xn--bcher-kva.example", "127.0.0.1.example.com", "10.0.0.1.nip.io",
    ],
)  # fmt: skip
def test_lookalikes_that_are_public(host: str) -> None:
    """A name that only resembles one of this network is taken: where it leads is asked later."""
    assert check_webhook(f"https://{host}/hook") is None


@pytest.mark.parametrize(
    ("url", "reason", "private"),
    [
        ("https://example.com/hook", None, None),
        ("HTTPS://example.com", None, None),
        ("https://example.com:65535/", None, None),
        ("https://example.com:1/", None, None),
        ("http://example.com/hook", SCHEME, None),
        ("http://localhost/", SCHEME, None),
        ("ftp://example.com/", SCHEME, SCHEME),
        ("file:///etc/passwd", SCHEME, SCHEME),
        ("//example.com/", SCHEME, SCHEME),
        ("example.com/hook", SCHEME, SCHEME),
        ("https:example.com", FORM, FORM),
        ("", SCHEME, SCHEME),
        ("https://", FORM, FORM),
        ("https:///hook", FORM, FORM),
        ("https://./", FORM, FORM),
        ("https://:443/", FORM, FORM),
        ("https://example.com:0/", FORM, FORM),
        ("https://example.com:65536/", FORM, FORM),
        ("https://example.com:x/", FORM, FORM),
        ("https://example.com:-1/", FORM, FORM),
        ("https://[::1/", FORM, FORM),
        ("https://user@example.com/", USER, USER),
        ("https://user:pw@example.com/", USER, USER),
        ("https://:pw@example.com/", USER, USER),
        ("https://@example.com/", USER, USER),
        ("https://example.com@localhost/", USER, USER),
        ("https://example.com/a b", BLANK, BLANK),
        ("https://example.com/\x7f", BLANK, BLANK),
        ("https://example.com/\x1f", BLANK, BLANK),
        ("https://example.com/a\nb", BLANK, BLANK),
        ("https://example.com/a\r\nX-A: 1", BLANK, BLANK),
        ("https://exa\tmple.com/", BLANK, BLANK),
        (" https://example.com/", BLANK, BLANK),
        ("https://example.com/\n", BLANK, BLANK),
        ("https://example.com/!~", None, None),
        ("https://example.com/\u00e9", None, None),
        ("https://example.com/" + "a" * 1980, None, None),
        ("https://example.com/" + "a" * 1981, LONG, LONG),
        ("http://user@" + "a" * 2000, LONG, LONG),
    ],
)
def test_the_form_of_an_address(url: str, reason: str | None, private: str | None) -> None:
    """Each fault has its sentence; who allows private addresses allows http and nothing more."""
    assert check_webhook(url) == reason
    assert check_webhook(url, private=True) == private


# Where a name leads


def leading(*answers: Sequence[str]):
    """A resolver that gives one answer after another, and how often it was asked for what."""
    asked: list[tuple[str, int]] = []

    async def resolver(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return answers[min(len(asked), len(answers)) - 1]

    return resolver, asked


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


PUBLIC = "93.184.216.34"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answers",
    [
        *[(number,) for number in METADATA],
        *[(PUBLIC, number) for number in ("127.0.0.1", "10.0.0.1", "192.0.0.192", "::1")],
        *[(number, PUBLIC) for number in ("127.0.0.1", "100.64.0.1", "fe80::1%eth0", "fd00::1")],
        # behind more of them than are ever called
        (PUBLIC, PUBLIC, PUBLIC, PUBLIC, "127.0.0.1"),
        ("::ffff:127.0.0.1",), ("64:ff9b::7f00:1",), ("2002:7f00:1::",), ("::7f00:1",),
    ],
)  # fmt: skip
async def test_a_name_that_leads_inside(answers: Sequence[str]) -> None:
    """One address inside among several is enough: none of them is called, and it is final."""
    resolver, asked = leading(answers)
    with pytest.raises(Refusal) as told:
        await Post(resolve=resolver).send("https://example.com:8443/hook", b"{}", {})
    assert str(told.value) == "Its name leads to an address of this machine or its network."
    assert asked == [("example.com", 8443)]


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["\uff11\uff12\uff17.0.0.1", "127.0.0\uff0e1", "127.\u2460"])
async def test_digits_of_another_width(host: str) -> None:
    """What becomes a number only when it is looked up is refused then."""
    with pytest.raises(Refusal):
        await Post().send(f"https://{host}/", b"{}", {})


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("url", "port"),
    [("https://example.com/", 443), ("https://example.com:444/", 444), ("http://a.example/", 80)],
)
async def test_the_port_of_a_scheme(url: str, port: int) -> None:
    """A name is asked for with the port that will be called."""
    resolver, asked = leading(())
    with pytest.raises(Undelivered, match=r"^Its name leads to no address\.$") as told:
        await Post(private=True, resolve=resolver).send(url, b"{}", {})
    assert not isinstance(told.value, Refusal)
    assert [number for _, number in asked] == [port]


@pytest.mark.anyio
async def test_a_name_that_changes_its_mind() -> None:
    """It is asked once; what was checked is what is called, whatever it would lead to now."""
    with Receiver() as receiver:
        resolver, asked = leading(["127.0.0.1"], ["127.0.0.9"])
        post = Post(private=True, resolve=resolver)
        await post.send(f"http://hooks.example.com:{receiver.port}/hook?a=1", b"{}", {"X-A": "1"})
    assert asked == [("hooks.example.com", receiver.port)]
    (message,) = receiver.messages
    assert message.headers["Host"] == f"hooks.example.com:{receiver.port}"
    assert (message.headers["X-A"], message.body) == ("1", b"{}")


DEAD = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]


@pytest.mark.anyio
async def test_three_addresses_are_tried() -> None:
    """One that cannot be reached gives way to the next; the fourth is not asked."""
    with Receiver() as receiver:
        url = f"http://hooks.example.com:{receiver.port}/"
        resolver, _ = leading([*DEAD[:2], "127.0.0.1"])
        await Post(private=True, resolve=resolver).send(url, b"{}", {})
        assert len(receiver.messages) == 1
        resolver, _ = leading([*DEAD, "127.0.0.1"])
        with pytest.raises(Undelivered, match=r"^It cannot be reached \(ConnectError\)\.$"):
            await Post(private=True, resolve=resolver).send(url, b"{}", {})
        assert len(receiver.messages) == 1
        resolver, _ = leading(["127.0.0.1", "127.0.0.1"])
        await Post(private=True, resolve=resolver).send(url, b"{}", {})
        assert len(receiver.messages) == 2, "who was reached is not told twice"


@pytest.mark.anyio
async def test_a_call_that_breaks_off_is_not_made_elsewhere() -> None:
    """Who took the message and hung up may have read it: the next address is not tried."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    taken = 0

    async def hang_up(stream: anyio.abc.SocketStream) -> None:
        nonlocal taken
        taken += 1
        await stream.receive()
        await stream.aclose()

    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, hang_up)
        resolver, _ = leading(["127.0.0.1", "127.0.0.1"])
        with pytest.raises(Undelivered, match=r"^The call broke off \(RemoteProtocolError\)\.$"):
            await Post(private=True, resolve=resolver).send(f"http://a.example:{port}", b"{}", {})
        tasks.cancel_scope.cancel()
    assert taken == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (200, None, None),
        (204, None, None),
        (299, None, None),
        (300, Undelivered, "The receiver answered 300; redirects are not followed."),
        (301, Undelivered, "The receiver answered 301; redirects are not followed."),
        (307, Undelivered, "The receiver answered 307; redirects are not followed."),
        (399, Undelivered, "The receiver answered 399; redirects are not followed."),
        (400, Undelivered, "The receiver answered 400."),
        (409, Undelivered, "The receiver answered 409."),
        (410, Refusal, "The receiver answered 410: it wants no more."),
        (411, Undelivered, "The receiver answered 411."),
        (500, Undelivered, "The receiver answered 500."),
    ],
)
async def test_what_a_receiver_answers(status: int, kind: type | None, sentence: str) -> None:
    """2xx is an arrival, 410 the end, all else a failure; nobody is led elsewhere."""
    with Receiver() as receiver:
        receiver.statuses = [status]
        url, post = f"{receiver.url}/hook", Post(private=True)
        if kind is None:
            await post.send(url, b"{}", {})
        else:
            with pytest.raises(Undelivered) as told:
                await post.send(url, b"{}", {})
            assert (type(told.value), str(told.value)) == (kind, sentence)
    assert len(receiver.messages) == 1


@pytest.mark.anyio
async def test_the_address_is_checked_with_each_message() -> None:
    """What was taken once is checked again: settings and rules may have changed since."""
    resolver, asked = leading([PUBLIC])
    for url, reason in (("https://127.0.0.1/", INSIDE), ("http://example.com/", SCHEME)):
        with pytest.raises(Refusal) as told:
            await Post(resolve=resolver).send(url, b"{}", {})
        assert str(told.value) == reason
    assert asked == []


@pytest.mark.anyio
async def test_a_name_that_cannot_be_asked_for() -> None:
    """No answer, or a name that no resolver reads, is tried again later."""

    async def failing(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror

    async def unreadable(host: str, port: int) -> Sequence[str]:
        raise UnicodeError

    for resolver in (failing, unreadable):
        with pytest.raises(Undelivered, match=r"^Its name is not known\.$") as told:
            await Post(resolve=resolver).send("https://example.com/", b"{}", {})
        assert not isinstance(told.value, Refusal)


@pytest.mark.anyio
async def test_the_systems_answer() -> None:
    """Each address once, in the order of the system."""
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert await resolve("::1", 80) == ["::1"]
