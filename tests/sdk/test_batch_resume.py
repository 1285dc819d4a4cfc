"""Going on with a batch: what is made is kept, and nothing is paid for twice."""

import json

import pytest
from PIL import Image
from tests.sdk.batches import COLOURS, GENERATE, TINY, run, times_paid

import novelai
from novelai import NovelAI
from novelai.batch.journal import read_journal
from novelai.emulator import Fault

PROMPTS = ["one", "two", "three"]


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture
def paying(emulator):
    """An account that pays for every picture."""
    emulator.account().tier = 1
    return emulator


def test_what_is_made_is_not_sent_again(colour, emulator, url, tmp_path):
    """The same call again reads the pictures from their files."""
    journal = tmp_path / "run.jsonl"
    first, _ = run(colour, emulator, url, PROMPTS, resume=journal)
    second, _ = run(colour, emulator, url, PROMPTS, resume=journal)
    assert [item.status for item in second] == ["kept"] * 3
    assert [item.image.data for item in second] == [item.image.data for item in first]
    assert [item.params for item in second] == [item.params for item in first]
    assert [item.cost for item in second] == [0, 0, 0]
    assert times_paid(emulator) == {"one": 1, "two": 1, "three": 1}


def test_it_goes_on_where_it_was_left(emulator, url, tmp_path):
    """Leaving the loop keeps what was made; the rest is made the next time."""
    journal = tmp_path / "run.jsonl"
    with NovelAI(emulator.token, base_url=url) as client:
        for item in client.image.batch(PROMPTS, resume=journal, size=TINY):
            assert item.index == 0
            break
    items, _ = run("sync", emulator, url, PROMPTS, resume=journal)
    assert [item.status for item in items] == ["kept", "done", "done"]


def test_a_failed_call_that_was_not_charged_is_sent_again(paying, url, tmp_path):
    """A refusal is no loss."""
    journal = tmp_path / "run.jsonl"
    paying.script(None, None, Fault(status=400, path=GENERATE))
    first, _ = run("sync", paying, url, PROMPTS, resume=journal)
    second, _ = run("sync", paying, url, PROMPTS, resume=journal)
    assert "failed" in [item.status for item in first]
    assert sorted(item.status for item in second) == ["done", "kept", "kept"]


@pytest.mark.parametrize("ran", [True, False])
def test_the_balance_tells_whether_a_lost_answer_was_charged(colour, paying, url, tmp_path, ran):
    """Charged: told and not sent again, unless asked for. Not charged: sent again."""
    journal = tmp_path / "run.jsonl"
    fault = Fault(status=500, at="after" if ran else "before", path=GENERATE)
    paying.script(None, None, fault)
    first, _ = run(colour, paying, url, PROMPTS, resume=journal)
    assert [item.status for item in first] == ["failed", "done", "done"]
    second, _ = run(colour, paying, url, PROMPTS, resume=journal)
    assert [(item.index, item.status) for item in second[:2]] == [(1, "kept"), (2, "kept")]
    again = second[2]
    if not ran:
        assert again.status == "done"
        assert times_paid(paying) == {"one": 1, "two": 1, "three": 1}
        assert again.params.seed == first[0].params.seed
        return
    assert (again.status, again.cost, again.error.charged) == ("lost", 2, "unknown")
    assert times_paid(paying) == {"one": 1, "two": 1, "three": 1}
    third, _ = run(colour, paying, url, PROMPTS, resume=journal, again="all")
    assert sorted(item.status for item in third) == ["done", "kept", "kept"]
    assert times_paid(paying) == {"one": 2, "two": 1, "three": 1}


def test_what_the_balance_does_not_tell_is_lost(paying, url, tmp_path):
    """Another program used the account: then nobody knows, and nothing is paid twice."""
    journal = tmp_path / "run.jsonl"
    paying.script(None, None, Fault(status=500, path=GENERATE))
    run("sync", paying, url, PROMPTS[:2], resume=journal)
    paying.account().fixed_anlas -= 17
    items, _ = run("sync", paying, url, PROMPTS[:2], resume=journal)
    assert [item.status for item in items] == ["kept", "lost"]
    assert "may have been charged" in items[1].error.message


def test_a_last_call_is_not_decided_too_early(paying, url, tmp_path):
    """NovelAI may still be at work: an unchanged balance proves nothing for some minutes."""
    journal = tmp_path / "run.jsonl"
    paying.script(None, None, Fault(status=500, path=GENERATE))
    run("sync", paying, url, "only", resume=journal)
    items, _ = run("sync", paying, url, "only", resume=journal)
    assert [item.status for item in items] == ["lost"]


def test_what_is_free_is_sent_again(colour, emulator, url, tmp_path):
    """On Opus a lost answer costs nothing."""
    journal = tmp_path / "run.jsonl"
    emulator.script(None, None, Fault(status=500, at="after", path=GENERATE))
    run(colour, emulator, url, PROMPTS, resume=journal)
    items, _ = run(colour, emulator, url, PROMPTS, resume=journal)
    assert sorted(item.status for item in items) == ["done", "kept", "kept"]
    assert emulator.account().anlas == 10_000


def test_a_picture_that_is_gone_is_told(emulator, url, tmp_path):
    """One that was thrown away or changed is not made anew by itself."""
    journal = tmp_path / "run.jsonl"
    run("sync", emulator, url, PROMPTS, resume=journal)
    (tmp_path / "0001.png").unlink()
    Image.new("RGB", TINY).save(tmp_path / "0002.png")
    items, _ = run("sync", emulator, url, PROMPTS, resume=journal)
    assert [item.status for item in items] == ["lost", "lost", "kept"]
    assert "0001.png" in items[0].error.message
    items, _ = run("sync", emulator, url, PROMPTS, resume=journal, again="all")
    assert [item.path.name for item in items] == ["0001.png", "0002.2.png", "0003.png"]


def test_a_picture_of_which_the_journal_does_not_know_is_kept(paying, url, tmp_path):
    """Interrupted between saving and writing that down, the picture counts all the same."""
    journal = tmp_path / "run.jsonl"
    run("sync", paying, url, PROMPTS, resume=journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))
    items, _ = run("sync", paying, url, PROMPTS, resume=journal)
    assert [(item.status, item.cost) for item in items] == [("kept", 2)] * 3
    assert times_paid(paying) == {"one": 1, "two": 1, "three": 1}
    assert journal.read_bytes().count(b'"done"') == 3


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda text: text.replace('"seed"', '"sead"', 1), "edited"),
        (lambda text: "".join(text.splitlines(keepends=True)[1:]), "edited"),
        (lambda text: text[: text.index("\n")] + text, "edited"),
        (lambda text: "".join([*text.splitlines(keepends=True)[:2], "{}\n"]), "edited"),
        (lambda text: text.replace('"novelai-batch":1', '"novelai-batch":2'), "newer"),
        (lambda _: "my notes\n", "edited"),
        (lambda _: "my notes", "edited"),
        (lambda _: "[" * 100_000 + "\n", "edited"),
    ],
    ids=[
        "a field",
        "a line taken out",
        "a line twice",
        "a line of its own",
        "a newer version",
        "notes",
        "notes without an end",
        "too deep",
    ],
)
def test_a_file_that_was_changed_is_refused(emulator, url, tmp_path, change, kind):
    """It is left as it is, and nothing is sent."""
    journal = tmp_path / "run.jsonl"
    run("sync", emulator, url, PROMPTS, resume=journal)
    sent = len(emulator.requests)
    journal.write_text(change(journal.read_text()))
    before = journal.read_bytes()
    items, error = run("sync", emulator, url, PROMPTS, resume=journal)
    assert items == []
    assert isinstance(error, novelai.BatchError)
    assert (error.kind, error.charged) == (kind, "no")
    assert len(emulator.requests) == sent
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("prompts", "options"),
    [
        (["one", "two", "other"], {}),
        (["one", "two"], {}),
        (PROMPTS, {"steps": 5}),
        (PROMPTS, {"image_format": "webp"}),
    ],
    ids=["a prompt", "a prompt less", "a field", "a format"],
)
def test_a_file_of_another_order_is_refused(colour, emulator, url, tmp_path, prompts, options):
    """Other prompts, parameters or pictures are another batch."""
    journal = tmp_path / "run.jsonl"
    run(colour, emulator, url, PROMPTS, resume=journal)
    sent = len(emulator.requests)
    _, error = run(colour, emulator, url, prompts, resume=journal, **options)
    assert isinstance(error, novelai.BatchError)
    assert error.kind == "other_run"
    assert len(emulator.requests) == sent


def test_two_runs_at_once_are_refused(colour, emulator, url, tmp_path):
    """The second finds the file held, and sends nothing; after the first has ended it may."""
    journal = tmp_path / "run.jsonl"
    with NovelAI(emulator.token, base_url=url) as client:
        batch = client.image.batch(PROMPTS, resume=journal, size=TINY)
        next(batch)
        sent = len(emulator.requests)
        _, error = run(colour, emulator, url, PROMPTS, resume=journal)
        assert error.kind == "locked"
        assert len(emulator.requests) == sent
        batch.close()
    items, error = run(colour, emulator, url, PROMPTS, resume=journal)
    assert error is None
    assert len(items) == 3


def test_a_file_that_cannot_be_written(colour, emulator, url, tmp_path):
    """It is a clear error, and nothing is sent."""
    (tmp_path / "file").write_text("")
    _, error = run(colour, emulator, url, PROMPTS, resume=tmp_path / "file" / "run.jsonl")
    assert isinstance(error, novelai.BatchError)
    assert error.kind == "folder"
    assert emulator.requests == []


def test_the_file_cut_at_any_byte(paying, url, tmp_path):
    """However much of its end is missing, nothing is paid for twice."""
    whole = tmp_path / "run.jsonl"
    run("sync", paying, url, PROMPTS[:2], resume=whole)
    data = whole.read_bytes()
    head = data.index(b"\n") + 1
    before = paying.account().anlas
    with NovelAI(paying.token, base_url=url) as client:
        # Every byte of one call's lines, and the ends of all lines with their neighbours.
        ends = [at for at, byte in enumerate(data) if byte == ord("\n")]
        cuts = {*range(head, head + 60), *(end + step for end in ends for step in (-1, 0, 1, 2))}
        for cut in sorted(cut for cut in cuts if head <= cut <= len(data)):
            whole.write_bytes(data[:cut])
            items = client.image.batch(PROMPTS[:2], resume=whole, size=TINY, progress=False).run()
            assert [item.status for item in items] == ["kept", "kept"], cut
            assert read_journal(whole.read_bytes()).cut == b"", cut
    assert paying.account().anlas == before


def test_a_first_line_that_was_cut_off(emulator, url, tmp_path):
    """Interrupted before anything was sent, it begins anew; beside pictures it is refused."""
    journal = tmp_path / "run.jsonl"
    run("sync", emulator, url, PROMPTS, resume=journal)
    header = journal.read_bytes().splitlines(keepends=True)[0]
    for path in tmp_path.glob("*.png"):
        path.unlink()
    for cut in (0, 1, 20, len(header) - 1):
        journal.write_bytes(header[:cut])
        items, error = run("sync", emulator, url, PROMPTS, resume=journal)
        assert error is None
        assert [item.status for item in items] == ["done"] * 3
        journal.write_bytes(header[:cut])
        _, error = run("sync", emulator, url, PROMPTS, resume=journal)
        assert error.kind == "folder"
        for path in tmp_path.glob("*.png"):
            path.unlink()


def test_what_is_written_holds_no_token_and_no_picture(emulator, url, tmp_path):
    """The file holds prompts; pictures handed in are only mentioned."""
    journal = tmp_path / "run.jsonl"
    image = Image.new("RGB", TINY)
    run("sync", emulator, url, PROMPTS, resume=journal, i2i={"image": image})
    text = journal.read_text()
    assert emulator.token not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[1]["params"]["i2i"]["image"] == "(a picture)"
    assert lines[1]["params"]["prompt"] == "one"
