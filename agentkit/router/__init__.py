"""The complexity router: whether reasoning pays for this request, decided cheaply and explained.

Pure: no clock, no network, no memory of earlier calls. `features` measures a situation, `score` weighs it with the
packaged `weights.json`, `cues` hears what the user says about thinking, `router` puts them in their order of rank.
"""

from __future__ import annotations

from agentkit.router.cues import Cue, find_cue
from agentkit.router.router import ComplexityRouter, RoutingPolicy
from agentkit.router.score import Weights, load_weights

__all__ = ["ComplexityRouter", "Cue", "RoutingPolicy", "Weights", "find_cue", "load_weights"]
