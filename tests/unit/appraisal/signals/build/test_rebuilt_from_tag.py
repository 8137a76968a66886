from dataclasses import replace

import pytest

from simulators.evidence import SDIST, ask, gap, subject
from simulators.rebuild_results import TOOL, from_tag, lost, result
from supplytrust.model.claims.rebuild import RebuildResult, RecipeUsed
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/rebuilt_from_tag"


def test_wheel_from_the_tag():
    finding = ask(ID, from_tag("bit-for-bit"))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert "c0ffeec0ffee" in finding.because


def test_chain_by_way_of_the_sdist():
    chain = result("container-only"), from_tag("normalized", SDIST), from_tag("code-differs", **lost("a.py"))
    finding = ask(ID, *chain)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "chain")


@pytest.mark.parametrize(
    "wheel",
    [
        result("code-differs", **lost("a.py")),
        result("bit-for-bit", source_digest="sha256:" + "0" * 64),
        result("not-rebuilt", reason="timeout"),
    ],
)
def test_a_broken_chain_is_none(wheel):
    assert ask(ID, wheel, from_tag("normalized", SDIST)).status is Status.NOT_OBSERVED


def test_other_code_than_the_tag_opposes():
    finding = ask(ID, from_tag("code-differs", **lost("demo/a.py")), result("bit-for-bit"))
    assert finding.status is Status.OPPOSES
    assert "demo/a.py" in finding.because


@pytest.mark.parametrize("level", ["data-differs", "metadata-differs", "not-rebuilt", "native-unverified"])
def test_less_than_code_decides_nothing(level):
    finding = ask(ID, from_tag(level, reason="why " * 40))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_no_tag_at_hand():
    assert ask(ID, result("bit-for-bit")).reason is NotObservedReason.DEPENDS
    assert ask(ID, gap(RebuildResult, NotObservedReason.TOOL_MISSING)).reason is NotObservedReason.TOOL_MISSING
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


OTHER = {
    "recipe": RecipeUsed("flit_core.buildapi", "3.13", (), (), None, None),
    "requirements": (replace(TOOL, version="4.0.0", sha256="d" * 64),),
    "normalizers": ("generator", "record"),
}


def test_two_toolchains_with_nothing_in_common_that_agree():
    finding = ask(ID, from_tag("bit-for-bit"), from_tag("normalized", **OTHER))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "diverse")
    assert len(finding.evidence) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"recipe": from_tag("bit-for-bit").recipe},
        {"recipe": None},
        {"requirements": (TOOL,)},
        {"requirements": (TOOL, *OTHER["requirements"])},
        {"requirements": ()},
        {"requirements": None},
        {"sha256": "9" * 64},
        {"source_digest": "gitCommit:" + "1" * 40},
        {"normalizers": ("generator", "metadata-form")},
        {"normalizers": ("eol",)},
    ],
)
def test_toolchains_that_share_something_are_one(changed):
    finding = ask(ID, from_tag("bit-for-bit"), from_tag("normalized", **(OTHER | changed)))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_an_sdist_is_built_again_where_it_is_installed():
    found = ask(ID, from_tag("bit-for-bit", SDIST), from_tag("normalized", SDIST, **OTHER), about=subject(SDIST))
    assert (found.status, found.grade) == (Status.SUPPORTS, "")


def test_an_sdist_is_asked_what_an_sdist_can_answer():
    sdist, made = subject(SDIST), from_tag("normalized", SDIST)
    assert ask(ID, made, about=sdist).status is Status.SUPPORTS
    assert ask("build/build_dependencies_recorded", made, about=sdist).status is Status.SUPPORTS
    assert ask("build/build_tools_trusted", made, about=sdist).status is Status.SUPPORTS
    never = ask("build/rebuilds_identically", made, about=sdist)
    assert never.reason is NotObservedReason.NOT_APPLICABLE
    assert ask(ID, from_tag("code-differs", SDIST, **lost("a.py")), about=sdist).status is Status.OPPOSES
