"""HTTP/1.1 straight to the service, on asyncio: what `AsyncNovelAI` uses unless told otherwise.

httpx2 stays the interface; this is one of its transports. A picture's 1.5 MB pass through one
buffer and one copy, where a transport for everything takes them through three layers piece by
piece. `cycle` reads and does no I/O, `dialing` opens sockets, `connection` is asyncio's side of
one connection, and `direct` keeps connections and speaks httpx2.
"""

import sys

__all__ = ["CUT", "IS_TRIED", "LENT", "WHOLE"]

IS_TRIED = sys.platform != "win32"
"""It was run on this system. Windows' loop hands buffers on in a way of its own, and none was at
hand: httpx2's transport serves there."""

WHOLE = "whole"
"""Request extension: the body is wanted at once, so nobody needs to be told of its pieces."""

LENT = "novelai.lent"
"""Request extension: the body may come in memory that is used again once nobody looks into it.
Extension of a response with status 200: that body, a `memoryview`; its own is empty then."""

CUT = "novelai.cut"
"""Request extension, with `LENT`: where pieces of the body may end (`_wire.Cut`). Then what is lent
are pieces, as they come, each until the next is asked for."""
