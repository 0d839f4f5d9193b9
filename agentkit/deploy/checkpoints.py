"""Mistral Small 4 in numbers: its shape, its checkpoints, and what they take in memory. Bytes throughout; 1 GB is 1e9 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from agentkit.errors import ConfigurationError

GB: Final = 1_000_000_000

Format = Literal["safetensors", "gguf"]
Server = Literal["vllm", "sglang", "nim", "llamacpp", "ollama", "transformers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the memory arithmetic needs of a model's configuration.

    Attributes:
        parameters: All of them.
        layers: Transformer layers.
        hidden: Width of the residual stream.
        heads: Attention heads; tensor parallelism divides them.
        head_width: Values a head of the up-projected keys or values has.
        experts: Routed experts a layer.
        experts_active: Routed experts that one token passes through.
        expert_width: Inner width of an expert.
        vocabulary: Rows of the output layer.
        latent: Cached values a token and layer: the compressed keys and values, and the rotary part.
        positions: Longest context that is served.
    """

    parameters: int
    layers: int
    hidden: int
    heads: int
    head_width: int
    experts: int
    experts_active: int
    expert_width: int
    vocabulary: int
    latent: int
    positions: int

    @property
    def expert_parameters(self) -> int:
        """Parameters in routed experts: three matrices each."""
        return self.layers * self.experts * 3 * self.hidden * self.expert_width

    def cache_bytes(self, value_bytes: int) -> int:
        """Bytes of KV cache a token; under tensor parallelism every rank holds them all, because the latent is shared by the heads."""
        return self.layers * self.latent * value_bytes

    def activation_bytes(self, tokens: int, ranks: int) -> int:
        """An estimate of the working memory of one forward pass over `tokens` tokens, a rank.

        Counted are eight buffers of the residual stream, the up-projected queries, keys and values of this rank's heads,
        and three buffers of the active experts' inner width, all in two bytes. Servers measure theirs when they start.
        """
        residual = 8 * self.hidden
        attention = 3 * self.heads * self.head_width // ranks
        experts = 3 * self.experts_active * self.expert_width // ranks
        return 2 * tokens * (residual + attention + experts)


MS4: Final = Shape(
    parameters=119_000_000_000, layers=36, hidden=4096, heads=32, head_width=128, experts=128, experts_active=4,
    expert_width=2048, vocabulary=131_072, latent=256 + 64, positions=262_144,
)  # fmt: skip
"""`mistralai/Mistral-Small-4-119B-2603`, as in the configuration class of transformers 5.23 and the deployment guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One published form of the weights.

    Attributes:
        key: What `--checkpoint` takes.
        title: For people.
        repository: Where it is published; for GGUF with the file's tag.
        format: What kind of files.
        expert_bits: Bits a routed expert's parameter takes, scales included.
        other_bits: Bits that every other parameter takes.
        guide_gb: The guide's range of memory for the weights, in GB, or None where it names none.
        servers: Which servers load it.
        basis: How far the bits are known.
    """

    key: str
    title: str
    repository: str
    format: Format
    expert_bits: float
    other_bits: float
    guide_gb: tuple[int, int] | None
    servers: tuple[Server, ...]
    basis: str

    def is_loaded_by(self, server: Server) -> bool:
        """Whether a kind of server loads this form."""
        return server in self.servers

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weights."""
        experts = MS4.expert_parameters
        return round((experts * self.expert_bits + (MS4.parameters - experts) * self.other_bits) / 8)


_NAME = "mistralai/Mistral-Small-4-119B-2603"
_GGUF = "unsloth/Mistral-Small-4-119B-2603-GGUF"
_ESTIMATE = "average bits a weight of this kind of file; the file's own size says it exactly"

EAGLE_REPOSITORY: Final = f"{_NAME}-eagle"
EAGLE_TOTAL_BYTES: Final = 240 * GB
"""Reference weights and the eagle head together, as the deployment guide gives them; the head alone is not listed there."""

CHECKPOINTS: Final = {
    each.key: each
    for each in (
        Checkpoint(
            key="reference", title="reference (FP8 experts, BF16 elsewhere)", repository=_NAME, format="safetensors",
            expert_bits=8, other_bits=16, guide_gb=(120, 240), servers=("vllm", "sglang", "nim"),
            basis="one byte an expert parameter, two for the rest",
        ),
        Checkpoint(
            key="bf16", title="reference converted to BF16", repository=_NAME, format="safetensors", expert_bits=16,
            other_bits=16, guide_gb=(120, 240), servers=("transformers",), basis="two bytes a parameter",
        ),
        Checkpoint(
            key="nvfp4", title="NVFP4", repository=f"{_NAME}-NVFP4", format="safetensors", expert_bits=4.5, other_bits=16,
            guide_gb=(60, 75), servers=("vllm", "sglang", "nim"),
            basis="four bits an expert parameter and one byte of scale for every 16; two bytes for the rest",
        ),
        Checkpoint(
            key="gguf-q4", title="GGUF Q4_K_M", repository=f"{_GGUF}:Q4_K_M", format="gguf", expert_bits=4.85,
            other_bits=4.85, guide_gb=(60, 75), servers=("llamacpp", "ollama"), basis=_ESTIMATE,
        ),
        Checkpoint(
            key="gguf-q5", title="GGUF UD-Q5_K_XL", repository=f"{_GGUF}:UD-Q5_K_XL", format="gguf", expert_bits=5.7,
            other_bits=5.7, guide_gb=None, servers=("llamacpp", "ollama"), basis=_ESTIMATE,
        ),
        Checkpoint(
            key="gguf-q8", title="GGUF Q8_0", repository=f"{_GGUF}:Q8_0", format="gguf", expert_bits=8.5,
            other_bits=8.5, guide_gb=None, servers=("llamacpp", "ollama"), basis=_ESTIMATE,
        ),
        Checkpoint(
            key="gguf-bf16", title="GGUF BF16", repository=f"{_GGUF}:BF16", format="gguf", expert_bits=16,
            other_bits=16, guide_gb=(238, 238), servers=("llamacpp", "ollama"), basis="two bytes a parameter",
        ),
    )
}  # fmt: skip


def checkpoint(key: str) -> Checkpoint:
    """Return a checkpoint by its key.

    Raises:
        ConfigurationError: There is none of that name.
    """
    found = CHECKPOINTS.get(key)
    if found is None:
        raise ConfigurationError(
            f"There is no checkpoint {key!r}.", hint=f"The checkpoints are: {', '.join(CHECKPOINTS)}."
        )
    return found
