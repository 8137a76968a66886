"""Real git repositories from a few declarations, written by `git fast-import` in milliseconds.

    sim = Repository()
    sim.commit("Ann Author", day(0), {"src/a.py": "a = 1\n"}, "start")
    sim.commit("Bob", day(3), {"m4/x.m4": "x"}, "more", committer="Ann Author")
    sim.tag("v1.0", "Ann Author", day(4), key="A" * 40)
    path = sim.build(tmp_path / "repo")

Every name is a person `Name <name@example.org>` unless it is written with an address. `key` puts a signature
packet into the tag that names this key and signs nothing.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2015, 1, 1, tzinfo=UTC)
WEB = "GitHub <noreply@github.com>"
NOBODY = "no-home-of-git"  # beside whatever repository is worked in; git takes what is not there for empty


def day(count: float) -> datetime:
    """So many days after START."""
    return START + timedelta(days=count)


def git(path: Path, *args: str, data: bytes | None = None) -> bytes:
    """What git prints; fails the test when git fails."""
    command = ["git", "-c", "safe.directory=*", "-C", str(path), *args]
    nowhere = str(path.parent / NOBODY)
    quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": nowhere, "HOME": nowhere}
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "XDG_"))} | quiet
    return subprocess.run(command, input=data, check=True, capture_output=True, env=env, timeout=600).stdout


class Repository:
    """Collects commits, branches and tags; `build` writes them."""

    def __init__(self) -> None:
        self._stream: list[bytes] = []
        self._tips: dict[str, int] = {}
        self._mark = 0

    def commit(
        self,
        author: str,
        at: datetime,
        files: Mapping[str, bytes | str | None],
        subject: str = "work",
        *,
        committer: str = "",
        authored: datetime | None = None,
        branch: str = "main",
        merge: str = "",
        start: str = "",
        modes: Mapping[str, str] | None = None,
    ) -> int:
        """Add a commit to a branch (begun at the tip of `start`); None deletes a file. Answers its mark."""
        self._mark += 1
        parent = self._tips.get(branch, self._tips.get(start, 0))
        lines = [
            f"commit refs/heads/{branch}\nmark :{self._mark}\n".encode(),
            b"author " + _person(author, authored or at),
            b"committer " + _person(committer or author, at),
            _data(subject.encode()),
        ]
        lines += [f"from :{parent}\n".encode()] if parent else []
        lines += [f"merge :{self._tips[merge]}\n".encode()] if merge else []
        for path, content in files.items():
            lines.append(self._file(path, content, (modes or {}).get(path, "100644")))
        self._stream.append(b"".join(lines) + b"\n")
        self._tips[branch] = self._mark
        return self._mark

    def tag(
        self, name: str, tagger: str = "", at: datetime | None = None, *, mark: int = 0, key: str = "", note: str = ""
    ) -> None:
        """Tag a mark (the last commit if 0): annotated with a tagger, light without."""
        target = mark or self._mark
        if not tagger or at is None:
            self._stream.append(f"reset refs/tags/{name}\nfrom :{target}\n\n".encode())
            return
        message = (note or name).encode() + b"\n" + (signature(key) if key else b"")
        head = f"tag {name}\nfrom :{target}\n".encode()
        self._stream.append(head + b"tagger " + _person(tagger, at) + _data(message))

    def build(self, path: Path, *, default: str = "main") -> Path:
        """A bare repository at `path`."""
        path.mkdir(parents=True)
        git(path, "init", "-q", "--bare", f"--initial-branch={default}")
        git(path, "fast-import", "--quiet", "--force", data=b"".join(self._stream))
        return path

    def _file(self, path: str, content: bytes | str | None, mode: str) -> bytes:
        name = path.encode("utf-8", "surrogateescape")
        if any(b < 33 or b in b'"\\' for b in name):
            name = b'"' + b"".join(b"\\%03o" % b if b < 33 or b in b'"\\' else bytes([b]) for b in name) + b'"'
        if content is None:
            return b"D " + name + b"\n"
        body = content.encode() if isinstance(content, str) else content
        return b"M " + mode.encode() + b" inline " + name + b"\n" + _data(body)


def signature(key: str) -> bytes:
    """An armored OpenPGP v4 signature packet that names a fingerprint (40 hex digits) and holds no signature."""
    issuer = b"\x21\x04" + bytes.fromhex(key)
    area = bytes([len(issuer)]) + issuer
    body = b"\x04\x00\x16\x08" + len(area).to_bytes(2, "big") + area + b"\x00\x00\x00\x00"
    text = base64.b64encode(b"\xc2" + bytes([len(body)]) + body)
    return b"-----BEGIN PGP SIGNATURE-----\n\n" + text + b"\n-----END PGP SIGNATURE-----\n"


def _person(name: str, at: datetime) -> bytes:
    full = name if "<" in name else f"{name} <{name.lower().replace(' ', '.')}@example.org>"
    return f"{full} {int(at.timestamp())} +0000\n".encode()


def _data(body: bytes) -> bytes:
    return b"data %d\n" % len(body) + body + b"\n"
