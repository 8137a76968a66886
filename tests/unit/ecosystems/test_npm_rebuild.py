"""Packages whose files are built: tools come from the lock by digest, scripts run in the box, files are judged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

import supplytrust
from simulators.packages import Past, Published, registry
from simulators.repository import day
from supplytrust.collection.options import load_settings, open_context
from supplytrust.ecosystems.npm import locked_tools
from supplytrust.errors import MalformedError, NotFoundError, RefusedError, SourceError
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.rebuild import RebuildResult

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SHOUT = (
    "#!/usr/bin/env node\n"
    "const fs = require('fs')\n"
    "fs.mkdirSync('dist', { recursive: true })\n"
    "for (const f of fs.readdirSync('src')) {\n"
    "  fs.writeFileSync('dist/' + f, fs.readFileSync('src/' + f, 'utf8').toUpperCase())\n"
    "}\n"
)


def tool(name: str = "shout", version: str = "1.0.0", **fields: object) -> Past:
    past = Past(name)
    past.release(version, day(0), {"bin/run.js": SHOUT}, **{"bin": {"shout": "bin/run.js"}, **fields})
    return past


def pinned(one: Published, **more: object) -> dict[str, object]:
    return {"version": one.version, "integrity": one.integrity, "dev": True, **more}


def lock(packages: Mapping[str, object], version: int = 3) -> str:
    return json.dumps({"name": "demo", "lockfileVersion": version, "packages": {"": {"name": "demo"}, **packages}})


@pytest.fixture
def shout() -> Past:
    return tool()


@pytest.fixture
def world(tmp_path: Path, shout: Past) -> Iterator[CollectContext]:
    """A context that asks a registry with the tool."""
    config = tmp_path / "supplytrust.toml"
    with registry([shout, tool("@s/two", bin={})]) as running:
        config.write_text(f'[index]\nnpm = "{running.url}"\n')
        looking = {"config": config}
        with open_context(looking, load_settings(looking), NOW, NOW) as opened:  # type: ignore[arg-type]
            yield opened


def tree_of(tmp_path: Path, packages: Mapping[str, object], version: int = 3) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "package-lock.json").write_text(lock(packages, version))
    return tree


def test_tools_are_laid_out_where_the_lock_says(tmp_path: Path, shout: Past, world: CollectContext) -> None:
    one = shout.releases[0]
    tree = tree_of(
        tmp_path,
        {
            "node_modules/shout": pinned(one),
            "node_modules/alias": pinned(one, name="shout"),
            "node_modules/alias/node_modules/shout": pinned(one),
            "node_modules/elsewhere": pinned(one, optional=True, os=["plan9"], integrity="sha512-x"),
            "node_modules/shout/node_modules/inside": {"version": "1.0.0", "inBundle": True},
            "packages/own": {"name": "own", "version": "1.0.0"},
            "node_modules/own": {"resolved": "packages/own", "link": True},
        },
    )
    (tree / "packages" / "own").mkdir(parents=True)
    (used,) = locked_tools.bring(tree, "", world)
    assert (used.name, used.version, len(used.sha256)) == ("shout", "1.0.0", 64)
    modules = tree / "node_modules"
    for place in ("shout", "alias", "alias/node_modules/shout"):
        assert (modules / place / "bin" / "run.js").read_text() == SHOUT
    assert (modules / ".bin" / "shout").resolve().name == "run.js"
    assert (modules / ".bin" / "shout").stat().st_mode & 0o111
    assert (modules / "own").resolve() == (tree / "packages" / "own").resolve()
    assert not (modules / "elsewhere").exists()


OTHER = "sha512-" + "A" * 86 + "=="
REFUSED: dict[str, tuple[Mapping[str, object], type[SourceError], str]] = {
    "other bytes than pinned": (
        {"node_modules/shout": {"version": "1.0.0", "integrity": OTHER}},
        RefusedError,
        "digest",
    ),
    "no digest": ({"node_modules/shout": {"version": "1.0.0"}}, RefusedError, "not pinned"),
    "SHA-1": (
        {"node_modules/shout": {"version": "1.0.0", "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="}},
        RefusedError,
        "not pinned",
    ),
    "a repository": (
        {"node_modules/shout": {"version": "git+ssh://git@forge.example.org/x.git#abc", "integrity": OTHER}},
        RefusedError,
        "not pinned",
    ),
    "a place outside": ({"../node_modules/shout": {"version": "1.0.0", "integrity": OTHER}}, RefusedError, "no place"),
    "a place above": (
        {"node_modules/a/../../node_modules/shout": {"version": "1.0.0", "integrity": OTHER}},
        RefusedError,
        "no place",
    ),
    "a link outside": ({"node_modules/x": {"resolved": "..", "link": True}}, RefusedError, "links to no folder"),
    "a link to nothing": ({"node_modules/x": {"resolved": "none", "link": True}}, RefusedError, "links to no folder"),
}


@pytest.mark.parametrize(("packages", "kind", "word"), REFUSED.values(), ids=REFUSED)
def test_what_the_lock_does_not_pin_is_not_taken(
    tmp_path: Path, world: CollectContext, packages: Mapping[str, object], kind: type[SourceError], word: str
) -> None:
    tree = tree_of(tmp_path, packages)
    with pytest.raises(kind, match=word):
        locked_tools.bring(tree, "", world)
    assert not (tmp_path / "node_modules").exists()


def test_a_folder_that_leads_out_of_the_tree_is_not_written_to(
    tmp_path: Path, shout: Past, world: CollectContext
) -> None:
    tree = tree_of(tmp_path, {"node_modules/shout": pinned(shout.releases[0])})
    (tmp_path / "outside").mkdir()
    (tree / "node_modules").symlink_to(tmp_path / "outside")
    with pytest.raises(RefusedError, match="leads out"):
        locked_tools.bring(tree, "", world)
    assert not list((tmp_path / "outside").iterdir())


def test_locks_of_others_and_of_the_first_version_are_named(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {}, 1)
    with pytest.raises(MalformedError, match="version 2 or 3"):
        locked_tools.read_lock(locked_tools.find_lock(tree, ""))
    (tree / "package-lock.json").rename(tree / "pnpm-lock.yaml")
    with pytest.raises(NotFoundError, match=r"only pnpm-lock\.yaml"):
        locked_tools.find_lock(tree, "")


# --- through collect

needs_client = pytest.mark.skipif(shutil.which("npm") is None, reason="this machine has no npm")


def collected(
    tmp_path: Path,
    shout: Past,
    *,
    built: str = "EXPORTS.A = 1\n",
    scripts: Mapping[str, str] | None = None,
    **more: str,
) -> RebuildResult:
    """The rebuild of a package whose `dist` its scripts make of `src`."""
    past = Past("demo")
    files = {
        "src/a.js": "exports.a = 1\n",
        "package-lock.json": lock({"node_modules/shout": pinned(shout.releases[0])}),
        **more,
    }
    extra = {"dist/a.js": built, "package-lock.json": None, **dict.fromkeys(more)}
    past.release("1.0.0", day(0), files)
    past.release("1.1.0", day(30), files, extra=extra, scripts=scripts or {"prepare": "shout"})
    past.build(tmp_path / "repo")
    with registry([past, shout]) as running:
        (tmp_path / "supplytrust.toml").write_text(f'[index]\nnpm = "{running.url}"\n')
        evidence = supplytrust.collect(
            "pkg:npm/demo@1.1.0",
            config=tmp_path / "supplytrust.toml",
            repository=str(tmp_path / "repo"),
            ledger=None,
            deps="none",
            rebuild="always",
        )
    found = evidence.nodes[0].newest(RebuildResult)
    assert found is not None, evidence.nodes[0].gap(RebuildResult)
    return found.claim


@needs_client
@pytest.mark.thorough
@pytest.mark.parametrize(
    "scripts",
    [
        {"prepare": "shout"},
        {"prepack": "npm run make", "make": "shout"},
        {"build": "shout"},
        {"prepare": "exit 3", "build": "shout && exit 226"},
    ],
    ids=["prepare", "prepack that calls another", "build", "ends badly after the files are there"],
)
def test_built_files_are_built_again(tmp_path: Path, shout: Past, scripts: dict[str, str]) -> None:
    made = collected(tmp_path, shout, scripts=scripts)
    assert made.level.reproduced, (made.reason, made.differences)
    assert [(one.name, one.version) for one in made.requirements or ()] == [("shout", "1.0.0")]


@needs_client
@pytest.mark.thorough
def test_built_files_that_were_changed_are_code_that_differs(tmp_path: Path, shout: Past) -> None:
    made = collected(tmp_path, shout, built="EXPORTS.A = 2\n")
    assert made.level.value == "code-differs"
    assert made.unreproduced == ("dist/a.js",)


@needs_client
@pytest.mark.thorough
def test_nothing_reaches_out_of_the_box_and_nothing_is_published(tmp_path: Path, shout: Past) -> None:
    marker = tmp_path / "ran"
    scripts = {
        "prepare": f"touch {marker}; shout",
        "prepublishOnly": f"touch {marker}",
        "publish": f"touch {marker}",
        "preinstall": f"touch {marker}",
    }
    assert collected(tmp_path, shout, scripts=scripts).level.reproduced
    assert not marker.exists()


@needs_client
@pytest.mark.thorough
@pytest.mark.parametrize("files", [{"package-lock.json": "{}"}, {"package-lock.json": lock({"node_modules/x": {}})}])
def test_without_a_lock_that_pins_the_files_and_scripts_are_named(
    tmp_path: Path, shout: Past, files: dict[str, str]
) -> None:
    made = collected(tmp_path, shout, **files)
    assert made.level.value == "not-rebuilt"
    assert made.reason.startswith("needs-build: dist/a.js is made by prepare; weak-lock: ")
