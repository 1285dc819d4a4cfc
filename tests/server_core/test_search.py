"""What is looked for in a large gallery is found, on both databases alike."""

import itertools
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server_core.conftest import fresh_database

from novelai.server.compat.a1111.generation import DOOR as A1111
from novelai.server.compat.comfyui.prompts import DOOR as COMFY
from novelai.server.compat.mcp.context import DOOR as MCP
from novelai.server.compat.nai2api.endpoints import DOOR as NAI2API
from novelai.server.compat.naifu import DOOR as NAIFU
from novelai.server.compat.novelai.endpoints import DOOR as NATIVE
from novelai.server.compat.openai.drawing import DOOR as OPENAI
from novelai.server.images import repository
from novelai.server.images.filter import COUNTED, Filter
from novelai.server.images.index import index_missing
from novelai.server.images.query import Query, parse_query
from novelai.server.images.upkeep import make_up
from novelai.server.images.words import BOUNDARY, fold, index_words, phrase_of
from novelai.server.model.job import DOORS
from novelai.server.model.problems import ProblemError
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import migrate
from novelai.server.storage.tables import images, owners

pytestmark = pytest.mark.anyio

MANY = 10_000
DAY = 86_400.0
OWNER = {"id": "o", "name": "", "vtime": 0.0, "paused": False, "created_at": 0.0}
V45, V5 = "nai-diffusion-4-5-full", "nai-diffusion-5-full"

SOUGHT: dict[str, dict[str, Any]] = {
    "tokyo": {"prompt": "東京タワーの夜景, 猫耳の少女", "negative_prompt": "ぼやけた背景"},
    "beijing": {"prompt": "雪中的故宫,红墙金瓦,一只橘猫", "model": V5},
    "seoul": {"prompt": "비 오는 서울의 밤거리, 고양이가 있는 골목", "door": "openai"},
    "zebra": {
        "prompt": "2girls, garden, Café terrace",
        "settings": {
            "characters": [
                {"prompt": "zebra hair, :3", "negative_prompt": "glasses"},
                {"prompt": "girl, blue_hair"},
            ]
        },
    },
    "signs": {
        "prompt": "1.3::smug face::, {{^_^}}, wow♥, 100% cotton",
        "negative_prompt": "umbrella",
    },
    "wide": {"prompt": "umbrella, full-width ＡＢＣ", "width": 1216, "height": 832, "seed": 4242},
    "mixed": {"prompt": "ガールズバンドgirls、ｶﾞｰﾙ", "created_at": 400 * DAY},
}

QUERIES = [
    ("東京", "tokyo"),
    ("夜景 猫耳", "tokyo"),
    ("景", "tokyo"),
    ("neg:ぼやけ", "tokyo"),
    ("ガール", "mixed"),
    ("故宫", "beijing"),
    ("红墙金瓦", "beijing"),
    ("一只橘猫 model:5", "beijing"),
    ("서울의 밤거리", "seoul"),
    ("고양이 door:openai", "seoul"),
    ("zeb", "zebra"),
    (':3 "blue hair" cafe -neg:umbrella', "zebra"),
    ("smug ^_^ neg:umbrella", "signs"),
    ("umbrella size:1216x832 seed:4242", "wide"),
    ("girls after:1971-02 before:1972", "mixed"),
]
"""In Japanese, Chinese, Korean and English, and which one picture each is to find."""

NOBODY = [
    "京東", "東京 故宫", "glasses", "neg:zebra", '"hair blue"', '"zebra girl"', "ebra",
    "umbrella neg:umbrella", "zebra seed:1", "^_^ -smug", "from:img_none", '"umbrel"',
]  # fmt: skip


def row(number: int, **fields: Any) -> dict[str, Any]:
    """A picture as the table has it."""
    tags = ("1boy", "forest", "sunset", "flowers", "hat", "smile", "long dress", "rain")
    prompt = f"{tags[number % 8]}, {tags[number // 8 % 8]}, 花畑の{'朝夕昼'[number % 3]}"
    return {
        "id": f"img_{number}", "owner_id": "o", "key_id": "k", "job_id": f"job_{number}",
        "position": 0, "sha256": f"{number:064d}", "media_type": "image/png", "bytes": 1,
        "width": 832, "height": 1216, "kind": "generate", "model": V45, "seed": number,
        "prompt": prompt, "negative_prompt": "lowres", "settings": {}, "sources": [],
        "door": "api", "favourite": False, "created_at": DAY,
    } | fields  # fmt: skip


async def filled(url: str, rows: list[dict[str, Any]]) -> Database:
    """A database with these pictures, which are not indexed yet."""
    database = Database(url)
    await migrate(database, now=0.0)
    async with database.write() as connection:
        await connection.execute(owners.insert().values(OWNER))
        await connection.execute(images.insert(), rows)
    return database


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def large(
    request: pytest.FixtureRequest, anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """Ten thousand pictures, those that are sought scattered among them."""
    del anyio_backend
    url = f"sqlite:///{tmp_path_factory.mktemp('large') / 'n.db'}"
    if request.param == "postgres":
        url = fresh_database(request.getfixturevalue("postgres"))
    rows = [row(number) for number in range(MANY)]
    for place, (name, fields) in enumerate(SOUGHT.items()):
        rows[place * 1_400 + 7] |= {"id": name, **fields}
    database = await filled(url, rows)
    await make_up(database)
    yield database
    await database.close()


async def found(database: Database, query: str, **fields: Any) -> list[str]:
    async with database.read() as connection:
        wanted = Filter(query=query, **fields)
        pictures = await repository.find(connection, "o", wanted, limit=60)
        _, count = await repository.find_and_count(connection, "o", wanted)
    assert count >= len(pictures)
    assert count == len(pictures) or len(pictures) == 60
    return [picture.id for picture in pictures]


@pytest.mark.parametrize(("query", "name"), QUERIES)
async def test_each_is_found_among_many(large: Database, query: str, name: str) -> None:
    """Parts of words in any of these languages, signs, characters and fields find their picture."""
    assert await found(large, query) == [name]


@pytest.mark.parametrize("query", NOBODY)
async def test_nothing_else_is_found(large: Database, query: str) -> None:
    """Order, place and fields count; what is not there is not found."""
    assert await found(large, query) == []


async def test_many_are_found_in_their_order(large: Database) -> None:
    """What all pictures have, or most do not have, comes newest first, page by page."""
    for query in ("花畑", "neg:lowres -zebra", "-zebra", "f", "花畑 door:api model:4.5"):
        async with large.read() as connection:
            wanted = Filter(query=query)
            first = await repository.find(connection, "o", wanted, limit=3)
            rest = await repository.find(connection, "o", wanted, before=first[-1].seq, limit=3)
            _, number = await repository.find_and_count(connection, "o", wanted)
        places = [picture.seq for picture in [*first, *rest]]
        assert places == sorted(places, reverse=True), query
        assert len(set(places)) == 6, query
        assert 2_000 < number <= COUNTED, query


async def test_a_deleted_picture_is_not_in_the_way(url: str) -> None:
    """The index forgets a picture with its row, so that its place can be taken by another."""
    database = await filled(url, [row(1, prompt="zebra"), row(2, prompt="zebra hair")])
    await make_up(database)
    async with database.write() as connection:
        await repository.purge(connection, ["img_2"])
    assert await found(database, "zebra") == ["img_1"]
    async with database.write() as connection:
        await connection.execute(images.insert(), [row(3, prompt="lion")])
    await make_up(database)
    assert await found(database, "lion") == ["img_3"]
    await database.close()


async def test_indexing_goes_on_where_it_was_left(url: str) -> None:
    """After any step it can be broken off; another start takes up what is missing."""
    database = await filled(url, [row(number) for number in range(450)])
    below = await index_missing(database)
    assert below is not None
    assert len(await found(database, "-nothing")) == 60
    assert await found(database, "花畑") == await found(database, "-nothing")
    await make_up(database)
    assert await index_missing(database) is None
    async with database.read() as connection:
        assert (await repository.find_and_count(connection, "o", Filter(query="花畑")))[1] == 450
    await database.close()


async def test_old_pictures_of_tools_are_told_what_they_were_made_from(url: str) -> None:
    """An upscaled picture of before, and one made of that, get the words of the first."""
    source = row(1, prompt="zebra", settings={"steps": 23}, seed=7)
    made = {"kind": "upscale", "prompt": "", "negative_prompt": "", "seed": None, "model": "x"}
    upscaled = row(2, **made, sources=[source["sha256"]])
    again = row(3, **made | {"kind": "tool"}, sources=[upscaled["sha256"]])
    strange = row(4, **made, sources=["f" * 64])
    database = await filled(url, [source, upscaled, again, strange])
    await make_up(database)
    assert await found(database, "zebra seed:7 model:4.5") == ["img_3", "img_2", "img_1"]
    assert await found(database, "from:img_1") == ["img_3", "img_2"]
    assert await found(database, "from:img_2") == ["img_3"]
    assert await found(database, "", stacked=True) == ["img_4", "img_1"]
    await database.close()


ODD = [
    "it's \\ back'slash", "a" * 3_000, "x " * 20_000, "東" * 5_000, "\U00020000\U00020001",
    "ไทยสวยงาม",
    "e\u0301te\u0301 ÉTÉ", "ﬁne ﬂag", ":'( ;_; \\o/ (:", "🐱🐶 👍🏽", "O'Neil & co.", "Ⅷ½",
    "\u202eabc",
    "ß STRASSE", "İstanbul", "한국어조사가", "-word +plus ~tilde", '"quoted"', "a::b::c ::d::",
]  # fmt: skip


async def test_no_text_is_too_odd(url: str) -> None:
    """Whatever stands in a prompt is kept and found again by its own words."""
    rows = [row(number, prompt=text) for number, text in enumerate(ODD)]
    database = await filled(url, rows)
    await make_up(database)
    lost = [
        (number, word)
        for number, prompt in enumerate(ODD)
        for word in dict.fromkeys(words_in(prompt))
        if f"img_{number}" not in await found(database, f'"{word}"')
    ]
    assert lost == []
    await database.close()


@pytest.mark.parametrize(
    "word", ["cat_" * 20 + "{}", "\U00010428" * 95 + "{}", "\u0f79" * 33 + "{}"]
)
async def test_no_text_is_too_long(url: str, word: str) -> None:
    """A picture is kept, and found by the beginning of its texts, however long these are."""
    long = " ".join(word.format(number) for number in range(20_000))
    texts = {"prompt": "zebra", "settings": {"characters": [{"prompt": long}, {"prompt": long}]}}
    database = await filled(url, [row(0, **texts)])
    await index_missing(database)
    assert await found(database, "zebra") == ["img_0"]
    await database.close()


def words_in(text: str) -> list[str]:
    """Words as a person sees them: runs of letters and digits, short enough to be typed."""
    plain = unicodedata.normalize("NFC", text)
    return [word for word in re.findall(r"[^\W_]+", plain) if len(word) <= 100]


DENSE = st.text("東京猫耳少女夜景雪中故宫서울고양이ガール", min_size=1, max_size=8)
LATIN = st.text("abcdéßxyz0123", min_size=1, max_size=8)
JOINED = st.sampled_from([" ", ", ", "、", "_", "-", "♥", "::", "\n", " 1.2::", "{", "}"])


def stands_in(query: Query, text: str) -> bool:
    """Whether the index of a text has what a query wants."""
    words = index_words([text])
    return all(
        any(
            all(
                there == wanted or (last and term.phrase.begun and there.startswith(wanted))
                for there, wanted, last in zip(
                    words[at:], term.phrase.words,
                    [*itertools.repeat(False, len(term.phrase.words) - 1), True], strict=False,
                )
            )
            and len(words) - at >= len(term.phrase.words)
            for at in range(len(words))
        )
        for term in query.terms
    )  # fmt: skip


@given(st.lists(st.tuples(st.one_of(DENSE, LATIN), JOINED), min_size=1, max_size=6), st.data())
def test_what_stands_in_a_prompt_is_found(parts: list[tuple[str, str]], data: Any) -> None:
    """Each word, each beginning of one, and any part of dense scripts finds its text."""
    text = "".join(word + joint for word, joint in parts)
    word, _ = data.draw(st.sampled_from(parts))
    first = data.draw(st.integers(0, len(word) - 1))
    begin = first if not word[0].isascii() and word[0] not in "éß" else 0
    part = word[begin : max(first, begin) + 1]
    assert stands_in(parse_query(part), text), part
    assert stands_in(parse_query(word), text)
    assert stands_in(parse_query(text), text)


@given(st.text(max_size=60), st.booleans())
def test_any_text_can_be_looked_for(text: str, begun: bool) -> None:  # noqa: FBT001
    """What is split never holds what ends a text, nor nothing, and splitting again is the same."""
    for word in index_words([text, text]):
        assert word
        assert not word.isspace()
    found = phrase_of(text, begun=begun)
    assert found is None or BOUNDARY not in found.words
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("seed:", "whole number"), ("seed:-1", "whole number"), ("cat seed:4294967296", "whole"),
        ("seed:٣", "whole number"), ("model:nothing", "part of its name"), ("size:832", "height"),
        ("after:yesterday", "2026-11-30"), ("before:2026-02-30", "2026-11-30"),
        ("door:front", "one of api"), ("from:", "id of a picture"), ("-seed:x", "whole number"),
    ],
)  # fmt: skip
def test_a_field_without_a_value(typed: str, word: str) -> None:
    """A field that cannot be read is refused in a sentence that says what it takes."""
    with pytest.raises(ProblemError, match=word) as refusal:
        parse_query(typed)
    assert (refusal.value.status, refusal.value.charged) == (422, "no")
    assert refusal.value.errors[0][0] == "q"


def test_words_that_look_like_fields() -> None:
    """In quotes, or with another name in front, a colon is no field."""
    for typed in ('"seed:1"', "artist:wlop", "1.2::cat::", "http://x", "::", ":d"):
        assert parse_query(typed).fields == (), typed
    assert parse_query("ｓｅｅｄ：１ SEED:2").fields == parse_query("seed:1 seed:2").fields


def test_every_surface_can_be_looked_for() -> None:
    """What jobs say of their origin are the values that the field takes."""
    assert {A1111, COMFY, MCP, NAI2API, NAIFU, NATIVE, OPENAI} < set(DOORS)
    assert set(DOORS) - {A1111, COMFY, MCP, NAI2API, NAIFU, NATIVE, OPENAI} == {
        "api", "generate", "link",
    }  # fmt: skip
