"""A client for the public sigstore conformance bundles: `python tools/bench/conformance.py PATH`.

It asks the verifier that `assess` asks (`evidence.attestations.verifier`), with the identity or key that the set names.

PATH is `test/assets/bundle-verify` of a checkout of sigstore-conformance; nothing of it is kept here. Folders that
end in `_fail` must be refused, all others accepted. The exit code is 1 when one of them is not.
"""

from __future__ import annotations

import collections
import hashlib
import sys
import time
from pathlib import Path

from supplytrust.errors import SupplytrustError
from supplytrust.evidence.attestations import verifier
from supplytrust.evidence.attestations.root import shipped_root
from supplytrust.evidence.attestations.statement import read_statement
from supplytrust.evidence.attestations.verifier import ExpectedSigner

BEACON = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon"
IDENTITY = f"{BEACON}/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"


def text(path: Path, otherwise: str) -> str:
    return path.read_text().strip() if path.exists() else otherwise


def answer(folder: Path) -> str:
    """'' when the bundle is accepted, else the reason."""
    artifact = folder / "artifact"
    data = (artifact if artifact.exists() else folder.parent / "a.txt").read_bytes()
    root, key = folder / "trusted_root.json", folder / "key.pub"
    expected = (
        ExpectedSigner(key=key.read_bytes())
        if key.exists()
        else ExpectedSigner(text(folder / "identity", IDENTITY), text(folder / "issuer", ISSUER))
    )
    try:
        trust = root.read_bytes() if root.exists() else shipped_root().data
        sha256 = hashlib.sha256(data).hexdigest()
        bundle = verifier.read((folder / "bundle.sigstore.json").read_bytes())
        proof = verifier.verify(bundle, sha256, expected, trust)
        if proof.payload_type and read_statement(proof.payload).sha256 != sha256:
            return "other-subject: the statement is about something else"
    except SupplytrustError as error:
        return f"{error.reason}: {error.message}"
    return ""


def main() -> int:
    folders = sorted(p for p in Path(sys.argv[1]).iterdir() if p.is_dir())
    begin = time.perf_counter()
    wrong: list[str] = []
    counts: collections.Counter[str] = collections.Counter()
    for folder in folders:
        reason = answer(folder)
        counts["refused" if reason else "accepted"] += 1
        if bool(reason) != folder.name.endswith("_fail"):
            wrong.append(folder.name)
        print(f"{folder.name}: {reason or 'accepted'}"[:160])
    took = time.perf_counter() - begin
    told = f"{counts['accepted']} accepted, {counts['refused']} refused"
    print(f"{len(folders) - len(wrong)}/{len(folders)} ({told}) in {took:.2f} s")
    for name in wrong:
        print(f"WRONG {name}")
    return 1 if wrong or not folders else 0


if __name__ == "__main__":
    sys.exit(main())
