"""What the weights and the cache have to fit into: GPUs, or the memory that a CPU and its GPU share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from agentkit.deploy.checkpoints import GB
from agentkit.errors import ConfigurationError

Kind = Literal["nvidia", "apple", "cpu"]

GPU_GB: Final = {
    "H100": 80, "H100NVL": 94, "H200": 141, "GH200": 96, "B200": 180, "B300": 270, "A100": 80, "A100-40": 40, "L40S": 48,
    "RTX6000ADA": 48, "RTXPRO6000": 96, "RTX5090": 32, "RTX4090": 24, "RTX3090": 24, "L4": 24, "A10": 24, "T4": 16,
}  # fmt: skip
"""Memory of a GPU in GB, as its maker names it; what the driver reports is a few per cent more."""

HOPPER: Final = frozenset({"H100", "H100NVL", "H200", "GH200"})

APPLE_SHARE: Final = 0.75
"""Of the unified memory, what macOS lets the GPU have unless it is told otherwise."""

_GPUS = re.compile(r"\s*(?:(?P<count>\d{1,3})\s*[xX*]\s*)?(?P<what>[A-Za-z0-9][A-Za-z0-9 _-]*?)\s*", re.ASCII)
_MEMORY = re.compile(
    r"\s*(?P<number>\d{1,5}(?:\.\d+)?)\s*(?P<unit>GB|GIB|G|TB|T)?\s*", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """One machine's memory for the model.

    Attributes:
        kind: `nvidia` GPUs, an `apple` chip, or a `cpu`.
        name: For people, such as `H100`.
        count: GPUs; 1 for shared memory.
        bytes_each: Memory of one of them.
    """

    kind: Kind
    name: str
    count: int
    bytes_each: int

    def __str__(self) -> str:
        size = f"{self.bytes_each / GB:g} GB"
        if self.kind != "nvidia":
            return f"{self.name}, {size}"
        return f"{self.count} x {self.name} ({size} each)" if self.count > 1 else f"one {self.name} ({size})"


def gpus(text: str) -> Hardware:
    """Read `4xH100`, `H200`, `2 x 48GB`.

    Raises:
        ConfigurationError: It is no known GPU and no size, or there are none or too many.
    """
    match = _GPUS.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    count, what = int(match["count"] or 1), match["what"]
    if not 1 <= count <= 64:
        raise ConfigurationError(f"{count} GPUs cannot be planned for.", hint="Give 1 to 64, of one machine.")
    known = {_key(name): name for name in GPU_GB}
    if _key(what) in known:
        name = known[_key(what)]
        return Hardware(kind="nvidia", name=name, count=count, bytes_each=GPU_GB[name] * GB)
    if _MEMORY.fullmatch(what):
        return Hardware(kind="nvidia", name="GPU", count=count, bytes_each=memory(what))
    raise _unreadable(text)


def memory(text: str) -> int:
    """Read a size such as `128GB`, `96`, `1.5TB`; a bare number is GB. Returns bytes.

    Raises:
        ConfigurationError: It is no size.
    """
    match = _MEMORY.fullmatch(text)
    if match is None or not float(match["number"]):
        raise ConfigurationError(f"{text!r} is no size of memory.", hint="Write it like 128GB.")
    unit = (match["unit"] or "GB").upper()
    scale = {"GIB": 2**30, "TB": 1000 * GB, "T": 1000 * GB}.get(unit, GB)
    return round(float(match["number"]) * scale)


def _key(name: str) -> str:
    return re.sub(r"[ _-]", "", name).upper().removeprefix("NVIDIA").removesuffix("SXM").removesuffix("PCIE")


def _unreadable(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"{text!r} names no GPUs.",
        hint=f"Write it like 4xH100, or 2x48GB for one that is not known. Known: {', '.join(GPU_GB)}.",
    )
