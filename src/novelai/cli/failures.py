"""Errors as a person needs them: what happened, was it charged, what to do."""

from collections.abc import Generator
from contextlib import contextmanager

import typer

from novelai.cli.exits import ExitCode, exit_code
from novelai.cli.talk import Talk
from novelai.errors import InvalidParamsError, NovelAIError, SeriesError, TemplateError

__all__ = ["Watch", "describe", "failures"]

ADVICE: dict[ExitCode, str] = {
    ExitCode.KEY: "`novelai doctor` says what is wrong with the set-up.",
    ExitCode.ANLAS: "`novelai account` shows the balance; --cost shows a price before sending.",
    ExitCode.BUSY: "Wait until the other generation is done, or raise --max-wait.",
    ExitCode.NETWORK: "`novelai doctor` checks the way to NovelAI.",
    ExitCode.SERVICE: "Try again later; `novelai doctor` checks the set-up.",
}

OPTIONS = {
    "prompt": "PROMPT",
    "emotion": "--mood",
    "text": "TEXT",
    "max_length": "--length",
    "n_samples": "--count",
    "negative_prompt": "--negative",
    "uc_preset": "--uc",
    "variety_boost": "--variety",
    "transparent_background": "--transparent",
    "image_format": "--format",
    "i2i.image": "--i2i",
    "i2i.strength": "--strength",
    "i2i.noise": "--noise",
    "inpaint": "--mask",
    "inpaint.image": "--i2i",
    "inpaint.mask": "--mask",
    "inpaint.strength": "--strength",
}
"""Fields whose option has another name than the field."""

SERIES_OPTIONS = {"axis": "--sweep", "limit": "--max-anlas", "too_many_axes": "--sweep"}
"""Options by the fault of a series."""

LISTS = {"vibes": "--vibe", "character_references": "--reference", "characters": "--character"}


class Watch:
    """What a command is doing, so that an interruption can be explained.

    Attributes:
        paid: a call that may cost Anlas is on its way.
        saved: how many pictures were saved so far.
        advice: further sentences for whom it ended early.
    """

    def __init__(self) -> None:
        self.paid: bool = False
        self.saved = 0
        self.advice: list[str] = []

    @contextmanager
    def paying(self) -> Generator[None]:
        """Run a call that may cost Anlas inside."""
        self.paid = True
        yield
        self.paid = False  # not after an interruption: it is still paid for then


@contextmanager
def failures(talk: Talk) -> Generator[Watch]:
    """Turn errors raised inside into sentences on standard error and an exit code."""
    watch = Watch()
    try:
        yield watch
    except NovelAIError as error:
        code = exit_code(error)
        sentences = describe(error), charge(error), ADVICE.get(code, ""), progress(watch)
        sentences += (*watch.advice,)
        facts = {"charged": error.charged, "saved": watch.saved}
        talk.complain(*sentences, code=error.code, **facts)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
        charged = (
            "The generation that was running may have been charged: NovelAI finishes what it "
            "began. `novelai account` shows the balance."
            if watch.paid
            else "Nothing was running that costs Anlas."
        )
        facts = {"charged": "unknown" if watch.paid else "no", "saved": watch.saved}
        sentences = "interrupted.", charged, progress(watch), *watch.advice
        talk.complain(*sentences, code="interrupted", **facts)
    except BrokenPipeError:  # whoever read the output has enough
        raise
    except OSError as error:
        code = ExitCode.OTHER
        where = f"{error.filename}: " if error.filename else ""
        reason = f"{where}{error.strerror or type(error).__name__}."
        talk.complain(reason, progress(watch), code="file", saved=watch.saved)
    else:
        return
    raise typer.Exit(code)


def describe(error: NovelAIError) -> str:
    """Describe a failure in the words of the command line."""
    if isinstance(error, TemplateError):
        return f"{option_of(error.field)}: {error.message}"
    if isinstance(error, SeriesError) and error.kind in SERIES_OPTIONS:
        return f"{SERIES_OPTIONS[error.kind]}: {error.message}"
    if not isinstance(error, InvalidParamsError):
        return error.message
    return "; ".join(f"{option_of(field)} {text}".strip() for field, text in error.problems) + "."


def charge(error: NovelAIError) -> str:
    """Say whether it was charged, unless the message says so already."""
    if isinstance(error, InvalidParamsError | SeriesError | TemplateError):
        return "Nothing was sent."
    return "" if error.charged != "no" or "charged" in error.message else "Nothing was charged."


def option_of(field: str) -> str:
    """Return the option that sets a field of the parameters."""
    if field in OPTIONS or not field:
        return OPTIONS.get(field, "")
    name, *rest = field.split(".")
    if name == "tags":
        return "--sweep"
    if name not in LISTS:
        return f"--{name.replace('_', '-')}"
    return " ".join([LISTS[name], *(part for part in rest[1:] if part != "image")])


def progress(watch: Watch) -> str:
    """Say how far it came before it ended."""
    if not watch.saved:
        return ""
    return f"Saved before that: {watch.saved} picture{'s' * (watch.saved > 1)}."
