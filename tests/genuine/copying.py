"""Weights that copy: the model says again what stands a fixed distance back in its prompt, token for token.

One attention head whose rotary positions agree at that distance alone finds the token, and the output says it. So whoever
writes a text at the right place of a prompt dictates the reply, control tokens and all, while template, grammar, sampler,
parsers and HTTP stay the server's own. A vision encoder of the same kind as MS4's, with noise for weights, makes images
count as they do there.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH = 128
FEED = 32
DISTANCE = 320
"""How many tokens back it reads."""
BASE = 1e4  # of the rotary positions
SHARPNESS = 5.0  # by which the score of the right distance stands out: about e^40 over its neighbours
PATCH, MERGE, SIDE, SIGHT = 14, 2, 1540, 32


def weights(count: int) -> dict[str, np.ndarray]:
    """Return the tensors of a model with so many tokens."""
    random = np.random.default_rng(7)
    codes = random.standard_normal((count, WIDTH)).astype(np.float32)
    codes[:, -1] = 0
    codes *= np.sqrt(WIDTH - 16) / np.linalg.norm(codes, axis=1, keepdims=True)
    reads = codes.copy()
    reads[:, -1] = 4  # the constant that queries and keys are made of; all lengths are equal, so it stays one
    turns = BASE ** (-np.arange(0, WIDTH, 2) / WIDTH) * DISTANCE
    asks, answers = np.zeros((WIDTH, WIDTH), np.float32), np.zeros((WIDTH, WIDTH), np.float32)
    answers[0::2, -1] = SHARPNESS
    asks[0::2, -1], asks[1::2, -1] = SHARPNESS * np.cos(turns), -SHARPNESS * np.sin(turns)
    says = np.eye(WIDTH, dtype=np.float32) * 30  # drowns the token that stands at the end itself
    says[-1, -1] = 0
    return {
        "token_embd.weight": reads,
        "output.weight": codes,
        "output_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.attn_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.ffn_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.attn_q.weight": asks,
        "blk.0.attn_k.weight": answers,
        "blk.0.attn_v.weight": np.eye(WIDTH, dtype=np.float32),
        "blk.0.attn_output.weight": says,
        "blk.0.ffn_gate.weight": np.zeros((FEED, WIDTH), np.float32),
        "blk.0.ffn_up.weight": np.zeros((FEED, WIDTH), np.float32),
        "blk.0.ffn_down.weight": np.zeros((WIDTH, FEED), np.float32),
    }


def make_vision(out: Path) -> None:
    """Write the file that gives the model eyes (`--mmproj`): patches of 14, four to a token, sides up to 1540."""
    random = np.random.default_rng(3)

    def noise(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 0.1).astype(np.float32)

    writer = gguf.GGUFWriter(out, "clip")
    writer.add_file_type(0)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "pixtral")
    for name, value in (
        ("image_size", SIDE), ("patch_size", PATCH), ("spatial_merge_size", MERGE), ("embedding_length", SIGHT),
        ("feed_forward_length", SIGHT), ("projection_dim", WIDTH), ("block_count", 1), ("attention.head_count", 1),
    ):  # fmt: skip
        writer.add_uint32(f"clip.vision.{name}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    writer.add_bool("clip.use_silu", True)
    tensors = {
        "v.patch_embd.weight": noise(SIGHT, 3, PATCH, PATCH),
        "v.pre_ln.weight": np.ones(SIGHT, np.float32),
        "v.blk.0.ln1.weight": np.ones(SIGHT, np.float32),
        "v.blk.0.ln2.weight": np.ones(SIGHT, np.float32),
        "v.token_embd.img_break": noise(WIDTH),
        "mm.input_norm.weight": np.ones(SIGHT, np.float32),
        "mm.patch_merger.weight": noise(SIGHT, SIGHT * MERGE**2),
        "mm.1.weight": noise(WIDTH, SIGHT),
        "mm.2.weight": noise(WIDTH, WIDTH),
    }
    for part in ("attn_q", "attn_k", "attn_v", "attn_out", "ffn_up", "ffn_gate", "ffn_down"):
        tensors[f"v.blk.0.{part}.weight"] = noise(SIGHT, SIGHT)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
