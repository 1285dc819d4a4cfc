"""Pictures remembered under cache keys, so that a client can leave them out next time."""

import threading
from collections import OrderedDict

CAPACITY = 64 * 2**20


class ImageCache:
    """Bytes by key, bounded; the least recently used go first.

    Args:
        capacity: Bytes kept at most.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        # Requests are checked in threads, several at once.
        self._guard = threading.Lock()

    def store(self, key: str, data: bytes) -> None:
        """Remember `data`; something larger than the whole cache is not kept."""
        with self._guard:
            self._size -= len(self._entries.pop(key, b""))
            if len(data) > self._capacity:
                return
            self._entries[key] = data
            self._size += len(data)
            while self._size > self._capacity:
                _, dropped = self._entries.popitem(last=False)
                self._size -= len(dropped)

    def get(self, key: str) -> bytes | None:
        """Return the bytes under `key`, or None."""
        with self._guard:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._entries.clear()
            self._size = 0
