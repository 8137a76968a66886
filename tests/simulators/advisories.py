"""Advisories as databases write them, in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from packageurl.validate import DEFINITIONS_BY_TYPE

RUST = DEFINITIONS_BY_TYPE["cargo"].default_repository_url.rstrip("/").rpartition("/")[2]  # as OSV spells it


def osv(
    identity: str,
    package: str = "demo",
    *events: tuple[str, str],
    ecosystem: str = "PyPI",
    aliases: Sequence[str] = (),
    published: str = "2025-01-10T00:00:00Z",
    versions: Sequence[str] = (),
    scheme: str = "ECOSYSTEM",
    **more: object,
) -> dict[str, object]:
    """An OSV record with one range of these events (kind, version); none: only listed versions."""
    ranges = [{"type": scheme, "events": [{kind: version} for kind, version in events]}] if events else []
    part = {"package": {"name": package, "ecosystem": ecosystem}, "ranges": ranges, "versions": list(versions)}
    fields = {"id": identity, "aliases": list(aliases), "published": published, "modified": published}
    return {**fields, "affected": [part], **more}


def rustsec(
    identity: str, package: str, *, patched: Sequence[str] = (), unaffected: Sequence[str] = (), **fields: object
) -> str:
    """A RustSec file: TOML in Markdown."""
    rows = {"id": identity, "package": package, "date": "2025-01-10", **fields}
    head = "\n".join(f"{key} = {json.dumps(value)}" for key, value in rows.items())
    tail = f"patched = {json.dumps(list(patched))}\nunaffected = {json.dumps(list(unaffected))}"
    return f"```toml\n[advisory]\n{head}\n\n[versions]\n{tail}\n```\n\n# A defect in {package}\n\nIt is told here.\n"


class Service:
    """An OSV look-up service on 127.0.0.1: `pages` are answered one after the other to every first question."""

    def __init__(self, *pages: Mapping[str, object], status: int = 200, body: bytes | None = None) -> None:
        self.questions: list[dict[str, object]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.questions.append({"path": self.path, **asked})
                number = int(str(asked.get("page_token", "0")))
                data = body if body is not None else json.dumps(pages[number] if pages else {}).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
