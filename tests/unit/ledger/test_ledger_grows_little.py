"""Equal records are kept once, byte for byte; what is let go is stated; files of the earlier format go on."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.errors import LedgerError
from supplytrust.ledger import Ledger, digest_of, packing
from supplytrust.model.policy import Context
from supplytrust.model.record import TOOL_NAME, AreaVerdicts, PolicyRef, Tool, Trustee, Trustor, TrustRecord
from supplytrust.model.subject import Artifact, Subject
from supplytrust.model.vocabulary import Outcome

T0 = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
STEP = timedelta(microseconds=1)


def record(name: str, at: datetime, outcome: Outcome = Outcome.ADMIT) -> TrustRecord:
    purl = f"pkg:pypi/{name}@1"
    return TrustRecord(
        trustor=Trustor("https://example.org/trust", Tool(TOOL_NAME, "0.1")),
        trustee=Trustee.of(Subject(purl, "pypi", name, "1", Artifact(f"{name}.whl", "ab" * 32))),
        context=Context(),
        assessed_at=at,
        not_before=at,
        expires=at + DAY,
        review_by=at + DAY,
        policy=PolicyRef("baseline", 1, "sha256:00"),
        outcome=outcome,
        reasons=(),
        would_change=(),
        areas=AreaVerdicts({}),
    )


def stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"


def body(name: str, at: datetime, before: str, *, said: str = "fine", fixed: datetime | None = None) -> bytes:
    """The bytes of a record of the usual size, most of which is the package's own."""
    noise = [hashlib.sha256(f"{name} {n}".encode()).hexdigest()[:40] for n in range(110)]
    rows = [{"at": stamp(at), "because": f"{said} {n}", "id": noise[n]} for n in range(110)]
    times = {
        "assessedAt": stamp(at),
        "expires": stamp(at + 30 * DAY),
        "exception": stamp(fixed or at + 9 * DAY),
        "begun": stamp(T0 - DAY),
    }
    return json.dumps({**times, "findings": rows, "name": name, "supersedes": before}, separators=(",", ":")).encode()


def keep_nights(ledger: Ledger, nights: range, packages: int = 3, fixed: datetime | None = None) -> dict[str, bytes]:
    """A record a package and night, each naming the one before; their bytes by digest."""
    made = {}
    for night in nights:
        at = T0 + night * DAY
        for n in range(packages):
            latest = ledger.latest(f"pkg:pypi/p{n}@1")
            text = body(f"p{n}", at, latest.record_digest if latest else "", fixed=fixed)
            made[ledger.keep(record(f"p{n}", at), text).record_digest] = text
    return made


# --- taking apart and putting together


moments = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2900, 1, 1), timezones=st.just(UTC))
pieces = st.one_of(
    moments.map(lambda m: stamp(m).encode()),
    st.sampled_from(
        [b"2026-11-01T00:00:00.000000Z", b"2026-13-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00Z"]
    ),
    st.integers(0, 5).map(lambda n: b'"supersedes":"sha256:' + b"%064x" % n + b'"'),
    st.just(b'"recordDigest":""'),
    st.binary(max_size=12),
    st.sampled_from([b"\x00t5;", b"\x00r;", b"\x00", b'"supersedes":"']),
)
texts = st.lists(pieces, max_size=12).map(b" ".join)


@given(texts, moments, texts)
def test_whatever_is_taken_apart_comes_back_byte_for_byte(text: bytes, at: datetime, before: bytes) -> None:
    numbers = {bytes.fromhex(f"{n:064x}"): n + 1 for n in range(3)}
    digests = {number: digest for digest, number in numbers.items()}
    template, refers = packing.separate(text, at, before, numbers.get)
    assert packing.combine(template, at, refers, digests.__getitem__) == text


@given(st.binary(max_size=3000), st.binary(max_size=3000), st.lists(st.integers(0, 5999), max_size=8))
def test_the_difference_from_any_other_text_gives_the_text(one: bytes, other: bytes, cuts: list[int]) -> None:
    whole = one + other
    edges = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    parts = [whole[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    new = b"".join(parts[::2] + parts[1::2]) + b"x" * packing.SMALL
    packed, _ = packing.pack(new, whole)
    assert packing.unpack(packed, lambda: whole) == new
    assert b"".join(packing._apply(whole, packing._difference(whole, new))) == new


@given(st.integers(0, 2**38), st.integers(0, 999_999))
def test_times_are_exact_and_sort(whole: int, micro: int) -> None:
    at = T0 + timedelta(seconds=whole % (200 * 365 * 86400), microseconds=micro)
    assert packing.moment_of(packing.seconds(at)) == at
    assert packing.seconds(at - STEP) < packing.seconds(at) < packing.seconds(at + STEP)


@given(st.binary(min_size=1, max_size=60))
def test_damaged_packing_is_a_ledger_error(data: bytes) -> None:
    with pytest.raises(LedgerError):
        packing.unpack(b"\x01" + data, lambda: b"")
        packing.unpack(b"\x02" + data, lambda: b"")


# --- in the ledger


def size_of(path: Path) -> int:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path.stat().st_size


def test_thirty_quiet_nights_cost_little_and_every_byte_is_there(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as ledger:
        made = keep_nights(ledger, range(1))
        first = size_of(path)
        made |= keep_nights(ledger, range(1, 31))
        assert size_of(path) < 1.7 * first
        assert all(ledger.body(digest) == text for digest, text in made.items())
        assert ledger.verify() == len(made) == 31 * 3
        done = ledger.compact(7, T0 + 30 * DAY)
        assert size_of(path) < 1.2 * first
        left = ledger.verify()
        assert done.before - done.removed == left < done.before
        assert all(ledger.body(e.record_digest) == made[e.record_digest] for e in ledger.history("pkg:pypi/p1"))
        kept = [(e.assessed_at - T0).days for e in ledger.history("pkg:pypi/p1")]
        assert kept == [30, 29, 28, 27, 26, 25, 24, 23, 0], "the young ones, and the first of the stretch"


def test_what_says_something_new_is_never_let_go(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite3") as ledger:
        ledger.remember("k", "owners", "ann", T0)
        told = "aaabbbaaac"
        for night, said in enumerate(told):
            at = T0 + night * DAY
            outcome = Outcome.REFER if said == "b" else Outcome.ADMIT
            entry = ledger.keep(record("p", at, outcome), body("p", at, "", said=said * 9))
            if night == 7:
                ledger.note_signed(entry.record_digest, at)
        ledger.compact(1, T0 + 100 * DAY)
        assert [(e.assessed_at - T0).days for e in reversed(ledger.history("pkg:pypi/p"))] == [0, 2, 3, 5, 6, 7, 8, 9]
        assert ledger.recall("k", "owners") == ("ann", T0)
        before = ledger.history("pkg:pypi/p")
        assert ledger.compact(1, T0 + 100 * DAY).removed == 0
        assert ledger.history("pkg:pypi/p") == before


def test_a_compacted_ledger_only_grows_again(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as ledger:
        keep_nights(ledger, range(4), packages=2)
        ledger.compact(1, T0 + 50 * DAY)
    raw = sqlite3.connect(path)
    for statement in (
        "DELETE FROM record",
        "UPDATE record SET outcome = 0",
        "DELETE FROM template",
        "DELETE FROM fact",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            raw.execute(statement + ("" if "fact" not in statement else " WHERE 1"))
            if "fact" in statement:
                raise sqlite3.IntegrityError("only grows, and there is no fact")
    raw.close()


def test_an_end_that_stays_where_it_is_does_not_move_with_the_night(tmp_path: Path) -> None:
    """The end of an exception is the same day every night; the end of the record is another one."""
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as ledger:
        made = keep_nights(ledger, range(6), packages=1, fixed=T0 + 400 * DAY)
        assert all(ledger.body(digest) == text for digest, text in made.items())
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT count(*) FROM template").fetchone() == (2,)
    raw.close()


FORMAT_1 = (
    """CREATE TABLE record (id INTEGER PRIMARY KEY, purl TEXT NOT NULL, release TEXT NOT NULL, package TEXT NOT NULL,
    artifact TEXT NOT NULL, assessed_at TEXT NOT NULL, policy_id TEXT NOT NULL, policy_digest TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ADMIT', 'REFER', 'REFUSE')), digest TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL)""",
    "CREATE INDEX record_by_purl ON record (purl, assessed_at)",
    "CREATE INDEX record_by_release ON record (release, assessed_at)",
    "CREATE INDEX record_by_package ON record (package, assessed_at)",
    """CREATE TABLE fact (key TEXT NOT NULL, fact TEXT NOT NULL, value TEXT NOT NULL, first_at TEXT NOT NULL,
    PRIMARY KEY (key, fact)) WITHOUT ROWID""",
    *(
        f"CREATE TRIGGER {t}_no_{v.lower()} BEFORE {v} ON {t} BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
        for t in ("record", "fact")
        for v in ("UPDATE", "DELETE")
    ),
    "PRAGMA application_id = 1398033479",
    "PRAGMA user_version = 1",
)


def test_a_ledger_of_the_first_format_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    raw = sqlite3.connect(path)
    for statement in FORMAT_1:
        raw.execute(statement)
    texts, before = [], ""
    for night in range(5):
        at = T0 + night * DAY
        texts.append(body("p", at, before))
        before = digest_of(texts[-1])
        text = at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        row = (
            "pkg:pypi/p@1",
            "pkg:pypi/p@1",
            "pkg:pypi/p",
            "ab" * 32,
            text,
            "baseline",
            "sha256:00",
            "REFER",
            before,
            texts[-1],
        )
        columns = "purl, release, package, artifact, assessed_at, policy_id, policy_digest, outcome, digest, body"
        raw.execute(f"INSERT INTO record ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    damaged = (
        "pkg:pypi/q@1",
        "pkg:pypi/q@1",
        "pkg:pypi/q",
        "",
        text,
        "baseline",
        "sha256:00",
        "ADMIT",
        digest_of(b"x"),
        b"y",
    )
    raw.execute(f"INSERT INTO record ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", damaged)
    raw.execute("INSERT INTO fact VALUES ('k', 'owners', 'ann', '2026-11-01T00:00:00.000000Z')")
    raw.commit()
    raw.close()
    with Ledger(path) as ledger:
        entries = ledger.history("pkg:pypi/p")
        assert [ledger.body(e.record_digest) for e in reversed(entries)] == texts
        assert {(e.outcome, e.policy_id, e.artifact_sha256) for e in entries} == {
            (Outcome.REFER, "baseline", "ab" * 32)
        }
        assert ledger.recall("k", "owners") == ("ann", T0)
        with pytest.raises(LedgerError, match="damaged"):
            ledger.body(digest_of(b"x"))
        assert ledger.history("pkg:pypi/q@1")[0].outcome is Outcome.ADMIT
    with Ledger(path) as again:
        assert again.history("pkg:pypi/p") == entries
