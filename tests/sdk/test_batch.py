"""Batches: order, failures, folders, progress."""

import threading

import anyio
import anyio.lowlevel
import pytest
from tests.sdk.batches import COLOURS, GENERATE, QUICK, TINY, generations, run, times_paid

import novelai
from novelai import AsyncNovelAI, Budget, NovelAI
from novelai.emulator import Fault
from novelai.series import Axis, Series
from novelai.types import GenerateImageParams

PROMPTS = ["one", "two", "three"]


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture
def paying(emulator):
    """An account that pays for every picture."""
    emulator.account().tier = 1
    return emulator


def test_items_come_in_order_with_their_pictures(colour, emulator, url):
    """Each call gives its pictures, its seed and what it cost."""
    items, error = run(colour, emulator, url, PROMPTS)
    assert error is None
    assert [(item.index, item.status, item.cost) for item in items] == [
        (0, "done", 0),
        (1, "done", 0),
        (2, "done", 0),
    ]
    assert [item.params.prompt for item in items] == PROMPTS
    assert all(item.image.seed == item.params.seed for item in items)
    assert len({item.image.data for item in items}) == 3


def test_what_is_asked_for_may_have_any_form(emulator, url):
    """A prompt, parameters, fields by name and the cells of a series are all taken."""
    series = Series(base={"prompt": "a <red|blue> cat"}, roll_seed=1, axes=[Axis("steps", [1, 2])])
    params = GenerateImageParams(prompt="b", steps=9)
    mixed, _ = run("sync", emulator, url, ["a", params, {"prompt": "c", "steps": 3}], seed=5)
    assert [(one.params.prompt, one.params.steps) for one in mixed] == [
        ("a", 23),
        ("b", 9),
        ("c", 3),
    ]
    assert {one.params.seed for one in mixed} == {5}
    cells, _ = run("sync", emulator, url, series)
    assert [one.params.steps for one in cells] == [1, 2]
    assert [one.cell.place for one in cells] == [(0,), (1,)]
    (single,), _ = run("sync", emulator, url, "alone")
    assert single.params.prompt == "alone"


@pytest.mark.parametrize(
    ("prompts", "field"),
    [
        ([], "prompts"),
        (["fine", ""], "1.prompt"),
        (["fine", {"prompt": "x", "stepz": 1}], "1.stepz"),
        (["fine", 7], "1.prompt"),
        ([{"prompt": "x", "steps": 99}, ""], "0.steps"),
    ],
)
def test_a_wrong_order_is_refused_at_once(emulator, url, prompts, field):
    """The error names the call and its field, before anything is sent."""
    client = NovelAI(emulator.token, base_url=url)
    with client, pytest.raises(novelai.InvalidParamsError) as caught:
        client.image.batch(prompts)
    assert caught.value.field == field
    assert caught.value.charged == "no"
    assert emulator.requests == []


def test_wrong_options_are_refused(emulator, url):
    """A number of calls at once below one, or an unknown word, is an error at once."""
    with NovelAI(emulator.token, base_url=url) as client:
        for options in ({"concurrency": 0}, {"again": "always"}):
            with pytest.raises(novelai.ConfigurationError):
                client.image.batch(PROMPTS, **options)


def test_a_failing_call_does_not_end_it(colour, emulator, url):
    """The error is told with its item, and the others are made."""
    emulator.script(None, None, Fault(status=500, path=GENERATE))
    items, error = run(colour, emulator, url, PROMPTS)
    assert error is None
    assert [item.status for item in items] == ["done", "failed", "done"]
    failed = items[1]
    assert isinstance(failed.error, novelai.ServerError)
    assert failed.error.charged == "unknown"
    assert failed.images == []
    with pytest.raises(novelai.ServerError):
        _ = failed.image


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=401, path=GENERATE), novelai.AuthenticationError),
        (Fault(low_balance=True, path=GENERATE), novelai.InsufficientAnlasError),
    ],
)
def test_what_would_hit_all_ends_it(colour, emulator, url, tmp_path, fault, kind):
    """The error says how far it came, nothing more is sent, and it can go on."""
    emulator.script(None, None, fault)
    items, error = run(colour, emulator, url, PROMPTS, resume=tmp_path / "run.jsonl")
    assert [item.status for item in items] == ["done"]
    assert isinstance(error, kind)
    assert error.charged == "no"
    assert "ended after 1 of its calls" in error.__notes__[0]
    assert len(generations(emulator)) == 2
    items, error = run(colour, emulator, url, PROMPTS, resume=tmp_path / "run.jsonl")
    assert error is None
    assert [item.status for item in items] == ["kept", "done", "done"]


def test_a_spent_budget_ends_it(colour, paying, url, tmp_path):
    """What the budget does not cover is not sent; with a larger one it goes on."""
    journal = tmp_path / "run.jsonl"
    budget = Budget(5)
    items, error = run(colour, paying, url, PROMPTS, resume=journal, client={"budget": budget})
    assert [item.cost for item in items] == [2, 2]
    assert isinstance(error, novelai.BudgetExceededError)
    assert len(generations(paying)) == 2
    items, error = run(colour, paying, url, PROMPTS, resume=journal, client={"budget": Budget(2)})
    assert error is None
    assert [item.status for item in items] == ["kept", "kept", "done"]


def test_three_calls_that_do_not_reach_end_it(colour, emulator):
    """Without a network a batch does not fail call by call."""
    options = {"retry": novelai.RetryPolicy(max_attempts=1)}
    items, error = run(colour, emulator, "http://127.0.0.1:9", ["x"] * 9, client=options)
    assert [item.status for item in items] == ["failed", "failed"]
    assert isinstance(error, novelai.ConnectionFailedError)


def test_two_at_once(colour, emulator, url, tmp_path):
    """With a client for two, two are under way at once, and all are there in the end."""
    waiting = threading.Event()
    emulator.script(None, Fault(path=GENERATE, stall=waiting), Fault(path=GENERATE, stall=waiting))

    def both_have_come():
        while len(generations(emulator)) < 2:
            threading.Event().wait(0.002)
        waiting.set()

    watcher = threading.Thread(target=both_have_come, daemon=True)
    watcher.start()
    items, error = run(
        colour, emulator, url, [*PROMPTS, "four"], folder=tmp_path, client={"concurrency": 2}
    )
    watcher.join(5)
    assert error is None
    assert waiting.is_set()
    assert sorted(item.index for item in items) == [0, 1, 2, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"000{number}.png" for number in range(1, 5)
    ]


def test_a_slow_call_holds_no_other_up(colour, emulator, url):
    """A new call begins when one has ended, not when all have."""
    others_came = threading.Event()
    emulator.script(None, Fault(path=GENERATE, stall=others_came))

    def the_others_have_come():
        while len(times_paid(emulator)) < len(PROMPTS):
            threading.Event().wait(0.002)
        others_came.set()

    watcher = threading.Thread(target=the_others_have_come, daemon=True)
    watcher.start()
    items, error = run(colour, emulator, url, [*PROMPTS, "four"], client={"concurrency": 2})
    watcher.join(5)
    assert error is None
    assert sorted(item.index for item in items) == [0, 1, 2, 3]
    assert items[-1].index in (0, 1), "one of the first two was held up, and came last"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("cancelled", [False, True], ids=["left", "cancelled"])
def test_what_is_under_way_ends_with_it(backend, cancelled, emulator, url):
    """Left, a batch ends behind its calls; where its caller is cancelled, they are, too."""

    async def main():
        async with AsyncNovelAI(emulator.token, base_url=url, concurrency=2, retry=QUICK) as client:
            batch = client.image.batch([*PROMPTS, "four"], size=TINY, progress=False)
            with anyio.CancelScope() as scope:
                async for _ in batch:
                    if not cancelled:
                        break
                    scope.cancel()
            await batch.close()
            return times_paid(emulator)

    made = anyio.run(main, backend=backend)
    assert len(made) < 4
    assert cancelled or times_paid(emulator) == made


def test_the_simple_way(emulator, url, tmp_path):
    """``run()`` and ``await`` do all of it; pictures in files are read when they are asked for."""
    with NovelAI(emulator.token, base_url=url) as client:
        items = client.image.batch(PROMPTS, folder=tmp_path / "a", size=TINY).run()

    async def main():
        async with AsyncNovelAI(emulator.token, base_url=url) as client:
            return await client.image.batch(PROMPTS, folder=tmp_path / "b", size=TINY)

    for found in (items, anyio.run(main)):
        assert [item.index for item in found] == [0, 1, 2]
        assert all(item.received is None for item in found)
        assert [item.image.data for item in found] == [item.path.read_bytes() for item in found]
        assert all(item.image.seed == item.params.seed for item in found)


def test_its_progress_is_told(colour, emulator, url, caplog):
    """Each call is told of; a listener that fails is told no more, and the batch goes on."""
    told = []

    def listen(progress):
        told.append(progress)
        if progress.done == 2:
            raise RuntimeError("no")

    items, error = run(colour, emulator, url, PROMPTS, on_progress=listen)
    assert error is None
    assert len(items) == 3
    assert [(one.done, one.total, one.failed, one.cost) for one in told] == [
        (1, 3, 0, 0),
        (2, 3, 0, 0),
    ]
    assert all(one.seconds_left > 0 for one in told)
    assert "on_progress failed" in caplog.text


def test_a_listener_may_be_a_coroutine_function(emulator, url):
    """On an event loop it is awaited."""
    told = []

    async def listen(progress):
        await anyio.lowlevel.checkpoint()
        told.append(progress.done)

    run("asyncio", emulator, url, PROMPTS, on_progress=listen)
    assert told == [1, 2, 3]


def test_several_pictures_of_a_call(emulator, url, tmp_path):
    """Each is in a file of its own, and bears its part of the price."""
    emulator.account().tier = 1
    (item,), _ = run("sync", emulator, url, "x", n_samples=3, folder=tmp_path, seed=9)
    assert [path.name for path in item.paths] == ["0001-1.png", "0001-2.png", "0001-3.png"]
    assert item.cost == 6
    assert [image.cost for image in item.images] == [2, 2, 2]
    assert [image.seed for image in item.images] == [9, 10, 11]


def test_a_folder_with_pictures_of_another_run_is_refused(colour, emulator, url, tmp_path):
    """No picture is replaced, and nothing is sent."""
    (tmp_path / "0002.png").write_bytes(b"mine")
    for options in ({"folder": tmp_path}, {"resume": tmp_path / "run.jsonl"}):
        items, error = run(colour, emulator, url, PROMPTS, **options)
        assert items == []
        assert isinstance(error, novelai.BatchError)
        assert error.kind == "folder"
        assert error.charged == "no"
    assert emulator.requests == []
    assert (tmp_path / "0002.png").read_bytes() == b"mine"


def test_a_name_that_is_taken_meanwhile(emulator, url, tmp_path):
    """A picture that is paid for gets another name."""
    with NovelAI(emulator.token, base_url=url) as client:
        batch = client.image.batch(PROMPTS, folder=tmp_path, size=TINY)
        next(batch)
        (tmp_path / "0002.png").write_bytes(b"mine")
        assert [item.path.name for item in batch] == ["0002.2.png", "0003.png"]
    assert (tmp_path / "0002.png").read_bytes() == b"mine"


def test_a_picture_that_cannot_be_saved_is_given_back(colour, emulator, url, tmp_path):
    """It comes with the error, and the batch ends before the next is paid for."""
    folder = tmp_path / "out"
    seen = []

    def block(progress):
        seen.append(progress)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        folder.write_text("a file, not a folder")

    items, error = run(colour, emulator, url, PROMPTS, folder=folder, on_progress=block)
    assert [item.status for item in items] == ["done", "failed"]
    assert items[1].image.size == TINY
    assert isinstance(items[1].error, novelai.BatchError)
    assert error is items[1].error
    assert len(generations(emulator)) == 2
