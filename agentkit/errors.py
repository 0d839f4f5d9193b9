"""Every error that agentkit raises, in one tree.

::

    AgentKitError                     what callers catch; .hint says what to do next
    ├── ConfigurationError            a setting that cannot work, found before any request
    │   ├── MissingBackend            an agent without a model server
    │   ├── MissingExtra              an optional package is not installed
    │   ├── UnsupportedSetting        the server cannot honour this setting
    │   ├── InvalidTool               a function that cannot become a tool
    │   ├── InvalidSchema             a schema that is broken, too large or too deep
    │   └── WouldBlock                run_sync called where only await works
    ├── InputError                    bad data from outside
    │   ├── InvalidImage              not an image, truncated, unsupported or a bomb
    │   ├── InvalidDocument           a document that cannot be read
    │   └── InvalidHistory            messages that cannot be loaded
    ├── BackendError                  the model server, or the way to it
    │   ├── ConnectionFailed          refused, reset, TLS, DNS
    │   ├── BackendTimeout            connect, first token or between tokens
    │   ├── RequestRefused            4xx: the server will not take this request
    │   │   ├── AuthenticationFailed  401 or 403
    │   │   ├── ModelNotFound         404 or "model does not exist"
    │   │   └── ContextOverflow       the prompt does not fit; .limit and .needed in tokens
    │   ├── ServerFailed              5xx
    │   │   └── Overloaded            429 or 503; .retry_after in seconds
    │   └── ProtocolError             an answer that is no answer
    │       └── IncompleteStream      the stream ended without a finish reason; .partial
    ├── StoreFailed                   a file of learned gains, budgets or traces cannot be used
    └── RunError                      the run itself ended without a result
        ├── Truncated                 the answer was cut at max_tokens; .partial
        ├── LimitReached              one of Limits; .limit names it
        │   └── DeadlineExceeded      the run's absolute deadline
        ├── OutputInvalid             no valid output after the allowed re-asks; .text, .problems
        └── UnfinishedScript          a scripted model was not used up (testing)

A tool does not raise these at the loop: it raises `RetryTool` (a signal to the model, not a failure), or any
exception of its own, which becomes a bounded message to the model.
"""

from __future__ import annotations

from typing import Any


class AgentKitError(Exception):
    """Base of all errors.

    Args:
        message: What happened, and to what.
        hint: What to do next, one sentence; empty where nothing helps.
        details: Further facts, kept as attributes of the same name.

    Attributes:
        hint: What to do next.
        retryable: Whether the same call may succeed when it is made again.
        messages: Where a run was under way: its history up to the failure, for inspection or a new attempt.
        usage: Where a run was under way: what it had used, by effort.
    """

    retryable: bool = False
    messages: tuple[Any, ...] = ()
    usage: Any = None

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        for name, value in details.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message), self.__dict__  # what was set later goes along


def _rebuild(kind: type[AgentKitError], message: str) -> AgentKitError:
    return kind(message)


class ConfigurationError(AgentKitError):
    """A setting that cannot work, found before any request is made."""


class MissingBackend(ConfigurationError):
    """An agent was asked to run and no model server is known."""


class MissingExtra(ConfigurationError):
    """An optional package is needed; `.extra` names the extra that brings it."""

    extra: str


class UnsupportedSetting(ConfigurationError):
    """The server's profile says that this setting cannot be honoured; `.setting` names it."""

    setting: str


class InvalidTool(ConfigurationError):
    """A function or schema that cannot be offered to a model as a tool."""


class InvalidSchema(ConfigurationError):
    """A JSON Schema that is broken, or beyond the caps on size and depth."""


class WouldBlock(ConfigurationError):
    """`run_sync` was called from agentkit's own event loop, where only `await` can work."""


class InputError(AgentKitError):
    """Data from outside that cannot be used."""


class InvalidImage(InputError):
    """Bytes that are no supported image, are cut short, or would be too large to decode."""


class InvalidDocument(InputError):
    """A document that cannot be opened or holds nothing to read."""


class InvalidHistory(InputError):
    """Stored messages that cannot be loaded."""


class BackendError(AgentKitError):
    """The model server, or the way to it.

    Attributes:
        status: HTTP status, or None where there was no reply.
        url: The server's base URL without credentials or query.
        costs_nothing: Whether it is certain that the server wrote no token.
    """

    costs_nothing: bool = False
    status: int | None = None
    url: str = ""


class ConnectionFailed(BackendError):
    """No connection, or one that broke before a reply began."""

    retryable = True


class BackendTimeout(BackendError):
    """The server was silent for longer than a bound; `.phase` is connect, first_token or between_tokens."""

    retryable = True
    phase: str = ""


class RequestRefused(BackendError):
    """The server will not take this request (a 4xx status)."""

    costs_nothing = True


class AuthenticationFailed(RequestRefused):
    """The key is missing or wrong (401 or 403)."""


class ModelNotFound(RequestRefused):
    """The server does not serve this model; `.served` lists what it does serve, where it says so."""

    served: tuple[str, ...] = ()


class ContextOverflow(RequestRefused):
    """The prompt does not fit the context window.

    Attributes:
        limit: Context window in tokens, or None where the server does not say.
        needed: Tokens of the prompt, or None.
    """

    limit: int | None = None
    needed: int | None = None


class ServerFailed(BackendError):
    """The server broke (a 5xx status)."""

    retryable = True


class Overloaded(ServerFailed):
    """The server has no room now (429 or 503); `.retry_after` is in seconds where the server says so."""

    costs_nothing = True
    retry_after: float | None = None


class ProtocolError(BackendError):
    """A reply that is not what the protocol allows: HTML, broken JSON, no choices, wrong types."""

    retryable = True


class IncompleteStream(ProtocolError):
    """A stream that ended without a finish reason; `.partial` is the text that had arrived."""

    partial: str = ""


class StoreFailed(AgentKitError):
    """A file that keeps learned gains, budgets or traces cannot be used."""


class RunError(AgentKitError):
    """The run ended without a result; `.messages` and `.usage` tell how far it had come."""


class Truncated(RunError):
    """The answer was cut at max_tokens or the context window; `.partial` is what arrived."""

    partial: str = ""


class LimitReached(RunError):
    """A limit of the run was reached; `.limit` is the name of the field of `Limits`."""

    limit: str = ""


class DeadlineExceeded(LimitReached):
    """The run's absolute deadline passed."""


class OutputInvalid(RunError):
    """The model gave no valid output within the allowed re-asks.

    Attributes:
        text: The last answer, as text.
        problems: What was wrong with it.
    """

    text: str = ""
    problems: tuple[str, ...] = ()


class UnfinishedScript(RunError):
    """A scripted model was not used up: the run made fewer requests than the test expected."""


class RetryTool(Exception):
    """Raised by a tool to tell the model what to change and call it again. A signal, not a failure."""
