"""What is known to break, and the cure, said with a plan."""

from __future__ import annotations

from agentkit.deploy.launch import MISTRAL_COMMON, VLLM_VERSION, Setting

GUIDE_MINIMUM = {"H100": 4, "H200": 2, "B200": 1}
GUIDE_RECOMMENDED = {"H100": 4, "H200": 4, "B200": 2}
"""GPUs for the reference checkpoint in the deployment guide of the model's launch (it writes HGX and DGX boards, read here as GPUs)."""


def warnings(server: str, setting: Setting) -> tuple[str, ...]:
    """Return the warnings that hold for a server and its setting, in one sentence each, the gravest first."""
    hardware, weights = setting.hardware, setting.weights
    said = list(_OF_SERVER.get(server, ()))
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
            f"NVFP4 is recommended for H100, H200 and B200; nothing is known of it on {hardware.name}."
        )
    if hardware.kind == "nvidia" and setting.ranks > 1 and server in ("vllm", "sglang", "nim"):
        said.append(
            "Each GPU holds the whole latent KV cache: more GPUs in one server buy room by sharing the weights alone."
        )
    return tuple(said)


_TEMPLATE = (
    "Its chat template is rendered to text before tokenising, so [INST] or [TOOL_CALLS] in a document would become real"
    " tokens; agentkit's profile takes care of it, other clients do not."
)

_OF_SERVER = {
    "vllm": (
        (
            f'vLLM 0.32 and {VLLM_VERSION} answer nearly every chat request with 400 beside mistral-common 1.13 ("missing 1'
            f" required positional argument: 'force_tool_names'\"): pip install '{MISTRAL_COMMON}' (seen)."
        ),
        "In mistral mode any chat_template_kwargs is a 400; the effort goes into the top-level reasoning_effort.",
    ),
    "sglang": (
        (
            "Streaming with tools loses every `]` of the text and can lose a second parallel call (read in SGLang 0.5.23):"
            " agentkit does not stream steps with tools there."
        ),
        "/health generates a token and takes a second or more; probe /model_info.",
    ),
    "nim": (
        "NIM 2 is vLLM or SGLang behind NIM's routes, and shares their limits.",
        "The image's tag is the one that NVIDIA's page for this model names; look for a newer one.",
    ),
    "llamacpp": (
        "Without --jinja there are no tools. --ctx-size is divided among the --parallel slots: it is given here for all.",
        "A named tool_choice is taken as auto, and response_format switches tools off (read and seen).",
        _TEMPLATE,
    ),
    "ollama": (
        (
            "No official MS4 tag was found: the GGUF is pulled from its repository. The /v1 route is reported to cut the"
            " context to 4,096 tokens without a word unless OLLAMA_CONTEXT_LENGTH is set, as it is here."
        ),
        _TEMPLATE,
    ),
    "transformers": (
        (
            "`transformers serve` ignores effort, schema, tool choice and images without an error (seen, 5.23): for"
            " prototypes only. The FP8 weights are converted to BF16, which doubles them."
        ),
    ),
}
