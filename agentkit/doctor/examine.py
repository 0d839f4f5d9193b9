"""Runs the probes: as many at a time as the server may bear, each after those that it needs."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import anyio

from agentkit.backends.address import checked_headers, checked_key, checked_proxy
from agentkit.backends.backend import Backend
from agentkit.backends.findings import FORMAT, Capabilities, Exhibit, Finding
from agentkit.doctor.bench import Asker, Bench, Subject
from agentkit.doctor.door import Opener, check_door, connect, names_of, served_model
from agentkit.doctor.limits import known_limit
from agentkit.doctor.probe import Probe, Verdict, undecided
from agentkit.doctor.probes import PROBES
from agentkit.errors import (
    ConfigurationError,
)

_MOST_EXHIBITS = 6
_ALWAYS = {"server.kind", "context.window"}


async def examine(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    ca_bundle: str | None = None,
    server: str = "",
    only: Sequence[str] = (),
    concurrency: int = 6,
    request_seconds: float = 45.0,
    seconds: float = 300.0,
    watch: Callable[[Finding], None] | None = None,
) -> Capabilities:
    """Examine a server.

    Args:
        url: Base URL; `/v1` is tried where it was left out.
        model: The model to ask; None takes the one that is served.
        api_key: Sent as a bearer token.
        headers: Further headers of every request, such as a gateway wants; they are never shown.
        proxy: URL of a proxy; those of the environment are not used.
        ca_bundle: PEM file of trusted certificates.
        server: The kind that it is said to be, or an empty string.
        only: Ids of probes, or beginnings of them such as `tools`; what they need is run too.
        concurrency: Requests at the same time.
        request_seconds: Bound of one request.
        seconds: Bound of the whole; what has not ended by then is undecided.
        watch: Called with each finding as it is made.

    Raises:
        BackendError: There is no server, the key is refused, or the model is not served.
        ConfigurationError: `only` names no probe.
    """
    chosen = _chosen(only)
    began = anyio.current_time()
    base = Backend.openai_compatible(url).url  # refuses what is no address
    door = Opener(
        api_key=checked_key(api_key),
        headers=checked_headers(headers, with_key=bool(api_key)),
        proxy=checked_proxy(proxy),
        ca_bundle=ca_bundle,
    )
    subject = Subject(url=base, api_key=door.has_key, more_headers=bool(headers), claimed=server)
    client, listing = await connect(base, door)
    try:
        subject.url = client.url
        subject.listed = tuple(names_of(listing))
        subject.model = model or served_model(subject, listing)
        bench = Bench(client, subject, concurrency=concurrency, seconds=request_seconds)
        await check_door(bench)
        runner = _Runner(bench, chosen, watch)
        with anyio.move_on_after(seconds):
            await runner.run()
        findings = tuple(
            bench.findings.get(probe.id)
            or runner.finding(probe, undecided(f"Not ended within {seconds:g} s."), ())
            for probe in chosen
        )
    finally:
        await client.close()
    return Capabilities(
        format=FORMAT,
        url=subject.url,
        server=subject.kind or server or "openai_compatible",
        version=subject.version,
        model=subject.model,
        window=subject.window,
        made=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(anyio.current_time() - began, 1),
        requests=bench.requests,
        findings=tuple(_with_limit(finding, subject) for finding in findings),
    )


class _Runner:
    """The probes of one examination."""

    def __init__(
        self, bench: Bench, probes: Sequence[Probe], watch: Callable[[Finding], None] | None
    ) -> None:
        self._bench = bench
        self._probes = probes
        self._watch = watch
        self._ended = {probe.id: anyio.Event() for probe in probes}

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            for probe in self._probes:
                tasks.start_soon(self._one, probe)

    async def _one(self, probe: Probe) -> None:
        for other in (*probe.needs, *probe.after):
            if other in self._ended:
                await self._ended[other].wait()
        lacking = [
            other
            for other in probe.needs
            if other in self._ended and self._bench.findings[other].outcome != "proved"
        ]
        asker = self._bench.asker()
        if lacking:
            said = self._bench.findings[lacking[0]]
            verdict = undecided(f"It needs {lacking[0]}, which is {said.outcome}.")
        else:
            verdict = await _run(probe, asker)
        if verdict.outcome == "refuted" and asker.late and self._bench.slow:
            verdict = undecided(
                f"No answer in time, and others took up to {self._bench.slowest:.0f} s: the server is slow now.",
                "Give it more time: --timeout and --within, or a lower --concurrency.",
            )
        finding = self.finding(probe, verdict, asker.evidence)
        self._bench.findings[probe.id] = finding
        self._ended[probe.id].set()
        if self._watch is not None:
            self._watch(finding)

    def finding(self, probe: Probe, verdict: Verdict, evidence: Iterable[Exhibit]) -> Finding:
        """Return a verdict with its evidence."""
        return Finding(
            id=probe.id,
            question=probe.question,
            outcome=verdict.outcome,
            said=verdict.said,
            value=verdict.value,
            evidence=tuple(evidence)[-_MOST_EXHIBITS:],
            advice=verdict.advice,
        )


async def _run(probe: Probe, asker: Asker) -> Verdict:
    """Run a probe; an answer so odd that the probe trips over it must not end the examination."""
    try:
        return await probe.run(asker)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
        return undecided(
            f"The answer is so odd that this probe could not read it ({error!r}): see the evidence."
        )


def _with_limit(finding: Finding, subject: Subject) -> Finding:
    """Return a finding with what is known of this kind of server and model, now that the kind is known."""
    if finding.outcome != "refuted":
        return finding
    limit = known_limit(subject.kind or subject.claimed, subject.model, finding.id, finding.value)
    return replace(finding, limit=limit)


def _chosen(only: Sequence[str]) -> tuple[Probe, ...]:
    """Return the probes that were asked for and those that they need, in order."""
    if not only:
        return PROBES
    unknown = [name for name in only if not any(_named(probe, name) for probe in PROBES)]
    if unknown:
        raise ConfigurationError(
            f"There is no probe {unknown[0]!r}.", hint="`agentkit doctor --list` names them all."
        )
    wanted = {probe.id for probe in PROBES if any(_named(probe, name) for name in only)}
    wanted |= _ALWAYS
    more = True
    while more:  # a probe may need one that stands below it
        before = len(wanted)
        for probe in PROBES:
            if probe.id in wanted:
                wanted.update((*probe.needs, *probe.after))
        more = len(wanted) > before
    return tuple(probe for probe in PROBES if probe.id in wanted)


def _named(probe: Probe, name: str) -> bool:
    return probe.id == name or probe.id.startswith(f"{name.rstrip('.')}.")
