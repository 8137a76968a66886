"""GitLab: GraphQL tells public projects to everybody (GitLab documentation, "GraphQL API reference").

A note carries the access level of its author in the project; whoever merges, or closes what another one opened, has
the right to. Rules of branches are told to members only.
"""

from __future__ import annotations

from datetime import datetime

from supplytrust.errors import NotFoundError
from supplytrust.evidence.forge import activity
from supplytrust.evidence.forge.activity import (
    SCHEMA,
    Activity,
    Asker,
    Person,
    Release,
    Reply,
    Role,
    Rules,
    Thread,
    flag,
    is_bot,
    items,
    member,
    moment,
    number,
    text,
)
from supplytrust.formats.json_reader import Json

NAME = "gitlab"
TOKENS = ("GITLAB_TOKEN",)
_LEVELS = {"developer": Role.MAINTAINER, "maintainer": Role.MAINTAINER, "owner": Role.MAINTAINER}
_PERSON = "{username bot createdAt}"
_NOTE = f"createdAt maxAccessLevelOfAuthor authorIsContributor author{_PERSON}"
_NOTES = (
    f"said:notes(first:10,filter:ONLY_COMMENTS){{pageInfo{{hasNextPage}} nodes{{{_NOTE}}}}} "
    f"done:notes(first:30,filter:ONLY_ACTIVITY){{pageInfo{{hasNextPage}} nodes{{body {_NOTE}}}}}"
)
_THREAD = f"iid createdAt closedAt author{_PERSON} labels(first:10){{nodes{{title}}}} {_NOTES}"
_QUESTION = f"""
query($path:ID!,$issues:String,$changes:String){{
 project(fullPath:$path){{
  fullPath archived createdAt repository{{rootRef}}
  branchRules(first:20){{nodes{{name isDefault branchProtection{{allowForcePush}}
   approvalRules{{nodes{{approvalsRequired}}}} externalStatusChecks{{nodes{{name}}}}}}}}
  releases(first:20){{pageInfo{{hasNextPage}} nodes{{tagName releasedAt author{_PERSON}}}}}
  issues(first:20,after:$issues,sort:CREATED_DESC){{pageInfo{{hasNextPage endCursor}} nodes{{{_THREAD}}}}}
  mergeRequests(first:20,after:$changes,sort:CREATED_DESC){{pageInfo{{hasNextPage endCursor}}
   nodes{{{_THREAD} mergedAt mergeUser{_PERSON}}}}}}}}}
"""
_APPROVED, _WITHDRAWN, _CLOSED = "approved this merge request", "unapproved this merge request", "closed"


def api_bases(scheme: str, host: str) -> tuple[str, str]:
    """The bases of REST and GraphQL, below the instance's own address."""
    return f"{scheme}://{host}/api/v4/", f"{scheme}://{host}/api/graphql"


def look(asker: Asker, address: str, path: str, now: datetime) -> Activity:
    """Everything about `group/.../name`, in four questions at most. Raises SourceError kinds."""
    gaps: dict[str, str] = {}
    nodes: dict[str, list[Json]] = {"issues": [], "mergeRequests": []}
    more = dict.fromkeys(nodes, True)
    cursors: dict[str, Json] = {"issues": None, "changes": None}
    first: Json = None
    for _page in range(activity.MOST_REQUESTS):
        found = member(asker.ask("graphql", _QUESTION, {"path": path, **cursors}), "project")
        if found is None:
            raise NotFoundError("the forge knows no such project, or shows it to members only")
        first = first or found
        for key, cursor in (("issues", "issues"), ("mergeRequests", "changes")):
            if more[key]:
                nodes[key] += items(found, key, "nodes")
                more[key] = flag(found, key, "pageInfo", "hasNextPage") is True
                cursors[cursor] = text(found, key, "pageInfo", "endCursor") or cursors[cursor]
        if not any(more[key] and not activity.reaches_back(nodes[key], now, "createdAt") for key in nodes):
            break
    issues = activity.threads_of(nodes["issues"], lambda node: _thread(node, change=False), gaps)
    changes = activity.threads_of(nodes["mergeRequests"], lambda node: _thread(node, change=True), gaps)
    releases = _releases(first)
    cut = flag(first, "releases", "pageInfo", "hasNextPage") is True
    return Activity(
        *(SCHEMA, address, NAME, text(first, "fullPath"), now),
        *(flag(first, "archived"), None, moment(first, "createdAt")),
        *(tuple(issues), activity.covered_since(issues, now, more=more["issues"])),
        *(tuple(changes), activity.covered_since(changes, now, more=more["mergeRequests"])),
        reviews_known=True,
        releases=releases,
        releases_since=activity.released_since(releases, now, more=cut),
        rules=_rules(first),
        gaps=gaps,
    )


def _person(node: Json, role: Role) -> Person:
    """An account; whoever was deleted is shown as the ghost user, if at all."""
    name = text(node, "username")
    if flag(node, "bot") or is_bot(name):
        return Person(name, Role.BOT)
    if name in ("", "ghost"):
        return Person("", Role.OUTSIDER)
    return Person(name, role, moment(node, "createdAt"))


def _writer(note: Json) -> Person:
    level = _LEVELS.get(text(note, "maxAccessLevelOfAuthor").lower())
    other = Role.CONTRIBUTOR if flag(note, "authorIsContributor") else Role.OUTSIDER
    return _person(member(note, "author"), level or other)


def _thread(node: Json, *, change: bool) -> Thread | None:
    """The author's own role is that of the notes under the same name: a thread itself does not tell it."""
    at = moment(node, "createdAt")
    if at is None:
        return None
    said = [Reply(_writer(n), when) for n in items(node, "said", "nodes") if (when := moment(n, "createdAt"))]
    done = [(n, when) for n in items(node, "done", "nodes") if (when := moment(n, "createdAt"))]
    writers = [reply.by for reply in said] + [_writer(n) for n, _ in done]
    by = _person(member(node, "author"), Role.OUTSIDER)
    by = next((w for w in writers if w.is_same(by)), by)
    replies = sorted([*said, *_approvals(done)], key=lambda reply: reply.at)
    cut = flag(node, "said", "pageInfo", "hasNextPage") is True
    closers = [_writer(n) for n, _ in done if text(n, "body").startswith(_CLOSED)]
    merger = member(node, "mergeUser")
    return Thread(
        number=text(node, "iid"),
        change=change,
        security=activity.is_about_security([text(label, "title") for label in items(node, "labels", "nodes")]),
        by=by,
        at=at,
        closed_at=moment(node, "closedAt"),
        closed_by=_decider(closers[-1], by) if closers else None,
        merged_at=moment(node, "mergedAt"),
        merged_by=None if merger is None else _decider(_person(merger, Role.MAINTAINER), by),
        replies=tuple(replies),
        replies_known_until=said[-1].at if cut and said else None,
    )


def _decider(person: Person, author: Person) -> Person:
    """Whoever closed or merged what another one opened has the right to."""
    if person.is_same(author):
        return author
    return Person(person.name, Role.MAINTAINER, person.since) if person.role is not Role.BOT and person.name else person


def _approvals(done: list[tuple[Json, datetime]]) -> list[Reply]:
    """Approvals that were not taken back, with their time, as the forge's own notes tell them."""
    standing: dict[str, Reply] = {}
    for note, at in sorted(done, key=lambda pair: pair[1]):
        by, body = _writer(note), text(note, "body")
        if body.startswith(_APPROVED):
            standing[by.name] = Reply(by, at, approves=True)
        elif body.startswith(_WITHDRAWN):
            standing.pop(by.name, None)
    return list(standing.values())


def _releases(found: Json) -> tuple[Release, ...] | None:
    if member(found, "releases") is None:
        return None
    times = [(one, moment(one, "releasedAt")) for one in items(found, "releases", "nodes")]
    return tuple(
        Release(text(one, "tagName"), at, _person(member(one, "author"), Role.OUTSIDER)) for one, at in times if at
    )


def _rules(found: Json) -> Rules | None:
    branch = text(found, "repository", "rootRef")
    rule = next((r for r in items(found, "branchRules", "nodes") if flag(r, "isDefault")), None)
    if rule is None:
        return None
    approvals = [number(r, "approvalsRequired") or 0 for r in items(rule, "approvalRules", "nodes")]
    checks = tuple(sorted({text(c, "name") for c in items(rule, "externalStatusChecks", "nodes")} - {""}))
    return Rules(
        branch, max(approvals, default=0), checks, flag(rule, "branchProtection", "allowForcePush"), None, None
    )
