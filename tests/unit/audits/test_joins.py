"""Libraries and services known by name only, in a set: shown, asked of as the policy asks, never passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from supplytrust.appraisal.algebra.graph import PackageFacts
from supplytrust.appraisal.policies import loader
from supplytrust.audits.result import SubjectVerdict, compose_result
from supplytrust.ecosystems.inventory import Inventory, ListedPackage
from supplytrust.evidence.dependencies.joins import library, service
from supplytrust.model.evidence import Edge
from supplytrust.model.policy import Exemption
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome
from supplytrust.reports import FORMATS, render_audit

AT = datetime(2026, 11, 20, tzinfo=UTC)
APP, DB = "pkg:pypi/app@1.0", "pkg:pypi/db@2.0"
LIBPQ, API = library("libpq.so.5"), service("https://api.example.org")
SET = Inventory("set", (ListedPackage(APP), ListedPackage(DB)), (Edge(APP, DB, EdgeKind.LINK),), (APP,))


def package(purl, **surroundings):
    facts = PackageFacts(1000, True, MappingProxyType({"account": ("ann",)}))
    return SubjectVerdict(
        purl,
        purl,
        Outcome.ADMIT,
        (),
        record_digest="sha256:00",
        expires=AT,
        facts=facts,
        surroundings=MappingProxyType(surroundings),
    )


def needs(purl, kind=EdgeKind.LINK, how="host", via="DT_NEEDED"):
    return MappingProxyType({"purl": purl, "kind": kind.value, "how": how, "via": via})


def made(*packages, policy=None):
    return compose_result(SET, packages, policy or loader.load("baseline"), AT)


def test_a_library_of_the_system_holds_the_set_back_and_says_how_to_go_on():
    result = made(package(APP), package(DB, joins=[needs(LIBPQ)]))
    assert result.outcome is Outcome.REFER
    first = result.subjects[0]
    assert (first.purl, first.outcome, first.path) == (LIBPQ, Outcome.REFER, (APP, DB, LIBPQ))
    assert first.reasons[0].code == "known-by-name"
    for form in FORMATS:
        told = render_audit(result, form)
        assert "libpq.so" in told and "REFER" in told
    text = render_audit(result, "text")
    assert "through app@1.0 > db@2.0" in text
    assert f"a policy exception for {LIBPQ}" in text
    subjects = json.loads(render_audit(result, "json"))["subjects"]
    assert subjects[0]["path"] == [APP, DB, LIBPQ] and subjects[0]["record"] is None
    assert next(s for s in subjects if s["purl"] == DB)["surroundings"] == {"joins": [dict(needs(LIBPQ))]}


def test_names_from_foreign_files_reach_no_terminal_as_they_are():
    odd = needs(library("lib\x1b[31mred.so.1"), via="a\x1b[2J.py:7")
    result = made(
        package(APP), package(DB, joins=[odd, needs(API, EdgeKind.SERVICE_REMOTE, "called", "a\x1b[2J.py:7")])
    )
    assert len(result.subjects) == 4
    assert "\x1b" not in render_audit(result, "text") + render_audit(result, "markdown")


def test_what_another_package_of_the_set_brings_is_judged_with_it():
    result = made(package(APP, brings=["libpq.so.5"]), package(DB, joins=[needs(LIBPQ)]))
    assert (result.outcome, len(result.subjects)) == (Outcome.ADMIT, 2)


def test_a_service_is_asked_of_as_the_policy_asks_of_services():
    with_service = package(DB, joins=[needs(API, EdgeKind.SERVICE_REMOTE, "called", "db/net.py:7")])
    result = made(package(APP), with_service)
    assert result.subjects[0].purl == API and result.outcome is Outcome.REFER
    assert "https/api.example.org is called at a fixed address (db/net.py:7)" in result.subjects[0].reasons[0].text
    baseline = loader.load("baseline")
    silent = replace(baseline, expect={k: v for k, v in baseline.expect.items() if k != "service-remote"})
    assert made(package(APP), with_service, policy=silent).outcome is Outcome.ADMIT


@pytest.mark.parametrize(("missing", "outcome"), [(None, Outcome.ADMIT), (Area.BUILD, Outcome.REFER)])
def test_an_exception_that_covers_all_areas_takes_it_over(missing, outcome):
    baseline = loader.load("baseline")
    areas = tuple(a for a in Area if a is not missing)
    taken = Exemption(LIBPQ, areas, "ours, from the distribution", "ops", datetime(2027, 1, 1, tzinfo=UTC))
    loose = replace(baseline, exemptions=(taken,))
    result = made(package(APP), package(DB, joins=[needs(LIBPQ)]), policy=loose)
    found = next(one for one in result.subjects if one.purl == LIBPQ)
    assert found.outcome is outcome
    assert [e.subject for e in result.exceptions.used] == ([LIBPQ] if found.exceptions else [])


def test_footprint_tells_the_widest_of_each_kind_and_its_share():
    result = made(package(APP), package(DB))
    point = result.footprint.single_points[0]
    assert (point.kind, point.name, point.share) == ("account", "ann", 1.0)
    assert "account ann alone can release 2 (100%)" in render_audit(result, "text")
    assert "homogeneity 1.00" in render_audit(result, "markdown")
    told = json.loads(render_audit(result, "json"))["footprint"]
    assert (told["concentration"], told["singlePoints"][0]["share"]) == (1.0, 1.0)
