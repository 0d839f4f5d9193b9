"""The models that agentkit knows."""

from __future__ import annotations

from agentkit.backends.models.card import ModelCard
from agentkit.backends.models.mistral_small_4 import MISTRAL_SMALL_4
from agentkit.backends.models.others import GEMMA_3, GPT_4O_MINI, PHI_4, QWEN_3_5
from agentkit.errors import ConfigurationError

MODELS: dict[str, ModelCard] = {
    card.name: card for card in (MISTRAL_SMALL_4, QWEN_3_5, GPT_4O_MINI, GEMMA_3, PHI_4)
}
"""The models by their short names."""


def card_for(served: str) -> ModelCard:
    """Return the card of the model that is served under a name; Mistral Small 4's where the name says nothing."""
    return next((card for card in MODELS.values() if card.is_served_as(served)), MISTRAL_SMALL_4)


def named_card(card: ModelCard | str | None) -> ModelCard | None:
    """Return a card that was given as it is or by its short name.

    Raises:
        ConfigurationError: No model has that name.
    """
    if not isinstance(card, str):
        return card
    if card not in MODELS:
        raise ConfigurationError(
            f"There is no model card {card!r}.",
            hint=f"There are {', '.join(MODELS)}; for another model give a ModelCard.",
        )
    return MODELS[card]
