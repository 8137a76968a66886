"""A new signal, source, report, policy or verb is one new file: nothing else is edited.

The package is copied, one file of each kind is added, and the copy is asked in a new process.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import supplytrust

ADDED = {
    "appraisal/signals/build/names_its_colour.py": '''
"""Question
    Does the release name a colour?
"""
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import SignalMeta

META = SignalMeta("build/names_its_colour", claims=(ReleaseFiles,))

def ask(subject, evidence, moment):
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, "no colour is named")
''',
    "collection/sources/colour.py": """
NAME, OFFERS, NEEDS, ECOSYSTEMS = "colour", (), (), ()

def observe(subject, known, world):
    return []
""",
    "reports/shout.py": """
def render(record):
    return record.outcome.name + "!"
""",
    "ecosystems/colours/__init__.py": "",
    "ecosystems/colours/ecosystem.py": """
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.ecosystems.contents import Contents, audit_claim, contents_claim
from supplytrust.ecosystems.protocol import Ecosystem, ProjectFacts
from supplytrust.errors import NotFoundError
from supplytrust.io.archives.artifact_tree import read_tree
from supplytrust.model.claims.artifact import ArtifactContents, ContainerAudit
from supplytrust.model.claims.release import ReleaseFile, ReleaseFiles, ReleaseHistory, ReleaseMoment
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.versions import SEMANTIC

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SUFFIX = ".tar.gz"


class Colours(Ecosystem):
    TYPE = "colours"
    VERSIONS = SEMANTIC

    def _files(self, name):
        folder = Path(os.environ["COLOURS_INDEX"])
        found = {path.name.removesuffix(SUFFIX).rpartition("-")[2]: path for path in folder.glob(f"{name}-*{SUFFIX}")}
        if not found:
            raise NotFoundError(f"no colour {name}")
        return dict(sorted(found.items(), key=lambda pair: SEMANTIC.read(pair[0])))

    def resolve(self, wanted, world):
        files = self._files(wanted.name)
        version = wanted.version or list(files)[-1]
        data = files[version].read_bytes()
        artifact = Artifact(files[version].name, hashlib.sha256(data).hexdigest(), ArtifactKind.SDIST, len(data))
        return Subject(f"pkg:colours/{wanted.name}@{version}", self.TYPE, wanted.name, version, artifact)

    def facts(self, subject, world):
        one, versions = subject.artifact, list(self._files(subject.name))
        listed = ReleaseFile(one.file_name, one.kind, one.sha256, one.size, LONG_AGO)
        moments = tuple(ReleaseMoment(v, LONG_AGO, False, False, 0, 1) for v in versions)
        history = ReleaseHistory(moments, "")
        files = ReleaseFiles(subject.version, (listed,), yanked=False)
        return ProjectFacts(files, history, None, None, None, method="folder of colours")

    def fetch(self, subject, artifact, world):
        return self._files(subject.name)[subject.version].read_bytes()

    def index_address(self, name, world):
        return os.environ["COLOURS_INDEX"]

    def read_artifact(self, artifact, data, *, keep=None, spool=None, limits=None):
        tree = read_tree(data, artifact.file_name, rooted=True, keep=keep, spool=spool, limits=limits)
        digest = hashlib.sha256(data).hexdigest()
        return Contents(artifact.file_name, artifact.kind, digest, tree.readable, tree.problems)

    def artifact_readers(self, kind):
        return ((ArtifactContents, contents_claim), (ContainerAudit, audit_claim))


ECOSYSTEM = Colours()
""",
    "ecosystems/colours/locks/__init__.py": "",
    "ecosystems/colours/locks/palette.py": """
from functools import partial

from supplytrust.ecosystems.inventory import inventory
from supplytrust.ecosystems.listing import entry, package
from supplytrust.formats.list_file import json

FILE_NAMES = ("palette.json",)

def recognises(path, head):
    return path.name in FILE_NAMES

def read(path):
    items = list(json(path).items("colours"))
    return inventory(path, [entry(one, partial(read_colour, one)) for one in items])

def read_colour(one):
    name, version = one.text("name", required=True), one.text("version")
    return package(one, name, version, purl_type="colours", pins=[one.text("digest")])
""",
    "cli/paint.py": '''
import click

@click.command("paint")
def command():
    """Paint it."""
    click.echo("painted")
''',
}
ASK = """
import json
from supplytrust import ecosystems, reports
from supplytrust.appraisal import signals
from supplytrust.collection import scheduler
from supplytrust.cli.app import app
print(json.dumps({
    "signal": signals.signal_named("build/names_its_colour").META.id,
    "source": [s.NAME for s in scheduler.all_sources() if s.NAME == "colour"],
    "report": reports.report_named("shout").__name__,
    "ecosystem": ecosystems.for_type("colours").TYPE,
    "verb": app.get_command(None, "paint").help,
}))
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("copy")
    package = where / "supplytrust"
    shutil.copytree(Path(supplytrust.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(package / "appraisal" / "policies" / "baseline.toml", package / "appraisal" / "policies" / "mine.toml")
    for name, text in ADDED.items():
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text(text.lstrip())
    return where


def run(copied: Path, *argv: str, **more: str) -> str:
    env = {**os.environ, **more, "PYTHONPATH": str(copied)}
    return subprocess.run(
        [sys.executable, *argv], check=True, capture_output=True, text=True, env=env, cwd=copied
    ).stdout


def test_one_file_each_is_enough(copied: Path) -> None:
    assert json.loads(run(copied, "-c", ASK)) == {
        "signal": "build/names_its_colour",
        "source": ["colour"],
        "report": "supplytrust.reports.shout",
        "ecosystem": "colours",
        "verb": "Paint it.",
    }


@pytest.mark.thorough
def test_new_verb_and_policy_are_seen_by_the_command_line(copied: Path) -> None:
    assert run(copied, "-m", "supplytrust", "paint") == "painted\n"
    assert "mine" in run(copied, "-m", "supplytrust", "policies")
    assert "build/names_its_colour" in run(copied, "-m", "supplytrust", "signals")


JUDGE = """
import json
import supplytrust as st
record = st.assess("pkg:colours/red", offline=True, ledger=None, deps="none")
newer = st.assess("pkg:colours/red@1.10.0", offline=True, ledger=None, deps="none", rebuild="never")
blue = st.assess("pkg:colours/blue", offline=True, ledger=None, deps="none")
areas = {name.value: {f.signal: f.status.value for f in area.findings} for name, area in record.areas.items()}
digests = [file.sha256 for file in record.trustee.artifacts if file.judged]
print(json.dumps({
    "purl": record.trustee.purl, "digests": digests, "outcome": record.outcome.name,
    "blue": blue.outcome.name, "same": newer.trustee == record.trustee, "areas": areas, "open": [q.signal for q in record.not_observed],
}))
"""


def test_package_of_a_new_ecosystem_is_judged_end_to_end(copied: Path, tmp_path: Path) -> None:
    digests = {version: pack(tmp_path, "red", version) for version in ("1.2.0", "1.10.0")}
    (tmp_path / "blue-0.1.0.tar.gz").write_bytes(b"no archive")
    told = json.loads(run(copied, "-c", JUDGE, COLOURS_INDEX=str(tmp_path)))
    assert (told["purl"], told["digests"]) == ("pkg:colours/red@1.10.0", [digests["1.10.0"]])
    assert "ADMIT" not in (told["outcome"], told["blue"])  # hardly anything was seen of either
    assert told["same"]  # version order is the ecosystem's: 1.10.0 is the newest
    findings = {name: status for found in told["areas"].values() for name, status in found.items()}
    assert set(told["areas"]) == {"build", "expertise", "integrity", "provenance", "responsiveness"}
    assert findings["integrity/digest_matches_index"] == "supports"
    assert findings["integrity/archive_container_clean"] == "supports"
    asked_of_others_only = {"integrity/record_matches_contents", "build/rebuilds_identically"}
    assert not asked_of_others_only & set(findings)


LIST = """
import json
import sys
from pathlib import Path
from supplytrust.audits import inventory
listed = inventory.read(Path(sys.argv[1])).listed
print(json.dumps([[one.purl, one.sha256, one.unknown] for one in listed]))
"""


@pytest.mark.parametrize("named", [pytest.param(".", marks=pytest.mark.thorough), "palette.json"])
def test_lock_format_of_a_new_ecosystem_is_read_by_file_and_by_folder(copied: Path, tmp_path: Path, named: str) -> None:
    good = {"name": "red", "version": "1.2.0", "digest": "sha256:" + "ab" * 32}
    bad = {"name": "blue", "version": "light", "digest": "sha256:" + "cd" * 32}
    (tmp_path / "palette.json").write_text(json.dumps({"colours": [good, bad, {"version": "1.0.0"}]}))
    first, second, nameless = sorted(json.loads(run(copied, "-c", LIST, str(tmp_path / named))), key=lambda one: one[2])
    assert first == ["pkg:colours/red@1.2.0", ["ab" * 32], ""]
    assert (second[0], "no version" in second[2]) == ("pkg:colours/blue@light", True)
    assert "has no 'name'" in nameless[2]


def pack(folder: Path, name: str, version: str) -> str:
    """A source archive of a colour in the folder; its digest."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for path, text in {"README": b"a colour", "colour.c": b"int colour;"}.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    (folder / f"{name}-{version}.tar.gz").write_bytes(data.getvalue())
    return hashlib.sha256(data.getvalue()).hexdigest()
