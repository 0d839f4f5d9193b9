"""How many places of a category are told at most; 0 switches a category off. Fitted by `evaluate --fit`."""

from __future__ import annotations

USUAL = 3
"""Places of a category that has no number of its own."""

MOST_SPANS: dict[str, int] = {
    "Anti-Assignment": 4,
    "Cap On Liability": 6,
    "Exclusivity": 2,
    "Expiration Date": 1,
    "Insurance": 6,
    "Ip Ownership Assignment": 2,
    "Minimum Commitment": 6,
    "Non-Compete": 1,
    "Notice Period To Terminate Renewal": 1,
    "Post-Termination Services": 2,
    "Renewal Term": 4,
    "Revenue/Profit Sharing": 1,
}
