"""Real workloads made on the spot by the tools people use; those whose tool is not there are left out.

C through ziglang (pip), Rust through the rustc that knows wasm32-wasi, a Python component through componentize-py
(pip), a JavaScript component through @bytecodealliance/componentize-js (npm, in the folder $COMPONENTIZE_JS).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

C_HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
C_FILES = """#include <stdio.h>
#include <time.h>
#include <dirent.h>
#include <stdlib.h>
int main(void) {
  FILE *f = fopen("x", "w"); fprintf(f, "%ld %s", (long)time(0), getenv("HOME") ? "y" : "n"); fclose(f);
  DIR *d = opendir("."); while (readdir(d)) {} closedir(d); remove("x"); return arc4random() & 1;
}
"""
C_SOCKET = """#include <sys/socket.h>
#include <unistd.h>
int main(void) { char b[9]; int s = accept(3, 0, 0); long n = recv(s, b, 9, 0); send(s, b, n, 0); shutdown(s, 2); return close(s); }
"""
C_LIBRARY = "int twice(int x) { return 2 * x; }\n"
C_USER = "int twice(int); int four(int x) { return twice(twice(x)); }\n"
RUST = """use std::io::Read;
fn main() {
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    println!("{} {}", s.len(), std::env::args().count());
    if let Ok(t) = std::fs::read_to_string("x") { println!("{t}") }
}
"""
WIT = "package app:hash@0.1.0;\nworld app { export digest: func(text: string) -> string; }\n"
PYTHON = """import hashlib
import wit_world
class WitWorld(wit_world.WitWorld):
    def digest(self, text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()
"""
JAVASCRIPT = "export function digest(text) { return text.length.toString(); }\n"
JS_MAKER = """import { componentize } from '@bytecodealliance/componentize-js'; import fs from 'fs';
const off = process.argv[5] === 'off' ? ['stdio', 'random', 'clocks', 'http', 'fetch-event'] : [];
const made = await componentize(fs.readFileSync(process.argv[2], 'utf8'), fs.readFileSync(process.argv[3], 'utf8'),
  { worldName: 'app', disableFeatures: off });
fs.writeFileSync(process.argv[4], made.component);
"""


def _run(*argv: str, cwd: Path) -> None:
    subprocess.run(argv, cwd=cwd, check=True, capture_output=True, timeout=600)


def _zig(folder: Path, *argv: str) -> None:
    _run(sys.executable, "-m", "ziglang", *argv, cwd=folder)


def _c(text: str, *flags: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, out: Path) -> None:
        (folder / "main.c").write_text(text)
        _zig(folder, "cc", "-target", "wasm32-wasi", *flags, "-o", str(out), "main.c")

    return make


def _c_library(folder: Path, out: Path) -> None:
    for name, text in (("liba", C_LIBRARY), ("libb", C_USER)):
        (folder / f"{name}.c").write_text(text)
        _zig(
            folder,
            "cc",
            "-target",
            "wasm32-wasi",
            "-fPIC",
            "-O2",
            "-fno-sanitize=undefined",
            "-c",
            "-o",
            f"{name}.o",
            f"{name}.c",
        )
    _zig(folder, "wasm-ld", "-shared", "--experimental-pic", "-o", "liba.so", "liba.o")
    _zig(folder, "wasm-ld", "-shared", "--experimental-pic", "-o", str(out), "libb.o", "liba.so")


def _rust(*flags: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, out: Path) -> None:
        (folder / "main.rs").write_text(RUST)
        _run("/usr/bin/rustc", "--target", "wasm32-wasi", "-O", *flags, "main.rs", "-o", str(out), cwd=folder)

    return make


def _python(*flags: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, out: Path) -> None:
        for place, text in (("wit/app.wit", WIT), ("app/app.py", PYTHON)):
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_text(text)
        tool = str(Path(sys.executable).with_name("componentize-py"))
        _run(tool, "-d", "wit", "-w", "app", "componentize", *flags, "-p", "app", "app", "-o", str(out), cwd=folder)

    return make


def _javascript(mode: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, out: Path) -> None:
        home = Path(os.environ["COMPONENTIZE_JS"])
        (folder / "app.wit").write_text(WIT)
        (folder / "app.js").write_text(JAVASCRIPT)
        maker = home / "make-component.mjs"
        maker.write_text(JS_MAKER)
        _run("node", str(maker), str(folder / "app.js"), str(folder / "app.wit"), str(out), mode, cwd=home)

    return make


# name -> (maker, number of imports of the root)
WORKLOADS: dict[str, tuple[Callable[[Path, Path], None], int | None]] = {
    "c-hello": (_c(C_HELLO, "-Os", "-s"), 5),
    "c-hello-debug": (_c(C_HELLO, "-O2", "-g"), 5),
    "c-files": (_c(C_FILES, "-O2"), None),
    "c-socket": (_c(C_SOCKET, "-O2"), None),
    "c-library": (_c_library, None),
    "rust": (_rust("-C", "strip=symbols"), None),
    "rust-debug": (_rust(), None),
    "python": (_python(), 25),
    "python-stubbed": (_python("--stub-wasi"), 0),
    "javascript": (_javascript("on"), 18),
    "javascript-off": (_javascript("off"), 0),
}


def available(name: str) -> bool:
    """Whether the tool for this workload is on this machine."""
    tool = name.partition("-")[0]
    if tool == "c":
        return _has_module("ziglang")
    if tool == "rust":
        return Path("/usr/lib/rustlib/wasm32-wasi").exists() and shutil.which("/usr/bin/rustc") is not None
    if tool == "python":
        return Path(sys.executable).with_name("componentize-py").exists()
    return "COMPONENTIZE_JS" in os.environ and shutil.which("node") is not None


def _has_module(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def make(name: str, folder: Path) -> bytes:
    """The binary, made in `folder` unless it is already there."""
    out = folder / f"{name}.wasm"
    if not out.exists():
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        WORKLOADS[name][0](place, out)
    return out.read_bytes()
