"""A PostgreSQL server of the test's own: a folder, a free port of 127.0.0.1, nothing of the machine's configuration."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PLACES = "/usr/lib/postgresql/*/bin"  # Debian's
ACCOUNT = "postgres"  # the server refuses to run as root


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, of the newest version; None when this machine has none."""
    found = [p for p in Path("/").glob(PLACES.lstrip("/")) if (p / "initdb").exists()]
    by_version = sorted(found, key=lambda p: [int(n) for n in p.parent.name.split(".") if n.isdecimal()])
    named = shutil.which("initdb")
    return by_version[-1] if by_version else (Path(named).parent if named else None)


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of a running server's database, which is gone afterwards."""
    folder, user = Path(tempfile.mkdtemp(prefix="ledger-server-", dir="/tmp")), None
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        user = account.pw_uid
        os.chown(folder, account.pw_uid, account.pw_gid)
    programs, data = binaries(), folder / "data"
    assert programs is not None
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "user": user}
    surroundings = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    made = [str(programs / "initdb"), "-D", str(data), "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(made, check=True, env=surroundings, **quiet)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    switches = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB")
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    server = subprocess.Popen(
        [*command, *(word for one in switches for word in ("-c", one))], env=surroundings, **quiet
    )
    try:
        _wait(server, port)
        yield f"postgresql://ledger@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    import psycopg

    end = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="ledger", dbname="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
