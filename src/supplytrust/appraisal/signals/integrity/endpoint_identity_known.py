"""Question
    Is it known which key, authority or attested program answers at the service that is called?
Why it matters
    A name is resolved outside the platform, so whoever stands on the way can answer to it. Only an identity
    that the caller holds the other end to (a key, the authority that certifies it, or what an attestation
    shows) makes the service the one that was meant.
Evidence used
    Endorsement with an identity, signed by somebody the relying party listens to.
Supports when
    An endorsement that holds at the judged moment names the identity, and all of them name the same.
Opposes when
    Never: that nobody vouches for a service does not make it a wrong one.
Not observed when
    No endorsement of the service was found; its protocol lets nothing be held to a key; endorsements name
    several identities, or one names none (inconclusive).
Limits
    The identity is somebody's word and binds the loader only where it pins it. What the service does with
    what it is sent stays unknown.
References
    RFC 9525 (service identity in TLS); RFC 7469 (pinning); RFC 9334 (attested services).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import covering_endorsements, support_by
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/endpoint_identity_known", claims=(Endorsement,), trait="service")
_OPEN = ("tcp", "udp", "http", "ws", "redis", "mysql", "postgres", "mqtt")  # protocols without an identity


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for endorsements that name an identity."""
    found = covering_endorsements(META.id, subject, evidence, moment)
    if not found:
        return META.not_observed(NotObservedReason.NOT_FOUND, "nobody vouches for who answers there")
    if _protocol(subject.purl) in _OPEN:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, "its protocol lets nothing be held to an identity", found
        )
    named = {o.claim.identity for o in found}
    if len(named) > 1 or None in named:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, "endorsements name no one identity", found)
    return support_by(META, found, moment)


def _protocol(purl: str) -> str:
    """The `protocol` of a configured service, or the scheme of a called one."""
    _, given, rest = purl.partition("protocol=")
    if given:
        return rest.partition("&")[0].partition("#")[0]
    return purl.partition("/service/")[2].partition("/")[0]
