//! A question as words of a command line, its files read once each, and its answer as JSON.

use crate::denial::Denial;
use crate::freshness::StateFile;
use crate::values::Instant;
use crate::{admit, Decision, Inputs};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

const LARGEST: u64 = 200_000_001; // one more than any cap
const OPTIONS: [&str; 7] = ["--record", "--policy", "--config", "--status", "--platform", "--state", "--at"];

/// A workload's path and the value of each option.
pub struct Question {
    workload: String,
    options: BTreeMap<String, String>,
    at: Instant,
}

impl Question {
    /// None when something is missing, twice there or not known.
    pub fn parse(words: &[String]) -> Option<Question> {
        let (mut workload, mut options, mut left) = (None, BTreeMap::new(), words.iter());
        while let Some(word) = left.next() {
            if let Some(name) = OPTIONS.iter().find(|name| word == *name) {
                if options.insert((*name).to_owned(), left.next()?.clone()).is_some() {
                    return None;
                }
            } else if word.starts_with('-') || workload.replace(word.clone()).is_some() {
                return None;
            }
        }
        let at = match options.get("--at") {
            Some(spelt) => Instant::parse(spelt)?,
            None => Instant::of_seconds(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs().try_into().ok()?)?,
        };
        options.contains_key("--record").then_some(())?;
        options.contains_key("--policy").then_some(())?;
        Some(Question { workload: workload?, options, at })
    }

    /// The decision in the form of `supplytrust-decision/1`.
    pub fn spell(&self, decision: &Decision) -> String {
        let told = |d: &Denial| serde_json::json!({"code": d.code, "field": d.field, "detail": d.detail});
        let document = serde_json::json!({
            "schema": "supplytrust-decision/1",
            "admit": decision.admits(),
            "reasons": decision.reasons.iter().map(told).collect::<Vec<_>>(),
            "bound": decision.bound,
            "decidedAt": self.at.to_string(),
            "validUntil": decision.until.map(|end| end.to_string()),
        });
        document.to_string()
    }
}

/// The answer, and the very bytes that were judged: load those, and no file.
pub fn ask(question: &Question) -> (Decision, Vec<u8>) {
    let mut unread = Vec::new();
    let mut read = |name: &str, code: &'static str, field: &'static str| -> Option<Vec<u8>> {
        let path = if name.is_empty() { Some(&question.workload) } else { question.options.get(name) };
        let data = read_file(path?);
        if data.is_none() {
            unread.push(Denial::new(code, field, "cannot be read"));
        }
        data
    };
    let workload = read("", "not-wasm", "workload");
    let envelope = read("--record", "envelope", "envelope");
    let policy = read("--policy", "gate-policy", "policy");
    let config = read("--config", "config-digest", "config");
    let status = read("--status", "status-stale", "status");
    let platform = read("--platform", "platform", "platform");
    let inputs = Inputs {
        workload: workload.as_deref(),
        config: config.as_deref(),
        envelope: envelope.as_deref(),
        policy: policy.as_deref(),
        status: status.as_deref(),
        platform: platform.as_deref(),
        state: question.options.get("--state").map(|path| StateFile(path.into())),
    };
    if unread.is_empty() {
        return (admit(&inputs, question.at), workload.unwrap_or_default());
    }
    (Decision { reasons: unread, bound: BTreeMap::new(), until: None }, Vec::new())
}

/// A regular file, opened and read once.
fn read_file(path: &str) -> Option<Vec<u8>> {
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()))?;
    let mut data = Vec::new();
    file.take(LARGEST).read_to_end(&mut data).ok()?;
    Some(data)
}
