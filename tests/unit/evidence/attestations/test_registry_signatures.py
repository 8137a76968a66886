"""Signatures of a registry over its own listings: good, wrong, of keys that nobody pinned, out of their term."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as some

import supplytrust
from simulators.packages import Past, registry
from simulators.repository import day
from supplytrust.errors import MalformedError
from supplytrust.evidence.attestations.registry_keys import RegistryKey, judge_listing, pinned_keys, read_registry_keys

KEY, OTHER = (ec.derive_private_key(number, ec.SECP256R1()) for number in (20261129, 7))
NAME = "SHA256:demo"
TEXT = b"demo@1.0.0:sha512-abc"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def sign(text: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    return base64.b64encode(key.sign(text, ec.ECDSA(hashes.SHA256()))).decode()


def document(*, end: str | None = None, use: str = "") -> bytes:
    """The registry's own form, or root-signing's where a use is named."""
    spki = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    raw = base64.b64encode(spki).decode()
    own = {"keyid": NAME, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "key": raw, "expires": end}
    term = {"start": "2020-01-01T00:00:00Z", **({"end": end} if end else {})}
    signed = {"keyId": NAME, "keyUsage": use, "publicKey": {"rawBytes": raw, "validFor": term}}
    return json.dumps({"keys": [signed if use else own]}).encode()


def keys(**more: str) -> tuple[RegistryKey, ...]:
    return read_registry_keys(document(**more))


ANSWERS: dict[str, tuple[str, str, datetime | None, dict[str, str], str]] = {
    "good": (NAME, sign(TEXT), AT, {}, ""),
    "good, of a key without end, and no time is told": (NAME, sign(TEXT), None, {}, ""),
    "good, before the key ended": (NAME, sign(TEXT), AT, {"end": "2026-06-01T00:00:00Z"}, ""),
    "good, for listings": (NAME, sign(TEXT), AT, {"use": "npm:signatures"}, ""),
    "of another key": (NAME, sign(TEXT, OTHER), AT, {}, "signature"),
    "over another text": (NAME, sign(TEXT + b"x"), AT, {}, "signature"),
    "empty": (NAME, "", AT, {}, "signature"),
    "no base64": (NAME, "!!!", AT, {}, "malformed"),
    "a name that nobody pinned": ("SHA256:other", sign(TEXT), AT, {}, "unpinned-key"),
    "after the key ended": (NAME, sign(TEXT), AT, {"end": "2025-06-01T00:00:00Z"}, "no-trusted-time"),
    "no time is told, and the key ends": (NAME, sign(TEXT), None, {"end": "2030-06-01T00:00:00Z"}, "no-trusted-time"),
    "of a key for attestations": (NAME, sign(TEXT), AT, {"use": "npm:attestations"}, "unpinned-key"),
}


@pytest.mark.parametrize(("name", "signature", "at", "key", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_each_signature_has_its_answer(
    name: str, signature: str, at: datetime | None, key: dict[str, str], answer: str
) -> None:
    assert judge_listing(name, signature, TEXT, at, keys(**key)) == answer


@given(some.integers(0, 200), some.integers(1, 255))
def test_no_changed_byte_is_signed(at: int, change: int) -> None:
    raw, text = bytearray(base64.b64decode(sign(TEXT))), bytearray(TEXT)
    raw[at % len(raw)] ^= change
    text[at % len(text)] ^= change
    assert judge_listing(NAME, base64.b64encode(raw).decode(), TEXT, AT, keys()) == "signature"
    assert judge_listing(NAME, sign(TEXT), bytes(text), AT, keys()) == "signature"


def test_named_keys_come_before_those_of_the_client(tmp_path: Path) -> None:
    named = tmp_path / "keys.json"
    named.write_bytes(document())
    assert [one.name for one in pinned_keys(str(named), lambda: b"{")] == [NAME]
    assert pinned_keys("", lambda: b"{") == pinned_keys("", lambda: b"") == ()
    assert [one.name for one in pinned_keys("", document)] == [NAME]
    with pytest.raises(MalformedError):
        pinned_keys(str(tmp_path / "none.json"), document)


# --- through assess


def judge(tmp_path: Path, signer: Callable[[str], list[dict[str, str]]] | None, **told: object) -> tuple[str, str, str]:
    """Status and reason of the signal, and the outcome, of a package whose registry signs like this."""
    past = Past("demo")
    past.release("1.0.0", day(0))
    past.release("1.1.0", day(30), told=told or None)
    past.build(tmp_path / "repo")
    (tmp_path / "keys.json").write_bytes(document())
    with registry([past]) as running:
        running.sign = signer
        (tmp_path / "supplytrust.toml").write_text(
            f'[index]\nnpm = "{running.url}"\n[trust-root]\nregistry-keys = "keys.json"\n'
        )
        record = supplytrust.assess(
            "pkg:npm/demo@1.1.0",
            config=tmp_path / "supplytrust.toml",
            repository=str(tmp_path / "repo"),
            ledger=None,
            deps="none",
            at=day(30) + timedelta(days=9),
        )
    found = {f.signal: f for area in record.areas.values() for f in area.findings}["build/registry_signature_verified"]
    return found.status.value, found.because, record.outcome.name


def listed(text: str, key: ec.EllipticCurvePrivateKey = KEY, name: str = NAME) -> list[dict[str, str]]:
    return [{"keyid": name, "sig": sign(text.encode(), key)}]


def test_a_signed_listing_supports(tmp_path: Path) -> None:
    status, because, outcome = judge(tmp_path, listed)
    assert (status, outcome) != ("supports", "REFUSE"), because
    assert status == "supports", because


def test_a_wrong_signature_refuses(tmp_path: Path) -> None:
    assert judge(tmp_path, lambda text: [*listed(text), *listed(text, OTHER)])[::2] == ("opposes", "REFUSE")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("signer", "word"),
    [(None, ""), (lambda _: [], ""), (lambda text: listed(text, name="SHA256:other"), "not pinned")],
    ids=["a mirror that leaves signatures out", "none", "another key"],
)
def test_what_is_not_known_is_never_good(
    tmp_path: Path, signer: Callable[[str], list[dict[str, str]]] | None, word: str
) -> None:
    status, because, outcome = judge(tmp_path, signer)
    assert (status, outcome != "ADMIT") == ("not_observed", True)
    assert word in because


@pytest.mark.thorough
def test_a_signature_over_other_bytes_says_nothing_of_these(tmp_path: Path) -> None:
    other = "sha512-" + base64.b64encode(b"x" * 64).decode()
    dist = {"integrity": other, "signatures": listed(f"demo@1.1.0:{other}")}
    status, _, outcome = judge(tmp_path, None, dist=dist)
    assert (status, outcome) == ("not_observed", "REFUSE")
