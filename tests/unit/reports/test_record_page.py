"""The page of a record: it says what the record says, and whatever stands in a record cannot act on it."""

from __future__ import annotations

import base64
import dataclasses
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplytrust
from simulators.effort import cases
from simulators.evidence import evidence as observed
from simulators.records import DAY, any_records, record
from supplytrust.model.claims.advisory import Advisory, AdvisoryHistory, AdvisoryKind, PastAdvisory
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import FirstSeenFact, FirstSeenFacts, ReleaseHistory, ReleaseMoment
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Exemption
from supplytrust.model.record import AreaVerdicts, DependencyVerdict, Reason, TrustRecord, VetoFact
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status, Veto
from supplytrust.records.statement import to_statement
from supplytrust.reports.pages import show_inert
from supplytrust.reports.pages.drawings import BROKEN, OPEN, draw_timeline, trace_chain
from supplytrust.reports.pages.graph_drawing import MOST, draw_graph
from supplytrust.reports.pages.vetting_page import render_board_document

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;<!-- -->]]>",
    "javascript:alert(1)",
]
CARD = Path(__file__).parents[3] / "scorecards" / "requests" / "record.json"
ACTIVE = {"script", "style", "iframe", "object", "embed", "img", "form", "base", "frame", "audio", "video"}


class Reader(HTMLParser):
    """Elements, their attributes and the text of a page as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def assert_inert(self) -> None:
        active = [tag for tag, _ in self.elements if tag in ACTIVE]
        assert sorted(active) in (["script", "style"], ["style"])
        for tag, attributes in self.elements:
            assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
            for name in ("href", "src", "xlink:href", "action"):
                target = attributes.get(name) or "#"
                assert target.startswith(("#", "data:application/json;base64,")), (tag, target)


def with_text(text: str) -> TrustRecord:
    """A record in which every text that may come from outside is this one."""
    plain = record(Outcome.REFER)
    areas = {
        area: dataclasses.replace(v, findings=tuple(dataclasses.replace(w, because=text) for w in v.findings))
        for area, v in plain.areas.items()
    }
    trustee = dataclasses.replace(
        plain.trustee,
        name=text,
        version=text,
        source_repository=text,
        artifacts=tuple(dataclasses.replace(file, file_name=text) for file in plain.trustee.artifacts),
    )
    return dataclasses.replace(
        plain,
        trustee=trustee,
        areas=AreaVerdicts(areas),
        reasons=(Reason("other", text, (text,)),),
        vetoes=(VetoFact(Veto.TAMPERED, text),),
        exceptions=(Exemption("pkg:generic/x@1", (Area.BUILD,), text, text, DAY + timedelta(days=9)),),
        dependencies=(DependencyVerdict(f"pkg:generic/{text}", "", EdgeKind.LINK, text, text, Outcome.REFER),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text):
    page = Reader(supplytrust.render(with_text(text), "html"))
    page.assert_inert()
    assert text in "".join(page.text)


def test_characters_that_turn_or_hide_text_are_spelled_out():
    page = supplytrust.render(with_text("abc\u202egpj.exe\u2066\u200b\x1b[31m"), "html")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x1b]", page)
    assert "⟨U+202E⟩" in page


def test_a_text_of_ten_thousand_characters_is_cut_in_the_middle_and_says_so():
    page = supplytrust.render(with_text("a" * 10_000), "html")
    shown = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert "9,700 characters left out" in page
    assert "a" * 400 not in shown
    assert len(shown) < 150_000


@given(st.text(max_size=1500))
def test_inert_text_has_no_character_that_acts_and_stays_short(text):
    shown = show_inert(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert text.isalnum() is False or len(text) > 300 or shown == text


@settings(max_examples=cases(60))
@given(any_records())
def test_any_record_has_a_page_with_nothing_active_in_it(drawn):
    page = Reader(supplytrust.render(drawn, "html"))
    page.assert_inert()
    heads = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert heads.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(heads, heads[1:], strict=False))


def test_the_statement_beside_the_page_is_what_is_signed():
    made = record()
    page = Reader(supplytrust.render(made, "html"))
    (link,) = [a["href"] for tag, a in page.elements if tag == "a" and "download" in a]
    assert base64.b64decode(link.partition(",")[2]) == to_statement(made)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_answer_stands_in_words(outcome):
    page = " ".join(Reader(supplytrust.render(record(outcome), "html")).text)
    words = {Outcome.ADMIT: "may be let in", Outcome.REFER: "not let in yet", Outcome.REFUSE: "not to be let in"}
    assert [o for o, text in words.items() if text in page] == [outcome]
    assert "example.org" in page


# --- the chain


def state_of(made: TrustRecord) -> list[str]:
    return [stage.link.state for stage in trace_chain(made) if stage.link]


def with_status(status: Status) -> TrustRecord:
    """A record in which each question that the chain asks has this status."""
    card = supplytrust.load(CARD)
    areas = {
        area: dataclasses.replace(v, findings=tuple(dataclasses.replace(w, status=status) for w in v.findings))
        for area, v in card.areas.items()
    }
    return dataclasses.replace(card, areas=AreaVerdicts(areas))


def test_a_link_is_shown_by_evidence_only():
    assert set(state_of(with_status(Status.NOT_OBSERVED))) == {OPEN}
    assert set(state_of(with_status(Status.SUPPORTS))) == {"shown"}
    assert set(state_of(with_status(Status.OPPOSES))) == {BROKEN}


def test_without_an_archive_of_sources_the_tag_leads_to_the_judged_file():
    card = supplytrust.load(CARD)
    assert [s.title for s in trace_chain(card)][2:4] == ["Source archive", "Judged file"]
    alone = dataclasses.replace(card, trustee=dataclasses.replace(card.trustee, artifacts=card.trustee.artifacts[:1]))
    assert [s.title for s in trace_chain(alone)][1:] == ["Release tag", "Judged file", "This record"]


# --- the graph


def edge(parent: int, child: int, outcome: Outcome = Outcome.ADMIT) -> DependencyVerdict:
    return DependencyVerdict(f"pkg:generic/p{child}@1", "", EdgeKind.LINK, "", f"pkg:generic/p{parent}@1", outcome)


outcomes = st.sampled_from(list(Outcome))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60), outcomes), min_size=1, max_size=200),
    st.integers(2, 80),
)
def test_every_package_has_a_box_or_is_counted_in_one(edges, most):
    drawn = draw_graph("pkg:generic/p0@1", Outcome.ADMIT, [edge(*one) for one in edges], most=most)
    packages = {"pkg:generic/p0@1"} | {f"pkg:generic/p{child}@1" for _, child, _ in edges}
    boxes = [box.purl for box in drawn.boxes if box.purl]
    assert len(boxes) == len(set(boxes)) <= most
    assert len(boxes) + drawn.hidden == len(packages)
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(drawn.boxes)
    assert "pkg:generic/p0@1" in boxes


def test_three_hundred_packages_are_drawn_and_of_more_the_worst_stay():
    fits = [edge(0, n) for n in range(1, MOST)]
    assert draw_graph("pkg:generic/p0@1", Outcome.ADMIT, fits).hidden == 0
    deep = [edge(n // 3, n, Outcome.REFUSE if n == 1999 else Outcome.ADMIT) for n in range(1, 2000)]
    drawn = draw_graph("pkg:generic/p0@1", Outcome.REFUSE, deep)
    shown = {box.purl for box in drawn.boxes}
    way, n = [], 1999
    while n:
        way.append(f"pkg:generic/p{n}@1")
        n //= 3
    assert set(way) <= shown
    assert drawn.hidden == 2000 - MOST


# --- for those who decide


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_board_document_has_every_part_and_recommends_no_more_than_the_record(outcome):
    page = Reader(render_board_document(record(outcome), [record(), record(Outcome.REFUSE)]))
    page.assert_inert()
    text = " ".join(page.text)
    parts = ("Recommendation", "Conditions", "What is missing", "Alternatives", "Decision", "signature")
    assert [part for part in parts if part not in text] == []
    assert ("Take it in, under" in text) is (outcome is Outcome.ADMIT)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing_in_the_board_document(text):
    Reader(render_board_document(with_text(text))).assert_inert()


# --- when what happened


def dated(*claims: Claim) -> tuple[TrustRecord, Evidence]:
    seen = observed(*claims)
    made = record(Outcome.REFER)
    trustee = dataclasses.replace(made.trustee, purl=seen.subject.purl, version=seen.subject.version)
    return dataclasses.replace(made, trustee=trustee), Evidence(seen.subject.purl, DAY, (seen,), ())


def release(version: str, day: datetime | None, *, yanked: bool = False) -> ReleaseMoment:
    return ReleaseMoment(version, day, yanked, prerelease=False, wheels=1, sdists=1)


def test_the_time_line_shows_what_is_dated_and_nothing_else():
    early, late = DAY - timedelta(days=900), DAY - timedelta(days=30)
    known = Advisory("EXAMPLE-1", (), AdvisoryKind.VULNERABILITY, early, severity="high")
    made, seen = dated(
        ReleaseHistory((release("1.0", early), release("1.1", late, yanked=True), release("1.2.3", DAY), release("2", None)), "1.1"),
        ReleaseTag("1.2.3", KnownBy.GIVEN, "found", "v1.2.3", at=DAY),
        AdvisoryHistory((PastAdvisory(known, answered=True, released=True, fixed_version="1.1", fixed_at=late),), ()),
        FirstSeenFacts((FirstSeenFact("owners", "ann", early, "bob"), FirstSeenFact("digest:x", "1", early, "2")), ("owners",)),
    )  # fmt: skip
    line = draw_timeline(made, seen)
    told = {(event.lane, event.text, event.css) for _, _, event in line.events}
    assert {one for one in told if one[0] != "this answer"} == {
        ("releases", "1.0", "none"),
        ("releases", "1.1, withdrawn", "against"),
        ("releases", "1.2.3", "now"),
        ("source", "commit of the tag v1.2.3", "now"),
        ("advisories", "EXAMPLE-1 high", "against"),
        ("advisories", "EXAMPLE-1 fixed in 1.1", "for"),
        ("people", "release owners seen first: ann", "none"),
        ("people", "release owners now: bob", "against"),
    }
    assert ("this answer", "judged: REFER", "now") in told
    places = [x for x, _, _ in line.events]
    assert places == sorted(places, reverse=True)
    assert (min(places), max(places)) == (0, 860)
    assert {event.lane for _, _, event in draw_timeline(made).events} == {"this answer"}
    page = supplytrust.render(made, "html", evidence=seen)
    assert page.count("EXAMPLE-1 fixed in 1.1") == 2  # in the picture and in the table
    assert supplytrust.render(made, "text", evidence=seen) == supplytrust.render(made, "text")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_versions_stand_on_the_line_inert(text):
    made, seen = dated(ReleaseHistory((release(text, DAY), release("1.2.3", DAY)), text))
    Reader(supplytrust.render(made, "html", evidence=seen)).assert_inert()


def test_a_line_of_many_releases_stays_short():
    many = tuple(release(f"0.{n}", DAY - timedelta(hours=n)) for n in range(5000))
    line = draw_timeline(*dated(ReleaseHistory(many, "")))
    assert len(line.events) == 400
    assert line.left_out + 400 >= 5000
    far = release("9", datetime(9999, 12, 31, tzinfo=UTC)), release("0", datetime(1, 1, 1, tzinfo=UTC))
    assert len(draw_timeline(*dated(ReleaseHistory(far, ""))).years) <= 24
