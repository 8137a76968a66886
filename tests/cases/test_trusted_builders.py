"""What trust in hosted runners would let in: every attack, attested by its own project's workflow, admitted by none.

The shipped baseline names hosted runners because of this measurement (decision 0044); here the forge is simulated.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import ATTACKS, ATTESTED, LOOKALIKES, hosted_policy, played, with_attestation

import supplytrust as st
from simulators.story import Story
from supplytrust.appraisal.policies import loader
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Area

SIGNAL = "build/built_by_trusted_builder"


@pytest.fixture
def hosted(tmp_path: Path) -> Policy:
    """The shipped baseline, its first hosted runner that of the simulated forge."""
    path = tmp_path / "hosted.toml"
    path.write_text(hosted_policy())
    return loader.load(path)


@pytest.mark.parametrize(("story", "expect"), played([*ATTACKS, *ATTESTED]))
def test_no_attested_attack_is_admitted_by_trust_in_its_builder(story: Story, expect: str, hosted, evidenced) -> None:
    record = st.appraise(evidenced(with_attestation(story)), policy=hosted, alone=True)
    assert record.outcome is not st.Outcome.ADMIT, record.reasons
    plain = st.appraise(evidenced(with_attestation(story)), policy="production", alone=True)
    assert record.outcome >= min(st.Outcome[expect], plain.outcome)


def test_a_healthy_release_that_was_not_rebuilt_is_admitted_by_it(hosted, evidenced) -> None:
    evidence = evidenced(next(s for s in LOOKALIKES if s.id == "attested"))
    record = st.appraise(evidence, policy=hosted, alone=True)
    found = next(f for f in record.areas[Area.BUILD].findings if f.signal == SIGNAL)
    assert found.status == "supports", found.because
    assert record.areas[Area.BUILD].outcome is st.Outcome.ADMIT
    assert st.appraise(evidence, policy="baseline", alone=True).areas[Area.BUILD].outcome is st.Outcome.REFER
