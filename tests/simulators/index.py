"""A package index on 127.0.0.1, built from declared projects; and builders of honest wheels and sdists.

    project = Project("demo", [Release("1.0", [wheel("demo", "1.0"), sdist("demo", "1.0")])])
    with serving([project]) as index:
        settings = Settings(index={"pypi": index.url})

Everything is made in memory. `Quirks` gives the index the faults of real ones; `index.projects` may be
changed while it runs, `index.requests` lists the paths that were asked.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

from packaging.utils import canonicalize_name
from packaging.version import Version

LONG_AGO = datetime(2024, 1, 1, 12, tzinfo=UTC)
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


# --- artifacts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A file of a release. `at`: upload time; `listed_sha256`: what the index says, if not the truth."""

    name: str
    data: bytes
    at: datetime | None = None
    yanked: str | None = None
    listed_sha256: str | None = None
    provenance: Mapping[str, object] | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def metadata(name: str, version: str, requires: Sequence[str] = (), links: Mapping[str, str] | None = None) -> str:
    """A METADATA or PKG-INFO text."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: made for a test"]
    lines += [f"Requires-Dist: {r}" for r in requires]
    lines += [f"Project-URL: {label}, {url}" for label, url in (links or {}).items()]
    return "\n".join(lines) + "\n\nA package.\n"


def wheel(
    name: str,
    version: str,
    files: Mapping[str, str | bytes] | None = None,
    *,
    requires: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
    record: bool = True,
    **options: object,
) -> File:
    """A wheel with WHEEL, METADATA and a correct RECORD (unless `record` is False). `options` as of File."""
    module = name.replace("-", "_")
    folder = f"{module}-{version}.dist-info"
    pure = str(tag.endswith("none-any")).lower()
    members = {path: _bytes(text) for path, text in (files or default_files(name, version)).items()}
    members[f"{folder}/METADATA"] = metadata(name, version, requires, links).encode()
    members[f"{folder}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: flit 3.9.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode()
    )
    if record:
        members[f"{folder}/RECORD"] = _record(members, f"{folder}/RECORD")
    return File(f"{module}-{version}-{tag}.whl", zipped(members), **options)  # type: ignore[arg-type]


def sdist(
    name: str,
    version: str,
    files: Mapping[str, str | bytes] | None = None,
    *,
    requires: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
    backend: str = "flit_core.buildapi",
    build_requires: Sequence[str] = ("flit_core >=3.9,<4",),
    **options: object,
) -> File:
    """A source distribution (tar.gz) with PKG-INFO and, unless `backend` is '', a pyproject.toml."""
    root = f"{name.replace('-', '_')}-{version}"
    members = {path: _bytes(text) for path, text in (files or default_files(name, version)).items()}
    members["PKG-INFO"] = metadata(name, version, requires, links).encode()
    if backend and "pyproject.toml" not in members:
        requirements = json.dumps(list(build_requires))
        members["pyproject.toml"] = (
            f'[build-system]\nrequires = {requirements}\nbuild-backend = "{backend}"\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\ndescription = "made for a test"\n'
        ).encode()
    return File(f"{root}.tar.gz", tarred({f"{root}/{path}": data for path, data in members.items()}), **options)  # type: ignore[arg-type]


def default_files(name: str, version: str) -> dict[str, str | bytes]:
    """A small package with one module."""
    module = name.replace("-", "_")
    return {
        f"{module}/__init__.py": f'"""{name}"""\n__version__ = "{version}"\n',
        f"{module}/core.py": "def add(a, b):\n    return a + b\n",
    }


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A plain zip: deflated, one time stamp, Unix modes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes]) -> bytes:
    """A plain tar.gz, the same bytes for the same members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in members.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _record(members: Mapping[str, bytes], own: str) -> bytes:
    def row(path: str, data: bytes) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(data)}"

    return "\n".join([*(row(path, data) for path, data in members.items()), f"{own},,", ""]).encode()


# --- projects --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    """A version with its files; `at` is the upload time of files that have none of their own."""

    version: str
    files: Sequence[File]
    at: datetime = LONG_AGO
    info: Mapping[str, object] = field(default_factory=dict)  # over what is derived for the JSON API
    vulnerabilities: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True)
class Project:
    """A project, releases oldest first; those without a day of their own came a month apart, the last `LONG_AGO`.

    `owners` None: the JSON API has no `ownership` at all.
    """

    name: str
    releases: Sequence[Release]
    owners: Sequence[str] | None = ("alice", "bob")
    organization: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    requires: Sequence[str] = ()

    def __post_init__(self) -> None:
        last = len(self.releases) - 1
        spaced = [
            replace(r, at=LONG_AGO - (last - n) * timedelta(days=30)) if r.at is LONG_AGO and n < last else r
            for n, r in enumerate(self.releases)
        ]
        object.__setattr__(self, "releases", spaced)


def history(name: str, *versions: str, every: timedelta = timedelta(days=30), **options: object) -> Project:
    """An honest project: each version a wheel and a sdist, uploaded at a steady pace from `LONG_AGO` on."""
    releases = [Release(v, [wheel(name, v), sdist(name, v)], LONG_AGO + n * every) for n, v in enumerate(versions)]
    return Project(name, releases, **options)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Quirks:
    """Faults of an index. `status`: path prefix to the status it is answered with; `slow`: seconds per answer."""

    html: bool = False  # the Simple API as HTML only
    relative: bool = False  # file URLs relative to the page
    upload_times: bool = True
    sizes: bool = True
    json_api: bool = True
    versioned_json: bool = True
    html_for_missing: bool = False  # a friendly page with status 200 instead of 404
    garbage: Sequence[str] = ()  # path prefixes answered with broken JSON
    status: Mapping[str, int] = field(default_factory=dict)
    slow: float = 0.0
    hold: Sequence[str] = ()  # path prefixes that are not answered as long as they stand here
    truncate: Sequence[str] = ()  # names of files of which only the first half is sent


class Index:
    """A running index. `url` is the base of its Simple API."""

    def __init__(self, projects: Sequence[Project], quirks: Quirks) -> None:
        self.projects = {canonicalize_name(p.name): p for p in projects}
        self.quirks = quirks
        self.requests: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.root}/simple/"
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, accept: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path."""
        self.requests.append(path)
        time.sleep(self.quirks.slow)
        while any(path.startswith(prefix) for prefix in self.quirks.hold) and not self._stopped.wait(0.01):
            pass
        for prefix, status in self.quirks.status.items():
            if path.startswith(prefix):
                return status, "text/plain", b"no"
        if any(path.startswith(prefix) for prefix in self.quirks.garbage):
            return 200, "application/json", b'{"info": [1, 2'
        found = self._found(path.strip("/").split("/"), accept)
        if found is not None:
            return 200, *found
        if self.quirks.html_for_missing:
            return 200, "text/html", b"<!doctype html><p>Welcome to the mirror.</p>"
        return 404, "text/plain", b"not found"

    def _found(self, parts: list[str], accept: str) -> tuple[str, bytes] | None:
        project = self.projects.get(parts[1]) if len(parts) > 1 else None
        if project is None:
            return None
        match parts:
            case ["simple", _]:
                as_html = self.quirks.html or SIMPLE_JSON not in accept
                return self._simple_html(project) if as_html else self._simple_json(project)
            case ["pypi", _, "json"]:
                return self._document(project, _newest(project), every=True)
            case ["pypi", _, version, "json"] if self.quirks.versioned_json:
                release = next((r for r in project.releases if r.version == version), None)
                return self._document(project, release, every=False) if release else None
            case ["files", _, name]:
                return self._file(project, name)
            case ["provenance", _, name]:
                return self._provenance(project, name)
        return None

    def _file(self, project: Project, name: str) -> tuple[str, bytes] | None:
        file = next((f for r in project.releases for f in r.files if f.name == name), None)
        if file is None:
            return None
        half = name in self.quirks.truncate
        return "application/octet-stream", file.data[: len(file.data) // 2] if half else file.data

    def _provenance(self, project: Project, name: str) -> tuple[str, bytes] | None:
        file = next((f for r in project.releases for f in r.files if f.name == name), None)
        if file is None or file.provenance is None:
            return None
        return "application/vnd.pypi.integrity.v1+json", json.dumps(file.provenance).encode()

    def _url(self, project: Project, file: File) -> str:
        path = f"files/{canonicalize_name(project.name)}/{quote(file.name)}"
        return f"../../{path}" if self.quirks.relative else f"{self.root}/{path}"

    def _simple_json(self, project: Project) -> tuple[str, bytes]:
        files = [self._simple_entry(project, r, f) for r in project.releases for f in r.files]
        versions = [r.version for r in project.releases]
        document = {"meta": {"api-version": "1.3"}, "name": project.name, "files": files, "versions": versions}
        return SIMPLE_JSON, json.dumps(document).encode()

    def _simple_entry(self, project: Project, release: Release, file: File) -> dict[str, object]:
        entry: dict[str, object] = {
            "filename": file.name,
            "url": self._url(project, file),
            "hashes": {"sha256": _listed(file)} if _listed(file) else {},
            "yanked": False if file.yanked is None else file.yanked or True,
            "provenance": self._provenance_url(project, file),
        }
        if self.quirks.upload_times:
            entry["upload-time"] = _stamp(file.at or release.at)
        if self.quirks.sizes:
            entry["size"] = len(file.data)
        return entry

    def _provenance_url(self, project: Project, file: File) -> str | None:
        return f"{self.root}/provenance/{canonicalize_name(project.name)}/{file.name}" if file.provenance else None

    def _simple_html(self, project: Project) -> tuple[str, bytes]:
        links = [self._anchor(project, r, f) for r in project.releases for f in r.files]
        page = f"<!DOCTYPE html><html><body><h1>Links for {project.name}</h1>{''.join(links)}</body></html>"
        return "text/html; charset=utf-8", page.encode()

    def _anchor(self, project: Project, release: Release, file: File) -> str:
        data = {"upload-time": _stamp(file.at or release.at)} if self.quirks.upload_times else {}
        data |= {"yanked": file.yanked} if file.yanked is not None else {}
        where = self._provenance_url(project, file)
        data |= {"provenance": where} if where else {}
        attributes = "".join(f' data-{key}="{html.escape(value)}"' for key, value in data.items())
        digest = f"#sha256={_listed(file)}" if _listed(file) else ""
        return f'<a href="{self._url(project, file)}{digest}"{attributes}>{html.escape(file.name)}</a><br>\n'

    def _document(self, project: Project, release: Release, *, every: bool) -> tuple[str, bytes] | None:
        if not self.quirks.json_api:
            return None
        document: dict[str, object] = {
            "info": {
                "name": project.name,
                "version": release.version,
                "summary": "made for a test",
                "license": "MIT",
                "requires_python": ">=3.9",
                "requires_dist": list(project.requires),
                "project_urls": dict(project.links) or None,
                "home_page": None,
                "author": "Alice",
                "maintainer": None,
                "classifiers": [],
                "yanked": False,
                **release.info,
            },
            "urls": [_entry(release, f) for f in release.files],
            "vulnerabilities": list(release.vulnerabilities),
        }
        if project.owners is not None:
            roles = [{"role": "Owner", "user": user} for user in project.owners]
            document["ownership"] = {"organization": project.organization, "roles": roles}
        if every:
            document["releases"] = {r.version: [_entry(r, f) for f in r.files] for r in project.releases}
        return "application/json", json.dumps(document).encode()


def _newest(project: Project) -> Release:
    """The release that the project's document describes: the newest final one that is not yanked."""
    usable = [r for r in project.releases if any(f.yanked is None for f in r.files)]
    finals = [r for r in usable if not Version(r.version).is_prerelease]
    return (finals or usable or project.releases)[-1]


def _listed(file: File) -> str:
    return file.sha256 if file.listed_sha256 is None else file.listed_sha256


def _entry(release: Release, file: File) -> dict[str, object]:
    return {
        "filename": file.name,
        "digests": {"sha256": _listed(file)},
        "size": len(file.data),
        "upload_time_iso_8601": _stamp(file.at or release.at),
        "yanked": file.yanked is not None,
        "yanked_reason": file.yanked or None,
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no event; anything else is told as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, kind, body = index.answer(self.path.partition("?")[0], self.headers.get("Accept", ""))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                with suppress(ConnectionError):  # the client has gone
                    self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@contextmanager
def serving(projects: Sequence[Project], quirks: Quirks | None = None) -> Iterator[Index]:
    """Run an index for the length of a `with` block."""
    index = Index(projects, quirks or Quirks())
    index.start()
    try:
        yield index
    finally:
        index.stop()
