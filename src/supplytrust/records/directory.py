"""A directory of keys, policy and revocations, kept as a TUF repository in a plain folder and read offline.

TUF (https://theupdateframework.github.io/specification/latest/) answers what a signed list alone cannot: is
this the newest one (rollback, freeze), did enough people sign (threshold), may the signers change (rotation).
Three targets are read: `evaluators.json` (who may sign records, when, for what), `policy.toml` (the gate's policy,
as bytes) and `revoked.json` (digests that no longer count). The pinned root is the caller's; `state` remembers the
highest versions seen and is itself verified against that root each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError, UsageError, VerificationError
from supplytrust.formats.codec import decode
from supplytrust.formats.json_reader import MIB, Limits, read_base64, read_json, read_object
from supplytrust.records.keys import SignatureForm, VerificationKey, read_key
from supplytrust.records.statement import VerifiedRecord

if TYPE_CHECKING:
    from tuf.ngclient.fetcher import FetcherInterface
    from tuf.ngclient.updater import Updater

EVALUATORS = "https://supplytrust.dev/evaluators/v1"
REVOCATIONS = "https://supplytrust.dev/revocations/v1"
LIMITS = Limits(size=4 * MIB)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Someone whose records count: a principal with a key (base64 of its SubjectPublicKeyInfo) and a term."""

    principal: str
    spki: str
    form: SignatureForm
    valid_from: datetime
    valid_to: datetime
    purposes: tuple[str, ...]

    @property
    def key(self) -> VerificationKey:
        """The key, owned by the principal."""
        return read_key(read_base64(self.spki), self.principal, self.form)


@dataclass(frozen=True, slots=True)
class Revocations:
    """What no longer counts: `sha256:<hex>` of records and of artifacts, fingerprints of keys in hex."""

    records: frozenset[str]
    artifacts: frozenset[str]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Directory:
    """The newest verified contents. `version` is that of the TUF targets role."""

    version: int
    evaluators: tuple[Evaluator, ...]
    policy: bytes
    revoked: Revocations

    def keys(self, purpose: str, at: datetime) -> tuple[VerificationKey, ...]:
        """Keys that may sign records for a purpose at a time (start inclusive, end exclusive), none revoked."""
        terms = [e for e in self.evaluators if purpose in e.purposes and e.valid_from <= at < e.valid_to]
        return tuple(k for k in (e.key for e in terms) if k.fingerprint not in self.revoked.keys)

    def check(self, verified: VerifiedRecord) -> None:
        """Raises VerificationError (reason revoked) when the record, its artifact or its key is."""
        artifact = verified.record.trustee.artifact
        named = f"sha256:{artifact.sha256}" if artifact else ""
        for what, value, listed in (
            ("record", verified.digest, self.revoked.records),
            ("artifact", named, self.revoked.artifacts),
            ("key", verified.key.fingerprint, self.revoked.keys),
        ):
            if value in listed:
                raise VerificationError(f"the {what} {value} was revoked", reason="revoked")


def open_directory(folder: Path, root: bytes, state: Path) -> Directory:
    """Refresh from `folder` (`metadata/`, `targets/`) and read the three targets.

    `root` is the pinned root metadata (any version; later ones must be signed by it and its successors),
    `state` a folder of our own. The clock of the machine decides what has expired. Raises UsageError when
    `state` cannot be written, else VerificationError with reason rollback, expired, threshold, mismatch or
    directory, or MalformedRecordError for documents that are not what they should be.
    """
    from tuf.api.exceptions import DownloadError, RepositoryError

    try:
        read_json(root, LIMITS)
        (state / "targets").mkdir(mode=0o700, parents=True, exist_ok=True)
        updater = _updater(folder, root, state)
        updater.refresh()
        contents = {name: _target(updater, name) for name in ("evaluators.json", "policy.toml", "revoked.json")}
        version = int(updater._trusted_set.targets.version)  # noqa: SLF001 - tuf shows it nowhere else
    except (RepositoryError, DownloadError) as error:
        raise _refusal(error) from error
    except OSError as error:
        raise UsageError(f"cannot keep what was seen in {state}: {error.strerror}", hint="a writable folder") from None
    return Directory(
        version,
        _evaluators(contents["evaluators.json"]),
        contents["policy.toml"],
        _read_revocations(contents["revoked.json"]),
    )


def _updater(folder: Path, root: bytes, state: Path) -> Updater:
    from tuf.ngclient.config import UpdaterConfig
    from tuf.ngclient.updater import Updater

    return Updater(
        str(state),
        "folder:metadata/",
        str(state / "targets"),
        "folder:targets/",
        fetcher=_fetcher(folder),
        config=UpdaterConfig(prefix_targets_with_hash=False),
        bootstrap=root,
    )


def _fetcher(folder: Path) -> FetcherInterface:
    """Reads `folder:metadata/NAME` and `folder:targets/NAME`; JSON passes the strict reader before TUF's."""
    from tuf.api.exceptions import DownloadHTTPError
    from tuf.ngclient.fetcher import FetcherInterface

    class FolderFetcher(FetcherInterface):
        def _fetch(self, url: str) -> Iterator[bytes]:
            part, _, name = url.removeprefix("folder:").partition("/")
            path = folder / part / name
            if "/" in name or part not in {"metadata", "targets"} or not path.is_file():
                raise DownloadHTTPError(f"no {part}/{name}", 404)
            with path.open("rb") as file:
                data = file.read(LIMITS.size + 1)
            if name.endswith(".json"):
                read_json(data, LIMITS)
            return iter((data,))

    return FolderFetcher()


def _target(updater: Updater, name: str) -> bytes:
    found = updater.get_targetinfo(name)
    if found is None:
        raise VerificationError(f"the directory lists no {name}", reason="directory")
    return Path(updater.download_target(found)).read_bytes()


def _evaluators(data: bytes) -> tuple[Evaluator, ...]:
    document = read_object(data, LIMITS)
    if document.keys() != {"format", "evaluators"} or document["format"] != EVALUATORS:
        raise MalformedRecordError(f"evaluators.json is not of format {EVALUATORS}", reason="format")
    listed = document["evaluators"]
    if not isinstance(listed, list):
        raise MalformedRecordError("evaluators.json holds no list", reason="value")
    found = tuple(decode(Evaluator, value, camel=True) for value in listed)
    for evaluator in found:
        if not evaluator.principal or not evaluator.key.spki:
            raise MalformedRecordError("an evaluator has no name", reason="value")
    return found


def _read_revocations(data: bytes) -> Revocations:
    document = read_object(data, LIMITS)
    if document.keys() != {"format", "records", "artifacts", "keys"} or document["format"] != REVOCATIONS:
        raise MalformedRecordError(f"revoked.json is not of format {REVOCATIONS}", reason="format")
    lists = [_texts(document[name]) for name in ("records", "artifacts", "keys")]
    return Revocations(*lists)


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedRecordError("revoked.json holds lists of text only", reason="value")
    return frozenset(value)


def _refusal(error: Exception) -> VerificationError | MalformedRecordError:
    from tuf.api import exceptions as tuf

    if isinstance(error.__cause__, MalformedRecordError):  # the strict reader, inside TUF's download
        return error.__cause__
    reasons: list[tuple[type[Exception], str]] = [
        (tuf.BadVersionNumberError, "rollback"),
        (tuf.ExpiredMetadataError, "expired"),
        (tuf.UnsignedMetadataError, "threshold"),
        (tuf.LengthOrHashMismatchError, "mismatch"),
        (tuf.DownloadLengthMismatchError, "mismatch"),
    ]
    reason = next((name for kind, name in reasons if isinstance(error, kind)), "directory")
    return VerificationError(f"the directory was refused: {error}", reason=reason)
