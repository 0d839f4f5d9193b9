"""`@tool`: a typed Python function as a tool, its schema made from annotations and docstring."""

from __future__ import annotations

import functools
import inspect
import re
import threading
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, ParamSpec, TypeVar, cast, get_args, get_origin, overload

from agentkit.errors import ConfigurationError, InvalidTool
from agentkit.protocol.request import ToolDefinition
from agentkit.tools.context import RunContext
from agentkit.tools.docstring import Described, read_docstring

P = ParamSpec("P")
R = TypeVar("R")

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Tool(Generic[P, R]):
    """A function that a model may call. It can still be called as the function that it is.

    The schema is made when it is first needed; declaring a tool checks the signature only.

    Args:
        function: Sync (it runs in a thread) or async.
        name: The tool's name; the function's where left out.
        description: What the model reads; the docstring's text where left out.
        timeout: Seconds for one call; the run's `Limits.tool_seconds` where left out.
        strict: Whether the server is asked to hold the model to the schema, where it can.

    Attributes:
        is_async: Whether the function is a coroutine function.

    Raises:
        InvalidTool: The function cannot be a tool; the message names the parameter.
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | None = None,
        strict: bool = True,
    ) -> None:
        self._is_static = isinstance(function, staticmethod)
        if isinstance(function, staticmethod):
            function = cast("Callable[P, R]", function.__func__)
        self.function = function
        self.is_async = inspect.iscoroutinefunction(_plain(function))
        self.name = name or _name_of(function)
        self.timeout = timeout
        self.strict = strict
        self._description = description
        self._lock = threading.Lock()
        self._signature: Signature | None = None
        self._definition: ToolDefinition | None = None
        if not _NAME.fullmatch(self.name):
            raise InvalidTool(
                f"{self.name!r} cannot be a tool's name.",
                hint="Give name=... of letters, digits, '_' and '-', at most 64 characters.",
            )
        if timeout is not None and timeout <= 0:
            raise InvalidTool(
                f"The timeout of {self.name} is {timeout}.", hint="Give seconds greater than 0."
            )
        _check_kind(function, self.name)
        _check_parameters(function, self.name)
        functools.update_wrapper(cast("Any", self), function, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself."""
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Tool[..., R]:
        """Bind a tool that was declared as a method."""
        of_class = isinstance(self.function, classmethod)
        bind = getattr(self.function, "__get__", None)
        if bind is None or self._is_static or (instance is None and not of_class):
            return self
        return self._with(bind(instance, owner), self.name)

    def renamed(self, name: str) -> Tool[..., R]:
        """Return the same tool under another name."""
        return self._with(self.function, name)

    def _with(self, function: Callable[..., R], name: str) -> Tool[..., R]:
        return Tool(
            function, name=name, description=self._description, timeout=self.timeout, strict=self.strict
        )

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"

    @property
    def identity(self) -> str:
        """What stays the same when the same function is made a tool again: its name and where it is defined."""
        plain = _plain(self.function)
        home = getattr(plain, "__module__", ""), getattr(plain, "__qualname__", "")
        return ":".join(map(str, (self.name, *home)))

    @property
    def signature(self) -> Signature:
        """How arguments are checked and passed; made once."""
        if self._signature is None:
            with self._lock:
                if self._signature is None:
                    self._signature = read_signature(self.function, self.name)
        return self._signature

    @property
    def definition(self) -> ToolDefinition:
        """The tool as the model sees it; made once."""
        if self._definition is None:
            signature = self.signature
            summary = self._description or signature.described.summary or self.name.replace("_", " ")
            self._definition = ToolDefinition(
                name=self.name, description=summary, parameters=signature.schema, strict=self.strict
            )
        return self._definition


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    function: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    strict: bool = True,
) -> Tool[P, R]: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    strict: bool = True,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    strict: bool = True,
) -> Tool[P, R] | Callable[[Callable[P, R]], Tool[P, R]]:
    """Make a typed function a tool, with or without options; see `Tool`."""
    if function is not None:
        return Tool(function, name=name, description=description, timeout=timeout, strict=strict)
    return lambda given: Tool(given, name=name, description=description, timeout=timeout, strict=strict)


class Signature:
    """A function's parameters: the model that checks arguments, and how they are passed.

    Attributes:
        schema: JSON Schema of the arguments.
        described: The docstring.
    """

    def __init__(
        self, model: type[Any], schema: Mapping[str, Any], context: str | None, described: Described
    ) -> None:
        self.schema = schema
        self.described = described
        self._model = model
        self._validator = model.__pydantic_validator__
        self._fields: tuple[tuple[str, str], ...] = tuple(
            (name, field.alias or name) for name, field in model.model_fields.items()
        )
        self._context = context

    def bind(self, arguments: str, context: RunContext[Any]) -> dict[str, Any]:
        """Check JSON arguments and return what the function is called with.

        Raises:
            pydantic.ValidationError: The arguments do not fit.
        """
        checked = self._validator.validate_json(arguments, strict=True)
        given: set[str] = checked.model_fields_set
        bound = {alias: getattr(checked, name) for name, alias in self._fields if name in given}
        if self._context is not None:
            bound[self._context] = context
        return bound


def read_signature(function: Callable[..., Any], name: str) -> Signature:
    """Read a function's annotations and docstring.

    Raises:
        InvalidTool: A parameter has a type that JSON Schema cannot say.
    """
    from pydantic import (
        ConfigDict,
        Field,
        PydanticUserError,
        create_model,
    )  # loaded when a schema is first needed
    from pydantic.errors import PydanticSchemaGenerationError
    from pydantic_core import SchemaError

    from agentkit.schema.generate import QuietSchema, collected, tidy
    from agentkit.schema.typed_dicts import accepted

    hints = _hints(function, name)
    described = read_docstring(_doc_of(function))
    context: str | None = None
    fields: dict[str, Any] = {}
    for parameter in _parameters(function):
        annotation = hints.get(parameter.name, parameter.annotation)
        if _is_context(annotation):
            context = parameter.name
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        text = described.arguments.get(parameter.name) or _annotated_text(annotation)
        # a description of None would hide that of Annotated[..., Field(description=...)]
        said: dict[str, Any] = {"description": text} if text else {}
        # the field's own name must not clash with BaseModel's attributes; the model sees the alias
        fields[f"argument_{len(fields)}"] = (
            collected(accepted(annotation)),
            Field(default, alias=parameter.name, **said),
        )
    try:
        model = create_model(
            f"{name}_arguments",
            __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=False),
            **fields,
        )
        schema = tidy(model.model_json_schema(by_alias=True, schema_generator=QuietSchema))
    except (PydanticSchemaGenerationError, PydanticUserError, SchemaError, TypeError, ValueError) as error:
        raise InvalidTool(
            f"The arguments of {name} cannot be written as JSON Schema: {str(error).splitlines()[0]}",
            hint="Use types that JSON can carry: str, int, float, bool, list, dict, Literal, dataclasses, pydantic models.",
        ) from None
    schema.pop("title", None)
    schema.pop("description", None)
    schema.setdefault("properties", {})
    return Signature(model, schema, context, described)


def _check_kind(function: Callable[..., Any], name: str) -> None:
    if inspect.isclass(function):
        raise InvalidTool(
            f"{name} is a class.", hint="Give a function that makes one, with a docstring that says what for."
        )
    plain = inspect.unwrap(_plain(function))
    if inspect.isgeneratorfunction(plain) or inspect.isasyncgenfunction(plain):
        raise InvalidTool(
            f"{name} is a generator: it gives its results piece by piece, and a tool gives one.",
            hint="Return a list, or the text.",
        )


def _check_parameters(function: Callable[..., Any], name: str) -> None:
    for place, parameter in enumerate(_parameters(function)):
        if place == 0 and _is_unbound(parameter):
            continue  # a method in its class: bound before it is offered
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
            raise InvalidTool(
                f"{name} has the parameter {stars}{parameter.name}, which a model cannot name.",
                hint="Give every parameter a name and a type of its own.",
            )
        if parameter.annotation is inspect.Parameter.empty:
            raise InvalidTool(
                f"The parameter {parameter.name} of {name} has no type.",
                hint=f"Annotate it, for example {parameter.name}: str.",
            )


def _is_unbound(first: inspect.Parameter) -> bool:
    return first.name in ("self", "cls") and first.annotation is inspect.Parameter.empty


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        of_class = isinstance(cast("object", function), classmethod)
        return list(inspect.signature(_plain(function) if of_class else function).parameters.values())
    except (TypeError, ValueError):
        raise InvalidTool(
            f"{function!r} has no signature to read.", hint="Wrap it in a typed Python function."
        ) from None


def _plain(function: Callable[..., Any]) -> Any:
    """The function behind a partial, a method or a callable object, where annotations live."""
    if isinstance(function, functools.partial):
        return _plain(function.func)
    if isinstance(function, classmethod | staticmethod):
        return cast("Any", function).__func__
    if inspect.isroutine(function):
        return function
    return getattr(function, "__call__", function)  # noqa: B004


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    plain = inspect.unwrap(_plain(function))
    code = getattr(plain, "__func__", plain)
    names = dict(getattr(code, "__globals__", {}))
    names.update(inspect.getclosurevars(code).nonlocals if inspect.isfunction(code) else {})
    # what a tool returns may have a type that only a type checker can import
    of_parameters = {
        key: hint for key, hint in getattr(code, "__annotations__", {}).items() if key != "return"
    }
    holder = types.SimpleNamespace(
        __annotations__=of_parameters, __type_params__=getattr(code, "__type_params__", ())
    )
    try:
        return typing.get_type_hints(holder, globalns=names, include_extras=True)
    except NameError as error:
        raise InvalidTool(
            f"The annotations of {name} cannot be resolved: {error}.",
            hint="Define or import the type at module level.",
        ) from None


def _doc_of(function: Callable[..., Any]) -> str | None:
    """The docstring; of a callable object its `__call__`'s, or else its class's."""
    plain = _plain(function)
    if plain is function or inspect.isfunction(plain):
        return inspect.getdoc(plain)
    return getattr(plain, "__doc__", None) or inspect.getdoc(type(function))


def _is_context(annotation: Any) -> bool:
    return annotation is RunContext or get_origin(annotation) is RunContext


def _annotated_text(annotation: Any) -> str:
    """Return the description in Annotated[str, "description"]."""
    if get_origin(annotation) is Annotated:
        return next((extra for extra in get_args(annotation)[1:] if isinstance(extra, str)), "")
    return ""


def _name_of(function: Callable[..., Any]) -> str:
    plain = function.func if isinstance(function, functools.partial) else function
    name = getattr(plain, "__name__", None) or type(plain).__name__
    if name == "<lambda>":
        raise InvalidTool("A lambda has no name to call.", hint="Use a typed function, or give name=....")
    return str(name)


def as_tool(given: Callable[..., Any] | Tool[..., Any]) -> Tool[..., Any]:
    """Return a tool, or make one of a plain typed function."""
    if isinstance(given, Tool):
        return _bound(cast("Tool[..., Any]", given))
    behind: Any = given.__func__ if isinstance(given, types.MethodType) else None
    if isinstance(behind, Tool):  # Python 3.13: what `@classmethod` over `@tool` gives
        return cast("Tool[..., Any]", behind.__get__(cast("Any", given).__self__))
    if not callable(given):
        raise ConfigurationError(f"{given!r} is no tool.", hint="Give typed functions or @tool functions.")
    return _bound(Tool(given))


def _bound(made: Tool[..., Any]) -> Tool[..., Any]:
    if any(map(_is_unbound, _parameters(made.function)[:1])):
        raise InvalidTool(
            f"{made.name} is a method that belongs to no object yet.",
            hint=f"Give it of an object: tools=[thing.{made.name}].",
        )
    return made
