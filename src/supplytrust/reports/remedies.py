"""What can be done about a cause, as a line to paste: one entry a topic, so that equal causes have one answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.appraisal import signals
from supplytrust.audits.causes import Cause

NOT_REACHED = frozenset({"unreachable", "offline", "rate-limited", "refused"})
SHOWN_LINES = 3
TOPICS = {
    "advisory": "advisories",
    "history": "repository",
    "source_tree": "repository",
    "disclosure": "repository",
    "testing": "repository",
    "rebuild": "rebuild",
    "attestation": "attestation",
    "review": "review",
    "release": "index",
}
SAID = {
    ("advisories", "not-reached"): "no advisory database answered",
    ("repository", "not-reached"): "the source repository could not be read",
    ("rebuild", "not-looked"): "not rebuilt: rebuilding is switched off",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do. `kind`: run (a command), config (lines of supplytrust.toml), do."""

    kind: str
    text: str


def topic_of(cause: Cause) -> str:
    """What a cause is about: the kind of fact that its signal reads."""
    signal = signals.find(cause.signal)
    kinds = [claim.__module__.rpartition(".")[2] for claim in signal.META.claims] if signal else []
    return next((TOPICS[kind] for kind in kinds if kind in TOPICS), cause.signal)


def key_of(cause: Cause) -> tuple[str, str]:
    """Causes of one key have the same remedy."""
    if not cause.reason:
        return cause.signal, ""
    return topic_of(cause), "not-reached" if cause.reason in NOT_REACHED else cause.reason


def describe(key: tuple[str, str], causes: Iterable[Cause]) -> str:
    """A cause in one sentence: the topic's own, or what was said, if all said the same."""
    texts = list(dict.fromkeys(cause.text for cause in causes))
    own = SAID.get(key, "")
    if own:
        return own
    more = f" (and {len(texts) - 1} more of this kind)" if len(texts) > 1 else ""
    return f"{texts[0]}{more}" if texts else key[0]


def steps(key: tuple[str, str], signal: str, packages: tuple[str, ...], target: str) -> tuple[Step, ...]:
    """What can be done about it, the surest first. `packages` are purls; `target` what was audited."""
    topic, reason = key
    if signals.find(signal) is None:
        return tuple(Step("run", f"supplytrust assess '{package}'") for package in packages[:1])
    if topic == "advisories":
        return (
            Step("config", '[advisories]\nosv = "PATH"  # a folder, zip or file of OSV records'),
            Step("do", "or let the network reach the advisory service, and run this again"),
        )
    if topic == "repository":
        return _repository_steps(reason, packages)
    if topic == "rebuild" and reason == "not-looked":
        return (Step("run", f"supplytrust audit {target} --rebuild auto"),)
    if topic == "rebuild":
        return (Step("run", f"supplytrust rebuild {packages[0]}"),) if packages else ()
    if topic == "review":
        return (Step("config", '[assurances]\ncargo-vet = ["audits.toml"]  # audits of people you trust'),)
    if reason in ("first-sight", "cooling-down"):
        return (Step("do", f"time answers it; run again later: supplytrust audit {target}"),)
    return (Step("run", f"supplytrust explain {signal}"),)


def _repository_steps(reason: str, packages: tuple[str, ...]) -> tuple[Step, ...]:
    names = dict.fromkeys(package.partition("?")[0].partition("@")[0] for package in packages)
    lines = [f'"{name}" = "PATH-OR-URL"' for name in names]
    rest = [f"# and {len(lines) - SHOWN_LINES} more like these"] if len(lines) > SHOWN_LINES else []
    text = "\n".join(["[repository]  # a clone on this machine will do", *lines[:SHOWN_LINES], *rest])
    named = Step("config", text)
    if reason == "not-reached":
        return named, Step("do", "or let the network reach the declared repositories, and run this again")
    return (named,)
