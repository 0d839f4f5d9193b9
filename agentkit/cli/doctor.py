"""`agentkit doctor URL`: prove what a server can and cannot do.

Some ninety short questions; each ends proved, refuted or undecided, with the evidence. Exit codes: 0 nothing is
refuted beyond the known limits of this kind of server, 1 something is, 2 wrong usage, 3 the server cannot be reached.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

import anyio

from agentkit._util.reason import reason_of
from agentkit.backends.catalog import PROFILES
from agentkit.backends.findings import Finding, read_capabilities
from agentkit.doctor.diff import differences
from agentkit.doctor.examine import examine
from agentkit.doctor.probes import PROBES
from agentkit.doctor.table import Style, diff_table, list_table, table
from agentkit.errors import ConfigurationError


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("url", nargs="?", help="the server, http://host:8000/v1 (else AGENTKIT_BASE_URL)")
    parser.add_argument("--model", help="the model to ask (else AGENTKIT_MODEL, else what the server serves)")
    parser.add_argument(
        "--api-key", help="bearer token (else AGENTKIT_API_KEY, which keeps it out of the shell's history)"
    )
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a header of every request, as gateways want (repeatable; never shown)",
    )
    parser.add_argument(
        "--proxy", metavar="URL", help="a proxy (else AGENTKIT_PROXY; HTTP_PROXY and its like are not used)"
    )
    parser.add_argument("--ca-bundle", help="PEM file of trusted certificates")
    parser.add_argument(
        "--server", default="", metavar="KIND", help="what the server is said to be: vllm, llamacpp, ..."
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PROBE",
        help="a probe or a group, such as tools (repeatable)",
    )
    parser.add_argument("--json", action="store_true", help="print the capability file in place of the table")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the capability file, which Backend.from_capabilities obeys",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="show the requests and answers behind every line"
    )
    parser.add_argument("--concurrency", type=int, default=6, help="requests at the same time (6)")
    parser.add_argument(
        "--timeout", type=float, default=45.0, metavar="SECONDS", help="bound of one request (45)"
    )
    parser.add_argument(
        "--within", type=float, default=300.0, metavar="SECONDS", help="bound of the whole examination (300)"
    )
    parser.add_argument("--list", action="store_true", help="list the probes")
    parser.add_argument(
        "--diff", nargs=2, type=Path, metavar=("OLD", "NEW"), help="compare two capability files"
    )


def run(arguments: argparse.Namespace) -> int:
    """Examine, list or compare."""
    style = Style.for_stream(sys.stdout)
    if arguments.list:
        print(list_table(PROBES, style))
        return 0
    if arguments.diff:
        old, new = (read_capabilities(path) for path in arguments.diff)
        changes = differences(old, new)
        print(diff_table(old, new, changes, style))
        return 1 if any(change.worse for change in changes) else 0
    url = arguments.url or os.environ.get("AGENTKIT_BASE_URL", "").strip()
    if not url:
        raise ConfigurationError(
            "There is no server to examine.", hint="Give its URL: agentkit doctor http://host:8000/v1."
        )
    if arguments.concurrency < 1 or arguments.timeout <= 0 or arguments.within <= 0:
        raise ConfigurationError(
            "--concurrency, --timeout and --within must be above zero.", hint="Leave them out."
        )
    if arguments.server and arguments.server not in PROFILES:
        raise ConfigurationError(
            f"--server is {arguments.server!r}.", hint=f"Known servers: {', '.join(sorted(PROFILES))}."
        )
    progress = _Progress() if sys.stderr.isatty() else None
    made = anyio.run(
        partial(
            examine,
            url,
            model=arguments.model or os.environ.get("AGENTKIT_MODEL") or None,
            api_key=arguments.api_key or os.environ.get("AGENTKIT_API_KEY") or None,
            headers=_headers(arguments.header),
            proxy=arguments.proxy or os.environ.get("AGENTKIT_PROXY") or None,
            ca_bundle=arguments.ca_bundle,
            server=arguments.server,
            only=arguments.only,
            concurrency=arguments.concurrency,
            request_seconds=arguments.timeout,
            seconds=arguments.within,
            watch=progress,
        )
    )
    if progress is not None:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if arguments.out:
        _write(arguments.out, made.to_json())
    print(made.to_json().rstrip() if arguments.json else table(made, style, verbose=arguments.verbose))
    return 1 if made.surprises else 0


def _headers(given: list[str]) -> dict[str, str]:
    """Return headers by name; what is wrong with one is said without its value, which may be a secret."""
    headers: dict[str, str] = {}
    for text in given:
        name, colon, value = text.partition(":")
        name = name.strip()
        if not colon or not name:
            raise ConfigurationError("A --header has no colon.", hint="Write --header 'Name: value'.")
        if name.lower() in {known.lower() for known in headers}:
            raise ConfigurationError(f"--header {name} is given twice.", hint="Give each header once.")
        headers[name] = value.strip()
    return headers


class _Progress:
    """A line on standard error that says how far it is."""

    def __init__(self) -> None:
        self._ended = 0

    def __call__(self, finding: Finding) -> None:
        self._ended += 1
        print(f"\r\x1b[K{self._ended} answered, last: {finding.id}", end="", file=sys.stderr, flush=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{str(path)!r} cannot be written: {reason_of(error)}.", hint="Give --out another path."
        ) from None
