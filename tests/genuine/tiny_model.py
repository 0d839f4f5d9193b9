"""A tiny model with generated weights: real tokenizer and template formats, and words that the weights dictate.

The genuine llama.cpp server needs a GGUF file. This one holds MS4's tokenizer version (v15, from mistral-common's own
vocabulary, cut short), the chat template that mistral-common generates, and either two layers of noise around a table of
"after token A say token B", or weights that copy (see `copying.py`). What the server does with it (HTTP, template, grammar,
parsers) is genuine; what it says is not a model's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import mistral_common
import numpy as np
from gguf.vocab import MistralVocab
from mistral_common.integrations.chat_templates.chat_templates import convert_tokenizer_to_chat_template

from tests.genuine import copying

MODEL = "mistralai/Mistral-Small-4-119B-2603"
VOCABULARY = 8192
SPECIALS = 1000
WIDTH, HEADS, HEAD_WIDTH, FEED, LAYERS = 64, 2, 32, 128, 2
RULE_ROOM = 8  # dimensions that carry "after A say B"
BIAS = 63  # dimension that is constant, to make tokens likely or unlikely as such

CONTROL = {
    0: "<unk>", 1: "<s>", 2: "</s>", 3: "[INST]", 4: "[/INST]", 5: "[AVAILABLE_TOOLS]", 6: "[/AVAILABLE_TOOLS]",
    7: "[TOOL_RESULTS]", 8: "[/TOOL_RESULTS]", 9: "[TOOL_CALLS]", 10: "[IMG]", 11: "<pad>", 12: "[IMG_BREAK]",
    13: "[IMG_END]", 14: "[PREFIX]", 15: "[MIDDLE]", 16: "[SUFFIX]", 17: "[SYSTEM_PROMPT]", 18: "[/SYSTEM_PROMPT]",
    19: "[TOOL_CONTENT]", 24: "[AUDIO]", 25: "[BEGIN_AUDIO]", 32: "[ARGS]", 33: "[CALL_ID]", 34: "[THINK]",
    35: "[/THINK]", 36: "[MODEL_SETTINGS]", 37: "[/MODEL_SETTINGS]",
}  # fmt: skip


def make_tokenizer(folder: Path) -> None:
    """Write a v15 tokenizer with efforts none and high, and its generated chat template."""
    source = Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
    tokenizer: dict[str, Any] = json.loads(source.read_text("utf-8"))
    tokenizer["vocab"] = tokenizer["vocab"][: VOCABULARY - SPECIALS]
    tokenizer["special_tokens"] = [
        {"rank": rank, "token_str": CONTROL.get(rank, f"<SPECIAL_{rank}>"), "is_control": True}
        for rank in range(SPECIALS)
    ]
    tokenizer["config"] |= {
        "version": "v15",
        "num_vocab_tokens": len(tokenizer["vocab"]),
        "default_vocab_size": VOCABULARY,
        "default_num_special_tokens": SPECIALS,
    }
    tokenizer.pop("multimodal", None)
    tokenizer["image"] = {"image_patch_size": 14, "max_image_size": 1540, "spatial_merge_size": 2}
    effort = {"type": "enum", "values": ["none", "high"], "accepts_none": True, "default": "none"}
    tokenizer["model_settings_builder"] = {"reasoning_effort": effort}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tekken.json"
    path.write_text(json.dumps(tokenizer), "utf-8")
    (folder / "chat_template.jinja").write_text(convert_tokenizer_to_chat_template(str(path)), "utf-8")


def make_gguf(folder: Path, out: Path, habit: str) -> None:
    """Write a model with one habit.

    Args:
        folder: Where `make_tokenizer` wrote.
        out: The GGUF file.
        habit: `tools` calls a tool after the user's turn and ends after a result; `think` thinks and answers;
            `chatter` says anything at all; `dictated` copies what stands `copying.DISTANCE` tokens back.
    """
    vocabulary = MistralVocab(folder)
    texts, scores, kinds = zip(*vocabulary.all_tokens(), strict=True)
    tokens = [text.decode() if isinstance(text, bytes) else str(text) for text in texts]
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_name(f"tiny-{habit}")
    writer.add_context_length(8192)
    copies = habit == "dictated"
    head_width = copying.WIDTH if copies else HEAD_WIDTH
    writer.add_embedding_length(copying.WIDTH if copies else WIDTH)
    writer.add_block_count(1 if copies else LAYERS)
    writer.add_feed_forward_length(copying.FEED if copies else FEED)
    writer.add_head_count(1 if copies else HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(head_width)
    writer.add_value_length(head_width)
    writer.add_rope_dimension_count(head_width)
    writer.add_rope_freq_base(copying.BASE if copies else 1e6)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(0)
    writer.add_tokenizer_model(vocabulary.gguf_tokenizer_model)
    writer.add_tokenizer_pre("tekken")
    writer.add_token_merges(vocabulary.extract_vocab_merges_from_model())
    writer.add_token_list(tokens)
    writer.add_token_scores(list(scores))
    writer.add_token_types(list(kinds))
    for add, token in (
        (writer.add_bos_token_id, 1),
        (writer.add_eos_token_id, 2),
        (writer.add_unk_token_id, 0),
        (writer.add_pad_token_id, 11),
    ):
        add(token)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_chat_template((folder / "chat_template.jinja").read_text("utf-8"))
    tensors = copying.weights(len(tokens)) if copies else _weights(tokens, habit)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(tokens: list[str], habit: str) -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)

    def noise(*shape: int, scale: float = 0.01) -> np.ndarray:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    reads, writes = noise(len(tokens), WIDTH, scale=1.0), noise(len(tokens), WIDTH, scale=0.2)
    reads[:, :RULE_ROOM] = writes[:, :RULE_ROOM] = 0
    reads[:, BIAS], writes[:, BIAS] = 4, 0
    writes[:SPECIALS, BIAS] = -6  # control tokens come by rule only
    for index, token in enumerate(tokens[SPECIALS:], SPECIALS):
        if not token.isascii() or not token.strip("ĠĊĉč "):
            writes[index, BIAS] = -4  # whitespace would run on for ever inside a grammar
        elif token in ('"', '"}', "}", "]", '",'):
            writes[index, BIAS] = 1  # strings end soon
    for dimension, (after, say) in enumerate(_rules(tokens, habit)):
        reads[after, :RULE_ROOM] = 0
        reads[after, dimension], writes[say, dimension] = 40, 10
    tensors = {
        "token_embd.weight": reads,
        "output.weight": writes,
        "output_norm.weight": np.ones(WIDTH, np.float32),
    }
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        tensors |= {
            f"{block}attn_norm.weight": np.ones(WIDTH, np.float32),
            f"{block}ffn_norm.weight": np.ones(WIDTH, np.float32),
            f"{block}attn_q.weight": noise(HEADS * HEAD_WIDTH, WIDTH),
            f"{block}attn_k.weight": noise(HEAD_WIDTH, WIDTH),
            f"{block}attn_v.weight": noise(HEAD_WIDTH, WIDTH),
            f"{block}attn_output.weight": noise(WIDTH, HEADS * HEAD_WIDTH),
            f"{block}ffn_gate.weight": noise(FEED, WIDTH),
            f"{block}ffn_up.weight": noise(FEED, WIDTH),
            f"{block}ffn_down.weight": noise(WIDTH, FEED),
        }
    return tensors


def _rules(tokens: list[str], habit: str) -> list[tuple[int, int]]:
    number = {token: index for index, token in reversed(list(enumerate(tokens)))}
    control = {name: rank for rank, name in CONTROL.items()}
    end, dot = control["</s>"], number["."]
    if habit == "tools":
        done = number["D"]
        return [
            (control["[/INST]"], control["[TOOL_CALLS]"]),
            (control["[/TOOL_RESULTS]"], done),
            (done, dot),
            (dot, end),
            (number["}"], end),
        ]
    if habit == "think":
        thought, answer = number["L"], number["Y"]
        return [
            (control["[/INST]"], control["[THINK]"]),
            (control["[THINK]"], thought),
            (thought, control["[/THINK]"]),
            (control["[/THINK]"], answer),
            (answer, dot),
            (dot, end),
        ]
    return []
