"""Whether the key can be one, judged by its looks. The key itself is never shown."""

from novelai.cli.checkup.finding import Finding

__all__ = ["key_finding"]

PERSISTENT = "pst-"
PERSISTENT_LENGTH = 68
"""``pst-`` and 64 letters and digits (observed October 2026)."""

SESSION = "ey"
QUOTES = "\"'`“”‘’"

MAKE_ONE = (
    "Make one on novelai.net (Account settings, Get Persistent API Token), then: "
    "export NOVELAI_API_KEY=pst-…"
)
COPY_AGAIN = "Copy the token again; write exactly: export NOVELAI_API_KEY=pst-…"


def key_finding(value: str | None, *, own_host: bool) -> Finding:
    """Judge what NOVELAI_API_KEY holds.

    Args:
        value: the variable, or ``None`` when it is unset.
        own_host: it is meant for NovelAI itself; other servers have keys of other shapes.
    """
    key = (value or "").strip()
    if not key:
        state = "is not set" if value is None else "is empty"
        return Finding(
            about="key", level="fail", sentence=f"NOVELAI_API_KEY {state}.", fix=MAKE_ONE
        )
    fault = unusable(key) or (foreign(key) if own_host else "")
    if fault:
        return Finding(
            about="key", level="fail", sentence=f"NOVELAI_API_KEY {fault}.", fix=COPY_AGAIN
        )
    doubt, fix = doubtful(value or "", key) if own_host else ("", "")
    if doubt:
        return Finding(about="key", level="warn", sentence=f"NOVELAI_API_KEY {doubt}.", fix=fix)
    looks = " and looks like a persistent token" if own_host else ""
    return Finding(about="key", level="ok", sentence=f"NOVELAI_API_KEY is set{looks}.")


def unusable(key: str) -> str:
    """Explain why no server could take this key; empty when one could."""
    if key[0] in QUOTES or key[-1] in QUOTES:
        return "has quotation marks around it, which are sent as part of it"
    if key.lower().startswith("bearer"):
        return 'begins with "Bearer", which is added by the client'
    if any(letter.isspace() for letter in key):
        return "has a space or line break inside"
    if not key.isascii() or not key.isprintable():
        return "holds characters that no token has"
    return ""


def foreign(key: str) -> str:
    """Explain why NovelAI cannot have made this key; empty when it can."""
    if key.startswith((PERSISTENT, SESSION)):
        return ""
    return 'does not begin with "pst-", so it is not a NovelAI token'


def doubtful(value: str, key: str) -> tuple[str, str]:
    """Describe the oddity of a key that may work, and the way out."""
    if key.startswith(SESSION):
        return "is a session token, which stops working after 30 days", MAKE_ONE
    body = key.removeprefix(PERSISTENT)
    if len(key) != PERSISTENT_LENGTH or not body.isalnum():
        doubt = (
            f"is {len(key)} characters long and should be {PERSISTENT_LENGTH}, letters and digits "
            "after pst-: part of it may be missing"
        )
        return doubt, COPY_AGAIN
    if value != key:
        doubt = "has a space or line break around it, ignored here and perhaps not elsewhere"
        return doubt, COPY_AGAIN
    return "", ""
