"""Dated environments with uv: resolve to a lock, choose one wheel each, install by digest.

https://docs.astral.sh/uv/pip/compile/, lock format PEP 751.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from supplytrust.ecosystems.pypi.rebuild.environment import Environment, UnresolvedError, best_wheel, supported_tags
from supplytrust.errors import OfflineError, UnreachableError
from supplytrust.formats.toml import read_toml
from supplytrust.io.processes import run
from supplytrust.model.claims.rebuild import BuildRequirement

COMMON: Final = ("--no-config", "--no-progress", "--no-python-downloads", "--only-binary", ":all:", "--quiet")
PASSED_ON: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
NETWORK: Final = re.compile(
    r"error sending request|dns error|client error|timed out|tls handshake|request failed|failed to fetch", re.I
)


def find() -> str:
    """Path of uv beside our interpreter or on the search path; empty when there is none."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else (shutil.which("uv") or "")


@dataclass(frozen=True, slots=True)
class Uv:
    """`index` is the Simple API address of the configured index; `cache` a folder that stays."""

    program: str
    index: str
    cache: Path
    offline: bool  # use the cache only
    NAME = "uv"

    def install(
        self, requires: Iterable[str], environment: Environment, cut_off: datetime
    ) -> tuple[BuildRequirement, ...]:
        """See `environment.Installer`."""
        wanted = "".join(f"{line}\n" for line in requires)
        if not wanted:
            return ()
        chosen = self._resolve(wanted, environment, cut_off)
        listed = environment.folder / "requirements.txt"
        lines = (f"{r.name}=={r.version} --hash=sha256:{r.sha256}\n" for r in chosen)
        listed.write_text("".join(lines), encoding="utf-8")
        self._uv(
            [
                *(
                    "pip",
                    "install",
                    *COMMON,
                    "--no-deps",
                    "--require-hashes",
                    "--python",
                    environment.python.program,
                ),
                *("--target", str(environment.packages), "-r", str(listed)),
            ]
        )
        return chosen

    def _resolve(self, wanted: str, environment: Environment, cut_off: datetime) -> tuple[BuildRequirement, ...]:
        source = environment.folder / "requirements.in"
        source.write_text(wanted, encoding="utf-8")
        lock = environment.folder / "pylock.toml"
        lock.unlink(missing_ok=True)
        self._uv(
            [
                *(
                    "pip",
                    "compile",
                    *COMMON,
                    "--no-header",
                    "--no-annotate",
                    "--python",
                    environment.python.program,
                ),
                *(
                    "--exclude-newer",
                    cut_off.isoformat(),
                    "--format",
                    "pylock.toml",
                    "-o",
                    str(lock),
                    str(source),
                ),
            ]
        )
        ranked = supported_tags(environment.python)
        packages = read_toml(lock.read_bytes()).get("packages", [])
        return tuple(sorted(_locked_wheel(package, ranked) for package in packages))

    def _uv(self, arguments: list[str]) -> None:
        given = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        given |= {n.lower(): os.environ[n.lower()] for n in PASSED_ON if n.lower() in os.environ}
        given |= {"UV_CACHE_DIR": str(self.cache), "UV_DEFAULT_INDEX": self.index, "UV_NO_PROGRESS": "1"}
        given["UV_OFFLINE"] = str(int(self.offline))
        ran = run.run([self.program, *arguments], env=given, timeout=240)
        if ran.status == 0:
            return
        text = ran.err.decode("utf-8", "replace").strip()
        if self.offline:  # whatever is missing may be at the index
            raise OfflineError("build requirements are not in the cache", hint="run once without --offline")
        if NETWORK.search(text):
            raise UnreachableError("the index did not answer the installer", hint=text[-300:])
        said = " ".join(text.split())
        raise UnresolvedError(said[:300] or "requirements cannot be met", words=said)


def _locked_wheel(package: dict[str, object], ranked: tuple[object, ...]) -> BuildRequirement:
    """One entry of the lock (PEP 751) as the wheel that fits this machine."""
    name, version, wheels = package.get("name"), package.get("version"), package.get("wheels")
    if not isinstance(wheels, list):
        raise UnresolvedError(f"{name} {version} has no wheel")
    by_name = {_file_name(wheel): wheel for wheel in wheels}
    chosen = by_name.get(best_wheel(by_name, ranked))  # type: ignore[arg-type]
    if chosen is None:
        raise UnresolvedError(f"{name} {version} has no wheel for this machine")
    uploaded = chosen.get("upload-time")
    return BuildRequirement(
        str(name),
        str(version),
        str(chosen["hashes"]["sha256"]),
        uploaded if isinstance(uploaded, datetime) else None,
    )


def _file_name(wheel: dict[str, object]) -> str:
    named = wheel.get("name")
    return str(named) if named else unquote(urlsplit(str(wheel.get("url", ""))).path.rpartition("/")[2])
