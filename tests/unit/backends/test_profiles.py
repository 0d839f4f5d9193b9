"""Every profile says of every capability what it is and how that is known."""

from __future__ import annotations

import pytest

from agentkit.backends.capability import CAPABILITIES, seen
from agentkit.backends.catalog import PROFILES
from agentkit.errors import ConfigurationError

EVERY = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


@EVERY
def test_every_capability_of_every_profile_has_its_evidence(profile):
    assert set(profile.evidence) == set(CAPABILITIES)
    for name in CAPABILITIES:
        evidence = profile.evidence_for(name)
        assert evidence.provenance in ("seen", "read", "documented", "assumed")
        assert bool(evidence.server) == (evidence.provenance != "assumed"), (profile.name, name)


@EVERY
def test_every_profile_introduces_itself(profile):
    assert profile.title
    assert profile.about.endswith(".")
    for issue in profile.issues:
        assert issue.versions
        assert issue.symptom
        assert issue.cure


def test_only_servers_that_ran_here_claim_to_have_been_seen():
    seen_on = {
        profile.name
        for profile in PROFILES.values()
        if any(evidence.provenance == "seen" for evidence in profile.evidence.values())
    }
    assert seen_on == {"vllm", "llamacpp", "transformers"}


def test_a_probe_replaces_a_capability_and_its_evidence_wherever_it_lives():
    profile = PROFILES["openai_compatible"]
    found = seen("my server", "said so")
    changed = profile.with_capability("effort", "unsupported", found).with_capability("images", False, found)
    assert (changed.dialect.effort, changed.images) == ("unsupported", False)
    assert changed.value("effort") == "unsupported"
    assert changed.evidence_for("images") is found
    assert (profile.dialect.effort, profile.images) == ("top_level", True)


def test_an_unknown_capability_is_refused():
    with pytest.raises(ConfigurationError, match="no capability 'speed'"):
        PROFILES["vllm"].with_capability("speed", 9, seen("x"))
