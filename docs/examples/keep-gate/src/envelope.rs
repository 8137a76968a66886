//! DSSE envelopes with one signature, and the keys that verify them: Ed25519, ECDSA over P-256 and P-384.

use crate::denial::{denied, Answer};
use crate::values::{self, Json, LIMITS};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use ring::{digest, signature};

/// What comes before the key in a SubjectPublicKeyInfo; the three algorithms have no parameters to choose.
const KINDS: [(&[u8], usize); 3] = [
    (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 32),
    (b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00", 65),
    (b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00", 97),
];

#[derive(Clone, Debug)]
pub struct Key {
    pub(crate) kind: usize,
    pub(crate) point: Vec<u8>,
    pub fingerprint: String,
    pub p1363: bool, // r and s side by side, instead of in DER
}

impl Key {
    /// A public key in PEM; None for anything else.
    pub fn read(pem: &str, p1363: bool) -> Option<Key> {
        let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.split_once("-----END PUBLIC KEY-----")?.0;
        let packed: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let spki = STANDARD.decode(packed).ok()?;
        KINDS.iter().enumerate().find_map(|(kind, (prefix, size))| {
            let point = spki.strip_prefix(*prefix).filter(|point| point.len() == *size)?.to_vec();
            Some(Key { kind, point, fingerprint: hex(digest::digest(&digest::SHA256, &spki).as_ref()), p1363 })
        })
    }

    pub fn verifies(&self, sig: &[u8], message: &[u8]) -> bool {
        let algorithm: &dyn signature::VerificationAlgorithm = match (self.kind, self.p1363) {
            (0, _) => &signature::ED25519,
            (1, false) => &signature::ECDSA_P256_SHA256_ASN1,
            (1, true) => &signature::ECDSA_P256_SHA256_FIXED,
            (_, false) => &signature::ECDSA_P384_SHA384_ASN1,
            (_, true) => &signature::ECDSA_P384_SHA384_FIXED,
        };
        signature::UnparsedPublicKey::new(algorithm, &self.point).verify(message, sig).is_ok()
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, data).as_ref())
}

/// The payload that one of the keys signed, not yet parsed, and the fingerprint of that key.
pub fn open(data: &[u8], keys: &[Key], kind: &str, field: &str) -> Answer<(Vec<u8>, String)> {
    if keys.is_empty() {
        return denied("signature", field, "no keys to verify with");
    }
    let envelope = values::read_object(data, LIMITS, field)?;
    let malformed = |why: &str| denied("envelope", field, why);
    let names = ["payload", "payloadType", "signatures"];
    if envelope.len() != names.len() || names.iter().any(|name| !envelope.contains_key(*name)) {
        return malformed("has other fields than payload, payloadType and signatures");
    }
    let (Json::Text(told), Json::List(signatures)) = (&envelope["payloadType"], &envelope["signatures"]) else {
        return malformed("payloadType is not text or signatures is not a list");
    };
    let [Json::Object(one)] = signatures.as_slice() else {
        return malformed("has not exactly one signature");
    };
    let hint_fits = one.get("keyid").is_none_or(|hint| matches!(hint, Json::Text(_)));
    if !one.contains_key("sig") || one.keys().any(|name| name != "sig" && name != "keyid") || !hint_fits {
        return malformed("the signature has other fields than sig and keyid");
    }
    let (Some(payload), Some(sig)) = (bytes_of(&envelope["payload"]), bytes_of(&one["sig"])) else {
        return malformed("payload or signature is not base64 in its canonical spelling");
    };
    if told != kind {
        return malformed("the payload is of another type");
    }
    let mut message = format!("DSSEv1 {} {} {} ", kind.len(), kind, payload.len()).into_bytes();
    message.extend_from_slice(&payload);
    match keys.iter().find(|key| key.verifies(&sig, &message)) {
        Some(key) => Ok((payload, key.fingerprint.clone())),
        None => denied("signature", field, "no key of the policy signed it"),
    }
}

/// The standard engine refuses idle bits, missing padding and foreign characters.
fn bytes_of(value: &Json) -> Option<Vec<u8>> {
    if let Json::Text(text) = value { STANDARD.decode(text).ok() } else { None }
}
