//! The signed record as far as a gate reads it: what is not known is refused, what is left out too.

use crate::denial::{denied, Answer};
use crate::values::{self, digest, fraction, instant, items, object, only, prefixed_digest, text, texts, wrong};
use crate::values::{Instant, Json, Object, LIMITS};
use std::collections::{BTreeMap, BTreeSet};

pub const KIND: &str = "application/vnd.in-toto+json";
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "https://supplytrust.dev/trust-record/v1";

pub const AREAS: [&str; 5] = ["build", "integrity", "responsiveness", "provenance", "expertise"];
pub const KINDS: [&str; 4] = ["build", "link", "service-local", "service-remote"];
const OUTCOMES: [&str; 3] = ["ADMIT", "REFER", "REFUSE"];
const MEMBERS: [&str; 25] = [
    "trustor", "trustee", "context", "assessedAt", "notBefore", "expires", "reviewBy", "heldBackAt", "policy", "outcome",
    "reasons", "wouldChange", "areas", "vetoes", "mustHaves", "exceptions", "dependencies", "risk", "footprint", "evidence",
    "notObserved", "supersedes", "workload", "crit", "ext",
];
const CONTEXT: [&str; 8] = ["purpose", "role", "sensitivity", "impact", "budget", "dataClass", "tee", "cpuDeny"];
const AREA: [&str; 10] = [
    "outcome", "belief", "disbelief", "uncertainty", "required", "coverage", "findings", "threshold", "favourable", "opposing",
];
const DEPENDENCY: [&str; 8] = ["purl", "digest", "kind", "how", "via", "outcome", "recordDigest", "expires"];
const WORKLOAD: [&str; 7] = ["config", "imports", "exports", "grants", "abi", "memory", "platform"];

pub struct Area {
    pub outcome: String,
    pub belief: f64,
    pub disbelief: f64,
}

pub struct Dependency {
    pub purl: String,
    pub digest: String, // of its bytes, or of the key that a service is held to; empty when neither is known
    pub kind: String,
    pub outcome: String,
    pub record: String, // of its own record, empty when it has none
    pub expires: Option<Instant>,
}

pub struct Record {
    pub subject: String,
    pub sha256: String,
    pub sha384: String,
    pub trustor: String,
    pub purpose: String,
    pub role: String,
    pub tee: Vec<String>, // platforms that the context restricts the record to; empty: it does not
    pub cpu_deny: Vec<String>,
    pub assessed_at: Instant,
    pub not_before: Instant,
    pub expires: Instant,
    pub policy_id: String,
    pub policy_epoch: i64,
    pub policy_digest: String,
    pub outcome: String,
    pub vetoes: usize,
    pub areas: BTreeMap<String, Area>,
    pub dependencies: Option<Vec<Dependency>>, // None: nobody looked
    pub config: String,                       // hex digest; empty when there must be none
    pub imports: BTreeSet<String>,
    pub grants_format: String,
    pub grants: BTreeSet<String>,
    pub platform_tee: Vec<String>,
    pub measurements: Vec<String>,
    pub critical: Vec<String>,
}

pub fn read(data: &[u8]) -> Answer<Record> {
    let statement = values::read_object(data, LIMITS, "payload")?;
    for (name, wanted) in [("_type", STATEMENT), ("predicateType", PREDICATE)] {
        if text(statement.get(name).unwrap_or(&Json::Null), name)? != wanted {
            return denied("version", name, &format!("is not {wanted}"));
        }
    }
    only(&statement, "payload", &["_type", "subject", "predicateType", "predicate"], &[])?;
    let predicate = only(object(&statement["predicate"], "predicate")?, "predicate", &MEMBERS, &[])?;
    let (subject, sha256, sha384) = subject(&statement["subject"])?;
    let trustor = only(object(&predicate["trustor"], "trustor")?, "trustor", &["id", "tool"], &[])?;
    let context = only(object(&predicate["context"], "context")?, "context", &CONTEXT, &[])?;
    let policy = only(object(&predicate["policy"], "policy")?, "policy", &["id", "epoch", "digest"], &[])?;
    let workload = only(object(&predicate["workload"], "workload")?, "workload", &WORKLOAD, &[])?;
    let grants = only(object(&workload["grants"], "grants")?, "workload.grants", &["format", "items"], &[])?;
    let platform = only(object(&workload["platform"], "platform")?, "workload.platform", &["tee", "measurements"], &[])?;
    texts(&workload["exports"], "workload.exports")?;
    text(&workload["abi"], "workload.abi")?;
    Ok(Record {
        subject,
        sha256,
        sha384,
        trustor: text(&trustor["id"], "trustor.id")?.to_owned(),
        purpose: text(&context["purpose"], "context.purpose")?.to_owned(),
        role: text(&context["role"], "context.role")?.to_owned(),
        tee: texts(&context["tee"], "context.tee")?,
        cpu_deny: texts(&context["cpuDeny"], "context.cpuDeny")?,
        assessed_at: instant(&predicate["assessedAt"], "assessedAt")?,
        not_before: instant(&predicate["notBefore"], "notBefore")?,
        expires: instant(&predicate["expires"], "expires")?,
        policy_id: text(&policy["id"], "policy.id")?.to_owned(),
        policy_epoch: values::integer(&policy["epoch"], "policy.epoch")?,
        policy_digest: prefixed_digest(&policy["digest"], "policy.digest")?,
        outcome: outcome(&predicate["outcome"], "outcome")?,
        vetoes: items(&predicate["vetoes"], "vetoes")?.len(),
        areas: areas(object(&predicate["areas"], "areas")?)?,
        dependencies: dependencies(&predicate["dependencies"])?,
        config: config(object(&workload["config"], "workload.config")?)?,
        imports: texts(&workload["imports"], "workload.imports")?.into_iter().collect(),
        grants_format: text(&grants["format"], "workload.grants.format")?.to_owned(),
        grants: texts(&grants["items"], "workload.grants.items")?.into_iter().collect(),
        platform_tee: texts(&platform["tee"], "workload.platform.tee")?,
        measurements: texts(&platform["measurements"], "workload.platform.measurements")?,
        critical: critical(predicate)?,
    })
}

/// Name and digests of the first subject; it is the one that is judged.
fn subject(value: &Json) -> Answer<(String, String, String)> {
    let first = items(value, "subject")?.first().ok_or_else(|| wrong("subject", "there"))?;
    let first = only(object(first, "subject[0]")?, "subject[0]", &["name", "digest"], &[])?;
    let digests = object(&first["digest"], "subject[0].digest")?;
    let name = text(&first["name"], "subject[0].name")?.to_owned();
    let Some(sha384) = digests.get("sha384").filter(|value| **value != Json::Null) else {
        return denied("subject-digest", "subject[0].digest", "names no sha384");
    };
    let sha256 = digest(digests.get("sha256").unwrap_or(&Json::Null), "subject[0].digest.sha256", 64)?;
    Ok((name, sha256, digest(sha384, "subject[0].digest.sha384", 96)?))
}

/// Names under `ext` that must be understood (the `crit` of RFC 7515, 4.1.11).
fn critical(predicate: &Object) -> Answer<Vec<String>> {
    let (names, known) = (texts(&predicate["crit"], "crit")?, object(&predicate["ext"], "ext")?);
    match names.iter().find(|name| !known.contains_key(*name)) {
        Some(name) => denied("crit", "crit", &format!("'{name}' is critical and not there")),
        None => Ok(names),
    }
}

fn outcome(value: &Json, field: &str) -> Answer<String> {
    let word = text(value, field)?;
    if OUTCOMES.contains(&word) { Ok(word.to_owned()) } else { Err(wrong(field, "an outcome")) }
}

fn areas(members: &Object) -> Answer<BTreeMap<String, Area>> {
    let mut made = BTreeMap::new();
    for (name, value) in members {
        if !AREAS.contains(&name.as_str()) {
            return denied("unknown-field", &format!("areas.{name}"), "is not an area");
        }
        let field = format!("areas.{name}");
        let entry = only(object(value, &field)?, &field, &AREA, &[])?;
        let area = Area {
            outcome: outcome(&entry["outcome"], &field)?,
            belief: fraction(&entry["belief"], &field)?,
            disbelief: fraction(&entry["disbelief"], &field)?,
        };
        made.insert(name.clone(), area);
    }
    Ok(made)
}

fn dependencies(value: &Json) -> Answer<Option<Vec<Dependency>>> {
    if *value == Json::Null {
        return Ok(None);
    }
    let listed = items(value, "dependencies")?;
    listed.iter().enumerate().map(|(number, one)| dependency(one, number)).collect::<Answer<Vec<_>>>().map(Some)
}

fn dependency(value: &Json, number: usize) -> Answer<Dependency> {
    let field = format!("dependencies[{number}]");
    let entry = only(object(value, &field)?, &field, &DEPENDENCY, &[])?;
    let kind = text(&entry["kind"], &field)?;
    if !KINDS.contains(&kind) {
        return Err(wrong(&field, "a dependency with purl and kind"));
    }
    let record = match &entry["recordDigest"] {
        Json::Null => String::new(),
        Json::Text(none) if none.is_empty() => String::new(),
        told => prefixed_digest(told, &field)?,
    };
    let own = text(&entry["digest"], &field)?;
    Ok(Dependency {
        purl: text(&entry["purl"], &field)?.to_owned(),
        digest: own.strip_prefix("sha256:").unwrap_or(own).to_owned(),
        kind: kind.to_owned(),
        outcome: outcome(&entry["outcome"], &field)?,
        record,
        expires: if entry["expires"] == Json::Null { None } else { Some(instant(&entry["expires"], &field)?) },
    })
}

fn config(members: &Object) -> Answer<String> {
    if members.len() == 1 && members.get("absent") == Some(&Json::Bool(true)) {
        return Ok(String::new());
    }
    let digests = object(&only(members, "workload.config", &["digest"], &[])?["digest"], "workload.config.digest")?;
    digest(digests.get("sha256").unwrap_or(&Json::Null), "workload.config.digest", 64)
}
