"""Images: from whatever a developer has to what a model server takes, within the model's pixel budget."""

from agentkit.vision.budget import ImageBudget
from agentkit.vision.image import Image
from agentkit.vision.tokens import MAX_SIDE, image_tokens, scaled

__all__ = ["MAX_SIDE", "Image", "ImageBudget", "image_tokens", "scaled"]
