"""`review` and `playbook`: the commands of a reviewer."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import anyio

from agentkit import Backend, Image, Limits
from agentkit.errors import InvalidDocument
from agentkit.protocol.images import ImageData
from examples.legal_review.document.genre import looks_like_contract
from examples.legal_review.document.model import Document
from examples.legal_review.document.read import read
from examples.legal_review.model import Review
from examples.legal_review.offline import BANNER, offline_server
from examples.legal_review.playbook import load_playbook
from examples.legal_review.report.write import write_report
from examples.legal_review.review import Reviewer

BUNDLED = Path(__file__).with_name("contracts") / "northwind-saas-agreement.pdf"
_RISKS = ("low", "medium", "high")


def run_review(argv: list[str]) -> int:
    """Review a contract against a playbook and write a report."""
    parser = argparse.ArgumentParser(prog="legal_review review", description=run_review.__doc__)
    parser.add_argument(
        "contract", nargs="*", type=Path, help=".pdf, .docx, .txt, .md or page images (else a bundled one)"
    )
    parser.add_argument("--playbook", type=Path, help="a TOML file or the name of a bundled playbook")
    parser.add_argument("--side", default="", help="whose side to take (else the playbook's)")
    parser.add_argument("--out", type=Path, default=Path("review"), help="folder for the report")
    parser.add_argument("--format", default="json,html,csv", help="what to write: json,html,csv")
    parser.add_argument("--effort", choices=("auto", "none", "high"), default="auto")
    parser.add_argument("--offline", action="store_true", help="locate by rules, without a model")
    parser.add_argument("--base-url", help="the server, http://host:8000/v1 (else AGENTKIT_BASE_URL)")
    parser.add_argument(
        "--fail-on", choices=_RISKS, help="exit with 1 where a finding has at least this risk"
    )
    parser.add_argument(
        "--any-document", action="store_true", help="review it even if it does not read like a contract"
    )
    arguments = parser.parse_args(argv)
    document = read(arguments.contract or [BUNDLED])
    if not (document.image_pages or arguments.any_document or looks_like_contract(document)):
        raise InvalidDocument(
            f"{document.name} does not read like a contract.",
            hint="Give --any-document to review it all the same.",
        )
    nda = "non-disclosure" in document.text[:3000].lower()
    playbook = load_playbook(arguments.playbook or Path("mutual-nda" if nda else "saas-customer"))
    _say(
        f"{document.name}: {len(document.text):,} characters, {len(document.pages)} pages; {len(playbook.rules)} rules"
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
            backend, document, playbook, side=arguments.side, effort=arguments.effort, progress=_say,
            limits=Limits(seconds=1800, steps=60, identical_calls=5),
        )  # fmt: skip
        review = anyio.run(reviewer.review)
    formats = [each.strip() for each in arguments.format.split(",") if each.strip()]
    written = write_report(review, arguments.out, formats=formats, page_images=_pictures(document, review))
    _print_summary(review)
    for path in written:
        print(path)
    return _exit_code(review, arguments.fail_on)


def run_playbook(argv: list[str]) -> int:
    """Check a playbook file."""
    parser = argparse.ArgumentParser(prog="legal_review playbook", description=run_playbook.__doc__)
    parser.add_argument("check", choices=["check"])
    parser.add_argument("playbook", type=Path)
    arguments = parser.parse_args(argv)
    playbook = load_playbook(arguments.playbook)
    print(f"{playbook.name}: {len(playbook.rules)} rules for {playbook.side}; all well.")
    return 0


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _pictures(document: Document, review: Review) -> dict[int, ImageData]:
    """Return pictures of the pages that have findings or no text."""
    wanted = {span.page for finding in review.findings for span in finding.spans} | set(document.image_pages)
    return {
        page.number: Image(document.render_page(page.number)).prepare()
        for page in document.pages
        if page.number in wanted
    }


def _print_summary(review: Review) -> None:
    statuses = Counter(finding.status for finding in review.findings)
    risks = Counter(finding.risk for finding in review.findings)
    parts = [
        f"{statuses[status]} {status}"
        for status in ("deviates", "missing", "fallback", "conforms", "unclear")
        if statuses[status]
    ]
    print(f"{len(review.findings)} findings: {', '.join(parts)}; {risks['high']} of high risk.")
    ledger = review.ledger
    tokens = sum(each.prompt + each.completion for each in ledger.by_effort.values())
    print(
        f"{sum(each.requests for each in ledger.by_effort.values())} requests, {tokens:,} tokens, {ledger.seconds:.1f} s."
    )
    if review.rejected:
        print(f"{len(review.rejected)} quotes could not be verified and are in no finding.")
    if review.offline:
        print("No language model was involved: these are places to look at, not a review.")


def _exit_code(review: Review, fail_on: str | None) -> int:
    if review.unanswered:
        return 4
    if fail_on and any(finding.risk in _RISKS[_RISKS.index(fail_on) :] for finding in review.findings):
        return 1
    return 0
