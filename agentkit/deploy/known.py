"""What is known to break, and the cure, said with a plan."""

from __future__ import annotations

from agentkit.backends.catalog import PROFILES
from agentkit.backends.profile import KnownIssue
from agentkit.deploy.launch import Setting

GUIDE_MINIMUM = {"H100": 4, "H200": 2, "B200": 1}
GUIDE_RECOMMENDED = {"H100": 4, "H200": 4, "B200": 2}
"""GPUs for the reference checkpoint in the deployment guide of the model's launch (it writes HGX and DGX boards, read here as GPUs)."""


def warnings(server: str, setting: Setting) -> tuple[str, ...]:
    """Return the warnings that hold for a server and its setting, in one sentence each, the gravest first."""
    hardware, weights = setting.hardware, setting.weights
    # what agentkit takes care of by itself is nothing that an operator has to know
    issues = [each for each in PROFILES[server].issues if not each.cure.startswith("none needed")]
    said = [*map(_sentence, issues), *_OF_LAUNCH.get(server, ())]
    least = GUIDE_MINIMUM.get(hardware.name)
    if weights.key == "reference" and least is not None and hardware.count < least:
        said.append(
            f"The model's launch guide names {least} x {hardware.name} as its minimum for the reference weights; this is"
            " fewer. The arithmetic above is an estimate: watch what the server reports as KV cache when it starts."
        )
    if setting.speculative:
        said.append(
            "The eagle head is served with at most 65,536 tokens of context; it speeds up single answers, and costs"
            " throughput when many run at a time."
        )
    if weights.key == "nvfp4" and hardware.kind == "nvidia" and hardware.name not in GUIDE_MINIMUM:
        said.append(
            "NVFP4 is recommended for H100, H200 and B200; nothing is known of it on "
            f"{'this GPU' if hardware.name == 'GPU' else hardware.name}."
        )
    if hardware.kind == "nvidia" and setting.ranks > 1 and server in ("vllm", "sglang", "nim"):
        said.append(
            "Each GPU holds the whole latent KV cache: more GPUs in one server buy room by sharing the weights alone."
        )
    return tuple(said)


_NO_KEY = (
    "This launch asks clients for no key: whoever reaches its address may use it. Leave it on this machine, or put a"
    " gateway in front that checks keys."
)

_OF_LAUNCH = {
    "llamacpp": ("--ctx-size is divided among the --parallel slots: it is given here for all of them.",),
    "nim": (
        "The image's tag is the one that NVIDIA's page for this model names; look for a newer one.",
        _NO_KEY,
    ),
    "ollama": (_NO_KEY,),
    "sglang": (
        "/health generates a token and takes a second or more: /model_info is asked instead.",
        _NO_KEY,
    ),
    "transformers": ("The FP8 weights are converted to BF16, which doubles them.", _NO_KEY),
}
"""What concerns the launch alone; what a server does wrong stands in its profile."""


def _sentence(issue: KnownIssue) -> str:
    return f"{issue.versions}: {issue.symptom}. Cure: {issue.cure}."
