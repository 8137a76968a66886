"""The configuration: where to look, whom to expect, which policy. No thresholds here.

Read from a file that is named, else `supplytrust.toml`, else `[tool.supplytrust]` of `pyproject.toml`.
Unknown keys are errors, all problems are told at once, relative paths count from the file's own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from supplytrust.appraisal.policies import tables
from supplytrust.appraisal.policies.tables import purl_problem
from supplytrust.errors import ConfigError
from supplytrust.formats.toml_fields import Document, Table, UnreadableFileError, read_bytes
from supplytrust.model.policy import (
    CacheSettings,
    Clone,
    ForgeHost,
    ForgeSettings,
    Publisher,
    Rebuilder,
    Settings,
    Vendor,
)

OWN_FILE = "supplytrust.toml"
SHARED_FILE = "pyproject.toml"
NO_SERVICE = "none"
MAX_TARGETS = 1000
PURL_TYPE = r"[a-z][a-z0-9.+-]{0,31}"
CREV_ID = r"[A-Za-z0-9_-]{43}"
FORGES = ("github", "gitlab", "gitea")
HOST = r"[a-z0-9][a-z0-9.-]{0,252}(:[0-9]{1,5})?"
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
OWNER_AND_NAME = r"[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100}){1,9}"


def load(path: Path) -> Settings:
    """The configuration in this file; `ConfigError` names everything that is wrong with it.

    A `pyproject.toml` must have a table `[tool.supplytrust]` when it is named.
    """
    document = _document(path)
    table = _table_of_pyproject(document) if path.name == SHARED_FILE else document.root
    if table is None:
        raise ConfigError(f"'{path}' has no table [tool.supplytrust]", hint="add it, or name another file")
    return _finish_settings(document, table, path.absolute().parent)


def find(start: Path) -> Settings:
    """The nearest configuration (see `locate`), the defaults when there is none; raises like `load`."""
    path = locate(start)
    return load(path) if path else Settings()


def locate(start: Path) -> Path | None:
    """The configuration file that counts in a folder, None when there is none.

    Looks into `start`, then upwards to the root of the repository (the folder that holds `.git`). Outside
    a repository only `start` counts: a folder above may belong to someone else.
    """
    folder = start.absolute()
    above = [folder, *folder.parents]
    roots = [n for n, parent in enumerate(above) if (parent / ".git").exists()]
    for candidate in above[: roots[0] + 1 if roots else 1]:
        own, shared = candidate / OWN_FILE, candidate / SHARED_FILE
        if own.exists():
            return own
        if shared.exists() and _table_of_pyproject(_document(shared)) is not None:
            return shared
    return None


def targets(path: Path | None, start: Path) -> tuple[str, ...]:
    """What `[audit]` of this file names (None: of the nearest one), for an audit that is given no targets.

    Paths count from the file's folder; `*`, `?` and `**` stand for files, and a pattern that finds none is a problem,
    so that a project that moved is not left out in silence. Purls are as they stand. () when nothing is named.
    """
    found = path or locate(start)
    if found is None:
        return ()
    load(found)
    document = _document(found)
    top = (_table_of_pyproject(document) if found.name == SHARED_FILE else document.root) or document.root
    table = top.table("audit")
    named = [_expand_paths(table, text, found.absolute().parent) for text in _audit(table)]
    _raise(document)
    return tuple(dict.fromkeys(one for several in named for one in several))


def _audit(table: Table) -> tuple[str, ...]:
    named = table.texts("targets", hint='an array such as ["*/uv.lock"]')
    if "targets" in table and not named:
        table.problem("targets", "'targets' names nothing", 'an array such as ["*/uv.lock"]')
    table.close()
    return named


def _expand_paths(table: Table, text: str, folder: Path) -> list[str]:
    if text.startswith("pkg:"):
        return [text]
    if not set("*?[") & set(text):
        return [str(folder / text)]
    pattern = Path(text)
    try:
        several = sorted(islice(folder.glob(str(pattern)), MAX_TARGETS + 1))
    except (OSError, ValueError, NotImplementedError) as error:  # pathlib: absolute patterns are not implemented
        table.problem("targets", f"'{text}': {error}", "a pattern below the folder of this file")
        return []
    if not several:
        table.problem("targets", f"'{text}' finds no file in {folder}", "a pattern below the folder of this file")
    if len(several) > MAX_TARGETS:
        table.problem("targets", f"'{text}' finds more than {MAX_TARGETS} files")
    return [str(one) for one in several]


def _document(path: Path) -> Document:
    try:
        document = Document(read_bytes(path), path.name)
    except UnreadableFileError as error:
        raise ConfigError(error.text, hint=error.hint) from error
    _raise(document)
    return document


def _raise(document: Document) -> None:
    if document.problems:
        raise ConfigError(
            "; ".join(str(p) for p in document.problems), hint="see the documentation of the configuration"
        )


def _table_of_pyproject(document: Document) -> Table | None:
    tool = document.root.table("tool")
    return tool.table("supplytrust") if "supplytrust" in tool else None


def _finish_settings(document: Document, table: Table, folder: Path) -> Settings:
    settings = _settings(table, folder)
    _raise(document)
    return settings


def _settings(top: Table, folder: Path) -> Settings:
    advisories, root, given = top.table("advisories"), top.table("trust-root"), top.table("assurances")
    repositories, clones = _repositories(top.table("repository"), folder)
    settings = Settings(
        policy=_policy(top, folder),
        trustor=top.text("trustor", limit=400),
        index=_indexes(top.table("index")),
        repository=repositories,
        clones=clones,
        osv=_path(advisories, "osv", folder),
        advisory_service=_service(advisories),
        sigstore_root=_path(root, "sigstore", folder),
        registry_keys=_path(root, "registry-keys", folder),
        publisher=_publishers(top.table("publisher")),
        cargo_vet=_paths(given, "cargo-vet", folder),
        audits=_paths(given, "audits", folder),
        crev=_paths(given, "crev", folder),
        crev_ids=_crev_ids(given),
        oss_fuzz=_path(given, "oss-fuzz", folder),
        endorsements=_paths(given, "endorsements", folder),
        layouts=_paths(given, "layouts", folder),
        attestations=_paths(given, "attestations", folder),
        purpose=_purposes(top.table("purpose")),
        forge=_forge(top.table("forge"), folder),
        vendors=_vendors(top.table("vendors"), folder),
        rebuilders=_rebuilders(top.table("rebuilders"), folder),
        cache=_cache(top.table("cache"), folder),
    )
    _audit(top.table("audit"))
    for table in (advisories, root, given, top):
        table.close()
    return settings


def _crev_ids(given: Table) -> tuple[str, ...]:
    hint = "the 43 characters of a crev id"
    listed = given.texts("crev-ids", hint=hint)
    return tuple(t for t in listed if given.as_text("crev-ids", t, form=CREV_ID, hint=hint))


def _policy(top: Table, folder: Path) -> str:
    """A shipped name stays a name; whatever looks like a file becomes a path."""
    found = top.text("policy")
    return str(folder / found) if found.endswith(".toml") or "/" in found else found


def _cache(table: Table, folder: Path) -> CacheSettings:
    default = CacheSettings()
    claims = table.choice("claims", ("keep", "none"), "keep") == "keep"
    most = table.integer("most-mib", default.most_mib, low=1, high=2**20)
    store, keys = table.text("store", limit=2000), _paths(table, "keys", folder)
    if store and not keys:
        table.problem("keys", "'store' without 'keys': nothing in it could count", 'keys = ["team.key.pub"]')
    sign = _path(table, "sign", folder)
    table.close()
    return CacheSettings(claims, most, store, keys, sign)


def _forge(table: Table, folder: Path) -> ForgeSettings:
    ask = table.choice("ask", ("token", "always", "never"), "token")
    exports, hosts = _paths(table, "export", folder), table.table("hosts")
    read = {host: _forge_host(hosts, host) for host in list(hosts.data)}
    for one in (hosts, table):
        one.close()
    return ForgeSettings(ask, exports, MappingProxyType(read))


def _forge_host(table: Table, host: str) -> ForgeHost:
    table.as_text(host, host, form=HOST, hint="a host in small letters, with its port where it has one")
    one = table.table(host)
    kind = one.choice("kind", FORGES, FORGES[-1])
    if "kind" not in one:
        one.problem("kind", "'kind' is missing", f"one of {', '.join(FORGES)}")
    token = one.text("token", form=VARIABLE, hint="the name of a variable of the environment, never the token")
    one.close()
    return ForgeHost(kind, token)


def _vendors(table: Table, folder: Path) -> Mapping[str, Vendor]:
    read = {name: _vendor(table.table(name), folder) for name in list(table.data)}
    table.close()
    return MappingProxyType(read)


def _vendor(table: Table, folder: Path) -> Vendor:
    place = table.text("list", required=True, hint="a file, or https://...", limit=4000)
    key = table.text("key", required=True, hint="the file of the vendor's public key", limit=4000)
    scope = _scope(table)
    purposes = table.choices("for", tuple(tables.PURPOSES)) if "for" in table else ("general",)
    found = Vendor(
        place if "://" in place else str(folder / place),
        *(str(folder / key), scope, purposes, table.integer("depth", 1, low=1, high=8), table.moment("until")),
        records=_path(table, "records", folder),
    )
    table.close()
    return found


def _scope(table: Table) -> tuple[str, ...]:
    scope = table.texts("scope", required=True, hint="patterns of purls without version, as pkg:TYPE/*")
    for pattern in scope:
        if not pattern.startswith("pkg:") or purl_problem(pattern.replace("*", "x"), versioned=False):
            table.problem("scope", f"'{pattern}' is no pattern of purls", "canonical, without a version, as pkg:TYPE/*")
    return scope


def _rebuilders(table: Table, folder: Path) -> Mapping[str, Rebuilder]:
    read: dict[str, Rebuilder] = {}
    for name in list(table.data):
        one = table.table(name)
        place = one.text("statements", required=True, hint="a file, a folder, or https://...{file}...", limit=4000)
        key = one.text("key", required=True, hint="the file of the rebuilder's public key", limit=4000)
        if "://" in place and not _is_template(place):
            one.problem("statements", f"'{place}' is no address with its parts", "https://.../{name}/{version}/{file}")
        read[name] = Rebuilder(place if "://" in place else str(folder / place), str(folder / key), _scope(one))
        one.close()
    table.close()
    return MappingProxyType(read)


def _is_template(place: str) -> bool:
    """An address with {file} in it, and of other parts only {type}, {name} and {version}."""
    try:
        filled = place.format_map(dict.fromkeys(("type", "name", "version", "file"), "x"))
    except (KeyError, ValueError, IndexError, AttributeError):
        return False
    return "{file}" in place and _is_web_address(filled)


def _indexes(table: Table) -> Mapping[str, str]:
    read: dict[str, str] = {}
    for key in list(table.data):
        url = table.text(key, limit=2000)
        _check_index_key(table, key)
        if url and not _is_web_address(url):
            table.problem(key, f"'{url}' is not the address of an index", "http:// or https:// and a host")
        elif url:
            read[key] = url
    table.close()
    return MappingProxyType(read)


def _check_index_key(table: Table, key: str) -> None:
    """What an index is for: a purl type, or the packages of one whose names fit a pattern."""
    from supplytrust.ecosystems import default_type

    pattern = f"pkg:{default_type()}/mine-*"
    if not key.startswith("pkg:"):
        table.as_text(
            key, key, form=PURL_TYPE, hint=f"a purl type such as '{default_type()}', or a pattern such as '{pattern}'"
        )
    elif purl_problem(key.replace("*", "x"), versioned=False):
        table.problem(key, f"'{key}' is no pattern of purls", f"canonical, without a version, as '{pattern}'")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:
        return False


def _repositories(table: Table, folder: Path) -> tuple[Mapping[str, str], Mapping[str, Clone]]:
    """Repositories that the caller vouches for, a text; and clones of those that releases declare, a table."""
    read: dict[str, str] = {}
    clones: dict[str, Clone] = {}
    for key in list(table.data):
        _package(table, key)
        if isinstance(table.data[key], dict):
            clones[key] = _clone(table.table(key), folder)
            continue
        where = table.text(key, limit=2000)
        if where.startswith("-") or "::" in where:
            table.problem(key, f"'{where}' is neither a path nor a URL", "a local path or https://...")
        elif where:
            read[key] = where if _is_remote(where) else str(folder / where)
    table.close()
    return MappingProxyType(read), MappingProxyType(clones)


def _clone(table: Table, folder: Path) -> Clone:
    hint = 'as { clone = "FOLDER", of = "https://..." }'
    path = table.text("clone", required=True, hint=hint, limit=4000)
    address = table.text("of", required=True, hint=hint, limit=2000)
    if address and not _is_web_address(address):
        table.problem("of", f"'{address}' is not a web address", hint)
    table.close()
    return Clone(str(folder / path), address)


def _is_remote(where: str) -> bool:
    """A URL, or the short form of ssh (`user@host:path`)."""
    return "://" in where or ("@" in where and ":" in where.split("@", 1)[1])


def _publishers(table: Table) -> Mapping[str, Publisher]:
    read = {key: _publisher(table, key) for key in list(table.data)}
    table.close()
    return MappingProxyType(read)


def _publisher(table: Table, key: str) -> Publisher:
    _package(table, key)
    one = table.table(key)
    issuer = one.text("issuer", required=True, hint="the address of the identity provider; it is always compared")
    if issuer and not _is_web_address(issuer):
        one.problem("issuer", f"'{issuer}' is not a web address", "as https://token.actions.githubusercontent.com")
    repository = one.text("repository", form=OWNER_AND_NAME, hint='as "owner/name"')
    workflow = one.text("workflow")
    one.close()
    return Publisher(issuer, repository, workflow)


def _purposes(table: Table) -> Mapping[str, str]:
    read: dict[str, str] = {}
    for key in list(table.data):
        _package(table, key)
        read[key] = table.choice(key, tables.PURPOSES, "general")
    table.close()
    return MappingProxyType(read)


def _package(table: Table, key: str) -> None:
    wrong = purl_problem(key, versioned=False)
    if wrong:
        table.problem(key, wrong.text, wrong.hint)


def _service(table: Table) -> str:
    """An address, or `none`; the empty text leaves the choice to the source."""
    found = table.text("service", limit=2000)
    if found and found != NO_SERVICE and not _is_web_address(found):
        table.problem("service", f"'{found}' is not a web address", f"https://... of an OSV service, or '{NO_SERVICE}'")
    return found


def _path(table: Table, key: str, folder: Path) -> str:
    found = table.text(key, limit=4000)
    return str(folder / found) if found else ""


def _paths(table: Table, key: str, folder: Path) -> tuple[str, ...]:
    return tuple(str(folder / found) for found in table.texts(key, hint="an array of file names"))
