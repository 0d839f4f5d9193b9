"""Prepared pictures by content: a page that many runs send is encoded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from agentkit.protocol.images import ImageData


class ImageCache:
    """The most recently used pictures, bounded in bytes; safe to use from several threads.

    Args:
        max_bytes: Bytes of encoded pictures that are kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, ImageData] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], ImageData]) -> ImageData:
        """Return the picture of that key, made where it is not kept; a failure is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()  # outside the lock: two threads may make the same picture, none waits for another's
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += len(made.data)
            while self._bytes > self.max_bytes:
                self._bytes -= len(self._kept.popitem(last=False)[1].data)
        return made

    @property
    def bytes_kept(self) -> int:
        """Bytes of the pictures that are kept now."""
        with self._lock:
            return self._bytes


prepared = ImageCache(64 * 1024 * 1024)
"""The process's own."""
