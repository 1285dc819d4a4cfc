"""Budgets: what a client may spend, and what it really cost."""

import copy
import pickle
import threading
from datetime import UTC, datetime
from math import inf, nan

import httpx2
import pytest
from PIL import Image
from tests.sdk.services import COLOURS, Service, gather, reply, use

import novelai
from novelai import Budget, BudgetExceededError, NovelAI
from novelai.budget import Hold
from novelai.cost import share_of
from novelai.emulator import Fault
from novelai.types import GenerateImageParams, Vibe

SIZE = "small_square"
PRICE = 7
"""Anlas for one picture of this size at 23 steps."""

PICTURE = Image.new("RGB", (64, 64), "red")


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture
def paying(emulator):
    emulator.account().tier = 1
    return emulator


def ask(colour, emulator, url, budget, action, **options):
    """Do something with a client of a colour that keeps to a budget."""
    options = {"base_url": url, "budget": budget, **options}
    return use(colour, None, action, key=emulator.token, **options)


def draw(**fields):
    return lambda client: client.image.generate(prompt="1girl", size=SIZE, **fields)


def paid_calls(emulator):
    return [request.path for request in emulator.requests if request.path.startswith("/ai/")]


def test_what_it_does_not_cover_is_not_sent(colour, paying, url):
    """The error names price, limit and what is left; the balance is untouched."""
    budget = Budget(PRICE + 2)
    (image,) = ask(colour, paying, url, budget, draw())
    assert image.cost == PRICE
    assert (budget.spent, budget.left) == (PRICE, 2)
    with pytest.raises(BudgetExceededError) as caught:
        ask(colour, paying, url, budget, draw())
    error = caught.value
    assert (error.price, error.limit, error.left, error.renews_at) == (PRICE, PRICE + 2, 2, None)
    assert error.charged == "no"
    assert f"costs {PRICE} Anlas, and 2 of a budget of {PRICE + 2} are left" in str(error)
    assert len(paid_calls(paying)) == 1
    assert paying.account().anlas == 10_000 - PRICE
    assert budget.spent == PRICE


def test_what_is_free_passes(colour, emulator, url):
    """With nothing to spend, Opus's free pictures are made, and others are not."""
    budget = Budget(0)
    (image,) = ask(colour, emulator, url, budget, draw())
    assert image.cost == 0
    with pytest.raises(BudgetExceededError):
        ask(colour, emulator, url, budget, draw(n_samples=2))
    with pytest.raises(BudgetExceededError):
        ask(colour, emulator, url, budget, lambda client: client.tools.upscale(PICTURE))
    assert emulator.account().anlas == 10_000


def test_the_account_is_read_once(colour, emulator, url):
    """The subscription is asked for before the first call, and remembered."""

    def twice(client):
        if colour == "sync":
            return [draw()(client), draw()(client)]

        async def both():
            return [await draw()(client), await draw()(client)]

        return both()

    ask(colour, emulator, url, Budget(), twice)
    assert [request.path for request in emulator.requests] == [
        "/user/subscription",
        "/ai/generate-image",
        "/ai/generate-image",
    ]


def test_a_used_up_allowance_is_noticed(emulator, url):
    """V5 pictures cost when the allowance is used up, whatever was known before."""
    budget = Budget(0)
    emulator.account().usage_percent = 4.0
    fields = {"model": "nai-diffusion-5-full"}
    with NovelAI(emulator.token, base_url=url, budget=budget) as client:
        assert draw(**fields)(client)[0].cost == 0
        emulator.account().usage_is_negative = True
        with pytest.raises(BudgetExceededError):
            draw(**fields)(client)


def test_pictures_bear_their_part(colour, paying, url):
    """The parts of several pictures add up to the price; a stream's pictures know theirs."""
    budget = Budget()
    images = ask(colour, paying, url, budget, draw(n_samples=3))
    assert sum(image.cost for image in images) == budget.spent == 3 * PRICE

    def watch(client):
        stream = client.image.generate_stream(prompt="1girl", size=SIZE, n_samples=2)
        return gather(stream, [])

    events = ask(colour, paying, url, budget, watch)
    finals = [event.picture.cost for event in events if event.event_type == "final"]
    assert finals == [PRICE, PRICE]
    assert budget.spent == 5 * PRICE == 10_000 - paying.account().anlas


def test_tools_are_counted(colour, paying, url):
    """Tools, upscales and encodings are counted at what they are charged."""
    budget = Budget()

    def work(client):
        calls = [
            lambda: client.tools.upscale(PICTURE),
            lambda: client.tools.line_art(PICTURE),
            lambda: client.tools.remove_background(PICTURE),
            lambda: client.image.encode_vibe(PICTURE),
            lambda: client.image.encode_vibe(PICTURE),
        ]
        if colour == "sync":
            return [call() for call in calls]

        async def one_by_one():
            return [await call() for call in calls]

        return one_by_one()

    upscaled, lines, layers, *_ = ask(colour, paying, url, budget, work)
    assert upscaled[0].cost == 1
    assert lines[0].cost == 20
    assert sum(layer.cost for layer in layers) == 65
    assert budget.spent == 1 + 20 + 65 + 2 == 10_000 - paying.account().anlas


def test_vibes_are_not_encoded_for_a_picture_that_is_refused(colour, paying, url):
    """A call whose encodings fit, and whose picture does not, pays for neither."""
    budget = Budget(PRICE + 1)
    vibes = [Vibe(image=PICTURE)]
    fields = {"model": "nai-diffusion-4-5-full", "vibes": vibes}
    with pytest.raises(BudgetExceededError) as caught:
        ask(colour, paying, url, budget, draw(**fields))
    assert caught.value.price == PRICE + 2
    assert paid_calls(paying) == []
    (image,) = ask(colour, paying, url, Budget(PRICE + 2), draw(**fields))
    assert image.cost == PRICE + 2


def test_requests_by_the_services_names_are_counted(paying, url):
    """A document that a program built itself is priced, too."""
    budget = Budget(PRICE)
    with NovelAI(paying.token, base_url=url, budget=budget) as client:
        request = client.image.api_request(GenerateImageParams(prompt="1girl", size=SIZE))
        client.api_client.image.generate(request)
        with pytest.raises(BudgetExceededError):
            client.api_client.image.generate(request)
    assert budget.spent == PRICE


@pytest.mark.parametrize(
    ("fault", "spent"),
    [
        (Fault(status=400, path="/ai/generate-image"), 0),
        (Fault(low_balance=True, path="/ai/generate-image"), 0),
        (Fault(status=500, path="/ai/generate-image"), PRICE),
        (Fault(drop=True, at="after", path="/ai/generate-image"), PRICE),
        (Fault(cut_after=10, path="/ai/generate-image"), PRICE),
    ],
    ids=["refused", "no anlas", "failed", "dropped", "cut"],
)
def test_a_failed_call_counts_unless_it_surely_was_free(colour, paying, url, fault, spent):
    """What may have been charged counts at its price."""
    budget = Budget(100)
    paying.script(fault)
    with pytest.raises(novelai.NovelAIError) as caught:
        ask(colour, paying, url, budget, draw())
    assert budget.spent == spent
    assert caught.value.charged == ("unknown" if spent else "no")


@pytest.mark.parametrize("colour", ["sync", "asyncio"])  # httpx2 leaves trio a body unclosed
def test_a_stream_that_is_left_counts(colour, paying, url):
    """The service finishes what it has begun, and charges for it."""
    budget = Budget(100)

    def leave(client):
        stream = client.image.generate_stream(prompt="1girl", size=SIZE)
        if colour == "sync":
            next(stream)
            return stream.close()

        async def first():
            await anext(stream)
            await stream.close()

        return first()

    ask(colour, paying, url, budget, leave)
    assert budget.spent == PRICE


def test_an_account_that_cannot_be_asked(colour):
    """Where there is no price without it, nothing is sent, and nothing is counted."""
    service = Service(reply(500, b"{}"))
    budget = Budget(100)
    with pytest.raises(novelai.ServerError) as caught:
        use(colour, service, draw(), budget=budget)
    assert caught.value.charged == "no"
    assert budget.spent == 0
    assert {request.method for request in service.requests} == {"GET"}


@pytest.mark.filterwarnings("ignore::novelai.UnknownModelWarning")
def test_an_unknown_price(colour):
    """It is refused where there is a limit; allowed, what is missing from the balance counts."""
    balances = iter([500, 463, 463, 426])
    picture = Image.new("RGB", (64, 64))

    def answer(request):
        if request.url.path == "/user/subscription":
            anlas = next(balances)
            document = {"tier": 1, "active": True, "trainingStepsLeft": {"purchased": 0}}
            document["trainingStepsLeft"] = {"fixedTrainingStepsLeft": anlas}
            return httpx2.Response(200, json=document)
        from io import BytesIO

        buffer = BytesIO()
        picture.save(buffer, "PNG")
        return httpx2.Response(200, content=buffer.getvalue())

    unknown = draw(model="of-another-kind")
    service = Service(answer)
    with pytest.raises(BudgetExceededError) as caught:
        use(colour, service, unknown, budget=Budget(100))
    assert caught.value.price is None
    assert "unknown" in str(caught.value)
    assert service.calls == 0
    budget = Budget(100, unknown="allow")
    (image,) = use(colour, service, unknown, budget=budget)
    assert (image.cost, budget.spent) == (37, 37)

    def look(client):
        return client.image.with_raw_response.generate(prompt="1girl", model="of-another-kind")

    raw = use(colour, service, look, budget=budget)
    assert raw.content.startswith(b"\x89PNG"), "the picture, not the balance asked for behind it"


# --- the budget itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("anlas", [-1, nan, inf, 1.5, "10", True])
def test_a_limit_that_cannot_be(anlas):
    """A limit is a whole number, 0 or more."""
    with pytest.raises(novelai.ConfigurationError):
        Budget(anlas)


def test_other_options_that_cannot_be():
    """Unknown periods and words are refused, and so is a client with something else."""
    with pytest.raises(novelai.ConfigurationError, match="per must be"):
        Budget(1, per="fortnight")
    with pytest.raises(novelai.ConfigurationError, match="unknown must be"):
        Budget(1, unknown="maybe")
    with pytest.raises(novelai.ConfigurationError, match="budget must be"):
        NovelAI("pst-a", budget=100)


@pytest.mark.parametrize(
    ("per", "renewal"),
    [
        ("hour", "2026-11-29 24:00"),
        ("day", "2026-11-30 00:00"),
        ("week", "2026-11-30 00:00"),
        ("month", "2026-12-01 00:00"),
    ],
)
def test_it_is_renewed(per, renewal):
    """At the end of each period all of it is there again, and the error says when."""
    moment = [datetime(2026, 11, 29, 23, 15, tzinfo=UTC).timestamp()]
    budget = Budget(10, per=per, clock=lambda: moment[0])
    budget.hold(8)
    with pytest.raises(BudgetExceededError, match="is renewed at") as caught:
        budget.hold(3)
    day, _, hour = renewal.partition(" ")
    expected = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() + int(hour[:2]) * 3_600
    assert caught.value.renews_at == budget.renews_at == expected
    moment[0] = expected - 1
    assert budget.left == 2
    moment[0] = expected
    assert (budget.spent, budget.left) == (0, 10)
    moment[0] -= 7_200  # a clock that is set back
    budget.hold(4)
    assert budget.spent == 4


def test_a_call_over_midnight_counts_on_its_first_day():
    """What a call of yesterday turns out to cost changes nothing today."""
    moment = [0.0]
    budget = Budget(10, per="day", clock=lambda: moment[0])
    hold = budget.hold(5)
    moment[0] = 86_400.0
    budget.settle(hold, 0)
    assert budget.spent == 0


def test_threads_share_it():
    """Many threads at once spend exactly what there is."""
    budget = Budget(100)
    passed = []

    def spend():
        for _ in range(20):
            try:
                passed.append(budget.hold(1))
            except BudgetExceededError:
                return

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == budget.spent == 100


def test_clients_share_it(paying, url):
    """One budget for two clients is one budget."""
    budget = Budget(PRICE + 1)
    with (
        NovelAI(paying.token, base_url=url, budget=budget) as one,
        NovelAI(paying.token, base_url=url, budget=budget) as other,
    ):
        draw()(one)
        with pytest.raises(BudgetExceededError):
            draw()(other)


def test_what_is_taken_back_can_be_spent():
    """A hold settled at less frees the rest; after an overdraft only what is free passes."""
    budget = Budget(10)
    hold = budget.hold(10)
    assert isinstance(hold, Hold)
    budget.settle(hold, 3)
    assert budget.left == 7
    budget.settle(budget.hold(7), 20)
    assert (budget.spent, budget.left) == (23, 0)
    budget.hold(0)
    with pytest.raises(BudgetExceededError):
        budget.hold(1)
    assert repr(budget) == "Budget(10, per=None, spent=23)"


@pytest.mark.parametrize(("anlas", "pictures"), [(20, 3), (0, 4), (7, 1), (65, 3), (1, 8)])
def test_shares_add_up(anlas, pictures):
    """The parts of a price are whole, and together they are the price."""
    shares = [share_of(anlas, place, pictures) for place in range(pictures)]
    assert sum(shares) == anlas
    assert max(shares) - min(shares) <= 1


def test_errors_and_pictures_survive_a_pickle(paying, url):
    """What an error and a picture say about money is there in another process, too."""
    budget = Budget(PRICE)
    with NovelAI(paying.token, base_url=url, budget=budget) as client:
        (image,) = draw()(client)
        with pytest.raises(BudgetExceededError) as caught:
            draw()(client)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.price, error.limit, str(error)) == (PRICE, PRICE, str(caught.value))
    assert pickle.loads(pickle.dumps(image)).cost == PRICE
    found = pickle.loads(pickle.dumps(novelai.BatchError("no", kind="locked")))
    assert (found.kind, str(found)) == ("locked", "no")
    assert copy.copy(found).kind == "locked"
