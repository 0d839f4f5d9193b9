"""Which words of a user decide on effort, and which do not."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.router import find_cue

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)

HARD = [
    ("en", "Think hard about this: what is 2 + 2?"), ("en", "Please think step by step."), ("en", "What is 3 * 4? Take your time."),
    ("en", "THINK   HARD!!"), ("en", "Let's think step by step."), ("en", "Review it and reason carefully."), ("en", "Do not rush."),
    ("en", "Could you think it through?"), ("en", "You should think carefully."), ("en", "Don’t answer too quickly."),
    ("fr", "Réfléchis bien avant de répondre."), ("fr", "Quel est le total ? Prends ton temps."), ("fr", "Merci de réfléchir longuement."),
    ("fr", "Raisonnez étape par étape."), ("fr", "Prenez bien votre temps"),
    ("de", "Denk gut nach."), ("de", "Denken Sie bitte gründlich nach."), ("de", "Nimm dir Zeit und prüfe den Vertrag."),
    ("de", "Überleg genau, was gilt."), ("de", "Bitte Schritt für Schritt nachdenken."),
    ("es", "Piensa bien antes de responder."), ("es", "Tómate tu tiempo."), ("es", "Razona paso a paso, por favor."), ("es", "Piénsalo con calma."),
    ("it", "Pensaci bene."), ("it", "Rifletti attentamente prima di rispondere."), ("it", "Prenditi tutto il tempo."), ("it", "Ragiona passo dopo passo."),
    ("en", "Think this through carefully before you answer."),
    ("en", "Take all the time you need."),
    ("en", "Please reason step by step and double-check."),
    ("fr", "Prends tout ton temps."),
    ("fr", "Réfléchis étape par étape."),
    ("de", "Denk Schritt für Schritt."),
    ("de", "Lass dir Zeit."),
    ("de", "Überlege dir das gut."),
    ("de", "Bitte denke gründlich darüber nach."),
    ("es", "Piensa paso a paso."),
    ("es", "Tómate el tiempo que necesites."),
    ("es", "Piénsalo bien"),
    ("it", "Pensaci con calma."),
    ("it", "Ragiona passo passo."),
    ("it", "Prenditi il tuo tempo."),
    ("it", "Rifletti bene prima di rispondere"),
    ("en", "Don't rush, this one is tricky."),
    ("en", "Think very carefully."),
    ("de", "Nimm dir so viel Zeit wie nötig."),
    ("fr", "Réfléchissez longuement."),
    ("it", "Non avere fretta, rifletti."),
]  # fmt: skip
QUICK = [
    ("en", "Quick: capital of Peru?"), ("en", "Don't think too hard, what's the capital?"), ("en", "Don’t overthink it."), ("en", "There is no need to think."),
    ("en", "Just answer."), ("en", "Capital of Peru? Answer quickly."), ("en", "I want you to answer. You don't have to think long about it."),
    ("en", "Give me a quick answer: who won?"), ("en", "No need to think step by step."),
    ("fr", "Ne réfléchis pas trop : quelle capitale ?"), ("fr", "Réponds vite : 2 + 2 ?"), ("fr", "Sans trop réfléchir, quelle capitale ?"), ("fr", "Pas besoin de réfléchir."),
    ("de", "Denk bitte nicht so lange nach."), ("de", "Antworte schnell: wo liegt Rom?"), ("de", "Bitte nicht lange überlegen."), ("de", "Ohne langes Nachdenken, wo liegt Rom?"),
    ("es", "No lo pienses mucho."), ("es", "Responde rápido: ¿dónde está Roma?"), ("es", "No hace falta pensar."), ("es", "Sin pensarlo mucho, ¿cuál?"),
    ("it", "Non pensarci troppo."), ("it", "Rispondi in fretta: dov'è Roma?"), ("it", "Senza pensarci troppo, quale?"), ("it", "Non serve riflettere."),
    ("en", "Do not overthink this: what is 2+2?"),
    ("en", "Don't overthink."),
    ("de", "Kein Nachdenken nötig: wo liegt Rom?"),
    ("de", "Du musst nicht nachdenken, sag einfach die Hauptstadt."),
    ("de", "Ohne Nachdenken bitte: 3*4"),
    ("de", "Nicht lange nachdenken!"),
    ("de", "Zerbrich dir nicht den Kopf, nenne nur eine Zahl."),
    ("de", "Denk nicht zu viel darüber nach."),
    ("de", "Denken Sie nicht lange nach."),
    ("de", "Sie müssen nicht lange überlegen."),
    ("de", "Mach dir nicht zu viele Gedanken."),
    ("fr", "Inutile de réfléchir longtemps : capitale du Pérou ?"),
    ("fr", "Pas la peine de réfléchir."),
    ("fr", "Tu n'as pas besoin de réfléchir."),
    ("fr", "Ne vous prenez pas la tête."),
    ("fr", "Ne réfléchissez pas trop."),
    ("fr", "Pas besoin d'y réfléchir longtemps"),
    ("fr", "Sans réflexion approfondie, dis-moi"),
    ("fr", "Ne pense pas trop."),
    ("es", "No hace falta que lo pienses."),
    ("es", "No le des muchas vueltas."),
    ("es", "No lo pienses demasiado."),
    ("es", "No es necesario pensar mucho"),
    ("es", "Sin darle muchas vueltas"),
    ("es", "No pienses tanto"),
    ("es", "No necesitas reflexionar."),
    ("es", "Sin necesidad de pensar"),
    ("it", "Non c'è bisogno di pensarci"),
    ("it", "Non stare a pensarci troppo"),
    ("it", "Senza pensarci su"),
    ("it", "Non serve rifletterci"),
    ("it", "Non pensare troppo"),
    ("it", "Non ragionarci troppo"),
    ("it", "Non devi riflettere a lungo"),
    ("it", "Non c'è bisogno di ragionare a lungo."),
    ("en", "You don't need to think about this."),
    ("en", "No deep thinking required."),
    ("en", "No need for deep thought."),
    ("en", "Skip the thinking, just give me the number."),
    ("en", "Without overthinking it, which one?"),
    ("en", "Please answer without long reasoning."),
    ("en", "No reasoning needed."),
    ("en", "There's no need to reason step by step."),
    ("en", "Answer directly without thinking step by step."),
]  # fmt: skip
NEITHER = [
    "Quick question: why is the sky blue?", "A brief answer, please.", "Answer briefly.", "Just answer with the letter.", "Just answer yes or no.",
    "I need to think hard about my career, who can help?", "I don't think so.", "Why do people think hard before exams?", "The quick brown fox",
    "Explain step by step how to bake bread.", "Read the passage carefully.", "She told me to take your time sheet.", "We think deeply of her.",
    'Translate "think hard" into German.', "Translate 'think hard' into German.", "Que veut dire « réfléchis bien » ?", "Was heißt „denk gut nach“?",
    "```\nthink hard\n```\nWhat does it print?", "What does `think hard` do?", "> think hard\nWhat did she mean?",
    "<document>Think hard. </document> Summarise it.", "Summarise this email:\n\nDear Bob, think hard about the offer.\nTake your time.\n\nRegards",
    "Answer in one line.\n---\nThink hard.\n---\nThat was the text.", "J'ai le temps.", "Ich denke, also bin ich.", "No pienso volver.", "",
    "He said \"do not overthink it\". What did he mean?",
    "Übersetze \"kein Nachdenken nötig\" ins Englische.",
    "Translate: \"non pensarci troppo\"",
    "Traduis « ne réfléchis pas trop » en anglais.",
    "¿Qué significa \"no lo pienses mucho\"?",
    "Summarise: <mail>Think hard about it.</mail>",
    "> think step by step\nWhat does this quote mean?",
    "The note says “denk gut nach”. Who wrote it?",
    "What does the phrase 'take your time' mean?",
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), HARD)
def test_asking_for_thought_is_heard(language: str, text: str) -> None:
    cue = find_cue(text)
    assert cue is not None
    assert (cue.effort, cue.language) == ("high", language)


@pytest.mark.parametrize(("language", "text"), QUICK)
def test_asking_for_no_thought_is_heard_also_as_a_negation(language: str, text: str) -> None:
    cue = find_cue(text)
    assert cue is not None
    assert (cue.effort, cue.language) == ("none", language)


@pytest.mark.parametrize("text", NEITHER)
def test_remarks_lengths_forms_and_quoted_matter_are_no_cue(text: str) -> None:
    assert find_cue(text) is None


PAGES = "\n".join(f"Section {i}. The supplier delivers. Think hard. Take your time." for i in range(200))


@pytest.mark.parametrize(
    "text",
    [
        f"Summarise:\n{PAGES}",
        f"What follows is a contract.\n{PAGES}\n{PAGES}",
        f"<doc>\n{PAGES}\n</doc>\nList it.",
    ],
)
def test_cues_within_a_long_pasted_document_do_not_count(text: str) -> None:
    assert find_cue(text) is None


@pytest.mark.parametrize("matter", [PAGES, f'"{PAGES}"', f"<doc>{PAGES}</doc>", f"```\n{PAGES}\n```"])
def test_a_cue_before_or_after_a_pasted_document_counts(matter: str) -> None:
    before, after = (
        find_cue(f"Answer quickly. What is this about:\n\n{matter}"),
        find_cue(f"Summarise:\n\n{matter}\n\nAnswer quickly."),
    )
    assert before is not None
    assert after is not None
    assert before.effort == after.effort == "none"


def test_of_two_cues_the_last_one_counts() -> None:
    last = find_cue("Quick! No, on second thoughts, think hard.")
    assert last is not None
    assert last.effort == "high"


@CASES
@given(text=st.text(max_size=500) | st.text(alphabet="\"'`<>/\n-:thinkhard ", max_size=500))
def test_any_text_is_read_and_case_does_not_matter(text: str) -> None:
    assert find_cue(text) == find_cue(text)
    if text.isascii():
        assert find_cue(text) == find_cue(text.upper())


@pytest.mark.parametrize(
    "mark", ['"', "`", "```", "<a>", "„", "«", "'", "---\n", "> ", "\n", "</", "quick ", "think "]
)
def test_unclosed_marks_without_end_are_read_in_bounded_time(mark: str) -> None:
    # 200,000 characters: anything quadratic would not come back.
    find_cue("think " + mark * (200_000 // len(mark)))
