"""What the router decides, in which order of rank, and how it says why."""

from __future__ import annotations

import gc
import json
import os
import weakref
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import ConfigurationError
from agentkit.protocol.decisions import Decision, Outcome, Situation
from agentkit.protocol.request import ToolDefinition
from agentkit.router import ComplexityRouter, RoutingPolicy, Weights
from agentkit.router.lessons import tally_lessons
from agentkit.router.memory import MemoryGains

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)
ROUTER = ComplexityRouter()

PROOF = "Prove that the square root of 2 is irrational, then solve x^2 - 5x + 6 = 0 and compute the integral of x^2."
GREETING = "Good evening, nice to meet you!"
POLICY = """You serve the customers of a phone company. Rules: verify the customer's identity before any change.
Never cancel a contract unless its term has ended. If an invoice is disputed, you must not refund it, except where the
supervisor gave approval. Only eligible customers may transfer a number. Always confirm before you book an option.
Otherwise escalate."""


def tools(*names: str) -> tuple[ToolDefinition, ...]:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    return tuple(ToolDefinition(name=name, description="", parameters=schema) for name in names)


def decide(task: str, **facts: object) -> Decision:
    return ROUTER.decide(Situation(task=task, **facts))  # type: ignore[arg-type]


HIGH = {
    "en": (
        "Prove that there are infinitely many primes of the form 4k + 3.",
        "Three people meet: one always lies, two always tell the truth. A says that B is a liar. Solve the logic puzzle.",
        "Implement an LRU cache in Python whose operations all run in O(1) and explain the algorithm.",
        "Assess whether clause 7.2 violates our policy and justify the risk rating.",
        "Plan a schedule for eight nurses so that nobody works more than five days and the cost is minimal.",
        "Sort these words alphabetically, then reverse the letters of every second word: pear, fig, plum, kiwi.",
    ),
    "fr": (
        "Démontre que la racine carrée de 2 est irrationnelle.",
        "Résous l'équation x^2 + 5x - 3 = 0 et calcule la dérivée.",
        "Évalue si cette clause est conforme à notre politique et justifie le risque.",
    ),
    "de": (
        "Beweise, dass die Wurzel aus 2 irrational ist.",
        "Löse das Rätsel: Der Lügner sagt, dass der andere immer die Wahrheit sagt. Wer lügt?",
        "Prüfe, ob die Klausel gegen unsere Richtlinie verstößt, und begründe dein Urteil.",
    ),
    "es": (
        "Demuestra que la raíz cuadrada de 2 es irracional.",
        "Resuelve la ecuación 3x^2 - 5x + 2 = 0 y calcula la integral.",
        "Evalúa si la cláusula cumple la política y justifica el riesgo.",
    ),
    "it": (
        "Dimostra che la radice quadrata di 2 è irrazionale.",
        "Risolvi l'equazione 2x^2 + 3x - 5 = 0 e calcola la derivata.",
        "Valuta se la clausola è conforme alla politica e giustifica il rischio.",
    ),
}
NONE = {
    "en": (
        "Extract the invoice number, the date and the total: Invoice 4711 of 3 May 2024, total 1,234.50 EUR.",
        "Translate into French: every even integer greater than two is the sum of two primes.",
        "Summarise this note in one sentence: the algorithm sorts an array of integers.",
        "Classify the sentiment of this review: the battery died after two days.",
        "What is the capital of Australia?",
        "Reformat this list as JSON: apples, pears, plums",
        "Tom has 3 apples and buys 5 more. How many apples does he have?",
        "Write a short poem about autumn.",
        GREETING,
    ),
    "fr": ("Traduis en anglais : le chat dort.", "Résume ce texte en une phrase.", "Extrais le nom et la date de la facture.", "Bonjour, comment vas-tu ?"),
    "de": ("Übersetze ins Englische: Die Katze schläft.", "Fasse den Text zusammen.", "Extrahiere Name und Datum aus der Rechnung.", "Was ist die Hauptstadt von Peru?"),
    "es": ("Traduce al inglés: el gato duerme.", "Resume este texto en una frase.", "Extrae el nombre y la fecha de la factura.", "¿Cuál es la capital de Perú?"),
    "it": ("Traduci in inglese: il gatto dorme.", "Riassumi questo testo in una frase.", "Estrai il nome e la data dalla fattura.", "Qual è la capitale del Perù?"),
}  # fmt: skip


@pytest.mark.parametrize("task", [task for tasks in HIGH.values() for task in tasks])
def test_maths_logic_code_planning_and_judgement_are_high(task: str) -> None:
    decision = decide(task)
    assert (decision.effort, decision.source) == ("high", "score")
    assert decision.reasons


@pytest.mark.parametrize("task", [task for tasks in NONE.values() for task in tasks])
def test_single_extraction_formatting_lookup_and_chat_are_none(task: str) -> None:
    assert decide(task).effort == "none"


def test_policy_bound_work_over_several_tools_is_high_though_the_message_is_plain() -> None:
    decision = decide(GREETING, instructions=POLICY, tools=tools("get_customer", "cancel_contract", "refund"))
    assert decision.effort == "high"
    assert decision.reasons[0] == "the instructions bind the work to rules over several steps"


def test_a_single_plain_call_is_none() -> None:
    decision = decide(
        "Get the weather in Lima.", instructions="You are helpful. Always be kind.", tools=tools("weather")
    )
    assert decision.effort == "none"
    assert "a tool can simply be called, without rules to weigh" in decision.reasons


@pytest.mark.parametrize("setting", ["none", "high"])
def test_the_developer_decides_over_cues_and_evidence(setting: str) -> None:
    for task in ("Think hard: 2 + 2?", "Quick: 2 + 2?"):
        decision = decide(task, setting=setting, reasoning_left=1, violations=3, doubts=("hedging",))
        assert (decision.effort, decision.source) == (setting, "override")


@pytest.mark.parametrize("setting", ["auto", "high"])
@pytest.mark.parametrize("facts", [{"reasoning_left": 0}, {"starved": True}])
def test_a_used_up_budget_and_starved_reasoning_are_none_whoever_wants_high(
    facts: dict[str, object], setting: str
) -> None:
    decision = decide(f"Think hard. {PROOF}", violations=3, setting=setting, **facts)
    assert (decision.effort, decision.source) == ("none", "limit")


def test_reasoning_tokens_that_are_left_limit_nothing() -> None:
    assert decide(PROOF, reasoning_left=1).effort == "high"


def test_a_users_cue_decides_over_evidence_phase_and_score() -> None:
    quick = decide(f"{PROOF} Quick!", violations=3, current="high", context_tokens=90_000)
    assert (quick.effort, quick.source) == ("none", "cue")
    hard = decide(f"Think hard. {GREETING}", current="none", context_tokens=90_000)
    assert (hard.effort, hard.source, hard.reasons) == ("high", "cue", ("the user says 'think hard' (en)",))


def test_cues_can_be_switched_off() -> None:
    router = ComplexityRouter(RoutingPolicy(user_cues=False))
    assert router.decide(Situation(task=f"Think hard. {GREETING}")).effort == "none"


@pytest.mark.parametrize(
    ("field", "limit", "reason"),
    [
        ("violations", 1, "1 invalid output so far"),
        ("tool_errors", 2, "2 failed tool calls"),
        ("repeated_calls", 2, "2 repeated"),
    ],
)
def test_what_goes_wrong_escalates_from_its_limit_on(field: str, limit: int, reason: str) -> None:
    before = decide(GREETING, current="none", context_tokens=90_000, **{field: limit - 1})
    assert before.effort == "none"
    after = decide(GREETING, current="none", context_tokens=90_000, **{field: limit})
    assert (after.effort, after.source) == ("high", "evidence")
    assert after.reasons[0].startswith(reason)


def test_escalation_can_be_switched_off() -> None:
    policy = RoutingPolicy(
        escalate_after_violations=None, escalate_after_tool_errors=None, escalate_after_repeats=None
    )
    situation = Situation(task=GREETING, current="none", violations=1, tool_errors=2, context_tokens=90_000)
    assert ComplexityRouter(policy).decide(situation).effort == "none"


def test_a_phase_keeps_its_effort_where_the_gain_does_not_pay_for_the_lost_cache() -> None:
    fresh = decide(PROOF)
    weak = replace(RoutingPolicy(), threshold=fresh.score - 0.15)
    router = ComplexityRouter(weak)
    short = router.decide(Situation(task=PROOF, current="none", context_tokens=1000))
    assert (short.effort, short.source) == ("high", "score")
    # `context` is a feature too, so the margin is compared at the score of each card.
    long = router.decide(Situation(task=PROOF, current="none", context_tokens=40_000))
    assert (long.effort, long.source) == ("none", "phase")
    assert "40,000 tokens" in long.reasons[0]


def test_a_sure_case_may_switch_over_any_history() -> None:
    sure = decide(f"{PROOF} {HIGH['en'][1]} {HIGH['en'][2]}", current="none", context_tokens=200_000)
    assert sure.effort == "high"


def test_a_formatting_step_after_high_goes_to_none_over_a_short_history_only() -> None:
    facts = {
        "instructions": POLICY,
        "tools": tools("get_customer", "cancel_contract", "refund"),
        "current": "high",
    }
    assert decide(GREETING, step="final_answer", context_tokens=800, **facts).effort == "none"
    assert decide(GREETING, step="final_answer", context_tokens=60_000, **facts).effort == "high"
    assert decide(GREETING, step="tool_result", context_tokens=800, **facts).effort == "high"


def test_a_first_request_with_a_schema_is_judged_by_its_task() -> None:
    assert decide(PROOF, step="final_answer", output={"type": "object"}).effort == "high"


def test_the_card_holds_score_threshold_step_and_the_features_that_are_not_zero() -> None:
    decision = decide(PROOF, step="tool_result", setting="none")
    assert 0.5 < decision.score < 1
    assert decision.threshold == ROUTER.weights.threshold
    assert decision.step == "tool_result"
    assert decision.features["maths"] > 0
    assert 0 not in decision.features.values()
    json.dumps(decision.to_dict(), allow_nan=False)
    assert "the developer set effort none" in decision.explain()


def test_reasons_come_strongest_first() -> None:
    weights = Weights(
        version="t", bias=-1, threshold=0.5, features={"maths": 2.0, "operators": 9.0, "translate": -1.0}
    )
    router = ComplexityRouter(weights=weights)
    reasons = router.decide(Situation(task="Solve the equation x = 2 + 2")).reasons
    assert reasons == ("there is arithmetic or algebra in it", "there is mathematics to work out")


def test_the_threshold_of_the_policy_stands_over_that_of_the_weights() -> None:
    assert ComplexityRouter(RoutingPolicy(threshold=0.01)).decide(Situation(task=GREETING)).effort == "high"


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 0.0}, {"threshold": 1.0}, {"threshold": float("nan")}, {"switch_margin": -0.1}, {"max_margin": 2.0},
        {"margin_per_1k_tokens": float("nan")}, {"escalate_after_violations": 0}, {"escalate_after_tool_errors": -1},
        {"escalate_after_repeats": 0},
    ],
)  # fmt: skip
def test_a_policy_out_of_range_is_refused_and_named(options: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        RoutingPolicy(**options)  # type: ignore[arg-type]


situations = st.builds(
    Situation,
    task=st.text(max_size=400) | st.sampled_from([PROOF, GREETING]),
    instructions=st.sampled_from(["", POLICY]) | st.text(max_size=100),
    step=st.sampled_from(["planning", "tool_result", "final_answer", "repair"]),
    tools=st.sampled_from([(), tools("weather"), tools("refund", "get_x")]),
    images=st.integers(0, 50),
    context_tokens=st.integers(0, 10**9),
    current=st.sampled_from([None, "none", "high"]),
    tool_errors=st.integers(0, 5),
    repeated_calls=st.integers(0, 5),
    violations=st.integers(0, 5),
    starved=st.booleans(),
    reasoning_left=st.none() | st.integers(-5, 10**6),
)


@CASES
@given(situation=situations)
def test_every_situation_gets_one_and_the_same_card(situation: Situation) -> None:
    first, second = ROUTER.decide(situation), ComplexityRouter().decide(situation)
    assert first == second
    assert 0 <= first.score <= 1
    assert all(0 < value <= 1 for value in first.features.values())
    if situation.reasoning_left is not None and situation.reasoning_left <= 0:
        assert first.effort == "none"


@CASES
@given(situation=situations)
def test_without_cue_limit_or_evidence_a_phase_changes_only_past_the_margin(situation: Situation) -> None:
    decision = ROUTER.decide(situation)
    if decision.source in ("score", "phase") and situation.current not in (None, decision.effort):
        margin = ROUTER.policy.margin(situation.context_tokens)
        assert abs(decision.score - decision.threshold) >= margin


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
VALUES: dict[str, tuple[object, ...]] = {
    "step": ("planning", "tool_result", "final_answer", "repair"),
    "tools": ((), tools("weather"), tools("refund", "get_x")),
    "output": (None, SCHEMA),
    "instructions": ("", POLICY),
    "agent": ("", "desk"),
    "template": ("", "letter"),
    "images": (0, 3),
    "current": (None, "none", "high"),
    "tool_errors": (0, 2),
    "repeated_calls": (0, 2),
    "violations": (0, 2),
    "context_tokens": (0, 10**5),
    "setting": ("auto", "none", "high"),
}


@CASES
@given(
    task=st.sampled_from([PROOF, GREETING]),
    step=st.sampled_from(VALUES["step"]),
    changes=st.lists(
        st.sampled_from([(name, value) for name, values in VALUES.items() for value in values]),
        min_size=4,
        max_size=12,
    ),
    learns=st.sets(st.integers(0, 12)),
)
def test_what_a_router_keeps_of_earlier_steps_changes_no_decision(
    task: str, step: str, changes: list[tuple[str, object]], learns: set[int]
) -> None:
    store = MemoryGains()
    router, situation = ComplexityRouter(store=store), Situation(task=task, step=step)  # type: ignore[arg-type]
    for number, (name, value) in enumerate(changes):
        situation = replace(situation, **{name: value})  # type: ignore[arg-type]
        decision = router.decide(situation)
        assert decision == ComplexityRouter(store=store).decide(situation)
        if number in learns:
            outcome = Outcome(quality=float(number % 2), valid=bool(number % 2))
            store.add(tally_lessons([replace(decision, effort="none", outcome=outcome)]))


class Text(str):
    """A text of which one can see whether anyone still holds it."""


@pytest.mark.parametrize("place", ["task", "instructions"])
def test_a_router_does_not_keep_the_long_texts_of_runs_that_are_over(place: str) -> None:
    router = ComplexityRouter()
    held: list[weakref.ref[Text]] = []
    for number in range(12):
        text = Text(f"{number} " + "The tenant keeps the premises in good repair. " * 10_000)
        situation = replace(Situation(task="Review."), **{place: text})
        for tool_errors in (0, 1):
            router.decide(replace(situation, tool_errors=tool_errors))
        held.append(weakref.ref(text))
    del text, situation
    gc.collect()
    assert sum(kept() is not None for kept in held) <= 4
