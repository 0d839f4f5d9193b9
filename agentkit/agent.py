"""`Agent`: declares the parts and hands them to the loop."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypedDict, TypeVar, Unpack, cast, overload

import anyio
from typing_extensions import TypeForm

from agentkit._util import portal
from agentkit._util.library import now
from agentkit.backends.backend import Backend
from agentkit.errors import AgentKitError, ConfigurationError, RunError, WouldBlock
from agentkit.loop.budget import EffortBudget
from agentkit.loop.calls import context_of
from agentkit.loop.deadline import held_to, seconds_left
from agentkit.loop.outcomes import with_feedback
from agentkit.loop.plan import Plan, RunState
from agentkit.loop.purse import Purse
from agentkit.loop.run import run_events
from agentkit.observe.log import LogSink
from agentkit.output.spec import OutputSpec, instruction, output_spec
from agentkit.protocol.decisions import Decision
from agentkit.protocol.effort import Effort, EffortSetting
from agentkit.protocol.estimate import prompt_tokens
from agentkit.protocol.events import Event, FeedbackGiven, RunFinished, TextDelta
from agentkit.protocol.history import History
from agentkit.protocol.images import ImageData
from agentkit.protocol.limits import Limits
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    Part,
    SystemMessage,
    UserMessage,
    images_in,
)
from agentkit.protocol.ports import Learner, Model, Reviewer, Router, Sink
from agentkit.protocol.request import UNSET, Sampling
from agentkit.protocol.result import RunResult
from agentkit.protocol.usage import UsageByEffort
from agentkit.router.router import ComplexityRouter
from agentkit.tools.context import RunContext
from agentkit.tools.function import Tool, tool
from agentkit.tools.toolset import Toolset
from agentkit.vision.image import Image

T = TypeVar("T")

Instructions = str | Callable[[RunContext[Any]], str | Awaitable[str]]
"""System text, or a function of the run's context that gives it."""

Charge = Callable[[UsageByEffort], None]
"""Adds usage to the run that a sub-agent is a tool call of."""

Validator = Callable[..., Any]
"""Checks an output: takes (value) or (context, value), returns a value or raises ValueError with what is wrong."""


class AgentOptions(TypedDict, total=False):
    """What an agent may be made with, besides its instructions and its output type.

    Attributes:
        backend: The model server; left out, AGENTKIT_BASE_URL names it when the agent runs.
        tools: Plain typed functions, `@tool` functions or a `Toolset`.
        name: The agent's name in logs and results.
        effort: `auto` lets the router decide, `none` and `high` decide for it.
        router: Decides the effort; the built-in complexity router where left out.
        sampling: How the model samples.
        limits: Bounds on each run.
        budget: Reasoning tokens that many runs share, by day and tenant.
        validators: Further checks of the output; what they raise goes back to the model.
        sinks: Called with every event.
        log_content: Whether logs may hold prompts, answers, arguments and results.
    """

    backend: Model | None
    tools: Iterable[Callable[..., Any] | Tool[..., Any]] | Toolset
    name: str
    effort: EffortSetting
    router: Router | None
    sampling: Sampling | None
    limits: Limits | None
    budget: EffortBudget | None
    validators: Sequence[Validator]
    sinks: Sequence[Sink]
    log_content: bool


class RunOptions(TypedDict, total=False):
    """What one run may set, in `run`, `stream` and `run_sync` alike.

    Attributes:
        images: Images that go with the prompt.
        history: Messages of an earlier run (`result.messages`) to go on from.
        deps: What tools and instructions get as `context.deps`.
        effort: Overrides the agent's setting.
        template: A name for this kind of prompt, by which the router knows tasks of the same kind again; where left
            out, the first words of the prompt stand for it.
        tenant: Whose reasoning tokens it spends, where the agent has an `EffortBudget`.
        limits: Overrides the agent's limits.
        sampling: Overrides the agent's sampling.
    """

    images: Sequence[Image | ImageData]
    history: Sequence[Message]
    deps: Any
    effort: EffortSetting
    template: str
    tenant: str
    limits: Limits
    sampling: Sampling


class Agent(Generic[T]):
    """An agent: instructions, tools and an output type on a model server.

    An agent holds no state of a run: one agent may run many times at once.

    Args:
        instructions: The system text, or a function of the run's context that gives it.
        output: The type of the answer: a pydantic model, dataclass, TypedDict, Literal, list, Union, or a JSON
            Schema as a dict. Left out: text.
        options: See `AgentOptions`.

    Raises:
        ConfigurationError: A part cannot work, such as an untyped tool or a type without a schema.
    """

    @overload
    def __init__(
        self: Agent[str],
        instructions: Instructions = "",
        *,
        output: None = None,
        **options: Unpack[AgentOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Agent[Any],
        instructions: Instructions = "",
        *,
        output: dict[str, Any],
        **options: Unpack[AgentOptions],
    ) -> None: ...
    @overload
    def __init__(
        self,
        instructions: Instructions = "",
        *,
        output: TypeForm[T],
        **options: Unpack[AgentOptions],
    ) -> None: ...
    def __init__(
        self,
        instructions: Instructions = "",
        *,
        output: Any = None,
        **options: Unpack[AgentOptions],
    ) -> None:
        unknown = options.keys() - AgentOptions.__annotations__.keys()
        if unknown:
            raise ConfigurationError(
                f"Agent has no option {', '.join(sorted(unknown))}.",
                hint=f"Its options are output, {', '.join(AgentOptions.__annotations__)}.",
            )
        tools = options.get("tools", ())
        self.name = options.get("name", "agent")
        self.instructions = instructions
        self.backend = options.get("backend")
        self.toolset = tools if isinstance(tools, Toolset) else Toolset(tools)
        self.output: OutputSpec[T] | None = _spec(output, options.get("validators", ()))
        self.effort: EffortSetting = _checked(options.get("effort", "auto"))
        self.router: Router = options.get("router") or ComplexityRouter()
        # asked once: looking whether an object fits a protocol costs as much as deciding
        self._reviewer = self.router if isinstance(self.router, Reviewer) else None
        self._learner = self.router if isinstance(self.router, Learner) else None
        self.sampling = options.get("sampling") or UNSET
        if isinstance(self.backend, Backend):
            self.backend.check(self.sampling)
        self.limits = options.get("limits") or Limits()
        self.budget = options.get("budget")
        self._sinks = tuple(options.get("sinks", ()))
        self._log_content = options.get("log_content", False)

    async def run(self, prompt: str, **options: Unpack[RunOptions]) -> RunResult[T]:
        """Run to the end.

        Args:
            prompt: What the user wants.
            options: See `RunOptions`.

        Raises:
            AgentKitError: Why there is no result; `.hint` says what to do.
        """
        return await self._finish(self._events(prompt, stream=False, options=options))

    async def _finish(self, given: AsyncGenerator[Event, None]) -> RunResult[T]:
        async with aclosing(given) as events:
            async for event in events:
                if isinstance(event, RunFinished):
                    return cast("RunResult[T]", event.result)
        raise RunError(
            "The run ended without a result.", hint="This is a fault of agentkit; please report it."
        )

    def stream(self, prompt: str, **options: Unpack[RunOptions]) -> RunStream[T]:
        """Run, handing out events as they happen.

        Use it as `async with agent.stream(...) as stream:` and iterate over it; leaving the block early stops the
        request. `stream.result` holds the result at the end. A bare `async for ... in agent.stream(...)` that is left
        by `break` ends the run too, but only when Python collects the stream (CPython: at once, for one that no name
        holds), a moment after the loop and not before it; trio warns of it (ResourceWarning).
        """
        return RunStream(self._events(prompt, stream=True, options=options))

    def run_sync(self, prompt: str, **options: Unpack[RunOptions]) -> RunResult[T]:
        """Run to the end and wait for it; works in plain code, in threads, and inside a running event loop.

        Raises:
            WouldBlock: It was called from agentkit's own loop (an async tool, say), where only `await` can work.
            AgentKitError: Why there is no result.
        """
        if portal.in_portal():
            raise WouldBlock(
                "run_sync was called from agentkit's own event loop and would wait for itself.",
                hint="Use `await agent.run(...)` there.",
            )
        return portal.call(partial(self.run, prompt, **options))

    def as_tool(self, *, name: str | None = None, description: str = "") -> Tool[..., Any]:
        """Return this agent as a tool of another one.

        The sub-agent's usage is charged to the caller's run, reply by reply. It shares the caller's deps and deadline,
        and may spend the tokens that the caller has left; its own limits bind it too, its time among them, in place of
        `Limits.tool_seconds`.

        Args:
            name: The tool's name; the agent's name where left out.
            description: What the model reads about it.
        """

        async def ask(context: RunContext[Any], task: str) -> Any:
            return await self._as_sub_agent(context, task)

        ask.__doc__ = f"{description or f'Ask {self.name}.'}\n\nArgs:\n    task: What to do, in full."
        return tool(ask, name=name or self.name, timeout=self.limits.seconds or float("inf"))

    async def _as_sub_agent(self, context: RunContext[Any], task: str) -> Any:
        options = RunOptions(deps=context.deps, limits=self.limits.within(context.left))
        purse = context.purse if isinstance(context.purse, Purse) else None
        result = await self._finish(
            self._events(task, stream=False, options=options, spend=context.spend, purse=purse)
        )
        return result.output

    def _events(
        self,
        prompt: str,
        *,
        stream: bool,
        options: RunOptions,
        spend: Charge | None = None,
        purse: Purse | None = None,
    ) -> AsyncGenerator[Event, None]:
        _check_run(prompt, options, RunOptions.__annotations__)
        return self._happen(prompt, stream=stream, options=options, spend=spend, purse=purse)

    async def _happen(
        self, prompt: str, *, stream: bool, options: RunOptions, spend: Charge | None, purse: Purse | None
    ) -> AsyncGenerator[Event, None]:
        plan, state = await self._prepare(prompt, stream=stream, options=options, purse=purse)
        state.spend = spend
        log = LogSink(run_id=plan.run_id, agent=plan.agent, content=self._log_content)
        async with aclosing(run_events(plan, state)) as events:
            async for event in events:
                log(event)
                for sink in self._sinks:
                    sink(event)
                yield event

    async def _prepare(
        self, prompt: str, *, stream: bool, options: RunOptions, purse: Purse | None
    ) -> tuple[Plan, RunState]:
        backend = self.backend
        if backend is None:
            backend = self.backend = Backend.from_env()
        limits = options.get("limits") or self.limits
        left = seconds_left()  # where a tool of another run asks
        if left is not None:
            limits = replace(limits, seconds=min(left, limits.seconds or left))
        started, run_id = now(), uuid.uuid4().hex
        plan = Plan(
            run_id=run_id,
            agent=self.name,
            model=backend,
            router=self.router,
            reviewer=self._reviewer,
            learner=self._learner,
            toolset=self.toolset,
            output=self.output,
            effort=_checked(options.get("effort") or self.effort),
            sampling=options.get("sampling") or self.sampling,
            limits=limits,
            deps=options.get("deps"),
            instructions=self.instructions if isinstance(self.instructions, str) else "",
            task=prompt,
            template=options.get("template", ""),
            # not a method of the agent: a sink that keeps results would tie its connections into a circle
            on_feedback=partial(
                _take_feedback,
                self._learner,
                (LogSink(run_id=run_id, agent=self.name, content=self._log_content), *self._sinks),
                run_id,
            ),
            stream=stream,
            started=started,
            deadline=None if limits.seconds is None else started + limits.seconds,
        )
        purse = Purse(
            limit=limits.reasoning_tokens,
            budget=self.budget,
            tenant=options.get("tenant", ""),
            parent=purse,
        )
        state = RunState(history=History(), phase="work", purse=purse)
        images: list[ImageData] = []
        given = options.get("images") or ()
        if given or callable(self.instructions):
            with held_to(plan.deadline, limits.seconds):
                plan = replace(plan, instructions=await self._instructions(context_of(plan, state)))
                images = await _prepare_images(given)
        earlier = tuple(options.get("history") or ())
        content: list[Part] = [*images, prompt] if prompt.strip() else list(images)
        if plan.instructions:
            state.history.append(SystemMessage(text=plan.instructions))
        state.history.extend(earlier)
        state.history.append(UserMessage(content=tuple(content)))
        state.images = len(images) + sum(images_in(message) for message in earlier)
        state.effort_before = _effort_of(earlier)
        state.context_tokens = prompt_tokens(state.history, self.toolset.definitions)
        state.counted = len(state.history)
        if self.output is not None and not self.toolset.definitions:
            # nothing to call: the first step is the schema-only one
            state.history.append(UserMessage(content=(instruction(self.output),)))
            state.phase = "answer"
        return plan, state

    async def _instructions(self, context: RunContext[Any]) -> str:
        if isinstance(self.instructions, str):
            return self.instructions
        text = self.instructions(context)
        text = await text if inspect.isawaitable(text) else text
        if not isinstance(cast("object", text), str):
            raise ConfigurationError(
                f"The function of the agent's instructions returned a {type(text).__name__}.",
                hint="Return text; an empty string for none.",
            )
        return text


class RunStream(Generic[T]):
    """The events of one run, as they happen.

    Leaving the `async with` block, or closing the iterator, stops the request; the server sees the connection close.
    """

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._events = events
        self._result: RunResult[T] | None = None

    @property
    def result(self) -> RunResult[T]:
        """The result, once the stream has come to its end.

        Raises:
            RunError: The stream has not come to its end.
        """
        if self._result is None:
            raise RunError("The stream has not come to its end.", hint="Iterate over it first.")
        return self._result

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the run, if it still goes on."""
        await self._events.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await anext(self._events)
        if isinstance(event, RunFinished):
            self._result = event.result
        return event

    async def text(self) -> AsyncIterator[str]:
        """Iterate over the pieces of text alone."""
        async for event in self:
            if isinstance(event, TextDelta):
                yield event.text


def _check_run(prompt: object, options: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse what no run can be made of, for callers without a type checker.

    Raises:
        ConfigurationError: What is wrong, and what to give.
    """
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise ConfigurationError(
            f"A run has no option {', '.join(unknown)}.", hint=f"Its options are {', '.join(known)}."
        )
    if not isinstance(prompt, str):
        raise ConfigurationError(
            f"The prompt is a {type(prompt).__name__}.", hint="Give text; images go into images=[...]."
        )
    for name, kind in (("limits", Limits), ("sampling", Sampling)):
        given = options.get(name)
        if given is not None and not isinstance(given, kind):
            raise ConfigurationError(
                f"{name} is a {type(given).__name__}.", hint=f"Give {kind.__name__}(...)."
            )
    _check_items(
        "history", options.get("history"), Message, "Give result.messages, or what load_messages read."
    )
    _check_items(
        "images", options.get("images"), Image | ImageData, "Give a list: images=[Image('page.png')]."
    )
    if not prompt.strip() and not options.get("images") and not options.get("history"):
        raise ConfigurationError(
            "There is nothing to ask: the prompt is blank.", hint="Give text or an image."
        )


def _check_items(name: str, given: Any, kind: Any, hint: str) -> None:
    if given is None:
        return
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise ConfigurationError(f"{name} is a {type(given).__name__}.", hint=hint)
    for index, item in enumerate(cast("Sequence[object]", given)):
        if not isinstance(item, kind):
            raise ConfigurationError(f"{name}[{index}] is a {type(item).__name__}.", hint=hint)


def _spec(output: Any, validators: Sequence[Validator]) -> OutputSpec[Any] | None:
    if output in (None, str):
        if validators:
            raise ConfigurationError(
                "Validators need an output type.", hint="Give output=..., or check result.output yourself."
            )
        return None
    return output_spec(output, validators=validators)


def _checked(effort: EffortSetting) -> EffortSetting:
    if effort not in ("auto", "none", "high"):
        raise ConfigurationError(
            f"effort is {effort!r}.", hint="MS4 knows 'none' and 'high'; 'auto' lets the router decide."
        )
    return effort


async def _prepare_images(images: Iterable[Image | ImageData]) -> list[ImageData]:
    """Prepare images side by side, off the event loop; the first that fails says so."""
    given = list(images)
    if not given:
        return []
    ready: dict[int, ImageData] = {}
    failed: list[AgentKitError] = []

    async def prepare(index: int, image: Image | ImageData) -> None:
        try:
            ready[index] = image if isinstance(image, ImageData) else await image.prepare_async()
        except AgentKitError as error:
            failed.append(error)

    async with anyio.create_task_group() as group:
        for index, image in enumerate(given):
            group.start_soon(prepare, index, image)
    if failed:
        raise failed[0]
    return [ready[index] for index in range(len(given))]


def _take_feedback(
    learner: Learner | None,
    sinks: Sequence[Sink],
    run_id: str,
    decisions: tuple[Decision, ...],
    score: float,
) -> tuple[Decision, ...]:
    """Hand feedback on a result to the router and the sinks; returns the decisions with it."""
    told = with_feedback(decisions, score)
    if learner is not None:
        learner.take_feedback(decisions, told)
    event = FeedbackGiven(run_id=run_id, score=score, decisions=told)
    for sink in sinks:
        sink(event)
    return told


def _effort_of(messages: Sequence[Message]) -> Effort | None:
    """The effort at which a conversation stood, as far as its last reply tells: its prefix is in the server's cache."""
    for message in reversed(messages):
        if isinstance(message, AssistantMessage):
            return "high" if message.reasoning else "none"
    return None
