"""cargo-vet files: what is certified, by which way a version is reached, what is skipped and under which name."""

import pytest

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.evidence.reviews import cargo_vet, chains, reading
from supplytrust.evidence.reviews.reading import MAX_BYTES, read_file
from supplytrust.model.claims.review import Basis

OWN = """
[criteria.crypto-safe]
description = "read by somebody who knows"
[criteria.does-not-implement-crypto]
implies = "crypto-safe"
[criteria.ub-risk-1]
implies = ["ub-risk-2"]
[criteria.ub-risk-2]
implies = "ub-risk-1"        # a circle, harmless
[[audits.demo]]
who = "Ann Example <ann@example.org>"
criteria = ["safe-to-deploy", "does-not-implement-crypto"]
version = "1.0.0"
[[audits.demo]]
who = ["Bob Example <bob@example.org>", "Cy"]
criteria = "safe-to-deploy"
delta = "1.0.0 -> 1.1.0"
[[audits.demo]]
criteria = "safe-to-run"
delta = "1.1.0 -> 1.2.0"
[[audits.demo]]
criteria = "safe-to-deploy"
violation = ">=1.3.0, <1.3.2"
[[audits.demo]]
criteria = "safe-to-deploy"
version = "2.0.0@git:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
[[trusted.demo]]
criteria = "safe-to-run"
user-id = 7
start = "2024-01-01"
end = "2024-12-31"
[[wildcard-audits.demo]]
who = "Ann Example <ann@example.org>"
criteria = "safe-to-deploy"
trusted-publisher = "example:owner/demo"
start = 2024-01-01
end = 2024-12-31
"""
LOCK = """
[[publisher.demo]]
version = "3.0.0"
when = "2024-12-31"
user-id = 7
[[publisher.demo]]
version = "3.1.0"
when = "2025-01-01"
user-id = 7
[[publisher.demo]]
version = "3.2.0"
when = "2024-06-01"
trusted-publisher = "example:owner/demo"
[audits.peer.criteria.own-words]
description = "x"
implies = "safe-to-run"
[[audits.peer.audits.demo]]
who = "Dan"
criteria = "own-words"
version = "4.0.0"
[[audits.peer.trusted.demo]]
criteria = "safe-to-run"
user-id = 7
start = "2024-01-01"
end = "2024-12-31"
[audits.empty.audits]
"""


def crate(text=OWN):
    return cargo_vet.read(text.encode(), "audits.toml").crates["demo"]


def ways(version, text=OWN):
    return [(w.basis, sorted(w.criteria), w.who, w.steps) for w in chains.find_chains(crate(text), version)]


def test_a_whole_reading_certifies_what_its_criteria_imply():
    (way,) = ways("1.0.0")
    assert way[0] is Basis.FULL
    assert way[1] == ["crypto-safe", "does-not-implement-crypto", "safe-to-deploy", "safe-to-run"]
    assert way[2] == ("Ann Example <ann@example.org>",)


def test_changes_reach_on_only_for_what_every_step_certifies():
    (way,) = ways("1.1.0")
    assert way[0] is Basis.CHAIN
    assert way[1] == ["safe-to-deploy", "safe-to-run"]
    assert way[3] == ("1.0.0", "1.1.0")
    (longer,) = ways("1.2.0")
    assert longer[1] == ["safe-to-run"]
    assert longer[3] == ("1.0.0", "1.1.0", "1.2.0")
    assert "unnamed" in longer[2]


def test_nothing_reaches_other_versions():
    assert ways("0.9.0") == []
    assert ways("2.0.0") == []  # that commit was read, not the release
    assert chains.elsewhere(crate(), "0.9.0") == ("1.0.0", "2.0.0@git:" + "a" * 40)


def test_backwards_and_in_circles():
    text = """
[[audits.demo]]
criteria = "safe-to-run"
version = "2.0.0"
[[audits.demo]]
criteria = "safe-to-run"
delta = "2.0.0 -> 1.0.0"
[[audits.demo]]
criteria = "safe-to-run"
delta = "1.0.0 -> 2.0.0"
[[audits.demo]]
criteria = "safe-to-run"
delta = "5.0.0 -> 6.0.0"
"""
    assert ways("1.0.0", text)[0][3] == ("2.0.0", "1.0.0")
    assert ways("6.0.0", text) == []


def test_publishers_count_only_where_the_lock_file_says_who_published():
    both = crate(OWN + LOCK.partition("[audits.peer")[0])
    by = {
        v: [(w.basis, sorted(w.criteria), w.who) for w in chains.find_chains(both, v)]
        for v in ("3.0.0", "3.1.0", "3.2.0")
    }
    assert by["3.0.0"] == [(Basis.PUBLISHER, ["safe-to-run"], ("account 7",))]  # the last day counts
    assert by["3.1.0"] == []
    assert by["3.2.0"][0][1:] == (["safe-to-deploy", "safe-to-run"], ("Ann Example <ann@example.org>",))
    assert ways("3.0.0") == []


def test_a_lock_file_keeps_each_imports_own_words():
    file = cargo_vet.read(LOCK.encode(), "imports.lock")
    found = file.crates["demo"]
    assert [(a.origin, sorted(a.criteria)) for a in found.audits] == [("peer", ["own-words", "safe-to-run"])]
    assert file.count(lambda c: c.published) == 3
    assert [w.basis for w in chains.find_chains(found, "3.0.0")] == [Basis.PUBLISHER]
    assert file.skips.total == 0


def test_a_violation_is_not_closed_over_what_it_implies():
    (against,) = crate().against
    assert against.criteria == {"safe-to-deploy"}
    assert against.requirement == ">=1.3.0, <1.3.2"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('version = "1.0.0"', "no-criteria"),
        ('criteria = []\nversion = "1.0.0"', "no-criteria"),
        ('criteria = "safe-to-run"', "no-kind"),
        ('criteria = "safe-to-run"\nversion = "1.0.0"\ndelta = "1.0.0 -> 1.1.0"', "several-kinds"),
        ('criteria = "safe-to-run"\nversion = "one"', "bad-version"),
        ('criteria = "safe-to-run"\nversion = "1.0"', "bad-version"),
        ('criteria = "safe-to-run"\nversion = 1', "bad-version"),
        ('criteria = "safe-to-run"\ndelta = "1.0.0"', "bad-delta"),
        ('criteria = "safe-to-run"\ndelta = "1.0.0 -> 1.1.0 -> 1.2.0"', "bad-delta"),
        ('criteria = "safe-to-run"\nviolation = "newest"', "bad-violation"),
        ('criteria = "safe-to-run"\nwho = 5\nversion = "1.0.0"', "bad-who"),
        ('criteria = "safe-to-run"\nimportable = false\nversion = "1.0.0"', "not-importable"),
    ],
)
def test_unusable_entries_are_counted_by_name(entry, reason):
    text = f'[[audits.demo]]\n{entry}\n[[audits.other]]\ncriteria = "safe-to-run"\nversion = "1.0.0"\n'
    file = cargo_vet.read(text.encode(), "audits.toml")
    assert list(file.crates) == ["other"]
    assert [(s.reason, s.count, s.here) for s in file.skips.counts("f", "demo")] == [(reason, 1, 1)]
    assert [s.here for s in file.skips.counts("f", "other")] == [0]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('[[trusted.demo]]\ncriteria="safe-to-run"\nstart="2024-01-01"\nend="2024-02-01"', "no-publisher"),
        ('[[trusted.demo]]\ncriteria="safe-to-run"\nuser-id=1\nstart="2024-03-01"\nend="2024-02-01"', "bad-date"),
        ('[[trusted.demo]]\ncriteria="safe-to-run"\nuser-id=1\nend="2024-02-01"', "bad-date"),
        ('[[publisher.demo]]\nversion="1.0.0"\nuser-id=1\nwhen="soon"', "bad-date"),
        ("[trusted]\ndemo = 4", "not-a-table"),
        ("publisher = 4", "not-a-table"),
        ('[[publisher."a b"]]\nversion="1.0.0"', "bad-name"),
        ("[criteria]\nmine = 4", "not-a-table"),
    ],
)
def test_other_unusable_tables(table, reason):
    file = cargo_vet.read(table.encode(), "x.toml")
    assert [(s.reason, s.count) for s in file.skips.counts("f", "demo")] == [(reason, 1)]
    assert file.crates == {}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"[audits\n", "audits.toml:1:"),
        (b'a = 1\n\n[[audits.demo]]\nversion = "1', "audits.toml:4:"),
        (b"ok = 1\n\xff", "audits.toml:2:1: not UTF-8"),
        (b"x = 1\n" + b"a." * 60 + b"b = 1", "audits.toml:2:1: a key of more than 40 parts"),
        (b'x = {"a".' + b'"b".' * 60 + b'"c" = 1}', "a key of more than 40 parts"),
        (b"a = " + b"[" * 20_000, "nested too deeply"),
        (b"[package]\nname = 'x'", "none of cargo-vet's files"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_place(raw, told):
    with pytest.raises(MalformedError) as caught:
        cargo_vet.read(raw, "audits.toml")
    assert told in caught.value.message


def test_text_with_many_dots_is_no_key():
    notes = "Read it. All of it. " * 30 + "." * 200
    text = f'[[audits.demo]]\ncriteria = "safe-to-run"\nversion = "1.0.0"\nnotes = """\n{notes}\n"""\n'
    assert cargo_vet.read(text.encode(), "a.toml").skips.total == 0


def test_large_files_and_folders(tmp_path):
    (tmp_path / "big.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(TooLargeError):
        read_file(tmp_path / "big.toml")
    with pytest.raises(Exception, match="not a regular file"):
        read_file(tmp_path)


@pytest.mark.parametrize(
    ("names", "scopes"),
    [
        (["crypto-safe"], ["cryptography"]),
        (["crypto-safe", "does-not-implement-crypto"], []),
        (["safe-to-run"], []),
        (["safe-to-deploy"], ["memory", "network", "parsing"]),
        (["ub-risk-2"], ["memory"]),
        (["ub-risk-3"], []),
        (["ub-risk-4"], []),
        (["ub-risk-1-thorough"], ["memory"]),
    ],
)
def test_what_criteria_stand_for(names, scopes):
    assert list(reading.scopes(names)) == scopes


def test_which_missing_criteria_are_faults():
    against = ["safe-to-run", "safe-to-deploy", "crypto-safe", "ub-risk-4", "ub-risk-3"]
    assert all(reading.speaks_against(n) for n in against)
    assert not any(reading.speaks_against(n) for n in ("does-not-implement-crypto", "ub-risk-0", "ub-risk-2"))
