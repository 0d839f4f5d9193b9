"""A logits processor for vLLM: what the model says is dictated, how vLLM says it stays genuine.

A request brings `vllm_xargs: {"say": '"the reply"'}`. With a list of replies, which one is due follows from the prompt: as
many as it holds ends of assistant turns have been said. An object has a reply or a list for each effort, and the effort
that the prompt itself names decides. Control tokens ([THINK], [TOOL_CALLS], [ARGS] ...) are written
out and become real ones. Runs in vLLM's own environment: `vllm serve ... --logits-processors vllm_dictation:Dictation`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from mistral_common.tokens.tokenizers.base import SpecialTokenPolicy
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor, MoveDirectionality

END = 2
EFFORT = re.compile(r'\[MODEL_SETTINGS\]\{"reasoning_effort": "(\w+)"\}')
CONTROL = re.compile(r"(\[/?THINK\]|\[TOOL_CALLS\]|\[ARGS\])")


class Dictation(LogitsProcessor):
    """Leaves each request that brings a dictation one token to choose from."""

    def __init__(self, vllm_config: Any, device: torch.device, is_pin_memory: bool) -> None:
        path = Path(vllm_config.model_config.tokenizer) / "tekken.json"
        self._tokenizer = MistralTokenizer.from_file(str(path)).instruct_tokenizer.tokenizer
        self._due: dict[int, tuple[list[int], list[int]]] = {}

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Take anything: a request without a dictation is left alone."""

    def is_argmax_invariant(self) -> bool:
        """What is chosen changes."""
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        """Follow requests as they come, go and move within the batch."""
        if batch_update is None:
            return
        for index, params, prompt, said in batch_update.added:
            self._due.pop(index, None)
            tokens = self._dictated(params, prompt or [])
            if tokens is not None:
                self._due[index] = tokens, said
        for index in batch_update.removed:
            self._due.pop(index, None)
        for source, target, direction in batch_update.moved:
            moved, other = self._due.pop(source, None), self._due.pop(target, None)
            if moved is not None:
                self._due[target] = moved
            if other is not None and direction == MoveDirectionality.SWAP:
                self._due[source] = other

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Leave the next dictated token alone in the running."""
        for index, (tokens, said) in self._due.items():
            token = tokens[min(len(said), len(tokens) - 1)]
            logits[index] = float("-inf")
            logits[index, token] = 0.0
        return logits

    def _dictated(self, params: Any, prompt: list[int]) -> list[int] | None:
        replies = (params.extra_args or {}).get("say")
        if replies is None:
            return None
        turn = sum(token == END for token in prompt)
        texts = json.loads(replies)
        if isinstance(texts, dict):
            shown = self._tokenizer.decode(list(prompt), special_token_policy=SpecialTokenPolicy.KEEP)
            texts = texts[EFFORT.findall(shown)[-1]]
        if isinstance(texts, str):
            return self._encoded(texts)
        return self._encoded(texts[turn]) if turn < len(texts) else None

    def _encoded(self, text: str) -> list[int]:
        tokens: list[int] = []
        for part in CONTROL.split(text):
            if CONTROL.fullmatch(part):
                tokens.append(self._tokenizer.get_special_token(part))
            elif part:
                tokens += self._tokenizer.encode(part, bos=False, eos=False)
        return [*tokens, END]
