"""supplytrust endorse SUBJECT"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.command("endorse")
@options.argument("subject", "PURL|FILE.wasm", "The package, with or without a version, or a workload of your own.")
@click.option("--area", default="", help="The area it speaks about (default: that of the claim).")
@click.option(
    "--claim",
    required=True,
    metavar="SIGNAL-ID",
    help="The open question it answers; a wrong one lists the right ones.",
)
@click.option("--reason", required=True, help="Why you say so.")
@click.option("--author", required=True, help="The name under which your public key is kept.")
@click.option("--expires", required=True, metavar="DATE", help="When it ends, within 366 days.")
@click.option("--key", required=True, metavar="KEY", help="Private key file in PEM.")
@click.option(
    "--identity",
    default="",
    metavar="KIND:FILE|KIND:sha256:HEX",
    help="Of a service: the key, authority or attested measurement it is held to (key:server.pem, authority:ca.pem).",
)
@options.output
def command(
    subject: str,
    area: str,
    claim: str,
    reason: str,
    author: str,
    expires: str,
    key: str,
    identity: str,
    output: str | None,
) -> None:
    """Answer an open question yourself: signed, scoped, expiring; it never covers a veto."""
    from datetime import UTC, datetime

    from supplytrust.cli.output import deliver, read
    from supplytrust.collection.resolve import subject_of_file
    from supplytrust.errors import UsageError
    from supplytrust.records.endorsement import endorse, read_identity
    from supplytrust.records.signers import open_key

    end = options.instant(expires)
    if end is None:
        raise UsageError("an endorsement needs an end", hint="--expires 2027-01-31")
    now = datetime.now(UTC).replace(microsecond=0)
    area = area or claim.partition("/")[0]
    _check_claim(claim, area)
    if end <= now:
        raise UsageError(f"the endorsement would have ended on {end:%Y-%m-%d}", hint="--expires: a day to come")
    if not subject.startswith("pkg:") and Path(subject).is_file():
        subject = subject_of_file(Path(subject).name, read(subject)).purl
    held = read_identity(identity)
    made = endorse(subject, area, claim, reason, end, author, open_key(Path(key)), issued=now, identity=held)
    deliver(made, output)


def _check_claim(claim: str, area: str) -> None:
    """UsageError for a claim that no endorsement can answer; the hint lists those that one can."""
    import difflib

    from supplytrust.appraisal import signals
    from supplytrust.errors import UsageError
    from supplytrust.model.claims.review import Endorsement

    ids = [signal.META.id for signal in signals.catalogue() if Endorsement in signal.META.claims]
    if claim in ids and claim.startswith(f"{area}/"):
        return
    if claim in ids:
        raise UsageError(f"{claim} is no question of the area '{area}'", hint=f"--area {claim.partition('/')[0]}")
    near = difflib.get_close_matches(claim, ids, n=3, cutoff=0.6)
    known = signals.find(claim) is not None
    why = "takes nobody's word: it would not count" if known else "is no question"
    hint = f"near: {', '.join(near)}" if near else f"these can be endorsed: {', '.join(ids)}"
    raise UsageError(f"{claim} {why}", hint=hint)
