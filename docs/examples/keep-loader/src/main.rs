//! A loader that runs nothing but what a gate has judged.
//!
//! `keep-loader MAIN.wasm --record R --policy G [any other option of supplytrust admit]` asks the gate, which on admission
//! becomes `keep-loader --sealed /proc/self/fd/N [CONFIG]`: the judged bytes, in a memory file that nobody can change.
//! Nothing else is opened, so what lies on the disk by then does not matter.
//!
//! `keep-loader --alone MAIN.wasm --record R --policy G ...` judges by itself, with `keep-gate`: no other program, and no
//! Python, is inside the platform. It runs the bytes that it judged.

use keep_gate::command::{ask as ask_gate, Question};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use wasmtime::{Caller, Engine, Extern, Linker, Module, Store};

const NOT_ADMITTED: u8 = 12;
const F_GET_SEALS: i32 = 1034;
const SEALED: i32 = 0x1 | 0x2 | 0x4 | 0x8; // seal, shrink, grow, write
type Failure = Box<dyn std::error::Error>;

extern "C" {
    fn fcntl(descriptor: i32, command: i32, ...) -> i32;
}

/// The exit code of a workload that asked to end.
#[derive(Debug)]
struct Ended(i32);

impl std::fmt::Display for Ended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ended with {}", self.0)
    }
}

impl std::error::Error for Ended {}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.first().map(String::as_str) {
        Some("--sealed") if words.len() > 1 => unseal(&words[1]).and_then(|workload| run(&workload)),
        Some("--alone") => judge(&words[1..]).and_then(|workload| run(&workload)),
        Some(_) => Err(ask(&words)),
        None => Err("keep-loader MAIN.wasm --record RECORD --policy GATE ...".into()),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            eprintln!("keep-loader: {why}");
            ExitCode::from(NOT_ADMITTED)
        }
    }
}

/// Become the gate; it comes back as this program, or not at all. Answers why it could not be asked.
fn ask(words: &[String]) -> Failure {
    let own = match std::env::current_exe() {
        Ok(path) => path,
        Err(why) => return why.into(),
    };
    let gate = std::env::var_os("SUPPLYTRUST").unwrap_or_else(|| "supplytrust".into());
    let mut command = Command::new(gate);
    command.arg("admit").args(words).arg("--exec").arg("--").arg(own).arg("--sealed").arg("{}");
    if words.iter().any(|word| word == "--config" || word.starts_with("--config=")) {
        command.arg("{config}");
    }
    command.exec().into()
}

/// The bytes that this loader's own gate admits; else every reason.
fn judge(words: &[String]) -> Result<Vec<u8>, Failure> {
    let question = Question::parse(words).ok_or("--alone MAIN.wasm --record RECORD --policy GATE ...")?;
    let (decision, workload) = ask_gate(&question);
    if decision.admits() {
        return Ok(workload);
    }
    let reasons = decision.reasons.iter().map(|reason| format!("\n  {:<20}{:<28}{}", reason.code, reason.field, reason.detail));
    Err(format!("not admitted{}", reasons.collect::<String>()).into())
}

/// What a gate has sealed.
fn unseal(place: &str) -> Result<Vec<u8>, Failure> {
    let mut file = File::open(place)?;
    // SAFETY: the descriptor is open for as long as `file` lives, and the command takes no argument.
    let seals = unsafe { fcntl(file.as_raw_fd(), F_GET_SEALS) };
    if seals < 0 || seals & SEALED != SEALED {
        return Err("what is to be run is not sealed: it comes from no gate".into());
    }
    let mut workload = Vec::new();
    file.read_to_end(&mut workload)?;
    Ok(workload)
}

/// Compile and run a core module with standard output and error, and with nothing else.
fn run(workload: &[u8]) -> Result<u8, Failure> {
    let engine = Engine::default();
    let module = Module::new(&engine, workload)?;
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.func_wrap("wasi_snapshot_preview1", "fd_write", write)?;
    linker.func_wrap("wasi_snapshot_preview1", "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(Ended(code).into())
    })?;
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    match start.call(&mut store, ()) {
        Ok(()) => Ok(0),
        Err(trap) => match trap.downcast_ref::<Ended>() {
            Some(Ended(code)) => Ok(u8::try_from(*code)?),
            None => Err(format!("the workload failed: {trap:#}").into()),
        },
    }
}

/// `fd_write` of WASI preview 1 for standard output and error; 8 (badf) for every other descriptor, 21 (fault).
fn write(mut caller: Caller<'_, ()>, descriptor: i32, vectors: i32, count: i32, written: i32) -> i32 {
    if descriptor != 1 && descriptor != 2 {
        return 8;
    }
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return 21;
    };
    let data = memory.data(&caller);
    let word = |at: usize| -> Option<usize> {
        let bytes = data.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    let mut text = Vec::new();
    for number in 0..count as u32 as usize {
        let at = (vectors as u32 as usize).saturating_add(number.saturating_mul(8));
        let part = word(at).zip(word(at.saturating_add(4))).and_then(|(start, size)| data.get(start..start.checked_add(size)?));
        match part {
            Some(part) => text.extend_from_slice(part),
            None => return 21,
        }
    }
    let told = if descriptor == 1 {
        std::io::stdout().write_all(&text).and_then(|()| std::io::stdout().flush())
    } else {
        std::io::stderr().write_all(&text)
    };
    if told.is_err() {
        return 29; // io
    }
    let size = (text.len() as u32).to_le_bytes();
    match memory.write(&mut caller, written as u32 as usize, &size) {
        Ok(()) => 0,
        Err(_) => 21,
    }
}
