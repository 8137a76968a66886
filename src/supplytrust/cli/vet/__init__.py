"""supplytrust vet init|status|answer|queue|sign"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from datetime import datetime

    from supplytrust.audits.vetting.folder import Vetting
    from supplytrust.audits.vetting.publication import PublishedWord
    from supplytrust.model.record import TrustRecord

_folder = options.argument("folder", "FOLDER", "The folder of a vetting, as init made it.")


@click.group("vet", cls=options.Group)
def command() -> None:
    """Vet an upstream project and vouch for it to those who listen to you."""


@command.command("init")
@options.subject
@click.option("--profile", multiple=True, metavar="NAME",
              help="Questionnaires besides the general one: s2c2f, baseline, cryptography.")  # fmt: skip
@click.option("--since", metavar="FOLDER", help="The vetting of an earlier version: only the difference is asked anew.")
@options.policy
@options.looking
@click.option("-o", "--output", metavar="FOLDER", help="Where it is kept (default: vetting/TYPE-NAME-VERSION).")
def init(
    subject: str, profile: tuple[str, ...], since: str | None, policy: str | None, no_progress: bool,  # noqa: FBT001
    output: str | None, **looking: object,
) -> int:  # fmt: skip
    """Look at a release, and write a folder with what was seen and with every question that somebody must answer.

    Exit code: 0 nothing is open, 10 questions are open, 11 it was found wanting.
    """
    from supplytrust.audits.vetting.opening import begin_vetting
    from supplytrust.cli.output import EXIT, Progress

    asked = options.as_looking(looking)
    with Progress(wanted=not no_progress) as progress:
        place, vetting = begin_vetting(
            subject, profiles=profile, since=Path(since) if since else None, policy=policy,
            folder=Path(output) if output else None, progress=progress, looking=asked,
        )  # fmt: skip
    click.echo(f"wrote {place}: {len(vetting.questions)} questions", err=True)
    _show(place, vetting, vetting.begun, "text", whole=False)
    return EXIT[vetting.outcome_at(vetting.begun)]


@command.command("status")
@_folder
@click.option("--all", "whole", is_flag=True, help="Every question, answer and change.")
@options.at
@options.text_or_json
def status(folder: str, whole: bool, at: str | None, format_: str) -> int:  # noqa: FBT001
    """Say where a vetting stands: what is answered, what is open and what that would bring.

    Exit code: 0 nothing is open, 10 questions are open or speak against it, 11 it was found wanting.
    """
    from supplytrust.audits.vetting.folder import read_vetting
    from supplytrust.cli.output import EXIT

    vetting, now = read_vetting(Path(folder)), options.instant(at) or _now()
    _show(Path(folder), vetting, now, format_, whole=whole)
    return EXIT[vetting.outcome_at(now)]


@command.command("answer")
@_folder
@options.argument("questions", "QUESTION...", "Ids of questions, as status lists them.", nargs=-1, required=True)
@click.option("--says", type=click.Choice(["yes", "no", "wanting", "not-applicable"]), required=True,
              help="wanting: the release must not be used.")  # fmt: skip
@click.option("--reason", required=True, help="Why; it stands in the list that is published.")
@click.option("--who", required=True, metavar="NAME", help="Who answers; it is never published.")
@click.option("--until", metavar="DATE", help="When the answer ends.")
@click.option("--rests-on", multiple=True, metavar="FACET|files:PATTERN",
              help="What must not change for it to hold later (default: as the question says).")  # fmt: skip
@click.option("--attach", multiple=True, metavar="FILE", help="What it rests on; a copy is kept under its digest.")
def answer(
    folder: str, questions: tuple[str, ...], says: str, reason: str, who: str, until: str | None,
    rests_on: tuple[str, ...], attach: tuple[str, ...],
) -> int:  # fmt: skip
    """Answer questions: who, when, on what, until when. An answer is never overwritten; the newest counts."""
    from supplytrust.audits.vetting.folder import Answer, AnswerVerdict, add_answer, read_vetting
    from supplytrust.cli.output import EXIT
    from supplytrust.errors import UsageError

    now, end = _now(), options.instant(until)
    if end is not None and end <= now:
        raise UsageError(f"the answer would have ended on {end:%Y-%m-%d}", hint="--until: a day to come")
    vetting = read_vetting(Path(folder))
    for question in questions:
        given = Answer(question, AnswerVerdict(says), _line(reason, 500), _line(who, 200), now, end, rests_on)
        vetting = add_answer(Path(folder), given, tuple(Path(one) for one in attach))
    click.echo(f"{len(questions)} answered; the vetting is {vetting.outcome_at(now)}")
    return EXIT[vetting.outcome_at(now)]


@command.command("queue")
@options.argument("targets", "TARGET...", "Lock files, bills of materials, folders, purls.", nargs=-1, required=True)
@click.option("--vettings", default="vetting", show_default=True, metavar="FOLDER", help="Where vettings are kept.")
@options.policy
@options.looking_at_sets
@options.text_or_json
@options.output
def queue(
    targets: tuple[str, ...], vettings: str, policy: str | None, jobs: int, format_: str, output: str | None,
    no_progress: bool, **looking: object,  # noqa: FBT001
) -> int:  # fmt: skip
    """List what to vet next: the worst first, and of those the ones that most packages of the set stand on.

    The exit code is that of the worst outcome.
    """
    from supplytrust.audits.runner import audit, inventory_of
    from supplytrust.audits.vetting.queue import rank_packages, read_vettings
    from supplytrust.cli.output import EXIT, Progress, deliver
    from supplytrust.reports.vetting import describe_queue, render_queue

    known, broken = read_vettings(Path(vettings))
    listed = inventory_of(targets)
    with Progress(wanted=not no_progress) as progress:
        result = audit([listed], policy=policy, jobs=jobs, progress=progress, **options.as_looking(looking))
    for folder, why in broken:
        click.echo(f"not counted: {folder}: {why}", err=True)
    ranked = rank_packages(result, listed, known, _now())
    deliver((describe_queue if format_ == "json" else render_queue)(ranked), output)
    return EXIT[result.outcome]


@command.command("sign")
@options.argument(
    "sources", "FOLDER|ANSWERS.toml...", "Vettings, or a file of what you endorse.", nargs=-1, required=True
)
@click.option("--key", required=True, metavar="KEY", help="Private key file in PEM.")
@click.option("--expires", required=True, metavar="DATE", help="When the list ends, within 366 days.")
@click.option("--vendor", metavar="NAME", help="In whose name (of folders; a file says it itself).")
@click.option("--after", metavar="LIST", help="The list before: the epoch grows by one, its violations stay.")
@click.option("--revoke", multiple=True, metavar="PURL", help="Take back what was said of a release or package.")
@click.option("--lift", multiple=True, metavar="PURL", help="With --after: this violation does not hold any more.")
@click.option("--records", metavar="FOLDER", help="Write the signed record of each vetting here as well.")
@options.output
def sign(
    sources: tuple[str, ...], key: str, expires: str, vendor: str | None, after: str | None, revoke: tuple[str, ...],
    lift: tuple[str, ...], records: str | None, output: str | None,
) -> None:  # fmt: skip
    """Sign a trust list that others name under [vendors]: entries bound to releases or digests, each with its end.

    Of a vetting only what is answered with yes is endorsed, of exactly the vetted file; what was found wanting is a
    violation. A file has `vendor`, `epoch` (a number that grows with every list), tables [[endorsement]] with subject,
    area, claim, reason, expires and perhaps digest and via, [[violation]] with subject and reason, and `revoked`.
    """
    from supplytrust.audits.vetting.publication import gather_list, write_records
    from supplytrust.cli.output import deliver, read
    from supplytrust.errors import MalformedRecordError, MalformedTomlError, UsageError
    from supplytrust.formats.toml_fields import UnreadableFileError, read_bytes
    from supplytrust.records.signers import open_key
    from supplytrust.records.trust_list import list_of, seal_list

    now = _now()
    end, signer = options.instant(expires) or now, open_key(Path(key))
    folders = [Path(one) for one in sources if Path(one).is_dir()]
    try:
        files = [list_of(read_bytes(Path(one)), now, end) for one in sources if not Path(one).is_dir()]
        before = read(after) if after else None
        document, words = gather_list(folders, files, vendor, before, (revoke, lift), signer.public, (now, end))
        sealed = seal_list(document, signer)
    except (MalformedRecordError, MalformedTomlError) as error:
        raise UsageError(f"{', '.join(sources)}: {error.message}", hint="see `supplytrust vet sign --help`") from None
    except UnreadableFileError as error:
        raise UsageError(error.text, hint=error.hint) from None
    if records:
        write_records(folders, Path(records), str(document["vendor"]), signer, now)
    deliver(sealed, output)
    _tell_words(folders, words)


def _tell_words(folders: list[Path], words: list[PublishedWord]) -> None:
    for folder, word in zip(folders, words, strict=True):
        counts = f"{len(word.endorsements)} endorsed, {len(word.violations)} found wanting, {word.open} not answered"
        click.echo(f"{folder}: {counts}", err=True)


def _show(folder: Path, vetting: Vetting, at: datetime, format_: str, *, whole: bool) -> None:
    from supplytrust.cli.output import deliver, show
    from supplytrust.reports.vetting import describe_status, render_status

    judged = _judge(folder, vetting, at)
    if format_ == "json":
        deliver(describe_status(vetting, judged, at), None)
    else:
        show(render_status(vetting, judged, at, folder=str(folder), whole=whole))


def _judge(folder: Path, vetting: Vetting, at: datetime) -> TrustRecord:
    from supplytrust.assessment import load_policy
    from supplytrust.audits.vetting.folder import read_evidence
    from supplytrust.audits.vetting.publication import judge_with_answers
    from supplytrust.records.keys import VerificationKey

    policy = load_policy(vetting.policy)
    return judge_with_answers(vetting, read_evidence(folder), policy, VerificationKey(b"", "this vetting"), at)


def _line(text: str, room: int) -> str:
    from supplytrust.errors import UsageError

    if not text.strip() or not text.isprintable() or len(text) > room:
        raise UsageError(f"'{text[:40]}' is no line of text of at most {room} characters", hint="one printable line")
    return text


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(microsecond=0)
