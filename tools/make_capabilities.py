"""Write docs/capabilities.md: what tools of the field do, one command of this program each, and what it shows.

`python -m tools.make_capabilities [--check]` makes a desk (an invented package with index, repository, attestations,
a workload, keys and lists), runs every command on it that needs no network, and holds what it prints to what is
said here. A command that prints something else ends the run with an error, and the page is not written.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.commands import Ran, Shell
    from simulators.story import Files

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]
PAGE = ROOT / "docs" / "capabilities.md"
PURL = "pkg:pypi/quietlake@1.14.1"
DAY = datetime(2026, 3, 1, tzinfo=UTC)
AT = "2026-03-11T00:00:00Z"
RECORD, REBUILT = "supplytrust explain record.json", "supplytrust explain scorecards/requests/record.json"
LINE = 110


@dataclass(frozen=True)
class Capability:
    """One row of the field's table: what the command must print (a pattern), and codes that it may end with."""

    number: int
    name: str
    command: str
    shows: str
    codes: tuple[int, ...] = (0, 10)


AREAS = {1: "Build", 9: "Integrity", 18: "Responsiveness", 27: "Provenance", 35: "Expertise", 41: "Dependencies",
         47: "Record", 56: "Gate", 62: "Use"}  # fmt: skip
ROWS = (
    Capability(1, "Rebuilds and compares", REBUILT, r"rebuilds_identically +rebuilt bit-for-bit from its sdist"),
    Capability(2, "Normalized comparison by stated rules", "supplytrust explain build/rebuilds_identically", r"normalizers"),
    Capability(3, "Reads others' rebuild statements", "supplytrust explain build/rebuilt_by_others", r"OSS Rebuild"),
    Capability(4, "Build tool, scripted build, published by CI", RECORD, r"build_backend_known +built by flit"),
    Capability(5, "Weaknesses of CI workflows", RECORD, r"workflows_keep_strangers_out +text-injection in ci.yml"),
    Capability(6, "Build inputs pinned by hash", REBUILT, r"build_dependencies_recorded +\d+ build requirements recorded with version and digest"),
    Capability(7, "Who built the builder", REBUILT, r"builder_chain_ends +ends at the interpreter"),
    Capability(8, "Builds without a network (no log of what was tried)", "supplytrust rebuild --help", r"(?i)network|sandbox"),
    Capability(9, "Verifies signatures", RECORD, r"offered_attestations_fit +verified 1 of 1 attestations"),
    Capability(10, "SLSA level", "supplytrust render admitted.json --export vsa", r"SLSA_BUILD_LEVEL_\d"),
    Capability(11, "The subject is an artifact's digest", "supplytrust render record.json --format json", r'"subject":\[\{"digest":\{"sha256":"[0-9a-f]{64}"'),
    Capability(12, "Link from package to repository, graded", RECORD, r"repository_declared +declares code.example.org"),
    Capability(13, "Which commit made it", RECORD, r"source_commit_known +tag v1.14.1 is commit"),
    Capability(14, "Artifact against the repository's files", RECORD, r"artifact_matches_source_tree +all 5 files are in v1.14.1"),
    Capability(15, "Manifest against metadata", REBUILT, r"metadata_agrees_with_index +\S+: requirements as in the index"),
    Capability(16, "Binaries", RECORD, r"no_prebuilt_binaries_in_source +\S+: none of \d+ members is compiled"),
    Capability(17, "Install hooks, known malware", RECORD, r"no_new_startup_hook +nothing in \S+ runs by itself"),
    Capability(18, "Recent activity", RECORD, r"release_cadence_steady +\d+ final releases"),
    Capability(19, "Finished or abandoned", "supplytrust explain responsiveness/release_cadence_steady", r"(?i).*finished.*"),
    Capability(20, "Time to answer issues", "supplytrust explain responsiveness/issues_answered", r"(?i).*(kaplan|median).*"),
    Capability(21, "Time from advisory to fix", "supplytrust explain responsiveness/fix_released_promptly", r"Do fixes of vulnerabilities reach a release soon"),
    Capability(22, "A disclosure policy exists", "supplytrust explain scorecards/packaging/record.json", r"security_contact_declared +docs/security.rst"),
    Capability(23, "The disclosure policy is followed", "supplytrust explain responsiveness/disclosure_policy_followed", r"(?i)promise"),
    Capability(24, "Known vulnerabilities of this version", RECORD, r"no_open_advisory +no advisory affects 1.14.1"),
    Capability(25, "Stable interfaces", RECORD, r"api_stable +13 public names of 1.14.0 are still there"),
    Capability(26, "End of life, withdrawn, archived", RECORD, r"not_yanked +\S+ is listed and not yanked"),
    Capability(27, "Reviews of changes", RECORD, r"changes_landed_by_second_person +12 of 29 changes"),
    Capability(28, "A newcomer with a large, sensitive change", RECORD, r"no_newcomer_opaque_binaries +newcomers added 0"),
    Capability(29, "Affiliation", RECORD, r"contributors_affiliated +29 of 29 commits"),
    Capability(30, "How few people hold it", "supplytrust explain expertise/sensitive_parts_known_by_many", r"(?i)people|person"),
    Capability(31, "A change of who publishes", RECORD, r"releaser_known +Alice Archer made 15 of 15 releases"),
    Capability(32, "Odd commits by size or content", RECORD, r"no_sudden_displacement +Alice Archer: 43% before"),
    Capability(33, "Signs of an account taken over", RECORD, r"release_owners_known +2 accounts can release|owners_unchanged_since_first_seen"),
    Capability(34, "Confusable names", RECORD, r"name_not_confusable +none of \d+ popular names is near"),
    Capability(35, "Fuzzing, static analysis, sanitizers", "supplytrust explain scorecards/packaging/record.json", r"fuzzed +property tests only"),
    Capability(36, "Fitness of cryptography", RECORD, r"key_lengths_adequate|crypto_primitives_current +no cryptographic primitive used"),
    Capability(37, "Memory safety", RECORD, r"bounds_memory_safe +\S+: all code is in bounds-checked languages"),
    Capability(38, "External audits, dated and scoped", "supplytrust explain expertise/audited_externally", r"(?i)scope"),
    Capability(39, "Fit for the declared purpose", "supplytrust explain scorecards/cachecontrol/record.json", r"evidence_fits_purpose +all 3 needs"),
    Capability(40, "Capabilities, attack surface", "supplytrust inspect main.wasm", r"(?i)random|clock|stdio|import"),
    Capability(41, "Transitive run-time graph", "supplytrust audit requirements.txt --offline --no-ledger --format json", r'"footprint"', ),
    Capability(42, "Build dependencies judged apart", RECORD, r"build dependency of pkg:pypi/quietlake@1.14.1"),
    Capability(43, "Dynamically linked libraries", "supplytrust render scorecards/cryptography/record.json", r"(?i)host|linked|platform|needs of the system"),
    Capability(44, "Services that code calls", "supplytrust render scorecards/cachecontrol/record.json --format json", r'"inferred":.{0,4}"how":"client","name":"redis"'),
    Capability(45, "Single points of failure", "supplytrust render record.json --format json", r'"singlePoints":\[\{"kind":"account"'),
    Capability(46, "Size of the trusted computing base", "supplytrust render record.json", r"footprint +\d+ package"),
    Capability(47, "The observer is named", "supplytrust render record.json --format json", r'"trustor":\{"id":"https://supplytrust.dev/policies/baseline"'),
    Capability(48, "Purpose and context", "supplytrust render record.json --format json", r'"purpose":"general"'),
    Capability(49, "Issued at, and an end", "supplytrust render record.json --format json", r'"expires":"2026-'),
    Capability(50, "Signed record", "supplytrust verify signed.json --key team.pub --at 2026-03-12", r"the signature holds"),
    Capability(51, "Assurances with digests of evidence", "supplytrust render record.json --format json", r'"digest":"sha256:[0-9a-f]{64}"'),
    Capability(52, "Transitive trust, bounded", "supplytrust assess quietlake==1.14.1 --config listens.toml", r"ACME"),
    Capability(53, "Violation before approval", "supplytrust assess quietlake==1.14.1 --config warned.toml --format markdown", r"(?i)reviewed_by_second_party.*|.*violation.*"),
    Capability(54, "Unknown is a value", RECORD, r"\? +tag_signed_by_known_key +tag v1.14.1 is not signed \[not-published\]"),
    Capability(55, "Confidence beside the verdict", RECORD, r"belief 0.\d+, disbelief 0.\d+, unknown 0.\d+"),
    Capability(56, "The user's own policy file", "supplytrust policy check policy.toml", r".*"),
    Capability(57, "Fails closed on missing data", "supplytrust assess absent==1 --offline --no-ledger", r".*", (3, 10)),
    Capability(58, "Vetoes outside of any average", "supplytrust explain integrity/digest_matches_index", r"This is a veto .tampered.: no weight answers it"),
    Capability(59, "Admission of a workload by a loader", "supplytrust admit main.wasm --record other.json --policy gate.toml --config none", r".*", (2, 12)),
    Capability(60, "Rules about processors and hosts", "supplytrust policy show keep", r"(?i).*\btee\b.*"),
    Capability(61, "Exceptions with reason and end", "supplytrust policy init --help", r"(?i)exception|unreviewed|adopt"),
    Capability(62, "Formats: JSON, SARIF, Markdown, HTML", "supplytrust render record.json --format sarif", r'"version": ?"2.1.0"'),
    Capability(63, "Graded exit codes", "supplytrust --help", r"0 ADMIT, 2 usage, 3 nothing to assess, 10 REFER, 11 REFUSE"),
    Capability(64, "Offline, and what that leaves out", "supplytrust audit --help", r"--offline +Use the cache only"),
    Capability(65, "No token needed", RECORD, r"issues_answered +a local path is on no forge"),
    Capability(66, "A library", "supplytrust signals", r"build/rebuilds_identically"),
    Capability(67, "What would change it", RECORD, r"the smallest set: build/rebuilds_identically"),
    Capability(68, "Use in CI: formats, codes, changes", "supplytrust audit --help", r"--changed .*"),
    Capability(69, "Accuracy measured in the repository", "supplytrust explain build/rebuilds_identically", r".*basis corpus.*"),
    Capability(70, "Difference from the last run", "supplytrust diff before.json record.json", r"1\.14\.0.* -> .*1\.14\.1"),
)  # fmt: skip


@contextmanager
def prepare_desk(folder: Path) -> Iterator[Shell]:
    """A folder with all that the commands name, and the environment they run in."""
    from simulators import story

    story._tree = _let_strangers_in(story._tree)
    from simulators.commands import Shell

    (folder / "world").mkdir()
    with story.told(story.Story("capabilities", DAY, attested="always"), folder / "world") as world:
        world.strike()
        shutil.copytree(ROOT / "scorecards", folder / "scorecards")
        _write_files(folder, world.index.url)
        shell = Shell(folder)
        look = ("--repository", world.repository, "--rebuild", "never", "--no-ledger", "--at", AT)
        for subject, name in ((world.before, "before.json"), (world.bad, "record.json")):
            _must(shell.run("assess", subject, *look, "--deps", "direct", "--format", "json", "-o", name), (0, 10))
        _must(shell.run("assess", world.bad, *look, "--deps", "none", "--policy", "policy.toml", "--format", "json",
                        "-o", "admitted.json"), (0,))  # fmt: skip
        for name in ("team", "acme"):
            _must(shell.run("keys", "new", name), (0,))
        _must(shell.run("sign", "record.json", "--key", "team", "-o", "signed.json"), (0, 10))
        _publish_lists(folder, shell)
        _must(shell.run("policy", "init", "own.toml", "--policy", "baseline"), (0, 10, 2))
        yield shell


def _must(ran: Ran, codes: tuple[int, ...]) -> None:
    if ran.code not in codes:
        raise SystemExit(f"the desk could not be made: {ran.err}\n{ran.out}")


def _write_files(folder: Path, url: str) -> None:
    from simulators import wasm
    from supplytrust.ecosystems import default_type

    kind = default_type()
    (folder / "main.wasm").write_bytes(wasm.module(imports=[("wasi_snapshot_preview1", "random_get")]))
    index = f'[index]\n{kind} = "{url}"\n[trust-root]\nsigstore = "world/trusted_root.json"\n'
    (folder / "supplytrust.toml").write_text(index)
    vendor = '[vendors.ACME]\nlist = "{0}.json"\nkey = "acme.pub"\nscope = ["pkg:' + kind + '/*"]\n'
    (folder / "listens.toml").write_text(index + vendor.format("list"))
    (folder / "warned.toml").write_text(index + vendor.format("warning"))
    (folder / "requirements.txt").write_text("quietlake==1.14.1\n")
    (folder / "policy.toml").write_text(
        'schema = 1\nextends = "baseline"\nbase_epoch = 1\nid = "own"\nowner = "team"\n[expect.root]\nbuild = 0.6\n'
    )


def _let_strangers_in(plain: Callable[[str, str], Files]) -> Callable[[str, str], Files]:
    """The tree of every release with a workflow in it that takes the text of strangers into a command."""
    text = (
        "on: pull_request_target\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    return lambda name, version: {**plain(name, version), ".github/workflows/ci.yml": text}


def _publish_lists(folder: Path, shell: Shell) -> None:
    ends = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    endorsed = (
        f'[[endorsement]]\nsubject = "{PURL}"\narea = "expertise"\nclaim = "expertise/reviewed_by_others"\n'
        f'reason = "read in full"\nexpires = "{ends}"\n'
    )
    found = f'[[violation]]\nsubject = "{PURL}"\nreason = "writes keys to a log"\n'
    for name, text in (("list", endorsed), ("warning", found)):
        (folder / f"{name}.toml").write_text(f'vendor = "ACME"\nepoch = 1\n{text}')
        _must(shell.run("vet", "sign", f"{name}.toml", "--key", "acme", "--expires", ends, "-o", f"{name}.json"), (0,))


# --- the page -----------------------------------------------------------------------------------------------------


def try_row(row: Capability, shell: Shell) -> str:
    """The line of the command's output that shows it; SystemExit when it prints something else."""
    words = shlex.split(row.command)[1:]
    if words[0] == "assess":
        words += ["--rebuild", "never", "--deps", "none", "--no-ledger"]
    ran = shell.run(*words)
    match = re.search(row.shows, ran.out + ran.err)
    if ran.code not in row.codes or match is None:
        raise SystemExit(
            f"{row.number} {row.name}: `{row.command}` ended with {ran.code}\n{ran.out[:3000]}{ran.err[:500]}"
        )
    text = ran.out + ran.err
    line = text[text.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
    shown = line if len(line.strip()) <= LINE else match.group(0).partition("\n")[0]
    return " ".join(shown.split())[:LINE]


def write_page(shown: dict[int, str]) -> str:
    """The table, an area after the other."""
    lines = [
        "<!-- generated by `python -m tools.make_capabilities`; every command was run, and printed what stands here -->",
        "",
        "# Capabilities",
        "",
        f"What tools of the field do, row by row, and one command of this program for each: {len(shown)} of {len(ROWS)}.",
        "They were run without a network on an invented package (`quietlake`, with index, repository and attestations), a",
        "workload, and the scorecards of this repository. The last column is a line of what was printed. Where the command",
        "explains a question, the line is of the question's page: the invented package has nothing to show for it.",
    ]
    for row in ROWS:
        if row.number in AREAS:
            lines += ["", f"## {AREAS[row.number]}", "", "| | capability | command | shows |", "|-|-|-|-|"]
        line = shown[row.number].replace("|", "\\|").replace("`", "'")
        lines.append(f"| {row.number} | {row.name} | `{row.command}` | {line} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run every row, then write the page, or with `--check` compare it."""
    with tempfile.TemporaryDirectory() as folder, prepare_desk(Path(folder)) as shell:
        shown = {row.number: try_row(row, shell) for row in ROWS}
    text = write_page(shown)
    if "--check" in sys.argv:
        same = [re.sub(r"[0-9a-f]{8,}|\d{4}-\d\d-\d\d", "#", page) for page in (PAGE.read_text("utf-8"), text)]
        raise SystemExit(0 if same[0] == same[1] else f"{PAGE.name} is not what the commands print")
    PAGE.write_text(text, "utf-8")
    print(f"{len(shown)} of {len(ROWS)} capabilities shown in {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
