"""pylock.toml: what an installer would take without options; packaging's own selection is the oracle."""

from __future__ import annotations

import tomllib

import pytest

from supplytrust.audits.inventory import read

Pylock = pytest.importorskip("packaging.pylock").Pylock
A = "a" * 64
MARKERS = [
    "'web' in extras",
    "'web' not in extras",
    "'dev' in dependency_groups",
    "'test' in dependency_groups",
    "'dev' in dependency_groups or 'web' in extras",
    "'test' in dependency_groups and python_version >= '3'",
    "'Test' in dependency_groups",
    "python_version < '3'",
    "sys_platform == 'nowhere' or 'test' in dependency_groups",
    "",
]


def lock(*markers: str, top: str = "") -> str:
    parts = [
        f'[[packages]]\nname = "p{n}"\nversion = "1.0"\n'
        + (f'marker = "{marker}"\n' if marker else "")
        + f'wheels = [{{ name = "p{n}-1.0-py3-none-any.whl", url = "https://example.org/p{n}-1.0-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}]\n'
        for n, marker in enumerate(markers)
    ]
    return f'lock-version = "1.0"\ncreated-by = "x"\n{top}\n' + "".join(parts)


GROUPS = 'extras = ["web"]\ndependency-groups = ["dev"]\ndefault-groups = ["test"]'


@pytest.mark.parametrize("top", ["", GROUPS])
def test_extras_and_groups_are_those_that_count_by_default(tmp_path, top):
    path = tmp_path / "pylock.toml"
    path.write_text(lock(*MARKERS, top=top))
    expected = {package.name for package, _ in Pylock.from_dict(tomllib.loads(path.read_text())).select()}
    found = read(path)
    assert {one.purl for one in found.listed if one.wanted} == {f"pkg:pypi/{name}@1.0" for name in expected}
    assert not [one for one in found.listed if one.unknown]
    assert any("p0" in note for note in found.notes)


@pytest.mark.parametrize(
    "marker",
    ["'web' in extra", "extras == 'web'", "'x' in groups", "extras in 'web'", "'a' in extras ==", "extra == 'x'"],
)
def test_a_marker_that_says_nothing_there_is_unknown_and_costs_nothing_else(tmp_path, marker):
    path = tmp_path / "pylock.toml"
    path.write_text(lock("", marker))
    listed = read(path).listed
    assert [one.purl for one in listed if one.wanted] == ["pkg:pypi/p0@1.0"]


@pytest.mark.parametrize(
    ("top", "told"),
    [
        ('requires-python = ">=99"', "requires Python >=99"),
        ('requires-python = "what"', "cannot be read"),
        ("environments = [\"sys_platform == 'nowhere'\"]", "other environments"),
        ('environments = ["what"]', "marker"),
    ],
)
def test_a_lock_for_another_interpreter_says_so(tmp_path, top, told):
    path = tmp_path / "pylock.toml"
    path.write_text(lock("", top=top))
    found = read(path)
    assert [one.purl for one in found.listed if one.wanted] == ["pkg:pypi/p0@1.0"]
    assert any(told in note for note in found.notes)


def test_a_lock_for_this_interpreter_says_nothing(tmp_path):
    path = tmp_path / "pylock.toml"
    path.write_text(lock("", top='requires-python = ">=3.8"\nenvironments = ["python_version >= \'3\'"]'))
    assert not read(path).notes
