"""Judged under an accepted policy, of an epoch that is neither below the required nor below one seen before."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.state import RememberedEpochs

ORDER, ENDS = 130, False


def check(case: AdmissionContext) -> None:
    """The appraisal policy of the record, and this gate's own policy."""
    payload, policy = case.payload, case.policy
    if policy.record.policies and payload.policy_digest not in policy.record.policies:
        case.deny(Code.POLICY_DIGEST, "policy.digest", f"policy '{payload.policy_id}' is not an accepted one")
    if payload.policy_epoch < policy.record.min_policy_epoch:
        case.deny(
            Code.POLICY_ROLLBACK,
            "policy.epoch",
            f"{payload.policy_epoch} is below {policy.record.min_policy_epoch}",
        )
    own = f"gate:{policy.id}"
    for name, epoch in ((f"record:{payload.policy_id}", payload.policy_epoch), (own, policy.epoch)):
        if epoch < case.seen.epochs.get(name, 0):
            case.deny(Code.POLICY_ROLLBACK, "policy.epoch", f"{epoch} of {name} is lower than one seen before")
        case.learn(RememberedEpochs(epochs={name: epoch}))
