"""Sheets: what is drawn where, whatever the labels."""

import json
from io import BytesIO

import pytest
from PIL import Image

from novelai.server.series.drawing import Dimension, SheetCell, SheetPlan, draw_sheets
from novelai.server.series.lettering import load_lettering, trim_common

TEAL, RED = (0, 128, 128), (200, 30, 30)
MOST = 16_383


def picture(colour=TEAL, size=(64, 96)):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def drawn(cells, *dimensions, **options):
    plan = SheetPlan(
        title="t", facts="", dimensions=dimensions, cells=cells, document='{"a": 1}',
        **{"edge": 96} | options,
    )  # fmt: skip
    return draw_sheets(plan)


def columns_of(data, colour):
    """Where a colour begins, from left to right, in its first row."""
    with Image.open(BytesIO(data)) as image:
        pixels = image.convert("RGB")
        for y in range(pixels.height):
            row = [pixels.getpixel((x, y)) == colour for x in range(pixels.width)]
            if any(row):
                return [x for x in range(1, len(row)) if row[x] and not row[x - 1]]
    return []


def test_x_goes_to_the_right_and_y_down():
    """A red cell is where it belongs; the document is in the file."""
    cells = [SheetCell(picture(RED if number == 4 else TEAL)) for number in range(6)]
    across, down = Dimension("steps", ["1", "2", "3"]), Dimension("scale", ["4", "5"])
    (sheet,) = drawn(cells, across, down)
    teal, red = columns_of(sheet.data, TEAL), columns_of(sheet.data, RED)
    assert len(teal) == 3
    assert red == [teal[1]]
    with Image.open(BytesIO(sheet.data)) as image:
        assert json.loads(image.text["novelai-series"]) == {"a": 1}


def test_what_varies_in_one_way_is_folded():
    """Rather several rows than one that is very wide; blocks stand under each other."""
    cells = [SheetCell(picture()) for _ in range(25)]
    (sheet,) = drawn(cells, Dimension("round", [str(number) for number in range(25)]))
    assert len(columns_of(sheet.data, TEAL)) == 10
    (blocks,) = drawn(
        [SheetCell(picture()) for _ in range(12)],
        *(Dimension(name, ["1", "2"]) for name in "xy"),
        Dimension("z", ["1", "2", "3"]),
    )
    assert blocks.height > 6 * 96
    assert len(columns_of(blocks.data, TEAL)) == 2


def test_a_cell_without_a_picture_says_why():
    """A failed one has its reason, a skipped one is hatched: neither is empty paper."""
    cells = [SheetCell(picture()), SheetCell(None, "failed: Server"), SheetCell(None, "no", True)]
    (sheet,) = drawn(cells, Dimension("x", ["1", "2", "3"]))
    assert columns_of(sheet.data, (236, 236, 240))
    with Image.open(BytesIO(sheet.data)) as image:
        assert (201, 201, 210) in {colour for _, colour in image.convert("RGB").getcolors(99_999)}


@pytest.mark.parametrize(
    "labels", [["x" * 300, "y" * 300], [f"a, {'long ' * 60}{n}" for n in "bc"]]
)
def test_long_labels_go_to_the_legend(labels):
    """The sheet becomes higher, not wider, and nothing is cut off."""
    cells = [SheetCell(picture()) for _ in range(2)]
    (short,) = drawn(cells, Dimension("x", ["1", "2"]))
    (long,) = drawn(cells, Dimension("x", labels))
    assert long.width == short.width
    assert long.height > short.height


def test_signs_that_no_font_has():
    """They are told, and named by their code points in the legend."""
    letters = load_lettering(22)
    nothing = "\U000f1234"
    assert letters.can_write("café")
    assert not letters.can_write(nothing)
    assert "".join(run.text for run in letters.runs(f"a{nothing}b")) == "ab"
    assert letters.lacked == {nothing}
    cells = [SheetCell(picture()) for _ in range(2)]
    (sheet,) = drawn(cells, Dimension("x", [f"a {nothing}", "b"]))
    assert sheet.lacked == []
    (titled,) = draw_sheets(
        SheetPlan(title=nothing, facts="", dimensions=(), cells=cells[:1], document="{}")
    )
    assert titled.lacked == ["U+F1234"]


def test_a_word_is_written_in_one_font():
    """Also where only one of its letters is foreign to the first one."""
    letters = load_lettering(22)
    for word in ("café", "naïve", "Żółć"):
        assert len(letters.runs(word)) == 1
    assert letters.width("aa") > letters.width("a")


def test_lines_break_at_commas_and_blanks_then_in_words():
    """No line is wider than it may be, and nothing is lost."""
    letters = load_lettering(22)
    text = "red hair, blue eyes, " + "w" * 60 + " 青い髪、制服の少女"
    lines = letters.wrap(text, 200)
    assert max(map(letters.width, lines)) <= 200
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert lines[0] == "red hair, blue eyes,"


def test_what_labels_share_goes_into_the_title():
    """As far as whole words go, and if something is left of each."""
    assert trim_common(["1girl, red hair", "1girl, blue hair"]) == (
        "1girl",
        "hair",
        ["red", "blue"],
    )
    assert trim_common(["a, b", "a"]) == ("", "", ["a, b", "a"])
    assert trim_common(["20", "28"]) == ("", "", ["20", "28"])
    assert trim_common(["alone"]) == ("", "", ["alone"])


def test_a_thousand_cells_fit():
    """Smaller ones, and more than one sheet only where it must be."""
    cell = SheetCell(picture())
    values = [str(number) for number in range(500)]
    (tall,) = drawn(1_000 * [cell], Dimension("x", values[:10]), Dimension("y", values[:100]))
    assert max(tall.width, tall.height) <= MOST
    sheets = drawn(1_000 * [cell], Dimension("x", ["1", "2"]), Dimension("y", values))
    assert len(sheets) > 1
    for sheet in sheets:
        assert max(sheet.width, sheet.height) <= MOST
        assert sheet.width * sheet.height <= 40_000_000
