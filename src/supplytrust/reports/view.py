"""What an audit says, in the order in which a person should read it; every format shows this same view.

First what is dangerous, package by package: refused, known vulnerable, not on the index, withdrawn. Then what changed.
Then one entry for each cause that keeps the others back, however many they are. Each says what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.audits.result import KNOWN_BY_NAME, AuditResult, Cause, SubjectVerdict
from supplytrust.ledger import Change
from supplytrust.model.record import VENDOR, SinglePoint
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.reports import remedies
from supplytrust.reports.remedies import Step

OPEN_ADVISORY = "responsiveness/no_open_advisory"
NOT_YANKED = "responsiveness/not_yanked"
NEAR_NAME = "integrity/name_not_confusable"
NOT_FOUND = "not-judged:not-found"
OF_AREAS = ("must-have", "cooling-down", "area-", "cannot-reach", "veto:", "exempted")
FIXED = re.compile(r"fixed in ([^\s,;()…]+)")
LINE = re.compile(r"(?P<file>.+): line (?P<line>\d+)")
REASONS_CHANGED = ("now: ", "no longer: ")
TITLES = {
    "refused": "Refused: do not install",
    "vulnerable": "Known vulnerable",
    "name": "Name not on the index, or new and close to a popular one",
    "withdrawn": "Withdrawn by its publisher",
    "changed": "Changed since the last run",
    "cause": "Not known yet",
    "unjudged": "Not judged",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One package in a group, with what was seen and what to do about it."""

    purl: str
    outcome: str
    text: str
    where: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def file(self) -> str:
        """The file that lists the package; '' when it was named directly or another package leads to it."""
        return "" if self.where.startswith("pkg:") else self.where.partition(": ")[0]

    @property
    def line(self) -> int:
        """The line in that file; 0 when the list has no lines."""
        found = LINE.fullmatch(self.where)
        return int(found["line"]) if found else 0


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: dangerous packages of one kind, or all packages that one cause keeps back.

    `kind` is a key of TITLES, `id` names the group in every run. Items of a cause only say which
    packages lead to them: the text is the group's.
    """

    id: str
    kind: str
    text: str
    items: tuple[Item, ...]
    steps: tuple[Step, ...] = ()

    @property
    def title(self) -> str:
        """The heading under which it stands."""
        return TITLES[self.kind]


@dataclass(frozen=True, slots=True)
class AuditView:
    """A whole audit: `headline`, `groups` in reading order, the number admitted, then what it adds up to.

    `changes` are the differences to the last run in full, `changed` is their number with the command that shows them.
    """

    headline: str
    groups: tuple[Group, ...]
    admitted: str
    footprint: str
    remarks: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    changed: str = ""


def view_audit(result: AuditResult) -> AuditView:
    """The view of a result; it has an entry for every package that is not admitted."""
    admitted = result.count(Outcome.ADMIT)
    return AuditView(
        headline=_headline(result),
        groups=tuple(_groups(result)),
        admitted=f"{count_packages(admitted)} admitted" + _soonest_end(result) if admitted else "",
        footprint=_footprint(result),
        remarks=(
            *_least_known(result),
            *_behind(result),
            *_exceptions(result),
            *(("note", relative(note)) for note in result.notes),
        ),
        changes=tuple(_changes(result.changed)),
        changed=_count_changes(result),
    )


def count_packages(number: int) -> str:
    """`1 package`, `2 packages`."""
    return count(number, "package")


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def show_size(number: float) -> str:
    """A number of bytes in a unit that people read."""
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def name_with_path(item: Item) -> str:
    """A package of a cause, with those that lead to it."""
    return f"{label(item.purl)} ({item.text})" if item.text else label(item.purl)


def label(purl: str) -> str:
    """A release as people write it: `name@1.0`, with its type unless it is the usual one."""
    return ecosystems.short_name(purl).removeprefix("pkg:generic/").partition("?")[0]


def relative(text: str) -> str:
    """A place without the folders of this machine: below the working folder relative to it, else the name only."""
    here = f"{Path.cwd()}/"
    return re.sub(r"(?<![\w.:/-])/(?:[^\s,:/]+/)+", "", text.replace(here, ""))


# --- groups -------------------------------------------------------------------------------------------


def _groups(result: AuditResult) -> Iterator[Group]:
    left = [one for one in result.subjects if one.outcome is not Outcome.ADMIT]
    for kind in ("refused", "vulnerable", "name", "withdrawn"):
        members = [one for one in left if _belongs(one, kind)]
        left = [one for one in left if one not in members]
        if members:
            yield Group(kind, kind, TITLES[kind], tuple(_danger(one, kind) for one in members))
    yield from _changed_group(result.changed or ())
    yield from _causes(result, left)


def _belongs(one: SubjectVerdict, kind: str) -> bool:
    against = {cause.signal for cause in one.causes if not cause.reason}
    if kind == "refused":
        return one.outcome is Outcome.REFUSE
    if kind == "vulnerable":
        return OPEN_ADVISORY in against
    if kind == "name":
        return NEAR_NAME in against or any(reason.code == NOT_FOUND for reason in one.reasons)
    return NOT_YANKED in against


def _danger(one: SubjectVerdict, kind: str) -> Item:
    against = [cause.text for cause in one.causes if not cause.reason]
    shown = against[:3] or [reason.text for reason in one.reasons[:2]] or ["no reason given"]
    if kind == "name" and not against:
        shown = [f"not judged: {_unknown_name(one)}"]
    text = "; ".join(part for part in (*shown, _through(one)) if part)
    return Item(one.purl, one.outcome.name, text, relative(one.where), tuple(_danger_steps(one)))


def _through(one: SubjectVerdict) -> str:
    """The packages that lead to it; '' when it is asked for directly."""
    return f"through {' > '.join(label(purl) for purl in one.path[:-1])}" if len(one.path) > 1 else ""


def _unknown_name(one: SubjectVerdict) -> str:
    said = one.reasons[0].text
    text = "the index has no package of this name" if "server answered" in said else said
    return f"{text}; near names: {', '.join(one.near[:5])}" if one.near else text


def _danger_steps(one: SubjectVerdict) -> Iterator[Step]:
    place = f" in {relative(one.where)}" if one.where else ""
    name, _, version = label(one.purl).partition("@")
    said = " ".join(c.text for c in one.causes if c.signal == OPEN_ADVISORY and not c.reason)
    fixed = FIXED.findall(said)
    if fixed:  # of the gravest one; whether others stay open, the command says
        yield from remedies.take_release(label(one.purl), fixed[0], one.where, place, "or later")
    elif one.near:
        yield Step("do", f"if {one.near[0]} is meant, write that{place}; else take the line out")
        yield Step("run", f"supplytrust assess {remedies.spell_release(one.near[0], version)}")
    elif not one.record_digest:
        yield Step("do", f"correct the name or version{place}, or take it out")
    elif one.newest:
        yield from remedies.take_release(label(one.purl), one.newest, one.where, place, "or take it out")
    else:
        yield Step("do", f"choose another release of {name}{place}, or take it out")
        yield Step("run", f"supplytrust assess '{one.purl}'")


def _changed_group(changed: Iterable[Change]) -> Iterator[Group]:
    """Other outcomes, versions and files; packages that only have other reasons are no news of this kind."""
    items, last = [], ""
    for change in changed:
        entry = change.after or change.before
        news = [why for why in change.why if not why.startswith((*REASONS_CHANGED, "policy "))]
        if entry and (news or change.kind in ("new", "gone")):
            items.append(Item(entry.purl, entry.outcome.name, "; ".join(news) or change.kind))
            last = entry.purl if change.kind == "worse" or not last else last
    if items:
        yield Group(
            "changed", "changed", TITLES["changed"], tuple(items), (Step("run", f"supplytrust history {last}"),)
        )


def _causes(result: AuditResult, left: list[SubjectVerdict]) -> Iterator[Group]:
    """One group a cause, the widest first. A package counts under each cause that keeps it back."""
    found: dict[tuple[str, str], list[tuple[SubjectVerdict, Cause]]] = {}
    for one in left:
        causes = {remedies.key_of(cause): cause for cause in (*_other_reasons(one), *reversed(_open_causes(one)))}
        for key, cause in (causes or {("unjudged", "no reason given"): Cause("", "", "no reason given")}).items():
            found.setdefault(key, []).append((one, cause))
    order = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    for key, members in order:
        yield _cause(result, key, members)


def _open_causes(one: SubjectVerdict) -> list[Cause]:
    """What speaks against an area that is met anyway keeps nothing back."""
    return [cause for cause in one.causes if cause.reason or cause.signal.partition("/")[0] in one.undecided]


def _other_reasons(one: SubjectVerdict) -> Iterator[Cause]:
    """Reasons that no question of the package itself explains, such as a dependency or a place that is not judged."""
    for reason in one.reasons:
        if not reason.code.startswith(OF_AREAS):
            yield Cause(reason.code, _without_names(reason.text) if not one.record_digest else "", reason.text)


def _without_names(text: str) -> str:
    """What is the same in sentences of one kind."""
    return re.sub(r"\S*[/\d]\S*", "*", text)[:120]


def _cause(result: AuditResult, key: tuple[str, str], members: list[tuple[SubjectVerdict, Cause]]) -> Group:
    packages = tuple(dict.fromkeys(one.purl for one, _ in members))
    first, cause = members[0]
    items = tuple(Item(one.purl, one.outcome.name, _through(one), relative(one.where)) for one, _ in members)
    judged = bool(first.record_digest)
    text = ("" if judged else "not judged: ") + remedies.describe(key, (cause for _, cause in members))
    target = relative(result.name)
    lack = remedies.Lack(cause.signal, cause.reason, packages, target, f"supplytrust audit {target}")
    given = _steps_against(lack) if judged and not cause.reason else remedies.steps(lack)
    given = given if judged else _unjudged_steps(first)
    name = "/".join(part for part in (key[0], key[1] if judged else "") if part)
    return Group(name, "cause" if judged else "unjudged", text, items, given)


def _steps_against(lack: remedies.Lack) -> tuple[Step, ...]:
    """Something speaks against the package: nothing that is brought takes it back."""
    if lack.signal.partition("/")[0] not in set(Area):
        return remedies.steps(lack)
    return (
        Step("run", f"supplytrust explain {lack.signal}"),
        Step("do", "take another release; or answer for it by an exception, with reason, owner and end"),
    )


def _unjudged_steps(one: SubjectVerdict) -> tuple[Step, ...]:
    code = one.reasons[0].code if one.reasons else ""
    if code == KNOWN_BY_NAME:
        text = f"a policy exception for {one.purl} takes it over, with reason, owner and end; or leave {one.where} out"
        return (Step("do", text),)
    if code == "not-judged":
        place = relative(one.where)
        return (
            Step("do", f"name a release of the configured index in {place}, or judge the file itself"),
            Step("run", "supplytrust assess ./FILE"),
        )
    return (Step("run", f"supplytrust assess '{one.purl}'"),)


# --- what it adds up to -------------------------------------------------------------------------------


def _headline(result: AuditResult) -> str:
    counts = ", ".join(f"{result.count(o)} {o.name}" for o in reversed(Outcome) if result.count(o))
    basis = f"(policy {result.policy_id}, as of {result.at:%Y-%m-%d})"
    number = count_packages(len(result.subjects))
    return f"{relative(result.name)}   {number}: {counts}   {result.outcome.name}  {basis}"


def _soonest_end(result: AuditResult) -> str:
    ends = [one.expires for one in result.subjects if one.outcome is Outcome.ADMIT and one.expires]
    return f"; the first holds until {min(ends):%Y-%m-%d}" if ends else ""


def _least_known(result: AuditResult) -> Iterator[tuple[str, str]]:
    """The package of which the least is known, among those that are not admitted."""
    found = [(o.coverage, o.purl) for o in result.subjects if o.coverage is not None and o.outcome is not Outcome.ADMIT]
    if found:
        coverage, purl = min(found)
        yield "known", f"least of {label(purl)}: {coverage:.0%} of its questions answered"


def _behind(result: AuditResult) -> Iterator[tuple[str, str]]:
    """How many packages are not the newest release, and the one that is behind the most."""
    late = [one for one in result.subjects if one.behind]
    if late:
        most = max(late, key=lambda one: (one.behind, one.purl))
        far = f"{label(most.purl)} by {count(most.behind, 'release')}, newest {most.newest}"
        yield "behind", f"{count_packages(len(late))} not the newest; the most: {far}"


def _exceptions(result: AuditResult) -> Iterator[tuple[str, str]]:
    """What stands on exceptions, until when, by whom; and what of it a person has to decide."""
    found = result.exceptions
    for reason in found.failures:
        yield "failure", reason.text
    for one in found.used:
        left = f"{count((one.expires - result.at).days, 'day')} left (until {one.expires:%Y-%m-%d})"
        areas = ", ".join(area.value for area in one.covers)
        yield "exception", f"{one.subject} {areas}: {left}, by {one.owner}: {one.reason}"
    if found.unused:
        names = ", ".join(one.subject for one in found.unused)
        yield "unused", f"{count(len(found.unused), 'exception')} that nothing needs: {names}"


def _footprint(result: AuditResult) -> str:
    code = [one for one in result.subjects if not one.purl.startswith("pkg:generic/service/")]
    seen, sizes = result.footprint, [one.facts.bytes for one in code]
    known = [size for size in sizes if size is not None]
    native = [one.facts.native for one in code]
    parts = [count_packages(seen.packages)]
    parts.append(f"{show_size(sum(known))}{_share_known(len(known), len(sizes))}")
    parts.append(f"{native.count(True)} native{_share_known(len(native) - native.count(None), len(native))}")
    if seen.concentration is not None:
        parts.append(f"homogeneity {seen.concentration:.2f}")
    power = {VENDOR: "vouches for"}.get
    points = [(p, f"{p.kind} {p.name} alone {power(p.kind, 'can release')}") for p in _widest(result)]
    reach = [f"{text} {len(p.packages)} ({p.share:.0%})" for p, text in points]
    return " · ".join([*parts, *(reach or ["who can release is not known"])])


def _widest(result: AuditResult) -> list[SinglePoint]:
    """The widest single point of failure of each kind; those that reach one package only are no news."""
    first: dict[str, SinglePoint] = {}
    for point in result.footprint.single_points:
        first.setdefault(point.kind, point)
    return [p for p in first.values() if len(p.packages) > 1] or list(first.values())[:1]


def _share_known(known: int, all_: int) -> str:
    return "" if known == all_ else f" (known of {known})"


def _count_changes(result: AuditResult) -> str:
    """The changes in one line; '' when there was no earlier run."""
    if not result.changed:
        return "" if result.changed is None else "nothing since the last run"
    number = count_packages(len(result.changed))
    return f"{number} since the last run: supplytrust audit {relative(result.name)} --changed"


def _changes(changed: Iterable[Change] | None) -> Iterator[str]:
    """The differences to the last run, a line each; one line when there is nothing to compare, or no difference."""
    if changed is None:
        yield "no earlier run over this set to compare with"
        return
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for change in changed:
        alike.setdefault((change.kind, change.why), []).append(_release(change))
    if not alike:
        yield "nothing since the last run"
    for (kind, why), releases in alike.items():
        number = f"{count_packages(len(releases))}: " if len(releases) > 1 else ""
        yield f"{kind}: {number}{', '.join(releases)}" + (f": {'; '.join(why)}" if why else "")


def _release(change: Change) -> str:
    entry = change.after or change.before
    return label(entry.purl if entry else change.package) + (f" {entry.outcome.name}" if entry else "")
