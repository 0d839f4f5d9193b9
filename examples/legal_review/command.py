"""`review` and `playbook`: the commands of a reviewer."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import anyio

from agentkit import Backend
from agentkit.errors import InputError, InvalidDocument
from examples.legal_review.document.genre import looks_like_contract
from examples.legal_review.document.model import Document
from examples.legal_review.document.read import read
from examples.legal_review.model import Review
from examples.legal_review.offline import BANNER, offline_server
from examples.legal_review.playbook import load_playbook
from examples.legal_review.report.pages import page_pictures
from examples.legal_review.report.write import FORMATS, check_target, write_report
from examples.legal_review.review import Reviewer

BUNDLED = Path(__file__).with_name("contracts") / "northwind-saas-agreement.pdf"
_RISKS = ("low", "medium", "high")


def run_review(argv: list[str]) -> int:
    """Review a contract against a playbook and write a report."""
    arguments = _review_parser().parse_args(argv)
    formats = _formats(arguments.format)
    check_target(arguments.out)
    document = read(arguments.contract or [BUNDLED])
    if not (arguments.any_document or looks_like_contract(document)):
        raise InvalidDocument(
            f"{document.name} does not read like a contract.",
            hint="Give --any-document to review it all the same.",
        )
    playbook = load_playbook(arguments.playbook or _usual_playbook(document))
    _say(
        f"{document.name}: {len(document.text):,} characters"
        + (f", {len(document.pages)} pages" if document.pages else "")
        + f"; playbook “{playbook.name}”, {len(playbook.rules)} rules"
    )
    if arguments.offline:
        print(BANNER, file=sys.stderr)
    with offline_server(document, playbook) if arguments.offline else nullcontext() as server:
        if server is not None:
            backend = Backend.vllm(server.url)
        elif arguments.base_url:
            backend = Backend(arguments.base_url)
        else:
            backend = Backend.from_env()
        reviewer = Reviewer(
            backend, document, playbook, side=arguments.side, effort=arguments.effort, most_tokens=arguments.max_tokens,
            progress=_say,
        )  # fmt: skip
        review = anyio.run(_reviewed, backend, reviewer)
    _say("writing the report")
    pictures = page_pictures(document, review) if "html" in formats else {}
    written = write_report(review, arguments.out, formats=formats, pictures=pictures)
    _print_summary(review)
    for path in written:
        print(path)
    return _exit_code(review, arguments.fail_on)


async def _reviewed(backend: Backend, reviewer: Reviewer) -> Review:
    async with backend:  # its connections are closed, however the review ends
        return await reviewer.review()


def run_playbook(argv: list[str]) -> int:
    """Check a playbook file."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.legal_review playbook", description=run_playbook.__doc__
    )
    parser.add_argument("check", choices=["check"])
    parser.add_argument("playbook", type=Path, help="a TOML file or the name of a bundled playbook")
    playbook = load_playbook(parser.parse_args(argv).playbook)
    print(f"{playbook.name}: {len(playbook.rules)} rules for the side “{playbook.side}”; all well.")
    return 0


def _review_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.legal_review review",
        description=run_review.__doc__,
        epilog="Exit codes: 0 done; 1 a finding has the risk that --fail-on names; 2 usage or input; 3 the server failed;"
        " 4 some rules could not be answered.",
    )
    add = parser.add_argument
    add("contract", nargs="*", type=Path, help=".pdf, .docx, .txt, .md or page images (else a bundled one)")
    add("--playbook", type=Path, help="a TOML file or the name of a bundled playbook (else one that fits)")
    add("--side", default="", help="whose side to take (else the playbook's)")
    add("--out", type=Path, default=Path("review"), help="folder for the report (else ./review)")
    add("--format", default=",".join(FORMATS), help="what to write (else json,html,csv)")
    add("--effort", choices=("auto", "none", "high"), default="auto", help="how hard to think when judging")
    add("--offline", action="store_true", help="locate by rules, without a model")
    add("--base-url", help="the server, http://host:8000/v1 (else AGENTKIT_BASE_URL)")
    add("--max-tokens", type=_positive, metavar="N", help="tokens that the review may use")
    add("--fail-on", choices=_RISKS, help="exit with 1 where a finding has at least this risk")
    add("--any-document", action="store_true", help="review it even if it does not read like a contract")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return int(text)


def _formats(text: str) -> list[str]:
    formats = list(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    unknown = [each for each in formats if each not in FORMATS]
    if unknown or not formats:
        raise InputError(
            f"There is no format {', '.join(unknown) or '(none)'}.", hint=f"Known: {', '.join(FORMATS)}."
        )
    return formats


def _usual_playbook(document: Document) -> Path:
    """Return the bundled playbook that fits best: only two are bundled."""
    head = " ".join(document.text[:3000].lower().split())
    nda = any(words in head for words in ("non-disclosure", "nondisclosure", "confidentiality agreement"))
    return Path("mutual-nda" if nda else "saas-customer")


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _print_summary(review: Review) -> None:
    statuses = Counter(finding.status for finding in review.findings)
    risks = Counter(finding.risk for finding in review.findings)
    order: Sequence[str] = ("deviates", "missing", "fallback", "conforms", "unclear")
    told = {"unclear": "to read yourself"}
    parts = [f"{statuses[each]} {told.get(each, each)}" for each in order if statuses[each]]  # type: ignore[index]
    print(f"{len(review.findings)} findings: {', '.join(parts)}; {risks['high']} of high risk.")
    usage = review.ledger.by_effort.values()
    tokens = sum(each.prompt + each.completion for each in usage)
    print(
        f"{sum(each.requests for each in usage)} requests, {tokens:,} tokens, {review.ledger.seconds:.1f} s."
    )
    if review.rejected:
        count = len(review.rejected)
        print(f"{count} quote{'s' if count != 1 else ''} could not be verified; no finding rests on them.")
    for warning in review.document.warnings:
        print(f"Note: {warning}")
    for each in review.unanswered:
        print(f"Not answered: {each}")
    if review.offline:
        print("No language model was involved: these are places to look at, not a review.")


def _exit_code(review: Review, fail_on: str | None) -> int:
    if review.unanswered:
        return 4
    if fail_on and any(finding.risk in _RISKS[_RISKS.index(fail_on) :] for finding in review.findings):
        return 1
    return 0
