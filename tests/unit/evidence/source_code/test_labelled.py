"""Rules measured on labelled snippets: precision and recall by family.

The plain ones were labelled before the rules were written; those called `seen:` come from looking at real packages,
those called `hard:` are meant to be. Wrong answers stay in the set, and are printed.

A label is `rule:severity`. What is only told (`info`) counts neither way; a finding of the right rule with another
severity is found, but counted under `severity`.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from supplytrust.evidence.source_code.analyse_artifact import SourceFile, read
from supplytrust.model.claims.code import Family

FOLDER = Path(__file__).parent / "labelled"
FLOORS = {  # precision, recall; a little below what docs/evaluation-code.md tells
    Family.PRIMITIVES: (0.96, 0.92),
    Family.KEYS: (0.93, 0.96),
    Family.COMPARISON: (0.9, 0.9),
    Family.RANDOMNESS: (0.9, 0.9),
    Family.CERTIFICATES: (0.96, 0.96),
    Family.DESERIALIZATION: (0.93, 0.96),
    Family.BOUNDS: (0.85, 0.75),
}


def snippets():
    for path in sorted(FOLDER.glob("*.txt")):
        for part in re.split("^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            head, _, code = part.partition("\n")
            title, language, labels = (piece.strip() for piece in head.split("|"))
            yield Family(path.stem), title, language, frozenset(filter(None, labels.split(", "))), code


SNIPPETS = tuple(snippets())


def found(family, language, code):
    name = {"python": "demo/a.py"}.get(language, "src/a.x")
    claim, _ = read("demo", [SourceFile(name, language, "library", len(code), code.encode)])
    assert claim.unread == 0
    return frozenset(f"{f.rule}:{f.severity}" for f in claim.findings if f.severity != "info" and f.family is family)


def measure(family):
    tally, wrong = Counter(), []
    for _, title, language, labels, code in (s for s in SNIPPETS if s[0] is family):
        seen = found(family, language, code)
        rules, wanted = {s.partition(":")[0] for s in seen}, {s.partition(":")[0] for s in labels}
        tally.update(hit=len(rules & wanted), false=len(rules - wanted), missed=len(wanted - rules))
        tally["severity"] += len([s for s in seen - labels if s.partition(":")[0] in wanted])
        if seen != labels:
            wrong.append(f"{title}: wanted {sorted(labels)}, found {sorted(seen)}")
    return tally, wrong


def shares(tally):
    """Precision and recall; 1 where there is nothing to be wrong about."""
    named, wanted = tally["hit"] + tally["false"], tally["hit"] + tally["missed"]
    return (tally["hit"] / named if named else 1.0), (tally["hit"] / wanted if wanted else 1.0)


def test_the_set_is_large_and_mixed():
    languages = Counter(s[2] for s in SNIPPETS)
    assert languages["python"] >= 100
    assert sum(n for language, n in languages.items() if language != "python") >= 40
    for family in Family:
        labels = [bool(s[3]) for s in SNIPPETS if s[0] is family]
        assert any(labels)
        assert not all(labels)
    assert len({(s[0], s[1]) for s in SNIPPETS}) == len(SNIPPETS)


@pytest.mark.parametrize("family", Family)
def test_precision_and_recall(family):
    tally, wrong = measure(family)
    precision, recall = shares(tally)
    print(f"{family:<16} precision {precision:.3f} recall {recall:.3f} {dict(tally)}")
    for line in wrong:
        print("   ", line)
    assert precision >= FLOORS[family][0], wrong
    assert recall >= FLOORS[family][1], wrong
