"""A backend's settings as a capability file has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agentkit.backends.catalog import OPENAI_COMPATIBLE, PROFILES
from agentkit.backends.findings import read_capabilities
from agentkit.backends.obey import obey, streams
from agentkit.backends.profile import Profile
from agentkit.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a file says of a backend.

    Attributes:
        profile: The profile as it was found to be.
        model: The model.
        window: Context window in tokens, or None.
        stream: False where no reply may be streamed; else None.
    """

    profile: Profile
    model: str | None
    window: int | None
    stream: bool | None


def proved(path: str | Path, profile: Profile, model: str | None) -> Proved:
    """Read a capability file for a backend.

    Args:
        path: The file.
        profile: The backend's profile; the one for any server gives way to the kind that the file names.
        model: The backend's model, or None.

    Raises:
        ConfigurationError: The file cannot be read, or is about another kind of server or another model.
    """
    made = read_capabilities(path)
    found = PROFILES.get(made.server, OPENAI_COMPATIBLE)
    if profile.name == OPENAI_COMPATIBLE.name:
        profile = found
    elif found.name not in (profile.name, OPENAI_COMPATIBLE.name):
        raise ConfigurationError(
            f"{str(path)!r} is about a {made.server} server, but the backend is {profile.name}.",
            hint="Use Backend.from_capabilities(path), or examine this server.",
        )
    if model is not None and made.model and model != made.model:
        raise ConfigurationError(
            f"{str(path)!r} is about the model {made.model!r}, but the backend asks for {model!r}.",
            hint=f"Examine it with `agentkit doctor --model {model}`, or leave model= out.",
        )
    return Proved(
        profile=obey(profile, made), model=model or made.model or None, window=made.window,
        stream=None if streams(made) else False,
    )  # fmt: skip
