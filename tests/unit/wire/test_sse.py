"""Server-sent events, however the bytes are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import ProtocolError
from agentkit.wire.sse import EventReader

STREAM = 'data: {"a": "ä"}\n\n: a comment\n\ndata:two\ndata: lines\n\nevent: x\nid: 1\ndata: [DONE]\n\n'
EVENTS = ['{"a": "ä"}', "two\nlines", "[DONE]"]


@given(
    st.lists(st.integers(0, len(STREAM.encode()) + 20), max_size=12), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_events_do_not_depend_on_where_the_bytes_are_cut(cuts: list[int], line_end: str) -> None:
    data = STREAM.replace("\n", line_end).encode()
    places = sorted({0, *[min(cut, len(data)) for cut in cuts], len(data)})
    reader = EventReader()
    events = [event for begin, end in itertools.pairwise(places) for event in reader.feed(data[begin:end])]
    assert [event.decode() for event in [*events, *reader.close()]] == EVENTS


def test_an_event_without_its_last_blank_line_is_given_at_the_end() -> None:
    reader = EventReader()
    assert list(reader.feed(b"data: {}")) == []
    assert list(reader.close()) == [b"{}"]


@pytest.mark.parametrize("stump", [b"data: {", b"da", b"event", b": comm", b""])
def test_an_event_that_the_end_cut_is_no_event(stump: bytes) -> None:
    reader = EventReader()
    assert list(reader.feed(b"data: {}\n\n" + stump)) == [b"{}"]
    assert list(reader.close()) == []


def test_events_before_one_that_is_none_are_given_first() -> None:
    events = EventReader().feed(b"data: {}\n\n<html>\n")
    assert next(events) == b"{}"
    with pytest.raises(ProtocolError, match="asked for a stream"):
        next(events)


def test_a_byte_order_mark_may_stand_first() -> None:
    assert list(EventReader().feed(b"\xef\xbb\xbfdata: {}\n\n")) == [b"{}"]


def test_an_event_of_many_lines_without_end_is_refused() -> None:
    reader = EventReader(max_bytes=100)
    with pytest.raises(ProtocolError, match="more than 100 bytes"):
        for _ in range(20):
            list(reader.feed(b"data: xxxxxxx\n"))


def test_a_line_without_end_is_refused() -> None:
    reader = EventReader(max_bytes=100)
    with pytest.raises(ProtocolError, match="more than 100 bytes"):
        for _ in range(20):
            list(reader.feed(b"data: xxxxxxx"))
