"""What trust in hosted runners would let in: the replayed attacks, each attested by its project's own workflow.

`python tools/bench/trusted_builders.py`: judged under baseline with the simulated forge's runner in the place of the
shipped ones. Nothing was rebuilt, so that the build area stands on declarations and that word alone (decision 0044).
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "cases")]

from stories import ATTACKS, ATTESTED, LOOKALIKES, collected, hosted_policy, with_attestation  # noqa: E402

import supplytrust as st  # noqa: E402
from simulators.story import Story  # noqa: E402
from supplytrust.appraisal.policies import loader  # noqa: E402
from supplytrust.model.policy import Policy  # noqa: E402
from supplytrust.model.vocabulary import Area  # noqa: E402

SIGNAL = "build/built_by_trusted_builder"


def row(story: Story, hosted: Policy) -> tuple[str, str, str, str]:
    """The case, what became of its builder's word, the build area's outcome and the record's."""
    with tempfile.TemporaryDirectory() as folder:
        evidence = collected(with_attestation(story), Path(folder))
    record = st.appraise(evidence, policy=hosted, alone=True)
    build = record.areas[Area.BUILD]
    word = next(f for f in build.findings if f.signal == SIGNAL)
    return (
        story.id,
        word.status.value if word.status == "supports" else word.because,
        build.outcome.name,
        record.outcome.name,
    )


def main() -> None:
    """Print one line a case, then how many of each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hosted.toml"
        path.write_text(hosted_policy())
        hosted = loader.load(path)
    for title, stories in (("attacks", [s for s, _ in (*ATTACKS, *ATTESTED)]), ("healthy", LOOKALIKES)):
        rows = [row(story, hosted) for story in stories]
        for one in rows:
            sys.stdout.write("| " + " | ".join(one) + " |\n")
        builds, records = Counter(r[2] for r in rows), Counter(r[3] for r in rows)
        words = sum(r[1] == "supports" for r in rows)
        sys.stdout.write(f"{title}: {len(rows)}; word counts {words}; build {dict(builds)}; record {dict(records)}\n")


if __name__ == "__main__":
    main()
