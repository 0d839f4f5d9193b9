"""The concepts say the same in five languages."""

from __future__ import annotations

import importlib.resources
import itertools
import re
from collections import Counter

import pytest

from agentkit.router.concepts import GROUPS, LANGUAGES, Concept, read_concepts
from agentkit.router.features import measure_text
from agentkit.router.lexicon import LINKS, fold

CONCEPTS, OTHERS = read_concepts()


def name(concept: Concept) -> str:
    return " ".join(concept.forms[0][0]).strip()


def test_every_concept_has_a_form_in_every_language() -> None:
    for concept in CONCEPTS:
        assert len(concept.forms) == len(LANGUAGES), name(concept)
        for language, forms in zip(LANGUAGES, concept.forms, strict=True):
            assert forms, (name(concept), language)
            assert all(first for first, _ in forms), (name(concept), language)


def test_every_group_has_concepts() -> None:
    counts = Counter(concept.group for concept in CONCEPTS)
    assert counts.keys() == set(GROUPS)
    assert min(counts.values()) >= 5


def test_a_form_has_two_words_at_most() -> None:
    text = importlib.resources.files("agentkit.router").joinpath("concepts.txt").read_text("utf-8")
    lines = [line for line in fold(text).splitlines() if "|" in line and not line.startswith("#")]
    for form in itertools.chain.from_iterable(re.split("[,|]", line) for line in lines):
        words = re.findall(r"[a-z]+|[0-9]+|[:(]", form)
        assert words, form
        assert len(words) <= 2 or len([word for word in words if word not in LINKS]) <= 2, form


def test_no_form_belongs_to_two_concepts() -> None:
    owner: dict[tuple[str, str], Concept] = {}
    for concept in CONCEPTS:
        for form in itertools.chain.from_iterable(concept.forms):
            first = owner.setdefault(form, concept)
            assert first is concept, f"{' '.join(form)}: {name(first)}, {name(concept)}"


def test_no_group_is_much_poorer_in_one_language_than_in_another() -> None:
    for group in GROUPS:
        sizes = [
            sum(len(concept.forms[i]) for concept in CONCEPTS if concept.group == group)
            for i in range(len(LANGUAGES))
        ]
        assert max(sizes) <= 2.5 * min(sizes), (group, dict(zip(LANGUAGES, sizes, strict=True)))


@pytest.mark.parametrize("word", sorted(OTHERS)[::7])
def test_words_that_only_begin_like_a_form_mean_nothing(word: str) -> None:
    found = measure_text(f"{word} xx")
    assert found.keys() <= {"length"}, found


@pytest.mark.parametrize(
    "same",
    [
        ("Prove that this is true", "Prouve que cela est vrai", "Beweise, dass das wahr ist", "Demuestra que esto es verdadero", "Dimostra che questo è vero"),
        ("Translate the text", "Traduisez le texte", "Übersetzen Sie den Text", "Traduzca el texto", "Traduca il testo"),
        ("Summarise this", "Résumez ceci", "Fassen Sie das zusammen", "Resuma esto", "Riassuma questo"),
        ("Extract the names", "Extrayez les noms", "Extrahiere die Namen", "Extraiga los nombres", "Estragga i nomi"),
        ("Calculate the probability", "Calculez la probabilité", "Berechnen Sie die Wahrscheinlichkeit", "Calcule la probabilidad", "Calcoli la probabilità"),
        ("Sort these words alphabetically", "Triez ces mots par ordre alphabétique", "Sortieren Sie diese Wörter alphabetisch", "Ordene estas palabras alfabéticamente", "Ordina queste parole in ordine alfabetico"),
        ("Write a poem", "Écris un poème", "Schreibe ein Gedicht", "Escribe un poema", "Scrivi una poesia"),
        ("What is the capital?", "Quelle est la capitale ?", "Was ist die Hauptstadt?", "¿Cuál es la capital?", "Qual è la capitale?"),
    ],
    ids=lambda same: same[0],
)  # fmt: skip
def test_the_same_request_has_the_same_groups_in_every_language(same: tuple[str, ...]) -> None:
    groups = [set(measure_text(text)) & set(GROUPS) - {"constraints"} for text in same]
    assert groups[0]
    assert all(other == groups[0] for other in groups[1:]), list(zip(same, groups, strict=True))
