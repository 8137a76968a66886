"""A project's state at one release as the claim `CommitHistory`: aggregates, and a few commit ids to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from supplytrust.evidence.repository import code_ownership
from supplytrust.evidence.repository.control import NEW_RELEASER_DAYS, Hold, holds, is_new_releaser
from supplytrust.evidence.repository.history_graph import landed_by
from supplytrust.evidence.repository.people import DAY, NEWCOMER_DAYS, WINDOW_DAYS, People, Work, absence_factor, shares
from supplytrust.evidence.repository.release_tag import moment_of, same_key, signature_of
from supplytrust.evidence.repository.sensitive_paths import is_media
from supplytrust.evidence.repository.tags import Release
from supplytrust.io.git.log import main_tip
from supplytrust.io.git.objects import Person
from supplytrust.model.claims.history import CommitHistory, Contributor, Releaser
from supplytrust.model.claims.source_tree import KnownBy

LONG_STANDING_DAYS, LONG_STANDING_TOUCHES = NEWCOMER_DAYS, 5
_SHOWN, _ALIASES, _DOMAINS = 12, 6, 8


@dataclass(frozen=True, slots=True)
class Landing:
    """How the window's commits came in, and per author (self-landed, of known lander)."""

    second: int
    own: int
    unknown: int
    by_author: Mapping[int, tuple[int, int]]


def binary_candidates(window: list[Work]) -> dict[str, list[Work]]:
    """Contents added or changed in the window that may be opaque binaries, by blob id in hex."""
    found: dict[str, list[Work]] = {}
    for one in window:
        for touch in one.commit.touches:
            if touch.blob and touch.status in "AM" and not is_media(touch.path):
                found.setdefault(touch.blob.hex(), []).append(one)
    return found


def summarize(
    people: People,
    release: Release | None,
    moment: int,
    known_by: KnownBy,
    opaque: Mapping[str, list[Work]] | None,
) -> CommitHistory | None:
    """The claim at a release, or at a moment when the release has no tag; None without any work before it.

    `opaque` holds those of `binary_candidates` whose content is binary; None: contents were not readable.
    """
    window = people.window(moment)
    first = min((c.committed for c in people.log.commits if c.committed <= moment), default=None)
    if first is None or not people.span(-1, moment):
        return None
    releaser = people.releaser(release) if release else None
    binaries = None if opaque is None else Counter(w.author for works in opaque.values() for w in works)
    held = holds(people, window, moment, releaser, binaries)
    landing = _landing(people, window, release.commit.id if release else main_tip(people.log, moment))
    young = _newcomers(people, held, moment)
    prior = people.before(moment)
    previous = prior[-1] if prior else None
    lead, before, now = _incumbent(people, window, moment)
    return CommitHistory(
        known_by=known_by,
        release=release.name if release else "",
        release_commit=release.commit.id if release else "",
        at=moment_of(moment),
        first_commit_at=moment_of(first),
        commits_total=sum(c.committed <= moment for c in people.log.commits),
        window_days=WINDOW_DAYS,
        window_commits=len(window),
        sensitive_touches=sum(w.sensitive for w in window),
        people=len(shares(window)),
        contributors=_contributors(people, window, held, landing, releaser),
        absence_factor=absence_factor(window),
        control=held[0].score if held else 0.0,
        control_room=max((h.room for h in held), default=0.0),
        releaser=_releaser(people, release, releaser, moment),
        newcomer_share=_share(max((h.commits for h in young), default=0), len(window)),
        newcomer_sensitive_share=_share(max((h.sensitive for h in young), default=0), sum(w.sensitive for w in window)),
        newcomer_binaries=None if opaque is None else max((h.binaries for h in young), default=0),
        newcomer_binary_commits=_binary_commits(opaque or {}, {h.identity for h in young}),
        incumbent=lead,
        incumbent_before=before,
        incumbent_now=now,
        second_landed=landing.second,
        self_landed=landing.own,
        lander_unknown=landing.unknown,
        reviewed=sum(_has_reviewer(people, w) for w in window),
        previous_release=previous.name if previous else "",
        dormant_days=int((moment - previous.at) / DAY) if previous else None,
        commits_since_previous=len(people.span(previous.at, moment)) if previous else len(people.span(-1, moment)),
        long_standing=_long_standing(people, moment),
        domains=_domains(window),
        parts=code_ownership.knowledge(people, moment),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _newcomers(people: People, held: list[Hold], moment: int) -> list[Hold]:
    """Nobody is a newcomer to a project that is itself young."""
    if (moment - min(people.since.values(), default=moment)) / DAY < NEWCOMER_DAYS:
        return []
    return [h for h in held if h.tenure < NEWCOMER_DAYS]


def _landing(people: People, window: list[Work], tip: str) -> Landing:
    landers = landed_by(people.log, tip, window[0].at if window else 0)
    per: dict[int, tuple[int, int]] = {}
    second = own = unknown = 0
    for one in window:
        lander = landers.get(one.commit.id)
        who = people.identities.find(lander) if lander is not None else None
        if who is None:
            unknown += 1
            continue
        mine, known = per.get(one.author, (0, 0))
        per[one.author] = (mine + (who == one.author), known + 1)
        own, second = own + (who == one.author), second + (who != one.author)
    return Landing(second, own, unknown, per)


def _contributors(
    people: People, window: list[Work], held: list[Hold], landing: Landing, releaser: int | None
) -> tuple[Contributor, ...]:
    by_work = sorted(held, key=lambda h: (-h.commits, h.identity))
    shown = {h.identity: h for h in (*held[:4], *by_work)}
    wanted = [h for h in shown.values() if h.identity == releaser] + [
        h for h in shown.values() if h.identity != releaser
    ]
    found = [_contributor(people, window, h, landing) for h in wanted[:_SHOWN]]
    return tuple(sorted(found, key=lambda c: (-c.hold, c.name)))


def _contributor(people: People, window: list[Work], hold: Hold, landing: Landing) -> Contributor:
    mine = [w for w in people.by_author.get(hold.identity, ()) if not window or w.at <= window[-1].at]
    own, known = landing.by_author.get(hold.identity, (0, 0))
    name = people.identities.name(hold.identity)
    return Contributor(
        name=name,
        aliases=tuple(_show_person(p) for p in people.identities.names(hold.identity)[:_ALIASES]),
        tenure_days=int(hold.tenure),
        commits=hold.commits,
        sensitive=hold.sensitive,
        binaries=hold.binaries,
        committed_for_others=hold.landed,
        self_landed=own,
        landed=known,
        hold=hold.score,
        evidence=tuple(dict.fromkeys(w.commit.id for w in (*mine[:1], *mine[-1:]))),
    )


def _show_person(person: Person) -> str:
    return f"{person.name} <{person.email}>"


def _releaser(people: People, release: Release | None, who: int | None, moment: int) -> Releaser:
    prior = people.before(moment)
    new = [days for days in (540, 365) if is_new_releaser(people, who, moment, days)]
    comparable = is_new_releaser(people, who, moment, 365) is not None
    signed = signature_of(release, people.log) if release else None
    old = moment - NEW_RELEASER_DAYS * DAY
    keys = [(r.at, s) for r in prior if r.at < old and (s := signature_of(r, people.log)) is not None]
    return Releaser(
        name=people.identities.name(who) if who is not None else "",
        tenure_days=int(people.tenure(who, moment)) if who is not None else None,
        prior=len(prior),
        prior_own=sum(who is not None and people.releaser(r) == who for r in prior),
        new_for_days=(new[0] if new else 0) if comparable else None,
        signed=signed.kind if signed else "",
        key=signed.key if signed else "",
        key_new=not any(same_key(signed, k) for _, k in keys) if signed and signed.key and keys else None,
        key_years_before=(moment - keys[0][0]) / DAY / 365.25 if keys else None,
    )


def _incumbent(people: People, window: list[Work], moment: int) -> tuple[str, float, float]:
    """Whoever led in the three years before the window, with the share then and now."""
    before = people.span(moment - 4 * 365 * DAY, moment - WINDOW_DAYS * DAY)
    counts = shares(before)
    if not counts:
        return "", 0.0, 0.0
    who = min(counts, key=lambda i: (-counts[i], i))
    return people.identities.name(who), counts[who] / len(before), _share(shares(window)[who], len(window))


def _binary_commits(opaque: Mapping[str, list[Work]], young: set[int]) -> tuple[str, ...]:
    found = sorted({(w.at, w.commit.id) for works in opaque.values() for w in works if w.author in young})
    return tuple(name for _, name in found[-6:])


def _has_reviewer(people: People, work: Work) -> bool:
    """A trailer names a reviewer who is neither author nor the author under another known name."""
    extra = people.log.extras.get(work.commit.id)
    author = work.commit.author
    for person in extra.reviewers if extra else ():
        same = person.email.lower() == author.email.lower() or person.name.casefold() == author.name.casefold()
        if not same and people.identities.find(person) != work.author:
            return True
    return False


def _long_standing(people: People, moment: int) -> tuple[str, ...]:
    touches: Counter[int] = Counter()
    for one in people.span(moment - 3 * 365 * DAY, moment):
        touches[one.author] += one.sensitive
    found = [
        i for i, n in touches.items() if n >= LONG_STANDING_TOUCHES and people.tenure(i, moment) >= LONG_STANDING_DAYS
    ]
    ordered = sorted(found, key=lambda i: (-touches[i], i))
    return tuple(people.identities.name(i) for i in ordered[:_SHOWN])


def _domains(window: list[Work]) -> tuple[tuple[str, int], ...]:
    counts = Counter(w.commit.author.email.rpartition("@")[2].lower() for w in window if "@" in w.commit.author.email)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_DOMAINS])
