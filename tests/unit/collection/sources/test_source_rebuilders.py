"""Others' statements about a rebuild: taken under their key, about these bytes, and nothing beyond what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.formats import encode_canonical

from simulators.effort import cases
from simulators.evidence import NOW, SUBJECT, WHEEL, WHEEL_SHA, ask, saw
from simulators.index import serving
from simulators.world import world
from supplytrust.appraisal.policies import config, loader
from supplytrust.appraisal.signals.build import rebuilt_by_others
from supplytrust.collection.sources import rebuilders as source
from supplytrust.errors import ConfigError, NotAskedError
from supplytrust.evidence.attestations.rebuild_statements import EQUIVALENCE, MOST_LINES, read_statements
from supplytrust.evidence.attestations.statement import PAYLOAD_TYPE, AttestedFile
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.model.claims.rebuild import RebuiltByOthers
from supplytrust.model.evidence import NotObserved, NotObservedReason
from supplytrust.model.policy import Rebuilder
from supplytrust.model.vocabulary import Status
from supplytrust.records import envelope
from supplytrust.records.signers import new_key, open_key

OTHER_SHA = "0f" * 32
FILE = AttestedFile(WHEEL, WHEEL_SHA, lambda one, other: one == other)


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, algorithm in (("lab", "ecdsa-p256"), ("other", "ed25519")):
        new_key(folder / name, algorithm)
    return folder


def provenance(sha256: str = WHEEL_SHA, **changes: object) -> dict[str, object]:
    """What a rebuilder writes that makes the same bytes."""
    predicate = {"buildDefinition": {"buildType": "https://example.org/rebuild/v1"},
                 "runDetails": {"builder": {"id": "https://lab.example.org/worker"},
                                "metadata": {"finishedOn": f"{NOW - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"}}}  # fmt: skip
    made = {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": WHEEL, "digest": {"sha256": sha256}}],
            "predicateType": "https://slsa.dev/provenance/v1", "predicate": predicate}  # fmt: skip
    return {**made, **changes}


def equivalence(
    candidate: str = OTHER_SHA, target: str = WHEEL_SHA, named: str = f"rebuild/{WHEEL}"
) -> dict[str, object]:
    """What OSS Rebuild writes about an upstream file and its own build of it."""
    made = provenance(target)
    made["predicate"]["buildDefinition"] = {  # type: ignore[index]
        "buildType": EQUIVALENCE,
        "externalParameters": {"candidate": f"rebuild/{WHEEL}", "target": f"https://files.example.org/{WHEEL}"},
        "resolvedDependencies": [
            {"name": named, "digest": {"sha256": candidate}},
            {"name": f"https://files.example.org/{WHEEL}", "digest": {"sha256": target}},
        ],
    }
    return made


def sealed(keys: Path, document: object, name: str = "lab") -> bytes:
    return envelope.seal(json.dumps(document).encode(), PAYLOAD_TYPE, open_key(keys / name))


def link(keys: Path, sha256: str = WHEEL_SHA, name: str = "lab", **changes: object) -> bytes:
    """What rebuilderd writes: a link in the older envelope, over the canonical JSON of what is signed."""
    signed = {"_type": "link", "name": "rebuild", "materials": {}, "byproducts": {}, "command": [], "environment": {},
              "products": {WHEEL: {"sha256": sha256}}}  # fmt: skip
    signature = open_key(keys / name).sign((encode_canonical(signed) or "").encode())
    made = {"signed": signed, "signatures": [{"keyid": "x", "sig": signature.hex()}]}
    return json.dumps({**made, **changes}).encode()


def read(keys: Path, data: bytes) -> list[str]:
    return [one.closeness.value for one in read_statements(data, open_key(keys / "lab").public, FILE).statements]


def test_each_form_says_how_close_it_came(keys):
    assert read(keys, sealed(keys, provenance())) == ["same-bytes"]
    assert read(keys, sealed(keys, provenance(predicateType="https://in-toto.io/attestation/link/v0.3"))) == [
        "same-bytes"
    ]
    assert read(keys, sealed(keys, equivalence())) == ["equivalent"]
    assert read(keys, sealed(keys, equivalence(candidate=WHEEL_SHA))) == ["same-bytes"]
    assert read(keys, link(keys)) == ["same-bytes"]
    own = provenance(OTHER_SHA, subject=[{"name": f"rebuild/{WHEEL}", "digest": {"sha256": OTHER_SHA}}])
    several = b"\n".join((sealed(keys, own), sealed(keys, equivalence())))
    assert read(keys, several) == ["equivalent"]
    (one,) = read_statements(several, open_key(keys / "lab").public, FILE).statements
    assert (one.builder, one.at) == ("https://lab.example.org/worker", NOW - timedelta(days=3))


def unusable(keys: Path) -> Iterator[bytes]:
    yield sealed(keys, provenance(OTHER_SHA))  # of other bytes
    yield sealed(keys, provenance(), "other")  # signed by others
    yield sealed(keys, provenance(predicateType="https://example.org/praise"))
    yield sealed(keys, provenance(_type="https://example.org/Statement"))
    yield sealed(keys, provenance(subject={}))
    yield sealed(keys, equivalence(named="something"))  # does not say what it compared
    yield sealed(keys, equivalence(target=OTHER_SHA))
    yield link(keys, OTHER_SHA)
    yield link(keys, name="other")
    yield link(keys, signatures=[])
    yield link(keys, signatures=[{"sig": "zz"}])
    yield link(keys, signed={"_type": "link", "products": {WHEEL: {"sha256": WHEEL_SHA}}, "x": 0.5})
    yield b"{}"
    yield b""
    yield b"[1]\n[2]"


def test_what_is_about_others_signed_by_others_or_torn_says_nothing(keys):
    assert [data for data in unusable(keys) if read(keys, data)] == []


def test_a_changed_byte_says_nothing_new(keys):
    documents = [sealed(keys, provenance(OTHER_SHA)), link(keys, OTHER_SHA)]

    @settings(max_examples=cases(200))
    @given(st.integers(0, 1), st.floats(0, 0.999), st.integers(0, 255))
    def changed(which: int, where: float, byte: int) -> None:
        whole = documents[which]
        place = int(where * len(whole))
        assert read(keys, whole[:place] + bytes([byte]) + whole[place + 1 :]) == []

    changed()


def test_lines_beyond_the_limit_are_counted(keys):
    seen = read_statements(b"\n".join([b"{}"] * (MOST_LINES + 5)), open_key(keys / "lab").public, FILE)
    assert dict(seen.skipped)["beyond the limit"] == 5


# --- the source, the configuration, the signal --------------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path: Path):
    with serving([]) as index, world(index, tmp_path / "world") as made:
        yield made


def observe(opened: CollectContext, **named: Rebuilder) -> list[SourceClaim | NotObserved]:
    known = replace(opened, settings=replace(opened.settings, rebuilders=named))
    from supplytrust.model.evidence import SubjectEvidence

    return list(source.observe(SUBJECT, SubjectEvidence(SUBJECT), known))


@pytest.mark.parametrize("place", ["pypi/demo/1.2.3/" + WHEEL + "/rebuild.intoto.jsonl", WHEEL + ".link"])
def test_statements_lie_as_they_are_published_or_beside_each_other(opened, keys, tmp_path, place):
    path = tmp_path / "statements" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(sealed(keys, provenance()))
    lab = Rebuilder(str(tmp_path / "statements"), str(keys / "lab.pub"), ("pkg:pypi/*",))
    (seen,) = observe(opened, LAB=lab)
    assert (seen.claim, seen.voice) == (
        RebuiltByOthers(WHEEL, WHEEL_SHA, "LAB", "same-bytes", "https://lab.example.org/worker", NOW - timedelta(days=3)), "LAB")  # fmt: skip
    for other in (replace(lab, scope=("pkg:cargo/*",)), replace(lab, key=str(keys / "other.pub")),
                  replace(lab, statements=str(tmp_path / "none")), replace(lab, key=str(tmp_path / "none"))):  # fmt: skip
        assert all(isinstance(one, NotObserved) for one in observe(opened, LAB=other))
    both = observe(opened, LAB=lab, OTHER=replace(lab, key=str(keys / "other.pub")))
    assert [type(one).__name__ for one in both] == ["SourceClaim", "NotObserved"]  # one bad rebuilder costs no other


def test_without_rebuilders_nobody_is_asked(opened):
    with pytest.raises(NotAskedError):
        observe(opened)


def test_the_configuration_names_what_is_wrong(tmp_path):
    file = tmp_path / "supplytrust.toml"
    good = '[rebuilders.LAB]\nkey = "k.pub"\nscope = ["pkg:pypi/*"]\nstatements = '
    file.write_text(good + '"https://example.org/{type}/{name}/{version}/{file}.jsonl"\n')
    assert config.load(file).rebuilders["LAB"].scope == ("pkg:pypi/*",)
    for place in (
        "https://example.org/fixed",
        "https://example.org/{file}/{what}",
        "https://example.org/{file.x}",
        "ftp://{file}",
    ):
        file.write_text(f'{good}"{place}"\n')
        with pytest.raises(ConfigError, match="no address with its parts"):
            config.load(file)


def test_the_word_that_counts_most_is_taken_and_never_opposes():
    by = lambda name, close, sha=WHEEL_SHA: saw(  # noqa: E731
        RebuiltByOthers(WHEEL, sha, name, close, "", None), source=f"rebuilders:{name}"
    )
    found = ask("build/rebuilt_by_others", by("A", "equivalent"), by("B", "same-bytes"))
    assert (found.status, found.grade, found.sources) == (Status.SUPPORTS, "same-bytes", ("rebuilders:B",))
    assert ask("build/rebuilt_by_others", by("A", "same-bytes", OTHER_SHA)).reason is NotObservedReason.INCOMPLETE
    policy = loader.load("baseline")
    for grade, worth in rebuilt_by_others.WORTH.items():
        row = policy.weights.row("build/rebuilt_by_others", grade)
        assert row is not None
        assert row.favourable == worth
    assert policy.reliability_of("rebuilders:LAB") == policy.reliability_of("rebuilders") == 0.8
