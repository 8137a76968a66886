//! What is said of the platform, and the rules about it. Plain claims and attestation results (EAR) are read here;
//! attestation documents of vendors are a verifier's to read, whose result is such an EAR.

use crate::denial::{denied, Answer, Denial};
use crate::envelope::Key;
use crate::policy::{CpuRule, PlatformRules};
use crate::tables::{is_tee, tee_name, vendor_name};
use crate::values::{self, instant, integer, object, only, text, texts, wrong, Instant, Json, Limits, Object, LIMITS};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use std::collections::BTreeMap;

pub const MAX_PLATFORM: usize = 1_000_000;
const WORST_AFFIRMING: i64 = 31;
const NUMBERS: [&str; 4] = ["family", "model", "stepping", "microcode"];
const WORDS: [&str; 3] = ["vendor", "generation", "fmspc"];

#[derive(Clone)]
pub enum Level {
    Number(i64),
    Version(Vec<i64>),
}

#[derive(Default)]
pub struct Claims {
    source: &'static str,
    method: &'static str,
    tee: String,
    measurement: String,
    tcb_status: String,
    advisories: Option<Vec<String>>,
    tcb: BTreeMap<String, Level>,
    numbers: BTreeMap<&'static str, i64>, // of the processor
    words: BTreeMap<&'static str, String>,
    debug: Option<bool>,
    pub issued: Option<Instant>,
    pub expires: Option<Instant>,
    tier: Option<i64>,
    workload: String,
}

impl Claims {
    pub fn name(&self) -> String {
        format!("{}:{}:{}", self.source, self.tee, self.measurement)
    }
}

/// Claims in the one form that the bytes have, if the policy accepts it.
pub fn read(data: &[u8], rules: &PlatformRules) -> Answer<Claims> {
    let spelt = std::str::from_utf8(data).unwrap_or("").trim();
    let (form, read): (&str, fn(&str, &PlatformRules) -> Answer<Claims>) = match form_of(spelt) {
        Some("ear") => ("ear", ear),
        Some("plain") => ("plain", plain),
        Some(other) => return denied("platform", "platform", &format!("claims of the form '{other}' are not read here")),
        None => return denied("parse", "platform", "has none of the known forms"),
    };
    if !rules.accept.iter().any(|name| name == form) {
        return denied("platform", "platform", &format!("claims of the form '{form}' are not accepted"));
    }
    read(spelt, rules)
}

fn form_of(spelt: &str) -> Option<&'static str> {
    let url_safe = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if spelt.split('.').count() == 3 && spelt.split('.').all(url_safe) {
        return Some("ear");
    }
    if spelt.starts_with("-----BEGIN CERTIFICATE-----") {
        return Some("steward");
    }
    let attested = spelt.contains("supplytrust-attestation/1");
    spelt.starts_with('{').then_some(if attested { "attestation" } else { "plain" })
}

fn plain(spelt: &str, _: &PlatformRules) -> Answer<Claims> {
    let more = ["measurement", "tcb", "cpu", "debug", "issuedAt", "expires", "workload"];
    let document = values::read_object(spelt.as_bytes(), LIMITS, "platform")?;
    if document.get("schema") != Some(&Json::Text("supplytrust-platform/1".to_owned())) {
        return denied("version", "platform.schema", "is not supplytrust-platform/1");
    }
    only(&document, "platform", &["schema", "tee"], &more)?;
    let none = Object::new();
    let member = |name: &str| document.get(name).map_or(Ok(&none), |value| object(value, name));
    let tcb = only(member("tcb")?, "platform.tcb", &[], &["status", "advisories", "levels"])?;
    let cpu = only(member("cpu")?, "platform.cpu", &[], &[NUMBERS.as_slice(), WORDS.as_slice()].concat())?;
    let word = |members: &Object, name: &str| members.get(name).map_or(Ok(String::new()), |v| text(v, name).map(str::to_owned));
    let moment = |name: &str| told(&document, name).map(|value| instant(value, name)).transpose();
    let mut made = Claims {
        source: "plain",
        method: "stated",
        tee: text(&document["tee"], "platform.tee")?.to_owned(),
        measurement: word(&document, "measurement")?,
        tcb_status: word(tcb, "status")?,
        advisories: told(tcb, "advisories").map(|value| texts(value, "platform.tcb.advisories")).transpose()?,
        debug: match told(&document, "debug") {
            None => None,
            Some(Json::Bool(debug)) => Some(*debug),
            Some(_) => return Err(wrong("platform.debug", "true or false")),
        },
        issued: moment("issuedAt")?,
        expires: moment("expires")?,
        workload: word(&document, "workload")?,
        ..Claims::default()
    };
    for (name, value) in tcb.get("levels").map_or(Ok(&none), |value| object(value, "platform.tcb.levels"))? {
        made.tcb.insert(name.clone(), level(value)?);
    }
    for name in NUMBERS {
        if let Some(value) = cpu.get(name) {
            made.numbers.insert(name, integer(value, "platform.cpu")?);
        }
    }
    for name in WORDS {
        if let Some(value) = cpu.get(name) {
            made.words.insert(name, text(value, "platform.cpu")?.to_owned());
        }
    }
    if let Some(family) = made.words.get_mut("fmspc") {
        *family = family.to_lowercase();
    }
    Ok(made)
}

fn told<'a>(members: &'a Object, name: &str) -> Option<&'a Json> {
    members.get(name).filter(|value| **value != Json::Null)
}

/// A security version number, or a dotted version as text.
fn level(value: &Json) -> Answer<Level> {
    if let Json::Text(spelt) = value {
        if let Some(parts) = version(spelt).filter(|parts| parts.len() > 1) {
            return Ok(Level::Version(parts));
        }
    }
    integer(value, "platform.tcb.levels").map(Level::Number)
}

/// One to four numbers of at most nine digits with dots between.
fn version(spelt: &str) -> Option<Vec<i64>> {
    let digits = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = spelt.split('.').collect();
    (parts.len() <= 4 && parts.iter().all(|part| digits(part))).then(|| parts.iter().filter_map(|p| p.parse().ok()).collect())
}

// --- attestation results (draft-ietf-rats-ear): a JWT signed by a verifier of the policy

fn ear(spelt: &str, rules: &PlatformRules) -> Answer<Claims> {
    let parts: Vec<&str> = spelt.split('.').collect();
    let header = token_part(parts[0])?;
    if header.contains_key("crit") {
        return denied("crit", "platform", "the token has critical headers");
    }
    if !matches!(header.get("alg"), Some(Json::Text(name)) if ["EdDSA", "ES256", "ES384"].contains(&name.as_str())) {
        return denied("signature", "platform", "the token is signed with an algorithm that is not accepted");
    }
    let signature = decode(parts[2])?;
    let message = format!("{}.{}", parts[0], parts[1]);
    let joined = |key: &Key| Key { p1363: true, ..key.clone() }; // RFC 7518, 3.4
    if !rules.verifiers.iter().any(|key| joined(key).verifies(&signature, message.as_bytes())) {
        return denied("signature", "platform", "no verifier of the policy signed this token");
    }
    appraise(&token_part(parts[1])?)
}

fn appraise(token: &Object) -> Answer<Claims> {
    let submodules = object(token.get("submods").unwrap_or(&Json::Null), "platform.submods")?;
    if submodules.is_empty() {
        return denied("platform", "platform.submods", "the token appraises nothing");
    }
    let mut made = Claims { source: "ear", method: "vouched", tier: Some(i64::MIN), ..Claims::default() };
    let mut seen: Option<(String, String)> = None;
    for value in submodules.values() {
        let appraisal = object(value, "platform.submods")?;
        made.tier = made.tier.max(Some(tier(appraisal)?));
        for (name, evidence) in annotated(appraisal)? {
            let found = submodule(name, object(evidence, "platform.evidence")?)?;
            let platform = (found.tee.clone(), found.measurement.clone());
            if seen.as_ref().is_some_and(|other| *other != platform) {
                return denied("platform", "platform.submods", "submodules speak of different platforms");
            }
            if seen.replace(platform).is_none() {
                made = Claims { tier: made.tier, source: "ear", method: "vouched", ..found };
            }
        }
    }
    let moment = |value: &Json| -> Answer<Instant> {
        Instant::of_seconds(integer(value, "platform.iat")?).ok_or_else(|| wrong("platform.iat", "a time"))
    };
    made.issued = Some(moment(token.get("iat").unwrap_or(&Json::Null))?);
    made.expires = told(token, "exp").map(moment).transpose()?;
    Ok(made)
}

fn annotated(appraisal: &Object) -> Answer<Vec<(&String, &Json)>> {
    match appraisal.get("ear.veraison.annotated-evidence") {
        None => Ok(Vec::new()),
        Some(value) => Ok(object(value, "platform.evidence")?.iter().filter(|(name, _)| is_tee(&tee_name(name))).collect()),
    }
}

fn submodule(tee: &str, claims: &Object) -> Answer<Claims> {
    let word = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| claims.get(*name));
        value.map_or(Ok(String::new()), |value| text(value, "platform.evidence").map(str::to_owned))
    };
    let debug = claims.get("policy_debug_allowed").or(claims.get("debug")).filter(|value| **value != Json::Null);
    Ok(Claims {
        tee: tee.to_owned(),
        measurement: word(["measurement", "mr_td"])?,
        tcb_status: word(["tcb_status", "tcb_status"])?,
        advisories: told(claims, "advisory_ids").map(|value| texts(value, "platform.advisory_ids")).transpose()?,
        debug: debug.map(|value| *value != Json::Bool(false)),
        ..Claims::default()
    })
}

/// The worst of status and vector; a verifier that made no claim has not affirmed.
fn tier(appraisal: &Object) -> Answer<i64> {
    let mut worst = tier_of(appraisal.get("ear.status").unwrap_or(&Json::Null))?;
    if let Some(vector) = appraisal.get("ear.trustworthiness-vector") {
        for value in object(vector, "platform.vector")?.values() {
            worst = worst.max(tier_of(value)?);
        }
    }
    Ok(worst)
}

fn tier_of(value: &Json) -> Answer<i64> {
    let number = match value {
        Json::Int(number) if (-128..=127).contains(number) => *number,
        Json::Text(name) => match name.as_str() {
            "none" => 0,
            "affirming" => 2,
            "warning" => 32,
            "contraindicated" => 96,
            _ => return Err(wrong("platform.status", "an AR4SI tier")),
        },
        _ => return Err(wrong("platform.status", "an AR4SI tier")),
    };
    Ok(if number <= 1 { 127 } else { number }) // -1, 0, 1: the verifier broke, or knows nothing
}

fn token_part(part: &str) -> Answer<Object> {
    values::read_object(&decode(part)?, Limits { size: 1 << 20, floats: true }, "platform")
}

fn decode(part: &str) -> Answer<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Denial::new("parse", "platform", "not base64url in its canonical spelling"))
}

// --- rules: a fact that a rule needs and nobody told counts against the platform, not for it

type Noted = Vec<Denial>;

fn note(notes: &mut Noted, code: &'static str, field: &str, detail: &str) {
    notes.push(Denial::new(code, field, detail));
}

/// Tee and measurement are among those of every list that names any.
pub fn check_identity(notes: &mut Noted, claims: &Claims, tees: &[&[String]], measurements: &[String]) {
    let tee = tee_name(&claims.tee);
    if tees.iter().any(|named| !named.is_empty() && !named.iter().any(|name| tee_name(name) == tee)) {
        note(notes, "platform", "platform.tee", &format!("'{tee}' is not one of those named"));
    }
    if !measurements.is_empty() && !measurements.contains(&claims.measurement) {
        note(notes, "platform", "platform.measurement", &format!("'{}' is not one of those named", claims.measurement));
    }
}

/// Whether the policy of this place lets such a platform in now; and until when its claims hold.
pub fn check_policy(notes: &mut Noted, claims: &Claims, rules: &PlatformRules, at: Instant, skew: i64) -> Answer<Vec<Instant>> {
    check_identity(notes, claims, &[&rules.tee], &rules.measurements);
    if let Some(tier) = claims.tier.filter(|tier| *tier > WORST_AFFIRMING) {
        note(notes, "platform", "platform.status", &format!("tier {tier} is not affirming"));
    }
    if !rules.methods.is_empty() && !rules.methods.iter().any(|method| method == claims.method) {
        note(notes, "platform", "platform.method", &format!("is {}", claims.method));
    }
    if claims.debug != Some(false) && !rules.debug_allowed {
        note(notes, "platform", "platform.debug", "the platform can be debugged from outside, or nobody says that it cannot");
    }
    let ends = check_times(notes, claims, rules, at, skew)?;
    check_tcb(notes, claims, rules);
    Ok(ends)
}

fn check_times(notes: &mut Noted, claims: &Claims, rules: &PlatformRules, at: Instant, skew: i64) -> Answer<Vec<Instant>> {
    let mut ends: Vec<Instant> = claims.expires.into_iter().collect();
    match claims.issued {
        None if rules.max_age_minutes > 0 || claims.source == "plain" => {
            note(notes, "platform", "platform.issuedAt", "is not told");
        }
        None => {}
        Some(issued) => {
            if at.plus(skew)? < issued {
                note(notes, "not-yet-valid", "platform.issuedAt", "is in the future");
            }
            if rules.max_age_minutes > 0 {
                ends.push(issued.plus(rules.max_age_minutes * 60)?);
            }
        }
    }
    if ends.iter().any(|end| at >= *end) {
        note(notes, "expired", "platform", "the claims no longer hold");
    }
    Ok(ends)
}

fn check_tcb(notes: &mut Noted, claims: &Claims, rules: &PlatformRules) {
    if !rules.tcb_status.is_empty() && !rules.tcb_status.contains(&claims.tcb_status) {
        note(notes, "tcb", "platform.tcb.status", &format!("'{}' is not accepted", claims.tcb_status));
    }
    match &claims.advisories {
        None if rules.advisories_allowed.is_some() || claims.source == "plain" => {
            note(notes, "tcb", "platform.tcb.advisories", "is not told");
        }
        open => {
            let allowed = rules.advisories_allowed.as_deref().unwrap_or(&[]);
            for advisory in open.iter().flatten().filter(|name| !allowed.contains(name)) {
                note(notes, "tcb", "platform.tcb.advisories", &format!("{advisory} is open"));
            }
        }
    }
    for (name, least) in &rules.minimum {
        let microcode = claims.numbers.get("microcode").filter(|_| name == "microcode").copied().map(Level::Number);
        match claims.tcb.get(name).cloned().or(microcode) {
            Some(Level::Number(number)) if number >= *least => {}
            _ => note(notes, "tcb", &format!("platform.tcb.{name}"), &format!("not told or too low, needs {least}")),
        }
    }
    for rule in &rules.cpu_deny {
        if applies(rule, claims) != Some(false) {
            note(notes, "tcb", "platform.cpu", &rule.because);
        }
    }
}

/// Some(true): every fact of the rule is met. Some(false): all are told and one is not met. None: one is not told.
fn applies(rule: &CpuRule, claims: &Claims) -> Option<bool> {
    let word = |name: &str, spelt: fn(&str) -> String| claims.words.get(name).map(|told| spelt(told));
    let number = |name: &str| claims.numbers.get(name).copied();
    let same = |wanted: Option<String>, told: Option<String>| wanted.map_or(Some(true), |w| told.map(|t| t == w));
    let below = |bound: Option<i64>, told: Option<i64>| bound.map_or(Some(true), |b| told.map(|t| t < b));
    let facts = [
        same(rule.vendor.as_deref().map(vendor_name), word("vendor", vendor_name)),
        same(rule.generation.as_deref().map(vendor_name), word("generation", vendor_name)),
        rule.family.map_or(Some(true), |wanted| number("family").map(|told| told == wanted)),
        if rule.models.is_empty() { Some(true) } else { number("model").map(|told| rule.models.contains(&told)) },
        below(rule.stepping_below, number("stepping")),
        below(rule.microcode_below, number("microcode")),
        if rule.fmspc.is_empty() { Some(true) } else { claims.words.get("fmspc").map(|told| rule.fmspc.contains(told)) },
    ];
    facts.iter().copied().collect::<Option<Vec<bool>>>().map(|all| all.iter().all(|met| *met))
}

/// What the record says of platforms binds the gate as its own policy does.
pub fn check_record(notes: &mut Noted, claims: &Claims, record: &crate::record::Record, workload: &str) {
    check_identity(notes, claims, &[&record.platform_tee, &record.tee], &record.measurements);
    if !claims.workload.is_empty() && claims.workload != workload {
        note(notes, "platform", "platform.workload", "the platform is bound to another workload");
    }
    for rule in &record.cpu_deny {
        if refuses(rule, claims) != Some(false) {
            note(notes, "tcb", "context.cpuDeny", &format!("'{rule}' applies or cannot be ruled out"));
        }
    }
}

/// Whether a rule of the record (`SNP<1.55`, `microcode<0x0a20102b`) refuses the platform; None when nobody can tell.
fn refuses(rule: &str, claims: &Claims) -> Option<bool> {
    let start = rule.find(['<', '='])?;
    let (name, rest) = rule.split_at(start);
    let sign = ["<=", "==", "<"].into_iter().find(|sign| rest.starts_with(sign))?;
    let spelt = &rest[sign.len()..];
    let hex = spelt.strip_prefix("0x").or(spelt.strip_prefix("0X"));
    let bound = match hex {
        Some(digits) if (1..=16).contains(&digits.len()) => vec![i64::from_str_radix(digits, 16).ok()?],
        Some(_) => return None,
        None => version(spelt)?,
    };
    let letters = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if !(1..=41).contains(&name.len()) || !name.as_bytes()[0].is_ascii_alphabetic() || !name.bytes().all(letters) {
        return None;
    }
    let name = tee_name(name);
    if is_tee(&name) && !claims.tee.is_empty() && name != tee_name(&claims.tee) {
        return Some(false); // a rule about another platform
    }
    let of_tcb = claims.tcb.iter().find(|(told, _)| tee_name(told) == name).map(|(_, level)| level.clone());
    let mine = match of_tcb.or(claims.numbers.get(name.as_str()).copied().map(Level::Number))? {
        Level::Number(number) => vec![number],
        Level::Version(parts) => parts,
    };
    if (mine.len() == 1) != (bound.len() == 1) {
        return None;
    }
    let width = mine.len().max(bound.len());
    let padded = |mut parts: Vec<i64>| {
        parts.resize(width, 0);
        parts
    };
    let order = padded(mine).cmp(&padded(bound));
    Some(match sign {
        "==" => order.is_eq(),
        "<=" => order.is_le(),
        _ => order.is_lt(),
    })
}
