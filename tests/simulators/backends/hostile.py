"""A PEP 517 backend that tries to get out, harmlessly, and packs what it found as `probes.json` into its wheel.

`mode.json` of the tree: {"mode": ..., "targets": {...}}. Every probe writes or sends inert bytes at most. A probe's
value is what it could do: True or a number is bad news, False or 0 is what containment should give.
"""

import ctypes
import errno
import fcntl
import json
import os
import socket
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import honest  # noqa: E402


def _task():
    with open("mode.json", encoding="utf-8") as file:
        return json.load(file)


def _can(step):
    try:
        return bool(step())
    except (OSError, MemoryError, ValueError):
        return False


def _connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(2)
        one.connect(address)
    return True


def _reads(path):
    with open(path, "rb") as file:
        return bool(file.read(1))


def _writes(folder):
    path = os.path.join(folder, "probe.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("inert")
    os.unlink(path)
    return True


def _type_into_terminal():
    with open("/dev/tty", "wb", buffering=0) as tty:
        fcntl.ioctl(tty, termios.TIOCSTI, b"#")
    return True


def _forks(wanted):
    children, made = [], 0
    try:
        for _ in range(wanted):
            child = os.fork()
            if child == 0:
                time.sleep(30)
                os._exit(0)
            children.append(child)
            made += 1
    except OSError:
        pass
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return made


def _big_file(folder, size):
    path = os.path.join(folder, "big")
    try:
        with open(path, "wb") as file:
            file.truncate(size)
        return os.stat(path).st_size >= size
    finally:
        if os.path.exists(path):
            os.unlink(path)


def _status(field):
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(field):
                return line.split()[1]
    return ""


def _segments():
    try:
        with open("/proc/sysvipc/shm", encoding="ascii") as file:
            return len(file.readlines()) - 1
    except OSError:
        return 0


def _command(process):
    with open(f"/proc/{process}/cmdline", "rb") as file:
        return file.read().decode("utf-8", "replace").split("\0")


def _links():
    return [name for _, name in socket.if_nameindex() if name != "lo"]


def _key():
    """Read the bait out of the session keyring that came with the process (keyctl(2): search, then read)."""
    libc, number = ctypes.CDLL(None, use_errno=True), {"x86_64": 250, "aarch64": 219}.get(os.uname().machine)
    if number is None:
        return False
    room = ctypes.create_string_buffer(16)
    found = libc.syscall(ctypes.c_long(number), 10, -3, b"user", b"supplytrust-bait", 0)
    return found > 0 and libc.syscall(ctypes.c_long(number), 11, found, room, 16) > 0


def probes(targets, out):
    libc = ctypes.CDLL(None, use_errno=True)
    processes = [name for name in os.listdir("/proc") if name.isdigit()]
    return {
        "tcp by name": _can(lambda: _connect(socket.AF_INET, ("localhost", targets["port"]))),
        "tcp by number": _can(lambda: _connect(socket.AF_INET, ("127.0.0.1", targets["port"]))),
        "tcp outside": _can(lambda: _connect(socket.AF_INET, ("192.0.2.1", 80))),
        "abstract socket": _can(lambda: _connect(socket.AF_UNIX, "\0" + targets["abstract"])),
        "interfaces": _links(),
        "home": _can(lambda: _reads(targets["secret_file"])),
        "ssh keys": _can(lambda: os.listdir(os.path.expanduser("~/.ssh"))),
        "shadow file": _can(lambda: _reads("/etc/shadow")),
        "password file": _can(lambda: _reads("/etc/passwd")),
        "sys": os.path.exists("/sys"),
        "secret in environment": any("SUPPLYTRUST_PROBE" in name for name in os.environ),
        "write usr": _can(lambda: _writes("/usr")),
        "write site-packages": any(_can(lambda p=p: _writes(p)) for p in sys.path if p.endswith("site-packages")),
        "write interpreter": _can(lambda: _writes(os.path.dirname(os.__file__))),
        "other processes": len(processes) > 6,
        "process of the host": any(_can(lambda n=n: targets["mark"] in _command(n)) for n in processes),
        "shared memory": _segments(),
        "session keyring": _key(),
        "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"") == 0,
        "user namespace": libc.unshare(0x10000000) == 0,
        "terminal": _can(_type_into_terminal),
        "memory": _can(lambda: bytearray(6 * 2**30)),
        "forks": _forks(300),
        "file size": _can(lambda: _big_file(out, 3 * 2**30)),
        "capabilities": int(_status("CapEff") or "0", 16),
        "root": os.getuid() == 0,
        "new privileges": _status("NoNewPrivs") != "1",
        "core dumps": __import__("resource").getrlimit(__import__("resource").RLIMIT_CORE)[0],
        "errno": errno.EPERM,
    }


def get_requires_for_build_wheel(config_settings=None):
    return _task().get("requires", [])


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    task = _task()
    name = honest.build_wheel(wheel_directory)
    path = os.path.join(wheel_directory, name)
    mode = task["mode"]
    if mode == "probe":
        found = probes(task["targets"], wheel_directory)
        with open(os.path.join("src", "probes.json"), "w", encoding="utf-8") as file:
            json.dump(found, file)
        return honest.build_wheel(wheel_directory)
    if mode == "sleep":
        time.sleep(600)
    if mode == "flood":
        for _ in range(400):
            sys.stdout.write("x" * 65536)
    if mode == "symlink":
        os.unlink(path)
        os.symlink(task["targets"]["file"], path)
    if mode == "fifo":
        os.unlink(path)
        os.mkfifo(path)
    if mode == "folder":
        os.unlink(path)
        os.mkdir(path)
    above = os.path.dirname(wheel_directory)
    if mode == "folder link":
        os.rename(wheel_directory, wheel_directory + "-kept")
        os.symlink(task["targets"]["file"], wheel_directory)
    if mode == "answer link":
        os.symlink(task["targets"]["file"], os.path.join(above, "other"))
        os.replace(os.path.join(above, "other"), os.path.join(above, "answer.json"))
        os._exit(0)
    if mode == "answer flood":
        with open(os.path.join(above, "answer.json"), "w", encoding="ascii") as file:
            file.write('{"file": "' + "x" * 3_000_000 + '"}')
        os._exit(0)
    return task.get("name", name)
