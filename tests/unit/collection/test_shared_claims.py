"""A store that others can write to changes no answer: only what a key of the team signed counts, for its own question."""

from __future__ import annotations

import base64
import dataclasses
import importlib
import json
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import supplytrust
from simulators.effort import THOROUGH
from simulators.index import Project, Release, sdist, serving, wheel
from supplytrust.collection.claim_cache import ClaimCache, write_entry
from supplytrust.collection.shared_claims import MOST_FAILURES, PAYLOAD_TYPE, SharedClaims, open_shared
from supplytrust.errors import ConfigError
from supplytrust.io.context import BytesAnswer, Question, SourceClaim
from supplytrust.model.claims.artifact import ContainerAudit
from supplytrust.model.policy import CacheSettings
from supplytrust.records import envelope, evidence_file
from supplytrust.records.signers import new_key, open_key

pytest.importorskip("fsspec", reason="no fsspec on this machine")
AT = datetime(2026, 11, 1, tzinfo=UTC)
MUTANTS = 1000 if THOROUGH else 80
QUESTION = Question("reader", BytesAnswer, ("a.whl", "0" * 64))
ANSWER = BytesAnswer((SourceClaim(ContainerAudit("a.whl", ("path-escape: 'x'",)), "read"),))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("team", "other"):
        new_key(tmp_path / f"{name}.key")
    return tmp_path


def opened(folder: Path, name: str, *, sign: str = "team", trust: str = "team") -> SharedClaims:
    settings = CacheSettings(
        store=f"file://{folder}/store",
        keys=(str(folder / f"{trust}.key.pub"),),
        sign=str(folder / f"{sign}.key") if sign else "",
    )
    return open_shared(ClaimCache(folder / name), settings)


def entry_of(folder: Path) -> Path:
    [found] = [p for p in (folder / "store").rglob("*") if p.is_file()]
    return found


def test_one_machine_keeps_and_another_recalls(keys: Path) -> None:
    opened(keys, "one").keep(QUESTION, ANSWER)
    two = opened(keys, "two", sign="")
    assert two.holds(QUESTION) and two.recall(QUESTION) == ANSWER
    shutil.rmtree(keys / "store")
    assert two.recall(QUESTION) == ANSWER, "it is local now"
    assert two.recall(dataclasses.replace(QUESTION, reader="another")) is None and two.notice == ""


def test_who_has_no_private_key_adds_nothing(keys: Path) -> None:
    opened(keys, "one", sign="").keep(QUESTION, ANSWER)
    assert not (keys / "store").exists()


def spoil(data: bytes, keys: Path, noise: random.Random) -> bytes:
    """One way in which somebody who can write to the store may change an entry."""
    document = json.loads(data)
    other = open_key(keys / "other.key")
    forged = write_entry(QUESTION, BytesAnswer())
    match noise.randrange(8):
        case 0:
            place = noise.randrange(len(data))
            return data[:place] + bytes([data[place] ^ noise.randrange(1, 256)]) + data[place + 1 :]
        case 1:
            return data[: noise.randrange(len(data))]
        case 2:
            return forged
        case 3:
            return envelope.seal(forged, PAYLOAD_TYPE, other)
        case 4:
            return json.dumps({**document, "payload": base64.b64encode(forged).decode()}).encode()
        case 5:
            return json.dumps({**document, "payloadType": noise.choice(["x", "application/json"])}).encode()
        case 6:
            document["signatures"][0]["sig"] = base64.b64encode(noise.randbytes(64)).decode()
            return json.dumps(document).encode()
        case _:
            return json.dumps({**document, "signatures": noise.choice([[], document["signatures"] * 2])}).encode()


def test_a_thousand_spoiled_entries_answer_nothing_else(keys: Path) -> None:
    opened(keys, "one").keep(QUESTION, ANSWER)
    entry, noise = entry_of(keys), random.Random(16)
    whole = entry.read_bytes()
    for number in range(MUTANTS):
        spoiled = spoil(whole, keys, noise)
        entry.write_bytes(spoiled)
        reader = opened(keys, f"reader {number % 7}", sign="")
        found = reader.recall(QUESTION)
        assert found in (None, ANSWER)
        if found is None:
            assert reader.refused == 1 and "do not count" in reader.notice
        else:
            shutil.rmtree(keys / f"reader {number % 7}")
            assert json.loads(spoiled)["payload"], "only what the signature does not cover was changed"


def test_a_signed_entry_in_the_place_of_another_question_does_not_count(keys: Path) -> None:
    store = opened(keys, "one")
    store.keep(QUESTION, ANSWER)
    other = dataclasses.replace(QUESTION, inputs=("b.whl", "0" * 64))
    place = keys / "store" / store._local.name_entry(other)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(entry_of(keys), place)
    reader = opened(keys, "two", sign="")
    assert reader.recall(other) is None and reader.refused == 1


def test_a_store_that_fails_is_left_alone(keys: Path) -> None:
    class Broken:
        asked = 0

        def size(self, path: str) -> int | None:
            self.asked += 1
            raise TimeoutError

        def cat_file(self, path: str) -> bytes:
            raise TimeoutError

        def pipe_file(self, path: str, value: bytes) -> None:
            self.asked += 1
            raise TimeoutError

    broken = Broken()
    store = SharedClaims(ClaimCache(keys / "one"), (broken, "x"), [], open_key(keys / "team.key"))
    for number in range(20):
        question = dataclasses.replace(QUESTION, inputs=(str(number),))
        assert store.recall(question) is None
        store.keep(question, ANSWER)
        assert store.recall(question) == ANSWER
    assert broken.asked == MOST_FAILURES and store.notice


@pytest.mark.parametrize(
    "settings",
    [CacheSettings(store="nosuchscheme://x"), CacheSettings(store="file:///tmp/x", keys=("/nonexistent.pub",))],
    ids=["address", "key"],
)
def test_what_cannot_be_used_is_said_at_once(tmp_path: Path, settings: CacheSettings) -> None:
    with pytest.raises(ConfigError):
        open_shared(ClaimCache(tmp_path), settings)


def test_a_poisoned_store_changes_no_evidence(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filled by one machine, then each entry replaced by one that somebody else signed: the evidence is the same."""
    files = {"demo/__init__.py": b"import hashlib\nhashlib.md5(b'')\n", "demo.pth": b"import demo\n"}
    made = [Release(v, [wheel("demo", v, files), sdist("demo", v, files)]) for v in ("1.0", "1.1")]
    (keys / "supplytrust.toml").write_text(
        f'[cache]\nstore = "file://{keys}/store"\nkeys = ["team.key.pub"]\nsign = "team.key"\n'
    )
    told: list[str] = []
    with serving([Project("demo", made)]) as index:

        def look(cache: str, *, kept: bool = True) -> bytes:
            monkeypatch.setenv("SUPPLYTRUST_CACHE", str(keys / cache))
            evidence = supplytrust.collect(
                "demo", at=AT, deps="none", rebuild="never", index_url=index.url, cache=kept,
                config=keys / "supplytrust.toml", progress=lambda event, line: told.append(f"{event} {line}"),
            )  # fmt: skip
            return evidence_file.to_bytes(evidence)

        truth = look("none", kept=False)
        assert look("first") == truth
        entries = [p for p in (keys / "store").rglob("*") if p.is_file()]
        assert len(entries) > 5
        assert look("second") == truth, "with what the first one signed"
        assert not any("do not count" in line for line in told)
        for entry in entries:
            payload = envelope.unverified_payload(entry.read_bytes())
            entry.write_bytes(envelope.seal(payload, PAYLOAD_TYPE, open_key(keys / "other.key")))
        assert look("third") == truth
    assert any("do not count" in line for line in told)


@pytest.mark.skipif(not THOROUGH, reason="SUPPLYTRUST_THOROUGH: starts an object store")
def test_on_an_object_store(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server_of = pytest.importorskip("moto.server", reason="no moto on this machine").ThreadedMotoServer
    pytest.importorskip("s3fs", reason="no client of object stores on this machine")
    server = server_of(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        s3fs = importlib.import_module("s3fs")
        s3fs.S3FileSystem().mkdir("team")
        settings = CacheSettings(
            store="s3://team/claims", keys=(str(keys / "team.key.pub"),), sign=str(keys / "team.key")
        )
        open_shared(ClaimCache(keys / "one"), settings).keep(QUESTION, ANSWER)
        assert open_shared(ClaimCache(keys / "two"), settings).recall(QUESTION) == ANSWER
        assert (
            open_shared(
                ClaimCache(keys / "three"), dataclasses.replace(settings, sign="", keys=(str(keys / "other.key.pub"),))
            ).recall(QUESTION)
            is None
        )
    finally:
        server.stop()
