"""What comes out of a turn within max_tokens, and how tokens are counted."""

from __future__ import annotations

import base64
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agentkit.testing import CallSpec, ChatRequest, Turn
from agentkit.testing.exchange import Said
from agentkit.testing.speech import say_within
from agentkit.testing.tokens import count_image, count_prompt, image_size, pieces_of

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)
TEXTS = st.text(max_size=40)
CALLS = st.builds(
    CallSpec,
    name=st.sampled_from(["f", "get_weather"]),
    arguments=st.sampled_from(['{"n": 1}', "{}", '{"a": "b c"}']),
)
TURNS = st.builds(Turn, text=TEXTS, reasoning=TEXTS, calls=st.lists(CALLS, max_size=2).map(tuple))


def speak(turn: Turn, **body: object) -> Said:
    return say_within(turn, ChatRequest(body=dict(body)), room=10_000, id_length=9, fenced=False)


@CASES
@given(st.text(max_size=200))
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text
    assert all(pieces_of(text))


@CASES
@given(TURNS, st.integers(1, 60))
def test_what_comes_out_is_a_beginning_of_the_turn_and_no_longer_than_allowed(turn: Turn, most: int) -> None:
    whole, said = speak(turn), speak(turn, max_tokens=most)
    assert said.completion_tokens == min(most, whole.completion_tokens)
    assert said.cut == (most < whole.completion_tokens)
    assert whole.reasoning[: len(said.reasoning)] == said.reasoning
    assert whole.text[: len(said.text)] == said.text
    if said.text or said.calls:
        assert said.reasoning == whole.reasoning
    if said.calls:
        assert said.text == whole.text
    for call, spec in zip(said.calls, turn.calls, strict=False):
        assert spec.name.startswith(call.name)
        assert spec.text.startswith("".join(call.arguments))
    assert "".join(whole.reasoning) == turn.reasoning
    assert "".join(whole.text) == turn.text
    assert ["".join(call.arguments) for call in whole.calls] == [spec.text for spec in turn.calls]


def test_the_window_bounds_a_reply_without_max_tokens() -> None:
    said = say_within(
        Turn(text="one two three four"), ChatRequest(body={}), room=2, id_length=9, fenced=False
    )
    assert ("".join(said.text), said.cut) == ("one two", True)


@pytest.mark.parametrize(
    ("stop", "text", "found"),
    [("STOP", "one ", "STOP"), (["x", "two", "STOP"], "one ", "STOP"), (["nowhere"], "one STOP two", None), (None, "one STOP two", None)],
)  # fmt: skip
def test_a_stop_string_ends_the_text_before_it(stop: object, text: str, found: str | None) -> None:
    said = speak(Turn(text="one STOP two", calls=(CallSpec(name="f"),)), stop=stop)
    assert ("".join(said.text), said.stop, said.cut) == (text, found, False)
    assert bool(said.calls) == (found is None)


def picture(size: tuple[int, int], form: str) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(
        file, form, **({"exif": b"Exif\0\0" + b"\0" * 900} if form == "JPEG" else {})
    )
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_size_of_an_image_is_read_from_its_header(form: str) -> None:
    assert image_size(picture((123, 45), form)) == (123, 45)
    cut = picture((123, 45), form)[:30]
    assert image_size(cut) is None


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,####", "data:,x", "http://h/x.png", "", "data:image/png;base64,AAAA"]
)
def test_what_is_no_image_has_no_size(url: str) -> None:
    assert image_size(url) is None


@pytest.mark.parametrize(
    ("size", "tokens"), [((595, 842), 713), ((827, 1170), 1302), ((1240, 1754), 2200), ((1540, 1540), 3080), ((28, 28), 2)]
)  # fmt: skip
def test_an_image_costs_what_the_formula_says(size: tuple[int, int], tokens: int) -> None:
    assert count_image(picture(size, "PNG")) == tokens


def test_a_prompt_grows_with_texts_images_calls_and_tools() -> None:
    bare = {"role": "user", "content": "hello"}
    base = count_prompt(ChatRequest(body={"messages": [bare]}), ("reasoning",))
    richer = [
        {"messages": [{**bare, "content": "hello, how are you today?"}]},
        {"messages": [{**bare, "content": [{"type": "text", "text": "hello"}, {"type": "image_url", "image_url": {"url": picture((280, 280), "PNG")}}]}]},
        {"messages": [{**bare, "reasoning": "a thought about it"}]},
        {"messages": [{**bare, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}]},
        {"messages": [bare], "tools": [{"function": {"name": "f"}}]},
    ]  # fmt: skip
    assert all(count_prompt(ChatRequest(body=body), ("reasoning",)) > base for body in richer)
