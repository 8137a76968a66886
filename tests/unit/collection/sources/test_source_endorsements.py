"""Endorsements on disk: those of listed authors count, the rest is named with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulators.evidence import SUBJECT
from simulators.index import serving
from simulators.world import world
from supplytrust.collection.sources import endorsements as source
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.io.context import SourceClaim
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.records.endorsement import endorse
from supplytrust.records.signers import new_key, open_key

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def write(folder, author, name, **change):
    fields = {
        "subject": "pkg:pypi/demo",
        "area": "provenance",
        "claim": "provenance/releaser_known",
        "reason": "known",
        "expires": NOW + timedelta(days=9),
        "author": author,
        "issued": NOW - timedelta(days=1),
    } | change
    path = folder / f"{name}.endorsement"
    path.write_bytes(endorse(signer=open_key(folder.parent / author), **fields))
    return path


def observe(tmp_path, *listed):
    settings = Settings(endorsements=tuple(str(p) for p in listed))
    with serving([]) as index, world(index, tmp_path / "w", at=NOW) as opened:
        return source.observe(SUBJECT, SubjectEvidence(SUBJECT), replace(opened, settings=settings))


def test_listed_authors_count_and_others_are_named(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    for author in ("alice", "eve"):
        new_key(tmp_path / author)
    write(folder, "alice", "good")
    write(folder, "alice", "other", subject="pkg:pypi/else")
    write(folder, "alice", "early", issued=NOW + timedelta(days=1))
    write(folder, "eve", "unlisted")
    (folder / "junk.endorsement").write_text("{")
    (folder / "eve.pub").write_bytes((tmp_path / "eve.pub").read_bytes())  # in the folder, not listed
    seen = observe(tmp_path, tmp_path / "alice.pub", folder)
    good = [p.claim for p in seen if isinstance(p, SourceClaim)]
    assert [c.author for c in good if isinstance(c, Endorsement)] == ["alice"]
    bad = [p for p in seen if isinstance(p, NotObserved)]
    assert {p.detail.partition(":")[0] for p in bad} == {"unlisted.endorsement", "junk.endorsement"}
    assert {p.reason for p in bad} == {NotObservedReason.MALFORMED}


def test_none_configured_none_about_it_and_a_bad_key(tmp_path):
    with pytest.raises(NotFoundError):
        observe(tmp_path)
    new_key(tmp_path / "alice")
    with pytest.raises(NotFoundError):
        observe(tmp_path, tmp_path / "alice.pub")
    (tmp_path / "bad.pub").write_text("no key")
    with pytest.raises(MalformedError):
        observe(tmp_path, tmp_path / "bad.pub")
