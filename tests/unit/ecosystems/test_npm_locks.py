"""Lock files of the clients: entries in their places, pins that are enough, edges as the run-time finds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplytrust.audits.inventory import at_configured
from supplytrust.audits.inventory import read as read_list
from supplytrust.ecosystems.inventory import Inventory
from supplytrust.ecosystems.npm.locks import entries, package_lock
from supplytrust.errors import InputError
from supplytrust.model.policy import Settings

SRI = "sha512-q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urqw=="
HEX = "ab" * 64
BASE = "https://registry.example.org/"


def entry(name: str, version: str = "1.0.0", /, **more: object) -> dict[str, object]:
    short = name.rpartition("/")[2]
    return {"version": version, "resolved": f"{BASE}{name}/-/{short}-{version}.tgz", "integrity": SRI, **more}


def locked(tmp_path: Path, packages: dict[str, object], version: object = 3, **more: object) -> Inventory:
    path = tmp_path / "package-lock.json"
    path.write_text(json.dumps({"name": "app", "lockfileVersion": version, "packages": packages, **more}))
    return package_lock.read(path)


def by_purl(found: Inventory) -> dict[str, str]:
    return {one.purl.removeprefix("pkg:npm/"): one.unknown for one in found.listed}


def edges_of(found: Inventory) -> set[tuple[str, str]]:
    return {(e.parent.removeprefix("pkg:npm/"), e.child.removeprefix("pkg:npm/")) for e in found.edges}


def test_packages_are_found_as_the_run_time_finds_them(tmp_path: Path) -> None:
    found = locked(
        tmp_path,
        {
            "": {"dependencies": {"a": "^1"}, "devDependencies": {"@s/d": "1"}},
            "node_modules/a": entry("a", dependencies={"b": "^2", "c": "1"}),
            "node_modules/a/node_modules/b": entry("b", "2.0.0", dependencies={"c": "1"}),
            "node_modules/b": entry("b"),
            "node_modules/c": entry("c", optionalDependencies={"b": "1", "not-here": "1"}),
            "node_modules/@s/d": entry("@s/d"),
        },
    )
    assert set(by_purl(found)) == {"a@1.0.0", "b@2.0.0", "b@1.0.0", "c@1.0.0", "%40s/d@1.0.0"}
    assert edges_of(found) == {
        ("a@1.0.0", "b@2.0.0"),
        ("a@1.0.0", "c@1.0.0"),
        ("b@2.0.0", "c@1.0.0"),
        ("c@1.0.0", "b@1.0.0"),
    }
    assert set(found.roots) == {"pkg:npm/a@1.0.0", "pkg:npm/%40s/d@1.0.0"}
    assert {(one.sha256, one.indexes) for one in found.listed} == {((HEX,), (BASE,))}


ODD = {
    "alias": (entry("other", name="other"), "other@1.0.0", ""),
    "bundled": ({"version": "1.0.0", "inBundle": True}, "x@1.0.0", "bundled"),
    "sha1 only": (entry("x", integrity="sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "x@1.0.0", "SHA-1"),
    "no integrity": (entry("x", integrity=""), "x@1.0.0", ""),
    "no integrity, another package": (entry("x", integrity="", resolved=f"{BASE}y/-/y-1.0.0.tgz"), "x@1.0.0", "/y/-/"),
    "no integrity, another version": (entry("x", integrity="", resolved=f"{BASE}x/-/x-1.0.1.tgz"), "x@1.0.0", "1.0.1"),
    "no integrity, a place": (entry("x", integrity="", resolved="https://x.example.org/x.tgz"), "x@1.0.0", "no bytes"),
    "git": (
        {"version": "1.0.0", "resolved": "git+ssh://git@forge.example.org/a/b.git#abc"},
        "x@1.0.0",
        "not from a registry",
    ),
    "file": ({"version": "1.0.0", "resolved": "file:../x"}, "x@1.0.0", "not from a registry"),
    "no version": ({"integrity": SRI}, "x", "no version"),
    "two digests": (entry("x", integrity=f"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {SRI}"), "x@1.0.0", ""),
}


@pytest.mark.parametrize(("package", "purl", "unknown"), ODD.values(), ids=ODD)
def test_what_cannot_be_judged_keeps_its_place(
    tmp_path: Path, package: dict[str, object], purl: str, unknown: str
) -> None:
    found = by_purl(locked(tmp_path, {"": {}, "node_modules/x": package, "node_modules/good": entry("good")}))
    assert found["good@1.0.0"] == ""
    assert (unknown in found[purl]) if unknown else found[purl] == ""


@pytest.mark.parametrize(
    "package", [7, [], {"version": 7}, {"version": "1.0.0", "integrity": {}}, {"version": "1\u0000"}]
)
def test_one_bad_entry_costs_the_others_nothing(tmp_path: Path, package: object) -> None:
    found = locked(
        tmp_path, {"": {"dependencies": {"good": "1"}}, "node_modules/bad": package, "node_modules/good": entry("good")}
    )
    assert by_purl(found)["good@1.0.0"] == ""
    assert len(found.listed) == 2


def test_workspaces_are_the_project_itself(tmp_path: Path) -> None:
    found = locked(
        tmp_path,
        {
            "": {"workspaces": ["packages/*"]},
            "packages/own": {"version": "1.0.0", "dependencies": {"a": "1"}},
            "node_modules/own": {"resolved": "packages/own", "link": True},
            "node_modules/a": entry("a"),
        },
    )
    assert set(by_purl(found)) == {"a@1.0.0"}
    assert found.roots == ("pkg:npm/a@1.0.0",)


def test_missing_pins_and_other_platforms_are_noted(tmp_path: Path) -> None:
    system, machine, libc = entries.this_platform()
    found = locked(
        tmp_path,
        {
            "": {"optionalDependencies": {"here": "1", "there": "1"}},
            "node_modules/here": entry("here", os=[system], cpu=[machine], libc=[libc], optional=True),
            "node_modules/there": entry("there", os=["plan9"], optional=True),
            "node_modules/not-here": entry("not-here", os=[f"!{system}"]),
            "node_modules/not-there": entry("not-there", os=["!plan9"], cpu="any"),
            "node_modules/odd": entry("odd", os={"a": 1}, cpu=[7]),
            "node_modules/loose": entry("loose", integrity="", resolved=""),
        },
    )
    assert all(one.wanted is not None for one in found.listed)
    (unpinned,) = [note for note in found.notes if "pins no bytes" in note]
    (foreign,) = [note for note in found.notes if "other platforms" in note]
    assert "pkg:npm/loose@1.0.0: " in unpinned
    assert foreign.startswith("pkg:npm/not-here@1.0.0, pkg:npm/there@1.0.0: ")


def test_another_host_than_the_registry_is_told(tmp_path: Path) -> None:
    found = locked(
        tmp_path,
        {
            "": {},
            "node_modules/a": entry("a"),
            "node_modules/b": entry("b", resolved="https://evil.example.net/b/-/b-1.0.0.tgz"),
            "node_modules/c": entry("c", resolved="https://evil.example.net/anything.tgz"),
        },
    )
    checked = {one.purl: one for one in at_configured(found, Settings(index={"npm": BASE})).listed}
    assert checked["pkg:npm/a@1.0.0"].wanted is not None
    for name in "bc":
        one = checked[f"pkg:npm/{name}@1.0.0"]
        assert one.wanted is None
        assert "evil.example.net" in one.unknown


def test_version_1_is_listed_and_unknown(tmp_path: Path) -> None:
    path = tmp_path / "package-lock.json"
    inner = {"b": {"version": "2.0.0", "integrity": SRI}}
    path.write_text(
        json.dumps({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": inner}}})
    )
    found = read_list(path)
    assert set(by_purl(found)) == {"a@1.0.0", "b@2.0.0"}
    assert all("version 1" in why for why in by_purl(found).values())


def test_tables_of_version_2_that_disagree_are_noted(tmp_path: Path) -> None:
    packages = {"": {}, "node_modules/a": entry("a")}
    same = locked(tmp_path, packages, 2, dependencies={"a": {"version": "1.0.0"}})
    other = locked(tmp_path, packages, 2, dependencies={"a": {"version": "1.0.1"}})
    assert not any("older clients" in note for note in same.notes)
    assert any("older clients" in note for note in other.notes)


@pytest.mark.parametrize("version", [0, 4, True, "3", None])
def test_other_versions_are_refused(tmp_path: Path, version: object) -> None:
    with pytest.raises(InputError):
        locked(tmp_path, {}, version)


def test_registries_are_told_from_addresses() -> None:
    for address, base in (
        (f"{BASE}a/-/a-1.0.0.tgz", BASE),
        (f"{BASE}npm/@s/a/-/a-1.0.0.tgz", f"{BASE}npm/"),
        (f"{BASE}@s%2fa/-/a-1.0.0.tgz#abc", BASE),
        (f"{BASE}other/-/a-1.0.0.tgz", f"{BASE}other/-/a-1.0.0.tgz"),
        ("file:x", ""),
    ):
        assert entries.registry_of("@s/a" if "@s" in address else "a", address) == base


# --- other clients

PNPM_9 = f"""lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1
        version: 1.0.0(b@2.0.0)
    devDependencies:
      own:
        specifier: workspace:*
        version: link:packages/own
packages:
  a@1.0.0:
    resolution: {{integrity: {SRI}}}
  '@s/b@2.0.0':
    resolution: {{integrity: {SRI}}}
  c@https://codeload.example.org/x/y/tar.gz/abc:
    resolution: {{tarball: https://codeload.example.org/x/y/tar.gz/abc}}
    version: 3.0.0
snapshots:
  a@1.0.0(b@2.0.0):
    dependencies:
      '@s/b': 2.0.0
  '@s/b@2.0.0': {{}}
"""
PNPM_6 = f"""lockfileVersion: '6.0'
dependencies:
  a:
    specifier: ^1
    version: 1.0.0(@s/b@2.0.0)
packages:
  /a@1.0.0(@s/b@2.0.0):
    resolution: {{integrity: {SRI}}}
    dependencies:
      '@s/b': 2.0.0
  /@s/b@2.0.0:
    resolution: {{integrity: {SRI}}}
"""
PNPM_5 = (
    PNPM_6.replace("'6.0'", "5.4")
    .replace("/a@1.0.0(@s/b@2.0.0)", "/a/1.0.0_@s+b@2.0.0")
    .replace("/@s/b@2.0.0:", "/@s/b/2.0.0:")
    .replace("1.0.0(@s/b@2.0.0)", "1.0.0_@s+b@2.0.0")
)
YARN_1 = f"""# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.
# yarn lockfile v1


"@s/b@^2", "@s/b@~2.0":
  version "2.0.0"
  resolved "{BASE}@s/b/-/b-2.0.0.tgz#2jmj7l5rSw0yVb"
  integrity {SRI}

a@^1:
  version "1.0.0"
  resolved "{BASE}a/-/a-1.0.0.tgz#2jmj7l5rSw0yVb"
  integrity {SRI}
  dependencies:
    "@s/b" "^2"

old@1:
  version "1.0.0"
  resolved "{BASE}old/-/old-1.0.0.tgz#2jmj7l5rSw0yVb"

"x@npm:a@^1":
  version "1.0.0"
  resolved "{BASE}a/-/a-1.0.0.tgz#2jmj7l5rSw0yVb"
  integrity {SRI}
"""
YARN_4 = """__metadata:
  version: 8
  cacheKey: 10c0

"@s/b@npm:^2":
  version: 2.0.0
  resolution: "@s/b@npm:2.0.0"
  checksum: 10c0/abc
  languageName: node

"a@npm:^1, a@npm:~1.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
  dependencies:
    "@s/b": "npm:^2"
  checksum: 10c0/abc

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1"

"g@https://forge.example.org/g.git#commit=abc":
  version: 1.0.0
  resolution: "g@https://forge.example.org/g.git#commit=abc"
"""
BUN = f"""{{
  "lockfileVersion": 1,
  "workspaces": {{ "": {{ "name": "app", "dependencies": {{ "a": "^1", }}, }}, }},
  "packages": {{
    "a": ["a@1.0.0", "", {{ "dependencies": {{ "@s/b": "^2" }} }}, "{SRI}"],
    "@s/b": ["@s/b@2.0.0", "", {{}}, "{SRI}"],
    "git": ["git@github:x/y#abc", {{}}, "x-y-abc"],
  }},
}}
"""


def read_text(tmp_path: Path, name: str, body: str) -> Inventory:
    (tmp_path / name).write_text(body)
    return read_list(tmp_path / name)


@pytest.mark.parametrize("body", [PNPM_9, PNPM_6, PNPM_5], ids=["9", "6", "5"])
def test_pnpm(tmp_path: Path, body: str) -> None:
    found = read_text(tmp_path, "pnpm-lock.yaml", body)
    known = {purl for purl, why in by_purl(found).items() if not why}
    assert known == {"a@1.0.0", "%40s/b@2.0.0"}
    assert edges_of(found) == {("a@1.0.0", "%40s/b@2.0.0")}
    assert "pkg:npm/a@1.0.0" in found.roots
    assert {one.sha256 for one in found.listed if not one.unknown} == {(HEX,)}


def test_yarn_1(tmp_path: Path) -> None:
    found = read_text(tmp_path, "yarn.lock", YARN_1)
    unknown = by_purl(found)
    assert unknown["a@1.0.0"] == unknown["%40s/b@2.0.0"] == ""
    assert "SHA-1" in unknown["old@1.0.0"]
    assert edges_of(found) == {("a@1.0.0", "%40s/b@2.0.0")}


def test_yarn_4_pins_no_bytes_of_the_registry(tmp_path: Path) -> None:
    found = read_text(tmp_path, "yarn.lock", YARN_4)
    unknown = by_purl(found)
    assert unknown["a@1.0.0"] == "" and "not from a registry" in unknown["g@1.0.0"]  # noqa: PT018
    assert {one.sha256 for one in found.listed} == {()}
    assert edges_of(found) == {("a@1.0.0", "%40s/b@2.0.0")}
    assert found.roots[0] == "pkg:npm/a@1.0.0" or "pkg:npm/a@1.0.0" in found.roots


def test_bun(tmp_path: Path) -> None:
    found = read_text(tmp_path, "bun.lock", BUN)
    known = {purl for purl, why in by_purl(found).items() if not why}
    assert known == {"a@1.0.0", "%40s/b@2.0.0"}
    assert edges_of(found) == {("a@1.0.0", "%40s/b@2.0.0")}
    assert len(found.listed) == 3


PNPM_WORKSPACE = f"""lockfileVersion: '9.0'
catalogs:
  default:
    a:
      specifier: ^1
      version: 1.0.0
overrides:
  '@s/b': 2.0.0
importers:
  .:
    devDependencies:
      alias:
        specifier: npm:a@^1
        version: a@1.0.0(@s/b@2.0.0)
  packages/own:
    dependencies:
      a:
        specifier: 'catalog:'
        version: 1.0.0(@s/b@2.0.0)
      other:
        specifier: workspace:*
        version: link:../other
      folder:
        specifier: file:../folder
        version: file:packages/folder
packages:
  a@1.0.0:
    resolution: {{integrity: {SRI}}}
    peerDependencies:
      '@s/b': '*'
  '@s/b@2.0.0':
    resolution: {{integrity: {SRI}}}
    cpu: [x128]
    os: [plan9]
  folder@file:packages/folder:
    resolution: {{directory: packages/folder, type: directory}}
  g_g@https://forge.example.org/y_z/tar.gz/abc:
    resolution: {{tarball: https://forge.example.org/y_z/tar.gz/abc, gitHosted: true}}
    version: 3.0.0
snapshots:
  a@1.0.0(@s/b@2.0.0):
    dependencies:
      '@s/b': 2.0.0
  '@s/b@2.0.0': {{}}
"""


def test_workspaces_catalogs_overrides_and_aliases_of_pnpm(tmp_path: Path) -> None:
    found = read_text(tmp_path, "pnpm-lock.yaml", PNPM_WORKSPACE)
    unknown = by_purl(found)
    assert {purl for purl, why in unknown.items() if not why} == {"a@1.0.0", "%40s/b@2.0.0"}
    assert "not from a registry" in next(why for purl, why in unknown.items() if purl.startswith("folder"))
    assert "y_z/tar.gz/abc" in unknown["g_g@3.0.0"]
    assert edges_of(found) == {("a@1.0.0", "%40s/b@2.0.0")}
    assert "pkg:npm/a@1.0.0" in found.roots
    assert "pkg:npm/%40s/b@2.0.0" not in found.roots
    assert [note for note in found.notes if "other platforms" in note]


def test_requests_that_were_overruled_are_edges(tmp_path: Path) -> None:
    """`resolutions` of the project: the entry is under its own request, and what asked otherwise means it."""
    one = read_text(tmp_path, "yarn.lock", YARN_1.replace('"@s/b@^2", "@s/b@~2.0":', '"@s/b@2.0.0":'))
    later = read_text(tmp_path, "yarn.lock", YARN_4.replace('"@s/b@npm:^2":', '"@s/b@npm:2.0.0":'))
    assert edges_of(one) == edges_of(later) == {("a@1.0.0", "%40s/b@2.0.0")}


def test_an_archive_of_another_registry_is_told(tmp_path: Path) -> None:
    other = "a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fevil.example.net%2Fa%2F-%2Fa-1.0.0.tgz"
    found = read_text(tmp_path, "yarn.lock", YARN_4.replace("a@npm:1.0.0", other))
    checked = {one.purl: one for one in at_configured(found, Settings(index={"npm": BASE})).listed}
    assert checked["pkg:npm/%40s/b@2.0.0"].wanted is not None
    assert "evil.example.net" in checked["pkg:npm/a@1.0.0"].unknown


def test_conditions_of_yarn_and_bun_are_noted(tmp_path: Path) -> None:
    yarn = YARN_4.replace('resolution: "a@npm:1.0.0"', 'resolution: "a@npm:1.0.0"\n  conditions: os=plan9 & cpu=x128')
    bun = BUN.replace('["@s/b@2.0.0", "", {}', '["@s/b@2.0.0", "", { "os": "plan9", "cpu": "x128" }')
    for name, body in (("yarn.lock", yarn), ("bun.lock", bun)):
        assert [note for note in read_text(tmp_path, name, body).notes if "other platforms" in note], name


def test_workspaces_and_git_entries_of_bun(tmp_path: Path) -> None:
    body = f"""{{
      "lockfileVersion": 1,
      "workspaces": {{
        "": {{ "name": "app" }},
        "packages/own": {{ "name": "own", "dependencies": {{ "a": "^1", "b": "2" }} }},
      }},
      "packages": {{
        "a": ["a@1.0.0", "", {{}}, "{SRI}"],
        "b": ["b@1.0.0", "", {{}}, "{SRI}"],
        "own/b": ["b@2.0.0", "https://evil.example.net/", {{}}, "{SRI}"],
        "own": ["own@workspace:packages/own"],
        "g": ["g@git+ssh://git@forge.example.org/x/y#abc", {{}}, "abc"],
        "alias": ["a@1.0.0", "", {{}}, "{SRI}"],
      }},
    }}"""
    found = read_text(tmp_path, "bun.lock", body)
    unknown = by_purl(found)
    assert set(unknown) >= {"a@1.0.0", "b@1.0.0", "b@2.0.0"}
    assert next(why for purl, why in unknown.items() if purl.startswith("g@")).startswith("it comes from git+ssh")
    assert "pkg:npm/b@2.0.0" in found.roots
    checked = {one.purl: one for one in at_configured(found, Settings(index={"npm": BASE})).listed}
    assert "evil.example.net" in checked["pkg:npm/b@2.0.0"].unknown


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("package-lock.json", "{"),
        ("pnpm-lock.yaml", "lockfileVersion: '4.0'\n"),
        ("pnpm-lock.yaml", "a: [\n"),
        ("yarn.lock", "# yarn lockfile v1\n\n  version\n"),
        ("yarn.lock", "a: b\n"),
        ("bun.lock", '{"lockfileVersion": 9}'),
        ("bun.lock", "{,}"),
    ],
)
def test_what_is_no_lock_is_refused_with_its_place(tmp_path: Path, name: str, body: str) -> None:
    with pytest.raises(InputError):
        read_text(tmp_path, name, body)
