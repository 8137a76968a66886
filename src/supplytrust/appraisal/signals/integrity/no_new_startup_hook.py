"""Question
    Is there no new code that runs by itself, at install, build or interpreter start, against the last
    release?
Why it matters
    An install script, a `.pth` file or a command class runs before anyone imports the package. Of 64
    documented attacks 22 brought such a hook that the release before did not have.
Evidence used
    ChangeSincePredecessor of the judged file (new or changed hooks), StartupHooks of it (all hooks), and
    WheelAgainstSdist (whether the sdist has the hook too).
Supports when
    No hook is new or changed. Grade `none` when the file has no executing hook at all, also for a first
    release. Grade `inert` when what is new runs nothing by itself (a path-only `.pth`, a plain call of
    setup()).
Opposes when
    A hook that executes is new in the wheel, and the sdist of the same release does not have that file: two
    facts together. So does one that is new and was seen to do what no installation needs (runs decoded text, sends
    the environment or credentials, feeds a download to a shell). A new hook alone holds: healthy projects add them.
Not observed when
    The file was not compared (its source's reason), or there is no predecessor (no-predecessor) and it has
    hooks; only other files were compared (incomplete); an executing hook or install script is new, or the
    archive has links, roots or names that leave open which file would run (inconclusive).
Limits
    A payload in code that the user imports is no hook. A hook that has long been there can be given another
    meaning by a file it loads. Judges the one file named; a hook in the sdist does not count against the
    wheel.
References
    Python documentation, "site: site-specific configuration hook"; PEP 517, PEP 427; MITRE ATT&CK T1546.018
    (Python startup hooks), T1195.002; Ohm et al., "Backstabber's Knife Collection" (DIMVA 2020); litellm
    1.82.8 (2026), a new `.pth` in a wheel.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
    show_text,
)
from supplytrust.model.claims.artifact import (
    GRAVE_CONDUCT,
    ChangeSincePredecessor,
    StartupHook,
    StartupHooks,
    WheelAgainstSdist,
)
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/no_new_startup_hook", claims=(ChangeSincePredecessor, StartupHooks, WheelAgainstSdist))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for executing hooks that the predecessor's file did not have."""
    name = judged_file(subject)
    hooks = of_file(evidence, StartupHooks, name)
    changes = of_file(evidence, ChangeSincePredecessor, name)
    if changes:
        compared = current(evidence, WheelAgainstSdist, lambda claim: claim.wheel == name)
        smuggled = [found for change in changes for found in _hooks_beside_sdist(change, compared)]
        answers = smuggled or [_answer(change, hooks) for change in changes]
        return least_favourable(answers, grades=("none", "", "inert"))
    missing = nothing_about(META, evidence, ChangeSincePredecessor, name or subject.purl)
    if missing.reason is NotObservedReason.NO_PREDECESSOR and hooks and not _executing(hooks) and not _unclear(hooks):
        return META.supports(
            f"nothing to compare with, and nothing in {show_text(name)} runs by itself", hooks, grade="none"
        )
    return missing


def _answer(change: Observation[ChangeSincePredecessor], hooks: tuple[Observation[StartupHooks], ...]) -> Finding:
    claim, before = change.claim, show_text(change.claim.predecessor, 16)
    fresh = [_describe_hook(h) for h in claim.new_hooks if h.executes] + list(claim.new_install_scripts)
    grave = [(h, does) for h in claim.new_hooks for does in h.conduct if does in GRAVE_CONDUCT]
    if grave:
        text = f"runs by itself, new since {before}, {grave[0][1].value}: {_describe_hook(grave[0][0])}"
        return META.opposes(text, (change,))
    if fresh:
        text = f"runs by itself and new since {before}: {first_of(fresh)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (change,))
    unclear = claim.unclear or _unclear(hooks)
    if unclear:
        text = f"what runs by itself cannot be told: {first_of(unclear)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (change, *hooks))
    if not claim.dated and (claim.new_hooks or not hooks or _executing(hooks)):
        return META.not_observed(NotObservedReason.INCOMPLETE, f"when {before} was released is not known", (change,))
    if claim.new_hooks:
        text = f"new since {before}, runs nothing: {first_of([_describe_hook(h) for h in claim.new_hooks])}"
        return META.supports(text, (change,), grade="inert")
    if hooks and not _executing(hooks):
        return META.supports(f"nothing in {show_text(claim.file_name)} runs by itself", (change, *hooks), grade="none")
    return META.supports(f"{show_text(claim.file_name)}: no new start-up hook since {before}", (change,))


def _hooks_beside_sdist(
    change: Observation[ChangeSincePredecessor], compared: tuple[Observation[WheelAgainstSdist], ...]
) -> list[Finding]:
    """New executing hooks of the wheel that its sdist does not have, as opposing findings."""
    fresh = {hook.path for hook in change.claim.new_hooks if hook.executes}
    found = []
    for seen in compared:
        paths = fresh & {m.path for m in seen.claim.odd if m.path not in seen.claim.generated}
        if paths:
            text = f"new, runs by itself, not as in the sdist: {first_of(sorted(paths), 32)}"
            found.append(META.opposes(text, (change, seen)))
    return found


def _executing(hooks: tuple[Observation[StartupHooks], ...]) -> bool:
    return any(hook.executes for seen in hooks for hook in seen.claim.hooks)


def _unclear(hooks: tuple[Observation[StartupHooks], ...]) -> list[str]:
    return [why for seen in hooks for why in seen.claim.unclear]


def _describe_hook(hook: StartupHook) -> str:
    does = f" ({', '.join(hook.conduct)})" if hook.conduct else ""
    return (hook.path if hook.kind.value in hook.path else f"{hook.kind.value} {hook.path}") + does
