"""Layouts and links signed with keys made here: what leads to the file, what does not, and that nothing runs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope, Metablock
from securesystemslib.signer import CryptoSigner

from simulators.evidence import SDIST, SDIST_SHA, subject
from simulators.index import Project, serving
from simulators.world import world as made_world
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import layouts
from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.evidence import NotObservedReason

OWNER, WORKER, OTHER = (CryptoSigner(Ed25519PrivateKey.generate()) for _ in range(3))
FILE = {SDIST: {"sha256": SDIST_SHA}}


def pem(signer):
    return signer._private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def layout_of(days=365, **more):
    step = Step(
        name="build", pubkeys=[WORKER.public_key.keyid], expected_products=[["ALLOW", SDIST], ["DISALLOW", "*"]]
    )
    keys = {WORKER.public_key.keyid: {"keyid": WORKER.public_key.keyid, **WORKER.public_key.to_dict()}}
    ends = datetime.now(UTC) + timedelta(days=days)
    return Layout(steps=[step], keys=keys, expires=ends.strftime("%Y-%m-%dT%H:%M:%SZ"), **more)


def signed(content, signer):
    made = Envelope.from_signable(content)
    made.create_signature(signer)
    return made


def written(folder, layout=None, owner=OWNER, products=FILE, worker=WORKER):
    signed(layout or layout_of(), owner).dump(str(folder / "root.layout"))
    name = f"build.{worker.public_key.keyid[:8]}.link"
    signed(Link(name="build", products=products), worker).dump(str(folder / name))
    (folder / "owner.pub").write_bytes(pem(OWNER))
    return str(folder / "root.layout"), str(folder / "owner.pub")


def seen(folder, listed):
    with serving([Project("demo", [])]) as index, made_world(index, folder / "world") as made:
        made = replace(made, settings=replace(made.settings, layouts=tuple(listed)))
        return collect_claims(subject(SDIST), made, (layouts,))


def test_signed_steps_lead_to_the_file(tmp_path):
    claim = seen(tmp_path, written(tmp_path)).newest(LayoutFollowed).claim
    assert (claim.file_name, claim.steps, claim.reason) == (SDIST, 1, "")
    assert claim.expires is not None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"owner": OTHER}, "SignatureVerificationError"),
        ({"worker": OTHER}, "ThresholdVerificationError"),
        ({"layout": layout_of(days=-1)}, "LayoutExpiredError"),
        ({"products": {SDIST: {"sha256": "00" * 32}}}, "file is no product"),
        ({"products": {**FILE, "more.txt": {"sha256": "00" * 32}}}, "RuleVerificationError"),
    ],
)
def test_a_broken_rule_is_named(tmp_path, options, reason):
    found = seen(tmp_path, written(tmp_path, **options)).newest(LayoutFollowed).claim.reason
    assert found == reason or (reason.startswith("Threshold") and found == "LinkNotFoundError")


def test_inspections_are_refused_and_nothing_runs(tmp_path):
    mark = tmp_path / "ran"
    inspection = Inspection(name="look", run=["touch", str(mark)])
    known = seen(tmp_path, written(tmp_path, layout=layout_of(inspect=[inspection])))
    assert known.gap(LayoutFollowed).reason is NotObservedReason.REFUSED
    assert not mark.exists()


def test_a_layout_inside_a_layout_is_refused(tmp_path):
    listed, mark = written(tmp_path), tmp_path / "ran"
    inside = layout_of(inspect=[Inspection(name="look", run=["touch", str(mark)])])
    signed(inside, WORKER).dump(str(tmp_path / f"build.{WORKER.public_key.keyid[:8]}.link"))
    assert seen(tmp_path, listed).gap(LayoutFollowed).reason is NotObservedReason.REFUSED
    assert not mark.exists()


def test_a_key_beside_the_layout_does_not_count_unless_it_is_listed(tmp_path):
    listed = written(tmp_path)
    assert seen(tmp_path, listed[:1]).gap(LayoutFollowed).reason is NotObservedReason.MALFORMED


def test_no_layout_is_not_found(tmp_path):
    assert seen(tmp_path, ()).gap(LayoutFollowed).reason is NotObservedReason.NOT_FOUND


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[" * 9000, b'{"signed": {}, "signed": {}}', b'{"signed": {"_type": "link"}}']
)
def test_what_is_no_layout_is_malformed(tmp_path, data):
    listed = written(tmp_path)
    (tmp_path / "root.layout").write_bytes(data)
    assert seen(tmp_path, listed).gap(LayoutFollowed).reason is NotObservedReason.MALFORMED


def test_the_older_form_is_read_too(tmp_path):
    listed = written(tmp_path)
    older = Metablock(signed=layout_of())
    older.create_signature(OWNER)
    older.dump(str(tmp_path / "root.layout"))
    assert seen(tmp_path, listed).newest(LayoutFollowed).claim.reason == ""
    assert "signed" in json.loads((tmp_path / "root.layout").read_text())


STEPS = {
    "fetch": {"expected_products": [["CREATE", "src.c"], ["DISALLOW", "*"]]},
    "build": {
        "expected_materials": [["MATCH", "src.c", "WITH", "PRODUCTS", "FROM", "fetch"], ["DISALLOW", "*"]],
        "expected_products": [["CREATE", SDIST], ["DISALLOW", "*"]],
    },
}


def two_steps(folder, materials, built_from="aa" * 32):
    """Source handed over by one step, built by the next, with these rules for what the build may take."""
    steps = {**STEPS, "build": {**STEPS["build"], "expected_materials": materials}}
    keys = {WORKER.public_key.keyid: {"keyid": WORKER.public_key.keyid, **WORKER.public_key.to_dict()}}
    made = [Step(name=name, pubkeys=[*keys], **rules) for name, rules in steps.items()]
    ends = datetime.now(UTC) + timedelta(days=9)
    layout = Layout(steps=made, keys=keys, expires=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
    listed = written(folder, layout=layout)
    took, gave = {"src.c": {"sha256": built_from}}, {"src.c": {"sha256": "aa" * 32}}
    for link in (Link(name="fetch", products=gave), Link(name="build", materials=took, products=FILE)):
        signed(link, WORKER).dump(str(folder / f"{link.name}.{WORKER.public_key.keyid[:8]}.link"))
    return seen(folder, listed).newest(LayoutFollowed).claim


MATCH = ["MATCH", "src.c", "WITH", "PRODUCTS", "FROM", "fetch"]


@pytest.mark.parametrize(
    ("materials", "chained"),
    [
        ([MATCH, ["DISALLOW", "*"]], True),
        ([MATCH], False),
        ([["ALLOW", "*"]], False),
        ([MATCH, ["ALLOW", "*.h"], ["DISALLOW", "*"]], False),
        ([["MATCH", "src.c", "WITH", "MATERIALS", "FROM", "fetch"], ["DISALLOW", "*"]], False),
        ([["match", *MATCH[1:]], ["REQUIRE", "src.c"], ["disallow", "*"]], True),
        ([["MATCH", "src.c", "IN", "a", "WITH", "PRODUCTS", "IN", "b", "FROM", "fetch"], ["DISALLOW", "*"]], True),
        ([MATCH, ["allow", "*"], ["DISALLOW", "*"]], False),
        ([MATCH, ["DELETE", "*"], ["DISALLOW", "*"]], False),
        ([MATCH, ["modify", "*"], ["DISALLOW", "*"]], False),
        ([MATCH, ["MATCH", "*", "WITH", "MATERIALS", "FROM", "fetch"], ["DISALLOW", "*"]], False),
        ([["MATCH", "products", "WITH", "MATERIALS", "FROM", "fetch"], ["DISALLOW", "*"]], False),
    ],
)
def test_steps_are_chained_by_rules_that_let_nothing_else_in(tmp_path, materials, chained):
    assert two_steps(tmp_path, materials).chained is chained


def test_another_source_than_was_handed_over_breaks_the_chain(tmp_path):
    assert two_steps(tmp_path, [MATCH, ["DISALLOW", "*"]]).reason == ""
    other = tmp_path / "other"
    other.mkdir()
    assert two_steps(other, [MATCH, ["DISALLOW", "*"]], built_from="bb" * 32).reason == "RuleVerificationError"


def test_one_step_chains_nothing(tmp_path):
    assert not seen(tmp_path, written(tmp_path)).newest(LayoutFollowed).claim.chained
