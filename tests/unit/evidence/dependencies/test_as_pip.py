"""Requirement files are taken as pip takes them: pip's own parser and resolver rules are asked about every case.

The oracle is pip without a network: `parse_requirements`, `install_req_from_parsed_requirement` and the collection of root
requirements and constraints, from which follows what would be installed from where.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.index import sdist, wheel
from supplytrust.audits.inventory import read
from supplytrust.errors import InputError

A, B, C = (letter * 64 for letter in "abc")
WHEEL, SDIST = wheel("demo", "1.0"), sdist("demo", "1.0")
CASES = {
    "pinned": "demo==1.0\n",
    "wide": "demo>=1,<2\n",
    "arbitrary": "demo===1.0\n",
    "two lines are one package": "demo>=1\nDemo<2\n",
    "a bound and a pin": "demo>=1\ndemo==1.5\n",
    "continued inside a word": "demo==1.\\\n0\n",
    "continued before hashes": f"demo==1.0 \\\n    --hash=sha256:{A} \\\n    --hash sha256:{B}\n",
    "comment inside a continuation": f"demo==1.0 \\\n# why\n--hash=sha256:{A}\n",
    "a hash sign in an address": "demo @ https://example.org/demo.zip#sha256=00\n",
    "comment": "demo==1.0 # for the cli\n#other==1\n",
    "marker false": "demo==1.0 ; python_version < '3'\nother==1\n",
    "marker true without a space": "demo==1.0;python_version>='3'\n",
    "extras": "demo[cli,web]==1.0\n",
    "parentheses": "demo (>=1.0)\n",
    "constraint pins": "demo\n-c c.txt\n|c.txt|demo==1.5\n",
    "constraint never listed": "demo==1.0\n-c c.txt\n|c.txt|other==1.5\nthird>2\n",
    "constraint before the requirement": "-c c.txt\ndemo\n|c.txt|demo<3\n",
    "constraint twice": "demo\n-c c.txt\n|c.txt|demo<3\ndemo>=1\n",
    "constraint of another spelling": "De_mo.x\n-c c.txt\n|c.txt|de-mo-X==2\n",
    "constraint with a false marker": "demo\n-c c.txt\n|c.txt|demo==1.5; python_version < '3'\n",
    "constraint with a hash": f"demo==1.0\n-c c.txt\n|c.txt|demo==1.0 --hash=sha256:{A}\n",
    "constraint with other hashes": f"demo==1.0 --hash=sha256:{A} --hash=sha256:{B}\n-c c.txt\n|c.txt|demo --hash=sha256:{B} --hash=sha256:{C}\n",
    "constraint at an address": "demo\n-c c.txt\n|c.txt|demo @ https://example.org/demo-1.0-py3-none-any.whl\n",
    "constraint at an address, not listed": "other==1\n-c c.txt\n|c.txt|demo @ https://example.org/demo-1.0-py3-none-any.whl\n",
    "constraint by egg": "demo>=1\n-c c.txt\n|c.txt|https://example.org/demo.zip#egg=demo\n",
    "constraint by repository": "demo==1.0\n-c c.txt\n|c.txt|git+https://example.org/demo.git#egg=demo\n",
    "constraint by the name of a wheel": "demo\n-c c.txt\n|c.txt|https://example.org/demo-1.0-py3-none-any.whl\n",
    "constraint to a local wheel": f"demo\n-c c.txt\n|c.txt|./{WHEEL.name}\n",
    "constraint with extras": "demo\nother==1\n-c c.txt\n|c.txt|demo[cli]==1.0\n",
    "constraint without a name": "demo==1\n-c c.txt\n|c.txt|https://example.org/x.zip\n",
    "constraint that is editable": "demo==1\n-c c.txt\n|c.txt|-e ./local\n",
    "constraint that contradicts": "demo==1.0\n-c c.txt\n|c.txt|demo==2.0\n",
    "requirements inside of constraints": "demo\n-c c.txt\n|c.txt|-r more.txt\ndemo<3\n|more.txt|other==1\n",
    "constraints inside of requirements": "-r more.txt\n|more.txt|demo\n-c c.txt\n|c.txt|demo==2\n",
    "constraints inside of constraints": "demo\n-c c.txt\n|c.txt|-c d.txt\n|d.txt|demo==2\n",
    "quoted include": "-r 'my more.txt'\n|my more.txt|demo==1.0\n",
    "included without a space": "-rmore.txt\n|more.txt|demo==1.0\n",
    "include by the long name": "--requirement=more.txt\n--constraint c.txt\n|more.txt|demo\n|c.txt|demo==1\n",
    "wheel": f"{WHEEL.name}\n",
    "wheel with a marker": f"{WHEEL.name} ; python_version >= '3'\n",
    "wheel with a false marker": f"./{WHEEL.name}; python_version < '3'\nother==1\n",
    "wheel with extras": f"./{WHEEL.name}[cli]\n",
    "sdist": f"{SDIST.name}\n",
    "sdist that is not there": "x-1.0.tgz\n",
    "zip by its path": "./pkg.zip\n",
    "wheel by name and file address": "demo @ file://{here}/" + WHEEL.name + "\n",
    "wheel by file address": "file://{here}/" + WHEEL.name + "\n",
    "folder": "./local\n",
    "folder with a slash": "local/\n",
    "folder with extras": "./local[dev]\n",
    "this folder": ".\n",
    "this folder with extras": ".[dev]\n",
    "a name that is a folder too": "local==1.0\n",
    "editable": "-e ./local\n",
    "editable by the long name": "--editable=./local[dev]\n",
    "editable repository": "-e git+https://example.org/demo.git#egg=demo\n",
    "editable and required": "-e git+https://example.org/demo.git#egg=demo\ndemo==1.0\n",
    "named address": "demo @ https://example.org/demo-1.0.zip ; python_version > '3'\n",
    "address of a wheel": "https://example.org/demo-1.0-py3-none-any.whl\ndemo\n",
    "repository": "git+https://example.org/demo.git@v1#egg=demo\n",
    "options": "--pre\n--no-binary :all:\n--only-binary=demo\n--prefer-binary\n--trusted-host example.org\n--require-hashes\n-i https://example.org/simple\ndemo==1.0\n",
    "settings of one requirement": "demo==1.0 --config-settings=a=b\n",
    "a byte order mark": "\ufeffdemo==1.0\n",
}  # fmt: skip


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / WHEEL.name).write_bytes(WHEEL.data)
    (tmp_path / SDIST.name).write_bytes(SDIST.data)
    (tmp_path / "pkg.zip").write_bytes(b"PK")
    for folder in (tmp_path, tmp_path / "local"):
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").write_text("")

    def write(text: str) -> Path:
        first, *others = text.replace("{here}", tmp_path.as_posix()).split("\n|")
        for other in others:
            name, _, body = other.partition("|")
            (tmp_path / name).write_text(body if body.endswith("\n") else body + "\n")
        path = tmp_path / "requirements.txt"
        path.write_text(first + "\n", encoding="utf-8")
        return path

    return write


def by_pip(path: Path) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """What pip would install: name (or the path or address of what has none yet) -> bounds, origin, accepted SHA-256."""
    from pip._internal.network.session import PipSession
    from pip._internal.req.constructors import install_req_from_parsed_requirement
    from pip._internal.req.req_file import parse_requirements
    from pip._internal.req.req_install import check_invalid_constraint_type
    from pip._internal.resolution.resolvelib.base import Constraint
    from pip._vendor.packaging.utils import canonicalize_name

    logging.getLogger("pip").addHandler(logging.NullHandler())
    constraints: dict[str, Constraint] = {}
    wanted: dict[str, list[object]] = {}
    with PipSession() as session:
        parsed = list(parse_requirements(str(path), session))
    for one in parsed:
        requirement = install_req_from_parsed_requirement(one, user_supplied=True)
        if requirement.constraint:
            if check_invalid_constraint_type(requirement):
                raise ValueError("pip refuses a constraint")
            if requirement.match_markers():
                name = canonicalize_name(requirement.name)
                known = constraints.get(name)
                constraints[name] = known & requirement if known else Constraint.from_ireq(requirement)
        elif requirement.match_markers():
            name = canonicalize_name(requirement.name) if requirement.name else requirement.link.url
            wanted.setdefault(name, []).append(requirement)
    return {name: _combined(several, constraints.get(name, Constraint.empty())) for name, several in wanted.items()}


def _combined(requirements, constraint) -> tuple[str, str, tuple[str, ...]]:
    specifier, hashes = constraint.specifier, constraint.hashes
    links = {link.url_without_fragment for link in constraint.links}
    for one in requirements:
        if one.link:
            links.add(one.link.url_without_fragment)
        else:
            specifier &= one.specifier
        hashes &= one.hashes(trust_internet=False)
    allowed = tuple(sorted(hashes._allowed.get("sha256", ()))) if hashes else ()
    return str(specifier), " ".join(sorted(links)), allowed


@pytest.mark.sampled(7)
@pytest.mark.parametrize("name", CASES)
def test_each_file_is_taken_as_pip_takes_it(case, name):
    path = case(CASES[name])
    try:
        expected = by_pip(path)
    except Exception:  # pip has several kinds of errors; each of them ends the installation
        listed = read(path).listed
        assert any(one.unknown for one in listed), "pip refuses the file, and nothing is said about it"
        return
    listed = read(path).listed
    named = {one.purl.partition("/")[2].partition("@")[0].partition("?")[0]: one for one in listed}
    assert len(named) == len(listed) == len(expected)
    for project, (bounds, origin, allowed) in expected.items():
        one = named.get(project) or next(o for o in listed if _same_place(o, origin))
        _agrees(one, bounds, origin, allowed)


def _same_place(one, origin: str) -> bool:
    tail = origin.rstrip("/").rsplit("/", 1)[-1]
    return (
        tail in f"{one.purl} {one.path}"
        or (one.wanted is None and bool(set(origin.split("/")) & set(one.unknown.split("/"))))
        or "local folder: ." in one.unknown
    )


def _agrees(one, bounds: str, origin: str, allowed: tuple[str, ...]) -> None:
    from packaging.specifiers import SpecifierSet

    if origin:
        from_file = origin.startswith("file:") and " " not in origin and Path(origin.removeprefix("file://")).is_file()
        judged = from_file and not origin.endswith("pkg.zip")
        assert bool(one.path and one.wanted) == judged, one
        assert judged or one.unknown
        return
    exact = [s.version for s in SpecifierSet(bounds) if s.operator in {"==", "==="}]
    if len(set(exact)) > 1:  # pip finds no version for both
        assert one.unknown
        return
    assert one.unknown == ""
    assert one.wanted.version == (exact[0] if exact else "")
    assert SpecifierSet(one.wanted.specifier) == SpecifierSet(bounds)
    assert one.sha256 == allowed


def lines() -> Iterator[str]:
    yield from (text for text in CASES.values() if "|" not in text)


def test_all_cases_as_one_file_end(case):
    path = case("".join(lines()))
    assert len(read(path).listed) > 5


REFUSED = {
    "unknown option": "demo==1\n--exec rm\n",
    "include that is not there": "demo==1\n-r nothing.txt\n",
    "include of itself": "demo==1\n-r requirements.txt\n",
    "option without a value": "demo==1\n--index-url\n",
    "open quote": "demo==1\n-r 'more.txt\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_pip_refuses_as_a_whole_is_an_error_of_the_file(case, name):
    path = case(REFUSED[name])
    with pytest.raises(Exception):  # noqa: B017, PT011
        by_pip(path)
    with pytest.raises(InputError, match="line 2"):
        read(path)


def test_an_include_at_an_address_says_what_to_do(case):
    path = case("demo==1\n-r https://example.org/more.txt\n")
    with pytest.raises(InputError) as raised:
        read(path)
    assert "https://example.org/more.txt" in raised.value.message
    assert "download it" in raised.value.hint


@pytest.mark.parametrize(
    "text", ["demo==${VERSION}\nother==1\n", "-e ${PLACE}\nother==1\n", "demo @ https://${HOST}/demo.zip\nother==1\n"]
)
def test_variables_of_the_environment_are_not_read(case, text, monkeypatch):
    monkeypatch.setenv("VERSION", "1.0")
    listed = read(case(text)).listed
    assert [one.purl for one in listed if one.wanted] == ["pkg:pypi/other@1"]
    assert any("variable" in one.unknown for one in listed)


def test_two_versions_of_one_name_are_both_judged_and_that_is_told(case):
    found = read(case("demo==1.0\ndemo==2.0\ndemo==1.0.0\n"))
    assert [one.purl for one in found.listed if one.wanted] == ["pkg:pypi/demo@1.0", "pkg:pypi/demo@2.0"]
    assert any("demo" in note and "1.0" in note and "2.0" in note for note in found.notes)


def test_a_file_outside_of_the_project_is_not_opened(case, tmp_path):
    outside = tmp_path.parent / WHEEL.name
    outside.write_bytes(WHEEL.data)
    (one,) = read(case(f"../{WHEEL.name}\n")).listed
    assert one.wanted is None
    assert "outside" in one.unknown


def test_the_digest_of_a_local_file_counts(case):
    (one,) = read(case(f"./{WHEEL.name} --hash=sha256:{A}\n")).listed
    assert one.sha256 == (A,)


def test_a_name_beside_a_file_of_another_one_is_told(case):
    (one,) = read(case(f"other @ file://{{here}}/{WHEEL.name}\n")).listed
    assert one.wanted is None
    assert "other" in one.unknown


def test_a_package_of_very_many_lines_is_one_that_is_unknown(case):
    found = read(case("".join(f"demo=={n}\n" for n in range(5000)) + "other==1\n"))
    assert [(one.purl, bool(one.unknown)) for one in found.listed] == [
        ("pkg:pypi/demo", True),
        ("pkg:pypi/other@1", False),
    ]
