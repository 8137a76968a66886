"""The directory of keys, policy and revocations: a real TUF repository in a folder, attacked in the usual ways."""

import base64
import copy
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from simulators.records import DAY, record
from supplytrust.errors import MalformedRecordError, UsageError, VerificationError
from supplytrust.records.directory import EVALUATORS, REVOCATIONS, open_directory
from supplytrust.records.signers import new_key, open_key, sign
from supplytrust.records.statement import verify

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
ROLES = ("timestamp", "snapshot", "targets")


class Repository:
    """Keeps the roles in memory and publishes them as files."""

    def __init__(self, folder):
        self.folder = folder
        self.owners = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.online = {role: CryptoSigner.generate_ed25519() for role in ROLES}
        root = Root(version=1, expires=SOON, consistent_snapshot=False)
        self.roles = {
            "root": root,
            "timestamp": Timestamp(expires=SOON),
            "snapshot": Snapshot(expires=SOON),
            "targets": Targets(expires=SOON),
        }
        for owner in self.owners:
            root.add_key(owner.public_key, "root")
        root.roles["root"].threshold = 2
        for role, signer in self.online.items():
            root.add_key(signer.public_key, role)
        self.files = {}
        for part in ("metadata", "targets"):
            (folder / part).mkdir(parents=True)
        self.first_root = self.publish_root(self.owners[:2])

    def publish_root(self, signers):
        return self.put("root", signers, f"{self.roles['root'].version}.root.json")

    def put(self, role, signers, name=None):
        metadata = Metadata(copy.deepcopy(self.roles[role]))
        for signer in signers:
            metadata.sign(signer, append=True)
        data = metadata.to_bytes()
        (self.folder / "metadata" / (name or f"{role}.json")).write_bytes(data)
        return data

    def publish(self, **files):
        self.files.update(files)
        targets = self.roles["targets"]
        for name, data in self.files.items():
            path = name.replace("_", ".")
            (self.folder / "targets" / path).write_bytes(data)
            targets.targets[path] = TargetFile.from_data(path, data, ["sha256"])
        if (self.folder / "metadata" / "targets.json").exists():
            for role in ROLES:
                self.roles[role].version += 1
        self.roles["snapshot"].meta["targets.json"] = MetaFile(targets.version)
        self.roles["timestamp"].snapshot_meta = MetaFile(self.roles["snapshot"].version)
        for role in ROLES:
            self.put(role, [self.online[role]])


@pytest.fixture
def world(tmp_path):
    new_key(tmp_path / "alice")
    repository = Repository(tmp_path / "repository")
    repository.publish(evaluators_json=evaluators(tmp_path), policy_toml=b"schema = 1\n", revoked_json=revoked())
    return tmp_path, repository


def evaluators(folder, **changes):
    one = {
        "principal": "alice",
        "spki": base64.b64encode(open_key(folder / "alice").public.spki).decode(),
        "form": "der",
        "validFrom": "2026-01-01T00:00:00Z",
        "validTo": "2027-01-01T00:00:00Z",
        "purposes": ["general"],
    }
    return json.dumps({"format": EVALUATORS, "evaluators": [{**one, **changes}]}).encode()


def revoked(records=(), artifacts=(), keys=()):
    lists = {"records": list(records), "artifacts": list(artifacts), "keys": list(keys)}
    return json.dumps({"format": REVOCATIONS, **lists}).encode()


def opened(world):
    folder, repository = world
    return open_directory(repository.folder, repository.first_root, folder / "state")


def refused(world, kind=VerificationError):
    with pytest.raises(kind) as caught:
        opened(world)
    return caught.value.reason


def test_keys_of_the_directory_verify_records(world):
    directory = opened(world)
    verified = verify(sign(record(), world[0] / "alice"), directory.keys("general", DAY), at=DAY)
    assert verified.principal == "alice"
    directory.check(verified)
    assert directory.policy == b"schema = 1\n"
    assert directory.version == 1
    assert directory.keys("cryptography", DAY) == ()
    assert directory.keys("general", datetime(2027, 1, 1, tzinfo=UTC)) == ()
    assert directory.keys("general", datetime(2025, 12, 31, tzinfo=UTC)) == ()
    with pytest.raises(VerificationError):
        verify(sign(record(), world[0] / "alice"), directory.keys("cryptography", DAY))


def test_a_newer_version_is_taken_and_an_older_one_is_a_rollback(world):
    folder, repository = world
    shutil.copytree(repository.folder, folder / "old")
    assert opened(world).version == 1
    repository.publish(policy_toml=b"schema = 2\n")
    assert opened(world).policy == b"schema = 2\n"
    assert opened(world).version == 2
    repository.folder = folder / "old"
    assert refused(world) == "rollback"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "root"])
def test_expired_roles_are_refused(world, role):
    repository = world[1]
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    repository.roles[role].expires = past
    if role == "root":
        repository.roles["root"].version = 2
        repository.publish_root(repository.owners[:2])
    else:
        repository.publish()
    assert refused(world) == "expired"


def test_targets_that_are_not_the_listed_bytes_are_refused(world):
    target = world[1].folder / "targets" / "policy.toml"
    target.write_bytes(b"schema = 9\n")
    assert refused(world) == "mismatch"
    target.write_bytes(b"schema = 1\n" * 100)
    assert refused(world) == "mismatch"
    target.unlink()
    assert refused(world) == "directory"


def test_roles_signed_by_others_are_refused(world):
    repository = world[1]
    stranger = CryptoSigner.generate_ed25519()
    for role in ROLES:
        honest, repository.online[role] = repository.online[role], stranger
        repository.publish()
        assert refused(world) == "threshold"
        repository.online[role] = honest


def test_rotation_needs_enough_of_the_old_owners(world):
    repository = world[1]
    assert opened(world).version == 1
    new = CryptoSigner.generate_ed25519()
    root = repository.roles["root"]
    root.version = 2
    root.revoke_key(repository.owners[0].public_key.keyid, "root")
    root.add_key(new.public_key, "root")
    repository.publish_root([repository.owners[1], new])
    assert refused(world) == "threshold"
    repository.publish_root([repository.owners[1], repository.owners[2], new])
    assert opened(world).version == 1
    root.version = 3
    repository.publish_root([repository.owners[0], repository.owners[2]])
    assert refused(world) == "threshold"


def test_revocations_take_back(world):
    folder, repository = world
    verified = verify(sign(record(), folder / "alice"), opened(world).keys("general", DAY))
    lists = {
        "records": [verified.digest],
        "artifacts": ["sha256:" + "a1" * 32],
        "keys": [verified.key.fingerprint],
    }
    for name, values in lists.items():
        repository.publish(revoked_json=revoked(**{name: values}))
        directory = opened(world)
        with pytest.raises(VerificationError) as caught:
            directory.check(verified)
        assert caught.value.reason == "revoked"
        assert bool(directory.keys("general", DAY)) == (name != "keys")


BENT = {
    "unknown-field": lambda f: {"evaluators_json": evaluators(f, more=1)},
    "value": lambda f: {"evaluators_json": evaluators(f, principal="")},
    "base64": lambda f: {"evaluators_json": evaluators(f, spki="aGl=")},
    "format": lambda f: {"revoked_json": b"{}"},
    "duplicate-key": lambda f: {"revoked_json": revoked()[:-1] + b',"keys":[]}'},
}


@pytest.mark.parametrize("reason", BENT)
def test_documents_that_are_not_what_they_should_be(world, reason):
    world[1].publish(**BENT[reason](world[0]))
    assert refused(world, MalformedRecordError) == reason


def test_metadata_with_two_readings_never_reaches_the_library(world):
    path = world[1].folder / "metadata" / "timestamp.json"
    path.write_bytes(path.read_bytes().rstrip()[:-1] + b',"signed":{}}')
    assert refused(world, MalformedRecordError) == "duplicate-key"


def test_another_root_opens_nothing(world):
    folder, repository = world
    other = Repository(folder / "other")
    repository.first_root = other.first_root
    assert refused(world) == "threshold"
    repository.first_root = b"{}"
    assert refused(world) == "directory"


def test_a_poisoned_memory_is_no_way_in(world):
    folder, repository = world
    assert opened(world).version == 1
    other = Repository(folder / "other")
    other.publish(evaluators_json=evaluators(folder), policy_toml=b"theirs", revoked_json=revoked())
    for name in ("timestamp.json", "snapshot.json", "targets.json"):
        shutil.copy(other.folder / "metadata" / name, folder / "state" / name)
    (folder / "state" / "targets" / "policy.toml").write_bytes(b"theirs")
    assert opened(world).policy == b"schema = 1\n"


def test_a_memory_that_cannot_be_kept_is_an_error(world):
    folder, _ = world
    (folder / "state").write_bytes(b"a file")
    with pytest.raises(UsageError):
        opened(world)


def test_the_verb_takes_a_directory(world, monkeypatch):
    from click.testing import CliRunner

    from supplytrust.cli.verify import command

    folder, repository = world
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    (folder / "record.env").write_bytes(sign(record(), folder / "alice"))
    (folder / "root.json").write_bytes(repository.first_root)
    words = [str(folder / "record.env"), "--directory", str(repository.folder), "--at", DAY.isoformat()]
    shown = CliRunner().invoke(command, [*words, "--root", str(folder / "root.json")], standalone_mode=False)
    assert shown.exception is None
    assert "ADMIT" in shown.output or "RE" in shown.output
    rootless = CliRunner().invoke(command, words, standalone_mode=False)
    assert isinstance(rootless.exception, UsageError)
    repository.publish(revoked_json=revoked(keys=[open_key(folder / "alice").public.fingerprint]))
    again = CliRunner().invoke(command, [*words, "--root", str(folder / "root.json")], standalone_mode=False)
    assert isinstance(again.exception, VerificationError)
