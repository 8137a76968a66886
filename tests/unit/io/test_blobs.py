import hashlib

from supplytrust.io.context import BlobStore


def test_what_is_put_can_be_got_by_its_digest(tmp_path):
    store = BlobStore(tmp_path / "blobs")
    digest = store.put(b"bytes")
    assert digest == hashlib.sha256(b"bytes").hexdigest()
    assert store.get(digest) == b"bytes"
    assert store.put(b"bytes") == digest
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [digest]


def test_a_changed_blob_is_not_given_out_and_goes(tmp_path):
    store = BlobStore(tmp_path)
    digest = store.put(b"bytes")
    path = next(p for p in tmp_path.rglob(digest))
    path.write_bytes(b"other")
    assert store.get(digest) is None
    assert not path.exists()


def test_unknown_or_odd_digests_are_none(tmp_path):
    store = BlobStore(tmp_path)
    for digest in ("", "0" * 64, "../../etc/passwd", "A" * 64):
        assert store.get(digest) is None


def test_a_store_that_cannot_be_written_still_tells_the_digest(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert BlobStore(tmp_path / "file").put(b"x") == hashlib.sha256(b"x").hexdigest()
