"""Dated environments with pip: it is shown an index on this machine that lists only what was there at the
cut-off.

The listing is our own reading of the configured index; files are fetched by us, checked against their
listed digest, and handed on. Simple API:
https://packaging.python.org/specifications/simple-repository-api/.
"""

from __future__ import annotations

import hashlib
import html
import importlib.util
import json
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from supplytrust.ecosystems import pypi
from supplytrust.ecosystems.pypi.files import IndexFile
from supplytrust.ecosystems.pypi.rebuild.environment import Environment, UnresolvedError
from supplytrust.errors import NotFoundError, OfflineError, SourceError, UnreachableError
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import run
from supplytrust.model.claims.rebuild import BuildRequirement
from supplytrust.model.subject import Subject

OPTIONS: Final = (
    *("--isolated", "--disable-pip-version-check", "--no-input", "--quiet", "--no-compile", "--no-cache-dir"),
    *("--only-binary", ":all:", "--ignore-installed", "--upgrade"),
)
PIP: Final = Path(__file__).with_name("pip_for_python.py")


def present() -> bool:
    """Whether our own interpreter has pip."""
    return importlib.util.find_spec("pip") is not None


class _Listing:
    """What was on the index at the cut-off: pages of wheels, and the wheels themselves."""

    def __init__(self, world: CollectContext, cut_off: datetime) -> None:
        self._world, self._cut_off = world, cut_off
        self.unanswered: SourceError | None = None
        self.files: dict[str, tuple[str, IndexFile]] = {}

    def page(self, name: str) -> bytes:
        """The project's page with every wheel uploaded by the cut-off; without an upload time none is."""
        links = []
        for file in pypi.index_files(name, self._world):
            uploaded = file.uploaded_at
            if file.yanked or not file.sha256 or not file.file_name.endswith(".whl"):
                continue
            if uploaded is not None and uploaded <= self._cut_off:
                self.files[file.file_name] = (name, file)
                python = f' data-requires-python="{html.escape(file.requires_python)}"'
                target = f"/files/{quote(file.file_name)}#sha256={file.sha256}"
                links.append(f'<a href="{target}"{python}>{html.escape(file.file_name)}</a>')
        return ("<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>").encode()

    def wheel(self, file_name: str) -> bytes:
        """A listed wheel with its listed digest."""
        name, file = self.files[file_name]
        subject = Subject(f"pkg:pypi/{name}@{file.version}", "pypi", name, str(file.version))
        data = pypi.fetch(subject, file.artifact(), self._world)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise NotFoundError(f"{file_name} does not have its listed digest")
        return data

    def answer(self, path: str) -> tuple[bytes, str] | None:
        """Body and content type of a path; None when there is no such thing."""
        kind, _, rest = unquote(path).strip("/").partition("/")
        try:
            if kind == "simple":
                return self.page(canonicalize_name(rest)), "text/html"
            return (self.wheel(rest), "application/octet-stream") if kind == "files" else None
        except (UnreachableError, OfflineError) as error:
            self.unanswered = error
        except (SourceError, KeyError):
            pass
        return None


@contextmanager
def _serve_listing(listing: _Listing) -> Iterator[str]:
    """The listing on a port of this machine; answers the index address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server calls
            found = listing.answer(self.path.partition("?")[0])
            self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
            body, kind = found or (b"", "text/plain")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple/"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Pip:
    """Resolves and installs through the dated listing; its report says which wheel was taken."""

    world: CollectContext
    NAME = "pip"

    def install(
        self, requires: Iterable[str], environment: Environment, cut_off: datetime
    ) -> tuple[BuildRequirement, ...]:
        """See `environment.Installer`."""
        wanted = tuple(requires)
        if not wanted:
            return ()
        listing = _Listing(self.world, cut_off)
        report = environment.folder / "report.json"
        source = environment.folder / "requirements.in"
        source.write_text("".join(f"{line}\n" for line in wanted), encoding="utf-8")
        with _serve_listing(listing) as index:
            ran = run.run(
                [
                    *(sys.executable, "-I", str(PIP), json.dumps(environment.python.markers()), "install", *OPTIONS),
                    *("--index-url", index, "--report", str(report), "--target", str(environment.packages)),
                    *("--python-version", environment.python.release, "--implementation", "cp"),
                    *("--abi", "cp" + environment.python.series.replace(".", ""), "-r", str(source)),
                ],
                timeout=240,
            )
        if listing.unanswered:
            raise listing.unanswered
        if ran.status:
            said = " ".join(ran.err.decode("utf-8", "replace").split())
            raise UnresolvedError(said[-300:], words=said)
        return _read_report(report, listing)


def _read_report(report: Path, listing: _Listing) -> tuple[BuildRequirement, ...]:
    """The installation report (https://pip.pypa.io/en/stable/reference/installation-report/) as
    requirements.
    """
    found = []
    for item in json.loads(report.read_text(encoding="utf-8"))["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        sha256 = item["download_info"]["archive_info"]["hashes"]["sha256"]
        file = next((f for _, f in listing.files.values() if f.sha256 == sha256), None)
        if file is None:
            raise UnresolvedError(f"{name} {version} was not taken from the dated listing")
        found.append(BuildRequirement(canonicalize_name(name), version, sha256, file.uploaded_at))
    return tuple(sorted(found, key=lambda r: (r.name, r.version)))
