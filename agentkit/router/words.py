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
        | doit, doivent, sauf, excepté, au moins, au plus, uniquement, interdit, obligatoire, à condition, contrainte, exactement, sinon, lorsque, supposons, jamais, ni, sans, ne doit, ne doivent, sans remise, pas plus, au minimum, au maximum, chaque fois, à moins, interdit de
        | muss, müssen, darf, dürfen, außer, es sei, mindestens, höchstens, verboten, erlaubt, bedingung, genau, wenn, falls, sonst, sofern, angenommen, niemals, weder, ohne, darf nicht, dürfen nicht, ohne dass, nicht mehr, höchstens, solange, außer wenn, nur wenn
        | debe, deben, excepto, salvo que, al menos, como mínimo, como máximo, prohibido, permitido, a condición, exactamente, si no, supongamos, supón, siempre que, nunca, sin, no puede, no pueden, no más, a menos, cada vez, solo si, prohibido
        | deve, devono, tranne, eccetto, almeno, al massimo, al più, vietato, consentito, a condizione, vincolo, esattamente, qualora, altrimenti, supponiamo, supponi, a meno, mai, senza, non può, non possono, non più, a meno, ogni volta, solo se, vietato
        """,
    "tracking": """
        swap, swaps, swapped, exchange places, move, moves, moved, rotate, rotates, rotated, rotation, mirror, flip, flips, flipped, push,
        pop, pour, toggle, turn left, turn right, turns left, turns right, turn around, clockwise, simulate, simulation,
 repeat, repeatedly,
 iteration, iterations, grid, grids, matrix, matrices, robot, peg, pegs, stack, input, output,
 ends up, neighbor, neighbour, vertices, edges,
        series of, following operations, operations in, chessboard, the rules, following rules, rules in, initial state, final state, starting at, final positions
        | échange, échangent, déplace, déplacent, tourne, pivote, miroir, retourne, empile, dépile, verse, simule, état, opération, opérations, applique, appliquer, règle, règles, répète, initial, initiale, grille, matrice, robot, entrée, sortie, remplace, cellule, plateau, tourner, sens horaire, avance, avancer, tourne à, recule, échangent, permute, pivoter, rebondit, transforme la, position finale, position initiale, étape suivante, robot, plateau, échiquier, jeton, remplacer
        | tauscht, tauschen, vertauscht, bewegt, drehe, dreht, spiegele, gießt, simuliere, zustand, operation, operationen, wende, regel, regeln, wiederhole, anfangs, gitter, matrix, roboter, eingabe, ausgabe, ersetzt, zelle, spielfeld, uhrzeigersinn, drehen, geht vor, dreht sich, biegt, schritte vor, bewege, bewegen, tausche, stapel, spiegeln, startet, ende steht, endposition, anfangsposition, feld, felder, schachbrett, kippe, schalter, ersetze, operationen nacheinander
        | intercambia, intercambian, mueve, mueven, gira, giran, rota, refleja, vierte, simula, estado, operación, operaciones, aplica, regla, reglas, repite, inicial, inicialmente, cuadrícula, matriz, robot, entrada, salida, reemplaza, celda, tablero, sentido horario, girar, avanza, avanzar, retrocede, mover, intercambiar, posición final, posición inicial, pila, tablero, casilla, ficha, voltea, reemplazar, transforma la, pasos siguientes, reflejar
        | scambia, scambiano, sposta, spostano, muove, ruota, ruotano, rifletti la, capovolgi, versa, simula, stato, operazione, operazioni, applica, regola, regole, ripeti, iniziale, inizialmente, griglia, matrice, robot, ingresso, uscita, sostituisci, cella, scacchiera, senso orario, ruotare, avanza, avanzare, indietreggia, muovi, muovono, scambiare, parte da, posizione finale, posizione iniziale, pila, scacchiera, casella, pedina, capovolgere, sostituire, trasforma la, specchia
        """,
    "relations": """
        left of, right of, beside, opposite, taller, shorter than, older, younger, faster, slower, heavier, lighter, newer,
        leftmost, rightmost, oldest, youngest, tallest, shortest, next to, sits, seated, standing, ahead of, finishes,
 in between, north, south, east, west,
        left neighbour, finished before, finished after, finished above, finished below
        | à gauche, à droite, derrière, devant, plus vieux, plus jeune, plus rapide, plus lent, à côté, assis, assise, avant dernier, nord, sud, plus âgé, plus âgée, plus jeune, plus lourd, plus léger, voisin, voisine, assises, ouest, entre les, juste avant, juste après
        | links von, rechts von, hinter, neben, älter, jünger, schneller, langsamer, gegenüber, sitzt, letzter, dritter, vor dem, direkt, nord, süd, osten, westen, größer als, kleiner als, schwerer, leichter, älteste, jüngste, älter als, größte, kleinste, links neben, rechts neben, nachbar, sitzen, steht, westen, gegenüber von, direkt vor, direkt hinter
        | izquierda, derecha, detrás, más alto, más bajo, más viejo, más joven, más rápido, al lado, sentado, sentada, norte, oeste, mayor que, menor que, más pesado, más ligero, más vieja, vecino, vecina, sentados, norte, oeste, enfrente, justo antes, justo después, delante, más alta, más baja, más viejo
        | a sinistra, a destra, sinistra, destra, dietro, più alto, più bassa, più alta, più vecchio, più giovane, più veloce, accanto, seduto, seduta, nord, sud, ovest, più vecchia, più giovani, più pesante, più leggero, più lento, vicino di, seduti, nord, ovest, di fronte, subito prima, subito dopo, davanti
        """,
    "logic": """
        true, false, truth, lie, lies, always lies, always tells, liar, liars, lying, implies, imply, implication, deduce, deduction, deductive,
        conclusion, valid, invalid, validity, logical, logically, logic, puzzle, riddle, consistent,
        contradiction, therefore, hence, infer, inference, entail, entails, necessarily, boolean, exactly one, pattern, paradox,
        premise, premises, tautology, predicate, quantifier, propositional, proposition, argument form, syllogism, fallacy, fallacies, follows from, follow from,
        truth table, counterexample, sufficient for, if and, nobody, who owns, clue, clues, knight, knights, knave, sudoku, crossword,
        statement is, the statements, following statements, statement 1, both statements
        | vrai, vraie, faux, fausse, vérité, ment, mentent, menteur, implique, déduire, déduis, prémisse, valide, logique, énigme, devinette, contradiction, indice, indices, affirmations, qui ment, disent toujours, mentent toujours, déduire, déduction, valide, invalide, prémisses, conclusion, syllogisme, paradoxe, sudoku, devinettes, chevaliers, booléen, nécessairement, raisonnement, implique que, contradictoire, à qui, qui possède, logiques
        | wahr, falsch, wahrheit, lügt, lügen, lügner, folgt, folgern, folgere, prämisse, gültig, ungültig, logisch, logik, rätsel, knobelaufgabe, hinweis, hinweise, aussagen, widerspruch, schlussfolgerung, sagen immer, sagt immer, schlussfolgern, ableiten, deduktion, prämissen, konklusion, schluss, syllogismus, paradox, sudoku, ritter, boolesch, notwendigerweise, impliziert, widersprüchlich, wem gehört, wer besitzt, folgt daraus, wahrheitstabelle
        | verdad, verdadero, verdadera, falso, falsa, miente, mienten, mentiroso, implica, deduce, deducir, premisa, válido, lógica, lógico, acertijo, adivinanza, rompecabezas, pista, pistas, afirmaciones, siempre dicen, siempre mienten, deducción, inferir, premisas, conclusión, silogismo, paradoja, sudoku, caballeros, booleano, necesariamente, razonamiento, implica que, contradicción, inválido, quién tiene, se deduce
        | vero, vera, verità, mente sempre, mentono, bugiardo, dedurre, deduci, premessa, valido, logico, indovinello, rompicapo, indizio, indizi, affermazioni, dicono sempre, mentono sempre, deduzione, inferire, premesse, argomento valido, conclusione, sillogismo, paradosso, sudoku, cavalieri, booleano, necessariamente, ragionamento, implica, contraddizione, non valido, chi possiede, tabella di
        """,
    "analysis": """
        why, analyse, analyze, analysis, diagnose, diagnosis, investigate, derive, root cause, compare, comparison,
        contrast, versus, trade off, tradeoff, tradeoffs, pros, cons, reason about,
        explain why, explain how, critique, weigh, work out
        | pourquoi, analyse, analyser, compare, comparer, comparez, cause, causes, enquête, avantages, inconvénients, explique pourquoi, différence entre, comparaison, diagnostique, avantages et, compare les
        | warum, wieso, weshalb, analysiere, analysieren, vergleiche, vergleichen, ursache, untersuche, vorteile, nachteile, abwägen, wäge, erkläre warum, unterschied zwischen, vergleich, diagnostiziere, vor und, analyse
        | por qué, analiza, analizar, compara, comparar, causa, investiga, ventajas, desventajas, explica por, diferencia entre, comparación, diagnostica, ventajas y, análisis
        | perché, analizza, analizzare, confronta, confrontare, causa, indaga, vantaggi, svantaggi, spiega perché, differenza tra, confronto, diagnostica, vantaggi e, analisi
        """,
    "judgement": """
        assess, assessment, evaluate, justify, determine whether, determine if, decide whether, decide if, comply, complies,
        compliance, compliant, violate, violates, violation, our policy, the policy, playbook, review, reviewing,
        recommend whether, should we, can we, eligible, eligibility, entitled, apply the, may she, may he, deduct,
        risk rating, the criteria, against the, justify the, weigh the, weigh both, judge whether
        | évalue, évaluer, évaluez, juge, juger, justifie, justifier, vérifie, vérifier, vérifiez, conforme, conformité, enfreint, violation, éligible, admissible, risque, risques, acceptable, notre politique, la politique, critère, critères, examine, examiner, déterminer si, détermine si, décide si, autorisé à, a droit, ont droit, applique les, selon ces, peut il, peut elle, évaluation, recommande
        | beurteile, beurteilen, bewerte, bewerten, begründe, begründen, prüfe, prüfen, verstößt, verstoß, zulässig, berechtigt, anspruch, risiko, risiken, zumutbar, richtlinie, kriterien, entscheide ob, bestimme ob, entspricht, einhalten, eingehalten, nach diesen, nach den, berechtigung, bewertung, empfehle, darf der, darf die, begründung, einstufung
        | evalúa, evaluar, juzga, justifica, cumple, cumplimiento, infringe, incumple, elegible, riesgo, riesgos, razonable, aceptable, nuestra política, la política, derecho a, criterios, revisa, revisar, determina si, decide si, respeta, evaluación, recomienda, justifícalo, razona, según estas, según las, puede el, puede la, aplica las, conformidad, revisa si
        | valuta, valutare, giudica, giustifica, motiva, conforme, conformità, violazione, idoneo, rischio, rischi, ragionevole, accettabile, nostra politica, alla politica, criteri, verifica, determina se, decidi se, rispetta, valutazione, raccomanda, motivando, secondo queste, secondo le, può il, può la, ha diritto, applica le, conforme a, rivedi
        """,
    "law": """
        breach, liable, liability, lawful, unlawful, enforceable, negligence, negligent, jurisdiction, plaintiff, defendant, sues, sued, lawsuit,         hearsay, admissible, inadmissible, tort, statute, statutory, facts:, rule:, policy:, liable for, tenant, landlord, seller, remedies, remedy, damages, battery,
        contract for, obligation, obligations, tax, taxes, deductible, exceptions, exception applies, insurance, claim:,
        the court, court held, court of
        | responsabilité, tribunal, plaignant, plaignante, indemnité, impôt, obligation, locataire, bailleur, dommages, bail, locataires, résilier, résiliation, vendeur, acheteur, plainte, poursuit, juridiction, taxe, impôts, loi
        | haftung, haftet, gericht, kläger, beklagte, pflicht, steuer, erstattung, mieter, vermieter, schadensersatz, mietvertrag, kündigen, kündigung, verkäufer, käufer, eigentümer, vertrag, erbe, klage, verklagt, zuständigkeit, schaden, steuern, gesetz, mieterin
        | responsabilidad, tribunal, demandante, demandado, impuesto, indemnización, obligación, inquilino, daños, alquiler, arrendamiento, rescindir, vendedor, comprador, propietario, herencia, demanda, demanda a, jurisdicción, perjuicio, impuestos, ley, inquilina, arrendatario
        | responsabilità, tribunale, attore, convenuto, imposta, indennizzo, obbligo, obblighi, inquilino, danni, penale, affitto, locazione, recedere, recesso, venditore, eredità, causa civile, citazione, giurisdizione, danno, tasse, legge, conduttore
        """,
    "planning": """
        plan, plans, schedule, itinerary, timetable, optimize, optimise, optimal, optimum, rota, deadline, deadlines, checkmate, mate in, knapsack, minimize, minimise, maximize,
        maximise, minimum, maximum, minimal, fewest, shortest path, cheapest, strategy, strategic, allocate, allocation, feasible,
 architect, architecture, roadmap, end to, winning,
        design a, design an, schedule meetings, calendars,
        nobody works, shift plan, is minimal, as cheap, as few, itineraries,
        least cost
        | planifie, planifier, planifiez, optimise, optimiser, optimal, minimise, maximise, stratégie, itinéraire, répartir, conçois, concevoir, concevez, moins cher, au coût, plus court, minimal, un horaire, plan de, ordonnancement, échéance, échéances, équipes, tournée, plus courte, trajet le, optimale, minimum, maximum, minimal, maximal, répartis, emploi du, feuille de
        | plane, planen, zeitplan, optimiere, optimieren, optimal, minimiere, maximiere, strategie, entwirf, entwerfen, günstigste, kürzeste, aufteilen, dienstplan, stundenplan, minimalen, kürzesten, planung, reihenfolge der, frist, fristen, schichten, schichtplan, rundreise, optimale, minimale, maximale, minimal, maximal, verteile, zuordnen, roadmap, kürzeste, günstigster, reiseroute
        | planifica, planificar, optimiza, optimizar, óptimo, minimiza, maximiza, estrategia, itinerario, diseña, diseñar, más barato, mínimo, coste mínimo, más corto, turnos, un horario, planificación, plazo, plazos, turno, ruta, recorrido, más corta, más barata, óptima, mínima, máximo, máxima, presupuesto, asigna, asignar, hoja de, calendario
        | pianifica, pianificare, ottimizza, ottimizzare, ottimale, minimizza, massimizza, strategia, itinerario, progetta, progettare, meno caro, minimo, costo minimo, più breve, turni, un orario, pianificazione, scadenza, scadenze, turno, percorso, giro, più corto, più corta, ottimale, ottimo, minima, massimo, massima, bilancio, assegna, assegnare, calendario
        """,
    "maths": """
        solve, equation, equations, integral, integrate, derivative, polynomial, theorem, lemma, prove,
        proof, vector, probability, prime, primes, divisible, divisor, factorial, factorization,
        quadratic, cubic, triangle, polygon, circle, angle, radius, perimeter, hypotenuse, remainder, modulo, integer,
        coefficient, coefficients, exponent, numerator, denominator, volume of, vertices of, determinant, eigenvalues, diagonal, bisector, median of, arithmetic, geometric, differentiable, bijective, injective, surjective, homomorphism, abelian, cyclic group, subspace, subset, topology, coin is, expected number, expected value, at random, decimal places, significant figures, significant digits, evaluate the, inequality, tangent, parabola, ellipse, perpendicular, logarithm, log, sine, cosine, sin, cos, tan, sqrt, simplest form, permutation, permutations, combinatorics, eigenvalue,
        convergence, converges, geometry, algebra, isomorphic, subgroup, calculate,
        compute the, simplify, irrational, infinitely many, square root, real roots, positive integers,
        derivative of, differentiate the, area of, simplify the, is continuous, continuous on, the slope, the coordinates, is parallel, the expression,
        common factor, common divisor, common multiple, the ratio, subsets, finite set, prove that, percent of, the average, the mean, square of, solutions of, solution set,
        the sum, sum of, product of, many ways,
        dice are, dice is, fair dice, roll, rolled, rolling
        | résous, résoudre, résolvez, équation, intégrale, dérivée, polynôme, théorème, démontre, démontrer, démontrez, prouve, prouver, dés, hasard, fonction f, somme des, produit des, aire, probabilité, intervalle, nombres premiers, nombre premier, divisible, triangle, cercle, rayon, périmètre, calcule, calculer, racine, racines, racine carrée, dés, simplifie, simplifier, factorise, dériver, intégrer, limite, fonction, fonctions, somme, produit, reste, diviseur, nombre entier, entiers, fraction, fractions, décimal, exposant, logarithme, polygone, carré, aire du, volume du, périmètre du, diagonale, tangente, vecteur, vecteurs, combinaisons, permutations, hasard, tire, tirage, boules, moyenne de, médiane, puissance, divise, soustrais, au carré, valeur de, inconnue, moins commun, d'équations, commun diviseur, commun multiple
        | löse, gleichung, integral, ableitung, polynom, satz von, beweise, beweis, matrix, wahrscheinlichkeit, primzahl, teilbar, dreieck, kreis, winkel, umfang, berechne, berechnen, zufällig, würfel, summe der, produkt der, flächeninhalt, wurzel, nullstellen, würfeln, wahrscheinlich, ausdruck, vereinfache, vereinfachen, faktorisiere, ableiten, integriere, grenzwert, funktion, funktionen, folge, reihe, summe, produkt, vielfaches, teiler, ganze zahl, ganzen zahlen, bruch, brüche, dezimal, exponent, logarithmus, vieleck, quadrat, rechteck, fläche, volumen, diagonale, tangente, vektor, vektoren, kombinationen, permutationen, zufall, gezogen, ziehen, kugeln, mittelwert, median, potenz, dividiere, subtrahiere, addiere, wert von, unbekannte, gleichungssystem, gleichungen, rechne, ausrechnen
        | resuelve, resolver, ecuación, integral, derivada, polinomio, teorema, demuestra, demostrar, matriz, probabilidad, números primos, número primo, divisible, triángulo, círculo, ángulo, perímetro, calcula, calcular, azar, dados, suma de, producto de, área de, raíz, raíces, raíz cuadrada, irracional, expresión, simplifica, simplificar, factoriza, derivar, integrar, límite, función, funciones, sucesión, suma, cociente, resto, divisor, número entero, enteros, fracción, fracciones, decimal, exponente, logaritmo, polígono, cuadrado, área, volumen, diagonal, tangente, vector, vectores, combinaciones, permutaciones, al azar, extraen, sacan, bolas, media de, mediana, potencia, divide, resta, al cuadrado, valor de, incógnita, ecuaciones, irracionales
        | risolvi, risolvere, irrazionale, infiniti numeri, equazione, integrale, derivata, polinomio, teorema, dimostra, dimostrare, dadi, somma dei, prodotto dei, area del, probabilità, numero primo, numeri primi, divisibile, triangolo, cerchio, angolo, perimetro, calcola, calcolare, radice, radici, radice quadrata, espressione, semplifica, semplificare, fattorizza, derivare, integrare, limite, funzione, funzioni, somma, prodotto, quoziente, resto, divisore, numero intero, interi, frazione, frazioni, decimale, esponente, logaritmo, poligono, quadrato, rettangolo, area, volume, diagonale, tangente, vettore, vettori, combinazioni, permutazioni, a caso, estraggono, estratte, palline, media di, mediana, potenza, moltiplica, dividi, sottrai, al quadrato, valore di, incognita, equazioni, calcolo
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
        cinétique, accélération, vitesse, masse, pression, température de, gaz, frottement, écart type, variance, distribution, loi normale, régression, satellite, orbite, condensateur, concentration, moles, physique, chimie, force, énergie, électrique, tension, courant, lumière, photon, onde, ondes, réaction, solution de, molaire, incliné, plan incliné, glisse, accélère, pendule, ressort, chaleur, équilibre, statistique, échantillon, hypothèse nulle, corrélation, allèle, enzyme, cellule
        | elektron, elektronen, atom, molekül, säure, oxidation, magnetfeld, elektrisch, stromkreis, widerstand, frequenz, wellenlänge, kinetische, beschleunigung, geschwindigkeit, masse, druck, gas, reibung, standardabweichung, varianz, verteilung, regression, proton, protons, spannung, kondensator, konzentration, stichprobe, physik, chemie, kraft, energie, elektrische, strom, licht, photon, welle, wellen, reaktion, lösung von, molar, schiefe ebene, gleitet, reibungsfrei, pendel, feder, wärme, gleichgewicht, statistik, nullhypothese, korrelation, allel, enzym, elektrischen
        | electrón, electrones, átomo, molécula, ácido, oxidación, magnético, eléctrico, circuito, resistencia, frecuencia, longitud de, cinética, aceleración, velocidad, masa, presión, gas, rozamiento, desviación, varianza, distribución, regresión, molaridad, disolución, muestra, física, química, fuerza, energía, eléctrica, tensión, corriente, luz, fotón, onda, ondas, reacción, disolución de, molar, plano inclinado, desliza, péndulo, muelle, calor, equilibrio, estadística, hipótesis nula, correlación, alelo, enzima, fricción
        | elettrone, elettroni, atomo, molecola, acido, ossidazione, magnetico, elettrico, circuito, resistenza, frequenza, lunghezza d, cinetica, accelerazione, velocità, massa, pressione, gas, attrito, deviazione, varianza, distribuzione, regressione, campione, fisica, chimica, forza, energia, elettrica, tensione, corrente, luce, fotone, onda, onde, reazione, soluzione di, molare, piano inclinato, scivola, pendolo, molla, calore, equilibrio, statistica, ipotesi nulla, correlazione, allele, enzima
        """,
    "amounts": """
        how many, how much, total, altogether, price, cost, costs, dollars, euros, percent, bought, sold, buys, sells, each,
        per hour, per day, spend, spent, earn, earns, left over, more than, fewer than,         | combien, prix, coûte, coûtent, achète, vend, dépense, gagne, pour cent, plus grand, plus petit, combien de, coûtent, au total, en tout, acheté, vendu, reste t, chacun, par heure, par jour, prix de
        | wie viel, wie viele, wieviel, preis, kostet, kosten, kauft, verkauft, insgesamt, verdient, prozent, größer, kleiner, wieviele, wie lange, kaufte, verkauft, pro stunde, pro tag, jeweils, übrig, gesamt
        | cuánto, cuántos, cuánta, cuántas, precio, cuesta, cuestan, compra, vende, gasta, gana, por ciento, mayor, menor, cuánto cuesta, cuánto dinero, en total, compró, vendió, por hora, por día, cada uno, quedan
        | quanto, quanti, quante, prezzo, costa, costano, compra, vende, spende, guadagna, per cento, maggiore, minore, quanto costa, in totale, ha comprato, venduto, all ora, al giorno, ciascuno, restano, rimangono
        """,
    "manipulation": """
        sort, sorted, reverse, reversed, rearrange, count, decode, encode, decrypt, encrypt, cipher,
        shuffle, anagram, anagrams, palindrome, transpose, alphabetical, alphabetically, binary, hexadecimal, digit, digits,
        letters, the letter, character, characters, spell, backward, backwards, scrambled, unscramble, last letter, first letter, vowel, vowels, consonant, consonants, substring, subsequence, bits, octal, duplicates, largest to, smallest to, occurrences, grid,
        ascending, descending, permute, concatenate, odd one, caesar, morse, bitwise,
        the string, a string, following string, base 2, base 8, base 16, of letters,
        many times
        | trie, trier, inverse, inverser, renverse, compte, compter, décode, décoder, déchiffre, alphabétique, lettres, la lettre, chiffres, mélange, croissant, décroissant, voyelle, voyelles, binaire, ordre alphabétique, ordre croissant, ordre décroissant, inverser, renverser, chaque mot, mélangées, anagrammes, codage, encode, hexadécimal, octal, chaîne de, majuscule sur, compter les, lettre, caractère, caractères, palindrome, sous chaîne, liste dans, nombre binaire, binaires, range ces, en décimal, première lettre, dernière lettre, envers, césar, ces mots
        | sortiere, sortieren, umkehren, rückwärts, zähle, entschlüssele, alphabetisch, buchstabe, buchstaben, ziffern, aufsteigend, absteigend, zeichenkette, vokal, vokale, binär, wie oft, umgekehrt, kehre, umgedreht, alphabetische reihenfolge, alphabetischer, in aufsteigender, in absteigender, rückwärts geschrieben, jedes wortes, anagramme, anagramm, kodiere, hexadezimal, oktal, zeichenketten, zeichen, palindrom, teilzeichenkette, buchstabe, ziffer, binärzahl, dezimalzahl, erste buchstabe, letzten buchstaben, umdrehen, drehe die, reihenfolge um
        | ordena, ordenar, invierte, invertir, cuenta cuántas, contar, descifra, alfabético, alfabéticamente, letras, la letra, dígitos, ascendente, descendente, vocales, binario, cuántas veces, al revés, orden alfabético, orden ascendente, orden descendente, al revés, cada palabra, anagramas, anagrama, codifica, hexadecimal, octal, cadena de, caracteres, carácter, palíndromo, subcadena, letra, dígito, número binario, binarios, primera letra, última letra, invertido, pon estas
        | ordina, ordinare, inverti, invertire, conta, contare, decifra, alfabetico, lettere, la lettera, cifre, vocali, binario, quante volte, al contrario, crescente, decrescente, ordine alfabetico, ordine crescente, ordine decrescente, al contrario, ogni parola, anagrammi, anagramma, codifica, esadecimale, ottale, stringa, stringhe, caratteri, carattere, palindromo, sottostringa, lettera, cifra, numero binario, binari, in decimale, prima lettera, ultima lettera, rovescia
        """,
    "code": """
        algorithm, algorithms, implement, implementation, code, program, programs, python, java, javascript, typescript,
        rust, golang, kotlin, bug, bugs, debug, debugging, compile, recursion, recursive, loop, array, arrays, runtime, refactor,
        sql, regex, stack trace, unit test, unit tests, deadlock, race condition, pointer, api, binary tree,
        linked list, the output, time complexity, big o, a function, this function, def, console, printf, void, int, struct, lambda, elif, assert, stdin, standard input, time limit, testcase, test cases, dynamic programming, data structure, thread safe, edge cases, git, docker, json schema, stacktrace, typeerror,
        print(, return(, this class, sql query, int main,
        html, css, javascript, web page, website, webpage, nodes, node in, nth, fibonacci, write code, recursive function, script
        | algorithme, implémente, implémenter, programme, code, boucle, récursif, fonction qui, une fonction, affiche ce, ce programme, fonction, bug, bogue, débogue, code, programme, script, algorithmes, récursivité, tableau de, requête, test unitaire, tests unitaires, erreur dans, compilation, structure de, arbre binaire, classe python, cette fonction
        | algorithmus, implementiere, implementieren, programmiere, programm, quellcode, schleife, rekursiv, eine funktion, programm aus, dieses programm, funktion, bug, fehler in, debugge, code, programm, skript, algorithmen, komplexität, rekursion, abfrage, unit test, datenstruktur, binärbaum, laufzeit, diese funktion, dieser funktion, implementierung, klasse in
        | algoritmo, implementa, implementar, programa, código, bucle, recursivo, una función, este programa, imprime, función, error en, depura, programa, script, algoritmos, complejidad, recursividad, prueba unitaria, pruebas unitarias, estructura de, árbol binario, esta función, implementación, compila
        | algoritmo, implementa, implementare, programma, codice, ciclo, ricorsivo, una funzione, questo programma, stampa, funzione, errore in, errore nella, debug, programma, script, algoritmi, complessità, ricorsione, query, test unitario, test unitari, struttura dati, albero binario, questa funzione, implementazione, compila
        """,
    "answer_only": """
        final answer, only the, only reply, reply only, respond only, answer only, only return, return only, only answer, just the, nothing else,
        no explanation, without explanation, without any, no other,
        | réponse finale, uniquement la, uniquement le, seulement la, seulement le, sans explication, donne seulement, réponds seulement, seulement par, juste la
        | endgültige antwort, nur die, nur das, nur den, nichts anderes, ohne erklärung, ohne begründung, gib nur, antworte nur, nur mit, einfach nur, nichts weiter
        | respuesta final, solo la, solo el, sólo la, sólo el, únicamente la, nada más, sin explicación, responde solo, solamente el, solamente la, nada mas
        | risposta finale, solo la, solo il, soltanto la, nient'altro, senza spiegazioni, dai solo, rispondi solo, solamente il, soltanto il, nient altro
        """,
    "extract": """
        extract, extracts, pull out, list all, identify, fields, field, entities, named entities, mentioned,
        copy out, look up, lookup, which date, what date, fill in, parse,
        text:, passage:, paragraph:, document:, article:, excerpt:, context:, contract:, agreement:, email:, transcript:, texte :, absatz:, vertrag:, texto:, testo:
        | extrais, extraire, extrayez, relève, relever, repère, identifie, champs, mentionné, liste toutes, liste tous, personnes mentionnées, mentionnées, nomme les, trouve toutes, champs suivants, mentionne, repère les
        | extrahiere, extrahieren, entnimm, liste alle, felder, erwähnt, nenne alle, alle im, erwähnten, liste auf, genannten, welche personen, welches datum, suche alle, entnehme, gib alle, nenne die
        | extrae, extraer, extraiga, identifica, campos, mencionado, enumera todas, enumera todos, mencionadas, mencionados, lista todas, lista todos, qué fecha, encuentra todas, saca los, campos siguientes
        | estrai, estrarre, estragga, individua, identifica, campi, menzionato, elenca tutte, elenca tutti, menzionate, menzionati, quale data, individua tutti, ricava, campi seguenti
        """,
    "rewrite": """
        format, reformat, rewrite, rephrase, paraphrase, proofread, grammar, spelling, uppercase, lowercase,
        bullet, bullets, markdown, yaml, shorten, tidy, convert this, as json, to json, into json, as csv, to csv,
        fix the, correct the
        | reformule, reformuler, reformulez, réécris, réécrire, corrige, corriger, orthographe, grammaire, majuscules, en json, raccourcis, raccourcir, transforme ces, tableau markdown, en tableau, mets en, corrige les, fautes, plus court, simplifie ce, abrège, points clés, résumé de
        | formatiere, formatieren, umformulieren, formuliere, korrigiere, korrigieren, rechtschreibung, großbuchstaben, als json, kürze, kürzen, tabelle, stichpunkte, wandle in, verbessere, fehlerfrei, höflicher, fasse, zusammenfassen, auf einen, kurz zusammen, aufzählung
        | reformula, reescribe, reescribir, corrige, corregir, ortografía, gramática, mayúsculas, formatea, en json, acorta, acortar, convierte estas, tabla, puntos, corrige los, faltas, más cortés, resume el, resumen de, viñetas
        | riformula, riscrivi, riscrivere, correggi, correggere, ortografia, grammatica, maiuscole, formatta, in json, accorcia, accorciare, trasforma questi, tabella, punti elenco, errori di, più cortese, riassunto di, abbrevia
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
        topic, positive or, language is, true label, yes or, hate speech, sarcastic, offensive, headline, entailment, neutral, contain language, intent,
        label:, clause:, sentence:, review:, tweet:, headline:, premise:, sentiment:, category:, klausel:, satz:, phrase :, cláusula:, frase:, clausola:,
        following clause, the clause, clause provides,
        | classe, classer, classifie, classez, catégorie, étiquette, sentiment, oui ou, spam, étiquettes, catégories, classification, réponds oui, quelle langue, quel sujet, positif ou
        | klassifiziere, klassifizieren, kategorie, kategorisiere, ordne, stimmung, etikett, thema, ja oder, spam, etiketten, kategorien, klassifikation, antworte mit, welche sprache, welches thema, positiv oder, einordnen, ordne die
        | clasifica, clasificar, categoría, etiqueta, sentimiento, tema, sí o, spam, etiquetas, categorías, clasificación, responde sí, qué idioma, qué tema, positivo o, intención
        | classifica, classificare, categoria, etichetta, sentimento, argomento, sì o, spam, etichette, categorie, classificazione, rispondi sì, quale lingua, quale argomento, positivo o, intenzione
        """,
    "write": """
        write a, write an, draft, compose, poem, story, essay, blog, email, e mail, haiku, slogan, tweet, headline, roleplay,
        role play, act as, pretend, joke, song, lyrics, persona, advertisement, ad copy, brainstorm, ideas,
        describe, share ideas, write me, persuasive, blog post, cover letter, dialogue, monologue, paragraph about, embrace, persona of, speak like, slogan, product description, letter to, opinion, advice, tips, suggest, names for, how are,
        style of, the role, role play, tone of,
        imagine a
        | écris, écrire, rédige, rédiger, rédigez, poème, histoire, blague, courriel, lettre de, décris, imagine, idées, écris un, écris une, un email, e mail, poésie, chanson, slogan, noms pour, conseils, imagine un, dialogue, article de, idées de, message à
        | schreibe, schreib, verfasse, gedicht, geschichte, witz, entwurf, beschreibe, stell dir, ideen, schreibe eine, schreibe ein, e mail, brief an, lied, slogan, namen für, tipps, dialog, rede, einladung, artikel über, ideen für, nachricht an, erzähle
        | escribe, escribir, redacta, poema, cuento, historia, chiste, correo, describe, imagina, ideas, escribe un, escribe una, e mail, poesía, canción, eslogan, nombres para, consejos, diálogo, discurso, invitación, artículo sobre, ideas para, mensaje a, carta a
        | scrivi, scrivere, redigi, poesia, storia, barzelletta, lettera di, descrivi, immagina, idee, scrivi un, scrivi una, e mail, canzone, slogan, nomi per, consigli, dialogo, discorso, invito, articolo su, idee per, messaggio a, racconta, lettera a
        """,
    "humanities": """
        century, war, wars, wartime, president, presidents, king, queen, emperor, empire, treaty, church, religion, religious, god, gods, christian, islam,
        islamic, buddhist, buddhism, hindu, hinduism, jewish, judaism, catholic, protestant, bible, culture, cultural, cultures, society, societies, social,
        sociology, government, governments, congress, senate, parliament, democracy, democratic, republican, election, elections,
        constitution, revolution, slavery, colonial, colony, colonies, immigrants, nationalism, soviet, communism, communist, diplomacy,
        foreign, poet, poetry, author, novel, novels, painter, painting, artist, artists, museum, music, musical, film, films, movie, movies, actor,
        actress, football, brand, brands, consumer, consumers, marketing, advertising, market share, media,
        journalist, audience, campaign, psychologist, psychology, therapy, personality, behavior, behaviour, childhood, adolescence, aging,
        elderly, patient, patients, diet, dietary, nutrition, vitamin, vitamins, protein, disease, diseases, symptom, symptoms, infection, virus,
        muscle, bone, ethics, ethical, moral, morality, virtue, philosopher, philosophers, kant, aristotle, plato, socrates, archaeology, archaeological,
        neolithic, ancient, medieval, civilization, artifacts, fossil, species, population of, migration, urban, rural, agriculture, countries, continent,
 ocean, gender, women, ethnic, communities, leadership,
        public relations, public opinion, social class, market segment, target market
        | siècle, guerre, président, roi, reine, empereur, traité, église, religion, dieu, culture, société, gouvernement, parlement, élections, révolution, poète, auteur, roman, peintre, peinture, artiste, musique, film, marque, consommateur, médias, psychologie, patient, maladie, symptôme, vitamine, morale, éthique, philosophe, siècles, guerres, empire, révolution, roi, montagne, capitale de, histoire de, écrivain, peint, livre, philosophie, bible, parlement
        | jahrhundert, krieg, präsident, könig, königin, kaiser, vertrag von, kirche, religion, gott, kultur, gesellschaft, regierung, wahl, revolution, dichter, autor, roman, maler, gemälde, künstler, musik, film, marke, verbraucher, medien, psychologie, patient, krankheit, symptome, vitamin, moral, ethik, philosoph, mauer, jahrhunderts, kriege, edikt, reich, länder, hauptstadt, geschichte der, bevölkerung, wirtschaft, buch, philosophie, bibel, parlament, berg
        | siglo, guerra, presidente, rey, reina, emperador, tratado, iglesia, religión, dios, cultura, sociedad, gobierno, elecciones, revolución, poeta, autor, novela, pintor, pintura, artista, música, película, marca, consumidor, medios, psicología, paciente, síntoma, vitamina, ética, filósofo, enfermedades crónicas, siglos, guerras, edicto, imperio, país, países, capital de, historia de, población, escritor, pintado, filosofía, biblia, parlamento
        | secolo, guerra, presidente, re d, regina, imperatore, trattato, chiesa, religione, dio, cultura, società, governo, elezioni, rivoluzione, poeta, autore, romanzo, pittore, dipinto, artista, musica, film, marca, consumatore, media, psicologia, paziente, malattia, sintomo, vitamina, morale, etica, filosofo, quale re, secoli, guerre, editto, impero, paese, paesi, storia di, popolazione, scrittore, dipinto, filosofia, bibbia, parlamento
        """,
    "lookup": """
        who, what is, what are, what was, what does, what s, when is, when was, when did, where is, where was, where
        are, capital of, define, definition, meaning of, name the, name of, weather, show me, tell me, find me, give me, get,
        fetch, book, play, remind, search, status, stands for, refers to, known as, term, which country, best describes,
        is called, located, happened, famous, invented, population, recommend,
        which one, which is, larger, smaller, greater, bigger, is greater
        | qui, quelle est, quel est, quels sont, quand, où, capitale, définis, définition, météo, montre, donne, cherche, statut, qu'est, qui a, qui est, quel temps, quel jour, quelle heure, définition de, explique ce, dis moi, donne moi, trouve moi, rappelle, combien mesure
        | wer, was ist, was sind, wann, wo, hauptstadt, definiere, definition, wetter, zeig, zeige, gib, suche, heißt, wer hat, wer ist, wer schrieb, wie wird, welcher tag, wie spät, was bedeutet, bedeutung, sag mir, gib mir, finde mir, buche, wetter morgen, erkläre in
        | quién, qué es, qué son, cuál es, cuándo, dónde, capital, define, definición, muestra, dame, busca, tiempo hace, quién es, quién escribió, qué tiempo, qué día, qué hora, qué significa, dime, dame, búscame, reserva, recuérdame, cuál fue, explica qué
        | chi, cos'è, che cos, qual è, quali sono, quando, dove, capitale, definisci, definizione, meteo, mostra, dammi, cerca, chi è, chi ha, che tempo, che giorno, che ora, cosa significa, dimmi, dammi, trovami, prenota, ricordami, qual era, spiega che
        """,
}
"""Group of meaning -> its words, the five languages divided by bars."""
