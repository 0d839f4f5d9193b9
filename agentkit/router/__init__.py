"""The complexity router: whether reasoning pays for this request, decided cheaply and explained.

No clock, no network. `features` measures a situation, `score` weighs it with the packaged `weights.json`, `cues` hears
what the user says about thinking, `identity` and `gain` correct the score by what was learned of tasks of its kind,
`decide` weighs the gain against the cost, `evidence` judges the answer that came of it, `lessons` learns from it.
`cascade` decides on stored answers; `rows`, `fit`, `replay` and `account` learn from labelled rows and `traces`.
"""

from __future__ import annotations

from agentkit.router.answers import agree, final_answer
from agentkit.router.cascade import Cascade, cascade, score_task
from agentkit.router.cues import Cue, find_cue
from agentkit.router.evidence import find_hedge
from agentkit.router.memory import MemoryGains
from agentkit.router.policy import Prices, RoutingPolicy
from agentkit.router.router import ComplexityRouter, reproduce
from agentkit.router.score import Weights, load_weights

__all__ = [
    "Cascade",
    "ComplexityRouter",
    "Cue",
    "MemoryGains",
    "Prices",
    "RoutingPolicy",
    "Weights",
    "agree",
    "cascade",
    "final_answer",
    "find_cue",
    "find_hedge",
    "load_weights",
    "reproduce",
    "score_task",
]
