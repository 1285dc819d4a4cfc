"""Series, drawn as a batch, and gone on with from their file alone."""

import io
import json

import pytest
from PIL import Image
from tests.sdk.batches import COLOURS, TINY, generations, run

import novelai
from novelai import BatchError, NovelAI
from novelai.emulator import Fault
from novelai.series import Axis, Series, SeriesPlan
from novelai.templates import Entry, Library

LIBRARY = Library(
    [Entry("hair", "red\n__shade__ hair"), Entry("shade", "dark", "snippet"), Entry("no", "x")]
)
SERIES = Series(
    base={"prompt": "1girl, __hair__", "size": [64, 64], "characters": [{"prompt": "<a|b>"}]},
    roll_seed=7,
    axes=[Axis("steps", [20, 28])],
    repeat=2,
)
GENERATE = "/ai/generate-image"


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


def header_of(journal):
    return json.loads(journal.read_text().splitlines()[0])


def test_a_series_goes_on_from_its_file_alone(colour, emulator, url, tmp_path):
    """With its lists, whatever became of them; what is made is kept, nothing is sent twice."""
    planned = SeriesPlan.of(SERIES, LIBRARY)
    emulator.script(None, None, None, None, Fault(status=401, path=GENERATE))
    items, error = run(colour, emulator, url, planned, folder=tmp_path, resume=True, size=TINY)
    assert isinstance(error, novelai.AuthenticationError)
    made = len(items)
    assert 0 < made < 4
    journal = tmp_path / "series.jsonl"
    header = header_of(journal)
    assert header["series"] == SERIES.to_document()
    assert [entry["name"] for entry in header["library"]] == ["hair", "shade"]
    options = {"resume": journal, "progress": False}
    again = go_on(colour, emulator, url, options)
    assert [item.status for item in again] == ["kept"] * made + ["done"] * (4 - made)
    assert [item.params for item in again] == [cell.params for cell in planned.cells]
    assert [item.cell.labels for item in again] == [("20",), ("28",)] * 2
    assert len(generations(emulator)) == 4 + 1
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [
        f"000{number}.png" for number in range(1, 5)
    ]


def go_on(colour, emulator, url, options):
    from tests.sdk.services import gather, use

    items = []

    def batch(client):
        return gather(client.image.batch(**options), items)

    use(colour, None, batch, key=emulator.token, base_url=url)
    return items


def test_the_same_call_goes_on_too(emulator, url, tmp_path):
    """With the series, with its plan, or with nothing."""
    run("sync", emulator, url, SERIES, folder=tmp_path, resume=True, library=LIBRARY)
    planned = SeriesPlan.of(SERIES, LIBRARY)
    with NovelAI(emulator.token, base_url=url) as client:
        for call in (
            client.image.batch(planned, folder=tmp_path, resume=True),
            client.image.batch(SERIES, library=LIBRARY, resume=tmp_path / "series.jsonl"),
            client.image.batch(folder=tmp_path, resume=True),
        ):
            assert [item.status for item in call] == ["kept"] * 4
    assert len(generations(emulator)) == 4


def test_another_plan_is_refused(emulator, url, tmp_path):
    """The file stays as it is."""
    run("sync", emulator, url, SERIES, folder=tmp_path, resume=True, library=LIBRARY)
    other = Series(base={"prompt": "2girls"}, roll_seed=7, repeat=4)
    _, error = run("sync", emulator, url, other, folder=tmp_path, resume=True)
    assert isinstance(error, BatchError)
    assert error.kind == "other_run"


def test_what_is_the_same_picture_is_drawn_once(emulator, url, tmp_path):
    """Its item names all the cells, its file the first; what is skipped has none."""
    medium = "nai-diffusion-5-full-medium"
    series = Series(
        base={"prompt": "a", "seed": 1},
        roll_seed=1,
        axes=[Axis("steps", [2, 3]), Axis("model", [medium, "nai-diffusion-4-5-full"])],
    )
    items, _ = run("sync", emulator, url, series, folder=tmp_path, size=TINY)
    assert [(item.index, [other.number for other in item.also]) for item in items] == [
        (0, [1]),
        (2, []),
        (3, []),
    ]
    assert [item.path.name for item in items] == ["0001.png", "0003.png", "0004.png"]
    assert len(generations(emulator)) == 3


def test_pictures_are_not_in_the_file(emulator, url, tmp_path):
    """So it says to give the call again, and then goes on."""
    data = io.BytesIO()
    Image.new("RGB", (64, 64)).save(data, "PNG")
    base = {"prompt": "a", "i2i": {"image": data.getvalue()}, "size": TINY}
    series = Series(base=base, roll_seed=1, repeat=2)
    journal = tmp_path / "series.jsonl"
    run("sync", emulator, url, series, folder=tmp_path, resume=True)
    header = header_of(journal)
    assert header["pictures"] is True
    assert header["series"]["base"]["i2i"] == {"image": "(a picture)"}
    with NovelAI(emulator.token, base_url=url) as client:
        with pytest.raises(BatchError, match="Give the same order again") as caught:
            client.image.batch(resume=journal)
        assert caught.value.kind == "no_order"
        items = client.image.batch(series, resume=journal).run()
    assert [item.status for item in items] == ["kept"] * 2


def test_a_file_of_no_series_says_so(emulator, url, tmp_path):
    """And a missing one is not made."""
    journal = tmp_path / "run.jsonl"
    run("sync", emulator, url, ["a", "b"], resume=journal)
    missing = tmp_path / "none.jsonl"
    with NovelAI(emulator.token, base_url=url) as client:
        with pytest.raises(BatchError, match="does not hold its order"):
            client.image.batch(resume=journal)
        with pytest.raises(BatchError, match="cannot be read: No such file"):
            client.image.batch(resume=missing)
        with pytest.raises(novelai.InvalidParamsError, match="prompts"):
            client.image.batch()
        with pytest.raises(novelai.ConfigurationError, match="needs a folder"):
            client.image.batch(SERIES, resume=True)
        with pytest.raises(novelai.ConfigurationError, match="give no fields"):
            client.image.batch(resume=journal, steps=9)
    assert not missing.exists()


def test_a_file_of_before_is_read(emulator, url, tmp_path):
    """Without the series in its first line, it goes on when the order is given."""
    from novelai.batch.journal import read_journal, seal

    journal = tmp_path / "run.jsonl"
    run("sync", emulator, url, SERIES, resume=journal, library=LIBRARY)
    reading = read_journal(journal.read_bytes())
    kept = {name: reading.header[name] for name in ("novelai-batch", "order", "calls")}
    lines, last = [], ""
    for record in (kept, *reading.records):
        line, last = seal({key: record[key] for key in record if key != "sum"}, last)
        lines.append(line)
    journal.write_bytes(b"".join(lines))
    items, _ = run("sync", emulator, url, SERIES, resume=journal, library=LIBRARY)
    assert [item.status for item in items] == ["kept"] * 4


def test_some_cells_of_a_plan_are_drawn(emulator, url):
    """Those that are given, as they were planned."""
    cells = SeriesPlan.of(SERIES, LIBRARY).cells[1:3]
    items, _ = run("sync", emulator, url, cells)
    assert [item.cell for item in items] == [*cells]
    assert [item.params for item in items] == [cell.params for cell in cells]
    with NovelAI(emulator.token, base_url=url) as client:
        items = client.image.batch(cells, furry=True).run()
    assert all(item.params.furry for item in items)
    assert [item.params.prompt for item in items] == [cell.params.prompt for cell in cells]


def test_a_limit_in_anlas_is_decided_first(emulator, url):
    """It depends on who pays, and is never passed over."""
    series = Series.from_document({**SERIES.to_document(), "limit": {"anlas": 5}})
    with NovelAI(emulator.token, base_url=url) as client:
        with pytest.raises(novelai.SeriesError, match="depends on who pays") as caught:
            client.image.batch(series, library=LIBRARY)
        assert caught.value.field == "limit.anlas"
        planned = SeriesPlan.of(series, LIBRARY).within(5, client.user.get_subscription())
        assert len(client.image.batch(planned, size=TINY).run()) == 4
