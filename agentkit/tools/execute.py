"""Executing calls: checked, in parallel, in time; whatever goes wrong becomes a message to the model."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import anyio
from typing_extensions import TypeIs

from agentkit._util import json
from agentkit._util.library import is_cancelled, now
from agentkit.errors import AgentKitError, RetryTool
from agentkit.protocol.images import ImageData
from agentkit.protocol.limits import Limits
from agentkit.protocol.messages import ToolCall, ToolResult
from agentkit.tools.context import RunContext
from agentkit.tools.function import Tool
from agentkit.tools.redact import redact
from agentkit.tools.threads import OutOfTime, TooManyAbandoned, run_in_thread
from agentkit.tools.toolset import Toolset

_MOST_ERROR_CHARS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a call.

    Attributes:
        call: The call.
        result: What the model reads.
        seconds: How long it took.
        error: Empty, or `unknown_tool`, `bad_arguments`, `exception`, `retry`, `timeout`, `abandoned` (timed out, and
            its thread runs on), `unavailable` (refused, because too many such threads do), `bad_result`.
    """

    call: ToolCall
    result: ToolResult
    seconds: float
    error: str = ""


class Preparable(Protocol):
    """An image that is still to be prepared, such as `agentkit.Image`."""

    async def prepare_async(self) -> ImageData:
        """Return the image within the model's budget."""
        ...


async def execute(
    toolset: Toolset,
    calls: Sequence[ToolCall],
    context_for: Callable[[ToolCall], RunContext[Any]],
    *,
    limits: Limits,
) -> list[Outcome]:
    """Execute calls in parallel; outcomes come in call order, and one failure leaves the others alone."""
    if len(calls) == 1:
        return [await _execute(toolset, call, context_for(call), limits) for call in calls]
    outcomes: dict[int, Outcome] = {}
    room = anyio.CapacityLimiter(limits.parallel_calls)

    async def one(index: int, call: ToolCall) -> None:
        async with room:
            outcomes[index] = await _execute(toolset, call, context_for(call), limits)

    async with anyio.create_task_group() as group:
        for index, call in enumerate(calls):
            group.start_soon(one, index, call)
    return [outcomes[index] for index in range(len(calls))]


async def _execute(toolset: Toolset, call: ToolCall, context: RunContext[Any], limits: Limits) -> Outcome:
    started = now()
    try:
        text, images = await _result_of(toolset, call, context, limits)
        result = ToolResult(
            call_id=call.id, name=call.name, text=_clip(text, limits.tool_output_chars), images=images
        )
        error = ""
    except _Failure as failure:
        text = _clip(failure.message, _MOST_ERROR_CHARS)
        result, error = ToolResult(call_id=call.id, name=call.name, text=text, is_error=True), failure.kind
    return Outcome(call=call, result=result, seconds=now() - started, error=error)


class _Failure(Exception):
    """A call that did not work out, as the model will read it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


async def _result_of(
    toolset: Toolset, call: ToolCall, context: RunContext[Any], limits: Limits
) -> tuple[str, tuple[ImageData, ...]]:
    made = toolset.get(call.name)
    if made is None:
        raise _unknown(toolset, call.name)
    arguments = _bind(made, call, context)
    bound, left = made.timeout or limits.tool_seconds, context.remaining()
    if left == 0:  # it waited for its turn; a function would run to its first wait whatever its bound
        raise _Failure("timeout", f"{made.name} was not called: the run's time is over.")
    if bound is None or (left is not None and left < bound):
        bound = left
    value = await (_call_async if made.is_async else _call_sync)(made, arguments, bound)
    return await _render(value, made.name, context)


def _unknown(toolset: Toolset, name: str) -> _Failure:
    near = difflib.get_close_matches(name, toolset.names, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    return _Failure(
        "unknown_tool", f"There is no tool {name!r}.{guess} Available: {', '.join(toolset.names) or 'none'}."
    )


def _bind(made: Tool[..., Any], call: ToolCall, context: RunContext[Any]) -> dict[str, Any]:
    from pydantic import ValidationError  # loaded with the first tool schema

    text = call.arguments.strip() or "{}"
    try:
        if not json.is_object_text(text):
            raise _Failure(
                "bad_arguments", f"The arguments of {made.name} are no JSON object. Call it again."
            )
        return made.signature.bind(text, context)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        listed = "; ".join(map(_problem, found[:8]))
        strangers = any(item["type"] == "extra_forbidden" and len(item["loc"]) == 1 for item in found)
        known = f" It takes: {', '.join(made.definition.parameters['properties']) or 'nothing'}." * strangers
        raise _Failure(
            "bad_arguments",
            f"The arguments of {made.name} do not fit: {listed}.{known} Correct them and call again.",
        ) from None
    except ValueError as error:
        raise _Failure(
            "bad_arguments", f"The arguments of {made.name} are no valid JSON ({error}). Call it again."
        ) from None


def _problem(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "arguments"
    return f"{place}: {error['msg']}"


async def _call_sync(made: Tool[..., Any], arguments: dict[str, Any], bound: float | None) -> Any:
    """Call a function in a thread; one that outlives its time is left to itself, and counted."""
    started = now()
    try:
        value = await run_in_thread(
            functools.partial(_run, made.function, arguments), key=made.identity, seconds=bound
        )
    except OutOfTime as over:
        raise _timed_out(made, bound, abandoned=over.abandoned) from None
    except TooManyAbandoned:
        raise _Failure(
            "unavailable", f"{made.name} is not available: earlier calls still hang. Go on without it."
        ) from None
    except Exception as error:  # any exception of a tool is a message to the model
        raise _exception(made, error) from None
    if not inspect.isawaitable(value):
        return value
    # a decorator may hide that a function is asynchronous
    left = None if bound is None else max(0.0, bound - (now() - started))
    return await _await(made, value, left)


def _run(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return function(**arguments)
    except SystemExit as error:  # a tool that exits must not take the event loop with it
        raise _exited(error) from None
    except StopIteration as error:  # which no future can carry
        raise RuntimeError(f"StopIteration {error}".strip()) from None


async def _call_async(made: Tool[..., Any], arguments: dict[str, Any], bound: float | None) -> Any:
    return await _await(made, made.function(**arguments), bound)


async def _await(made: Tool[..., Any], value: Awaitable[Any], bound: float | None) -> Any:
    try:
        with anyio.move_on_at(None if bound is None else now() + bound):
            return await value
    except SystemExit as error:
        raise _exception(made, _exited(error)) from None
    except Exception as error:  # any exception of a tool is a message to the model
        raise _exception(made, error) from None
    except anyio.get_cancelled_exc_class():
        if is_cancelled():
            raise
        raise _Failure("exception", f"{made.name} failed: what it waited for was cancelled.") from None
    raise _timed_out(made, bound)


def _exited(error: SystemExit) -> RuntimeError:
    return RuntimeError(f"it tried to exit the program ({error.code})")


def _timed_out(made: Tool[..., Any], bound: float | None, *, abandoned: bool = False) -> _Failure:
    kind = "abandoned" if abandoned else "timeout"
    return _Failure(kind, f"{made.name} did not answer within {bound or 0:.3g} s. Try something else.")


def _exception(made: Tool[..., Any], error: Exception) -> _Failure:
    if isinstance(error, RetryTool):  # the tool's author wrote it for the model
        return _Failure("retry", str(error) or f"Call {made.name} again with other arguments.")
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    text = error.message if isinstance(error, AgentKitError) else redact(error)
    return _Failure("exception", f"{made.name} failed: {type(error).__name__}: {text}")


async def _render(value: Any, name: str, context: RunContext[Any]) -> tuple[str, tuple[ImageData, ...]]:
    """Turn what a tool returned into text and images."""
    if isinstance(value, str):
        return value, ()
    if value is None:
        return "Done.", ()
    if _is_image(value):
        value = [value]
    items: list[Any] = list(cast("Any", value)) if isinstance(value, list | tuple) else []
    if any(map(_is_image, items)):
        texts: list[str] = []
        images: list[ImageData] = []
        for item in items:
            if _is_image(item):
                images.append(await _prepared(item, name, context))
            else:
                texts.append(item if isinstance(item, str) else _json(item, name))
        noun = "image follows" if len(images) == 1 else "images follow"
        return "\n\n".join([*texts, f"({len(images)} {noun}.)"]), tuple(images)
    return _json(value, name), ()


def _is_image(value: object) -> TypeIs[ImageData | Preparable]:
    # a tenth of what isinstance costs with a runtime-checkable protocol, and lists may be long
    return isinstance(value, ImageData) or hasattr(type(value), "prepare_async")


async def _prepared(image: ImageData | Preparable, name: str, context: RunContext[Any]) -> ImageData:
    if isinstance(image, ImageData):
        return image
    try:
        with anyio.fail_after(context.remaining()):
            return await image.prepare_async()
    except TimeoutError:
        raise _Failure("timeout", f"{name} returned an image, and no time was left to prepare it.") from None
    except AgentKitError as error:
        raise _Failure(
            "bad_result", f"{name} returned an image that cannot be used: {error.message}"
        ) from None


def _json(value: Any, name: str) -> str:
    try:
        return json.dumps(value)
    except (ValueError, TypeError):
        raise _Failure(
            "bad_result", f"{name} returned a {type(value).__name__}, which cannot be written as JSON."
        ) from None


def _clip(text: str, most: int) -> str:
    """Cut a text that is too long, and say so."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[cut: {len(text) - most} of {len(text)} characters are not shown]"
