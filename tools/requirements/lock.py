"""Resolve what this project is built, run and tested with, and write it down: `python tools/requirements/lock.py`.

`self.txt` names each distribution with its exact version and the SHA-256 of the file that pip takes on the machine
where this runs. pip resolves against the index it is configured with; the file names none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
LOCK = HERE / "self.txt"
GROUPS = ("test",)
NOTE = """\
# What this project is built, run and tested with. Written by `python tools/requirements/lock.py`; audited by
# `nox -s self_audit`, which keeps docs/self-audit.md.
"""


def wanted() -> list[str]:
    """The requirements of building, running and testing, as pyproject.toml has them."""
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))
    groups = [one for name in GROUPS for one in _group(project["dependency-groups"], name)]
    return sorted({*project["build-system"]["requires"], *project["project"]["dependencies"], *groups})


def _group(groups: dict[str, list[str | dict[str, str]]], name: str) -> Iterator[str]:
    for one in groups[name]:
        if isinstance(one, str):
            yield one
        else:
            yield from _group(groups, one["include-group"])


def resolved(requirements: list[str]) -> list[tuple[str, str, str]]:
    """Name, version and SHA-256 of every distribution that pip would install into an empty environment."""
    words = ["install", "--dry-run", "--ignore-installed", "--quiet", "--only-binary", ":all:", "--report", "-"]
    ran = subprocess.run([sys.executable, "-m", "pip", *words, *requirements], check=True, capture_output=True)
    found = json.loads(ran.stdout)["install"]
    return sorted(
        (
            canonicalize_name(one["metadata"]["name"]),
            one["metadata"]["version"],
            one["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for one in found
    )


def main() -> None:
    """Write the lock anew."""
    rows = [f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in resolved(wanted())]
    LOCK.write_text(NOTE + "".join(rows), "utf-8")
    sys.stdout.write(f"{len(rows)} distributions in {LOCK.name}\n")


if __name__ == "__main__":
    main()
