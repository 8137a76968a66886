"""A PEP 517 backend that lies in its own source tree and needs nothing: packs what is under `src/`.

`meta.json` of the tree gives name, version and further METADATA lines. Same tree and SOURCE_DATE_EPOCH give the
same bytes.
"""

import base64
import hashlib
import io
import json
import os
import tarfile
import time
import zipfile


def _stamp():
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return time.gmtime(int(epoch) if epoch else time.time())[:6]


def wheel_members(root):
    with open(os.path.join(root, "meta.json"), encoding="utf-8") as file:
        meta = json.load(file)
    info = f"{meta['name']}-{meta['version']}.dist-info"
    members = {}
    for base, folders, files in os.walk(os.path.join(root, "src")):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                members[os.path.relpath(path, os.path.join(root, "src"))] = file.read()
    lines = ["Metadata-Version: 2.1", f"Name: {meta['name']}", f"Version: {meta['version']}", *meta.get("lines", [])]
    members[f"{info}/METADATA"] = ("\n".join(lines) + "\n\n" + meta.get("text", "")).encode()
    wheel = "Wheel-Version: 1.0\nGenerator: honest 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members[f"{info}/WHEEL"] = wheel.encode()
    if meta.get("entry_points"):
        members[f"{info}/entry_points.txt"] = meta["entry_points"].encode()
    members[f"{info}/RECORD"] = record(members, f"{info}/RECORD")
    return f"{meta['name']}-{meta['version']}-py3-none-any.whl", members


def record(members, own):
    rows = []
    for path, data in members.items():
        if path != own:
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{path},sha256={digest},{len(data)}\n")
    return ("".join(rows) + f"{own},,\n").encode()


def pack(members, stamp, level=6, reverse=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for path in sorted(members, reverse=reverse):
            info = zipfile.ZipInfo(path, stamp)
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, members[path])
    return out.getvalue()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, members = wheel_members(os.getcwd())
    with open(os.path.join(wheel_directory, name), "wb") as file:
        file.write(pack(members, _stamp()))
    return name


def build_sdist(sdist_directory, config_settings=None):
    with open("meta.json", encoding="utf-8") as file:
        meta = json.load(file)
    root = f"{meta['name']}-{meta['version']}"
    name = f"{root}.tar.gz"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for base, folders, files in os.walk("."):
            folders.sort()
            for one in sorted(files):
                path = os.path.relpath(os.path.join(base, one), ".")
                tar.add(path, f"{root}/{path}", recursive=False)
        body = f"Metadata-Version: 2.1\nName: {meta['name']}\nVersion: {meta['version']}\n".encode()
        info = tarfile.TarInfo(f"{root}/PKG-INFO")
        info.size = len(body)
        tar.addfile(info, io.BytesIO(body))
    return name
