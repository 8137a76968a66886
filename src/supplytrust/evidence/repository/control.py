"""How much of the control over a project lies with people who are new to it.

For everybody who wrote in the year before a release, and for the releaser, five shares are added and aged by
tenure; the highest sum is the score:

    U = max_i 2^(-tenure_i / 730 d) * (0.30 c/(n+5) + 0.20 s/(S+5) + 0.25 new_releaser + 0.15 b/(b+3) + 0.10 m/(M+5))

c of n commits, s of S touches of sensitive paths, b opaque binaries added or changed, m of M commits of others
that this one committed. The weights were fixed before they were tried. It measures that control moved to
somebody recent, not why: honest hand-overs score as high as the takeover of xz (PCRE2 .49-.51, xz .33).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from supplytrust.evidence.repository.file_kinds import is_media, part_of
from supplytrust.evidence.repository.history import landed_by
from supplytrust.evidence.repository.people import DAY, NEWCOMER_DAYS, WINDOW_DAYS, People, Work, absence_factor, shares
from supplytrust.evidence.repository.tags import Release, moment_of, same_key, signature_of
from supplytrust.io.git.log import main_tip
from supplytrust.io.git.objects import Person
from supplytrust.model.claims.history import CommitHistory, Contributor, PartKnowledge, Releaser
from supplytrust.model.claims.source_tree import KnownBy

HALF_LIFE_DAYS = 730.0
NEW_RELEASER_DAYS = 540
PRIOR_RELEASES = 3
_DAMPING, _BINARY_DAMPING = 5, 3
_COMMITS, _SENSITIVE, _RELEASER, _BINARIES, _LANDED = 0.30, 0.20, 0.25, 0.15, 0.10


@dataclass(frozen=True, slots=True)
class Hold:
    """One person's hold on a project at a moment; `score` is U_i, `room` what unread binaries could add to it."""

    identity: int
    tenure: float
    commits: int
    sensitive: int
    new_releaser: bool
    binaries: int
    landed: int
    score: float
    room: float = 0.0


def is_new_releaser(people: People, releaser: int | None, moment: int, days: int = NEW_RELEASER_DAYS) -> bool | None:
    """At least three releases came before, some more than `days` ago, and none of those by this person.

    None when the releaser is unknown or there are too few releases to compare with.
    """
    prior = people.before(moment)
    old = [r for r in prior if r.at < moment - days * DAY]
    if releaser is None or len(prior) < PRIOR_RELEASES or not old:
        return None
    return all(people.releaser(r) != releaser for r in old)


def holds(
    people: People, window: list[Work], moment: int, releaser: int | None, binaries: Mapping[int, int] | None
) -> list[Hold]:
    """Everybody's hold, strongest first. `binaries` counts opaque ones by author; None: contents were not readable."""
    commits = Counter(w.author for w in window)
    sensitive: Counter[int] = Counter()
    landed: Counter[int] = Counter()
    for one in window:
        sensitive[one.author] += one.sensitive
        if one.committer != one.author and not one.web:
            landed[one.committer] += 1
    totals = (len(window), sum(sensitive.values()), sum(landed.values()))
    new = is_new_releaser(people, releaser, moment) is True
    asked = set(commits) | ({releaser} if releaser is not None else set())
    found = []
    for who in asked:
        opaque = (binaries or {}).get(who, 0)
        parts = (commits[who], sensitive[who], new and who == releaser, opaque, landed[who])
        found.append(_hold(who, people.tenure(who, moment), parts, totals, known=binaries is not None))
    return sorted(found, key=lambda h: (-h.score, h.identity))


def _hold(
    who: int, tenure: float, parts: tuple[int, int, bool, int, int], totals: tuple[int, int, int], *, known: bool
) -> Hold:
    commits, sensitive, new, opaque, landed = parts
    ageing = 2.0 ** (-tenure / HALF_LIFE_DAYS)
    score = ageing * (
        _COMMITS * commits / (totals[0] + _DAMPING)
        + _SENSITIVE * sensitive / (totals[1] + _DAMPING)
        + _RELEASER * new
        + _BINARIES * opaque / (opaque + _BINARY_DAMPING)
        + _LANDED * landed / (totals[2] + _DAMPING)
    )
    room = 0.0 if known else ageing * _BINARIES
    return Hold(who, tenure, commits, sensitive, new, opaque, landed, score, room)


def release_at(people: People, commit: str, name: str) -> Release | None:
    """The release of this commit, by tag name if one fits; None when the commit is no release."""
    fitting = [r for r in people.releases if r.commit.id == commit]
    return next((r for r in fitting if r.name == name), fitting[0] if fitting else None)


# Who knows which sensitive part of a project: by touches in three years, of people who have been here for a year.

KNOWLEDGE_DAYS, KNOWER_DAYS, KNOWER_TOUCHES = 3 * 365, 365, 3
_MOST_KNOWERS = 12


def part_knowledge(people: People, moment: int) -> tuple[PartKnowledge, ...]:
    """Every part that was touched in the three years before a moment, in order of its name."""
    touches: dict[str, Counter[int]] = {}
    for work in people.span(moment - KNOWLEDGE_DAYS * DAY, moment):
        for touch in work.commit.touches:
            part = part_of(touch.path)
            if part:
                touches.setdefault(part, Counter())[work.author] += 1
    return tuple(_knowledge_of(people, part, touches[part], moment) for part in sorted(touches))


def _knowledge_of(people: People, part: str, counts: Counter[int], moment: int) -> PartKnowledge:
    ordered = sorted(counts, key=lambda who: (-counts[who], who))
    tenure = {who: int(people.tenure(who, moment)) for who in ordered}
    knowing = [who for who in ordered if counts[who] >= KNOWER_TOUCHES and tenure[who] >= KNOWER_DAYS]
    shown = tuple((people.identities.name(who), tenure[who], counts[who]) for who in knowing[:_MOST_KNOWERS])
    return PartKnowledge(part, sum(counts.values()), len(counts), len(knowing), shown)


# A project's state at one release as the claim `CommitHistory`: aggregates, and a few commit ids to look at.

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
        parts=part_knowledge(people, moment),
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
