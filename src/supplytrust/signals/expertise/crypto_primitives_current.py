"""Question
    Are the cryptographic primitives that the code uses up to date, and used as they are meant?
Why it matters
    Home-made or outdated cryptography fails silently: the code works, the tests pass, and the protection is
    not there. Which digest, mode, key length and random source are used can be read from the code.
Evidence used
    CryptoUses of the judged file: places found by reading the Python syntax tree, with severity by use.
Supports when
    Primitives are used and nothing is remarked in library code. Grade `minor`: only remarks of low severity
    (such as a weak digest for a protocol that asks for it). Grade `unused`: no primitive is used.
Opposes when
    Library code has a use of high severity: a weak digest for a password or signature, ECB mode, a weak
    cipher, a short key, a secret compared in variable time, `random` for a secret, an unverified TLS peer.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); there is no Python
    module (not-applicable); more than one module in twenty could not be parsed (incomplete); a vendored
    copy has a use of high severity, or a severity is unknown (inconclusive).
Limits
    Reads Python only: compiled code and calls through configuration or names made at run time are not seen.
    The purpose of a digest is guessed from names near it, so both kinds of error occur. Current primitives
    in a wrong protocol pass. Code in tests and examples is left out.
References
    NIST SP 800-131A rev. 2 (transitions), SP 800-57 part 1 rev. 5 (key lengths), SP 800-38A (modes of
    operation); RFC 6151 (MD5), RFC 6194 (SHA-1), RFC 8017 (RSA), RFC 9155; CWE-327, CWE-208, CWE-338,
    CWE-295; Krüger et al., "CrySL" (ECOOP 2018); Python documentation, "secrets" and "hmac.compare_digest".
"""

from __future__ import annotations

from supplytrust.model.claims.artifact import CryptoUse, CryptoUses
from supplytrust.model.evidence import GapReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, Moment, SignalMeta
from supplytrust.model.picking import judged, least_favourable, nothing_about, of_file, shown
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/crypto_primitives_current", claims=(CryptoUses,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: Moment) -> Finding:
    """Judge the remarks about the judged file."""
    readings = of_file(evidence, CryptoUses, judged(subject))
    if not readings:
        return nothing_about(META, evidence, CryptoUses, judged(subject) or subject.purl)
    return least_favourable((_answer(seen) for seen in readings), grades=("", "minor", "unused"))


def _answer(seen: Observation[CryptoUses]) -> Finding:
    claim, name = seen.claim, shown(seen.claim.file_name)
    shipped = sorted((u for u in claim.uses if u.reach not in ("test", "example")), key=_place)
    own = [u for u in shipped if u.severity == "high" and u.reach == "library"]
    if own:
        return META.opposes(_told(own), (seen,))
    if claim.modules <= 0:
        return META.not_observed(GapReason.NOT_APPLICABLE, f"{name} has no Python module", (seen,))
    if claim.unread * 20 > claim.modules:
        text = f"{claim.unread} of {claim.modules} modules could not be read"
        return META.not_observed(GapReason.INCOMPLETE, text, (seen,))
    return _without_grave(seen, shipped)


def _without_grave(seen: Observation[CryptoUses], shipped: list[CryptoUse]) -> Finding:
    claim = seen.claim
    doubtful = [u for u in shipped if u.severity not in ("info", "low")]
    if doubtful:
        return META.not_observed(GapReason.INCONCLUSIVE, _told(doubtful), (seen,))
    minor = [u for u in shipped if u.severity == "low"]
    if minor:
        return META.supports(_told(minor), (seen,), grade="minor")
    if not claim.uses_crypto:
        text = f"{claim.modules} modules read, no cryptographic primitive used"
        return META.supports(text, (seen,), grade="unused")
    return META.supports(f"{claim.modules} modules read, no outdated primitive", (seen,))


def _place(use: CryptoUse) -> tuple[str, int, str]:
    return use.path, use.line, use.rule


def _told(uses: list[CryptoUse]) -> str:
    more = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
    return f"{shown(uses[0].rule, 24)} at {shown(uses[0].path, 36)}:{uses[0].line}{more}"
