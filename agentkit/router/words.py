"""The words of each group of meaning, in English, French, German, Spanish and Italian, the languages divided by bars.

Entries are written as people write them; `agentkit.router.lexicon` folds them. An entry of two words counts only where
they stand together, and then instead of the first word alone. A word that two groups claim belongs to the first.
"""

from __future__ import annotations

from collections.abc import Mapping

SYMBOLS: Mapping[str, str] = {
    "operators": "+*=×÷^%",
    "maths_symbols": "∫∑∏√∂∞≤≥≈∈⊂⊆∪∩∀∃∧∨⊃→⇒⇔¬∼·•π∠°\\$",
    "data": '"[]\t',
}
"""Group -> the characters that count for it."""

GROUPS: Mapping[str, str] = {
    "constraints": """
        must, unless, except, at least, at most, only if, no more, no less, cannot, required, requirement, constraint, nobody, no two,
        forbidden, allowed, permitted, prohibited, may not, must not, subject to, as long, exactly, if, whenever, otherwise, suppose,
        assume, assuming, given that, provided that, in case, neither, nor, without, never
        | doit, doivent, sauf, excepté, au moins, au plus, uniquement, interdit, obligatoire, à condition, contrainte, exactement, sinon,
        lorsque, supposons, jamais, ni, sans
        | muss, müssen, darf, dürfen, außer, es sei, mindestens, höchstens, verboten, erlaubt, bedingung, genau, wenn, falls, sonst,
        sofern, angenommen, niemals, weder, ohne
        | debe, deben, excepto, salvo que, al menos, como mínimo, como máximo, prohibido, permitido, a condición, exactamente, si no,
        supongamos, supón, siempre que, nunca, sin
        | deve, devono, tranne, eccetto, almeno, al massimo, al più, vietato, consentito, a condizione, vincolo, esattamente, qualora,
        altrimenti, supponiamo, supponi, a meno, mai, senza
        """,
    "tracking": """
        swap, swaps, swapped, exchange places, move, moves, moved, rotate, rotates, rotated, rotation, mirror, flip, flips, flipped, push,
        pop, pour, toggle, turn left, turn right, turns left, turns right, turn around, clockwise, simulate, simulation,
 repeat, repeatedly,
 iteration, iterations, grid, grids, matrix, matrices, robot, peg, pegs, stack, input, output,
 ends up, neighbor, neighbour, vertices, edges,
        series of, following operations, operations in, chessboard, the rules, following rules, rules in, initial state, final state, starting at, final positions
        | échange, échangent, déplace, déplacent, tourne, pivote, miroir, retourne, empile, dépile, verse, simule, état, opération,
        opérations, applique, appliquer, règle, règles, répète, initial, initiale, grille, matrice, robot, entrée, sortie, remplace, cellule, plateau
        | tauscht, tauschen, vertauscht, bewegt, verschiebe, verschiebt, drehe, dreht, spiegele, gießt, simuliere, zustand, operation,
        operationen, wende, regel, regeln, wiederhole, anfangs, gitter, matrix, roboter, eingabe, ausgabe, ersetzt, zelle, spielfeld
        | intercambia, intercambian, mueve, mueven, gira, giran, rota, refleja, vierte, simula, estado, operación, operaciones, aplica,
        regla, reglas, repite, inicial, inicialmente, cuadrícula, matriz, robot, entrada, salida, reemplaza, celda, tablero
        | scambia, scambiano, sposta, spostano, muove, ruota, ruotano, rifletti la, capovolgi, versa, simula, stato, operazione,
        operazioni, applica, regola, regole, ripeti, iniziale, inizialmente, griglia, matrice, robot, ingresso, uscita, sostituisci, cella, scacchiera
        """,
    "relations": """
        left of, right of, beside, opposite, taller, shorter than, older, younger, faster, slower, heavier, lighter, newer,
        leftmost, rightmost, oldest, youngest, tallest, shortest, next to, sits, seated, standing, ahead of, finishes,
 in between, north, south, east, west,
        left neighbour, finished before, finished after, finished above, finished below
        | à gauche, à droite, derrière, devant, plus vieux, plus jeune, plus rapide, plus lent, à côté, assis, assise, avant dernier, nord, sud
        | links von, rechts von, hinter, neben, älter, jünger, schneller, langsamer, gegenüber, sitzt, letzter, dritter, vor dem, direkt, nord, süd, osten, westen
        | izquierda, derecha, detrás, más alto, más bajo, más viejo, más joven, más rápido, al lado, sentado, sentada, norte, sur, oeste
        | a sinistra, a destra, sinistra, destra, dietro, più alto, più bassa, più alta, più vecchio, più giovane, più veloce, accanto, seduto, seduta, nord, sud, ovest
        """,
    "logic": """
        true, false, truth, lie, lies, always lies, always tells, liar, liars, lying, implies, imply, implication, deduce, deduction, deductive,
        conclusion, valid, invalid, validity, logical, logically, logic, puzzle, riddle, consistent,
        contradiction, therefore, hence, infer, inference, entail, entails, necessarily, boolean, exactly one, pattern, paradox,
        premise, premises, tautology, predicate, quantifier, propositional, proposition, argument form, syllogism, fallacy, fallacies, follows from, follow from,
        truth table, counterexample, sufficient for, if and, nobody, who owns, clue, clues, knight, knights, knave, sudoku, crossword,
        statement is, the statements, following statements, statement 1, both statements
        | vrai, vraie, faux, fausse, vérité, ment, mentent, menteur, implique, déduire, déduis, prémisse, valide, logique,
        énigme, devinette, contradiction, indice, indices, affirmations, qui ment
        | wahr, falsch, wahrheit, lügt, lügen, lügner, folgt, folgern, folgere, prämisse, gültig, ungültig, logisch,
        logik, rätsel, knobelaufgabe, hinweis, hinweise, aussagen, widerspruch, schlussfolgerung
        | verdad, verdadero, verdadera, falso, falsa, miente, mienten, mentiroso, implica, deduce, deducir, premisa, válido,
        lógica, lógico, acertijo, adivinanza, rompecabezas, pista, pistas, afirmaciones
        | vero, vera, verità, mente sempre, mentono, bugiardo, dedurre, deduci, premessa, valido, logico, indovinello,
        rompicapo, indizio, indizi, affermazioni
        """,
    "analysis": """
        why, analyse, analyze, analysis, diagnose, diagnosis, investigate, derive, root cause, compare, comparison,
        contrast, versus, trade off, tradeoff, tradeoffs, pros, cons, reason about,
        explain why, explain how, critique, weigh, work out
        | pourquoi, analyse, analyser, compare, comparer, comparez, cause, causes, enquête, avantages, inconvénients
        | warum, wieso, weshalb, analysiere, analysieren, vergleiche, vergleichen, ursache, untersuche, vorteile, nachteile,
        abwägen, wäge
        | por qué, analiza, analizar, compara, comparar, causa, investiga, ventajas, desventajas
        | perché, analizza, analizzare, confronta, confrontare, causa, indaga, vantaggi, svantaggi
        """,
    "judgement": """
        assess, assessment, evaluate, justify, determine whether, determine if, decide whether, decide if, comply, complies,
        compliance, compliant, violate, violates, violation, our policy, the policy, playbook, review, reviewing,
        recommend whether, should we, can we, eligible, eligibility, entitled, apply the, may she, may he, deduct,
        risk rating, the criteria, against the, justify the, weigh the, weigh both, judge whether
        | évalue, évaluer, évaluez, juge, juger, justifie, justifier, vérifie, vérifier, vérifiez, conforme, conformité, enfreint, violation, éligible,
        admissible, risque, risques, acceptable, notre politique, la politique, critère, critères, examine, examiner
        | beurteile, beurteilen, bewerte, bewerten, begründe, begründen, prüfe, prüfen, verstößt, verstoß, zulässig, berechtigt, anspruch, risiko, risiken, zumutbar, richtlinie, kriterien
        | evalúa, evaluar, juzga, justifica, cumple, cumplimiento, infringe, incumple, elegible, riesgo, riesgos, razonable, aceptable, nuestra política, la política, derecho a, criterios, revisa, revisar
        | valuta, valutare, giudica, giustifica, motiva, conforme, conformità, violazione, idoneo, rischio, rischi, ragionevole, accettabile, nostra politica, alla politica, criteri, verifica
        """,
    "law": """
        breach, liable, liability, lawful, unlawful, enforceable, negligence, negligent, jurisdiction, plaintiff, defendant, sues, sued, lawsuit, court,
        hearsay, admissible, inadmissible, tort, statute, statutory, facts:, rule:, policy:, liable for, tenant, landlord, seller, remedies, remedy, damages, battery,
        contract for, obligation, obligations, tax, taxes, deductible, exceptions, exception applies, insurance, claim:
        | responsabilité, tribunal, plaignant, plaignante, indemnité, impôt, obligation, locataire, bailleur, dommages
        | haftung, haftet, gericht, kläger, beklagte, pflicht, steuer, erstattung, mieter, vermieter, schadensersatz
        | responsabilidad, tribunal, demandante, demandado, impuesto, indemnización, obligación, inquilino, daños
        | responsabilità, tribunale, attore, convenuto, imposta, indennizzo, obbligo, obblighi, inquilino, danni, penale
        """,
    "planning": """
        plan, plans, schedule, itinerary, timetable, optimize, optimise, optimal, optimum, rota, deadline, deadlines, checkmate, mate in, knapsack, minimize, minimise, maximize,
        maximise, minimum, maximum, minimal, fewest, shortest path, cheapest, strategy, strategic, allocate, allocation, feasible,
 architect, architecture, roadmap, end to, winning,
        design a, design an, schedule meetings, calendars,
        nobody works, shift plan, is minimal, as cheap, as few, itineraries,
        least cost
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
        solve, equation, equations, integral, integrate, derivative, polynomial, theorem, lemma, prove,
        proof, vector, probability, prime, primes, divisible, divisor, factorial, factorization,
        quadratic, cubic, triangle, polygon, circle, angle, radius, perimeter, hypotenuse, remainder, modulo, integer,
        coefficient, coefficients, exponent, numerator, denominator, volume of, vertices of, determinant, eigenvalues, diagonal, bisector, median of, arithmetic, geometric, differentiable, bijective, injective, surjective, homomorphism, abelian, cyclic group, subspace, subset, topology, dice, coin is, expected number, expected value, at random, decimal places, significant figures, significant digits, evaluate the, inequality, tangent, parabola, ellipse, perpendicular, logarithm, log, sine, cosine, sin, cos, tan, sqrt, simplest form, permutation, permutations, combinatorics, eigenvalue,
        convergence, converges, geometry, algebra, isomorphic, subgroup, calculate,
        compute the, simplify, irrational, infinitely many, square root, real roots, positive integers,
        derivative of, differentiate the, area of, simplify the, is continuous, continuous on, the slope, the coordinates, is parallel, the expression,
        common factor, common divisor, common multiple, the ratio, subsets, finite set, prove that, percent of, the average, the mean, square of, solutions of, solution set,
        the sum, sum of, product of, many ways
        | résous, résoudre, résolvez, équation, intégrale, dérivée, polynôme, théorème, démontre, démontrer, démontrez, prouve,
        prouver, dés, hasard, fonction f, somme des, produit des, aire, probabilité, intervalle, nombres premiers, nombre premier, divisible, triangle, cercle, rayon, périmètre, calcule, calculer,
        racine, racines
        | löse, gleichung, integral, ableitung, polynom, satz von, beweise, beweis, matrix, wahrscheinlichkeit, primzahl,
        teilbar, dreieck, kreis, winkel, umfang, berechne, berechnen, zufällig, würfel, summe der, produkt der, flächeninhalt, wurzel, nullstellen
        | resuelve, resolver, ecuación, integral, derivada, polinomio, teorema, demuestra, demostrar, matriz, probabilidad,
        números primos, número primo, divisible, triángulo, círculo, ángulo, perímetro, calcula, calcular, azar, dados, suma de, producto de, área de, raíz, raíces
        | risolvi, risolvere, irrazionale, infiniti numeri, equazione, integrale, derivata, polinomio, teorema, dimostra, dimostrare, dadi, somma dei, prodotto dei, area del,
        probabilità, numero primo, numeri primi, divisibile, triangolo, cerchio, angolo, perimetro, calcola, calcolare,
        radice, radici
        """,
    "science": """
        velocity, acceleration, momentum, voltage, wavelength, joule, joules, newton, newtons, kinetic, molar, molarity, enthalpy, entropy, ph of,
        electron, electrons, proton, protons, neutron, photon, photons, atom, atoms, atomic, molecule, molecules, molecular, ion, ions, isotope,
        acid, acids, oxidation, redox, catalyst, equilibrium, stoichiometry, solubility, orbital, orbitals, reagent, polymer,
        magnetic, electric, electromagnetic, circuit, resistor, capacitor, capacitance, inductor, ohm, ohms, volt, volts, watt, watts,
 amplitude, refraction, diffraction, thermodynamic, temperature of, pressure of, adiabatic, friction, torque,
        gravity, gravitational, inertia, projectile, pendulum, incline, orbit, orbits, relativistic, spectrum, nucleus, half life, kelvin,
        hertz, pascal, moles, mol, mass of, ideal gas, density, enzyme, allele, alleles, genotype, phenotype, recombination, offspring, heterozygous,
        standard deviation, standard error, sample size, null hypothesis, p value, confidence interval, binomial, gaussian, random variable,
        correlation, variance, covariance, regression, estimator, estimators, unbiased, residual, residuals, heteroscedasticity, autocorrelation,
        stationary, cointegration, likelihood, bayes, bayesian, t test, elasticity, marginal, equilibria, monopolist,
 neural, overfitting, turing, np complete, asymptotic, compiler, automaton,
 modulation, flux, impedance, transistor, semiconductor, fluid, laminar, reynolds, algorithmic,
        normal distribution, normally distributed, distribution of, probability distribution, frequency of, statistically significant, significance level, radioactive, the resistance, chemical, compounds, compound, sound waves, doppler, physics, chemistry, vapor pressure, boiling, melting point, ground state, chi square, linear regression, dependent variable, independent variable, time series, confounding, sampling, randomly selected, random sample, percentile, quartile, histogram, scatterplot, price index, opportunity cost, supply curve, demand curve, gdp, inflation rate, operating system, page fault, hash table, logic gate, big o, gradient descent, training set, kernel,
        of freedom
        | électron, électrons, atome, molécule, acide, oxydation, magnétique, électrique, circuit, résistance, fréquence, longueur d, énergie
        cinétique, accélération, vitesse, masse, pression, température de, gaz, frottement, écart type, variance, distribution, loi normale, régression,
        satellite, orbite, condensateur, concentration, moles
        | elektron, elektronen, atom, molekül, säure, oxidation, magnetfeld, elektrisch, stromkreis, widerstand, frequenz, wellenlänge, kinetische,
        beschleunigung, geschwindigkeit, masse, druck, gas, reibung, standardabweichung, varianz, verteilung, regression, proton, protons, spannung,
        kondensator, konzentration, stichprobe
        | electrón, electrones, átomo, molécula, ácido, oxidación, magnético, eléctrico, circuito, resistencia, frecuencia, longitud de, cinética,
        aceleración, velocidad, masa, presión, gas, rozamiento, desviación, varianza, distribución, regresión, molaridad, disolución, muestra
        | elettrone, elettroni, atomo, molecola, acido, ossidazione, magnetico, elettrico, circuito, resistenza, frequenza, lunghezza d, cinetica,
        accelerazione, velocità, massa, pressione, gas, attrito, deviazione, varianza, distribuzione, regressione, campione
        """,
    "amounts": """
        how many, how much, total, altogether, price, cost, costs, dollars, euros, percent, bought, sold, buys, sells, each,
        per hour, per day, spend, spent, earn, earns, left over, more than, fewer than, larger, smaller, greater, bigger, larger than,
        | combien, prix, coûte, coûtent, achète, vend, dépense, gagne, pour cent, plus grand, plus petit
        | wie viel, wie viele, wieviel, preis, kostet, kosten, kauft, verkauft, insgesamt, verdient, prozent, größer, kleiner
        | cuánto, cuántos, cuánta, cuántas, precio, cuesta, cuestan, compra, vende, gasta, gana, por ciento, mayor, menor
        | quanto, quanti, quante, prezzo, costa, costano, compra, vende, spende, guadagna, per cento, maggiore, minore
        """,
    "manipulation": """
        sort, sorted, reverse, reversed, rearrange, count, decode, encode, decrypt, encrypt, cipher,
        shuffle, anagram, anagrams, palindrome, transpose, alphabetical, alphabetically, binary, hexadecimal, digit, digits,
        letters, the letter, character, characters, spell, backward, backwards, scrambled, unscramble, last letter, first letter, vowel, vowels, consonant, consonants, substring, subsequence, bits, octal, duplicates, largest to, smallest to, occurrences, grid,
        ascending, descending, permute, concatenate, odd one, caesar, morse, bitwise,
        the string, a string, following string, base 2, base 8, base 16, of letters,
        many times
        | trie, trier, inverse, inverser, renverse, compte, compter, décode, décoder, déchiffre, alphabétique, lettres,
        la lettre, chiffres, mélange, croissant, décroissant, voyelle, voyelles, binaire
        | sortiere, sortieren, umkehren, rückwärts, zähle, zählen, entschlüssele, alphabetisch, buchstabe, buchstaben,
        ziffern, aufsteigend, absteigend, zeichenkette, vokal, vokale, binär, wie oft, umgekehrt
        | ordena, ordenar, invierte, invertir, cuenta cuántas, contar, descifra, alfabético, alfabéticamente, letras,
        la letra, dígitos, ascendente, descendente, vocales, binario, cuántas veces, al revés
        | ordina, ordinare, inverti, invertire, conta, contare, decifra, alfabetico, lettere, la lettera, cifre, vocali, binario, quante volte, al contrario, crescente,
        decrescente
        """,
    "code": """
        algorithm, algorithms, implement, implementation, code, program, programs, python, java, javascript, typescript,
        rust, golang, kotlin, bug, bugs, debug, debugging, compile, recursion, recursive, loop, array, arrays, runtime, refactor,
        sql, regex, stack trace, unit test, unit tests, deadlock, race condition, pointer, api, binary tree,
        linked list, the output, time complexity, big o, a function, this function, this program, def, console, printf, void, int, struct, lambda, elif, assert, stdin, standard input, time limit, testcase, test cases, dynamic programming, data structure, thread safe, edge cases, git, docker, json schema, stacktrace, typeerror,
        print(, return(, this class, sql query, int main,
        html, css, javascript, web page, website, webpage, nodes, node in, nth, fibonacci, write code, recursive function, script
        | algorithme, implémente, implémenter, programme, code, boucle, récursif, fonction qui, une fonction
        | algorithmus, implementiere, implementieren, programmiere, programm, quellcode, schleife, rekursiv, eine funktion
        | algoritmo, implementa, implementar, programa, código, bucle, recursivo, una función
        | algoritmo, implementa, implementare, programma, codice, ciclo, ricorsivo, una funzione
        """,
    "answer_only": """
        final answer, only the, only reply, reply only, respond only, answer only, only return, return only, only answer, just the, nothing else,
        no explanation, without explanation, without any, no other,
        | réponse finale, uniquement la, uniquement le, seulement la, seulement le, sans explication
        | endgültige antwort, nur die, nur das, nur den, nichts anderes, ohne erklärung, ohne begründung
        | respuesta final, solo la, solo el, sólo la, sólo el, únicamente la, nada más, sin explicación
        | risposta finale, solo la, solo il, soltanto la, nient'altro, senza spiegazioni
        """,
    "extract": """
        extract, extracts, pull out, list all, find all, identify, fields, field, entities, named entities, mentioned,
        copy out, look up, lookup, which date, what date, fill in, parse,
        text:, passage:, paragraph:, document:, article:, excerpt:, context:, contract:, agreement:, email:, transcript:, texte :, absatz:, vertrag:, texto:, testo:
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
        | summarize, summarise, summary, tldr, key points, main points, condense, recap, gist, in brief, one sentence
        | résume, résumer, résumez, résumé, synthèse, points clés
        | fasse zusammen, zusammenfassung, zusammenfassen, zusammen, kernpunkte, kurzfassung
        | resume, resumir, resuma, resumen, puntos clave
        | riassumi, riassumere, riassunto, sintesi, sintetizza, punti chiave
        """,
    "translate": """
        translate, translation, into english, into french, into german, into spanish, into italian, to english, to french,
        to german, to spanish, to italian
        | traduis, traduire, traduisez, traduction, en anglais, en français, en allemand
        | übersetze, übersetzen, übersetzung, ins englische, ins deutsche, ins französische
        | traduce, traducir, traduzca, traducción, al inglés, al español, al francés
        | traduci, tradurre, traduzione, in inglese, in italiano, in francese
        """,
    "classify": """
        classify, classification, categorize, categorise, category, categories, label, labels, tag, tags, sentiment, spam,
        topic, tone, positive or, language is, true label, yes or, hate speech, sarcastic, polite, politeness, offensive, headline, entailment, neutral, contain language, intent,
        label:, clause:, sentence:, review:, tweet:, headline:, premise:, sentiment:, category:, klausel:, satz:, phrase :, cláusula:, frase:, clausola:,
        following clause, the clause, clause provides, does this, this clause
        | classe, classer, classifie, classez, catégorie, étiquette, sentiment, ton, oui ou
        | klassifiziere, klassifizieren, kategorie, kategorisiere, ordne, stimmung, etikett, thema, ja oder
        | clasifica, clasificar, categoría, etiqueta, sentimiento, tema, sí o
        | classifica, classificare, categoria, etichetta, sentimento, argomento, sì o
        """,
    "write": """
        write a, write an, draft, compose, poem, story, essay, blog, email, e mail, haiku, slogan, tweet, headline, roleplay,
        role play, act as, pretend, joke, song, lyrics, persona, advertisement, ad copy, brainstorm, ideas,
        describe, share ideas, write me, persuasive, blog post, cover letter, dialogue, monologue, paragraph about, embrace, persona of, speak like, slogan, product description, letter to, opinion, advice, tips, suggest, names for, how are,
        style of, the role, role play, tone of,
        imagine a
        | écris, écrire, rédige, rédiger, rédigez, poème, histoire, blague, courriel, lettre de, décris, imagine, idées
        | schreibe, schreib, verfasse, gedicht, geschichte, witz, entwurf, beschreibe, stell dir, ideen
        | escribe, escribir, redacta, poema, cuento, historia, chiste, correo, describe, imagina, ideas
        | scrivi, scrivere, redigi, poesia, storia, barzelletta, lettera di, descrivi, immagina, idee
        """,
    "humanities": """
        century, war, wars, wartime, president, presidents, king, queen, emperor, empire, treaty, church, religion, religious, god, gods, christian, islam,
        islamic, buddhist, buddhism, hindu, hinduism, jewish, judaism, catholic, protestant, bible, culture, cultural, cultures, society, societies, social,
        sociology, government, governments, congress, senate, parliament, democracy, democratic, republican, election, elections,
        constitution, revolution, slavery, colonial, colony, colonies, immigrants, nationalism, soviet, communism, communist, capitalism, diplomacy,
        foreign, poet, poetry, author, novel, novels, painter, painting, artist, artists, museum, music, musical, film, films, movie, movies, actor,
        actress, football, brand, brands, consumer, consumers, marketing, advertising, market share, media,
        journalist, audience, campaign, psychologist, psychology, therapy, personality, behavior, behaviour, childhood, adolescence, aging,
        elderly, patient, patients, diet, dietary, nutrition, vitamin, vitamins, protein, disease, diseases, symptom, symptoms, infection, virus,
        muscle, bone, ethics, ethical, moral, morality, virtue, philosopher, philosophers, kant, aristotle, plato, socrates, archaeology, archaeological,
        neolithic, ancient, medieval, civilization, artifacts, fossil, species, population of, migration, urban, rural, agriculture, countries, continent,
 ocean, gender, women, ethnic, communities, leadership,
        public relations, public opinion, social class, market segment, target market
        | siècle, guerre, président, roi, reine, empereur, traité, église, religion, dieu, culture, société, gouvernement, parlement,
        élections, révolution, poète, auteur, roman, peintre, peinture, artiste, musique, film, marque, consommateur, médias, psychologie, patient,
        maladie, symptôme, vitamine, morale, éthique, philosophe
        | jahrhundert, krieg, präsident, könig, königin, kaiser, vertrag von, kirche, religion, gott, kultur, gesellschaft, regierung, wahl,
        revolution, dichter, autor, roman, maler, gemälde, künstler, musik, film, marke, verbraucher, medien, psychologie, patient, krankheit,
        symptome, vitamin, moral, ethik, philosoph, mauer
        | siglo, guerra, presidente, rey, reina, emperador, tratado, iglesia, religión, dios, cultura, sociedad, gobierno, elecciones, revolución,
        poeta, autor, novela, pintor, pintura, artista, música, película, marca, consumidor, medios, psicología, paciente, enfermedad, síntoma,
        vitamina, ética, filósofo
        | secolo, guerra, presidente, re d, regina, imperatore, trattato, chiesa, religione, dio, cultura, società, governo, elezioni, rivoluzione,
        poeta, autore, romanzo, pittore, dipinto, artista, musica, film, marca, consumatore, media, psicologia, paziente, malattia, sintomo,
        vitamina, morale, etica, filosofo
        """,
    "lookup": """
        who, what is, what are, what was, what does, what s, when is, when was, when did, where is, where was, where
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
