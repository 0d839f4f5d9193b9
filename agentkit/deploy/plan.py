"""From what there is and what is needed to a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

from agentkit.deploy.checkpoints import CHECKPOINTS, MS4, Checkpoint, Server, checkpoint
from agentkit.deploy.fit import Fit, fit_gpus, fit_whole
from agentkit.deploy.hardware import Hardware
from agentkit.deploy.known import warnings
from agentkit.deploy.launch import LAUNCHES, Launch, Setting
from agentkit.errors import ConfigurationError

RANKS = (1, 2, 4, 8)
"""Tensor parallelism that divides 32 heads and stays within one machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is asked of the server.

    Attributes:
        context: Longest conversation in tokens, at most 262,144.
        conversations: Conversations of that length at a time.
        checkpoint: Key of a checkpoint; "" takes the best that fits.
        server: Kind of server; "" takes the one that suits the hardware.
        ranks: GPUs of one server; 0 takes the fewest that suffice.
        share: Of a GPU's memory, what the server takes.
        batch_tokens: Tokens of one forward pass.
        fp8_cache: Keep the KV cache in FP8 (q8_0 on llama.cpp): half the bytes.
        speculative: Load the eagle head beside the reference weights.
        port: Where the first server listens; further replicas take the next ports.

    Raises:
        ConfigurationError: A value is out of range.
    """

    context: int = MS4.positions
    conversations: int = 1
    checkpoint: str = ""
    server: str = ""
    ranks: int = 0
    share: float = 0.9
    batch_tokens: int = 16_384
    fp8_cache: bool = False
    speculative: bool = False
    port: int = 8000

    def __post_init__(self) -> None:
        if not 1024 <= self.context <= MS4.positions:
            raise ConfigurationError(
                f"A context of {self.context:,} tokens cannot be served.",
                hint=f"MS4 is served with 1,024 to {MS4.positions:,} tokens.",
            )
        if not 1 <= self.conversations <= 4096:
            raise ConfigurationError(
                f"{self.conversations} conversations at a time cannot be planned for.", hint="Give 1 to 4096."
            )
        if not 0.3 <= self.share <= 0.98:
            raise ConfigurationError(f"A share of {self.share} makes no sense.", hint="Give 0.3 to 0.98.")
        if not 512 <= self.batch_tokens <= 262_144:
            raise ConfigurationError(
                f"Batches of {self.batch_tokens} tokens make no sense.", hint="Give 512 to 262144."
            )
        if not 1 <= self.port <= 65_535:
            raise ConfigurationError(f"{self.port} is no port.", hint="Give 1 to 65535.")
        if self.ranks and self.ranks not in RANKS:
            raise ConfigurationError(
                f"{self.ranks} GPUs cannot share {MS4.heads} heads evenly.", hint="Give 1, 2, 4 or 8."
            )
        if self.server and self.server not in LAUNCHES:
            raise ConfigurationError(
                f"There is no server {self.server!r}.", hint=f"The servers are: {', '.join(LAUNCHES)}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to start, and whether it fits.

    Attributes:
        hardware: What it runs on.
        setting: What one server is started with.
        launches: One for each replica.
        fit: The arithmetic of one server.
        warnings: What is known to break.
        advice: What to change where it does not fit.
        idle_gpus: GPUs that no server takes.
    """

    hardware: Hardware
    setting: Setting
    launches: tuple[Launch, ...]
    fit: Fit
    warnings: tuple[str, ...]
    advice: tuple[str, ...] = ()
    idle_gpus: int = 0

    @property
    def fits(self) -> bool:
        """Whether what was asked for fits."""
        return self.fit.fits

    @property
    def server(self) -> Server:
        """The kind of server."""
        return self.launches[0].server

    @property
    def replicas(self) -> int:
        """Servers side by side."""
        return len(self.launches)


def make_plan(hardware: Hardware, need: Need) -> Plan:
    """Choose checkpoint, server and split, and say whether it fits.

    Where the checkpoint is left open, the first that fits is taken of reference, NVFP4 and the GGUF files from large to
    small; where none fits, the smallest, with advice.

    Raises:
        ConfigurationError: The server does not load the checkpoint, or does not run on this hardware.
    """
    candidates = _candidates(hardware, need)
    plans = [_plan(hardware, need, server, weights) for server, weights in candidates]
    # a server made for many at a time is not given up for one that is not, as long as it holds a single conversation
    first = [plan for plan in plans if plan.server == plans[0].server]
    in_reach = first if any(plan.fit.at_a_time >= 1 for plan in first) else plans
    fitting = next((plan for plan in in_reach if plan.fits), None)
    if fitting is not None:
        return fitting
    nearest = max(in_reach, key=lambda plan: plan.fit.cache_bytes)
    return replace(nearest, advice=_advice(nearest, need))


def _candidates(hardware: Hardware, need: Need) -> list[tuple[Server, Checkpoint]]:
    servers: tuple[Server, ...] = get_args(Server)
    usual: tuple[Server, ...] = ("vllm", "llamacpp") if hardware.kind == "nvidia" else ("llamacpp",)
    named: tuple[Server, ...] = tuple(server for server in servers if server == need.server)
    asked = named or usual
    if hardware.kind != "nvidia" and asked[0] in ("vllm", "sglang", "nim"):
        raise ConfigurationError(
            f"{asked[0]} serves MS4 on NVIDIA GPUs; this is {hardware}.", hint="Use llamacpp or ollama."
        )
    if need.speculative and need.checkpoint not in ("", "reference"):
        raise ConfigurationError(
            "The eagle head drafts for the reference weights.", hint="Leave --checkpoint out, or --eagle."
        )
    wanted = [checkpoint(need.checkpoint)] if need.checkpoint else list(CHECKPOINTS.values())
    if need.speculative:
        wanted = [checkpoint("reference")]
    order = ["reference", "nvfp4", "bf16", "gguf-q8", "gguf-q5", "gguf-q4", "gguf-bf16"]
    considered: tuple[Server, ...] = asked if need.server or not need.checkpoint else servers
    pairs: list[tuple[Server, Checkpoint]] = []
    for server in considered:
        loaded = [weights for weights in wanted if weights.is_loaded_by(server)]
        pairs.extend((server, weights) for weights in sorted(loaded, key=lambda each: order.index(each.key)))
    if need.checkpoint and not need.server:  # the checkpoint decides: the usual server that loads it
        pairs = [pair for pair in pairs if pair[0] in usual] or pairs
    if not pairs:
        raise ConfigurationError(
            f"{need.server or 'No server here'} does not load {need.checkpoint or 'the reference weights'}.",
            hint=f"{need.checkpoint or 'reference'} is loaded by: "
            f"{', '.join(checkpoint(need.checkpoint or 'reference').servers)}.",
        )
    return pairs


def _plan(hardware: Hardware, need: Need, server: Server, weights: Checkpoint) -> Plan:
    if server in ("llamacpp", "ollama", "transformers"):
        fit = fit_whole(
            weights,
            hardware,
            context=need.context,
            conversations=need.conversations,
            cache_value_bytes=1 if need.fp8_cache else 2,
        )
        return _made(hardware, need, server, weights, ranks=hardware.count, replicas=1, fit=fit)
    splits = [need.ranks] if need.ranks else [ranks for ranks in RANKS if ranks <= hardware.count]
    if need.ranks > hardware.count:
        raise ConfigurationError(
            f"A server over {need.ranks} GPUs needs more than {hardware}.", hint="Lower --tensor-parallel."
        )
    plans: list[Plan] = []
    for ranks in splits:
        replicas = hardware.count // ranks
        fit = fit_gpus(
            weights,
            hardware,
            ranks=ranks,
            context=need.context,
            conversations=-(-need.conversations // replicas),
            share=need.share,
            batch_tokens=need.batch_tokens,
            cache_value_bytes=1 if need.fp8_cache else 2,
            speculative=need.speculative,
        )
        plans.append(_made(hardware, need, server, weights, ranks=ranks, replicas=replicas, fit=fit))
    return next((plan for plan in plans if plan.fits), plans[-1])


def _made(
    hardware: Hardware,
    need: Need,
    server: Server,
    weights: Checkpoint,
    *,
    ranks: int,
    replicas: int,
    fit: Fit,
) -> Plan:
    settings = [
        Setting(
            weights=weights,
            hardware=hardware,
            ranks=ranks,
            context=need.context,
            conversations=fit.conversations,
            share=need.share,
            batch_tokens=need.batch_tokens,
            fp8_cache=need.fp8_cache,
            speculative=need.speculative,
            port=need.port + number,
        )
        for number in range(replicas)
    ]
    return Plan(
        hardware=hardware,
        setting=settings[0],
        launches=tuple(LAUNCHES[server](setting) for setting in settings),
        fit=fit,
        warnings=warnings(server, settings[0]),
        idle_gpus=hardware.count - ranks * replicas if hardware.kind == "nvidia" else 0,
    )


def _advice(plan: Plan, need: Need) -> tuple[str, ...]:
    fit = plan.fit
    said: list[str] = []
    if fit.cache_tokens >= 1024:
        if fit.at_a_time >= 1:
            said.append(
                f"{int(fit.at_a_time) * plan.replicas} conversations of {fit.context:,} tokens fit at a time:"
                f" --concurrency {int(fit.at_a_time) * plan.replicas}."
            )
        shorter = fit.cache_tokens // fit.conversations // 1024 * 1024
        if shorter >= 1024:
            said.append(f"Conversations of {shorter:,} tokens fit: --context {shorter}.")
        if not need.fp8_cache and 2 * fit.cache_tokens >= fit.context * fit.conversations:
            said.append("An FP8 cache halves the bytes and fits: --fp8-cache.")
    else:
        short = -fit.cache_bytes / 1e9
        each = "each GPU" if plan.hardware.kind == "nvidia" and plan.setting.ranks > 1 else "the memory"
        said.append(
            f"The weights alone do not fit: {each} lacks {max(short, 0.1):.1f} GB before any conversation."
        )
        said.append("Take a smaller checkpoint, or more or larger GPUs.")
    return tuple(said)
