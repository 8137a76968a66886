//! The gate's own policy, read from the same TOML as everywhere: every key is known, every problem is told.

use crate::denial::{Answer, Denial};
use crate::envelope::{sha256, Key};
use crate::tables::names;
use crate::record::{AREAS, KINDS};
use crate::values::Instant;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

const MAX_POLICY: usize = 1_000_000;

pub struct Trustor {
    pub id: String,
    pub key: Key,
    pub scope: Vec<String>,
    pub not_before: Option<Instant>,
    pub expires: Option<Instant>,
}

#[derive(Default)]
pub struct CpuRule {
    pub because: String,
    pub vendor: Option<String>,
    pub family: Option<i64>,
    pub models: Vec<i64>,
    pub generation: Option<String>,
    pub stepping_below: Option<i64>,
    pub microcode_below: Option<i64>,
    pub fmspc: Vec<String>,
}

pub struct PlatformRules {
    pub required: bool,
    pub accept: Vec<String>,
    pub tee: Vec<String>,
    pub measurements: Vec<String>,
    pub tcb_status: Vec<String>,
    pub advisories_allowed: Option<Vec<String>>,
    pub minimum: BTreeMap<String, i64>,
    pub cpu_deny: Vec<CpuRule>,
    pub max_age_minutes: i64, // 0: any age
    pub debug_allowed: bool,
    pub verifiers: Vec<Key>,
    pub methods: Vec<String>,
}

pub struct Policy {
    pub id: String,
    pub epoch: i64,
    pub digest: String,
    pub trustors: Vec<Trustor>,
    pub areas: BTreeMap<String, f64>,
    pub capabilities: BTreeSet<String>,
    pub also: Vec<String>,
    pub issued: Option<Instant>,
    pub expires: Option<Instant>,
    pub config_formats: Vec<String>,
    pub grants_allow: Option<Vec<String>>,
    pub record_kinds: Vec<String>,
    pub outcome_kinds: Vec<String>,
    pub state_required: bool,
    pub status_required: bool,
    pub status_keys: Vec<Key>,
    pub status_id: String,
    pub status_hours: i64, // 0: any age
    pub max_age_hours: i64,
    pub skew_seconds: i64,
    pub min_policy_epoch: i64,
    pub policies: Vec<String>,
    pub purposes: Vec<String>,
    pub roles: Vec<String>,
    pub critical: Vec<String>,
    pub platform: PlatformRules,
}

pub fn read(data: &[u8]) -> Answer<Policy> {
    let unusable = |why: &str| Denial::new("gate-policy", "policy", why);
    if data.len() > MAX_POLICY {
        return Err(Denial::new("size", "policy", "more bytes than are read"));
    }
    let spelt = std::str::from_utf8(data).map_err(|_| unusable("is not UTF-8"))?;
    let values: toml::Table = toml::from_str(spelt).map_err(|error| unusable(&error.to_string()))?;
    let problems = RefCell::new(Vec::new());
    let root = Table::new(&values, "gate policy", &problems);
    if root.integer("schema", Some(0), 0, MOST) != 1 {
        root.complain("schema", "is not 1");
    }
    let made = policy(&root, sha256(data));
    root.finish();
    if made.trustors.is_empty() {
        root.complain("trustor", "is missing: nobody's record could count");
    }
    if made.areas.is_empty() {
        root.complain("areas", "is empty: every record would do");
    }
    let found = problems.borrow();
    if found.is_empty() { Ok(made) } else { Err(unusable(&found.join("; "))) }
}

fn policy(root: &Table<'_>, digest: String) -> Policy {
    for name in ["status", "platform", "capabilities"] {
        if !root.has(name) {
            root.complain(name, "is missing");
        }
    }
    let (record, grants, classes) = (root.table("record"), root.table("grants"), root.table("capabilities"));
    let (depends, state, status) = (root.table("dependencies"), root.table("state"), root.table("status"));
    let status_required = status.flag("required", None);
    let status_keys: Vec<Key> = status.tables("key").iter().filter_map(read_key_of).collect();
    let status_id = status.text("id", Some(""));
    if status_required && (status_keys.is_empty() || status_id.is_empty()) {
        status.complain("key", "or id is missing: no list could be verified");
    }
    let made = Policy {
        id: root.text("id", None),
        epoch: root.integer("epoch", Some(1), 1, MOST),
        digest,
        trustors: root.tables("trustor").iter().filter_map(trustor).collect(),
        areas: areas(&root.table("areas")),
        capabilities: capabilities(&classes),
        also: classes.texts("also"),
        issued: root.moment("issued"),
        expires: root.moment("expires"),
        config_formats: grants.texts("formats"),
        grants_allow: grants.has("allow").then(|| grants.texts("allow")),
        record_kinds: kinds(&depends, "record"),
        outcome_kinds: kinds(&depends, "outcome"),
        state_required: state.flag("required", Some(false)),
        status_required,
        status_keys,
        status_id,
        status_hours: status.integer("max_age_hours", Some(0), 0, 1_000_000),
        max_age_hours: record.integer("max_age_hours", Some(30 * 24), 1, 10_000_000),
        skew_seconds: record.integer("skew_seconds", Some(0), 0, 3600),
        min_policy_epoch: record.integer("min_policy_epoch", Some(1), 1, MOST),
        policies: record.texts("policies").iter().map(|p| p.strip_prefix("sha256:").unwrap_or(p).to_owned()).collect(),
        purposes: record.texts("purposes"),
        roles: record.texts("roles"),
        critical: record.texts("critical"),
        platform: platform_rules(&root.table("platform")),
    };
    if made.policies.iter().any(|digest| digest.len() != 64) {
        record.complain("policies", "holds what is no sha256 digest");
    }
    for part in [&record, &grants, &classes, &depends, &state, &status] {
        part.finish();
    }
    made
}

fn trustor(table: &Table<'_>) -> Option<Trustor> {
    let scope = table.texts("scope");
    if scope.is_empty() {
        table.complain("scope", "is missing: name the subjects this key speaks about");
    }
    let (id, not_before, expires) = (table.text("id", None), table.moment("not_before"), table.moment("expires"));
    Some(Trustor { id, key: read_key_of(table)?, scope, not_before, expires })
}

/// `key` in PEM and how its ECDSA signatures are written; these are also all keys that are known but by trustors.
fn read_key_of(table: &Table<'_>) -> Option<Key> {
    let encoding = table.text("encoding", Some("der"));
    if encoding != "der" && encoding != "p1363" {
        table.complain("encoding", "is neither der nor p1363");
    }
    let key = Key::read(&table.text("key", None), encoding == "p1363");
    if key.is_none() {
        table.complain("key", "is no public key that counts here");
    }
    table.finish();
    key
}

fn areas(table: &Table<'_>) -> BTreeMap<String, f64> {
    let mut made = BTreeMap::new();
    for name in table.names() {
        let number = match &table.values[&name] {
            Value::String(spelt) => spelt.trim().parse().unwrap_or(-1.0),
            Value::Float(number) => *number,
            Value::Integer(number) => *number as f64,
            _ => -1.0,
        };
        if !AREAS.contains(&name.as_str()) || !(number > 0.0 && number <= 1.0) {
            table.complain(&name, "is not an area with a number above 0, up to 1");
        } else {
            made.insert(name, number);
        }
    }
    made
}

fn capabilities(table: &Table<'_>) -> BTreeSet<String> {
    let allowed = table.texts("allow");
    for word in &allowed {
        if word == "unknown" || word == "dynamic-link" || !names().classes.contains(word) {
            table.complain("allow", &format!("'{word}' is no capability class that can be allowed"));
        }
    }
    allowed.into_iter().collect()
}

fn kinds(table: &Table<'_>, key: &str) -> Vec<String> {
    let words = table.texts(key);
    if words.iter().any(|word| !KINDS.contains(&word.as_str())) {
        table.complain(key, "holds what is no kind of dependency");
    }
    words
}

fn platform_rules(table: &Table<'_>) -> PlatformRules {
    let among = |key: &str, known: &[&str]| {
        let words = table.texts(key);
        if words.iter().any(|word| !known.contains(&word.as_str())) {
            table.complain(key, "holds a word that is not known");
        }
        words
    };
    let (required, accept) = (table.flag("required", None), among("accept", &["plain", "ear", "steward", "snp", "tdx"]));
    if required && accept.is_empty() {
        table.complain("accept", "is missing: say which kinds of platform claims count");
    }
    for (key, texts, flags) in
        [("authority", ["certificate", "tee", "measurement"].as_slice(), ["debug"].as_slice()), ("root", &["certificate"], &[])]
    {
        for entry in table.tables(key) {
            texts.iter().for_each(|name| _ = entry.text(name, Some("")));
            flags.iter().for_each(|name| _ = entry.flag(name, Some(false)));
            entry.finish();
        }
    }
    let _ = table.flag("binds_workload", Some(true)); // of attestation documents, which are not read here
    let minimum = table.table("minimum");
    let made = PlatformRules {
        required,
        accept,
        tee: table.texts("tee"),
        measurements: table.texts("measurements"),
        tcb_status: table.texts("tcb_status"),
        advisories_allowed: table.has("advisories_allowed").then(|| table.texts("advisories_allowed")),
        minimum: minimum.names().iter().map(|name| (name.clone(), minimum.integer(name, None, 0, MOST))).collect(),
        cpu_deny: table.tables("cpu_deny").iter().map(cpu_rule).collect(),
        max_age_minutes: table.integer("max_age_minutes", Some(0), 0, 100_000_000),
        debug_allowed: table.flag("debug_allowed", Some(false)),
        verifiers: table.tables("verifier").iter().filter_map(read_key_of).collect(),
        methods: among("methods", &["stated", "vouched", "verified"]),
    };
    table.finish();
    made
}

fn cpu_rule(table: &Table<'_>) -> CpuRule {
    let number = |key: &str| table.has(key).then(|| table.integer(key, None, 0, MOST));
    let word = |key: &str| Some(table.text(key, Some(""))).filter(|text| !text.is_empty());
    let made = CpuRule {
        because: table.text("because", None),
        vendor: word("vendor"),
        family: number("family"),
        models: table.integers("models"),
        generation: word("generation"),
        stepping_below: number("stepping_below"),
        microcode_below: number("microcode_below"),
        fmspc: table.texts("fmspc").iter().map(|family| family.to_lowercase()).collect(),
    };
    table.finish();
    let numbers = [made.family, made.stepping_below, made.microcode_below];
    let words = [&made.vendor, &made.generation];
    if numbers.iter().all(Option::is_none) && words.iter().all(|w| w.is_none()) && made.models.is_empty() && made.fmspc.is_empty() {
        table.complain("vendor", "is missing: a rule must name something");
    }
    made
}

// --- one table: each question marks its key as known, and the rest are problems

const MOST: i64 = (1 << 53) - 1;

pub struct Table<'a> {
    values: &'a toml::Table,
    asked: RefCell<BTreeSet<String>>,
    place: String,
    problems: &'a RefCell<Vec<String>>,
}

impl<'a> Table<'a> {
    pub fn new(values: &'a toml::Table, place: &str, problems: &'a RefCell<Vec<String>>) -> Table<'a> {
        Table { values, asked: RefCell::default(), place: place.to_owned(), problems }
    }

    pub fn complain(&self, key: &str, why: &str) {
        self.problems.borrow_mut().push(format!("{}: {key} {why}", self.place));
    }

    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    pub fn names(&self) -> Vec<String> {
        self.asked.borrow_mut().extend(self.values.keys().cloned());
        self.values.keys().cloned().collect()
    }

    pub fn finish(&self) {
        for key in self.values.keys().filter(|key| !self.asked.borrow().contains(*key)) {
            self.complain(key, "is not known");
        }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.values.get(key)
    }

    /// A value of a type, or the default where there is one; everything else is a problem.
    fn typed<T>(&self, key: &str, default: Option<T>, what: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        match (self.get(key), default) {
            (None, Some(default)) => return Some(default),
            (None, None) => self.complain(key, "is missing"),
            (Some(value), _) => match read(value) {
                Some(made) => return Some(made),
                None => self.complain(key, &format!("is not {what}")),
            },
        }
        None
    }

    pub fn text(&self, key: &str, default: Option<&str>) -> String {
        self.typed(key, default.map(str::to_owned), "text", |v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }

    pub fn integer(&self, key: &str, default: Option<i64>, least: i64, most: i64) -> i64 {
        let number = self.typed(key, default, "an integer", Value::as_integer).unwrap_or(least);
        if default != Some(number) && !(least..=most).contains(&number) {
            self.complain(key, "is out of bounds");
            return least;
        }
        number
    }

    pub fn flag(&self, key: &str, default: Option<bool>) -> bool {
        self.typed(key, default, "true or false", Value::as_bool).unwrap_or_default()
    }

    pub fn texts(&self, key: &str) -> Vec<String> {
        let all = |v: &Value| v.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        self.typed(key, Some(Vec::new()), "a list of texts", all).unwrap_or_default()
    }

    fn integers(&self, key: &str) -> Vec<i64> {
        let all = |v: &Value| v.as_array()?.iter().map(Value::as_integer).collect();
        self.typed(key, Some(Vec::new()), "a list of integers", all).unwrap_or_default()
    }

    fn moment(&self, key: &str) -> Option<Instant> {
        self.get(key)?;
        self.typed(key, None, "a date-time with a zone", |value| {
            let told = value.as_datetime()?;
            let (date, time, minutes) = (told.date?, told.time?, match told.offset? {
                toml::value::Offset::Z => 0,
                toml::value::Offset::Custom { minutes } => i64::from(minutes),
            });
            let seconds = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second.unwrap_or(0));
            let micros = i64::from(time.nanosecond.unwrap_or(0) / 1000);
            Instant::of(date.year.into(), date.month.into(), date.day.into(), seconds - minutes * 60, micros)
        })
    }

    pub fn table(&self, key: &str) -> Table<'a> {
        static EMPTY: std::sync::OnceLock<toml::Table> = std::sync::OnceLock::new();
        let empty = EMPTY.get_or_init(toml::Table::new);
        let found = self.typed(key, Some(empty), "a table", Value::as_table).unwrap_or(empty);
        Table::new(found, &format!("{}: {key}", self.place), self.problems)
    }

    pub fn tables(&self, key: &str) -> Vec<Table<'a>> {
        let all = |v: &'a Value| v.as_array()?.iter().map(Value::as_table).collect::<Option<Vec<_>>>();
        let found = self.typed(key, Some(Vec::new()), "an array of tables", all).unwrap_or_default();
        found.into_iter().map(|values| Table::new(values, &format!("{}: {key}", self.place), self.problems)).collect()
    }
}

/// Shell patterns as `fnmatch` reads them: `*`, `?`, `[a-z]`, `[!a-z]`.
pub fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p, mut star) = (0, 0, None);
    loop {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if t == text.len() {
            return p == pattern.len();
        } else if let Some(next) = (p < pattern.len()).then(|| one(&pattern, p, text[t])).flatten() {
            (t, p) = (t + 1, next);
        } else if let Some((back, from)) = star {
            star = Some((back, from + 1));
            (t, p) = (from + 1, back + 1);
        } else {
            return false;
        }
    }
}

/// Where the pattern goes on when its next item takes this character.
fn one(pattern: &[char], at: usize, letter: char) -> Option<usize> {
    if pattern[at] != '[' {
        return (pattern[at] == '?' || pattern[at] == letter).then_some(at + 1);
    }
    let negated = pattern.get(at + 1) == Some(&'!');
    let begin = at + 1 + usize::from(negated);
    let Some(end) = (begin + 1..pattern.len()).find(|n| pattern[*n] == ']') else {
        return (letter == '[').then_some(at + 1);
    };
    let set = &pattern[begin..end];
    let (mut found, mut n) = (false, 0);
    while n < set.len() {
        let range = n + 2 < set.len() && set[n + 1] == '-';
        found |= if range { (set[n]..=set[n + 2]).contains(&letter) } else { set[n] == letter };
        n += if range { 3 } else { 1 };
    }
    (found != negated).then_some(end + 1)
}
