//! What could be brought back old: policies, status lists, a clock. The state remembers the highest of each.

use crate::denial::{denied, Answer, Denial};
use crate::envelope::{open, sha256, Key};
use crate::values::{self, digest, instant, integer, items, object, only, text, Instant, Json, LIMITS};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const STATUS_KIND: &str = "application/vnd.supplytrust.status+json";
const STATE_SCHEMA: &str = "supplytrust-gate-state/1";
const MAX_STATE: u64 = 1_000_000;

pub struct StatusList {
    pub id: String,
    pub sequence: i64,
    pub issued: Instant,
    pub next_update: Instant,
    pub records: BTreeSet<String>,
    pub subjects: BTreeSet<String>,
    pub keys: BTreeSet<String>,
    pub digest: String,
}

/// Verified with one of the policy's keys, then parsed.
pub fn read_status(data: &[u8], keys: &[Key]) -> Answer<StatusList> {
    let (payload, _) = open(data, keys, STATUS_KIND, "status")?;
    let members = values::read_object(&payload, LIMITS, "status")?;
    if members.get("schema") != Some(&Json::Text("supplytrust-status/1".to_owned())) {
        return denied("version", "status.schema", "is not supplytrust-status/1");
    }
    only(&members, "status", &["schema", "id", "sequence", "issued", "nextUpdate", "revoked"], &[])?;
    let revoked = only(object(&members["revoked"], "status.revoked")?, "status.revoked", &["records", "subjects", "keys"], &[])?;
    let listed = |name: &str| -> Answer<BTreeSet<String>> {
        items(&revoked[name], "status.revoked")?.iter().map(|one| digest(one, "status.revoked", 64)).collect()
    };
    Ok(StatusList {
        id: text(&members["id"], "status.id")?.to_owned(),
        sequence: integer(&members["sequence"], "status.sequence")?,
        issued: instant(&members["issued"], "status.issued")?,
        next_update: instant(&members["nextUpdate"], "status.nextUpdate")?,
        records: listed("records")?,
        subjects: listed("subjects")?,
        keys: listed("keys")?,
        digest: sha256(&payload),
    })
}

// --- the state

#[derive(Clone, Default, PartialEq)]
pub struct Remembered {
    pub epochs: BTreeMap<String, i64>,
    pub sequences: BTreeMap<String, i64>,
    pub last: Option<Instant>,
}

impl Remembered {
    /// The highest of both: order of arrival leaves no trace.
    pub fn join(&mut self, other: &Remembered) {
        for (mine, theirs) in [(&mut self.epochs, &other.epochs), (&mut self.sequences, &other.sequences)] {
            for (name, number) in theirs {
                let known = mine.entry(name.clone()).or_insert(0);
                *known = (*known).max(*number);
            }
        }
        self.last = self.last.max(other.last);
    }

    /// Whether something stands here in a higher number than there.
    pub fn overtakes(&self, other: &Remembered) -> bool {
        [(&self.epochs, &other.epochs), (&self.sequences, &other.sequences)]
            .iter()
            .any(|(mine, theirs)| theirs.iter().any(|(name, number)| mine.get(name).copied().unwrap_or(0) > *number))
    }
}

/// A state in a file, which other gates, also those in Python, may use at the same time.
pub struct StateFile(pub PathBuf);

impl StateFile {
    /// An absent file is a gate that has seen nothing; one that cannot be read denies.
    pub fn read(&self) -> Answer<Remembered> {
        let mut data = Vec::new();
        match File::open(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Remembered::default()),
            Err(error) => return Err(state(&error.to_string())),
            Ok(file) => {
                let regular = file.metadata().is_ok_and(|about| about.is_file());
                let read = file.take(MAX_STATE + 1).read_to_end(&mut data);
                if !regular || read.is_err() || data.len() as u64 > MAX_STATE {
                    return Err(state("cannot be read"));
                }
            }
        }
        parse(&data).map_err(|denial| state(&denial.detail))
    }

    /// Keep the highest of what was and what is seen, durably and under a lock of its own, and answer it.
    pub fn advance(&self, seen: &Remembered) -> Answer<Remembered> {
        let fault = |error: std::io::Error| state(&error.to_string());
        let beside = |ending: &str| -> PathBuf {
            let mut name = self.0.clone().into_os_string();
            name.push(ending);
            name.into()
        };
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(beside(".lock")).map_err(fault)?;
        lock.lock().map_err(fault)?;
        let mut joined = self.read()?;
        joined.join(seen);
        let fresh = beside(&format!(".{}.new", std::process::id()));
        let mut file = File::create(&fresh).map_err(fault)?;
        file.write_all(spell(&joined).as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
        std::fs::rename(&fresh, &self.0).map_err(fault)?;
        let folder = self.0.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)?;
        Ok(joined)
    }
}

fn state(why: &str) -> Denial {
    Denial::new("state", "state", why)
}

fn parse(data: &[u8]) -> Answer<Remembered> {
    let members = values::read_object(data, LIMITS, "state")?;
    if members.get("schema") != Some(&Json::Text(STATE_SCHEMA.to_owned())) {
        return denied("state", "state.schema", "is another one");
    }
    only(&members, "state", &["schema", "epochs", "sequences", "last"], &[])?;
    let numbers = |name: &str| -> Answer<BTreeMap<String, i64>> {
        object(&members[name], "state")?.iter().map(|(key, value)| Ok((key.clone(), integer(value, "state")?))).collect()
    };
    let last = if members["last"] == Json::Null { None } else { Some(instant(&members["last"], "state.last")?) };
    Ok(Remembered { epochs: numbers("epochs")?, sequences: numbers("sequences")?, last })
}

fn spell(seen: &Remembered) -> String {
    let last = seen.last.map(|moment| moment.to_string());
    let document = serde_json::json!({
        "schema": STATE_SCHEMA, "epochs": seen.epochs, "sequences": seen.sequences, "last": last,
    });
    document.to_string()
}
