"""Model cards: what a model is served as, and how a server is spoken to with it."""

from __future__ import annotations

import pytest

from agentkit.backends.catalog import LLAMACPP, MISTRAL_API, OLLAMA, VLLM
from agentkit.backends.models.catalog import MODELS, card_for


@pytest.mark.parametrize(
    ("served", "card"),
    [
        ("mistralai/Mistral-Small-4-119B-2603", "mistral-small-4"),
        ("mistralai/Mistral-Small-4-119B-2603-NVFP4", "mistral-small-4"),
        ("unsloth/Mistral-Small-4-119B-2603-GGUF", "mistral-small-4"),
        ("mistral-small-2603", "mistral-small-4"),
        ("Qwen/Qwen3.5-122B-A10B", "qwen-3.5-122b"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("google/gemma-3-27b-it", "gemma-3-27b"),
        ("gemma3:27b", "gemma-3-27b"),
        ("microsoft/phi-4", "phi-4"),
        ("phi4:14b", "phi-4"),
        ("our-own-name", "mistral-small-4"),
        ("microsoft/Phi-4-multimodal-instruct", "mistral-small-4"),
    ],
)
def test_a_served_name_tells_the_model(served, card):
    assert card_for(served).name == card


def test_every_checkpoint_of_a_model_is_known_by_its_name():
    for card in MODELS.values():
        for checkpoint in card.checkpoints:
            assert card_for(checkpoint.name) is card


def test_every_card_says_how_its_main_facts_are_known():
    for card in MODELS.values():
        for name in ("effort", "images", "tools", "context_window"):
            assert card.evidence[name].provenance != "assumed", (card.name, name)
        if card.temperature_none is not None:
            assert {"temperature_none", "temperature_high"} <= set(card.evidence)


def test_qwen_thinks_by_its_own_switch_where_the_server_takes_template_arguments():
    qwen = MODELS["qwen-3.5-122b"]
    assert qwen.speak(VLLM.dialect).effort == "enable_thinking"
    assert qwen.speak(LLAMACPP.dialect).effort == "enable_thinking"
    assert qwen.speak(OLLAMA.dialect).effort == "top_level"


def test_models_of_other_families_get_their_prompt_from_a_template_even_on_vllm():
    spoken = MODELS["phi-4"].speak(VLLM.dialect)
    assert spoken.template_prompt
    assert spoken.control_tokens == "chatml"
    assert spoken.effort == "unsupported"
    assert not MODELS["mistral-small-4"].speak(MISTRAL_API.dialect).template_prompt
