"""Question
    Did the registry sign that it lists exactly these bytes under this name and version?
Why it matters
    A mirror, a cache or a proxy can hand out another document than the registry's. What the registry has signed with
    a key that is known beforehand cannot be changed on the way.
Evidence used
    RegistrySignature of the judged file.
Supports when
    A key that is pinned (by the configuration, or by the ecosystem's own client) signed name, version and digest of
    the judged bytes, and no signature is wrong.
Opposes when
    A signature names a pinned key that did not make it. This is a veto (bad-signature).
Not observed when
    Nothing is signed, as behind mirrors that leave signatures out; the key is not pinned, or was not in force when
    the file was published; the signature is over other bytes than those received (its source's reason).
Limits
    It says who listed the bytes and nothing of who made them: whoever can publish gets a signature, so it weighs
    nothing in favour. A mirror that leaves the signature out is not noticed by this.
References
    "About registry signatures" of the registry's documentation; npm/rfcs; docs/decisions/0052-registry-signatures.md.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import of_judged_file, show_text
from supplytrust.model.claims.attestation import RegistrySignature
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(
    id="build/registry_signature_verified", claims=(RegistrySignature,), since="0.3", trait="signed-listings"
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """A wrong signature counts before every verified one."""
    seen = of_judged_file(META, subject, evidence, RegistrySignature)
    if isinstance(seen, Finding):
        return seen
    wrong = [one for one in seen if one.claim.wrong]
    if wrong:
        text = f"the registry's key {show_text(wrong[0].claim.key, 24)} did not make the signature that names it"
        return META.opposes(text, wrong, veto=Veto.BAD_SIGNATURE)
    return META.supports(f"listed under the registry's signature, key {show_text(seen[0].claim.key, 24)}", seen)
