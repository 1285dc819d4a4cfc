"""What this project uses of msgpack, which ships no annotations."""

from typing import Any

class UnpackException(Exception): ...  # noqa: N818

def packb(o: object, *, use_bin_type: bool = True, use_single_float: bool = False) -> bytes: ...
def unpackb(
    packed: bytes | bytearray | memoryview,
    *,
    raw: bool = False,
    strict_map_key: bool = True,
    max_buffer_size: int = ...,
) -> Any: ...
