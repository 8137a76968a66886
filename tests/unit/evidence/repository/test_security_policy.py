"""Disclosure policies, read: terms, private ways, supported versions. Texts written for this test."""

import pytest

from simulators.cost import within
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository import security_policy
from supplytrust.model.claims.history import PromiseKind, SupportRow, SupportRule

ACK, FIX, OUT = PromiseKind.ACKNOWLEDGE, PromiseKind.FIX, PromiseKind.DISCLOSE

TERMS = {
    "We will respond within 48 hours.": [(ACK, 2)],
    "You should get an acknowledgement within 2 business days.": [(ACK, 2.8)],
    "We answer every report within one week and aim to release a fix within thirty (30) days.": [(ACK, 7), (FIX, 30)],
    "A fixed version will be released no later than two weeks after confirmation.": [(FIX, 14)],
    "Confirmed issues are patched in under 90 days.": [(FIX, 90)],
    "This project follows a 90 day disclosure timeline.": [(OUT, 90)],
    "Please give us up to 60 days before you disclose it in public.": [(OUT, 60)],
    "Response time: 72-hour acknowledgment; 14-day patch target.": [(ACK, 3), (FIX, 14)],
    "* Acknowledgement: within 3 days\n* Fix: within 2 to 4 weeks\n": [(ACK, 3), (FIX, 28)],
    "Expect a reply within a day.": [(ACK, 1)],
    "We commit to respond within 14 days and promptly release any fix.": [(ACK, 14)],
    "**Triage** happens within **5 working days**.": [(ACK, 7)],
    # no promises
    "If you do not hear from us within 96 hours, write again.": [],
    "We have fixed many issues in the last 10 days of 2020 and in past weeks.": [],
    "Version 2 is supported for 12 months after version 3.": [],
    "Updates are sent every five working days.": [],
    "Send a mail to the team.": [],
    "It takes a while, sometimes a day.": [],
    "We have 10 years of practice in fixing things.": [],
    "About one week before full public disclosure the fix is sent to vendors.": [],
}


@pytest.mark.parametrize(("text", "told"), TERMS.items())
def test_terms(text, told):
    assert [(p.kind, pytest.approx(p.days)) for p in security_policy.promises(text)] == told


TABLES = {
    "| Version | Supported |\n| --- | --- |\n| 2.10.x | :white_check_mark: |\n| < 2.10 | :x: |\n": [
        ("2.10.x", True),
        ("< 2.10", False),
    ],
    "| Version | Status |\n|--|--|\n| `v3.1` | Yes |\n| 2.x | No longer supported |\n": [
        ("v3.1", True),
        ("2.x", False),
    ],
    "=======  ==========\nVersion  Supported\n=======  ==========\n1.4      yes\n1.3      end of life\n=======  ==========\n": [
        ("1.4", True),
        ("1.3", False),
    ],
    "+-----+-----+\n| 1.4 | ✅  |\n+-----+-----+\n| 1.3 | ❌  |\n+-----+-----+\n": [("1.4", True), ("1.3", False)],
    "Supported:\n\n- 4.2: security fixes only\n- 4.1: not supported\n": [("4.2", True), ("4.1", False)],
    "| 1.0 | maybe |\n": [],
    "No table here.\n1. first  thing\n": [],
}


@pytest.mark.parametrize(("text", "told"), TABLES.items())
def test_tables(text, told):
    assert security_policy.rows(text) == tuple(SupportRow(*row) for row in told)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("security fixes only, no new features", (True,)),
        ("yes | until end of 2027", (True,)),
        (":white_check_mark: | end of life 2027-04", (True,)),
        ("**No** | security fixes until 2023", (False,)),
        ("no security updates", (False,)),
        ("yes | no", ()),
    ],
)
def test_a_plain_answer_counts_before_words_about_dates_and_features(cells, told):
    assert tuple(row.supported for row in security_policy.rows(f"| 2.x | {cells} |")) == told


RULES = {
    "Only the latest release is supported.": SupportRule.LATEST,
    "Security fixes are applied only to the most recent released version.": SupportRule.LATEST,
    "We support the latest stable release.": SupportRule.LATEST,
    "The newest minor line receives security fixes.": SupportRule.LATEST_LINE,
    "The latest major/minor versions get updates.": SupportRule.LATEST_LINE,
    "We only support the latest major release.": SupportRule.LATEST_MAJOR,
    "| latest | yes |\n| older | no |\n": SupportRule.LATEST,
    "| 2.x | yes |\n": SupportRule.LISTED,
    "Please try to reproduce it with the latest release before you ask for support.": SupportRule.UNSTATED,
    "Write to the team.": SupportRule.UNSTATED,
    "": SupportRule.UNSTATED,
}


@pytest.mark.parametrize(("text", "told"), RULES.items())
def test_rules(text, told):
    assert security_policy.rule(text) is told


@pytest.mark.parametrize(
    ("rows", "version", "told"),
    [
        ([("2.10.x", True), ("< 2.10", False)], "2.10.3", True),
        ([("2.10.x", True), ("< 2.10", False)], "2.9.9", False),
        ([("2.10.x", True), ("< 2.10", False)], "2.11", None),
        ([("2.x", True)], "2.0rc1", True),
        ([("1.x.x", True)], "1.9", True),
        ([(">= 1.2, < 2", True)], "1.10", True),
        ([(">= 1.2, < 2", True)], "2.0", None),
        ([("20.15.1 +", True), ("< 20.15.1", False)], "21.0", True),
        ([("1.0 - 1.4", False)], "1.4.9", False),
        ([("≥3", True)], "3", True),
        ([("<= 3.1", False)], "3.1.7", False),
        ([("> 3.1", True)], "3.1.7", None),
        ([("latest", True), ("older", False)], "1.0", None),
        ([("v3.1", True)], "3.1", True),
        ([("3", True)], "no version", None),
    ],
)
def test_rows_are_about_versions(rows, version, told):
    assert security_policy.supports_version(tuple(SupportRow(*row) for row in rows), VERSIONS.read(version))[0] is told


def test_private_ways():
    assert security_policy.private("Write to security@example.org.")
    assert security_policy.private("Do **not** open an issue.")
    assert not security_policy.private("Open an issue.")


@pytest.mark.parametrize(
    "text",
    [
        "- " + " " * 65_000 + ":",
        "1 day fix " * 7000,
        "\n \n" * 20_000,
        "| 1.0 |" * 9000,
        "within " + "1" * 60_000 + " days",
        "if " * 20_000 + "not",
        "latest " * 9000 + "support",
        "a@" * 30_000,
    ],
)
def test_hostile_texts_take_no_time(text):
    within(
        1.5,
        lambda: (
            security_policy.promises(text),
            security_policy.rows(text),
            security_policy.rule(text),
            security_policy.private(text),
        ),
    )
