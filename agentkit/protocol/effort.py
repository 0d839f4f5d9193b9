"""The two reasoning efforts of MS4, and how a caller may ask for one."""

from __future__ import annotations

from typing import Literal

Effort = Literal["none", "high"]
"""What a request says: MS4 accepts `none` and `high` only (any other value is 400 on vLLM 0.32, 500 on llama.cpp)."""

EffortSetting = Literal["auto", "none", "high"]
"""What a developer says: `auto` lets the router decide, the others decide for it."""
