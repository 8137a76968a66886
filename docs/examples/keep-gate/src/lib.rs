//! May these bytes, with this configuration, enter this platform under this policy, now?
//!
//! The whole check of `supplytrust admit` for a loader that runs no Python: the same inputs, order and codes. What this
//! gate cannot read (layouts of images, configurations other than Enarx's, attestation documents that no verifier has
//! turned into a result) it does not let in. Nothing is fetched, nothing is assumed, and every check that could not be
//! made is a denial.

pub mod command;
pub mod denial;
pub mod envelope;
pub mod freshness;
pub mod platform;
pub mod policy;
pub mod record;
pub mod tables;
pub mod values;
pub mod workload;

use denial::{denied, Answer, Denial};
use envelope::{hex, open, sha256};
use freshness::{read_status, Remembered, StateFile, StatusList};
use platform::{Claims, MAX_PLATFORM};
use policy::{matches, Policy};
use record::Record;
use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use values::Instant;
use workload::{effective, read_grants, Grants, NO_FORMAT};

const MAX_WORKLOAD: usize = 100_000_000;
const MAX_CONFIG: usize = 1_000_000;
const MAX_ENVELOPE: usize = 8 << 20;
const MAX_REASONS: usize = 50;

/// As read by the caller, each once. None was not given, which each check judges for itself.
#[derive(Default)]
pub struct Inputs<'a> {
    pub workload: Option<&'a [u8]>,
    pub config: Option<&'a [u8]>,
    pub envelope: Option<&'a [u8]>,
    pub policy: Option<&'a [u8]>,
    pub status: Option<&'a [u8]>,
    pub platform: Option<&'a [u8]>,
    pub state: Option<StateFile>,
}

/// Admits only when there is no reason against it. `bound` names by digest what was judged.
pub struct Decision {
    pub reasons: Vec<Denial>,
    pub bound: BTreeMap<&'static str, String>,
    pub until: Option<Instant>,
}

impl Decision {
    pub fn admits(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Judge one workload. A panic is a denial too.
pub fn admit(inputs: &Inputs<'_>, at: Instant) -> Decision {
    let judged = catch_unwind(AssertUnwindSafe(|| {
        let mut case = Case::new(inputs, at);
        run(&mut case);
        let until = case.until.iter().min().copied().filter(|_| case.reasons.is_empty());
        Decision { reasons: case.reasons, bound: case.bound, until }
    }));
    judged.unwrap_or_else(|_| Decision {
        reasons: vec![Denial::new("internal", "admit", "the gate failed")],
        bound: BTreeMap::new(),
        until: None,
    })
}

struct Case<'a> {
    inputs: &'a Inputs<'a>,
    at: Instant,
    reasons: Vec<Denial>,
    denials: usize,
    bound: BTreeMap<&'static str, String>,
    until: Vec<Instant>,
    policy: Option<Policy>,
    payload: Option<(Vec<u8>, String)>, // and the fingerprint of the key that signed it
    record: Option<Record>,
    status: Option<StatusList>,
    claims: Option<Claims>,
    grants: Option<Grants>,
    seen: Remembered,
    learned: Remembered,
}

type Check = fn(&mut Case<'_>) -> Answer<()>;

/// Name, check, and the checks without which its answer would mean nothing.
const CHECKS: [(&str, Check, &[&str]); 20] = [
    ("policy", read_policy, &[]),
    ("inputs", read_inputs, &["policy"]),
    ("clock", check_clock, &["policy"]),
    ("digests", hash_inputs, &["inputs"]),
    ("signature", verify_signature, &["inputs"]),
    ("record", read_record, &["signature"]),
    ("scope", check_scope, &["record", "clock"]),
    ("critical", check_critical, &["record"]),
    ("subject", check_subject, &["record", "digests"]),
    ("configuration", check_configuration, &["subject", "scope"]),
    ("imports", check_imports, &["subject", "scope"]),
    ("validity", check_validity, &["record", "clock"]),
    ("status", check_status, &["policy", "clock"]),
    ("revocation", check_revocation, &["status", "record", "digests"]),
    ("epochs", check_epochs, &["scope"]),
    ("purpose", check_purpose, &["record"]),
    ("platform", check_platform, &["policy", "clock"]),
    ("restrictions", check_restrictions, &["record", "digests"]),
    ("dependencies", check_dependencies, &["record", "clock"]),
    ("verdict", check_verdict, &["record"]),
];

fn run(case: &mut Case<'_>) {
    let mut held: Vec<&str> = Vec::new();
    for (name, check, needs) in CHECKS {
        if !needs.iter().all(|need| held.contains(need)) {
            continue;
        }
        let before = case.denials;
        if let Err(denial) = check(case) {
            case.note(denial);
        }
        if case.denials == before {
            held.push(name);
        }
    }
    remember(case);
}

/// Verified news is kept also when it denies, else the older one would work again.
fn remember(case: &mut Case<'_>) {
    let Some(state) = &case.inputs.state else { return };
    let admitted = case.reasons.is_empty();
    let last = admitted.then_some(case.at);
    case.learned.join(&Remembered { last, ..Remembered::default() });
    if case.learned == Remembered::default() {
        return;
    }
    match state.advance(&case.learned) {
        Err(denial) => case.note(denial),
        Ok(joined) if admitted && joined.overtakes(&case.learned) => {
            case.deny("policy-rollback", "state", "a newer one was seen while this was judged");
        }
        Ok(_) => {}
    }
}

impl<'a> Case<'a> {
    fn new(inputs: &'a Inputs<'a>, at: Instant) -> Case<'a> {
        Case {
            inputs,
            at,
            reasons: Vec::new(),
            denials: 0,
            bound: BTreeMap::new(),
            until: Vec::new(),
            policy: None,
            payload: None,
            record: None,
            status: None,
            claims: None,
            grants: None,
            seen: Remembered::default(),
            learned: Remembered::default(),
        }
    }

    fn deny(&mut self, code: &'static str, field: &str, detail: &str) {
        self.note(Denial::new(code, field, detail));
    }

    /// Keep a reason, up to a number that a hostile record cannot push; every code is still told once.
    fn note(&mut self, denial: Denial) {
        self.denials += 1;
        if self.reasons.len() < MAX_REASONS || self.reasons.iter().all(|known| known.code != denial.code) {
            self.reasons.push(denial);
        }
    }
}

/// What an earlier check found; a check that comes too early ends in a denial, not in a check of nothing.
fn need<'a, T>(value: &'a Option<T>) -> Answer<&'a T> {
    value.as_ref().ok_or_else(|| Denial::new("internal", "", "a check was reached before what it needs"))
}

fn read_policy(case: &mut Case<'_>) -> Answer<()> {
    let Some(data) = case.inputs.policy else { return denied("gate-policy", "policy", "there is no gate policy") };
    let made = policy::read(data)?;
    case.bound.insert("policy", made.digest.clone());
    case.policy = Some(made);
    Ok(())
}

fn read_inputs(case: &mut Case<'_>) -> Answer<()> {
    let too_large = |data: Option<&[u8]>, cap: usize| data.is_some_and(|data| data.len() > cap);
    let given = case.inputs;
    for (data, cap, field) in
        [(given.envelope, MAX_ENVELOPE, "envelope"), (given.config, MAX_CONFIG, "config")]
    {
        if too_large(data, cap) {
            case.deny("size", field, &format!("more than {cap} bytes"));
        }
    }
    if given.envelope.is_none() {
        case.deny("envelope", "envelope", "there is no record");
    }
    match given.workload {
        None => denied("not-wasm", "workload", "there is no workload"),
        Some(data) if data.get(257..262) == Some(b"ustar") => denied("oci", "workload", "layouts are not read here"),
        Some(data) if data.len() > MAX_WORKLOAD => denied("size", "workload", "more bytes than are read"),
        Some(data) if !data.starts_with(b"\0asm") => denied("not-wasm", "workload", "has no WebAssembly header"),
        Some(_) => Ok(()),
    }
}

fn check_clock(case: &mut Case<'_>) -> Answer<()> {
    let policy = need(&case.policy)?;
    if policy.issued.is_some_and(|issued| case.at < issued) {
        return denied("clock", "at", "before the gate policy was issued");
    }
    let seen = match &case.inputs.state {
        Some(state) => state.read()?,
        None if policy.state_required => return denied("state", "state", "the gate policy requires a state"),
        None => Remembered::default(),
    };
    let ahead = case.at.plus(policy.skew_seconds)?;
    if seen.last.is_some_and(|last| ahead < last) {
        return denied("clock", "at", "before the last admission");
    }
    case.seen = seen;
    Ok(())
}

fn hash_inputs(case: &mut Case<'_>) -> Answer<()> {
    let workload = case.inputs.workload.unwrap_or_default();
    case.bound.insert("wasm", sha256(workload));
    case.bound.insert("wasm-sha384", hex(ring::digest::digest(&ring::digest::SHA384, workload).as_ref()));
    case.bound.insert("config", case.inputs.config.map_or("absent".to_owned(), sha256));
    Ok(())
}

fn verify_signature(case: &mut Case<'_>) -> Answer<()> {
    let policy = need(&case.policy)?;
    let keys: Vec<_> = policy.trustors.iter().map(|trustor| trustor.key.clone()).collect();
    let opened = open(case.inputs.envelope.unwrap_or_default(), &keys, record::KIND, "envelope")?;
    case.bound.insert("record", sha256(&opened.0));
    case.bound.insert("key", opened.1.clone());
    case.payload = Some(opened);
    Ok(())
}

fn read_record(case: &mut Case<'_>) -> Answer<()> {
    case.record = Some(record::read(&need(&case.payload)?.0)?);
    Ok(())
}

/// The key speaks for this trustor, about this subject, at this time; else it counts as nobody's.
fn check_scope(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record, (_, signer)) = (need(&case.policy)?, need(&case.record)?, need(&case.payload)?);
    let own = policy.trustors.iter().filter(|t| t.key.fingerprint == *signer && t.id == record.trustor);
    let covering = own.filter(|t| t.scope.iter().any(|pattern| matches(&record.subject, pattern)));
    let current: Vec<_> = covering
        .filter(|t| t.not_before.is_none_or(|start| case.at >= start) && t.expires.is_none_or(|end| case.at < end))
        .collect();
    if current.is_empty() {
        let detail = format!("the key does not speak for '{}' about '{}' at this time", record.trustor, record.subject);
        return denied("signer-scope", "trustor.id", &detail);
    }
    let ends: Option<Vec<Instant>> = current.iter().map(|trustor| trustor.expires).collect();
    case.until.extend(ends.and_then(|ends| ends.into_iter().max()));
    Ok(())
}

fn check_critical(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    match record.critical.iter().find(|name| !policy.critical.contains(name)) {
        Some(name) => denied("crit", "crit", &format!("'{name}' is critical and not understood")),
        None => Ok(()),
    }
}

/// Both digests must agree; one of them broken some day must not be enough.
fn check_subject(case: &mut Case<'_>) -> Answer<()> {
    let record = need(&case.record)?;
    if record.sha256 != case.bound["wasm"] || record.sha384 != case.bound["wasm-sha384"] {
        return denied("subject-digest", "subject[0].digest", "the record is about another workload");
    }
    Ok(())
}

/// Digest first; then the grants are read again from the bytes and compared one by one.
fn check_configuration(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let mut notes = Vec::new();
    let mut note = |code, field: &str, detail: &str| notes.push(Denial::new(code, field, detail));
    let given = case.inputs.config.map_or("", |_| case.bound["config"].as_str());
    if given != record.config {
        note("config-digest", "workload.config", "is absent, another one, or should be absent");
    }
    let format = &record.grants_format;
    if !policy.config_formats.is_empty() && !policy.config_formats.contains(format) {
        note("grant-extra", "workload.grants.format", &format!("'{format}' is not accepted"));
    }
    let mut grants = Ok(None);
    if format != NO_FORMAT {
        grants = read_grants(format, case.inputs.config).map(Some);
    } else if case.inputs.config.is_some() {
        note("grant-extra", "workload.grants.format", "nobody read what the configuration grants");
    }
    for item in grants.iter().flatten().flat_map(|grants| &grants.items) {
        if !record.grants.contains(item) {
            note("grant-extra", "workload.grants", &format!("'{item}' was not assessed"));
        }
        if policy.grants_allow.as_ref().is_some_and(|allowed| !allowed.iter().any(|pattern| matches(item, pattern))) {
            note("grant-extra", "policy.grants", &format!("'{item}' is not allowed"));
        }
    }
    notes.into_iter().for_each(|denial| case.note(denial));
    case.grants = grants?;
    Ok(())
}

/// What the workload asks of its host was assessed, is understood, and is allowed.
fn check_imports(case: &mut Case<'_>) -> Answer<()> {
    let wasm = workload::read(case.inputs.workload.unwrap_or_default())?;
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let mut notes = Vec::new();
    let mut note = |code, field: &str, detail: &str| notes.push(Denial::new(code, field, detail));
    for import in wasm.imports.iter().filter(|import| !record.imports.contains(&import.name)) {
        note("imports-extra", "workload.imports", &format!("'{}' was not assessed", import.name));
    }
    let all = wasm.required(&[]);
    let left = all.get("dynamic-link").into_iter().flatten().copied().chain(wasm.needed.iter().map(String::as_str));
    for name in left {
        note("dynamic-unresolved", "workload.imports", &format!("'{name}' is left to a dynamic loader"));
    }
    let asked = wasm.required(&policy.also);
    for name in asked.get("unknown").into_iter().flatten() {
        note("capability-unknown", "workload.imports", &format!("'{name}' has no known class"));
    }
    for class in effective(&asked, case.grants.as_ref()) {
        if !["type-only", "unknown", "dynamic-link"].contains(&class) && !policy.capabilities.contains(class) {
            note("imports-extra", "policy.capabilities", &format!("'{class}' is not allowed"));
        }
    }
    notes.into_iter().for_each(|denial| case.note(denial));
    Ok(())
}

/// Start inclusive, end exclusive, not older than the policy lets records get.
fn check_validity(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let ahead = case.at.plus(policy.skew_seconds)?;
    let oldest = record.assessed_at.plus(policy.max_age_hours * 3600);
    let (own, ends) = (policy.expires, record.expires);
    let mut notes = Vec::new();
    let mut note = |code, field: &str, detail: &str| notes.push(Denial::new(code, field, detail));
    if ahead < record.not_before {
        note("not-yet-valid", "notBefore", &format!("holds from {}", record.not_before));
    }
    if ahead < record.assessed_at {
        note("not-yet-valid", "assessedAt", &format!("was made at {}", record.assessed_at));
    }
    if case.at >= ends {
        note("expired", "expires", &format!("held until {ends}"));
    }
    if oldest.as_ref().is_ok_and(|oldest| case.at >= *oldest) {
        note("expired", "assessedAt", "older than the policy lets records get");
    }
    if own.is_some_and(|end| case.at >= end) {
        note("expired", "policy.expires", "the gate policy does not hold any more");
    }
    notes.into_iter().for_each(|denial| case.note(denial));
    case.until.extend([Some(ends), Some(oldest?), own].into_iter().flatten());
    Ok(())
}

/// A list that was handed in is always judged; one that is required must be there.
fn check_status(case: &mut Case<'_>) -> Answer<()> {
    let policy = need(&case.policy)?;
    let Some(data) = case.inputs.status else {
        return if policy.status_required { denied("status-stale", "status", "there is no status list") } else { Ok(()) };
    };
    let listed = read_status(data, &policy.status_keys)?;
    case.bound.insert("status", listed.digest.clone());
    case.learned.sequences.insert(listed.id.clone(), listed.sequence);
    let mut ends = vec![listed.next_update];
    let mut notes = Vec::new();
    let mut note = |field: &str, detail: &str| notes.push(Denial::new("status-stale", field, detail));
    if !policy.status_id.is_empty() && listed.id != policy.status_id {
        note("status.id", "is another list than the policy names");
    }
    if listed.sequence < case.seen.sequences.get(&listed.id).copied().unwrap_or(0) {
        note("status.sequence", "is lower than one seen before");
    }
    if case.at.plus(policy.skew_seconds)? < listed.issued {
        note("status.issued", "is in the future");
    }
    if policy.status_hours > 0 {
        ends.push(listed.issued.plus(policy.status_hours * 3600)?);
    }
    if ends.iter().any(|end| case.at >= *end) {
        note("status.nextUpdate", "is no longer fresh");
    }
    notes.into_iter().for_each(|denial| case.note(denial));
    case.until.extend(ends);
    case.status = Some(listed);
    Ok(())
}

/// Everything that the record is about or stands on.
fn check_revocation(case: &mut Case<'_>) -> Answer<()> {
    let (Some(listed), record) = (&case.status, need(&case.record)?) else { return Ok(()) };
    let mut found: Vec<String> = Vec::new();
    for (what, set) in [("record", &listed.records), ("wasm", &listed.subjects), ("key", &listed.keys)] {
        if set.contains(&case.bound[what]) {
            found.push(format!("the {what} is revoked"));
        }
    }
    for entry in record.dependencies.iter().flatten() {
        let own = listed.subjects.contains(&entry.digest) || listed.keys.contains(&entry.digest);
        if own || (!entry.record.is_empty() && listed.records.contains(&entry.record)) {
            found.push(format!("{} or its record is revoked", entry.purl));
        }
    }
    found.iter().for_each(|why| case.deny("revoked", "status", why));
    Ok(())
}

/// Judged under an accepted policy, of an epoch that is neither below the required nor below one seen before.
fn check_epochs(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let accepted = policy.policies.is_empty() || policy.policies.contains(&record.policy_digest);
    let low = record.policy_epoch < policy.min_policy_epoch;
    let epochs =
        [(format!("record:{}", record.policy_id), record.policy_epoch), (format!("gate:{}", policy.id), policy.epoch)];
    if !accepted {
        case.deny("policy-digest", "policy.digest", "the vetting policy is not an accepted one");
    }
    if low {
        case.deny("policy-rollback", "policy.epoch", "is below the one that is required");
    }
    for (name, epoch) in epochs {
        if epoch < case.seen.epochs.get(&name).copied().unwrap_or(0) {
            case.deny("policy-rollback", "policy.epoch", &format!("{epoch} of {name} is lower than one seen before"));
        }
        case.learned.epochs.insert(name, epoch);
    }
    Ok(())
}

fn check_purpose(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let foreign = |known: &[String], word: &String| !known.is_empty() && !known.contains(word);
    if foreign(&policy.purposes, &record.purpose) || foreign(&policy.roles, &record.role) {
        let detail = format!("judged for '{}' as '{}'", record.purpose, record.role);
        return denied("context", "context", &detail);
    }
    Ok(())
}

fn check_platform(case: &mut Case<'_>) -> Answer<()> {
    let policy = need(&case.policy)?;
    let Some(data) = case.inputs.platform else {
        return if policy.platform.required { denied("platform", "platform", "nothing is known of it") } else { Ok(()) };
    };
    if data.len() > MAX_PLATFORM {
        return denied("size", "platform", "more bytes than are read");
    }
    let claims = platform::read(data, &policy.platform)?;
    let mut notes = Vec::new();
    let ends = platform::check_policy(&mut notes, &claims, &policy.platform, case.at, policy.skew_seconds);
    notes.into_iter().for_each(|denial| case.note(denial));
    case.bound.insert("platform", claims.name());
    case.claims = Some(claims);
    case.until.extend(ends?);
    Ok(())
}

/// What the record says of platforms binds the gate as its own policy does.
fn check_restrictions(case: &mut Case<'_>) -> Answer<()> {
    let record = need(&case.record)?;
    let Some(claims) = &case.claims else {
        let lists = [&record.platform_tee, &record.measurements, &record.tee, &record.cpu_deny];
        let restricted = lists.iter().any(|list| !list.is_empty()) && case.inputs.platform.is_none();
        return if restricted { denied("platform", "platform", "nothing is known of what the record restricts") } else { Ok(()) };
    };
    let mut notes = Vec::new();
    platform::check_record(&mut notes, claims, record, &case.bound["wasm"]);
    notes.into_iter().for_each(|denial| case.note(denial));
    Ok(())
}

/// A refused dependency denies whatever its kind; the rest is as the policy says by kind.
fn check_dependencies(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let Some(entries) = &record.dependencies else {
        return denied("dep-missing", "dependencies", "nobody looked at the dependencies");
    };
    let mut notes = Vec::new();
    let mut note = |code, purl: &str, why: &str| notes.push(Denial::new(code, "dependencies", &format!("{purl} {why}")));
    for entry in entries {
        let (by_record, by_outcome) = (policy.record_kinds.contains(&entry.kind), policy.outcome_kinds.contains(&entry.kind));
        if by_record && entry.record.is_empty() {
            note("dep-missing", &entry.purl, "has no record");
        }
        match entry.expires {
            None if by_record || by_outcome || !entry.record.is_empty() => {
                note("dep-expired", &entry.purl, "does not say until when it holds");
            }
            Some(end) if case.at >= end => note("dep-expired", &entry.purl, "does not hold any more"),
            _ => {}
        }
        if entry.outcome == "REFUSE" || (by_outcome && entry.outcome != "ADMIT") {
            note("dep-denied", &entry.purl, &format!("is {}", entry.outcome));
        }
    }
    let first = entries.iter().filter_map(|entry| entry.expires).min();
    notes.into_iter().for_each(|denial| case.note(denial));
    case.until.extend(first);
    Ok(())
}

/// The record admits, has no veto, and every area of the policy reaches its threshold.
fn check_verdict(case: &mut Case<'_>) -> Answer<()> {
    let (policy, record) = (need(&case.policy)?, need(&case.record)?);
    let mut notes = Vec::new();
    if record.outcome != "ADMIT" || record.vetoes > 0 {
        notes.push(Denial::new("record-denied", "outcome", &record.outcome));
    }
    for (area, least) in &policy.areas {
        let field = format!("areas.{area}");
        match record.areas.get(area) {
            Some(entry) if entry.belief != 0.0 || entry.disbelief != 0.0 => {
                if entry.belief < *least || entry.outcome == "REFUSE" {
                    notes.push(Denial::new("area-below", &field, &format!("belief {}, needs {least}", entry.belief)));
                }
            }
            _ => notes.push(Denial::new("area-unknown", &field, "nothing is known")),
        }
    }
    notes.into_iter().for_each(|denial| case.note(denial));
    Ok(())
}
