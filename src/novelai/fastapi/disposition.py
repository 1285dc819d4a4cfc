"""The header that names a file which is saved (RFC 6266)."""

from urllib.parse import quote

__all__ = ["attachment"]

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
"""Characters that every client reads alike, without quotes around them too."""

UNSAFE = frozenset('/\\:*?"<>|')
"""Characters that lead into another folder, or that no name of a file may hold somewhere."""

KEPT = "!#$&+-.^_`|~"
"""What RFC 8187 leaves as it is beside letters and digits."""


def attachment(name: str) -> str:
    """Return the value of ``Content-Disposition`` that offers a body for saving.

    A name in another alphabet is told twice: as it is, and for old clients in ASCII, with ``_``
    for what that does not have.

    Args:
        name: of the file, in any alphabet; what cannot stand in a name becomes ``_``.
    """
    kept = "".join("_" if one in UNSAFE or not one.isprintable() else one for one in name)
    clean = kept.strip(" .") or "file"  # a name that begins with a point is hidden
    plain = "".join(one if one in PLAIN else "_" for one in clean)
    if plain == clean:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe=KEPT)}"
