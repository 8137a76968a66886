"""GitHub: one GraphQL question tells almost everything; without a token the REST API tells the issues.

After the public descriptions of both APIs ("GraphQL API reference", "REST API: issues, releases"). GraphQL wants a
token. The association of an author with the repository is told by the forge itself; whoever closes what another one
opened, or merges, has the right to.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from supplytrust.errors import NotFoundError, SourceError
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

NAME = "github"
TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_PAGES, _COMMENTS, _REVIEWS, _RELEASES = 3, 10, 20, 30
_ROLES = {
    **dict.fromkeys(("OWNER", "MEMBER", "COLLABORATOR"), Role.MAINTAINER),
    "CONTRIBUTOR": Role.CONTRIBUTOR,
}
_QUESTION = """
query($owner:String!,$name:String!,$issues:String,$changes:String){
 repository(owner:$owner,name:$name,followRenames:true){
  nameWithOwner url isArchived archivedAt createdAt
  defaultBranchRef{name refUpdateRule{
   requiredApprovingReviewCount requiredStatusCheckContexts allowsForcePushes requiresSignatures}}
  rulesets(first:20){nodes{enforcement target conditions{refName{include exclude}} bypassActors(first:1){totalCount}
   rules(first:30){nodes{type parameters{
    ...on PullRequestParameters{requiredApprovingReviewCount}
    ...on RequiredStatusChecksParameters{requiredStatusChecks{context}}}}}}}
  issues(first:50,after:$issues,orderBy:{field:CREATED_AT,direction:DESC}){pageInfo{hasNextPage endCursor}
   nodes{...thread authorAssociation comments(first:10){totalCount nodes{...said}}
    timelineItems(last:1,itemTypes:[CLOSED_EVENT]){nodes{...on ClosedEvent{actor{...who}}}}}}
  pullRequests(first:50,after:$changes,orderBy:{field:CREATED_AT,direction:DESC}){pageInfo{hasNextPage endCursor}
   nodes{number createdAt closedAt mergedAt author{...who} authorAssociation mergedBy{...who}
    labels(first:10){nodes{name}} comments(first:10){totalCount nodes{...said}}
    reviews(first:20){totalCount nodes{submittedAt state author{...who} authorAssociation}}
    timelineItems(last:1,itemTypes:[CLOSED_EVENT]){nodes{...on ClosedEvent{actor{...who}}}}}}}}
fragment who on Actor{__typename login ...on User{createdAt}}
fragment said on IssueComment{createdAt author{...who} authorAssociation}
fragment thread on Issue{number createdAt closedAt author{...who} labels(first:10){nodes{name}}}
"""


def api_bases(scheme: str, host: str) -> tuple[str, str]:
    """The bases of REST and GraphQL: an address of their own for the public forge, paths of an enterprise's server."""
    if host == "github.com":
        return "https://api.github.com/", "https://api.github.com/graphql"
    return f"{scheme}://{host}/api/v3/", f"{scheme}://{host}/api/graphql"


def look(asker: Asker, address: str, path: str, now: datetime) -> Activity:
    """Everything about `owner/name`, in three questions and one request at most. Raises SourceError kinds."""
    owner, _, name = path.partition("/")
    return (_ask_graph if asker.has_token else _ask_rest)(asker, address, (owner, name), now)


def _ask_graph(asker: Asker, address: str, where: tuple[str, str], now: datetime) -> Activity:
    gaps: dict[str, str] = {}
    nodes: dict[str, list[Json]] = {"issues": [], "pullRequests": []}
    more = dict.fromkeys(nodes, True)
    cursors: dict[str, Json] = {"issues": None, "changes": None}
    first: Json = None
    for _page in range(_PAGES):
        found = member(asker.ask("graphql", _QUESTION, {"owner": where[0], "name": where[1], **cursors}), "repository")
        if found is None:
            raise NotFoundError("the forge knows no such repository")
        first = first or found
        for key, cursor in (("issues", "issues"), ("pullRequests", "changes")):
            if more[key]:
                nodes[key] += items(found, key, "nodes")
                more[key] = flag(found, key, "pageInfo", "hasNextPage") is True
                cursors[cursor] = text(found, key, "pageInfo", "endCursor") or cursors[cursor]
        if not any(more[key] and not activity.reaches_back(nodes[key], now, "createdAt") for key in nodes):
            break
    issues = activity.threads_of(nodes["issues"], lambda node: _thread(node, change=False), gaps)
    changes = activity.threads_of(nodes["pullRequests"], lambda node: _thread(node, change=True), gaps)
    releases = _releases(asker, where, gaps)
    return Activity(
        *(SCHEMA, address, NAME, text(first, "nameWithOwner"), now),
        *(flag(first, "isArchived"), moment(first, "archivedAt"), moment(first, "createdAt")),
        *(tuple(issues), activity.covered_since(issues, now, more=more["issues"])),
        *(tuple(changes), activity.covered_since(changes, now, more=more["pullRequests"])),
        reviews_known=True,
        releases=releases,
        releases_since=activity.released_since(releases, now, more=len(releases or ()) >= _RELEASES),
        rules=_rules(first),
        gaps=gaps,
    )


def _person(node: Json, association: str) -> Person:
    """An account with its role; a null author is a deleted one (the forge shows it as a ghost)."""
    name = text(node, "login")
    if text(node, "__typename") in ("Bot", "EnterpriseUserAccount") or is_bot(name):
        return Person(name, Role.BOT)
    if not name or text(node, "__typename") == "Mannequin":
        return Person("", Role.OUTSIDER)
    return Person(name, _ROLES.get(association, Role.OUTSIDER), moment(node, "createdAt"))


def _thread(node: Json, *, change: bool) -> Thread | None:
    at, by = moment(node, "createdAt"), _person(member(node, "author"), text(node, "authorAssociation"))
    if at is None:
        return None
    replies = [
        Reply(
            _person(member(one, "author"), text(one, "authorAssociation")),
            when,
            approves=text(one, "state") == "APPROVED",
        )
        for one in (*items(node, "comments", "nodes"), *items(node, "reviews", "nodes"))
        if (when := moment(one, "createdAt") or moment(one, "submittedAt")) is not None
    ]
    replies.sort(key=lambda reply: reply.at)
    cut = (number(node, "comments", "totalCount") or 0) > _COMMENTS or (
        number(node, "reviews", "totalCount") or 0
    ) > _REVIEWS
    closer = next((member(e, "actor") for e in items(node, "timelineItems", "nodes") if member(e, "actor")), None)
    return Thread(
        number=str(number(node, "number") or ""),
        change=change,
        security=activity.is_about_security([text(label, "name") for label in items(node, "labels", "nodes")]),
        by=by,
        at=at,
        closed_at=moment(node, "closedAt"),
        closed_by=_decider(closer, by),
        merged_at=moment(node, "mergedAt"),
        merged_by=_decider(member(node, "mergedBy"), by),
        replies=tuple(replies),
        replies_known_until=replies[-1].at if cut and replies else None,
    )


def _decider(node: Json, author: Person) -> Person | None:
    """Whoever closed or merged. Only authors may close without a right of their own."""
    if node is None:
        return None
    person = _person(node, "OWNER")
    return Person(person.name, author.role, person.since) if person.is_same(author) else person


def _rules(found: Json) -> Rules | None:
    """The update rule of the main branch and active rulesets that include it; None when none is visible."""
    branch = text(found, "defaultBranchRef", "name")
    rule = member(found, "defaultBranchRef", "refUpdateRule")
    active = [r for r in items(found, "rulesets", "nodes") if _includes(r, branch)]
    if rule is None and not active:
        return None
    parts = [p for r in active for p in items(r, "rules", "nodes")]
    kinds = {text(p, "type") for p in parts}
    reviews = [number(p, "parameters", "requiredApprovingReviewCount") for p in parts]
    reviews.append(number(rule, "requiredApprovingReviewCount"))
    checks = {text(c, "context") for p in parts for c in items(p, "parameters", "requiredStatusChecks")}
    listed = member(rule, "requiredStatusCheckContexts")
    checks |= {c for c in listed if isinstance(c, str)} if isinstance(listed, list) else set()
    force = False if "NON_FAST_FORWARD" in kinds else flag(rule, "allowsForcePushes")
    signed = True if "REQUIRED_SIGNATURES" in kinds else flag(rule, "requiresSignatures")
    around = [number(r, "bypassActors", "totalCount") for r in active]
    bypass = max((n for n in around if n is not None), default=None) if rule is None else None
    told = [n for n in reviews if n is not None]
    return Rules(branch, max(told, default=0), tuple(sorted(checks - {""})), force, signed, bypass)


def _includes(ruleset: Json, branch: str) -> bool:
    def names(key: str) -> list[str]:
        listed = member(ruleset, "conditions", "refName", key)
        return [n for n in listed if isinstance(n, str)] if isinstance(listed, list) else []

    here = {"~DEFAULT_BRANCH", "~ALL", f"refs/heads/{branch}"}
    wanted = bool(here & set(names("include"))) and not here & set(names("exclude"))
    return text(ruleset, "enforcement") == "ACTIVE" and text(ruleset, "target") == "BRANCH" and wanted


# --- REST


def _rest_path(where: tuple[str, str]) -> str:
    return f"repos/{quote(where[0], safe='')}/{quote(where[1], safe='')}"


def _releases(asker: Asker, where: tuple[str, str], gaps: dict[str, str]) -> tuple[Release, ...] | None:
    """Releases by REST, which alone says that an author is a program."""
    try:
        listed = asker.get(f"{_rest_path(where)}/releases?per_page={_RELEASES}")
    except SourceError as error:
        gaps["releases"] = error.message
        return None
    found = [one for one in (listed if isinstance(listed, list) else []) if flag(one, "draft") is not True]
    times = [(one, moment(one, "published_at")) for one in found]
    return tuple(Release(text(one, "tag_name"), at, _account(member(one, "author"), "")) for one, at in times if at)


def _account(node: Json, association: str) -> Person:
    name = text(node, "login")
    if text(node, "type") == "Bot" or is_bot(name):
        return Person(name, Role.BOT)
    ghost = name in ("", "ghost")
    return Person("" if ghost else name, Role.OUTSIDER if ghost else _ROLES.get(association, Role.OUTSIDER))


def _ask_rest(asker: Asker, address: str, where: tuple[str, str], now: datetime) -> Activity:
    """Four requests. Reviews and who merged are told one change at a time, so changes stay unread."""
    found = asker.get(_rest_path(where))
    full = text(found, "full_name") or "/".join(where)
    here = (full.partition("/")[0], full.partition("/")[2])
    query = "sort=created&direction=desc&per_page=100"
    listed = asker.get(f"{_rest_path(here)}/issues?state=all&{query}")
    said = asker.get(f"{_rest_path(here)}/issues/comments?{query}")
    gaps = {"changes": "reviews are told one by one without a token", "rules": "rules are told to a token only"}
    comments = [one for one in (said if isinstance(said, list) else []) if isinstance(one, dict)]
    nodes = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    replies: dict[str, list[Reply]] = {}
    for one in comments:
        if (at := moment(one, "created_at")) is not None:
            by = _account(member(one, "user"), text(one, "author_association"))
            replies.setdefault(text(one, "issue_url").rpartition("/")[2], []).append(Reply(by, at))
    issues = activity.threads_of(
        [n for n in nodes if member(n, "pull_request") is None], lambda node: _rest_thread(node, replies), gaps
    )
    since = activity.covered_since(issues, now, more=len(nodes) >= 100)
    if len(comments) >= 100:
        since = max([since, *(min(r.at for some in replies.values() for r in some),)])
    releases = _releases(asker, here, gaps)
    return Activity(
        *(SCHEMA, address, NAME, full, now),
        *(flag(found, "archived"), None, moment(found, "created_at")),
        issues=tuple(issues),
        issues_since=since,
        changes=None,
        changes_since=now,
        reviews_known=False,
        releases=releases,
        releases_since=activity.released_since(releases, now, more=len(releases or ()) >= _RELEASES),
        rules=None,
        gaps=gaps,
    )


def _rest_thread(node: Json, replies: dict[str, list[Reply]]) -> Thread | None:
    at = moment(node, "created_at")
    if at is None:
        return None
    by, known = _account(member(node, "user"), text(node, "author_association")), str(number(node, "number") or "")
    closer = member(node, "closed_by")
    closed_by = None if closer is None else _account(closer, "OWNER")
    if closed_by is not None and closed_by.is_same(by):
        closed_by = by
    labels = [text(label, "name") for label in items(node, "labels")]
    said = tuple(sorted(replies.get(known, ()), key=lambda reply: reply.at))
    return Thread(
        number=known,
        change=False,
        security=activity.is_about_security(labels),
        by=by,
        at=at,
        closed_at=moment(node, "closed_at"),
        closed_by=closed_by,
        merged_at=None,
        merged_by=None,
        replies=said,
    )
