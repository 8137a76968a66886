"""`Cargo.toml` as far as it decides what is built and run; the published form against the one its author wrote.

`cargo package` writes a manifest anew and keeps the author's as `Cargo.toml.orig`. Both are read into one form, with
what the workspace's root manifest gives (`workspace = true`), so that they can be compared with each other and with
the line of the index ("The Manifest Format", "Workspaces" of the cargo book). Nothing of it is run.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from supplytrust.ecosystems.cargo.index import Dependency, Line
from supplytrust.errors import MalformedError, MalformedTomlError
from supplytrust.formats.toml import read_toml

PUBLISHED, ORIGINAL = "Cargo.toml", "Cargo.toml.orig"
_KINDS = (
    ("dependencies", "normal"),
    ("build-dependencies", "build"),
    ("build_dependencies", "build"),
    ("dev-dependencies", "dev"),
    ("dev_dependencies", "dev"),
)
_BLANK = re.compile(r"\s+")
_MOST = 5_000  # dependencies and features of one manifest
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says. `build` is the path of the build script, '' for none; `library` and `programs` are paths.

    `untaken` names what is inherited from a workspace whose root manifest was not given.
    """

    name: str
    version: str
    dependencies: tuple[Dependency, ...]
    features: Mapping[str, tuple[str, ...]]
    build: str
    links: str
    proc_macro: bool
    library: str
    programs: frozenset[str]
    readme: str = ""
    license_file: str = ""
    repository: str = ""
    homepage: str = ""
    description: str = ""
    license: str = ""
    rust_version: str = ""
    include: tuple[str, ...] = ()
    inherited: frozenset[str] = frozenset()  # fields of `package` taken from the workspace
    untaken: tuple[str, ...] = ()

    def of_kind(self, *kinds: str) -> tuple[Dependency, ...]:
        """The dependencies of these kinds, as they are compared."""
        return tuple(sorted((normal_form(d) for d in self.dependencies if d.kind in kinds), key=_order))


def read_manifest(data: bytes, members: Collection[str], root: Table | None = None) -> Manifest:
    """A manifest's bytes as cargo reads them beside these files; `root` is the workspace's own manifest.

    MalformedError when it is no manifest of a package.
    """
    try:
        tables = read_toml(data)
    except MalformedTomlError as error:
        raise MalformedError(f"{PUBLISHED} is not TOML: {error.message}"[:200]) from error
    package = _table(tables, "package") or _table(tables, "project")
    workspace = _table(root or {}, "workspace")
    shared = _table(workspace, "package")
    inherited = frozenset(key for key, value in package.items() if _inherits(value))
    untaken = [key for key in sorted(inherited) if key not in shared]
    fields = {key: shared.get(key) if key in inherited else value for key, value in package.items()}
    wanted = list(_dependencies(tables, _table(workspace, "dependencies"), untaken))
    if not _text(fields.get("name")) or len(wanted) > _MOST:
        raise MalformedError(f"{PUBLISHED} is no manifest of a package")
    library = _table(tables, "lib")
    return Manifest(
        _text(fields.get("name")),
        _text(fields.get("version")),
        tuple(wanted),
        {name: _texts(values) for name, values in list(_table(tables, "features").items())[:_MOST]},
        _build_script(fields.get("build"), members),
        _text(fields.get("links")),
        library.get("proc-macro") is True
        or library.get("proc_macro") is True
        or "proc-macro" in (*_texts(library.get("crate-type")), *_texts(library.get("crate_type"))),
        _library(library, tables, members),
        frozenset(_programs(tables, fields, members)),
        _named_file(fields.get("readme"), inherited="readme" in inherited),
        _named_file(fields.get("license-file"), inherited="license-file" in inherited),
        _text(fields.get("repository")),
        _text(fields.get("homepage")),
        _text(fields.get("description")),
        _text(fields.get("license")),
        _text(fields.get("rust-version")),
        _texts(fields.get("include")),
        inherited,
        tuple(untaken),
    )


def read_tables(data: bytes) -> Table:
    """The tables of a workspace's root manifest; none when it cannot be read."""
    try:
        return read_toml(data)
    except MalformedTomlError:
        return {}


def workspace_path(data: bytes) -> str:
    """The path of the workspace's root as a member names it (`package.workspace`); '' for the nearest one above."""
    return _text((_table(read_tables(data), "package")).get("workspace"))


# --- comparisons


def normal_requirement(text: str) -> str:
    """A version requirement in the spelling that the index uses: `1.2` is `^1.2`, blanks say nothing."""
    clauses = [_BLANK.sub("", clause).replace(".x", ".*").replace(".X", ".*") for clause in text.split(",")]
    plain = [f"^{c}" if c[:1].isdigit() and not c.endswith("*") else c for c in clauses if c]
    return ",".join("*" if c in ("x", "X") else c for c in plain) or "*"


def normal_form(dependency: Dependency) -> Dependency:
    """A dependency as it compares: requirement in one spelling, features in order."""
    return replace(
        dependency,
        requirement=normal_requirement(dependency.requirement),
        target=_BLANK.sub("", dependency.target),
        features=tuple(sorted(set(dependency.features))),
        registry="",
    )


def enabled_by_default(features: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Names of the optional dependencies that the default features switch on."""
    waiting, done, enabled = ["default"], set[str](), set[str]()
    while waiting:
        feature = waiting.pop()
        if feature in done:
            continue
        done.add(feature)
        for value in features.get(feature, ()):
            plain = value.removeprefix("dep:").partition("/")[0]
            if value in features:
                waiting.append(value)
            elif not plain.endswith("?"):
                enabled.add(plain)
    return frozenset(enabled)


def describe_dependencies(
    dependencies: Iterable[Dependency], features: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What a release needs to run and to be built, one text a dependency: `name requirement; kind, optional, ...`."""
    usual = enabled_by_default(features)
    wanted = sorted((normal_form(d) for d in dependencies if d.kind != "dev"), key=_order)
    return tuple(_describe(d, usual) for d in wanted)


def _describe(dependency: Dependency, usual: frozenset[str]) -> str:
    by_default = "optional, in default features" if dependency.name in usual else "optional"
    marks = [
        dependency.kind if dependency.kind != "normal" else "",
        dependency.target,
        by_default if dependency.optional else "",
        f"package {dependency.package}" if dependency.package != dependency.name else "",
        f"features {' '.join(dependency.features)}" if dependency.features else "",
        "" if dependency.default_features else "no default features",
    ]
    told = ", ".join(filter(None, marks))
    return f"{dependency.name} {dependency.requirement}" + (f"; {told}" if told else "")


def disagreements(published: Manifest, original: Manifest) -> tuple[str, ...]:
    """What decides about build and run time and is not the same in both; the author's manifest comes second.

    Dev-dependencies are left out: cargo drops those that have no version, and they do not run.
    """
    pairs: list[tuple[str, object, object]] = [
        ("name", published.name, original.name),
        ("version", published.version, original.version),
        ("build script", published.build, original.build),
        ("links", published.links, original.links),
        ("proc-macro", published.proc_macro, original.proc_macro),
        ("library", published.library, original.library),
        ("features", _plain(published.features), _plain(original.features)),
    ]
    found = [what for what, one, other in pairs if one != other]
    found += [f"program {path}" for path in sorted(published.programs - original.programs)]
    found += _different_dependencies(published.of_kind("normal", "build"), original.of_kind("normal", "build"))
    return (*found, *(f"{what} of the workspace is not known" for what in original.untaken))


def disagreements_with_index(manifest: Manifest, line: Line) -> tuple[str, ...]:
    """What a manifest and its line of the index tell differently."""
    listed = sorted((normal_form(d) for d in line.dependencies if d.kind != "dev"), key=_order)
    found = [] if _plain(manifest.features) == _plain(line.features) else ["features"]
    found += [] if manifest.links == line.links else ["links"]
    return (*found, *_different_dependencies(manifest.of_kind("normal", "build"), tuple(listed)))


def _different_dependencies(one: tuple[Dependency, ...], other: tuple[Dependency, ...]) -> list[str]:
    return [f"dependency {name}" for name in sorted({d.name for d in set(one) ^ set(other)})]


def _plain(features: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(set(values))) for name, values in features.items()}


def _order(dependency: Dependency) -> tuple[str, ...]:
    return dependency.kind, dependency.name, dependency.target, dependency.package, dependency.requirement


# --- reading


def _dependencies(tables: Table, shared: Table, untaken: list[str]) -> Iterator[Dependency]:
    places: list[tuple[str, Table]] = [("", tables)]
    targets = _table(tables, "target")
    places += [(target, _table(targets, target)) for target in targets]
    for target, place in places:
        for key, kind in _KINDS:
            for name, value in _table(place, key).items():
                yield _dependency(name, value, kind, target, shared, untaken)


def _dependency(name: str, value: object, kind: str, target: str, shared: Table, untaken: list[str]) -> Dependency:
    own: Table = cast("dict[str, Any]", value) if isinstance(value, dict) else {"version": value}
    base: Table = {}
    if own.get("workspace") is True:
        given = shared.get(name)
        base = cast("dict[str, Any]", given) if isinstance(given, dict) else {"version": given}
        if given is None:
            untaken.append(f"dependency {name}")
    fields = {**base, **{key: v for key, v in own.items() if key not in ("workspace", "features")}}
    return Dependency(
        name,
        _text(fields.get("package")) or name,
        _text(fields.get("version")) or "*",
        kind,
        own.get("optional") is True,
        target,
        _text(fields.get("registry-index")) or _text(fields.get("registry")),
        (*_texts(base.get("features")), *_texts(own.get("features"))),
        _default_features(own, base),
    )


def _default_features(own: Table, base: Table) -> bool:
    """Off when the workspace says so, unless the member says otherwise; alone the dependency's own word counts."""
    told = [t.get(key) for t in (own, base) for key in ("default-features", "default_features") if key in t]
    return True if not told else told[0] is not False


def _build_script(value: object, members: Collection[str]) -> str:
    if value is False:
        return ""
    if isinstance(value, str):
        return posixpath.normpath(value)
    if isinstance(value, list):  # several build scripts, in an unstable form
        return " ".join(posixpath.normpath(item) for item in _texts(value))
    return "build.rs" if "build.rs" in members else ""


def _library(library: Table, tables: Table, members: Collection[str]) -> str:
    told = _text(library.get("path"))
    if told:
        return posixpath.normpath(told)
    return "src/lib.rs" if "src/lib.rs" in members or "lib" in tables else ""


def _programs(tables: Table, package: Table, members: Collection[str]) -> Iterator[str]:
    """Paths of programs: the ones that are written out, and those found where cargo looks for them."""
    listed = tables.get("bin")
    for entry in listed if isinstance(listed, list) else ():
        fields: Table = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        path, name = _text(fields.get("path")), _text(fields.get("name"))
        guessed = (f"src/bin/{name}.rs", f"src/bin/{name}/main.rs", "src/main.rs")
        if path:
            yield posixpath.normpath(path)
        elif name:
            yield from [place for place in guessed if place in members][:1]
    if package.get("autobins") is not False:
        yield from (path for path in members if _is_program(path))


def _is_program(path: str) -> bool:
    parts = path.split("/")
    if path == "src/main.rs":
        return True
    inside = parts[:2] == ["src", "bin"] and path.endswith(".rs")
    return inside and (len(parts) == 3 or (len(parts) == 4 and parts[3] == "main.rs"))


def _named_file(value: object, *, inherited: bool) -> str:
    """A path as the manifest names it; one that the workspace names lies below its root (`/` in front)."""
    text = _text(value)
    return f"/{text}" if text and inherited else text


def _inherits(value: object) -> bool:
    return isinstance(value, dict) and cast("dict[str, Any]", value).get("workspace") is True


def _table(tables: Table, key: str) -> dict[str, Any]:
    found = tables.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: object) -> tuple[str, ...]:
    return tuple(v for v in values if isinstance(v, str)) if isinstance(values, list) else ()
