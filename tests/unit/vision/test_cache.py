"""Prepared pictures are kept within a number of bytes."""

from __future__ import annotations

import pytest

from agentkit.protocol.images import ImageData
from agentkit.vision.cache import ImageCache


def picture(name: str, size: int = 10) -> ImageData:
    return ImageData(media_type="image/png", data=bytes(size), width=2, height=2, sha256=name, tokens=2)


def never() -> ImageData:
    raise AssertionError("it is kept already")


def test_what_is_kept_is_not_made_again_and_the_longest_unused_goes_first() -> None:
    cache = ImageCache(25)
    a = cache.get("a", lambda: picture("a"))
    cache.get("b", lambda: picture("b"))
    assert cache.get("a", never) is a
    cache.get("c", lambda: picture("c"))
    assert cache.bytes_kept == 20
    assert cache.get("a", never) is a
    again = picture("b")
    assert cache.get("b", lambda: again) is again


def test_a_picture_larger_than_the_cache_is_returned_and_not_kept() -> None:
    cache = ImageCache(25)
    assert cache.get("a", lambda: picture("a", 100)).sha256 == "a"
    assert cache.bytes_kept == 0


def test_a_failure_is_not_kept() -> None:
    cache = ImageCache(25)

    def fail() -> ImageData:
        raise ValueError

    with pytest.raises(ValueError):
        cache.get("a", fail)
    assert cache.get("a", lambda: picture("a")).sha256 == "a"


def test_two_that_make_the_same_picture_at_once_count_it_once() -> None:
    cache = ImageCache(25)

    def make() -> ImageData:
        cache.get("a", lambda: picture("inner"))
        return picture("outer")

    assert cache.get("a", make).sha256 == "outer"
    assert cache.bytes_kept == 10
    assert cache.get("a", never).sha256 == "inner"
