"""Attestations for a story's files: signed by a workflow of the project, under a trust root of the tests' own.

`attest` gives a file the provenance that an index would offer for it (PEP 740); `configure` writes the trust root
and a configuration that names it. The keys are made once a process and lead to nothing outside it.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from simulators.index import File
from simulators.sigstore_world import Signer, SigstoreWorld, provenance, statement

FORGE = "https://code.example.org"
OTHER_BYTES = "0" * 64


@functools.cache
def world() -> SigstoreWorld:
    """The one sigstore of the stories."""
    return SigstoreWorld()


def attest(
    file: File,
    project: str,
    commit: str,
    at: datetime,
    *,
    owner: str = "",
    workflow: str = "release.yml",
    other_bytes: bool = False,
) -> File:
    """The file with an attestation by `workflow` of owner/project; `other_bytes`: signed for another file."""
    repository = f"{FORGE}/{owner or project}/{project}"
    numbers = ("1001", "7") if not owner else ("2002", "8")
    signer = Signer(
        repository=repository, repository_id=numbers[0], owner_id=numbers[1], workflow=workflow, commit=commit
    )
    source = {"uri": f"git+{repository}", "digest": {"gitCommit": commit}}
    predicate = {
        "buildDefinition": {"resolvedDependencies": [source]},
        "runDetails": {"builder": {"id": signer.uri}},
    }
    signed = statement(file.name, OTHER_BYTES if other_bytes else file.sha256, predicate=predicate)
    return replace(file, provenance=provenance(world().bundle(signed, signer, at=at)))


def configure(folder: Path) -> Path:
    """A configuration in `folder` that believes this sigstore and no other."""
    (folder / "trusted_root.json").write_bytes(world().trusted_root())
    path = folder / "supplytrust.toml"
    path.write_text('[trust-root]\nsigstore = "trusted_root.json"\n')
    return path
