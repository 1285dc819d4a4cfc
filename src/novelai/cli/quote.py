"""The price of an order, before anything is sent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from novelai.cli.talk import Talk
from novelai.errors import InsufficientAnlasError, NovelAIError

if TYPE_CHECKING:
    from novelai.client import NovelAI
    from novelai.tokens import PromptTokens
    from novelai.types.subscription import Subscription

__all__ = [
    "announce",
    "ask_for_prices",
    "count_noun",
    "quote",
    "refuse_what_cannot_be_paid",
    "total",
]


def ask_for_prices(client: "NovelAI", talk: Talk, *, is_asked: bool) -> "Subscription | None":
    """Ask for the account whose prices count, if a person or a program wants to know them.

    Args:
        client: asks; it costs nothing.
        talk: a program is told what each picture really costs.
        is_asked: the person said so, and a failure ends the command. A program's pictures are made
            all the same, and their price is unknown.
    """
    if is_asked:
        return client.user.get_subscription()
    if talk.as_json:
        try:
            return client.user.get_subscription()
        except NovelAIError as error:
            talk.note(f"Prices are unknown: {error.message}")
    return None


def quote(
    prices: Sequence[int | None],
    pictures: int,
    account: "Subscription | None",
    talk: Talk,
    tokens: "Sequence[PromptTokens]" = (),
) -> None:
    """Say what calls cost, and whether the account can pay.

    Args:
        prices: of each call; ``None`` when it is unknown.
        pictures: how many are made of it.
        account: whose prices they are; ``None``: of an account without Opus.
        talk: where to say it.
        tokens: of each prompt, where there are some and they can be counted.
    """
    price = total(prices)
    talk.record(
        {
            "anlas": price,
            "pictures": pictures,
            "calls": len(prices),
            "opus": account.is_opus if account else None,
            "balance": account.anlas if account else None,
            "enough": None if account is None or price is None else price <= account.anlas,
            **({"tokens": [record_of(one) for one in tokens]} if tokens else {}),
        }
    )
    talk.result(sentence(prices, pictures))
    for number, one in enumerate(tokens, 1):
        talk.result(token_sentence(one, f"Prompt {number}" if len(tokens) > 1 else "Prompt"))
    if account is None:
        talk.note("Without Opus; --account asks for your tier and balance.")
    else:
        opus = "with Opus" if account.is_opus else "without Opus"
        talk.result(f"{account.anlas} Anlas on the account, {opus}")


def sentence(prices: Sequence[int | None], pictures: int) -> str:
    """Say for a person what calls cost."""
    price = total(prices)
    amount = "an unknown number of" if price is None else price
    calls = count_noun(len(prices), "call")
    return f"{amount} Anlas for {count_noun(pictures, 'picture')} in {calls}"


def token_sentence(tokens: "PromptTokens", name: str) -> str:
    """Say for a person how much of the limits texts use."""
    shares = [
        f"{budget.tokens} of {budget.limit} tokens" if budget.limit else f"{budget.tokens} tokens"
        for budget in (tokens.prompt, tokens.negative_prompt)
    ]
    return f"{name}: {shares[0]}; undesired content: {shares[1]}"


def record_of(tokens: "PromptTokens") -> dict[str, int | None]:
    """Say the same for a program."""
    return {
        "prompt": tokens.prompt.tokens,
        "negative_prompt": tokens.negative_prompt.tokens,
        "limit": tokens.prompt.limit,
    }


def announce(
    prices: Sequence[int | None], pictures: int, account: "Subscription | None", talk: Talk
) -> None:
    """Say the price to a person who watches, just before it is spent."""
    if talk.lively:
        less = "; less with Opus" if account is None and total(prices) else ""
        talk.note(f"{sentence(prices, pictures)}{less}")


def refuse_what_cannot_be_paid(price: int | None, account: "Subscription | None") -> None:
    """Stop before the first call when the balance is known not to last for all of them.

    Raises:
        InsufficientAnlasError: it does not.
    """
    if account is not None and price is not None and price > account.anlas:
        error = InsufficientAnlasError(
            f"This costs {price} Anlas and the account has {account.anlas}. Nothing was sent, "
            "nothing was charged."
        )
        error.required, error.available = price, account.anlas
        raise error


def total(prices: Sequence[int | None]) -> int | None:
    """Return the sum of all prices; ``None`` when one is unknown."""
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def count_noun(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}{'s' * (number != 1)}"
