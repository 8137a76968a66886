"""A build that fails in a known way is tried again under a named rule; requirements are those of the building Python."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators import index, source_packages
from simulators.rebuild_bench import CONTAINED, SUBJECT, contained, rebuilt
from simulators.world import NOW, world
from supplytrust.ecosystems.pypi.rebuild import attempts, build_rules, environment, install_pip, install_uv, recipe
from supplytrust.ecosystems.pypi.rebuild.environment import (
    Environment,
    EnvironmentCache,
    Installer,
    Interpreter,
    UnresolvedError,
    supported_tags,
)
from supplytrust.model.claims.rebuild import RebuildLevel
from supplytrust.rebuild import engine
from supplytrust.rebuild.judge import PublishedFile
from supplytrust.reports import rebuild

PYTHONS = tuple(Interpreter(f"/p{n}", "/", (3, n, 1)) for n in (14, 13, 12, 11, 10, 9, 8))
TABLE = recipe.Table("flit_core.buildapi", ("flit_core >=3.2,<4",), (), declared=True)
FIRST = recipe.recipe_without_pins(TABLE, datetime(2026, 11, 1, tzinfo=UTC))
HERE = environment.available()
UV = bool(install_uv.find())
BEFORE = source_packages.UPLOADED - timedelta(days=9)


def on(series: str) -> Interpreter:
    return next(p for p in PYTHONS if p.series == series)


def remedy(
    words: str, series: str = "3.13", *, installed: tuple[str, ...] = (), asked: str = "", used: tuple[str, ...] = ()
):
    failed = build_rules.Failure(words, FIRST, on(series), frozenset(installed))
    return build_rules.find(failed, asked, PYTHONS, used)


def after(words: str, series: str = "3.13", **more: object) -> tuple[str, str] | None:
    """The rule that is found and the series that the build is then made on."""
    found = remedy(words, series, **more)  # type: ignore[arg-type]
    if found is None:
        return None
    python = environment.choose(found.apply(FIRST), "", PYTHONS)
    assert python is not None
    return found.rule, python.series


@pytest.mark.parametrize(
    ("words", "rule", "series"),
    [
        ("ModuleNotFoundError: No module named 'imp'", "python-before-3.12", "3.11"),
        ("No module named 'asyncore'", "python-before-3.12", "3.11"),
        ("AttributeError: module 'configparser' has no attribute 'SafeConfigParser'", "python-before-3.12", "3.11"),
        ("AttributeError: 'ConfigParser' object has no attribute 'readfp'", "python-before-3.12", "3.11"),
        (
            "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'. Did you mean: 'zipimporter'?",
            "python-before-3.12",
            "3.11",
        ),
        ("No module named 'cgi'", "python-before-3.13", "3.12"),
        ("No module named 'lib2to3.pgen2'", "python-before-3.13", "3.12"),
        ("AttributeError: module 'unittest' has no attribute 'makeSuite'", "python-before-3.13", "3.12"),
        ("ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/x.py)", "python-before-3.10", "3.9"),
        ("AttributeError: module 'collections' has no attribute 'MutableMapping'", "python-before-3.10", "3.9"),
        ("AttributeError: module 'inspect' has no attribute 'getargspec'", "python-before-3.11", "3.10"),
    ],
)
def test_what_python_took_away(words: str, rule: str, series: str) -> None:
    assert after(words) == (rule, series)
    assert remedy(words, series) is None  # there it is
    assert remedy(words, used=(rule,)) is None


def test_what_newer_pythons_took_away_or_brought() -> None:
    assert after("AttributeError: module 'ast' has no attribute 'Str'", "3.14") == ("python-before-3.14", "3.13")
    assert remedy("AttributeError: module 'ast' has no attribute 'Str'", "3.12") is None
    assert after("ModuleNotFoundError: No module named 'tomllib'", "3.9") == ("python-from-3.11", "3.13")
    assert after("ImportError: cannot import name 'Self' from 'typing'", "3.10") == ("python-from-3.11", "3.13")
    assert after("AttributeError: 'str' object has no attribute 'removeprefix'", "3.8") == ("python-from-3.9", "3.13")


def test_distutils_comes_with_setuptools_or_with_an_older_python() -> None:
    words = "ModuleNotFoundError: No module named 'distutils.core'"
    found = remedy(words)
    assert found is not None
    assert found.rule == "distutils-of-setuptools"
    assert found.apply(FIRST).requires() == ("flit_core >=3.2,<4", "setuptools")
    assert after(words, installed=("setuptools",)) == ("python-before-3.12", "3.11")
    assert after(words, used=("distutils-of-setuptools",)) == ("python-before-3.12", "3.11")
    assert remedy(words, "3.11", installed=("setuptools",)) is None


def test_what_setuptools_took_away() -> None:
    found = remedy("ModuleNotFoundError: No module named 'pkg_resources'")
    assert found == build_rules.Remedy("pkg-resources", ("setuptools<82",))
    first = FIRST.also("x", pins=("setuptools==84.0",))
    assert found.apply(first).requires_on_conflict() == ("flit_core >=3.2,<4", "setuptools==84.0", "setuptools<82")
    old = remedy("error in some setup command: use_2to3 is invalid.")
    assert old == build_rules.Remedy("use-2to3", ("setuptools<58",))
    python = environment.choose(old.apply(FIRST), "", PYTHONS)
    assert python is not None
    assert python.version < (3, 12)  # where setuptools before 66 does not start


@pytest.mark.parametrize(
    ("words", "series", "rule", "then"),
    [
        (
            "the current Python version (3.8.18) does not satisfy Python>=3.10 and a==1 depends on Python>=3.10",
            "3.8",
            "python-of-requirements",
            "3.13",
        ),
        (
            "the requested Python version does not satisfy Python<3.12,>=3.7 and",
            "3.13",
            "python-of-requirements",
            "3.11",
        ),
        (
            "ERROR: Ignored the following versions that require a different python version: 1.2 Requires-Python >=3.10; 1.3",
            "3.9",
            "python-of-requirements",
            "3.13",
        ),
        ("Because cffi==1.15.0 has no usable wheels and you require cffi", "3.12", "python-with-wheels", "3.11"),
    ],
)
def test_requirements_made_for_another_python(words: str, series: str, rule: str, then: str) -> None:
    assert after(words, series) == (rule, then)


def test_no_remedy_where_no_interpreter_would_do() -> None:
    assert remedy("No module named 'imp'", asked=">=3.12") is None
    assert remedy("No module named 'numpy'") is None
    assert remedy("does not satisfy Python>=4") is None
    assert remedy("no usable thing, no wheels") is None
    assert remedy("Because x==1 has no usable wheels", "3.8") is None


def test_two_restrictions_hold_together() -> None:
    before = remedy("No module named 'cgi'")
    since = remedy("No module named 'tomllib'", "3.10")
    assert before is not None
    assert since is not None
    both = since.apply(before.apply(FIRST))
    assert both.among == ("3.12", "3.11")
    never = build_rules.Remedy("a", series=("3.8",)).apply(both)
    assert environment.choose(never, "", PYTHONS) is None


def test_every_rule_has_a_reason() -> None:
    source = "".join(Path(module.__file__).read_text() for module in (recipe, build_rules, attempts))
    named = set(re.findall(r"""(?:also|Remedy|_restricted|_setuptools)\([^()\n]*?"([a-z][a-z0-9-]+)\"""", source))
    named -= {name for name in named if name.startswith("setuptools<")}
    assert "generator-pin" in named
    assert named | {"cut-off", "epoch", "no-epoch"} <= set(build_rules.REASONS)


def test_words_of_a_failed_build_are_read_from_their_end() -> None:
    assert remedy("No module named 'imp'" + " " * build_rules.WORDS) is None
    many = "No module named '" * 5_000 + "does not satisfy Python>=" * 5_000
    assert remedy(many) is None


@pytest.mark.parametrize(
    ("pin", "series"),
    [
        ("setuptools==58.0", "3.11"),
        ("setuptools<60; python_version >= '3.12'", "3.11"),
        ("setuptools<60; python_version < '3.10'", "3.13"),
    ],
)
def test_declared_setuptools_that_cannot_start(pin: str, series: str) -> None:
    table = replace(TABLE, requires=("wheel", pin))
    first = recipe.recipe_without_pins(table, datetime(2026, 11, 1, tzinfo=UTC))
    python = environment.choose(first.also("x", among=(series, "3.8") if series != "3.13" else ()), "", PYTHONS)
    assert python is not None
    assert python.series == series


# --- markers ---------------------------------------------------------------------------------------------


def marked() -> list[index.Project]:
    """A tool that needs another package on Pythons of some kind only."""
    asks = [
        "old-only; python_version < '3.10'",
        "new-only; python_version >= '3.12'",
        "full; python_full_version == '3.9.18'",
        "implementation; implementation_version == '3.9.18' and implementation_name == 'cpython'",
        "never; sys_platform == 'elsewhere'",
    ]
    day = NOW - timedelta(days=101)
    made = [index.wheel("tool", "1.0", {"tool.py": ""}, at=day, requires=asks)]
    names = ("old-only", "new-only", "full", "implementation", "never")
    others = [index.Project(n, [index.Release("1", [index.wheel(n, "1", {f"{n}.py": ""}, at=day)])]) for n in names]
    return [index.Project("tool", [index.Release("1.0", made)]), *others]


def resolved(installer: Installer, python: Interpreter, folder: Path, *wanted: str) -> set[str]:
    environment = Environment(folder / python.release, python).create()
    return {r.name for r in installer.install(["tool", *wanted], environment, NOW - timedelta(days=100))}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("version", [(3, 8, 18), (3, 9, 18), (3, 11, 2), (3, 12, 1), (3, 14, 0)])
def test_pip_resolves_for_the_python_that_builds(tmp_path: Path, version: tuple[int, int, int]) -> None:
    python = Interpreter(sys.executable, sys.prefix, version)
    with index.serving(marked()) as served, world(served, tmp_path) as opened:
        found = resolved(install_pip.Pip(opened), python, tmp_path, "old-only; python_version < '3.9'")
    expected = {"tool"}
    expected |= {"old-only"} if version < (3, 10) else {"new-only"} if version >= (3, 12) else set()
    expected |= {"full", "implementation"} if version == (3, 9, 18) else set()
    assert found == expected


@pytest.mark.sampled(1)
@pytest.mark.skipif(not UV, reason="uv is not installed")
@pytest.mark.parametrize("python", sorted({HERE[0], HERE[-1]}, key=str), ids=lambda p: p.series)
@pytest.mark.thorough
def test_uv_and_pip_resolve_alike(tmp_path: Path, python: Interpreter) -> None:
    with index.serving(marked()) as served, world(served, tmp_path) as opened:
        uv = install_uv.Uv(install_uv.find(), served.url, tmp_path / "cache", offline=False)
        assert resolved(uv, python, tmp_path / "uv") == resolved(install_pip.Pip(opened), python, tmp_path / "pip")


def test_pip_that_cannot_be_told_resolves_nothing(tmp_path: Path) -> None:
    """With another marker environment than asked for, nothing is installed."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(install_pip.__file__).parent)!r}); import pip_for_python as p;"
        "from pip._vendor.packaging import markers; own = markers.Marker.evaluate;"
        "markers.Marker.evaluate = lambda self, environment=None: False; p.set_markers({'python_version': '3.8'})"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot resolve for another Python" in done.stderr


def test_installers_do_not_share_answers(tmp_path: Path) -> None:
    class Fixed:
        def __init__(self, name: str) -> None:
            self.NAME = name
            self.asked = 0

        def install(self, requires: object, environment: object, cut_off: object) -> tuple[()]:
            self.asked += 1
            return ()

    one, other = Fixed("uv"), Fixed("pip")
    for installer in (one, other, one):
        EnvironmentCache(installer, tmp_path).environment(("tool",), HERE[0], NOW)
    assert (one.asked, other.asked) == (1, 1)


def test_wheel_tags_of_another_python_do_not_follow_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from packaging import tags

    monkeypatch.setattr(tags, "_cpython_abis", lambda *_, **__: ["cp399t"])
    ranked = [str(tag) for tag in supported_tags(on("3.12"))]
    assert ranked[0].startswith("cp312-cp312-")
    assert not any("cp399t" in tag for tag in ranked)


# --- real builds -----------------------------------------------------------------------------------------

needs_old = pytest.mark.skipif(
    not CONTAINED or HERE[0].version < (3, 12) or HERE[-1].version >= (3, 12),
    reason="this machine has not a sandbox, a Python from 3.12 and one before",
)


def failing(start: str) -> dict[str, bytes]:
    """A tree whose backend starts with these lines."""
    tree = source_packages.tree()
    return tree | {"honest.py": start.encode() + tree["honest.py"]}


@pytest.mark.sampled(1)
@needs_old
@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("import imp\n", "python-before-3.12"),
        ("import asyncore\n", "python-before-3.12"),
    ],
)
def test_build_on_an_older_python(tmp_path: Path, start: str, rule: str) -> None:
    source = source_packages.tree()
    result = rebuilt(tmp_path, failing(start), source_packages.wheel(source), installer="pip")
    assert result.level is RebuildLevel.BIT_FOR_BIT, result.reason
    assert result.recipe is not None
    assert rule in result.recipe.rules
    assert result.recipe.python in {"3.8", "3.9", "3.10", "3.11"}
    assert f"{rule}" in rebuild.to_text(result)
    assert build_rules.REMEDIES[rule] in rebuild.to_text(result)
    assert rule in json.dumps(rebuild.to_json(result))


@needs_old
@pytest.mark.thorough
def test_a_remedy_that_the_index_does_not_have_is_taken_back(tmp_path: Path) -> None:
    """No setuptools there: the same build on a Python that still has distutils."""
    source = source_packages.tree()
    published = PublishedFile(*source_packages.wheel(source), uploaded_at=source_packages.UPLOADED)
    inputs = engine.sdist_inputs("little-1.0.tar.gz", source_packages.sdist(failing("import distutils.core\n")))
    with index.serving([]) as served, world(served, tmp_path) as opened:
        result = engine.rebuild(SUBJECT, published, inputs, replace(opened, options={"installer": "pip"}))
    assert result.level is RebuildLevel.BIT_FOR_BIT, result.reason
    assert result.recipe is not None
    assert result.recipe.rules[-1] == "python-before-3.12"
    assert result.recipe.requires == ()


@needs_old
@pytest.mark.thorough
def test_build_with_the_distutils_of_setuptools(tmp_path: Path) -> None:
    source = source_packages.tree()
    copy = index.wheel("setuptools", "80.0", {"distutils/__init__.py": "", "distutils/core.py": ""}, at=BEFORE)
    name, data = source_packages.wheel(source)
    published = PublishedFile(name, data, uploaded_at=source_packages.UPLOADED)
    inputs = engine.sdist_inputs("little-1.0.tar.gz", source_packages.sdist(failing("import distutils.core\n")))
    project = index.Project("setuptools", [index.Release("80.0", [copy])])
    with index.serving([project]) as served, world(served, tmp_path) as opened:
        result = engine.rebuild(SUBJECT, published, inputs, replace(opened, options={"installer": "pip"}))
    assert result.level is RebuildLevel.BIT_FOR_BIT, result.reason
    assert result.recipe is not None
    assert result.recipe.rules[-1] == "distutils-of-setuptools"
    assert [r.name for r in result.requirements or ()] == ["setuptools"]
    assert [a.level for a in result.attempts] == [RebuildLevel.NOT_REBUILT, RebuildLevel.BIT_FOR_BIT]


@contained
def test_remedies_are_bounded(tmp_path: Path) -> None:
    start = "raise ImportError(\"No module named 'imp' No module named 'cgi' cannot import name 'Set' from 'collections'\")\n"
    result = rebuilt(tmp_path, failing(start), source_packages.wheel(source_packages.tree()), installer="pip")
    assert result.level is RebuildLevel.NOT_REBUILT
    assert len(result.attempts) <= 5 + build_rules.MOST


def test_unresolved_keeps_all_words() -> None:
    assert UnresolvedError("short", words="long").words == "long"
