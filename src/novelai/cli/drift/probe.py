"""The calls of the check, made through the client: with its turns, and its care for paid calls."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from novelai.cli.drift.comparison import (
    Answer,
    Drift,
    compare_absent_model,
    compare_call,
    compare_document,
    compare_metadata,
    compare_model,
    compare_price,
    compare_size,
    compare_subscription,
)
from novelai.cli.drift.facts import (
    ABSENT_MODELS,
    DATA,
    DATA_CALL,
    GENERATE_CALL,
    PICTURE,
    SUBSCRIPTION_CALL,
    TAGS_CALL,
    UPSCALE_CALL,
    UPSCALE_FACTOR,
    Call,
)
from novelai.cli.drift.plan import CANVAS, Plan, models, picture_params
from novelai.errors import InvalidResponseError, NetworkError, NotFoundError, NovelAIError
from novelai.types.subscription import Subscription

if TYPE_CHECKING:
    from novelai.client import NovelAI
    from novelai.pictures import GeneratedImage

__all__ = ["ServiceProbe", "record_answers"]

TYPED = "cat"
"""What tags are asked for."""


class Answers:
    """The answers that came, by path, the newest last."""

    def __init__(self) -> None:
        self._by_path: dict[str, list[Answer]] = {}

    def note(self, response: httpx2.Response) -> None:
        """Take note of an answer; of a picture's, without the picture."""
        content_type = response.headers.get("content-type", "").partition(";")[0].strip()
        told = content_type == "application/json"
        answer = Answer(
            status=response.status_code,
            content_type=content_type,
            content=response.read() if told else b"",
        )
        self._by_path.setdefault(response.url.path, []).append(answer)

    def newest(self, call: Call) -> Answer:
        """Return the newest answer to a call."""
        found = [answers for path, answers in self._by_path.items() if path.endswith(call.path)]
        return found[0][-1] if found else Answer(status=0)


@contextmanager
def record_answers() -> Generator[tuple[httpx2.Client, Answers]]:
    """Yield an HTTP client, and the answers that come through it."""
    answers = Answers()
    with httpx2.Client(
        verify=httpx2.create_ssl_context(), event_hooks={"response": [answers.note]}
    ) as http:
        yield http, answers


class ServiceProbe:
    """Asks, and compares what comes.

    Args:
        client: asks.
        answers: those that came through its HTTP client.
        rest: waits between two calls.

    Attributes:
        spent: Anlas that are gone from the account since the first call that may cost some.
    """

    def __init__(self, client: "NovelAI", answers: Answers, rest: Callable[[], None]) -> None:
        self._client = client
        self._answers = answers
        self._rest = rest
        self.spent: int = 0

    def read_account(self) -> tuple[Subscription, bool]:
        """Read the account, and tell whether it could be: if not, nothing is known of it.

        Raises:
            NovelAIError: nothing can be asked: a wrong key, say, or no network.
        """
        try:
            return self._client.user.get_subscription(), True
        except (InvalidResponseError, NotFoundError):
            return Subscription(), False

    def compare_account(self, account: Subscription) -> Iterator[Drift]:
        """Compare what is told of the account; costs nothing."""
        answer = self._answers.newest(SUBSCRIPTION_CALL)
        differing = list(compare_call(SUBSCRIPTION_CALL, answer))
        yield from differing or compare_subscription(
            SUBSCRIPTION_CALL.name, answer.document, opus=account.is_opus
        )
        answer = self._ask(self._client.user.get_data, DATA_CALL)
        differing = list(compare_call(DATA_CALL, answer))
        yield from differing or compare_document(DATA_CALL.name, answer.document, DATA)

    def compare_models(self) -> Iterator[Drift]:
        """Compare which models there are, by their tags; costs nothing."""
        for model in models():
            yield from compare_model(model, TAGS_CALL, self._suggest(model))
        for model in ABSENT_MODELS:
            yield from compare_absent_model(model, self._suggest(model))

    def compare_paid(self, plan: Plan, balance: int) -> Iterator[Drift]:
        """Make the calls of a plan; stops when more was charged than planned.

        Args:
            plan: what is made.
            balance: of the account, before.
        """
        steps = {"generation": self._compare_generation, "upscale": self._compare_upscale}
        planned = 0
        for name, price in plan.prices.items():
            if self.spent > planned:
                return
            planned += price
            yield from steps[name]()
            after = self._client.user.get_anlas()
            yield from compare_price(name, price, balance, after)
            self.spent += balance - after
            balance = after

    def _compare_generation(self) -> Iterator[Drift]:
        params = picture_params()
        request = self._client.image.api_request(params).model_dump(exclude_unset=True)
        made: list[GeneratedImage] = []
        answer = self._ask(lambda: made.extend(self._client.image.generate(params)), GENERATE_CALL)
        yield from compare_call(GENERATE_CALL, answer)
        for picture in made[:1]:
            yield from compare_size("picture", params.dimensions, picture.size, PICTURE.source)
            yield from compare_metadata(params.model, request, picture.metadata)

    def _compare_upscale(self) -> Iterator[Drift]:
        from PIL import Image

        drawn = Image.new("RGB", CANVAS, "teal")
        made: list[GeneratedImage] = []
        answer = self._ask(lambda: made.extend(self._client.tools.upscale(drawn)), UPSCALE_CALL)
        yield from compare_call(UPSCALE_CALL, answer)
        enlarged = (CANVAS[0] * UPSCALE_FACTOR, CANVAS[1] * UPSCALE_FACTOR)
        for picture in made[:1]:
            yield from compare_size("enlarged picture", enlarged, picture.size, UPSCALE_CALL.source)

    def _suggest(self, model: str) -> Answer:
        return self._ask(lambda: self._client.image.suggest_tags(TYPED, model=model), TAGS_CALL)

    def _ask(self, ask: Callable[[], Any], call: Call) -> Answer:
        """Return the answer to a call, whatever it was.

        Raises:
            NetworkError: none came.
        """
        self._rest()
        try:
            ask()
        except NetworkError:
            raise
        except NovelAIError:
            pass  # the answer tells
        return self._answers.newest(call)
