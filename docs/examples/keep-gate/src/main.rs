//! `keep-gate WORKLOAD.wasm --record R --policy G [--config C] [--status S] [--platform P] [--state F] [--at TIME]`
//!
//! Prints the decision as `supplytrust admit --format json` does; exit code 0 only when admitted, 12 otherwise, 2 when
//! it was not asked properly.

use keep_gate::command::{ask, Question};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(question) = Question::parse(&words) else {
        eprintln!("keep-gate WORKLOAD.wasm --record FILE --policy FILE [--config|--status|--platform|--state FILE] [--at TIME]");
        return ExitCode::from(2);
    };
    let (decision, _) = ask(&question);
    println!("{}", question.spell(&decision));
    ExitCode::from(if decision.admits() { 0 } else { 12 })
}
