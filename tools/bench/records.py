"""What verifying a record of our own costs, beside a bare signature check. `python tools/bench/records.py`

Prints CPU milliseconds (best of several rounds) and the ratio to one Ed25519 verification of the same
message in the same run, which is what a machine under load can compare.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import EdgeKind, Outcome
from supplytrust.records import envelope
from supplytrust.records.signers import new_key, open_key, sign
from supplytrust.records.statement import PAYLOAD_TYPE, from_statement, to_statement, verify

LIMIT_MS = 0.5


def cost(work, rounds=7, repeats=60):
    """Best CPU milliseconds of one call."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, (time.process_time() - start) / repeats)
    return best * 1000


def row(name, milliseconds, bare):
    """One line of the table."""
    print(f"{name:<44} {milliseconds:8.3f} ms   {milliseconds / bare:6.1f} x bare")


def measure(label, made: TrustRecord, folder: Path):
    """Envelope only (what a gate pays before it parses), and the whole record as a value."""
    key = open_key(folder / "key")
    data = sign(made, key)
    verified = envelope.verify(data, [key.public], PAYLOAD_TYPE)
    message = envelope.pae(PAYLOAD_TYPE, verified.payload)
    signature = key.sign(message)
    public = load_der_public_key(key.public.spki)
    assert isinstance(public, Ed25519PublicKey)
    bare = cost(lambda: public.verify(signature, message))
    print(f"{label}: envelope {len(data)} bytes")
    row("  bare Ed25519 verify", bare, bare)
    checked = cost(lambda: envelope.verify(data, [key.public], PAYLOAD_TYPE))
    row("  envelope verified", checked, bare)
    row("  statement read into a record", cost(lambda: from_statement(verified.payload)), bare)
    row("  verify(): both", cost(lambda: verify(data, [key.public])), bare)
    row("  to_statement()", cost(lambda: to_statement(made)), bare)
    return checked


def main():
    """The table; exit 1 when a small record's envelope costs more than the goal."""
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from dataclasses import replace

    from simulators.records import record

    with TemporaryDirectory() as name:
        folder = Path(name)
        new_key(folder / "key")
        small = measure("record of one package", record(), folder)
        one = record().dependencies[0]
        many = tuple(replace(one, purl=f"pkg:pypi/dep-{n}@1", kind=EdgeKind.LINK) for n in range(1000))
        measure("record with 1,000 dependencies", record(Outcome.ADMIT, dependencies=many), folder)
    if small > LIMIT_MS:
        print(f"over the goal of {LIMIT_MS} ms")
        sys.exit(1)


if __name__ == "__main__":
    main()
