"""Does it fit: the memory arithmetic, line by line, so that it can be checked by hand."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.deploy.checkpoints import EAGLE_TOTAL_BYTES, GB, MS4, Checkpoint
from agentkit.deploy.hardware import APPLE_SHARE, Hardware

RUNTIME_BYTES = 2 * GB
"""CUDA context, communication buffers and captured graphs a GPU: an allowance, not a measurement."""

VISION_BYTES = 1 * GB
"""The vision encoder beside a GGUF file (`mmproj`), at two bytes a parameter; an allowance."""

LLAMA_TOKENS = 512
"""Tokens that llama.cpp computes at a time (its `--ubatch-size`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the arithmetic: what, how it comes about, and bytes; taken away where negative."""

    what: str
    how: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What is left for the KV cache, and how far it goes.

    Attributes:
        lines: The arithmetic for one GPU (or for the whole memory where it is shared).
        token_bytes: KV cache a token.
        cache_bytes: Left for the KV cache; negative where not even the weights fit.
        context: Tokens of one conversation that were asked for.
        conversations: Conversations at a time that were asked for, on one server.
    """

    lines: tuple[Line, ...]
    token_bytes: int
    cache_bytes: int
    context: int
    conversations: int

    @property
    def cache_tokens(self) -> int:
        """Tokens that the cache holds."""
        return max(0, self.cache_bytes // self.token_bytes)

    @property
    def at_a_time(self) -> float:
        """Conversations of full length that the cache holds at a time."""
        return self.cache_tokens / self.context

    @property
    def fits(self) -> bool:
        """Whether the weights and the conversations that were asked for fit."""
        return self.cache_tokens >= self.context * self.conversations


def fit_gpus(
    weights: Checkpoint,
    hardware: Hardware,
    *,
    ranks: int,
    context: int,
    conversations: int,
    share: float,
    batch_tokens: int,
    cache_value_bytes: int,
    speculative: bool,
) -> Fit:
    """Fit a server that splits every layer over `ranks` GPUs (vLLM, SGLang, NIM).

    Args:
        weights: The checkpoint.
        hardware: The GPUs.
        ranks: Tensor parallelism.
        context: Tokens of one conversation.
        conversations: At a time, on this one server.
        share: Of a GPU's memory, what the server takes (`--gpu-memory-utilization`).
        batch_tokens: Tokens of one forward pass (`--max-num-batched-tokens`).
        cache_value_bytes: 2 for BF16, 1 for FP8.
        speculative: Whether the eagle head is loaded too.
    """
    total = max(weights.weight_bytes, EAGLE_TOTAL_BYTES) if speculative else weights.weight_bytes
    split = f" / {ranks} GPUs" if ranks > 1 else ""
    source = "reference and eagle head, as the guide gives them" if speculative else weights.basis
    lines = (
        Line(
            what="the server may use",
            how=f"{share:.0%} of {hardware.bytes_each / GB:g} GB",
            bytes=round(hardware.bytes_each * share),
        ),
        Line(what="weights", how=f"{total / GB:.1f} GB{split}: {source}", bytes=-(total // ranks)),
        Line(
            what="activations",
            how=f"estimate for {batch_tokens:,} tokens in one pass",
            bytes=-MS4.activation_bytes(batch_tokens, ranks),
        ),
        Line(what="runtime", how="allowance for CUDA, communication and graphs", bytes=-RUNTIME_BYTES),
    )
    return Fit(
        lines=lines,
        token_bytes=MS4.cache_bytes(cache_value_bytes),
        cache_bytes=sum(line.bytes for line in lines),
        context=context,
        conversations=conversations,
    )


def fit_whole(
    weights: Checkpoint, hardware: Hardware, *, context: int, conversations: int, cache_value_bytes: int
) -> Fit:
    """Fit a server that puts whole layers on each GPU, or runs in shared memory (llama.cpp, Ollama, Transformers)."""
    everything = hardware.bytes_each * hardware.count
    if hardware.kind == "apple":
        usable, how = (
            round(everything * APPLE_SHARE),
            f"{APPLE_SHARE:.0%} of {everything / GB:g} GB: macOS's default for the GPU",
        )
    else:
        usable, how = round(everything * 0.95), f"95% of {everything / GB:g} GB"
    batch = LLAMA_TOKENS if weights.format == "gguf" else context
    lines = [
        Line(what="the server may use", how=how, bytes=usable),
        Line(
            what="weights",
            how=f"{weights.weight_bytes / GB:.1f} GB: {weights.basis}",
            bytes=-weights.weight_bytes,
        ),
        Line(
            what="activations",
            how=f"estimate for {batch:,} tokens in one pass",
            bytes=-MS4.activation_bytes(batch, 1),
        ),
        Line(
            what="runtime",
            how="allowance for each device",
            bytes=-RUNTIME_BYTES * hardware.count,
        ),
    ]
    if weights.format == "gguf":
        lines.append(Line(what="vision", how="allowance for the encoder (mmproj)", bytes=-VISION_BYTES))
    return Fit(
        lines=tuple(lines),
        token_bytes=MS4.cache_bytes(cache_value_bytes),
        cache_bytes=sum(line.bytes for line in lines),
        context=context,
        conversations=conversations,
    )
