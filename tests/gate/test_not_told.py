"""Not told is not no: whatever is left out of a record, a list or a platform's claims, nothing gets in by it."""

import base64
import copy
import json
from pathlib import Path

import pytest

import supplytrust.records
from simulators.attestations import ear_token
from simulators.gate_vectors import VERIFIER, Vector, vectors
from simulators.keep import PLATFORM, POLICY, STATUS_TYPE, Keep, Key, context, dependency, platform_policy, sealed
from supplytrust.gate.freshness import StateFile
from supplytrust.gate.payload import MEMBERS
from supplytrust.gate.platforms.claims import PlatformClaims

ADDED = {  # vectors are about these names being there
    "predicate.verdict",
    "submods.cpu0.ear.veraison.annotated-evidence.sgx",
}
UNREAD = {  # members in which no rule of the gates asked here is interested
    "predicate.trustee.purl",
    "predicate.trustor.tool.name",
    "predicate.trustor.tool.version",
    "predicate.areas.responsiveness",
    "predicate.areas.expertise",
    "predicate.workload.memory.least",
    "predicate.workload.memory.most",
    "cpu.generation",
    "eat_profile",
    "submods.cpu0.ear.trustworthiness-vector",  # the status is the worst of it, and must be there
    *(f"submods.cpu0.ear.trustworthiness-vector.{of}" for of in ("instance-identity", "configuration", "executables")),
    "submods.cpu0.ear.trustworthiness-vector.hardware",
}


def paths(value, start=()):
    """Every member of every object, with the place where it is."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*start, name)
            yield from paths(inner, (*start, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*start, number))


def without(document, path):
    made = copy.deepcopy(document)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return made


def spelt(path):
    return ".".join(str(step) for step in path if not isinstance(step, int))


def ask(vector: Vector, tmp_path: Path, **changes):
    keep = vector.keep
    given = {
        "envelope": keep.envelope() if vector.envelope == b"" else vector.envelope,
        "platform": vector.platform,
        "status": (keep.status() if keep.with_status else None) if vector.status == b"" else vector.status,
        "gate_policy": keep.policy_file() if vector.policy == b"" else vector.policy,
        "workload": vector.workload or keep.workload,
        "config": keep.config
        if vector.config == ""
        else base64.b64decode(vector.config)
        if isinstance(vector.config, str)
        else None,
        **changes,
    }
    state = given.pop("state_document", vector.state)
    if state is not None:
        (tmp_path / "state.json").write_text(json.dumps(state))
        given["state"] = StateFile(tmp_path / "state.json")
    return keep.admit(**given)


def platform_claims(data, verifier):
    """What is claimed, and how to say something else in the same form, signed by the same verifier."""
    if data.startswith(b"{"):
        return json.loads(data), lambda claims: json.dumps(claims).encode()
    header, claims = (json.loads(base64.urlsafe_b64decode(part + b"==")) for part in data.split(b".")[:2])
    return claims, lambda other: ear_token(other, verifier, header)


def left_admitted(vector: Vector, tmp_path: Path):
    """Members of what was handed in without which the vector's question is answered with yes."""
    keep, found = vector.keep, set()
    if vector.envelope == b"" and vector.name != "revoked":  # another record is not on that list
        record = keep.record()
        for path in paths(record):
            payload = json.dumps(
                without(record, path), sort_keys=True, separators=(",", ":"), ensure_ascii=False
            ).encode()
            if ask(vector, tmp_path, envelope=sealed(payload, keep.key)).admit:
                found.add(spelt(path))
    if vector.platform is not None:
        verifier = Key.ed25519(12) if vector.name == "ear-other-verifier" else VERIFIER
        claims, spell = platform_claims(vector.platform, verifier)
        for path in paths(claims):
            if ask(vector, tmp_path, platform=spell(without(claims, path))).admit:
                found.add(spelt(path))
    if vector.status == b"" and keep.with_status:
        listed = json.loads(base64.b64decode(json.loads(keep.status())["payload"]))
        for path in paths(listed):
            if ask(
                vector,
                tmp_path,
                status=sealed(json.dumps(without(listed, path)).encode(), keep.status_key, STATUS_TYPE),
            ).admit:
                found.add(spelt(path))
    if vector.state is not None:
        for path in paths(vector.state):
            if ask(vector, tmp_path, state_document=without(vector.state, path)).admit:
                found.add(spelt(path))
    return found


@pytest.mark.sampled(2)
@pytest.mark.parametrize("vector", [v for v in vectors() if not v.loader], ids=lambda v: v.name)
def test_leaving_something_out(vector, tmp_path):
    """A denial stays one; an admission stays one only where no rule speaks of what was left out."""
    assert ask(vector, tmp_path).admit is (not vector.codes)
    assert left_admitted(vector, tmp_path) <= (ADDED if vector.codes else UNREAD)


def test_the_members_are_those_of_the_schema():
    schema = json.loads(Path(supplytrust.records.__file__).with_name("trust-record-v1.schema.json").read_text())
    assert sorted(MEMBERS) == sorted(schema["$defs"]["Predicate"]["required"])
    assert sorted(context()) == sorted(schema["$defs"]["Context"]["required"])


def codes(decision):
    return {r.code for r in decision.reasons}


def on(claims=PLATFORM, policy=None, **restricted):
    keep = Keep(policy_text=platform_policy() if policy is None else policy)
    return codes(
        keep.but(predicate={"context": context(**restricted)}).admit(
            platform=json.dumps(claims).encode() if claims else None
        )
    )


@pytest.mark.parametrize("tee", ["snp", "sev-snp", "SEV-SNP", "sev_snp", "amd-sev-snp"])
def test_one_tee_by_many_names(tee):
    assert on({**PLATFORM, "tee": tee}, tee=["sev-snp", "tdx"]) == set()
    assert on({**PLATFORM, "tee": tee}, tee=["tdx"]) == {"platform"}
    assert on({**PLATFORM, "tee": tee}, platform_policy().replace('tee = ["snp"', 'tee = ["AMD-SEV-SNP"')) == set()


def test_what_a_record_restricts_needs_a_platform():
    assert on(None, "", tee=["sev-snp"]) == {"platform"}
    assert on(None, "", cpuDeny=["microcode<1"]) == {"platform"}
    assert on(None, "") == set()


def level(value):
    return {**PLATFORM, "tcb": {**PLATFORM["tcb"], "levels": {"snp": 8, "loader": value}}}


@pytest.mark.parametrize(
    ("claims", "rule", "expected"),
    [
        (PLATFORM, "microcode<100", set()),
        (PLATFORM, "microcode<=100", {"tcb"}),
        (PLATFORM, "microcode==100", {"tcb"}),
        (PLATFORM, "Microcode<0x65", {"tcb"}),
        (PLATFORM, "family==25", {"tcb"}),
        (PLATFORM, "snp<8", set()),
        (PLATFORM, "SEV-SNP<9", {"tcb"}),
        (PLATFORM, "SNP<1.55", {"tcb"}),  # a lone number tells nothing about a dotted one
        (level("1.55"), "loader<1.55", set()),
        (level("1.55.0"), "loader<1.55", set()),
        (level("1.9"), "loader<1.55", {"tcb"}),
        (level("1.55"), "loader<=1.55", {"tcb"}),
        (level(3), "loader<1.55", {"tcb"}),
        (PLATFORM, "loader<1", {"tcb"}),  # not told
        (PLATFORM, "tdx<1.5", set()),  # about another TEE
        (PLATFORM, "no rule at all", {"tcb"}),
        (PLATFORM, "microcode<1.2.3.4.5", {"tcb"}),
    ],
)
def test_processors_that_a_record_refuses(claims, rule, expected):
    assert on(claims, cpuDeny=[rule]) == expected


def test_vendors_by_many_names():
    refused = platform_policy().replace('vendor = "AuthenticAMD"', 'vendor = "amd"')
    assert on({**PLATFORM, "cpu": {**PLATFORM["cpu"], "stepping": 1}}, refused) == {"tcb"}
    assert on({**PLATFORM, "cpu": {**PLATFORM["cpu"], "vendor": "authenticamd", "stepping": 1}}) == {"tcb"}


def test_claims_of_other_sources():
    """Only a rule that is written speaks of advisories where a format need not tell them; of debugging one always does."""
    keep = Keep(policy_text=platform_policy())
    told = PlatformClaims("ear", "snp", "aa11", "UpToDate", tcb={"snp": 8, "microcode": 100}, debug=False)
    assert {"tcb", "platform"} <= codes(keep.admit(platform=told))
    lax = '\n[platform]\nrequired = true\naccept = ["ear"]\ntee = ["snp"]\n'
    assert codes(keep.but(policy_text=platform_policy(lax)).admit(platform=told)) == set()
    assert codes(keep.but(policy_text=platform_policy(lax)).admit(platform=PlatformClaims("ear", "snp"))) == {
        "platform"
    }
    allowed = lax + "debug_allowed = true\n"
    assert codes(keep.but(policy_text=platform_policy(allowed)).admit(platform=PlatformClaims("ear", "snp"))) == set()


@pytest.mark.parametrize("changes", [{}, {"recordDigest": ""}, {"outcome": "ADMIT", "kind": "service-local"}])
def test_dependencies_say_until_when(changes):
    keep = Keep(predicate={"dependencies": [dependency(0), dependency(1, expires=None, **changes)]})
    assert "dep-expired" in codes(keep.admit())


def test_dependencies_that_nothing_is_asked_of_need_no_end():
    other = dependency(1, expires=None, recordDigest="", kind="test")
    assert codes(Keep(predicate={"dependencies": [dependency(0), other]}).admit()) == set()


@pytest.mark.parametrize("digest", [0, [], {}, False, "sha256:", "0"])
def test_a_digest_of_no_form_is_not_taken_for_none(digest):
    """Where no kind of dependency needs a record, one without stays without; one that cannot be read is no such one."""
    lax = POLICY.replace('record = ["link"]', "record = []")
    keep = Keep(policy_text=lax)
    assert keep.but(predicate={"dependencies": [dependency(recordDigest="")]}).admit().admit
    assert codes(keep.but(predicate={"dependencies": [dependency(recordDigest=digest)]}).admit()) == {"parse"}
