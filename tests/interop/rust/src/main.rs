//! Verify a trust record, and print its outcome.
//!
//!   verify-record ENVELOPE PUBLIC.pem ARTIFACT TIME      (TIME like 2026-01-31T12:00:00Z)
//!
//! Exit 0 and the outcome when signature, artifact and time hold; otherwise exit 1 and
//! `refused: envelope|signature|payload|subject|time`.

use base64::{engine::general_purpose::STANDARD, Engine};
use ring::{digest, signature};
use serde::Deserialize;
use serde_json::Value;
use std::{env, fs, process::ExitCode};

const TYPE: &str = "application/vnd.in-toto+json";

/// What comes before the key in a SubjectPublicKeyInfo; the three algorithms have no parameters to choose.
const ED25519: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const P256: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const P384: &[u8] =
    b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00";

/// A derived reader of a struct refuses unknown, missing and repeated members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    #[serde(default, rename = "keyid")]
    _hint: String,
    sig: String,
}

type Answer<T> = Result<T, &'static str>;

fn need(held: bool, reason: &'static str) -> Answer<()> {
    held.then_some(()).ok_or(reason)
}

/// The standard engine refuses idle bits, missing padding and foreign characters.
fn bytes_of(text: &str) -> Answer<Vec<u8>> {
    STANDARD.decode(text).map_err(|_| "envelope")
}

fn open(data: &[u8]) -> Answer<(Vec<u8>, Vec<u8>)> {
    need(data.len() <= 8 << 20, "envelope")?;
    let envelope: Envelope = serde_json::from_slice(data).map_err(|_| "envelope")?;
    need(
        envelope.payload_type == TYPE && envelope.signatures.len() == 1,
        "envelope",
    )?;
    Ok((
        bytes_of(&envelope.payload)?,
        bytes_of(&envelope.signatures[0].sig)?,
    ))
}

fn signed(payload: &[u8], sig: &[u8], pem: &str) -> bool {
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let Ok(spki) = STANDARD.decode(body) else {
        return false;
    };
    let kinds: [(&[u8], &dyn signature::VerificationAlgorithm); 3] = [
        (ED25519, &signature::ED25519),
        (P256, &signature::ECDSA_P256_SHA256_ASN1),
        (P384, &signature::ECDSA_P384_SHA384_ASN1),
    ];
    let mut message = format!("DSSEv1 {} {} {} ", TYPE.len(), TYPE, payload.len()).into_bytes();
    message.extend_from_slice(payload);
    kinds.into_iter().any(|(prefix, algorithm)| {
        spki.strip_prefix(prefix).is_some_and(|key| {
            signature::UnparsedPublicKey::new(algorithm, key)
                .verify(&message, sig)
                .is_ok()
        })
    })
}

/// Only integers that every reader holds exactly: records spell all other numbers as text.
fn exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|n| n.abs() < 1 << 53),
        Value::Array(items) => items.iter().all(exact),
        Value::Object(members) => members.values().all(exact),
        _ => true,
    }
}

/// A record tells all of these, if only that it knows nothing: what is left out is not taken for a no.
const MEMBERS: [&str; 25] = [
    "areas",
    "assessedAt",
    "context",
    "crit",
    "dependencies",
    "evidence",
    "exceptions",
    "expires",
    "ext",
    "footprint",
    "heldBackAt",
    "mustHaves",
    "notBefore",
    "notObserved",
    "outcome",
    "policy",
    "reasons",
    "reviewBy",
    "risk",
    "supersedes",
    "trustee",
    "trustor",
    "vetoes",
    "workload",
    "wouldChange",
];

/// The value, if these are its canonical bytes: then no member can be there twice. (Names beyond U+FFFF
/// sort differently here and are refused.)
fn read(payload: &[u8]) -> Answer<Value> {
    let statement: Value = serde_json::from_slice(payload).map_err(|_| "payload")?;
    need(
        statement.to_string().as_bytes() == payload && exact(&statement),
        "payload",
    )?;
    need(
        statement
            .as_object()
            .is_some_and(|members| members.len() == 4),
        "payload",
    )?;
    need(
        statement["_type"] == "https://in-toto.io/Statement/v1",
        "payload",
    )?;
    need(
        statement["predicateType"] == "https://supplytrust.dev/trust-record/v1",
        "payload",
    )?;
    need(
        statement["subject"]
            .as_array()
            .is_some_and(|subjects| subjects.len() == 1),
        "payload",
    )?;
    need(
        statement["predicate"].as_object().is_some_and(|members| {
            members.len() == MEMBERS.len() && MEMBERS.iter().all(|name| members.contains_key(*name))
        }),
        "payload",
    )?;
    Ok(statement)
}

/// Times as text without Z: longer fractions sort after shorter ones, so text order is time order.
fn instant(text: Option<&str>) -> Answer<&str> {
    let time = text
        .and_then(|text| text.strip_suffix('Z'))
        .ok_or("payload")?;
    need(time.len() == 19 || time.len() == 26, "payload")?;
    need(
        time.bytes()
            .all(|byte| byte.is_ascii_digit() || b"-T:.".contains(&byte)),
        "payload",
    )?;
    Ok(time)
}

fn outcome(arguments: &[String]) -> Answer<String> {
    let file = |number: usize| fs::read(&arguments[number]).map_err(|_| "envelope");
    let (payload, sig) = open(&file(0)?)?;
    let pem = String::from_utf8(file(1)?).map_err(|_| "signature")?;
    need(signed(&payload, &sig, &pem), "signature")?;
    let statement = read(&payload)?;
    let measured: String = digest::digest(&digest::SHA256, &file(2)?)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    need(
        statement["subject"][0]["digest"]["sha256"] == measured.as_str(),
        "subject",
    )?;
    let predicate = &statement["predicate"];
    let at = instant(Some(&arguments[3]))?;
    let (start, end) = (
        instant(predicate["notBefore"].as_str())?,
        instant(predicate["expires"].as_str())?,
    );
    need(start <= at && at < end, "time")?;
    match predicate["outcome"].as_str() {
        Some(word @ ("ADMIT" | "REFER" | "REFUSE")) => Ok(word.to_owned()),
        _ => Err("payload"),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.len() != 4 {
        eprintln!("usage: verify-record ENVELOPE PUBLIC.pem ARTIFACT TIME");
        return ExitCode::from(2);
    }
    match outcome(&arguments) {
        Ok(word) => {
            println!("{word}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            println!("refused: {reason}");
            ExitCode::FAILURE
        }
    }
}
