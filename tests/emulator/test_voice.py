"""Speech: sound files that players accept, and refusals."""

import pytest

pytestmark = pytest.mark.anyio

PATH = "/ai/generate-voice"
WISH = {"text": "Hello there.", "seed": "Aini", "voice": -1, "opus": False, "version": "v2"}


def mp3_frames(data):
    """Count the frames behind an ID3 tag; every byte must belong to one."""
    assert data[:3] == b"ID3"
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte
    position, count = 10 + size, 0
    while position < len(data):
        head = int.from_bytes(data[position : position + 4], "big")
        assert head >> 21 == 0x7FF
        bitrate = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128][head >> 12 & 15]
        position += 144_000 * bitrate // 44_100 + (head >> 9 & 1)
        count += 1
    assert position == len(data)
    return count


def elements(data):
    """Read EBML elements: id and content."""
    position = 0
    while position < len(data):
        found = []
        for keep in (True, False):
            first = data[position]
            length = 9 - first.bit_length()
            value = int.from_bytes(data[position : position + length], "big")
            found.append(value if keep else value ^ 1 << 7 * length)
            position += length
        name, size = found
        yield name, data[position : position + size]
        assert position + size <= len(data)
        position += size


async def test_speech_is_mp3(client):
    """Speech is MP3 made of whole frames, longer for a longer text."""
    short = await client.post(PATH, json=WISH)
    long = await client.post(PATH, json={**WISH, "text": "Hello there. " * 20})
    assert (short.status_code, short.headers["content-type"]) == (201, "audio/mpeg")
    assert 0 < mp3_frames(short.content) < mp3_frames(long.content)


async def test_opus_is_webm(client):
    """With `opus` speech is WebM: one Opus track and blocks at rising times."""
    answer = await client.post(PATH, json={**WISH, "opus": True, "text": "Hello. " * 40})
    assert answer.headers["content-type"] == "audio/webm"
    (head, kind), (segment, content) = elements(answer.content)
    assert (head, segment) == (0x1A45DFA3, 0x18538067)
    assert dict(elements(kind))[0x4282] == b"webm"
    parts = list(elements(content))
    (track,) = [data for name, data in parts if name == 0x1654AE6B]
    entry = dict(elements(dict(elements(track))[0xAE]))
    assert entry[0x86] == b"A_OPUS"
    assert entry[0x63A2].startswith(b"OpusHead\x01\x01")
    times = []
    for name, data in parts:
        if name == 0x1F43B675:
            (_, start), *blocks = elements(data)
            begun = int.from_bytes(start, "big")
            times += [begun + int.from_bytes(block[1:3], "big") for _, block in blocks]
    assert times == list(range(0, 20 * len(times), 20))


async def test_the_query_works_too(client):
    """The deprecated GET gives the same speech."""
    query = {name: str(value).lower() if name == "opus" else value for name, value in WISH.items()}
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200
    assert answer.content == (await client.post(PATH, json=WISH)).content


async def test_what_is_too_long_is_cut(client):
    """Only a thousand characters are read."""
    exact, longer = [
        (await client.post(PATH, json={**WISH, "text": "x" * size})).content
        for size in (1_000, 1_500)
    ]
    assert exact == longer


@pytest.mark.parametrize("name", WISH)
async def test_every_field_is_required(client, name):
    """Without one of its five fields a wish is refused."""
    body = {key: value for key, value in WISH.items() if key != name}
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 400
    assert name in answer.text


@pytest.mark.parametrize(
    "change", [{"version": "v3"}, {"opus": "yes"}, {"voice": "Aini"}], ids=range(3)
)
async def test_wrong_fields_are_refused(client, change):
    """A version that does not exist, or a wrong type, is refused."""
    assert (await client.post(PATH, json={**WISH, **change})).status_code == 400
