"""A registry of JavaScript packages on 127.0.0.1, and tarballs as the client packs them of a commit.

    past = Past("demo")
    past.release("1.0.0", day(0), {"index.js": "module.exports = 1\\n"})
    path = past.build(tmp_path / "repo")
    with registry([past]) as running:
        settings = Settings(index={"npm": running.url})

Everything is inert text and none of it ever runs. `running.quirks` may be changed while it runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from simulators.index import tarred
from simulators.repository import Repository

FORGE = "https://forge.example.org/demo/demo"
Body = str | bytes


def manifest(name: str, version: str, **fields: object) -> dict[str, object]:
    """A package.json as its author writes it."""
    plain: dict[str, object] = {
        "name": name,
        "version": version,
        "description": "made for a test",
        "license": "MIT",
        "main": "index.js",
        "repository": {"type": "git", "url": f"git+{FORGE}.git"},
    }
    return {**plain, **fields}


def packed(files: Mapping[str, Body], root: str = "package") -> bytes:
    """The tarball of these files."""
    return tarred({f"{root}/{path}": body.encode() if isinstance(body, str) else body for path, body in files.items()})


@dataclass(frozen=True)
class Published:
    """A release at the registry. `told` overrules fields of its entry in the document."""

    name: str
    version: str
    data: bytes
    at: datetime | None
    manifest: Mapping[str, object]
    told: Mapping[str, object] = field(default_factory=dict)

    @property
    def integrity(self) -> str:
        return "sha512-" + base64.b64encode(hashlib.sha512(self.data).digest()).decode()

    @property
    def file_name(self) -> str:
        return f"{self.name.rpartition('/')[2]}-{self.version}.tgz"


@dataclass
class Past:
    """The releases of one package and the repository they come from: one commit and one tag a release."""

    name: str
    folder: str = ""
    author: str = "Ann Author"
    repository: Repository = field(default_factory=Repository)
    releases: list[Published] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def release(
        self,
        version: str,
        at: datetime,
        files: Mapping[str, Body] | None = None,
        *,
        tag: str | None = "",
        extra: Mapping[str, Body | None] | None = None,
        changed: Mapping[str, object] | None = None,
        commit: bool = True,
        told: Mapping[str, object] | None = None,
        **fields: object,
    ) -> Published:
        """A release: its tree is committed and tagged (`tag` None: not), then packed and published.

        `extra` overrules files of the tarball only, `changed` fields of its package.json only; `commit` False: the
        repository does not know it. `told` is what only the registry's document says.
        """
        own = manifest(self.name, version, **fields)
        tree: dict[str, Body] = {"index.js": f"module.exports = {version!r}\n", "README.md": f"# {self.name}\n"}
        tree |= {**dict(files or {}), "package.json": json.dumps(own, indent=2)}
        if commit:
            where = f"{self.folder}/" if self.folder else ""
            self.repository.commit(self.author, at, {where + path: body for path, body in tree.items()}, version)
            if tag is not None:
                self.repository.tag(tag or f"v{version}", self.author, at)
        shipped = {**own, **dict(changed or {})}
        members: dict[str, Body | None] = {**tree, "package.json": json.dumps(shipped, indent=2), **dict(extra or {})}
        data = packed({path: body for path, body in members.items() if body is not None})
        made = Published(self.name, version, data, at, shipped, told or {})
        self.releases.append(made)
        self.tags["latest"] = version
        return made

    def build(self, path: Path) -> Path:
        """Write the repository."""
        self.repository.build(path)
        return path


class Registry:
    """A running registry. `raw` answers documents as they stand there; `requests` lists the paths that were asked."""

    def __init__(self, packages: Sequence[Past]) -> None:
        self.packages = {past.name: past for past in packages}
        self.raw: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.sign: Callable[[str], list[dict[str, str]]] | None = None  # signatures over `name@version:integrity`
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> bytes | None:
        """The body for a path; None: not found."""
        self.requests.append(path)
        name, _, file = unquote(path).strip("/").partition("/-/")
        past = self.packages.get(name)
        if name in self.raw and not file:
            return self.raw[name]
        if past is None:
            return None
        if file:
            return next((one.data for one in past.releases if one.file_name == file), None)
        return json.dumps(self.document(past)).encode()

    def document(self, past: Past) -> dict[str, object]:
        """The document about a package."""
        times = {one.version: f"{one.at:%Y-%m-%dT%H:%M:%S.000Z}" for one in past.releases if one.at}
        versions = {one.version: {**one.manifest, "dist": self._dist(one), **one.told} for one in past.releases}
        return {"_id": past.name, "name": past.name, "dist-tags": past.tags, "versions": versions, "time": times}

    def _dist(self, one: Published) -> dict[str, object]:
        tarball = f"{self.url}{one.name}/-/{one.file_name}"
        signed = self.sign(f"{one.name}@{one.version}:{one.integrity}") if self.sign else None
        digests = {"integrity": one.integrity, "shasum": hashlib.sha1(one.data).hexdigest()}  # noqa: S324
        return {**digests, "tarball": tarball, **({"signatures": signed} if signed is not None else {})}


def _handler(served: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.answer(self.path.partition("?")[0])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None: ...

    return Handler


@contextmanager
def registry(packages: Sequence[Past]) -> Iterator[Registry]:
    """A registry that runs while the block does."""
    running = Registry(packages)
    running.start()
    try:
        yield running
    finally:
        running.stop()
