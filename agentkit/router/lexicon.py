"""Words that say what a task asks for, in English, French, German, Spanish and Italian.

Entries are written as people write them; `fold` takes case and accents away. A word of more than `STEM` letters
stands for every word that begins with the same `STEM` letters, which covers most inflections and many typos. An
entry of two words counts only where they stand together, and then instead of the first word alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

STEM = 7
"""Letters of a word that are compared."""

_MARKS = re.compile(r"[\u0300-\u036f\u200b-\u200d\ufeff]+")


def fold(text: str) -> str:
    """Return the text without case, accents, compatibility forms and invisible characters."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold()).replace("’", "'")


SYMBOLS: Mapping[str, str] = {
    "questions": "?¿",
    "operators": "+*=×÷^%",
    "maths_symbols": "∫∑∏√∂∞≤≥≈∈⊂⊆∪∩∀∃∧∨⊃→⇒⇔¬∼·•π∠°\\$",
    "code_marks": "{};`_#&|@~<>",
    "data": '"[]\t',
}
"""Group -> the characters that count for it."""

GROUPS: Mapping[str, str] = {
    "constraints": """
        must, unless, except, at least, at most, only if, no more, no less, cannot, required, requirement, constraint, nobody, no two,
        forbidden, allowed, permitted, prohibited, may not, must not, subject to, as long, exactly
        | doit, doivent, sauf, excepté, au moins, au plus, uniquement, interdit, obligatoire, à condition, contrainte
        | muss, müssen, darf, dürfen, außer, es sei, mindestens, höchstens, verboten, erlaubt, bedingung, genau
        | debe, deben, excepto, salvo que, al menos, como mínimo, como máximo, prohibido, permitido, a condición
        | deve, devono, tranne, eccetto, almeno, al massimo, al più, vietato, consentito, a condizione, vincolo
        """,
    "conditions": """
        if, whenever, otherwise, suppose, assume, assuming, given that, provided that, in case, else, not, never,
        neither, nor, without
        | si, sinon, lorsque, supposons, ne pas, jamais, ni, sans
        | wenn, falls, sonst, sofern, angenommen, nicht, kein, keine, keiner, niemals, weder, ohne
        | si no, supongamos, supón, siempre que, nunca, ningún, ninguna, sin
        | qualora, altrimenti, supponiamo, supponi, a meno, mai, nessun, nessuna, senza
        """,
    "sequence": """
        then, next, after, afterwards, before, finally, until, while, meanwhile, step, steps, subsequently, first,
        second, third, fourth, fifth, last, turn, swap, swaps, move, moves, moved
        | puis, ensuite, après, avant, enfin, jusqu, étape, étapes, d'abord, premier, première, deuxième, troisième
        | dann, danach, anschließend, zuerst, zuletzt, bevor, nachdem, schließlich, bis, schritt, schritte, zweite, dritte
        | luego, después, antes, finalmente, hasta, paso, pasos, primero, segundo, tercero
        | poi, dopo, prima, infine, finché, passo, passi, passaggio, secondo, terzo
        """,
    "relations": """
        left, right, above, below, behind, beside, opposite, adjacent, north, south, east, west, clockwise, taller,
        shorter, older, younger, faster, slower, heavier, lighter, newer, farther, further, closest, furthest, leftmost,
        rightmost, oldest, youngest, tallest, shortest, next to, same as, between
        | gauche, droite, dessus, dessous, derrière, devant, nord, sud, ouest, plus grand, plus petit, plus vieux,
        plus jeune, plus rapide, plus lent, à côté, entre
        | links, rechts, oben, unten, hinter, neben, nord, süd, osten, westen, größer, kleiner, älter, jünger,
        schneller, langsamer, zwischen, gegenüber
        | izquierda, derecha, encima, debajo, detrás, norte, sur, este, oeste, más alto, más bajo, más viejo, más joven,
        más rápido, mayor que, menor que, al lado, entre
        | sinistra, destra, sopra, sotto, dietro, nord, sud, ovest, più alto, più basso, più vecchio, più giovane,
        più veloce, maggiore di, minore di, accanto, fra
        """,
    "logic": """
        true, false, truth, lie, lies, always lies, always tells, liar, liars, lying, implies, imply, implication, deduce, deduction, deductive,
        conclusion, valid, invalid, validity, logical, logically, logic, puzzle, riddle, consistent,
        contradiction, therefore, hence, infer, inference, entail, entails, necessarily, boolean, every, some, either,
        both, exactly one, pattern, paradox, knight, knights, knave, sudoku, crossword
        | vrai, vraie, faux, fausse, vérité, ment, mentent, menteur, implique, déduire, déduis, prémisse, valide, logique,
        énigme, devinette, donc, chaque, contradiction
        | wahr, falsch, wahrheit, lügt, lügen, lügner, folgt, folgern, folgere, prämisse, gültig, ungültig, logisch,
        logik, rätsel, knobelaufgabe, also, jeder, jede, widerspruch, schlussfolgerung
        | verdad, verdadero, verdadera, falso, falsa, miente, mienten, mentiroso, implica, deduce, deducir, premisa, válido,
        lógica, lógico, acertijo, adivinanza, rompecabezas, cada
        | vero, vera, verità, mente sempre, mentono, bugiardo, dedurre, deduci, premessa, valido, logico, indovinello,
        rompicapo, quindi, ogni
        """,
    "analysis": """
        why, analyse, analyze, analysis, diagnose, diagnosis, investigate, derive, root cause, compare, comparison,
        contrast, versus, trade off, tradeoff, tradeoffs, pros, cons, implications, consequences, reason about,
        explain why, explain how, critique, weigh, figure out, work out
        | pourquoi, analyse, analyser, compare, comparer, comparez, cause, causes, enquête, avantages, inconvénients
        | warum, wieso, weshalb, analysiere, analysieren, vergleiche, vergleichen, ursache, untersuche, vorteile, nachteile,
        abwägen, wäge
        | por qué, analiza, analizar, compara, comparar, causa, investiga, ventajas, desventajas
        | perché, analizza, analizzare, confronta, confrontare, causa, indaga, vantaggi, svantaggi
        """,
    "judgement": """
        assess, assessment, evaluate, judge, judgement, judgment, justify, whether, determine, comply, complies,
        compliance, compliant, violate, violates, violation, breach, liable, liability, lawful, unlawful, enforceable,
        reasonable, negligence, jurisdiction, plaintiff, defendant, eligible, eligibility, entitled, policy, policies,
        obligation, obligations, statute, acceptable, permissible, playbook, risk, risks, review, recommendation, should we, can we
        | évalue, évaluer, évaluez, juge, juger, justifie, justifier, conforme, conformité, enfreint, violation, responsabilité,
        éligible, admissible, clause, obligation, risque, risques, acceptable, politique, tribunal
        | beurteile, beurteilen, bewerte, bewerten, begründe, ob, prüfe, prüfen, verstößt, verstoß, haftung, haftet, zulässig,
        berechtigt, anspruch, klausel, pflicht, risiko, risiken, zumutbar, richtlinie, gericht
        | evalúa, evaluar, juzga, justifica, cumple, cumplimiento, infringe, incumple, responsable, elegible,
        cláusula, obligación, riesgo, riesgos, razonable, aceptable, política, tribunal
        | valuta, valutare, giudica, giustifica, conforme, conformità, violazione, responsabilità, idoneo, clausola,
        obbligo, obblighi, rischio, rischi, ragionevole, accettabile, tribunale
        """,
    "planning": """
        plan, plans, schedule, itinerary, timetable, optimize, optimise, optimal, optimum, minimize, minimise, maximize,
        maximise, minimum, maximum, minimal, fewest, shortest path, cheapest, strategy, strategic, allocate, allocation, feasible,
        design, architect, architecture, roadmap, end to, winning
        | planifie, planifier, planifiez, optimise, optimiser, optimal, minimise, maximise, stratégie, itinéraire, répartir,
        conçois, concevoir, concevez, moins cher
        | plane, planen, zeitplan, optimiere, optimieren, optimal, minimiere, maximiere, strategie, entwirf, entwerfen,
        günstigste, kürzeste, aufteilen
        | planifica, planificar, optimiza, optimizar, óptimo, minimiza, maximiza, estrategia, itinerario, diseña, diseñar,
        más barato
        | pianifica, pianificare, ottimizza, ottimizzare, ottimale, minimizza, massimizza, strategia, itinerario, progetta,
        progettare, meno caro
        """,
    "maths": """
        solve, equation, equations, integral, integrate, derivative, differentiate, polynomial, theorem, lemma, prove,
        proof, matrix, matrices, vector, probability, prime, primes, divisible, divisor, factorial, factorization,
        quadratic, cubic, triangle, polygon, circle, angle, radius, perimeter, hypotenuse, remainder, modulo, integer,
        integers, logarithm, log, sine, cosine, sin, cos, tan, sqrt, permutation, permutations, combinatorics, eigenvalue,
        convergence, converges, geometry, algebra, variance, regression, estimator, hypothesis, isomorphic, subgroup, calculate,
        compute the, velocity, acceleration, momentum, voltage, wavelength, joules, newtons, kinetic, molar, enthalpy, ph of,
        simplify, irrational, infinitely many, square root, real roots, positive integers
        | résous, résoudre, résolvez, équation, intégrale, dérivée, polynôme, théorème, démontre, démontrer, démontrez, prouve,
        prouver, matrice, probabilité, nombres premiers, nombre premier, divisible, triangle, cercle, rayon, périmètre, calcule, calculer,
        vitesse, racine, racines
        | löse, gleichung, integral, ableitung, polynom, satz von, beweise, beweis, matrix, wahrscheinlichkeit, primzahl,
        teilbar, dreieck, kreis, winkel, umfang, berechne, berechnen, geschwindigkeit, beschleunigung, wurzel, nullstellen
        | resuelve, resolver, ecuación, integral, derivada, polinomio, teorema, demuestra, demostrar, matriz, probabilidad,
        números primos, número primo, divisible, triángulo, círculo, ángulo, perímetro, calcula, calcular, velocidad, raíz, raíces
        | risolvi, risolvere, irrazionale, infiniti numeri, equazione, integrale, derivata, polinomio, teorema, dimostra, dimostrare, matrice,
        probabilità, numero primo, numeri primi, divisibile, triangolo, cerchio, angolo, perimetro, calcola, calcolare,
        velocità, radice, radici
        """,
    "amounts": """
        how many, how much, total, altogether, price, cost, costs, dollars, euros, percent, bought, sold, buys, sells, each,
        per hour, per day, spend, spent, earn, earns, left over, more than, fewer than
        | combien, prix, coûte, coûtent, achète, vend, dépense, gagne, pour cent
        | wie viel, wie viele, wieviel, preis, kostet, kosten, kauft, verkauft, insgesamt, verdient, prozent
        | cuánto, cuántos, cuánta, cuántas, precio, cuesta, cuestan, compra, vende, gasta, gana, por ciento
        | quanto, quanti, quante, prezzo, costa, costano, compra, vende, spende, guadagna, per cento
        """,
    "manipulation": """
        sort, sorted, reverse, reversed, rotate, rotated, rearrange, count, decode, encode, decrypt, encrypt, cipher,
        shuffle, anagram, anagrams, palindrome, transpose, alphabetical, alphabetically, binary, hexadecimal, digit, digits,
        letters, the letter, character, characters, string, strings, spell, simulate, simulation, occurrences, grid, sequence,
        ascending, descending, permute, transform, concatenate
        | trie, trier, inverse, inverser, renverse, compte, compter, décode, décoder, déchiffre, alphabétique, lettres,
        la lettre, chiffres, mélange, croissant, décroissant
        | sortiere, sortieren, umkehren, rückwärts, zähle, zählen, entschlüssele, alphabetisch, buchstabe, buchstaben,
        ziffern, aufsteigend, absteigend, zeichenkette
        | ordena, ordenar, invierte, invertir, cuenta cuántas, contar, descifra, alfabético, alfabéticamente, letras,
        la letra, dígitos, ascendente, descendente
        | ordina, ordinare, inverti, invertire, conta, contare, decifra, alfabetico, lettere, la lettera, cifre, crescente,
        decrescente
        """,
    "code": """
        algorithm, algorithms, implement, implementation, code, program, programs, python, java, javascript, typescript,
        rust, golang, kotlin, bug, bugs, debug, debugging, compile, recursion, recursive, loop, array, arrays, runtime, refactor,
        sql, regex, stack trace, unit test, unit tests, deadlock, race condition, pointer, api, binary tree,
        linked list, the output, time complexity, big o, a function, this function
        | algorithme, implémente, implémenter, programme, code, boucle, récursif, fonction qui, une fonction
        | algorithmus, implementiere, implementieren, programmiere, programm, quellcode, schleife, rekursiv, eine funktion
        | algoritmo, implementa, implementar, programa, código, bucle, recursivo, una función
        | algoritmo, implementa, implementare, programma, codice, ciclo, ricorsivo, una funzione
        """,
    "extract": """
        extract, extracts, pull out, list all, find all, identify, fields, field, entities, named entities, mentioned,
        copy out, look up, lookup, which date, what date, fill in, parse
        | extrais, extraire, extrayez, relève, relever, repère, identifie, champs, mentionné
        | extrahiere, extrahieren, entnimm, liste alle, felder, erwähnt, nenne alle
        | extrae, extraer, extraiga, identifica, campos, mencionado
        | estrai, estrarre, estragga, individua, identifica, campi, menzionato
        """,
    "rewrite": """
        format, reformat, rewrite, rephrase, paraphrase, proofread, grammar, spelling, uppercase, lowercase,
        bullet, bullets, markdown, yaml, shorten, tidy, convert this, as json, to json, into json, as csv, to csv,
        fix the, correct the
        | reformule, reformuler, reformulez, réécris, réécrire, corrige, corriger, orthographe, grammaire, majuscules, en json
        | formatiere, formatieren, umformulieren, formuliere, korrigiere, korrigieren, rechtschreibung, großbuchstaben, als json
        | reformula, reescribe, reescribir, corrige, corregir, ortografía, gramática, mayúsculas, formatea, en json
        | riformula, riscrivi, riscrivere, correggi, correggere, ortografia, grammatica, maiuscole, formatta, in json
        """,
    "translate": """
        translate, translation, into english, into french, into german, into spanish, into italian, to english, to french,
        to german, to spanish, to italian
        | traduis, traduire, traduisez, traduction, en anglais, en français, en allemand
        | übersetze, übersetzen, übersetzung, ins englische, ins deutsche, ins französische
        | traduce, traducir, traduzca, traducción, al inglés, al español, al francés
        | traduci, tradurre, traduzione, in inglese, in italiano, in francese
        """,
    "summarise": """
        summarize, summarise, summary, tldr, key points, main points, condense, recap, gist, in brief, one sentence
        | résume, résumer, résumez, résumé, synthèse, points clés
        | fasse zusammen, zusammenfassung, zusammenfassen, zusammen, kernpunkte, kurzfassung
        | resume, resumir, resuma, resumen, puntos clave
        | riassumi, riassumere, riassunto, sintesi, sintetizza, punti chiave
        """,
    "classify": """
        classify, classification, categorize, categorise, category, categories, label, labels, tag, tags, sentiment, spam,
        topic, tone, positive or, language is, true label
        | classe, classer, classifie, classez, catégorie, étiquette, sentiment, ton
        | klassifiziere, klassifizieren, kategorie, kategorisiere, ordne, stimmung, etikett, thema
        | clasifica, clasificar, categoría, etiqueta, sentimiento, tema
        | classifica, classificare, categoria, etichetta, sentimento, argomento
        """,
    "write": """
        write a, write an, draft, compose, poem, story, essay, blog, email, e mail, haiku, slogan, tweet, headline, roleplay,
        role play, act as, pretend, imagine, joke, song, lyrics, persona, advertisement, ad copy, brainstorm, ideas,
        describe, share ideas
        | écris, écrire, rédige, rédiger, rédigez, poème, histoire, blague, courriel, lettre de, décris, imagine, idées
        | schreibe, schreib, verfasse, gedicht, geschichte, witz, entwurf, beschreibe, stell dir, ideen
        | escribe, escribir, redacta, poema, cuento, historia, chiste, correo, describe, imagina, ideas
        | scrivi, scrivere, redigi, poesia, storia, barzelletta, lettera di, descrivi, immagina, idee
        """,
    "lookup": """
        who, what is, what are, what was, what does, what's the, when is, when was, when did, where is, where was, where
        are, capital of, define, definition, meaning of, name the, name of, weather, show me, tell me, find me, give me, get,
        fetch, book, play, remind, search, status, stands for, refers to, known as, term, which country, best describes,
        is called, located, happened, famous, invented, population, recommend
        | qui, quelle est, quel est, quels sont, quand, où, capitale, définis, définition, météo, montre, donne, cherche,
        statut, qu'est
        | wer, was ist, was sind, wann, wo, hauptstadt, definiere, definition, wetter, zeig, zeige, gib, suche, heißt
        | quién, qué es, qué son, cuál es, cuándo, dónde, capital, define, definición, muestra, dame, busca, tiempo hace
        | chi, cos'è, che cos, qual è, quali sono, quando, dove, capitale, definisci, definizione, meteo, mostra, dammi,
        cerca
        """,
}
"""Group of meaning -> its words, the five languages divided by bars."""

RULES: Mapping[str, str] = {
    "rules": """
        must, must not, should, shall, always, never, only, only if, unless, except, before, policy, policies, rule,
        rules, allowed, permitted, forbidden, prohibited, required, eligible, verify, confirm, approval, approve, refuse,
        deny, do not, don, cannot, may not, if, otherwise, within, limit, escalate, transfer, refund, cancel, authorize
        | doit, doivent, devez, toujours, jamais, uniquement, sauf, avant, politique, règle, règles, autorisé, interdit, vérifie,
        vérifier, vérifiez, confirme, confirmer, refuse, refuser, si, sinon, seulement, remboursement
        | muss, müssen, darf, dürfen, soll, sollte, immer, nie, niemals, nur, außer, bevor, richtlinie, regel, regeln, erlaubt,
        verboten, prüfe, prüfen, bestätige, ablehnen, wenn, falls, sonst, erstattung
        | debe, deben, siempre, nunca, solo, sólo, salvo, excepto, antes, política, regla, reglas, permitido, prohibido,
        verifica, verificar, confirma, confirmar, rechaza, si, reembolso
        | deve, devi, devono, sempre, mai, solo, tranne, salvo, prima, regola, regole, consentito, vietato, verifica,
        verificare, conferma, confermare, rifiuta, se, altrimenti, rimborso
        """,
}
"""Words of rules that bind the work, looked for in the instructions."""

COURTESIES = frozenset(
    word[:STEM]
    for word in re.findall(
        r"[a-z]+",
        """
        please thank thanks you very much lot in advance hi hello hey dear kindly could can would help me with this for
        your i need want to good morning day bonjour salut merci beaucoup vous plait svp pourriez pouvez peux tu avance
        aide moi hallo guten tag danke bitte vielen dank konntest konnten kannst du sie mir hilf helfen im voraus hola
        buenos dias gracias muchas por favor podrias puedes ayudame ciao buongiorno grazie mille per favore potresti puoi
        aiutami
        """,
    )
)
"""Words of politeness around a task, which say nothing about it."""

IRREVERSIBLE = frozenset(
    [
        "delete",
        "remove",
        "drop",
        "cancel",
        "refund",
        "pay",
        "payment",
        "purchase",
        "buy",
        "order",
        "transfer",
        "send",
        "submit",
        "publish",
        "deploy",
        "execute",
        "approve",
        "sign",
        "close",
        "terminate",
        "revoke",
        "charge",
        "withdraw",
        "wipe",
        "overwrite",
        "update",
        "modify",
        "change",
        "book",
    ]
)
"""Parts of tool names that tell of an effect which is hard to take back."""


def entries(groups: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return first word -> second word -> group; the second word is empty for an entry of one word.

    A word that two groups claim belongs to the group that comes first.
    """
    table: dict[str, dict[str, str]] = {}
    for group, words in groups.items():
        for entry in re.split(r"[,|]", fold(words)):
            first, second, *_ = (*(part[:STEM] for part in re.findall(r"[a-z]+", entry)), "", "")
            if first:
                table.setdefault(first, {}).setdefault(second, group)
    return table
