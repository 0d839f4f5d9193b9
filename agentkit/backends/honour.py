"""What server and model cannot honour: refused before anything is sent, or done in another way and said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agentkit.backends.models.card import ModelCard
from agentkit.backends.profile import Profile
from agentkit.backends.unseen import images_of
from agentkit.errors import UnsupportedSetting
from agentkit.protocol.effort import Effort
from agentkit.protocol.events import SettingAdjusted
from agentkit.protocol.request import ModelRequest, Sampling
from agentkit.wire.carry import uncarried
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import unhonoured_sampling, unsupported_sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """A server with the model that it serves.

    Attributes:
        profile: The server.
        card: The model.
        dialect: How the server is spoken to with this model.
    """

    profile: Profile
    card: ModelCard
    dialect: Dialect


def refuse_sampling(sampling: Sampling, profile: Profile) -> None:
    """Refuse sampling settings that the server does not know.

    Raises:
        UnsupportedSetting: There is one.
    """
    unknown = unsupported_sampling(sampling, profile.dialect)
    if unknown:
        raise UnsupportedSetting(
            f"{profile.title or profile.name} does not know {', '.join(unknown)}.",
            hint="Leave it out, or send it as Sampling(extra_body={...}) if your server knows it.",
            setting=unknown[0],
        )


def honour(
    request: ModelRequest, counterpart: Counterpart, *, streams: bool
) -> tuple[ModelRequest, list[SettingAdjusted]]:
    """Return the request as it can be honoured, and what is different in it.

    Args:
        request: What is wanted.
        counterpart: Who is asked.
        streams: Whether the reply will be streamed.

    Raises:
        UnsupportedSetting: Something in it cannot be honoured in any way.
    """
    refuse_sampling(request.sampling, counterpart.profile)
    _refuse_images(request, counterpart)
    notes = list(_notes(request, counterpart, streams=streams))
    sampling = request.sampling
    if _loses_logprobs(request, counterpart.profile, streams=streams):
        sampling = replace(sampling, logprobs=None, top_logprobs=None)
    tools, choice = request.tools, request.tool_choice
    if tools and choice not in counterpart.dialect.tool_choices:
        tools, choice = (() if choice == "none" else tools), "auto"
    effort: Effort = "none" if _must_not_think(request, counterpart.profile) else request.effort
    if (sampling, tools, choice, effort) == (
        request.sampling,
        request.tools,
        request.tool_choice,
        request.effort,
    ):
        return request, notes
    return replace(request, sampling=sampling, tools=tools, tool_choice=choice, effort=effort), notes


def _notes(request: ModelRequest, counterpart: Counterpart, *, streams: bool) -> Iterator[SettingAdjusted]:
    profile, card, dialect = counterpart.profile, counterpart.card, counterpart.dialect
    server = profile.title or profile.name
    for name in unhonoured_sampling(request.sampling, dialect):
        yield SettingAdjusted(setting=name, detail=f"{server} does not honour {name}, so it is not sent.")
    if _loses_logprobs(request, profile, streams=streams) and "logprobs" not in dialect.unhonoured:
        detail = f"{server} gives no logprobs in a stream with tools, so they are not asked for."
        yield SettingAdjusted(setting="logprobs", detail=detail)
    if request.output is not None and not dialect.schema:
        detail = f"{server} ignores output schemas; the answer is checked here alone."
        yield SettingAdjusted(setting="output", detail=detail)
    if request.effort == "high" and not dialect.carries_effort:
        who = server if profile.dialect.effort == "unsupported" else card.title
        detail = f"{who} has no reasoning effort: high does nothing."
        yield SettingAdjusted(setting="effort", detail=detail)
    elif _must_not_think(request, profile):
        detail = f"{server} does not think, or loses calls, at high effort beside tools: effort none is sent."
        yield SettingAdjusted(setting="effort", detail=detail)
    if request.tools and request.tool_choice not in dialect.tool_choices:
        instead = (
            "the tools are left out" if request.tool_choice == "none" else "the model may also answer in text"
        )
        detail = f"{server} does not honour tool_choice {request.tool_choice}: {instead}."
        yield SettingAdjusted(setting="tool_choice", detail=detail)
    if request.tools and not card.tools:
        detail = f"{card.title} was not trained to call tools."
        yield SettingAdjusted(setting="tools", detail=detail)
    if request.stream and not streams:
        yield SettingAdjusted(setting="stream", detail="The answer comes whole: streaming is off here.")
    for setting, detail in uncarried(request.history, dialect):
        yield SettingAdjusted(setting=setting, detail=detail)


def _must_not_think(request: ModelRequest, profile: Profile) -> bool:
    return request.effort == "high" and bool(request.tools) and not profile.effort_with_tools


def _loses_logprobs(request: ModelRequest, profile: Profile, *, streams: bool) -> bool:
    wanted = request.sampling.logprobs or request.sampling.top_logprobs
    return bool(wanted and streams and request.tools and profile.logprobs == "not_streamed_with_tools")


def _refuse_images(request: ModelRequest, counterpart: Counterpart) -> None:
    profile, card = counterpart.profile, counterpart.card
    if profile.images and card.images:
        return
    if images_of(request.history).count:
        who = card.title if not card.images else profile.title or profile.name
        raise UnsupportedSetting(
            f"{who} takes no images.", hint="Use a model and a server with vision.", setting="images"
        )
