"""The source that reads a workload and its loader configuration."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from simulators import wasm
from supplytrust.collection.options import open_collect_context
from supplytrust.collection.sources import workload
from supplytrust.errors import MalformedError, NotFoundError, SourceError
from supplytrust.formats.codec import decode, encode
from supplytrust.model.claims.workload import WorkloadFacts, WorkloadGrants, WorkloadJoins, WorkloadToolchain
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

AT = datetime(2026, 11, 20, tzinfo=UTC)
DATA = wasm.module(
    [(wasm.WASI, "fd_write"), (wasm.WASI, "path_open")],
    memory=(2, 8),
    customs=[wasm.producers({"sdk": [("demo", "1.0")]}), wasm.dep_v0([wasm.crate("ring", "0.17.8")])],
)


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with open_collect_context(Settings(), at=AT, now=AT, offline=True, options={}) as opened:
        yield opened


def about(data):
    artifact = Artifact("main.wasm", hashlib.sha256(data).hexdigest(), ArtifactKind.WORKLOAD, len(data))
    return Subject("pkg:generic/main", "generic", "main", "", artifact)


def observe(world, data, config=None, *, stored=True):
    if stored:
        world.blobs.put(data)
    options = {**world.options, workload.CONFIG: str(config) if config else ""}
    subject = about(data)
    return workload.observe(subject, SubjectEvidence(subject), replace(world, options=MappingProxyType(options)))


def test_claims(world):
    seen = {type(o.claim): o.claim for o in observe(world, DATA) if not isinstance(o, NotObserved)}
    facts = seen[WorkloadFacts]
    assert facts.imports == (f"{wasm.WASI}.fd_write", f"{wasm.WASI}.path_open")
    assert dict(facts.required)["fs-open"] == (f"{wasm.WASI}.path_open",)
    assert (facts.memory_least, facts.memory_most, facts.abi) == (2, 8, "preview1")
    assert seen[WorkloadToolchain].crates == 1
    assert "pkg:cargo/ring@0.17.8" in {j.purl for j in seen[WorkloadJoins].joins}
    (missed,) = [o for o in observe(world, DATA) if isinstance(o, NotObserved)]
    assert (missed.claim, missed.reason) == (WorkloadGrants.__name__, NotObservedReason.NOT_LOOKED)


def test_claims_can_be_written_down(world, tmp_path):
    (tmp_path / "Enarx.toml").write_text('[[files]]\nkind = "stdout"\n')
    for seen in observe(world, DATA, tmp_path / "Enarx.toml"):
        assert decode(type(seen.claim), encode(seen.claim)) == seen.claim


def test_grants(world, tmp_path):
    path = tmp_path / "Enarx.toml"
    path.write_text('[[files]]\nkind = "stdout"\n')
    (grants,) = [o.claim for o in observe(world, DATA, path) if isinstance(o.claim, WorkloadGrants)]
    assert (grants.used, grants.failing, grants.items) == (("io-write",), ("fs-open",), ("stdout",))
    assert grants.config == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", ["unknown = 1", "a ="])
def test_a_configuration_that_cannot_be_read_is_a_gap(world, tmp_path, text):
    (tmp_path / "Enarx.toml").write_text(text)
    with pytest.raises(MalformedError):
        observe(world, DATA, tmp_path / "Enarx.toml")


def test_what_cannot_be_read(world):
    with pytest.raises(NotFoundError):
        observe(world, DATA + wasm.custom("x", b"y"), stored=False)
    with pytest.raises(SourceError) as error:
        observe(world, wasm.MODULE + b"\x02\x01")
    assert error.value.reason == "malformed"
    package = Subject("pkg:generic/x", "generic", "x", "")
    with pytest.raises(NotFoundError):
        workload.observe(package, SubjectEvidence(package), world)
