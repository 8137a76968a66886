"""Source distributions whose start-up code is hard to find: odd roots, links, headers, twins, second archives.

`VARIANTS` maps a name to a function from `code(label)`, the bytes of a start-up file, to (file name, archive). The
labels tell which of several candidates an installer runs; what pip runs was measured and is the table of
tests/unit/ecosystems/test_hidden_start_up_code.py.
"""

import bz2
import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib

INFO = b"Metadata-Version: 2.1\nName: pkg\nVersion: 1.1\n"
TAR, ZIP = "pkg-1.1.tar.gz", "pkg-1.1.zip"
FOLDER = object()


def link(target, kind=tarfile.SYMTYPE):
    """A symbolic link to `target`."""
    return kind, target


def hard(target):
    """A hard link to the member `target`."""
    return tarfile.LNKTYPE, target


def tar_info(name, content):
    """The header of a member, and its bytes."""
    info = tarfile.TarInfo(name)
    if content is FOLDER:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        return info, b""
    if isinstance(content, tuple):
        info.type, info.linkname = content
        return info, b""
    info.size = len(content)
    return info, content


def plain_tar(members, form=tarfile.PAX_FORMAT, pax=None):
    """An uncompressed tar of (name or header, content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, pax_headers=pax) as archive:
        for name, content in members:
            info, data = (name, content) if isinstance(name, tarfile.TarInfo) else tar_info(name, content)
            info.size = len(data) if info.isreg() or data else 0
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sdist(*members, root="pkg-1.1/", form=tarfile.PAX_FORMAT):
    """A `.tar.gz` of members below `root`, PKG-INFO first."""
    listed = [("PKG-INFO", INFO), *members]
    named = [(root + n if isinstance(n, str) else n, c) for n, c in listed]
    return TAR, gzip.compress(plain_tar(named, form), mtime=0)


def stored(*members):
    """A `.tar.gz` of members under their own names."""
    return TAR, gzip.compress(plain_tar(members), mtime=0)


def zipped(*members):
    """A `.zip` of (name or ZipInfo, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name), content)
    return ZIP, buffer.getvalue()


def zip_link(name):
    """The header of a zip member that says it is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def chain(code, hops):
    """setup.py leads to a file of another name over this many links."""
    names = ["setup.py", *(f"step{n}" for n in range(1, hops)), "data.txt"]
    links = [(a, link(b)) for a, b in zip(names, names[1:], strict=False)]
    return sdist(("data.txt", code("A")), *links)


def with_header(kind, payload, name, content):
    """A member after a raw extension header (pax `x`, GNU `L`) whose text is given."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, len(payload)
    info = tarfile.TarInfo(name)
    info.size = len(content)
    blocks = [header.tobuf(tarfile.USTAR_FORMAT), padded(payload), info.tobuf(tarfile.USTAR_FORMAT), padded(content)]
    return TAR, gzip.compress(plain_tar([("pkg-1.1/PKG-INFO", INFO)])[:1024] + b"".join(blocks) + bytes(1024), mtime=0)


def padded(data):
    """Filled up to tar blocks."""
    return data + bytes(-len(data) % 512)


def pax_record(key, value):
    """One `length key=value` record."""
    body = f" {key}={value}\n".encode()
    size = len(body)
    while size != len(str(size)) + len(body):
        size = len(str(size)) + len(body)
    return str(size).encode() + body


def odd_type(code, kind):
    """setup.py as a member of another type."""
    info = tarfile.TarInfo("pkg-1.1/setup.py")
    info.type, info.size = kind, len(code("A"))
    body = info.tobuf(tarfile.USTAR_FORMAT) + padded(code("A")) + bytes(1024)
    return TAR, gzip.compress(plain_tar([("pkg-1.1/PKG-INFO", INFO)])[:1024] + body, mtime=0)


def sparse(code):
    """setup.py as an old GNU sparse file without holes."""
    data = code("A")
    info = tarfile.TarInfo("pkg-1.1/setup.py")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, len(data)
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b"%011o\0%011o\0" % (0, len(data))
    block[483:495] = b"%011o\0" % len(data)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    body = bytes(block) + padded(data) + bytes(1024)
    return TAR, gzip.compress(plain_tar([("pkg-1.1/PKG-INFO", INFO)])[:1024] + body, mtime=0)


def small_zip(code):
    """A zip that is a whole source distribution of its own."""
    return zipped(("pkg-1.1/PKG-INFO", INFO), ("pkg-1.1/setup.py", code("A")))[1]


def gzip_with_zip_in_header(code):
    """A gzip file whose extra field is a zip."""
    extra = small_zip(code)
    whole = gzip.compress(plain_tar([("pkg-1.1/PKG-INFO", INFO)]), mtime=0)
    return TAR, b"\x1f\x8b\x08\x04" + whole[4:10] + struct.pack("<H", len(extra)) + extra + whole[10:]


def gzip_with_stored_zip(code):
    """A gzip file whose last bytes, packed without compression, are a zip behind the end of the tar."""
    tar, tail = plain_tar([("pkg-1.1/PKG-INFO", INFO)]), small_zip(code)
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    return TAR, packer.compress(tar + tail) + packer.flush()


def bz2_streams(code):
    """setup.py is in the second bz2 stream."""
    plain = plain_tar([("pkg-1.1/PKG-INFO", INFO), ("pkg-1.1/setup.py", code("A"))])
    return "pkg-1.1.tar.bz2", bz2.compress(plain[:1024]) + bz2.compress(plain[1024:])


def backend(path, module, *members):
    """A source distribution that builds with a module of its own."""
    text = f'[build-system]\nrequires = []\nbuild-backend = "{module}"\nbackend-path = {path}\n'
    return sdist(("pyproject.toml", text.encode()), *members)


def _roots(code):
    setup = ("setup.py", code("A"))
    for root in (
        "pkg-1.1/", ".pkg-1.1/", "..pkg-1.1/", "./pkg-1.1/", ".//pkg-1.1/", "././pkg-1.1/", "pkg-1.1/./", "pkg-1.1//",
        "pkg 1.1/", " pkg-1.1/", "pkg-1.1 /", "pkg/", "other-2.0/", "/pkg-1.1/", "//pkg-1.1/", "pkg-1.1\\", "",
        "./", "...", ".../", "pkg-1.1/sub/../", "pkg-1.1/../pkg-1.1/", "pkg-1.1/sub/", "-/", "\\pkg-1.1/", "PKG-1.1/",
    ):  # fmt: skip
        yield f"root {root!r}", sdist(setup, root=root)


def _several(code):
    a, b = code("A"), code("B")
    info = ("pkg-1.1/PKG-INFO", INFO)
    yield "two roots", stored(info, ("pkg-1.1/setup.py", a), ("other/setup.py", b))
    yield "two roots, the first one dotted", stored(("./pkg-1.1/setup.py", a), ("pkg-1.1/setup.py", b), info)
    yield "a file beside the root", stored(info, ("pkg-1.1/setup.py", a), ("README", b""))
    yield "a setup.py beside the root", stored(info, ("pkg-1.1/setup.py", a), ("setup.py", b))
    yield "a folder beside the root", stored(info, ("pkg-1.1/setup.py", a), ("other", FOLDER))
    yield "a folder '.' first", stored((".", FOLDER), info, ("pkg-1.1/setup.py", a))
    yield "a folder './' among no root", stored(("./", FOLDER), ("./PKG-INFO", INFO), ("./setup.py", a))
    yield "the root is a link", stored(("real/setup.py", a), ("real/PKG-INFO", INFO), ("pkg-1.1", link("real")))
    yield (
        "the root is a link, and used",
        stored(("real", FOLDER), ("pkg-1.1", link("real")), ("pkg-1.1/PKG-INFO", INFO), ("pkg-1.1/setup.py", a)),
    )


def _links(code):
    a, b = code("A"), code("B")
    for hops in range(1, 10):
        yield f"{hops} links", chain(code, hops)
    yield "a link before its file", sdist(("setup.py", link("data.txt")), ("data.txt", a))
    yield "a link into a folder", sdist(("sub/code", a), ("setup.py", link("sub/code")))
    yield "a link over a folder link", sdist(("real/code", a), ("sub", link("real")), ("setup.py", link("sub/code")))
    yield "a link with dots", sdist(("sub/code", a), ("setup.py", link("./sub/../sub//code")))
    yield "a link that leaves and returns", sdist(("code", a), ("setup.py", link("../pkg-1.1/code")))
    yield "a link that leaves", sdist(("setup.py", link("../../../../etc/hostname")))
    yield "an absolute link", sdist(("setup.py", link("/etc/hostname")))
    yield "a link to itself", sdist(("setup.py", link("setup.py")))
    yield "a dangling link", sdist(("setup.py", link("nothing")))
    yield "a hard link", sdist(("data.txt", a), ("setup.py", hard("pkg-1.1/data.txt")))
    yield "a hard link with a dot", sdist(("data.txt", a), ("setup.py", hard("./pkg-1.1/data.txt")))
    yield "a hard link before its file", sdist(("setup.py", hard("pkg-1.1/data.txt")), ("data.txt", a))
    yield (
        "a hard link to a link",
        sdist(("data.txt", a), ("step", link("data.txt")), ("setup.py", hard("pkg-1.1/step"))),
    )
    yield (
        "a hard link to a hard link",
        sdist(("data.txt", a), ("step", hard("pkg-1.1/data.txt")), ("setup.py", hard("pkg-1.1/step"))),
    )
    yield (
        "a link to a hard link",
        sdist(("data.txt", a), ("step", hard("pkg-1.1/data.txt")), ("setup.py", link("step"))),
    )
    yield (
        "a hard link, then another file of that name",
        sdist(("data.txt", a), ("setup.py", hard("pkg-1.1/data.txt")), ("data.txt", b)),
    )
    yield "below a link to the root", sdist(("sub", link(".")), ("sub/setup.py", a))
    yield "below a link to the root from above", sdist(("sub", link("../pkg-1.1")), ("sub/setup.py", a))
    yield "below a link made later", sdist(("sub/setup.py", a), ("sub", link(".")))
    yield "written through a link", sdist(("data.txt", link("setup.py")), ("data.txt", a))
    yield "written through a link over a file", sdist(("setup.py", b), ("data", link("setup.py")), ("data", a))


def _twins(code):
    a, b = code("A"), code("B")
    yield "twins", sdist(("setup.py", a), ("setup.py", b))
    yield "twins, one with a dot", sdist(("setup.py", a), ("./setup.py", b))
    yield "a link after its file", sdist(("data.txt", b), ("setup.py", a), ("setup.py", link("data.txt")))
    yield "a file after its link", sdist(("data.txt", b), ("setup.py", link("data.txt")), ("setup.py", a))
    yield "a file, then a folder of its name", sdist(("setup.py", a), ("setup.py", FOLDER))
    yield "SETUP.PY", sdist(("SETUP.PY", a))
    yield "Setup.py and setup.py", sdist(("setup.py", a), ("Setup.py", b))


def _headers(code):
    a = code("A")
    path = pax_record("path", "pkg-1.1/setup.py")
    yield "a pax path", with_header(tarfile.XHDTYPE, path, "pkg-1.1/harmless.txt", a)
    yield (
        "a pax path with a dotted root",
        with_header(tarfile.XHDTYPE, pax_record("path", ".pkg-1.1/setup.py"), "pkg-1.1/x", a),
    )
    yield "a global pax path", with_header(tarfile.XGLTYPE, path, "pkg-1.1/harmless.txt", a)
    yield "a GNU long name", with_header(tarfile.GNUTYPE_LONGNAME, b"pkg-1.1/setup.py\0", "pkg-1.1/harmless.txt", a)
    yield "an unknown type", odd_type(code, b"Z")
    yield "a contiguous file", odd_type(code, tarfile.CONTTYPE)
    yield "an old regular file", odd_type(code, tarfile.AREGTYPE)
    yield "a sparse file", sparse(code)
    yield "a name without UTF-8", sdist(("setup.py", a), ("caf\udce9.py", b"x = 1\n"), form=tarfile.GNU_FORMAT)
    yield "two bz2 streams", bz2_streams(code)
    yield "a zip in the gzip header", gzip_with_zip_in_header(code)
    yield "a zip behind the tar", gzip_with_stored_zip(code)


def _zips(code):
    a, b = code("A"), code("B")
    info = ("pkg-1.1/PKG-INFO", INFO)
    yield "zip", zipped(info, ("pkg-1.1/setup.py", a))
    for root in (".pkg-1.1/", "./pkg-1.1/", "pkg-1.1\\", "/pkg-1.1/", "", "pkg-1.1//", "pkg-1.1/./"):
        yield f"zip root {root!r}", zipped((root + "PKG-INFO", INFO), (root + "setup.py", a))
    yield "zip twins", zipped(info, ("pkg-1.1/setup.py", a), ("pkg-1.1/setup.py", b))
    yield "zip link whose target is code", zipped(info, (zip_link("pkg-1.1/setup.py"), a))
    yield "zip link to a file", zipped(info, ("pkg-1.1/data.txt", a), (zip_link("pkg-1.1/setup.py"), "data.txt"))
    yield "zip two roots", zipped(info, ("pkg-1.1/setup.py", a), ("other/setup.py", b))


def _backends(code):
    a, b = code("A"), code("B")
    yield "backend", backend('["."]', "back", ("back.py", a))
    yield "backend in a folder", backend('["tools"]', "back", ("tools/back.py", a))
    yield "backend package", backend('["tools"]', "back", ("tools/back/__init__.py", a))
    yield "backend submodule", backend('["tools"]', "back.end", ("tools/back/end.py", a), ("tools/back/__init__.py", b))
    yield "backend path with dots", backend('["./x/../tools"]', "back", ("tools/back.py", a), ("x/y", b""))
    yield "backend path is a link", backend('["lnk"]', "back", ("tools/back.py", a), ("lnk", link("tools")))
    yield "backend is a link", backend('["tools"]', "back", ("data", a), ("tools/back.py", link("../data")))
    yield "backend object", backend('["tools"]', "back:api.object", ("tools/back.py", a))
    yield (
        "pyproject.toml is a link",
        sdist(
            ("conf", b'[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'),
            ("pyproject.toml", link("step")),
            ("step", link("conf")),
            ("back.py", a),
        ),
    )


def variants(code):
    """Name to (file name, bytes) for these start-up files."""
    families = (_roots, _several, _links, _twins, _headers, _zips, _backends)
    return {name: made for family in families for name, made in family(code)}
