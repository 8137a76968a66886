"""Forges on 127.0.0.1: GitHub (GraphQL and REST), GitLab (GraphQL) and Gitea (REST) over one project in a few words.

    project = Project("acme/demo", [Item(1, OUTSIDER, at).comment(MAINTAINER, at + days(2))])
    with Forge("github", [project]) as forge:
        forge.address(project)            # what a release would declare
        forge.refuse(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000000"})

Documents have the fields, nesting and paging of the public API descriptions; a question is answered by the fields it
names, so one that is not asked for is not told. Requests are counted by project.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

Doc = dict[str, object]
OLD = datetime(2015, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """`standing` is GitHub's association: OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR or NONE. A ghost was deleted."""

    login: str
    standing: str = "NONE"
    kind: str = "User"  # User, Bot or ghost
    since: datetime = OLD

    @property
    def maintains(self) -> bool:
        return self.standing in ("OWNER", "MEMBER", "COLLABORATOR")


OWNER = Account("acme", "OWNER")
MAINTAINER = Account("mara", "MEMBER")
CONTRIBUTOR = Account("chris", "CONTRIBUTOR")
OUTSIDER = Account("olga")
GHOST = Account("gone", kind="ghost")
BOT = Account("stale[bot]", kind="Bot")
WORKFLOW = Account("github-actions[bot]", kind="Bot")


@dataclass(frozen=True)
class Said:
    by: Account
    at: datetime
    approves: bool | None = None  # None: a comment; else a review


@dataclass(frozen=True)
class Item:
    """An issue, or with `change` a pull request."""

    number: int
    by: Account
    at: datetime
    change: bool = False
    said: tuple[Said, ...] = ()
    closed_by: Account | None = None
    closed_at: datetime | None = None
    merged: bool = False
    labels: tuple[str, ...] = ()

    def comment(self, by: Account, at: datetime) -> Item:
        return replace(self, said=(*self.said, Said(by, at)))

    def review(self, by: Account, at: datetime, *, approves: bool = True) -> Item:
        return replace(self, said=(*self.said, Said(by, at, approves)))

    def close(self, by: Account, at: datetime) -> Item:
        return replace(self, closed_by=by, closed_at=at)

    def merge(self, by: Account, at: datetime) -> Item:
        return replace(self, closed_by=by, closed_at=at, merged=True)


@dataclass(frozen=True)
class Project:
    """What there is to tell; `renamed` is what `path` is called now."""

    path: str
    items: tuple[Item, ...] = ()
    archived: datetime | None = None
    renamed: str = ""
    approvals: int | None = None
    checks: tuple[str, ...] = ()
    releases: tuple[tuple[str, datetime, Account], ...] = ()

    def threads(self, *, change: bool) -> list[Item]:
        return sorted((i for i in self.items if i.change is change), key=lambda i: (i.at, i.number), reverse=True)


@dataclass
class Forge:
    kind: str
    projects: list[Project]
    page: int = 0  # entries a page; 0: as many as the question wants
    requests: Counter[str] = field(default_factory=Counter)
    headers_seen: list[Mapping[str, str]] = field(default_factory=list)
    not_modified: int = 0
    _refusals: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)

    def refuse(self, status: int, headers: Mapping[str, str] | None = None, times: int = 1) -> None:
        """Answer the next requests so."""
        self._refusals += [(status, headers or {})] * times

    def address(self, project: Project) -> str:
        return f"http://127.0.0.1:{self.port}/{project.path}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Forge:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self, None)

            def do_POST(self) -> None:
                outer.answer(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- answering

    def answer(self, request: BaseHTTPRequestHandler, asked: Doc | None) -> None:
        self.headers_seen.append(dict(request.headers))
        if self._refusals:
            status, headers = self._refusals.pop(0)
            self.requests["refused"] += 1
            return self._send(request, status, {"message": "no"}, headers)
        if asked is not None:
            return self._send(request, 200, self._graph(str(asked["query"]), dict(asked["variables"])))  # type: ignore[call-overload]
        return self._rest(request)

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, document: object, headers: Mapping[str, str] | None = None
    ) -> None:
        data = json.dumps(document).encode()
        tag = f'"{hash(data)}"'
        if status == 200 and request.command == "GET" and request.headers.get("If-None-Match") == tag:
            self.not_modified += 1
            status, data = 304, b""
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        if status in (200, 304):
            request.send_header("ETag", tag)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def _project(self, path: str) -> Project | None:
        found = next((p for p in self.projects if path.lower() in (p.path.lower(), p.renamed.lower())), None)
        if found is not None:
            self.requests[found.path] += 1
        return found

    def _graph(self, query: str, given: Doc) -> Doc:
        path = str(given["path"]) if "path" in given else f"{given['owner']}/{given['name']}"
        project = self._project(path)
        root = "project" if self.kind == "gitlab" else "repository"
        if project is None or (self.kind == "gitlab" and path != (project.renamed or project.path)):
            error = {"type": "NOT_FOUND", "message": "Could not resolve to a Repository"}
            return {"data": {root: None}, "errors": [error]} if self.kind == "github" else {"data": {root: None}}
        made = _gitlab(project) if self.kind == "gitlab" else _github(project)
        for key, cursor in (("issues", "issues"), ("pullRequests", "changes"), ("mergeRequests", "changes")):
            if key in made:
                most = int(re.search(rf"\b{key}\(first:(\d+)", query).group(1))  # type: ignore[union-attr]
                made[key] = _page(made[key], self.page or most, given.get(cursor))
        return {"data": {root: _only_asked(made, query)}}

    def _rest(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        given = {k: v[0] for k, v in parse_qs(parts.query).items()}
        found = re.fullmatch(r"/api/v[13]/repos/([^/]+/[^/]+)(/.*)?", unquote(parts.path))
        project = self._project(found.group(1)) if found else None
        if found is None or project is None:
            return self._send(request, 404, {"message": "Not Found"})
        if project.renamed and found.group(1).lower() == project.path.lower():
            self.requests[project.path] -= 1  # the same request, led on
            where = request.path.replace(found.group(1), project.renamed)
            return self._send(request, 301, {"message": "Moved Permanently"}, {"Location": where})
        make = _gitea_rest if self.kind == "gitea" else _github_rest
        document = make(project, found.group(2) or "", given, self.page)
        return self._send(
            request,
            404 if document is None else 200,
            document or {"message": "Not Found"} if document is None else document,
        )


def _page(nodes: object, most: int, cursor: object) -> Doc:
    assert isinstance(nodes, list)
    start = int(str(cursor)) if cursor else 0
    part = nodes[start : start + most]
    return {"pageInfo": {"hasNextPage": start + most < len(nodes), "endCursor": str(start + len(part))}, "nodes": part}


def _only_asked(made: Doc, query: str) -> Doc:
    """Top-level fields whose name stands in the question."""
    return {key: value for key, value in made.items() if re.search(rf"\b{key}\b", query)}


def _time(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


# --- GitHub


def _actor(who: Account | None) -> Doc | None:
    if who is None or who.kind == "ghost":
        return None
    made: Doc = {"__typename": who.kind, "login": who.login.removesuffix("[bot]")}
    return {**made, "createdAt": _time(who.since)} if who.kind == "User" else made


def _github(project: Project) -> Doc:
    def thread(item: Item) -> Doc:
        comments = [s for s in item.said if s.approves is None]
        reviews = [s for s in item.said if s.approves is not None]
        closed = [{"actor": _actor(item.closed_by)}] if item.closed_at else []

        def said(one: Said, key: str) -> Doc:
            standing = "NONE" if one.by.kind == "ghost" else one.by.standing
            return {key: _time(one.at), "author": _actor(one.by), "authorAssociation": standing}

        made: Doc = {
            "number": item.number,
            "createdAt": _time(item.at),
            "closedAt": _time(item.closed_at),
            "author": _actor(item.by),
            "authorAssociation": item.by.standing,
            "labels": {"nodes": [{"name": label} for label in item.labels]},
            "comments": {"totalCount": len(comments), "nodes": [said(c, "createdAt") for c in comments[:10]]},
            "timelineItems": {"nodes": closed},
        }
        if item.change:
            states = [{**said(r, "submittedAt"), "state": "APPROVED" if r.approves else "COMMENTED"} for r in reviews]
            made["reviews"] = {"totalCount": len(reviews), "nodes": states[:20]}
            made["mergedAt"] = _time(item.closed_at) if item.merged else None
            made["mergedBy"] = _actor(item.closed_by) if item.merged else None
        return made

    rule = None
    if project.approvals is not None:
        rule = {
            "requiredApprovingReviewCount": project.approvals,
            "requiredStatusCheckContexts": list(project.checks),
            "allowsForcePushes": False,
            "requiresSignatures": False,
        }
    return {
        "nameWithOwner": project.renamed or project.path,
        "isArchived": project.archived is not None,
        "archivedAt": _time(project.archived),
        "createdAt": _time(OLD),
        "defaultBranchRef": {"name": "main", "refUpdateRule": rule},
        "rulesets": {"nodes": []},
        "issues": [thread(i) for i in project.threads(change=False)],
        "pullRequests": [thread(i) for i in project.threads(change=True)],
    }


def _github_rest(project: Project, path: str, given: Mapping[str, str], page: int) -> object:
    def user(who: Account) -> Doc:
        if who.kind == "ghost":
            return {"login": "ghost", "type": "User"}
        return {"login": who.login, "type": who.kind}

    most = page or int(given.get("per_page", "30"))
    if path == "/releases":
        return [
            {"tag_name": t, "published_at": _time(at), "draft": False, "author": user(by)}
            for t, at, by in project.releases
        ]
    if path == "/issues":
        items = sorted(project.items, key=lambda i: (i.at, i.number), reverse=True)
        return [
            {
                "number": i.number,
                "user": user(i.by),
                "author_association": i.by.standing,
                "labels": [{"name": label} for label in i.labels],
                "created_at": _time(i.at),
                "closed_at": _time(i.closed_at),
                "closed_by": user(i.closed_by) if i.closed_by else None,
                **({"pull_request": {"merged_at": None}} if i.change else {}),
            }
            for i in items[:most]
        ]
    if path == "/issues/comments":
        said = [(i, s) for i in project.items for s in i.said if s.approves is None]
        said.sort(key=lambda pair: pair[1].at, reverse=True)
        return [
            {
                "issue_url": f"https://api.example.org/repos/{project.path}/issues/{i.number}",
                "user": user(s.by),
                "author_association": s.by.standing,
                "created_at": _time(s.at),
            }
            for i, s in said[:most]
        ]
    full = project.renamed or project.path
    return {
        "full_name": full,
        "archived": project.archived is not None,
        "created_at": _time(OLD),
        "default_branch": "main",
    }


# --- GitLab


def _gitlab(project: Project) -> Doc:
    def user(who: Account | None) -> Doc | None:
        if who is None:
            return None
        if who.kind == "ghost":
            return {"username": "ghost", "bot": False, "createdAt": _time(OLD)}
        return {"username": who.login, "bot": who.kind == "Bot", "createdAt": _time(who.since)}

    def note(by: Account, at: datetime, body: str = "") -> Doc:
        level = "Maintainer" if by.maintains and by.kind == "User" else None
        known = by.standing == "CONTRIBUTOR"
        made: Doc = {"createdAt": _time(at), "maxAccessLevelOfAuthor": level, "authorIsContributor": known}
        return {**made, "author": user(by), "body": body}

    def thread(item: Item) -> Doc:
        said = [note(s.by, s.at) for s in item.said if s.approves is not True]
        done = [note(s.by, s.at, "approved this merge request") for s in item.said if s.approves]
        if item.closed_by and item.closed_at:
            done.append(note(item.closed_by, item.closed_at, "merged" if item.merged else "closed"))
        if item.by.maintains:
            done.append(note(item.by, item.at, "assigned to @mara"))
        made: Doc = {
            "iid": str(item.number),
            "createdAt": _time(item.at),
            "closedAt": None if item.merged else _time(item.closed_at),
            "author": user(item.by),
            "labels": {"nodes": [{"title": label} for label in item.labels]},
            "said": {"pageInfo": {"hasNextPage": len(said) > 10}, "nodes": said[:10]},
            "done": {"pageInfo": {"hasNextPage": len(done) > 30}, "nodes": done[:30]},
        }
        if item.change:
            made["mergedAt"] = _time(item.closed_at) if item.merged else None
            made["mergeUser"] = user(item.closed_by) if item.merged else None
        return made

    rules = []
    if project.approvals is not None:
        rules.append(
            {
                "name": "main",
                "isDefault": True,
                "branchProtection": {"allowForcePush": False},
                "approvalRules": {"nodes": [{"approvalsRequired": project.approvals}]},
                "externalStatusChecks": {"nodes": [{"name": name} for name in project.checks]},
            }
        )
    listed = [{"tagName": tag, "releasedAt": _time(at), "author": user(by)} for tag, at, by in project.releases]
    return {
        "fullPath": project.renamed or project.path,
        "archived": project.archived is not None,
        "createdAt": _time(OLD),
        "repository": {"rootRef": "main"},
        "branchRules": {"nodes": rules},
        "releases": {"pageInfo": {"hasNextPage": False}, "nodes": listed[:20]},
        "issues": [thread(i) for i in project.threads(change=False)],
        "mergeRequests": [thread(i) for i in project.threads(change=True)],
    }


# --- Gitea and Forgejo


def _gitea_rest(project: Project, path: str, given: Mapping[str, str], page: int) -> object:
    def user(who: Account) -> Doc:
        if who.kind == "ghost":
            return {"id": -1, "login": "Ghost", "created": _time(datetime(1970, 1, 1, tzinfo=UTC))}
        return {"id": -2 if who.kind == "Bot" else 1000, "login": who.login, "created": _time(who.since)}

    full = project.renamed or project.path
    repository: Doc = {
        "full_name": full,
        "owner": user(Account(full.split("/")[0])),
        "archived": project.archived is not None,
        "archived_at": _time(project.archived) or "1970-01-01T00:00:00Z",
        "created_at": _time(OLD),
        "default_branch": "main",
    }

    def thread(item: Item) -> Doc:
        made: Doc = {
            "number": item.number,
            "user": user(item.by),
            "labels": [{"name": label} for label in item.labels],
            "comments": sum(s.approves is None for s in item.said),
            "created_at": _time(item.at),
            "closed_at": _time(item.closed_at),
        }
        if item.change:
            merger = item.closed_by if item.merged else None
            made["base"] = {"ref": "main", "repo": repository}
            made["merged"] = item.merged
            made["merged_at"] = _time(item.closed_at) if item.merged else None
            made["merged_by"] = user(merger) if merger else None
        return made

    most = page or int(given.get("limit", "30"))
    if path in ("/pulls", "/issues"):
        return [thread(i) for i in project.threads(change=path == "/pulls")[:most]]
    if path == "/issues/comments":
        since = datetime.fromisoformat(given["since"])
        said = [(i, s) for i in project.items for s in i.said if s.approves is None and s.at >= since]
        said.sort(key=lambda pair: pair[1].at)
        where = f"http://forge.example.org/{full}"
        return [
            {
                "issue_url": "" if i.change else f"{where}/issues/{i.number}",
                "pull_request_url": f"{where}/pulls/{i.number}" if i.change else "",
                "user": user(s.by),
                "created_at": _time(s.at),
            }
            for i, s in said[:most]
        ]
    if path == "/branches/main":
        rule = project.approvals
        more: Doc = {"enable_status_check": bool(project.checks), "status_check_contexts": list(project.checks)}
        return {"name": "main", "protected": rule is not None, "required_approvals": rule or 0, **more}
    return repository if path == "" else None
