"""Judge the router and write benchmarks/router/README.md with its picture: `make bench-router`.

Every figure on labelled rows is of weights that the row's whole source had no part in, unless it says otherwise.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from agentkit.router.cascade import Cascade, score_task
from agentkit.router.features import measure
from agentkit.router.fit import fit, score_row
from agentkit.router.metrics import auqc, auroc, balance, calibration_error, interval, quality_curve
from agentkit.router.replay import check
from agentkit.router.rows import Row, read_rows, situation_of
from agentkit.router.score import Weights, load_weights
from benchmarks.router import calibration, train, worlds
from benchmarks.router.data import DATA, Rows, matrix, read_beliefs, read_dev

HERE = Path(__file__).parent
SIZES = (0, 50, 200, 800)
SHARES = (0.2, 0.5, 0.8)
DRAWS = 300

Scores = Sequence[float]


def main() -> None:
    """Evaluate and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "README.md")
    out = parser.parse_args().out
    rows, beliefs = read_dev(), read_beliefs()
    lines = (DATA / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    learnable = list(read_rows(lines))
    z = train.leave_source_out(rows, beliefs)
    calibrations = _calibrations(rows, z)
    cold = np.array([_sigmoid(a + b * value) for value, (a, b) in zip(z, calibrations, strict=True)])
    curves = _learning(rows, beliefs, learnable)
    parts = [
        _INTRO,
        _cold_table(rows, cold),
        _source_table(rows, cold),
        calibration.table(rows, beliefs),
        _families_table(rows, beliefs),
        _learning_table(curves),
        _cascade_table(rows, lines, cold),
        _replay_table(learnable, rows, cold),
        _robustness_table(rows),
        _latency_table(rows),
        _LIMITS,
    ]
    out.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    _draw(rows, cold, curves, out.with_name("router.svg"))
    print(f"wrote {out}")


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


def _calibrations(rows: Rows, z: Any) -> list[tuple[float, float]]:
    """Shift and slope for each row, from the rows of all other sources."""
    by_source = {
        str(s): train.calibrate(z[rows.source != s], rows.take(rows.source != s))
        for s in np.unique(rows.source)
    }
    return [by_source[str(source)] for source in rows.source]


_INTRO = """# The router, measured

Written by `make bench-router`; not edited by hand. Data: `../shared/data/router` (3,701 labelled rows of seven public sources, 479 with stored
answers; its README says what they are). Brackets: 95 % bootstrap intervals over rows within sources. Sources count the same.

**How to read it.** *Cold* is what a newcomer gets: for each row the weights and the calibration come from the other sources and from our beliefs
(`beliefs.txt`), never from the row's own source. One caveat that no split removes: who wrote the word lists and the beliefs had read these
sources, so these figures are better than those on sources nobody here has seen.

![learning curve and quality bought](router.svg)"""


def _with_interval(value: float | None, spread: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" [{spread[0]:.3f}, {spread[1]:.3f}]" if spread else "")


def _figures(rows: Rows, scores: Any, mask: Any) -> dict[str, str]:
    part, s = rows.take(mask), np.asarray(scores)[mask]
    source = [str(name) for name in part.source]
    labels = [bool(y) for y in part.y]

    def pick(measure: Callable[[list[int]], float | None]) -> str:
        return _with_interval(
            measure(list(range(len(part)))), interval(measure, len(part), groups=source, draws=DRAWS)
        )

    def ranked(places: list[int]) -> float | None:
        return auroc(
            [s[i] for i in places], [labels[i] for i in places], balance([source[i] for i in places])
        )

    def bought(places: list[int]) -> float | None:
        return auqc(
            [s[i] for i in places],
            [part.direct[i] for i in places],
            [part.reasoning[i] for i in places],
            balance([source[i] for i in places]),
        )

    def off(places: list[int]) -> float | None:
        return calibration_error(
            [s[i] for i in places], [labels[i] for i in places], balance([source[i] for i in places])
        )

    outcome = bool((part.kind == "outcome").all())
    return {
        "auroc": pick(ranked),
        "auqc": pick(bought) if outcome else "-",
        "ece": pick(off),
        "n": str(len(part)),
    }


def _cold_table(rows: Rows, cold: Any) -> str:
    modern = rows.era == "modern"
    length = np.array([len(text) for text, _ in rows.texts], float)
    shipped = np.array([load_weights().score(measure(situation_of(*text))) for text in rows.texts])
    lines = [
        "## Cold, by leaving out whole sources\n",
        "| rows | scorer | n | AUROC | AUQC | calibration error |\n|---|---|---|---|---|---|",
    ]
    for name, mask in (
        ("outcomes of current models", modern),
        ("outcomes, all", rows.kind == "outcome"),
        ("categories (a rule by task type)", rows.kind == "category"),
    ):
        for scorer, scores in (
            ("cold", cold),
            ("length of the text (baseline)", length / length.max()),
            ("packaged weights, which know these sources", shipped),
        ):
            f = _figures(rows, scores, mask)
            lines.append(f"| {name} | {scorer} | {f['n']} | {f['auroc']} | {f['auqc']} | {f['ece']} |")
    return "\n".join(lines)


def _source_table(rows: Rows, cold: Any) -> str:
    lines = [
        "### Within each source, cold\n",
        "| source | kind | n | reasoning pays | mean score | AUROC | AUQC |\n|---|---|---|---|---|---|---|",
    ]
    for source in np.unique(rows.source):
        mask = rows.source == source
        f = _figures(rows, cold, mask)
        part = rows.take(mask)
        lines.append(
            f"| {source} | {part.kind[0]} {part.era[0]} | {f['n']} | {part.y.mean():.2f} | {np.asarray(cold)[mask].mean():.2f} | {f['auroc']} | {f['auqc']} |"
        )
    return "\n".join(lines)


_FURTHEST = 16


def _families_table(rows: Rows, beliefs: Rows) -> str:
    scores = np.zeros(len(beliefs))
    for family in np.unique(beliefs.source):
        out = beliefs.source == family
        weights = train.train(rows, beliefs.take(~out))
        scores[out] = 1 / (1 + np.exp(-(weights[0] + beliefs.x[out] @ weights[1:])))
    families: list[tuple[float, str, float, float, int]] = []
    for family in np.unique(beliefs.source):
        out = beliefs.source == family
        belief, score = float(beliefs.y[out][0]), float(scores[out].mean())
        families.append((abs(score - belief), str(family), belief, score, int(out.sum())))
    ranked = auroc([float(s) for s in scores], [bool(y >= 0.5) for y in beliefs.y])
    lines = [
        "### Kinds of task that no labelled row holds\n",
        (
            f"Our beliefs on {len(beliefs)} tasks of {len(families)} families, each family scored by weights that it had no part in: AUROC"
            f" {ranked or 0:.3f} for beliefs of one half or more against the others. These are the {_FURTHEST} families furthest off, where the features see least of what"
            " matters:\n"
        ),
        "| family | tasks | our belief that reasoning pays | mean score |\n|---|---|---|---|",
    ]
    for _, family, belief, score, size in sorted(families, reverse=True)[:_FURTHEST]:
        lines.append(f"| {family} | {size} | {belief:.2f} | {score:.2f} |")
    return "\n".join(lines)


def _learning(
    rows: Rows, beliefs: Rows, learnable: list[Row]
) -> dict[str, dict[int, list[tuple[float, float, float]]]]:
    """Curves: pool of rows -> rows learned from -> (AUROC, AUQC, calibration error) of each of several draws."""
    pools = {
        "current models (reasoning-gym, NumerSense)": rows.era == "modern",
        "reasoning-gym alone": rows.source == "rgym_easy",
        "BIG-Bench Hard (2022)": rows.source == "bbh",
    }
    found: dict[str, dict[int, list[tuple[float, float, float]]]] = {}
    for name, mask in pools.items():
        others = rows.take(~mask)
        prior = train.packaged(
            train.train(others, beliefs), version="cold", threshold=train.THRESHOLD, provenance=""
        )
        places = [int(i) for i in np.flatnonzero(mask)]
        for size in SIZES:
            if size > 0.8 * len(places):
                continue
            for seed in range(10 if size else 1):
                order = places[:]
                random.Random(seed).shuffle(order)
                weights = fit([learnable[i] for i in order[:size]], prior) if size else prior
                test = order[size:]
                found.setdefault(name, {}).setdefault(size, []).append(
                    _judge(weights, [learnable[i] for i in test])
                )
    return found


def _judge(weights: Weights, test: list[Row]) -> tuple[float, float, float]:
    scores = [score_row(weights, row) for row in test]
    groups = balance([row.group for row in test])
    labels = [(row.gain or 0) >= 0.2 - 1e-9 for row in test]
    direct, reasoning = [row.direct or 0.0 for row in test], [row.reasoning or 0.0 for row in test]
    return (
        auroc(scores, labels, groups) or 0.0,
        auqc(scores, direct, reasoning, groups) or 0.0,
        calibration_error(scores, labels, groups),
    )


def _learning_table(curves: dict[str, dict[int, list[tuple[float, float, float]]]]) -> str:
    lines = [
        "## After `agentkit route fit` on rows of an unseen source\n",
        (
            "The prior has not seen the pool's sources; the rows are drawn at random from the pool, the rest is the test. Mean of 10 draws,"
            " in brackets the lowest and the highest.\n"
        ),
        "| pool | rows | AUROC | AUQC | calibration error |\n|---|---|---|---|---|",
    ]
    for name, sizes in curves.items():
        for size, runs in sizes.items():
            cells = []
            for column in range(3):
                values = [run[column] for run in runs]
                spread = f" [{min(values):.3f}, {max(values):.3f}]" if len(values) > 1 else ""
                cells.append(f"{statistics.mean(values):.3f}{spread}")
            lines.append(f"| {name} | {size} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cascade_table(rows: Rows, lines: list[str], cold: Any) -> str:
    evaluator, path = _load(DATA / "eval_cascade.py"), DATA / "dev_answers.jsonl"
    ids = [json.loads(line)["id"] for line in lines]
    score = {id_: float(value) for id_, value in zip(ids, cold, strict=True)}
    task = {id_: str(name) for id_, name in zip(ids, rows.task, strict=True)}
    stored = evaluator.load(path)
    by_text = {row["text"]: score[row["id"]] for row in stored}
    right: dict[str, list[float]] = {}
    for row in stored:
        right.setdefault(task[row["id"]], []).append(
            statistics.mean(float(a["correct"]) for a in row["none_answers"])
        )
    easy = [row for row in stored if statistics.mean(right[task[row["id"]]]) >= 0.4]
    parts = [
        "## Cascade over stored answers\n",
        (
            "Scores are cold; what reasoning adds by how many answers agree was tabled on these rows (seven figures, rounded). `kept` is the share of always-high's"
            " gain. The second part holds only kinds of task that none solves at least two times in five: nearer to what most users have.\n"
        ),
        "| rows | policy | accuracy | kept | escalated | further samples | kept above `disagree-2` |\n|---|---|---|---|---|---|---|",
    ]
    for name, part in (("all 479", stored), (f"easier kinds, {len(easy)}", easy)):
        runs = evaluator.baselines(part)
        policies = {
            "`cascade` (at most a fifth)": Cascade(share=0.2),
            "`Cascade(share=0.4)`": Cascade(share=0.4),
            "`Cascade()` (no limit, min_gain 0.2)": Cascade(),
            "`Cascade(min_gain=0.15)`": Cascade(min_gain=0.15),
        }
        for label, policy in policies.items():
            runs[label] = evaluator.replay(
                part,
                lambda row, policy=policy: policy.decide(
                    by_text[row["text"]], row["none_answers"], row["samples_left"]
                ),
            )
        for label, m in evaluator.report(part, runs).items():
            cells = [f"{m[key][0]:.3f} [{m[key][1]:.3f}, {m[key][2]:.3f}]" for key in ("gain", "esc")]
            parts.append(
                f"| {name} | {label} | {m['acc'][0]:.3f} | {cells[0]} | {cells[1]} | {m['extra'][0]:.2f} | {m['vs_disagree'][0]:+.3f} [{m['vs_disagree'][1]:+.3f}, {m['vs_disagree'][2]:+.3f}] |"
            )
    parts += [
        "\nWhere none errs seldom, a fifth of high calls is enough. The stored answers hold no such rows, so these are simulated:\n",
        worlds.table(evaluator),
    ]
    return "\n".join(parts)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _replay_table(learnable: list[Row], rows: Rows, cold: Any) -> str:
    modern = [int(i) for i in np.flatnonzero(rows.era == "modern")]
    scores = {id(learnable[i].features): float(cold[i]) for i in modern}
    part = [learnable[i] for i in modern]
    limit = statistics.median(scores.values())
    lines = [
        "## Off-policy estimates against the truth\n",
        (
            f"{len(part)} rows of current models, of which both outcomes are known. 100 logs drawn from them, each with one effort a row (high with probability"
            " 0.3); the policy to estimate sends the upper half of the scores to high.\n"
        ),
        "| estimate | mean error | root mean squared error | intervals that hold the truth |\n|---|---|---|---|",
    ]
    found = check(
        part,
        lambda row: "high" if scores[id(row.features)] >= limit else "none",
        lambda _: 0.3,
        logs=100,
        draws=200,
    )
    lines += [f"| {one.method} | {one.bias:+.4f} | {one.error:.4f} | {one.coverage:.0%} |" for one in found]
    return "\n".join(lines)


def _typos(text: str, chance: random.Random, count: int) -> str:
    letters = list(text)
    for _ in range(count):
        inner = [i for i in range(1, len(letters) - 1) if all(c.isalpha() for c in letters[i - 1 : i + 2])]
        if not inner:
            break
        i = chance.choice(inner)
        kind = chance.randrange(4)
        if kind == 0:
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        elif kind == 1:
            del letters[i]
        elif kind == 2:
            letters.insert(i, letters[i])
        else:
            letters[i] = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


PERTURBATIONS: dict[str, Callable[[str, random.Random], str]] = {
    "one typo": lambda text, chance: _typos(text, chance, 1),
    "three typos": lambda text, chance: _typos(text, chance, 3),
    "doubled and trailing whitespace": lambda text, _: (
        "  " + text.replace(" ", "  ").replace("\n", "\n\n") + " \n"
    ),
    "upper case": lambda text, _: text.upper(),
    "lower case": lambda text, _: text.lower(),
    "please": lambda text, _: f"Please {text}",
    "polite, English": lambda text, _: (
        f"Hi! Could you please help me with this? {text} Thank you so much in advance!"
    ),
    "polite, French": lambda text, _: (
        f"Bonjour, pourriez-vous m'aider s'il vous plaît ? {text} Merci beaucoup d'avance."
    ),
    "polite, German": lambda text, _: f"Hallo, könntest du mir bitte helfen? {text} Vielen Dank im Voraus!",
    "polite, Spanish": lambda text, _: (
        f"Hola, ¿podrías ayudarme con esto, por favor? {text} ¡Muchas gracias de antemano!"
    ),
    "polite, Italian": lambda text, _: (
        f"Ciao, potresti aiutarmi con questo, per favore? {text} Grazie mille in anticipo!"
    ),
}


def _robustness_table(rows: Rows) -> str:
    weights = load_weights()
    column = np.array([weights.features.get(name, 0.0) for name in train.FEATURES])
    base = weights.bias + rows.x @ column
    limits = {share: float(np.quantile(base, 1 - share)) for share in SHARES}
    modern = rows.era == "modern"
    group = balance([str(s) for s in rows.source[modern]])

    def ranked(z: Any) -> str:
        value = auroc(list(z[modern]), [bool(y) for y in rows.y[modern]], group)
        return f"{value:.3f}" if value is not None else "-"

    lines = [
        "## Robustness of the packaged weights\n",
        (
            "Share of all 3,701 decisions that change, at thresholds that send 20, 50 and 80 % high, with the AUROC on rows of current models in the same run"
            f" (unperturbed {ranked(base)}).\n"
        ),
        "| perturbation | flips at 20 % | at 50 % | at 80 % | AUROC |\n|---|---|---|---|---|",
    ]
    for name, change in PERTURBATIONS.items():
        chance = random.Random(0)
        z = weights.bias + matrix((change(text, chance), context) for text, context in rows.texts) @ column
        flips = [f"{((z >= limit) != (base >= limit)).mean():.2%}" for limit in limits.values()]
        lines.append(f"| {name} | {' | '.join(flips)} | {ranked(z)} |")
    lines.append("\n" + _translation_table(weights, limits))
    return "\n".join(lines)


TRANSLATIONS = (
    "translations.txt",
    "translations_unseen.txt",
    "translations_wrappers.txt",
    "translations_wrappers_unseen.txt",
)


def read_translations(path: Path = HERE / TRANSLATIONS[0]) -> list[list[str]]:
    """Return blocks of one task with its instruction in English, French, German, Spanish and Italian."""
    text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    return [
        [line.replace("{}", block[0][1:]) for line in block[1:]] if block[0].startswith("@") else block
        for block in blocks
    ]


def _translation_table(weights: Weights, limits: dict[float, float]) -> str:
    lines = [
        "The instruction in another language than English, the data as it was. The sets named `unseen` were never used to mend the word lists, the others were:\n",
        "| set | language | n | flips at 20 % | at 50 % | at 80 % | mean change in log-odds |\n|---|---|---|---|---|---|---|",
    ]
    for name in TRANSLATIONS:
        blocks = read_translations(HERE / name)
        z = np.array([[_log_odds(weights, text) for text in block] for block in blocks])
        for place, language in enumerate(("French", "German", "Spanish", "Italian"), 1):
            flips = [
                f"{((z[:, place] >= limit) != (z[:, 0] >= limit)).mean():.1%}" for limit in limits.values()
            ]
            change = np.abs(z[:, place] - z[:, 0]).mean()
            lines.append(f"| {name} | {language} | {len(blocks)} | {' | '.join(flips)} | {change:.2f} |")
        cells = []
        for limit in limits.values():
            flipped = [bool(one) for one in ((z[:, 1:] >= limit) != (z[:, :1] >= limit)).ravel()]
            spread = interval(
                lambda places, flipped=flipped: statistics.mean(flipped[i] for i in places), len(flipped),
                groups=["all"] * len(flipped), draws=DRAWS,
            )  # fmt: skip
            cells.append(
                f"{statistics.mean(flipped):.1%}" + (f" [{spread[0]:.1%}, {spread[1]:.1%}]" if spread else "")
            )
        change = np.abs(z[:, 1:] - z[:, :1]).mean()
        lines.append(f"| {name} | all four | {4 * len(blocks)} | {' | '.join(cells)} | {change:.2f} |")
    return "\n".join(lines)


def _log_odds(weights: Weights, text: str) -> float:
    score = weights.score(measure(situation_of(text, {})))
    return float(np.log(score / (1 - score)))


def _latency_table(rows: Rows) -> str:
    weights = load_weights()
    words = re.compile(r"\w+|[^\w\s]")
    long = [text[:2000] for text, _ in rows.texts if len(text) >= 2000]
    mixed = [text for text, _ in rows.texts[::12]]
    french = [(" ".join(block[1] for block in read_translations()) * 2)[:2000]] * 30

    def tokenise(text: str) -> object:
        return words.findall(text)

    def score(text: str) -> object:
        return score_task(text, weights)

    lines = [
        "## Latency\n",
        "CPU time of a score, from text to number, against one `findall` of `\\w+|[^\\w\\s]` over the same text; interleaved, medians of 15 rounds.\n",
        "| texts | n | findall, us | score, us | ratio |\n|---|---|---|---|---|",
    ]
    for name, texts in (
        ("2,000 characters", long),
        ("every twelfth row", mixed),
        ("2,000 characters of French", french),
    ):
        found: dict[Callable[[str], object], list[float]] = {tokenise: [], score: []}
        for _ in range(15):
            for work, seconds in found.items():
                start = time.process_time()
                for text in texts:
                    work(text)
                seconds.append((time.process_time() - start) / len(texts) * 1e6)
        base, cost = statistics.median(found[tokenise]), statistics.median(found[score])
        ratio = statistics.median(b / a for a, b in zip(found[tokenise], found[score], strict=True))
        lines.append(f"| {name} | {len(texts)} | {base:.1f} | {cost:.1f} | {ratio:.2f} |")
    with tempfile.TemporaryFile() as file:
        file.writelines(json.dumps({"text": text}).encode() + b"\n" for text, _ in rows.texts)
        file.seek(0)
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "agentkit", "route", "--score"],
            stdin=file,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        whole = time.perf_counter() - start
    lines.append(
        f"\n`python -m agentkit route --score` over all {len(rows):,} rows took {whole:.1f} s, its start included."
    )
    return "\n".join(lines)


_LIMITS = """## What these figures do not say

- No row has a tool history, images or rules in its instructions: the weights of the step rest on published comparisons of agents.
- No outcome is of Mistral Small 4. `agentkit route shadow` on your own server is worth more than any table here.
- The two sources of current models are reasoning-gym and NumerSense. Between them the ranking is easy, within them it is near chance when cold: the text
  says what kind of task it is, not which instance is hard. That is where a cold score stops, and what a few hundred rows of one's own, or a second answer, add."""


def _draw(
    rows: Rows, cold: Any, curves: dict[str, dict[int, list[tuple[float, float, float]]]], path: Path
) -> None:
    mpl.rcParams["svg.hashsalt"] = "agentkit"
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2))
    for (name, sizes), colour in zip(curves.items(), ("#1f5fa8", "#d1741c", "#7a7f87"), strict=False):
        means = [statistics.mean(run[1] for run in runs) for runs in sizes.values()]
        low = [min(run[1] for run in runs) for runs in sizes.values()]
        high = [max(run[1] for run in runs) for runs in sizes.values()]
        places = [SIZES.index(size) for size in sizes]
        left.plot(places, means, marker="o", color=colour, label=name)
        left.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    left.set_xticks(range(len(SIZES)), [str(size) for size in SIZES])
    left.set_xlabel("rows of the unseen source that weights were fitted to")
    left.set_ylabel("AUQC (0 random, 1 oracle)")
    left.set_title("A little of your own traffic", fontsize=11)
    left.set_ylim(0, 0.8)
    left.legend(fontsize=8, frameon=False, loc="lower right")
    modern = rows.era == "modern"
    direct, reasoning = list(rows.direct[modern]), list(rows.reasoning[modern])
    group = balance([str(s) for s in rows.source[modern]])
    gains = [r - d for d, r in zip(direct, reasoning, strict=True)]
    for name, scores, style in (
        ("oracle", gains, {"color": "#7a7f87", "linestyle": "--"}),
        ("cold", [float(s) for s in cold[modern]], {"color": "#1f5fa8"}),
    ):
        curve = quality_curve(scores, direct, reasoning, group)
        right.plot([f for f, _ in curve], [q for _, q in curve], label=name, **style)
    ends = quality_curve([0.0] * len(direct), direct, reasoning, group)
    right.plot([0, 1], [ends[0][1], ends[-1][1]], color="#7a7f87", linewidth=0.8, label="random")
    right.set_xlabel("share of rows sent to high")
    right.set_ylabel("quality")
    right.set_title("Quality bought, rows of current models", fontsize=11)
    right.legend(fontsize=8, frameon=False, loc="lower right")
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
