"""Commits and tags that are made to cost: what is looked for is looked for once, and honest ones read as before."""

import pytest

from supplytrust.io.git import log, objects
from supplytrust.io.git.objects import Person

N = 300_000


@pytest.mark.parametrize(
    "body",
    [
        b"h\n\nReviewed-by:" + b" " * N + b"x",
        b"h\n\nReviewed-by:" + b" a" * N,
        b"h\n\nReviewed-by: a" + b"<a " * N,
        b"h\ngpgsig x\n" + b" -----BEGIN PGP SIGNATURE-----\n" * (N // 30) + b"\nm",
        b"object 1\ntagger " + b"<" * N + b"\n\nm",
        b"object 1\ntagger " + b" " * N + b"\n\nm",
        b"object 1\ntagger A <a> " + b"1" * N + b"\n\nm",
        b"object 1\n\n" + b"-----BEGIN SSH SIGNATURE-----\n" * (N // 30),
    ],
)
def test_what_has_no_end_is_looked_for_once(body):
    objects.beyond(body)
    objects.tag("v1", body)


def test_honest_trailers_and_taggers_read_as_before():
    body = b"h\n\nm\n\nReviewed-by:  Ann B  <ann@example.org>\nAcked-by: <b@example.org>\nTested-by: none\n"
    assert objects.reviewers(body) == (Person("Ann B", "ann@example.org"), Person("", "b@example.org"))
    tag = objects.tag("v1", b"object 1\ntype commit\ntagger Ann B <ann@example.org> 12 +0000\n\nm")[2]
    assert (tag.tagger, tag.at) == (Person("Ann B", "ann@example.org"), 12)


def test_a_field_over_many_chunks_is_joined_once():
    fields = [b"\x01" + b"1" * 40, b"", b"A", b"a@x", b"1 +0000", b"A", b"a@x", b"1 +0000", b"s" * 1000]
    data = b"\0".join(fields) + b"\0"
    for size in (1, 3, 7, 100, len(data)):
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        assert [c.subject for c in log.parse_log(chunks)] == ["s" * 1000]
    with pytest.raises(log.LogError):
        list(log.parse_log([data[:-1]]))
