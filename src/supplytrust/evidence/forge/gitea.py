"""Gitea and Forgejo: four REST requests (their API description, `swagger.v1.json`, is the same in these parts).

Neither tells what an account may do in a project. Whoever merged a change has the right to, and so have the owner and
whoever published a release; everybody else counts as an outsider. Reviews are told one change at a time, so they stay
unread; the rules of the main branch are told to everybody.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode

from supplytrust.errors import SourceError
from supplytrust.evidence.forge import activity
from supplytrust.evidence.forge.activity import (
    SCHEMA,
    Activity,
    Asker,
    Person,
    Reply,
    Role,
    Rules,
    Thread,
    flag,
    is_bot,
    member,
    moment,
    number,
    text,
)
from supplytrust.formats.json_reader import Json

NAME = "gitea"
TOKENS = ("CODEBERG_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN")
_PAGE = 50


def api_bases(scheme: str, host: str) -> tuple[str, str]:
    """The base of REST; there is no GraphQL."""
    return f"{scheme}://{host}/api/v1/", ""


def look(asker: Asker, address: str, path: str, now: datetime) -> Activity:
    """Changes, issues, comments, and the rules of the main branch. Raises SourceError kinds."""
    gaps = {"reviews": "reviews are told one change at a time", "releases": "left out: four requests a repository"}
    base = f"repos/{quote(path)}"
    pulls = _entries(asker.get(f"{base}/pulls?{urlencode({'state': 'all', 'sort': 'newest', 'limit': _PAGE})}"))
    found = next((r for p in pulls if (r := member(p, "base", "repo")) is not None), None)
    spare = found is not None
    found = found if found is not None else asker.get(base)
    base = f"repos/{quote(text(found, 'full_name') or path)}"
    issues = _entries(asker.get(f"{base}/issues?{urlencode({'state': 'all', 'type': 'issues', 'limit': _PAGE})}"))
    comments, known_until = _comments(asker, base, issues, pulls, now)
    rules = _rules(asker, base, text(found, "default_branch"), gaps) if spare else None
    if not spare:
        gaps["rules"] = "left out: four requests a repository"
    people = _Roles(found, pulls)
    changes = activity.threads_of(pulls, lambda n: _thread(n, people, comments, known_until, change=True), gaps)
    questions = activity.threads_of(issues, lambda n: _thread(n, people, comments, known_until, change=False), gaps)
    return Activity(
        *(SCHEMA, address, NAME, text(found, "full_name"), now),
        *(flag(found, "archived"), moment(found, "archived_at"), moment(found, "created_at")),
        *(tuple(questions), activity.covered_since(questions, now, more=len(issues) >= _PAGE)),
        *(tuple(changes), activity.covered_since(changes, now, more=len(pulls) >= _PAGE)),
        reviews_known=False,
        releases=None,
        releases_since=now,
        rules=rules,
        gaps=gaps,
    )


def _entries(document: Json) -> list[Json]:
    return [one for one in document if isinstance(one, dict)] if isinstance(document, list) else []


class _Roles:
    """Who is a maintainer, as far as the project's own documents show it."""

    def __init__(self, repository: Json, pulls: list[Json]) -> None:
        shown = [text(repository, "owner", "login"), *(text(pull, "merged_by", "login") for pull in pulls)]
        self._maintainers = {name.lower() for name in shown if name}
        merged = [text(p, "user", "login") for p in pulls if flag(p, "merged") is True]
        self._contributors = {name.lower() for name in merged if name}

    def person(self, node: Json) -> Person:
        """An account with its role; the deleted one is called Ghost, with the number -1."""
        name = text(node, "login")
        if is_bot(name) or number(node, "id") == -2:  # the forge's own account for its actions
            return Person(name, Role.BOT)
        if not name or number(node, "id") == -1:
            return Person("", Role.OUTSIDER)
        key, since = name.lower(), moment(node, "created")
        role = Role.MAINTAINER if key in self._maintainers else None
        return Person(name, role or (Role.CONTRIBUTOR if key in self._contributors else Role.OUTSIDER), since)


def _comments(
    asker: Asker, base: str, issues: list[Json], pulls: list[Json], now: datetime
) -> tuple[dict[str, list[Json]], datetime | None]:
    """Comments by the number of their thread, oldest first, and until when they are known (None: to the last).

    The forge lists them from the oldest on, so reading begins with the oldest thread that is in question.
    """
    times = [
        t for t in (moment(n, "created_at") for n in (*issues, *pulls)) if t is not None and t >= now - activity.WINDOW
    ]
    since = min(times, default=now)
    query = urlencode({"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "limit": _PAGE})
    listed = _entries(asker.get(f"{base}/issues/comments?{query}"))
    found: dict[str, list[Json]] = {}
    for one in listed:
        thread = text(one, "issue_url") or text(one, "pull_request_url")
        found.setdefault(thread.rpartition("/")[2], []).append(one)
    last = max((t for t in (moment(one, "created_at") for one in listed) if t is not None), default=None)
    return found, last if len(listed) >= _PAGE else None


def _thread(
    node: Json, people: _Roles, comments: dict[str, list[Json]], known_until: datetime | None, *, change: bool
) -> Thread | None:
    at, own = moment(node, "created_at"), str(number(node, "number") or "")
    if at is None:
        return None
    said = [
        Reply(people.person(member(c, "user")), when)
        for c in comments.get(own, ())
        if (when := moment(c, "created_at"))
    ]
    silent = number(node, "comments") == 0  # then nothing is unread, however little was read of all comments
    listed = member(node, "labels")
    labels = [text(label, "name") for label in listed] if isinstance(listed, list) else []
    merger = member(node, "merged_by")
    return Thread(
        number=own,
        change=change,
        security=activity.is_about_security(labels),
        by=people.person(member(node, "user")),
        at=at,
        closed_at=moment(node, "closed_at"),
        closed_by=None,
        merged_at=moment(node, "merged_at"),
        merged_by=None if merger is None else people.person(merger),
        replies=tuple(sorted(said, key=lambda reply: reply.at)),
        replies_known_until=None if silent else known_until,
    )


def _rules(asker: Asker, base: str, branch: str, gaps: dict[str, str]) -> Rules | None:
    try:
        found = asker.get(f"{base}/branches/{quote(branch, safe='')}")
    except SourceError as error:
        gaps["rules"] = error.message
        return None
    if flag(found, "protected") is not True:
        return None
    listed = member(found, "status_check_contexts") if flag(found, "enable_status_check") else []
    checks = tuple(sorted({c for c in listed if isinstance(c, str)})) if isinstance(listed, list) else ()
    return Rules(branch, number(found, "required_approvals"), checks, None, None, None)
