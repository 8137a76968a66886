"""What hangs on the packages of a graph besides packages: libraries, services, the tools a rebuild used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulators.elf import shared_object
from simulators.index import Project, Release, sdist, serving, wheel
from simulators.world import NOW, world
from supplytrust import ecosystems
from supplytrust.appraisal import judge
from supplytrust.appraisal.policies import loader
from supplytrust.collection import dependency_graph
from supplytrust.collection.scheduler import collect_claims, observation
from supplytrust.collection.sources import artifact, index
from supplytrust.collection.sources import links as linked_source
from supplytrust.ecosystems import PackageRequest
from supplytrust.ecosystems.pypi.core_metadata import wishes
from supplytrust.evidence.dependencies import joins
from supplytrust.io.context import SourceClaim
from supplytrust.model.claims.artifact import BuildSystem
from supplytrust.model.claims.rebuild import BuildRequirement, RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.evidence import Evidence, SubjectEvidence
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import EdgeKind, Outcome
from supplytrust.reports import text

SOURCES = (artifact, index, linked_source)
AT = datetime(2026, 11, 1, tzinfo=UTC)
CALL = "import requests\nrequests.get('https://{}.example.org/')\n"
NATIVE = "py3-none-manylinux_2_17_x86_64"


def project(name, files, requires=(), tag="py3-none-any"):
    return Project(name, [Release("1.0", (wheel(name, "1.0", files, tag=tag, requires=requires),), AT)])


def grown(projects, tmp_path, depth=1):
    with serving(projects) as server, world(server, tmp_path) as w:
        root = ecosystems.for_type("pypi").resolve(PackageRequest("pypi", projects[0].name), w)

        def looked(subject, here):
            return collect_claims(subject, here, SOURCES)

        return dependency_graph.expand(looked(root, w), w, depth=depth, look=looked)


def test_libraries_and_services_are_nodes_of_their_own(tmp_path):
    app = project(
        "app",
        {"app/__init__.py": CALL.format("api"), "app/_n.so": shared_object(["libc.so.6", "libpq.so.5"])},
        requires=["db"],
        tag=NATIVE,
    )
    db = project(
        "db",
        {
            "db/__init__.py": CALL.format("db"),
            "db.libs/libpq.so.5": shared_object([], soname="libpq.so.5"),
            "db/_n.so": shared_object(["libssl.so.3"]),
        },
        tag=NATIVE,
    )
    found = grown([app, db], tmp_path)
    joined = {(e.parent, e.child, e.kind, e.how) for e in found.edges if joins.is_joined(e.child)}
    assert joined == {
        ("pkg:pypi/app@1.0", joins.service("https://api.example.org"), EdgeKind.SERVICE_REMOTE, "called"),
        ("pkg:pypi/db@1.0", joins.service("https://db.example.org"), EdgeKind.SERVICE_REMOTE, "called"),
        ("pkg:pypi/db@1.0", joins.library("libssl.so.3"), EdgeKind.LINK, "host"),
    }  # libpq comes with db, libc with the platform
    assert {n.subject.purl for n in found.nodes if not n.observations} == {child for _, child, _, _ in joined}


def test_they_are_judged_as_unknown_with_path_and_reason(tmp_path):
    app = project("app", {"app/__init__.py": "", "app/_n.so": shared_object(["libssl.so.3"])}, tag=NATIVE)
    found = grown([app], tmp_path)
    record = judge.judge(Evidence("pkg:pypi/app@1.0", NOW, found.nodes, found.edges), loader.load("baseline"), NOW)
    library = joins.library("libssl.so.3")
    entry = next(d for d in record.dependencies if d.purl == library)
    assert (entry.kind, entry.how, entry.via, entry.outcome, entry.digest) == (
        EdgeKind.LINK,
        "host",
        "DT_NEEDED",
        Outcome.REFER,
        "",
    )
    reason = next(r for r in record.reasons if r.path and r.path[-1] == library)
    assert reason.path == ("pkg:pypi/app@1.0", library)
    assert "known by name only" in reason.text
    assert record.ext["surroundings"]["joins"][0]["purl"] == library


def test_libraries_of_the_platform_ask_for_nothing_and_are_told(tmp_path):
    app = project("app", {"app/_n.so": shared_object(["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"])}, tag=NATIVE)
    found = grown([app], tmp_path)
    assert found.edges == ()
    record = judge.judge(Evidence("pkg:pypi/app@1.0", NOW, found.nodes, found.edges), loader.load("baseline"), NOW)
    assert record.ext["surroundings"]["system"] == ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6")
    assert record.dependencies == ()
    assert "leans on        3 libraries of the platform (linux)" in text.render(record)


def test_dependencies_that_are_not_looked_at_stay_unknown(tmp_path):
    app = project("app", {"app/_n.so": shared_object(["libssl.so.3"])}, tag=NATIVE)
    assert grown([app], tmp_path, depth=0).edges is None


def rebuilt(level, *tools):
    used = tuple(BuildRequirement(name, version, "ab" * 32) for name, version in tools)
    return RebuildResult(
        "app-1.0-py3-none-any.whl", "cd" * 32, level, "", RebuildInput.SDIST, "sha256:00", "1", requirements=used
    )


@pytest.mark.parametrize(
    ("level", "wished"),
    [
        (RebuildLevel.BIT_FOR_BIT, {("flit-core", "3.9.0", "rebuilt with"), ("wheel", "0.4", "rebuilt with")}),
        (RebuildLevel.CODE_DIFFERS, {("setuptools", "", "declared")}),
        (RebuildLevel.NOT_REBUILT, {("setuptools", "", "declared")}),
    ],
)
def test_what_a_rebuild_used_takes_the_place_of_what_is_declared(level, wished, tmp_path):
    subject = Subject(
        "pkg:pypi/app@1.0", "pypi", "app", "1.0", Artifact("app-1.0-py3-none-any.whl", "cd" * 32, ArtifactKind.WHEEL)
    )
    claims = (
        BuildSystem("app-1.0.tar.gz", declared=False, backend="", requires=(), backend_path=()),
        rebuilt(level, ("flit_core", "3.9.0"), ("wheel", "0.4")),
    )
    seen = tuple(observation("test", SourceClaim(claim, "made up"), NOW) for claim in claims)
    found = {
        (w.wanted.name, w.wanted.version, w.how)
        for w in wishes(SubjectEvidence(subject, seen))
        if w.kind is EdgeKind.BUILD
    }
    assert found == wished


def test_a_tool_of_a_rebuild_that_the_index_lost_stays_with_its_version():
    subject = Subject(
        "pkg:pypi/app@1.0", "pypi", "app", "1.0", Artifact("app-1.0-py3-none-any.whl", "cd" * 32, ArtifactKind.WHEEL)
    )
    seen = (observation("test", SourceClaim(rebuilt(RebuildLevel.NORMALIZED, ("gone", "7.1")), "made up"), NOW),)
    assert [(w.purl, w.via) for w in wishes(SubjectEvidence(subject, seen))] == [
        ("pkg:pypi/gone@7.1", "rebuild of app-1.0-py3-none-any.whl")
    ]


def test_what_a_build_tool_calls_is_not_asked_of_the_package(tmp_path):
    tool = project("tool", {"tool/__init__.py": CALL.format("fetch")})
    app = Project(
        "app",
        [
            Release(
                "1.0",
                (
                    wheel("app", "1.0"),
                    sdist(
                        "app",
                        "1.0",
                        {"pyproject.toml": '[build-system]\nrequires = ["tool"]\nbuild-backend = "tool"\n'},
                    ),
                ),
                AT,
            )
        ],
    )
    found = grown([app, tool], tmp_path)
    assert [(e.child, e.kind) for e in found.edges] == [("pkg:pypi/tool@1.0", EdgeKind.BUILD)]


def test_a_shared_object_that_cannot_be_read_may_need_anything(tmp_path):
    cut = shared_object(["libc.so.6", "libpq.so.5"])[:80]
    files = {"app/__init__.py": "", "app/_n.so": cut, "app/tool.exe": b"MZ" + bytes(200)}
    found = grown([project("app", files, tag=NATIVE)], tmp_path)
    (edge,) = [e for e in found.edges if joins.is_joined(e.child)]
    assert (edge.child, edge.kind) == (joins.library("needs-of-_n.so"), EdgeKind.LINK)
    assert edge.via == "app/_n.so could not be read"
    record = judge.judge(Evidence("pkg:pypi/app@1.0", NOW, found.nodes, found.edges), loader.load("baseline"), NOW)
    assert edge.child in {d.purl for d in record.dependencies if d.outcome is Outcome.REFER}
