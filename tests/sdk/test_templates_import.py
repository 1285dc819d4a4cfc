"""Lists and styles of other programs: what is taken, and what is refused by its line."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai import ConfigurationError
from novelai.templates import Entry, Library, expand, parse
from novelai.templates.dynamic import UnreadableError, convert_line
from novelai.templates.importing import import_files, import_styles, unzip


@pytest.mark.parametrize(
    ("line", "template"),
    [
        ("plain, {masterpiece}, [blur]", "plain, {masterpiece}, [blur]"),
        ("{{best}} {a|b}", "{{best}} <a|b>"),
        ("{red|blue} hair", "<red|blue> hair"),
        ("{a|{b|c} d}", "<a|<b|c> d>"),
        ("{smile|}", "<smile|>"),
        ("{2$$a|b|c}", "<2$$a|b|c>"),
        ("{1-3$$ and $$a|b|c}", "<1-3$$ and $$a|b|c>"),
        ("{2-$$a|b}", "<2-100$$a|b>"),
        ("{-2$$a|b}", "<0-2$$a|b>"),
        ("{2$$__artist__}", "<2$$__artist__>"),
        ("{0.5::a|1.5::b}", "<a|3x b>"),
        ("{2::a|b|0::c}", "<2x a|b>"),
        ("{3::a|3::b}", "<a|b>"),
        ("##hair##, ##my coat##", "__hair__, __my coat__"),
        ("{a|b", "{a|b"),
        ("a} b", "a} b"),
        ("{>_<|a\\b}", "<\\>_\\<|a\\\\b>"),
        ("<3 {a|b} >:)", "\\<3 <a|b> >:)"),
        ("<lora> {a|b}", "\\<lora> <a|b>"),
        ("<3 >:)", "<3 >:)"),
    ],
)
def test_a_line_of_dynamic_prompts_becomes_a_template(line, template):
    """Choices, takes, weights and names; NovelAI's own braces stay."""
    assert convert_line(line) == template
    parse(template)


def test_signs_in_an_option_stay_what_they_are():
    """However they would count in a template."""
    template = convert_line("a > b, {>_<|\\m/} <3")
    found = {expand({"p": template}, roll_seed=seed).texts["p"] for seed in range(20)}
    assert found == {"a > b, >_< <3", "a > b, \\m/ <3"}


@pytest.mark.parametrize(
    "line",
    [
        *("${x=1}", "__*__", "__clothes/*__", "{% if a %}", "{0::a|0::b}", "{0.01::a|5::b}"),
        *("{9-1$$a|b}", "{101$$a|b}", "{" * 40),
    ],
)
def test_what_has_no_counterpart_is_unreadable(line):
    """With the reason."""
    with pytest.raises(UnreadableError):
        convert_line(line)


@given(st.text(st.sampled_from("{}|$:<>0123.#_\\ ab"), max_size=60))
def test_any_line_is_converted_or_refused(line):
    """Whatever it holds; what comes out can be parsed, or says why not."""
    found = import_files({"a.txt": line.encode()}, dynamic=True)
    for entry in found.entries:
        Library([entry]).read("a")
    assert all(one.why.endswith(".") for one in found.refused)


def test_files_become_entries():
    """Lists, and snippets by their names; a wrong line is refused by its number alone."""
    found = import_files(
        {
            "hair.txt": b"# colours\nred\n200x blue\ngreen\n",
            "clothes/hats.txt": "帽子\n".encode("utf-16"),
            "ink.snippet.txt": b"ink, <a|b>\n",
            "notes.md": b"x",
            ".hidden/a.txt": b"x",
        }
    )
    assert found.entries == (
        Entry("hair", "# colours\nred\ngreen"),
        Entry("clothes/hats", "帽子"),
        Entry("ink", "ink, <a|b>", "snippet"),
    )
    ((name, line, why),) = [(one.name, one.line, one.why) for one in found.refused]
    assert (name, line) == ("hair", 3)
    assert why.startswith("A weight is 1 to 100")


def test_what_cannot_be_an_entry_is_refused_by_name():
    """A name that cannot be called or is there already, no text, too large, empty, a circle."""
    found = import_files(
        {
            "90%.txt": b"x",
            "Hair.txt": b"a",
            "hair.txt": b"b",
            "bytes.txt": b"\xff\xffx",
            "large.txt": b"x" * (256 * 1024 + 1),
            "line.snippet.txt": b"x" * 1024 * 1024,
            "empty.txt": b"# nothing\n",
            "ping.txt": b"__pong__",
            "pong.txt": b"__ping__",
        }
    )
    assert [entry.name for entry in found.entries] == ["Hair"]
    reasons = {one.name: one.why for one in found.refused}
    assert reasons["90%.txt"].startswith("It cannot be called: a name is letters")
    assert reasons["hair"] == '"Hair" is the same name.'
    assert reasons["bytes"] == "It is no text in UTF-8 or UTF-16."
    assert reasons["large"] == "A list is at most 256 KiB."
    assert reasons["line"] == "A snippet is at most 16 KiB."
    assert reasons["empty"] == 'The list "empty" has no options.'
    assert reasons["ping"] == '"ping" refers to itself: ping → pong → ping.'
    assert "pong" in reasons


def test_styles_become_snippets():
    """``{prompt}`` is cut out; names are made callable; headings of groups are passed over."""
    found = import_styles(
        "\ufeffname,prompt,negative_prompt\n"
        'Ink,"ink, {prompt}, wash","flat, {prompt}"\n'
        "--- Photo ---,,\n"
        'Anime: night,"{prompt}, night\nsky",\n'
        "???,x,\n"
    )
    assert found.entries == (
        Entry("Ink", "ink, wash", "snippet", "flat"),
        Entry("Anime night", "night\nsky", "snippet"),
    )
    assert [(one.name, one.line) for one in found.noted] == [
        ("Ink", 2),
        ("Anime night", 5),
        ("Anime night", 5),
    ]
    assert [(one.name, one.line) for one in found.refused] == [("???", 6)]


def test_what_is_there_already_is_told():
    """New, the same, or changed."""
    found = import_files({"a.txt": b"x", "b.txt": b"y", "c d.txt": b"z"})
    library = Library([Entry("B", "other"), Entry("c_d", "z")])
    assert found.beside(library) == {"a": "new", "b": "changed", "c d": "same"}


def packed(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def test_a_zip_is_unpacked():
    """Its text files, by their paths."""
    assert unzip(packed({"a/b.txt": "x", "c.png": "y", "d/": ""})) == {"a/b.txt": b"x"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no zip", "no zip that can be read"),
        (packed({"a.txt": "x"})[:-30], "no zip that can be read"),
        (packed({"../x.txt": "x"}), "leads out of the zip"),
        (packed({"a/../../x.txt": "x"}), "leads out of the zip"),
        (packed({"/etc/x.txt": "x"}), "leads out of the zip"),
        (packed({"C:\\x.txt": "x"}), "leads out of the zip"),
        (packed({f"{number}.txt": "" for number in range(2_001)}), "more than 2,000 files"),
        (packed({"bomb.txt": b"0" * (65 * 1024 * 1024)}), "more than 64 MiB"),
    ],
    # A zip holds the moment at which it was made: named by its bytes, no two runs would agree.
    ids=["none", "cut", "above", "around", "from the root", "a drive", "many", "bomb"],
)
def test_a_zip_that_is_none_or_harmful_is_refused(data, sentence):
    """Before it fills the memory."""
    with pytest.raises(ConfigurationError, match=sentence):
        unzip(data)
