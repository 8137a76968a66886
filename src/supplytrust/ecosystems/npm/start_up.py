"""What code does that runs by itself when a package is installed: read by pattern from the command and its files.

Starting programs and reaching the network is what many honest install scripts do; it is told and weighs nothing. Grave
is what none of them needs: to run a text that was hidden by an encoding, to hand the whole environment or files with
credentials to the network, to feed a download to a shell. Comments and strings are told from code as in
`evidence.source_code.foreign_rules`; nothing is resolved, so what is renamed or put together piecewise is not seen.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator

from supplytrust.ecosystems.contents import Contents
from supplytrust.evidence.source_code.foreign_rules import JAVASCRIPT, blank_out
from supplytrust.model.claims.artifact import GRAVE_CONDUCT, Conduct

MOST_FILES = 24
MOST_TEXT = 2**20  # of all files together, in characters
_PATH = re.compile(r"[A-Za-z0-9_@./-]+")
_REQUIRED = re.compile(r"""\b(?:require|import)\s{0,9}\(?\s{0,9}["'](\.{1,2}/[\w./@-]{1,200})["']""")
_QUOTED_PATH = re.compile(r"""["'`](?:\./)?([\w@-][\w./@-]{0,200}\.[cm]?js)["'`]""")
_ENCODING = re.compile(r"""(["'`])(base64(?:url)?|hex)\1""")
_RUNS = re.compile(  # what it is called with is no literal, which would be blank here
    r"(?:(?<![\w.])eval|(?<![\w.])Function|\bvm\s{0,9}\.\s{0,9}runIn\w{1,30}|\b_compile)\s{0,9}\(\s*+(?=[^\s)])"
)
_DECODES = re.compile(r"(?<![\w.])atob\s{0,9}\(|\bString\s{0,9}\.\s{0,9}fromCharCode\s{0,9}\(")
_BUFFER = re.compile(r"\bBuffer\s{0,9}\.\s{0,9}from\s{0,9}\(|\bnew\s{1,9}Buffer\s{0,9}\(")
_ENVIRONMENT = re.compile(
    r"\b(?:JSON\s{0,9}\.\s{0,9}stringify|Object\s{0,9}\.\s{0,9}(?:entries|keys|values))"
    r"\s{0,9}\(\s{0,9}process\s{0,9}\.\s{0,9}env\s{0,9}[,)]"
)
_NETWORK = re.compile(
    r"\bhttps?\s{0,9}\.\s{0,9}(?:request|get)\s{0,9}\(|(?<![\w.])fetch\s{0,9}\(|\bnew\s{1,9}WebSocket\b"
    r"|\b(?:net|tls)\s{0,9}\.\s{0,9}(?:connect|createConnection)\s{0,9}\(|\baxios\b|\bXMLHttpRequest\b"
    r"|\bdns\s{0,9}\.\s{0,9}(?:lookup|resolve\w{0,9})\s{0,9}\("
)
_NETWORK_MODULE = re.compile(
    r"""\b(?:require\s{0,9}\(|from|import)\s{0,9}["'](?:node:)?(?:https?|net|tls|dns|dgram|http2)["']"""
)
_PROGRAMS = re.compile(r"(?<![\w$])(?:exec|spawn|fork|execFile)(?:Sync)?\s{0,9}\(")
_PROGRAM_MODULE = re.compile(r"""["'](?:node:)?child_process["']""")
_READS_ENVIRONMENT = re.compile(r"\bprocess\s{0,9}\.\s{0,9}env\b")
_CREDENTIALS = re.compile(
    r"\.npmrc|\.ssh/|id_rsa|id_ed25519|\.aws/credentials|\.docker/config\.json|\.kube/config|\.netrc"
    r"|\.git-credentials|\.config/gcloud|wallet\.dat|Login Data"
)
_SHELL = re.compile(r"\|\s{0,9}(?:sudo\s{1,9})?(?:/[\w/]{0,40}/)?(?:ba|z|da|k)?sh\b")
_FED = re.compile(r"\b(?:curl|wget)\b[^|;&\n]*+\Z|\bbase64\s{1,9}-{1,2}[dD]\w{0,5}\s{0,9}\Z")
_FED_OTHERWISE = re.compile(
    r"\b(?:ba|z)?sh\s{1,9}<\(\s{0,9}(?:curl|wget)\b|\beval\s{1,9}[\"']?\$\(\s{0,9}(?:curl|wget)\b"
    r"|\bpowershell(?:\.exe)?\s{1,9}(?:-\w{1,20}\s{1,9}){0,5}-enc(?:odedcommand)?\s{1,9}[A-Za-z0-9+/=]{40}",
    re.IGNORECASE,
)
_POWERSHELL_RUNS = re.compile(r"\b(?:iex|Invoke-Expression)\b", re.IGNORECASE)
_POWERSHELL_LOADS = re.compile(r"\b(?:DownloadString|Invoke-WebRequest|iwr)\b", re.IGNORECASE)
MOST_NAMES, MOST_PIPES, BEFORE_PIPE = 200, 1000, 200


def conduct(contents: Contents, command: str) -> tuple[Conduct, ...]:
    """What a command and the files of the package that it names, or that these load, do; in order of name."""
    found = set(_of_shell(command))
    inline = re.search(r"""\bnode\s{1,9}(?:-e|--eval|-p|--print)\s{0,9}(["'].*)""", command, re.DOTALL)
    if inline:
        found |= set(_of_text(inline[1][1:]))
    for text in _files(contents, command):
        found |= set(_of_text(text))
        found |= set(_of_shell(text)) & GRAVE_CONDUCT
    return tuple(sorted(found))


def _of_shell(command: str) -> Iterator[Conduct]:
    if _is_fed_to_shell(command):
        yield Conduct.DOWNLOAD_TO_SHELL
    if re.search(r"\b(?:curl|wget)\s", command):
        yield Conduct.NETWORK


def _is_fed_to_shell(command: str) -> bool:
    """Whether a shell is given what was downloaded or decoded: each pipe into one is looked at with what is before."""
    if _FED_OTHERWISE.search(command):
        return True
    pipes = itertools.islice(_SHELL.finditer(command), MOST_PIPES)
    if any(_FED.search(command[max(0, pipe.start() - BEFORE_PIPE) : pipe.start()]) for pipe in pipes):
        return True
    return bool(_POWERSHELL_RUNS.search(command) and _POWERSHELL_LOADS.search(command))


def _of_text(raw: str) -> Iterator[Conduct]:
    """Of one text of code: strings are blanked, but for the names of encodings."""
    code = blank_out(_ENCODING.sub("\x00\\2\x00", raw), JAVASCRIPT.comments_and_strings)
    network = bool(_NETWORK.search(code) or _NETWORK_MODULE.search(raw))
    if _RUNS.search(code) and (_DECODES.search(code) or ("\x00" in code and _BUFFER.search(code))):
        yield Conduct.DECODED_CODE
    if network:
        yield Conduct.NETWORK
        if _ENVIRONMENT.search(code):
            yield Conduct.ENVIRONMENT_SENT
        if _CREDENTIALS.search(raw):
            yield Conduct.CREDENTIALS_SENT
    if _PROGRAMS.search(code) and _PROGRAM_MODULE.search(raw):
        yield Conduct.PROGRAMS
    if _READS_ENVIRONMENT.search(code):
        yield Conduct.ENVIRONMENT


def _files(contents: Contents, command: str) -> Iterator[str]:
    """Texts of the files that a command names, and of those that they load from the package, each once."""
    waiting = [posixpath.normpath(word) for word in _first(_PATH, command)]
    seen: set[str] = set()
    left = MOST_TEXT
    for named in waiting:  # grows while it is gone through
        if len(seen) >= MOST_FILES or left <= 0:
            return
        place = next((p for p in _spellings(named) if contents.file(p) is not None), "")
        if not place or place in seen or place == "package.json":
            continue
        seen.add(place)
        text = (contents.text(place) or "")[:left]
        left -= len(text)
        yield text
        folder = posixpath.dirname(place)
        more = [*_first(_REQUIRED, text), *_first(_QUOTED_PATH, text)]
        waiting += [posixpath.normpath(posixpath.join(folder, path)) for path in more]


def _first(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """The first names that a text holds, each once."""
    found = (match[1] if pattern.groups else match[0] for match in pattern.finditer(text))
    return iter(dict.fromkeys(itertools.islice(found, MOST_NAMES)))


def _spellings(path: str) -> tuple[str, ...]:
    return (path, f"{path}.js", f"{path}.cjs", f"{path}.mjs", f"{path}/index.js")
