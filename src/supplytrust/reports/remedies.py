"""What brings a fact that is missing, as a line to paste: one rule a topic and reason.

A topic is the kind of fact that a question reads (the repository, advisories, a rebuild, ...), a reason why there is no
answer. Commands come first, then lines of the configuration, then what only a person can do. Where nothing can be
brought the step says whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from supplytrust import ecosystems
from supplytrust.appraisal import signals
from supplytrust.audits.result import Cause
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason as Why

NOT_REACHED = frozenset({Why.UNREACHABLE, Why.OFFLINE, Why.RATE_LIMITED, Why.REFUSED})
TIME = frozenset({Why.FIRST_SIGHT, Why.COOLING_DOWN, Why.NO_PREDECESSOR})
TOPICS = {
    "advisory": "advisories",
    "history": "repository",
    "source_tree": "repository",
    "rebuild": "rebuild",
    "attestation": "attestation",
    "review": "review",
    "release": "index",
    "artifact": "artifact",
    "code": "artifact",
    "workload": "workload",
}
OF_CLAIM = {
    "LayoutFollowed": "layout",
    "FirstSeenFacts": "ledger",
    "FuzzingSetup": "repository",
    "WorkflowWeaknesses": "repository",
    "RebuiltByOthers": "rebuilders",
    "ApiChanges": "predecessor",
    "StatedPurpose": "purpose",
}
OF_SIGNAL = {"expertise/evidence_fits_purpose": "purpose"}
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


@dataclass(frozen=True, slots=True)
class Lack:
    """A question without an answer: its signal, the reason's value ('' when not known), and whom it is about.

    `packages` are purls; `target` is what was judged as a whole, a list or a package, as a command takes it; `again`
    the command that judges it. `deep`: it is about what the target depends on.
    """

    signal: str
    reason: str
    packages: tuple[str, ...]
    target: str
    again: str
    deep: bool = False


def topic_of(signal_id: str) -> str:
    """What a question is about: the kind of fact that its signal reads first; the id itself when there is no signal."""
    signal = signals.find(signal_id)
    own = [OF_SIGNAL[signal_id]] if signal_id in OF_SIGNAL else []
    for claim in signal.META.claims if signal else ():
        topic = OF_CLAIM.get(claim.__name__) or TOPICS.get(claim.__module__.rpartition(".")[2])
        own += [topic] if topic else []
    return own[0] if own else signal_id


def is_endorsable(signal_id: str) -> bool:
    """Whether a signed endorsement can answer the question."""
    signal = signals.find(signal_id)
    return signal is not None and Endorsement in signal.META.claims


def key_of(cause: Cause) -> tuple[str, str]:
    """Causes of one key have the same remedy."""
    if not cause.reason:
        return cause.signal, ""
    return topic_of(cause.signal), "not-reached" if cause.reason in NOT_REACHED else cause.reason


def describe(key: tuple[str, str], causes: Iterable[Cause]) -> str:
    """A cause in one sentence: the topic's own, or what was said, if all said the same."""
    texts = list(dict.fromkeys(cause.text for cause in causes))
    own = SAID.get(key, "")
    if own:
        return own
    more = f" (and {len(texts) - 1} more of this kind)" if len(texts) > 1 else ""
    return f"{texts[0]}{more}" if texts else key[0]


def steps(lack: Lack) -> tuple[Step, ...]:
    """What brings the fact, the surest first; never empty."""
    if signals.find(lack.signal) is None:
        return tuple(Step("run", f"supplytrust assess '{package}'") for package in lack.packages[:1])
    own = _BY_TOPIC.get(topic_of(lack.signal), _nothing_special)(lack)
    return own or _by_reason(lack)


# --- by topic: () leaves the answer to the reason alone -----------------------------------------------


def _nothing_special(_lack: Lack) -> tuple[Step, ...]:
    return ()


def _repository(lack: Lack) -> tuple[Step, ...]:
    if lack.reason == Why.NOT_PUBLISHED:
        return (_named_repository(lack), *_by_a_person(lack))
    if lack.reason in {Why.INCONCLUSIVE, Why.TOO_LARGE, Why.MALFORMED, Why.INTERNAL, Why.NOT_APPLICABLE, *TIME}:
        return ()
    if lack.reason == Why.TOOL_MISSING:
        return (Step("run", "supplytrust doctor"),)
    return (_fetch(lack), _named_repository(lack))


def _fetch(lack: Lack, more: str = "") -> Step:
    return Step("run", f"supplytrust sources fetch {lack.target}{' --deps direct' if lack.deep else ''}{more}")


def _named_repository(lack: Lack) -> Step:
    names = dict.fromkeys(package.partition("?")[0].partition("@")[0] for package in lack.packages)
    lines = [f'"{name}" = "PATH-OR-URL"' for name in names]
    rest = [f"# and {len(lines) - 3} more like these"] if len(lines) > 3 else []
    return Step("config", "\n".join(["[repository]  # a clone on this machine will do", *lines[:3], *rest]))


def _advisories(lack: Lack) -> tuple[Step, ...]:
    if lack.reason in {Why.NOT_APPLICABLE, Why.INTERNAL, *TIME}:
        return ()
    return (
        _fetch(lack, " --advisories osv"),
        Step("config", '[advisories]\nosv = "PATH"  # a folder, zip or file of OSV records, newer than the releases'),
    )


def _rebuild(lack: Lack) -> tuple[Step, ...]:
    if lack.signal.endswith("second_interpreter_agrees") and lack.reason in (Why.NOT_LOOKED, Why.DEPENDS, ""):
        return (Step("run", f"{lack.again} --second-interpreter"),)
    if lack.reason == Why.NOT_LOOKED:
        return (Step("run", f"{lack.again} --rebuild auto"),)
    if lack.reason == Why.TOOL_MISSING:
        return (Step("run", "supplytrust doctor"),)
    if lack.reason in (Why.DEPENDS, Why.NOT_PUBLISHED, Why.NOT_FOUND):
        return (_fetch(lack), Step("run", lack.again))
    if lack.reason in {Why.NOT_APPLICABLE, Why.INTERNAL, *TIME, *NOT_REACHED} or not lack.packages:
        return ()
    return (Step("run", f"supplytrust rebuild '{lack.packages[0]}'"), *_by_a_person(lack))


def _attestation(lack: Lack) -> tuple[Step, ...]:
    if lack.signal.endswith("built_by_trusted_builder") and lack.reason == Why.NOT_LOOKED:
        return (Step("do", "name the builder in the policy's [builders]; as here: supplytrust policy show baseline"),)
    if lack.reason in (Why.NOT_PUBLISHED, Why.NOT_FOUND, ""):
        return (Step("do", "only its publisher can attest a release; other evidence can stand in"), *_by_a_person(lack))
    if lack.reason in (Why.NOT_LOOKED, Why.STALE):
        return (Step("config", '[trust-root]\nsigstore = "trusted_root.json"  # a current copy'),)
    return ()


def _layout(lack: Lack) -> tuple[Step, ...]:
    del lack
    return (Step("config", '[assurances]\nlayouts = ["FOLDER"]  # in-toto layout, links and keys of the steps'),)


def _rebuilders(lack: Lack) -> tuple[Step, ...]:
    del lack
    scope = f'scope = ["pkg:{ecosystems.default_type()}/*"]'
    return (Step("config", f'[rebuilders.NAME]\nstatements = "FOLDER"\nkey = "NAME.pub"\n{scope}'),)


def _review(lack: Lack) -> tuple[Step, ...]:
    del lack
    return (
        Step("config", '[assurances]\ncargo-vet = ["audits.toml"]  # audits of people you trust'),
        Step("config", '[assurances]\naudits = ["audits.toml"]  # reports of external audits'),
    )


def _purpose(lack: Lack) -> tuple[Step, ...]:
    name = lack.packages[0].partition("?")[0].partition("@")[0] if lack.packages else ecosystems.example_purl()
    return (Step("config", f'[purpose]\n"{name}" = "general"  # or what it is used for'), *_review(lack))


def _ledger(lack: Lack) -> tuple[Step, ...]:
    return (Step("do", f"a second look answers it; run again with the same ledger: {lack.again}"),)


def _workload(lack: Lack) -> tuple[Step, ...]:
    return (Step("run", f"{lack.again} --config Enarx.toml"),) if lack.reason == Why.NOT_LOOKED else ()


_BY_TOPIC = {
    "repository": _repository,
    "advisories": _advisories,
    "rebuild": _rebuild,
    "attestation": _attestation,
    "layout": _layout,
    "rebuilders": _rebuilders,
    "review": _review,
    "purpose": _purpose,
    "ledger": _ledger,
    "workload": _workload,
}


# --- by reason alone ----------------------------------------------------------------------------------


def _by_reason(lack: Lack) -> tuple[Step, ...]:
    if lack.reason in NOT_REACHED or lack.reason in (Why.NOT_LOOKED, Why.STALE):
        return (
            Step("do", f"let the network be reached, and run again: {lack.again}"),
            Step("run", "supplytrust doctor"),
        )
    if lack.reason in TIME:
        return (Step("do", f"time answers it; run again later: {lack.again}"),)
    if lack.reason == Why.TOOL_MISSING:
        return (Step("run", "supplytrust doctor"),)
    if lack.reason == Why.NOT_APPLICABLE:
        return (Step("do", "this does not apply to the package: other evidence has to answer for it"),)
    if lack.reason == Why.INTERNAL:
        return (Step("do", f"a defect of this program: report it with SUPPLYTRUST_DEBUG=1 {lack.again}"),)
    return _by_a_person(lack)


def _by_a_person(lack: Lack) -> tuple[Step, ...]:
    """Nothing more can be looked up: somebody answers for it, by an endorsement or by an exception."""
    package = lack.packages[0].partition("?")[0] if lack.packages else ecosystems.example_purl("1.0")
    if is_endorsable(lack.signal):
        area = lack.signal.partition("/")[0]
        text = (
            f"supplytrust endorse {package} --area {area} --claim {lack.signal} --reason WHY --author NAME "
            "--expires DATE --key KEY -o NAME.endorsement"
        )
        return (Step("run", text),)
    return (
        Step("run", f"supplytrust explain {lack.signal}"),
        Step(
            "do",
            f"take another release, or answer for it by an exception: supplytrust policy init --from {lack.target}",
        ),
    )


# --- another release in the place of one


def spell_release(name: str, version: str) -> str:
    """A release as the command line takes it: a bare name as a requirement, a purl as a purl."""
    if not version:
        return name
    return f"{name}@{quote(version, safe='')}" if name.startswith("pkg:") else f"{name}=={version}"


def take_release(old: str, version: str, where: str, place: str, otherwise: str) -> Iterator[Step]:
    """How a release of a list is replaced: by the tool that writes the list, where it can be told to; else by hand.

    `old` is the release as people write it, `where` its file and place in it, `place` the same as it is shown.
    """
    name, _, before = old.partition("@")
    newer = spell_release(name, version)
    told = ecosystems.update_command(Path(where.partition(":")[0]).name)
    if told:
        short = name.rpartition("/")[2]
        yield Step("run", told.format(name=short, before=unquote(before), version=version))
    else:
        later = otherwise == "or later"
        yield Step("do", f"write {newer} {otherwise}{place}" if later else f"write {newer}{place}, {otherwise}")
    yield Step("run", f"supplytrust assess {newer}")
