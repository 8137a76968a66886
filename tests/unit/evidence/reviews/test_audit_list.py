"""Our own list of audits: what it holds, and what each unusable entry is counted under."""

import pytest

from supplytrust.ecosystems import versions_of
from supplytrust.errors import MalformedError
from supplytrust.evidence.reviews import audit_list

AUDIT = {
    "project": '"pkg:pypi/Demo_X"',
    "versions": '">=1.2, <1.4"',
    "date": "2026-03-01",
    "auditor": '"Example Labs"',
    "scope": '"the parser"',
    "tags": '["parsing", "memory"]',
}


def text(kind="audit", **change):
    rows = "\n".join(f"{k} = {v}" for k, v in ({**AUDIT, **change}).items() if v)
    return f"schema = 1\n[[{kind}]]\n{rows}\n"


def read(raw):
    return audit_list.read(raw.encode(), "list.toml", versions_of)


def test_an_audit():
    digest = "a" * 64
    (one,) = read(
        text(arranged='"Fund"', report='"https://example.org/r.pdf"', sha256=f'"{digest}"', findings="3", open="1")
    ).audits
    assert (one.about.project, one.about.who, one.about.at.isoformat()) == (
        "pkg:pypi/demo-x",
        "Example Labs",
        "2026-03-01T00:00:00+00:00",
    )
    assert [t.value for t in one.tags] == ["memory", "parsing"]
    assert (one.findings, one.open, one.sha256) == (3, 1, digest)
    (bare,) = read(text()).audits
    assert (bare.findings, bare.open, bare.report) == (None, None, "")


def test_reviews_and_violations():
    review = text("review", auditor="", scope="", reviewer='"Team"', open="2")
    against = text("violation", auditor="", scope="", tags="", reviewer='"Team"', criteria='["fit for foreign input"]')
    one, other = read(review + against.partition("\n")[2]).reviews
    assert (one.against, one.open, one.criteria) == (False, 2, ())
    assert (other.against, other.criteria) == (True, ("fit for foreign input",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"project": '"pkg:pypi/demo@1"'}, "bad-project"),
        ({"project": '"demo"'}, "bad-project"),
        ({"project": ""}, "bad-project"),
        ({"versions": '"newest"'}, "bad-versions"),
        ({"versions": '""'}, "bad-versions"),
        ({"project": '"pkg:cargo/x"', "versions": '"~=1.0"'}, "bad-versions"),
        ({"date": '"soon"'}, "bad-date"),
        ({"date": ""}, "bad-date"),
        ({"auditor": '"a\\nb"'}, "bad-auditor"),
        ({"auditor": ""}, "bad-auditor"),
        ({"scope": '" "'}, "bad-scope"),
        ({"tags": '["all"]'}, "bad-tags"),
        ({"tags": ""}, "bad-tags"),
        ({"sha256": '"abc"'}, "bad-sha256"),
        ({"findings": "-1"}, "bad-findings"),
        ({"open": "true"}, "bad-open"),
        ({"findings": "1", "open": "2"}, "bad-open"),
        ({"verdict": '"fine"'}, "unknown-key"),
    ],
)
def test_unusable_audits(change, reason):
    found = read(text(**change))
    assert found.audits == ()
    assert [(s.reason, s.count) for s in found.skips.counts("f", "pkg:pypi/demo-x")] == [(f"audit: {reason}", 1)]


def test_an_entry_that_names_no_package_may_be_about_this_one():
    skips = read(text(project="") + text("audit", versions='"x"').partition("\n")[2]).skips
    assert [(s.reason, s.here) for s in skips.counts("f", "pkg:pypi/other")] == [
        ("audit: bad-project", 1),
        ("audit: bad-versions", 0),
    ]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("schema = 2", "no list of audits"),
        ("", "no list of audits"),
        ("schema = 1\n[[audits]]\n", "unknown table 'audits'"),
        ("schema = 1\nschema = 1", "list.toml:2:"),
    ],
)
def test_files_that_are_no_list(raw, told):
    with pytest.raises(MalformedError) as caught:
        read(raw)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("kind", "requirement", "version", "inside"),
    [
        ("pypi", ">=1,<2", "1.5", True),
        ("pypi", ">=1,<2", "1.5rc1", True),
        ("pypi", ">=1,<2", "2.0", False),
        ("pypi", "*", "anything", True),
        ("npm", "^1.2", "1.9.0", True),
        ("cargo", "1.2", "2.0.0", False),
    ],
)
def test_ranges(kind, requirement, version, inside):
    assert versions_of(kind).includes(requirement, version) is inside


def test_versions_without_order():
    with pytest.raises(ValueError, match="nightly"):
        versions_of("pypi").includes(">=1", "nightly")
