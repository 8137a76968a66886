"""RECORD as tools write it: what can be read is checked, what cannot says nothing against a member."""

import base64
import hashlib
import unicodedata
import zipfile

import pytest

from simulators.index import zipped
from supplytrust.ecosystems.pypi import contents, wheel_record
from supplytrust.ecosystems.pypi.rebuild.comparison import WheelRules
from supplytrust.ecosystems.pypi.wheel_record import BytesMembers, compare_record
from supplytrust.model.subject import Artifact, ArtifactKind

CODE, DATA = b"x = 1\n", b"\x00\x01" * 500
RULES = WheelRules("demo-1.0-py3-none-any.whl")
RECORD = "demo-1.0.dist-info/RECORD"


def mark(data, algorithm="sha256"):
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def row(path="demo/a.py", data=CODE, algorithm="sha256"):
    return f"{path},{mark(data, algorithm)},{len(data)}"


def record(*rows, end="\n", encoding="utf-8"):
    meta = row("demo-1.0.dist-info/METADATA", b"Name: demo\n")
    return end.join([*rows, meta, f"{RECORD},,", ""]).encode(encoding)


def compared(data, members=None):
    files = members or {"demo/a.py": CODE}
    return compare_record(
        data, RECORD, BytesMembers({**files, "demo-1.0.dist-info/METADATA": b"Name: demo\n", RECORD: data})
    )


READ = {
    "plain": record(row()),
    "CRLF": record(row(), end="\r\n"),
    "CR": record(row(), end="\r"),
    "byte order mark": b"\xef\xbb\xbf" + record(row()),
    "sha384": record(row(algorithm="sha384")),
    "sha512": record(row(algorithm="sha512")),
    "blake2b": record(row(algorithm="blake2b")),
    "upper-case algorithm": record(row().replace("sha256", "SHA256")),
    "dashed algorithm": record(row().replace("sha256", "sha-256")),
    "padded": record(row().replace(mark(CODE), mark(CODE) + "=")),
    "other alphabet": record(row().replace(mark(CODE), "sha256=" + base64.b64encode(hashlib.sha256(CODE).digest()).decode())),
    "hex": record(f"demo/a.py,sha256={hashlib.sha256(CODE).hexdigest()},6"),
    "without size": record(f"demo/a.py,{mark(CODE)},"),
    "two fields": record(f"demo/a.py,{mark(CODE)}"),
    "a field too many": record(row() + ","),
    "backslashes": record(row("demo\\a.py")),
    "a dot": record(row("./demo//a.py")),
    "quoted": record('"demo/a.py",' + f'"{mark(CODE)}","6"'),
    "empty lines": b"\n\n" + record(row(), "", ",,"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_has_one_meaning_is_read_and_holds(name):
    assert compared(READ[name]).holds


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_checked(name):
    found = compared(READ[name], {"demo/a.py": b"y = 1\n"})
    assert found.mismatched == ("demo/a.py",)


@pytest.mark.parametrize("path", ["demo/a,b.py", "demo/a,b,c.py", "a,sha256=x.py", "demo/,"])
def test_commas_that_nobody_quoted_belong_to_the_name(path):
    assert compared(record(row(path)), {path: CODE}).holds
    assert compared(record(row(path)), {path: b"y = 1\n"}).mismatched == (path,)
    quoted = row(path).replace(path, f'"{path}"')
    assert compared(record(quoted), {path: CODE}).holds


@pytest.mark.parametrize("path", ["demo/\u00e9.py", "demo/e\u0301.py", "demo/\u65e5\u672c.py"])
def test_names_are_one_name_however_they_are_encoded(path):
    undeclared = path.encode("utf-8").decode("cp437")  # UTF-8 in a zip that does not say so
    composed = unicodedata.normalize("NFC", path)
    assert compared(record(row(path)), {path: CODE}).holds
    assert compared(record(row(path)), {undeclared: CODE}).holds
    assert compared(record(row(composed)), {path: CODE}).holds


UNREAD = {
    "no digest": (record("demo/a.py,,6"), "no digest"),
    "only a path": (record("demo/a.py"), "no digest"),
    "md5": (record(row(algorithm="md5")), "weak"),
    "sha1": (record(row(algorithm="sha1")), "weak"),
    "an unknown algorithm": (record("demo/a.py,crc32=AAAA,6"), "not known"),
    "a digest without algorithm": (record("demo/a.py,AAAA,6"), "without its algorithm"),
    "lower-case base64": (record(f"demo/a.py,sha256={mark(CODE)[7:].lower()},6"), "cannot be read"),
    "upper-case base64": (record(f"demo/a.py,sha256={mark(CODE)[7:].upper()},6"), "cannot be read"),
    "a cut digest": (record(f"demo/a.py,{mark(CODE)[:-3]},6"), "cannot be read"),
    "a digest with spaces": (record("demo/a.py,sha256=A A,6"), "cannot be read"),
    "a size in words": (record(f"demo/a.py,{mark(CODE)},six"), "no number"),
    "UTF-16": (record(row(), encoding="utf-16"), "UTF-16"),
    "Latin-1": (record(row(), row("demo/\u00e9.py"), encoding="latin-1"), "no UTF-8"),
    "an open quote": (record('"demo/a.py'), "in no line"),
    "a field without end": (record("x" * 200_000, row()), "field larger"),
    "too many fields": (record("demo/other,a,b,c,d", row()), "not three fields"),
    "twice": (record(row(), row()), "listed twice"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_told_and_says_nothing_against_a_member(name):
    data, why = UNREAD[name]
    found = compared(data)
    assert (found.mismatched, found.unlisted) == ((), ())
    assert not found.holds
    assert any(why in text for text in found.unread)


@pytest.mark.parametrize("digest", ["sha256=AAAA", "md5=AAAA", "sha512=" + "A" * 43])
def test_a_digest_that_can_be_read_and_is_not_the_members_is_a_mismatch(digest):
    assert compared(record(f"demo/a.py,{digest},6")).mismatched == ("demo/a.py",)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_a_wrong_digest_is_a_mismatch_however_weak(algorithm):
    assert compared(record(row(algorithm=algorithm)), {"demo/a.py": b"y"}).mismatched == ("demo/a.py",)


def test_a_line_that_cannot_be_read_does_not_clear_what_another_line_shows():
    found = compared(record("a,b,c,d,e", row()), {"demo/a.py": b"changed"})
    assert found.mismatched == ("demo/a.py",)
    assert not found.holds


def test_members_that_no_line_lists_are_told_when_every_line_was_read():
    found = compared(record(row(), row("demo/gone.py")), {"demo/a.py": CODE, "demo/new.pth": b"import os"})
    assert (found.unlisted, found.absent, found.unread) == (("demo/new.pth",), ("demo/gone.py",), ())


def check(members):
    data = zipped(members)
    return wheel_record.check(contents.read(Artifact("demo-1.0-py3-none-any.whl", "", ArtifactKind.WHEEL), data))


def test_a_digest_of_bytes_that_were_not_kept_is_not_compared():
    members = {"demo/x.bin": DATA, "demo-1.0.dist-info/METADATA": b"Name: demo\n"}
    found = check({**members, RECORD: record(row("demo/x.bin", DATA, "sha512"))})
    assert found.mismatched == ()
    assert [text for text in found.unread if "not kept" in text]
    assert check({**members, RECORD: record(row("demo/x.bin", DATA))}).unread == ()


@pytest.mark.parametrize("other", ["aaa-9.dist-info/", "zzz-9.dist-info/"])
def test_of_several_metadata_folders_the_one_of_the_file_name_counts(other):
    members = {other + "METADATA": b"Name: x\n", other + "RECORD": b"", "demo/a.py": CODE}
    members |= {"demo-1.0.dist-info/METADATA": b"Name: demo\n"}
    rows = [row(), row(other + "METADATA", b"Name: x\n"), row(other + "RECORD", b"")]
    found = check({**members, RECORD: record(*rows)})
    assert (found.present, found.mismatched, found.unlisted, found.unread) == (True, (), (), ())


def test_a_record_without_metadata_is_there():
    found = check({"demo/a.py": CODE, "Demo-1.0.0.dist-info/RECORD": row().encode()})
    assert (found.present, found.unlisted) == (True, ())


def test_a_rebuild_counts_a_record_only_when_all_of_it_is_read():
    files = {"demo/a.py": CODE, "demo-1.0.dist-info/METADATA": b"Name: demo\n"}
    assert not RULES.find_bad_list({**files, RECORD: READ["plain"]})
    for data, _ in UNREAD.values():
        assert RULES.find_bad_list({**files, RECORD: data})


def test_names_that_a_zip_declares_badly_are_still_the_members(tmp_path):
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo/XX.py", CODE)
        archive.writestr("demo-1.0.dist-info/METADATA", b"Name: demo\n")
        archive.writestr(RECORD, record(row("demo/\u00e9.py")))
    data = path.read_bytes().replace(b"demo/XX.py", "demo/\u00e9.py".encode())
    found = wheel_record.check(contents.read(Artifact(path.name, "", ArtifactKind.WHEEL), data))
    assert (found.mismatched, found.unlisted, found.absent, found.unread) == ((), (), (), ())
