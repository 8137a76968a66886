// Verify a trust record with Node's standard library, and print its outcome.
//
//   node verify_record.mjs ENVELOPE PUBLIC.pem ARTIFACT TIME      (TIME like 2026-01-31T12:00:00Z)
//
// Exit 0 and the outcome when signature, artifact and time hold; otherwise exit 1 and
// `refused: envelope|signature|payload|subject|time`.

import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const TYPE = "application/vnd.in-toto+json";
const HASHES = { prime256v1: "sha256", secp384r1: "sha384" };

class Refused extends Error {}

const need = (held, reason) => {
  if (!held) throw new Refused(reason);
};

/** UTF-8 text; a byte order mark, or bytes that are not UTF-8, are refused. */
function textOf(bytes, reason) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused(reason);
  }
}

/** JSON.parse keeps the last of two members of one name: writing the value again shows whether it did. */
function parse(text, rewrite, reason) {
  let value;
  try {
    value = JSON.parse(text);
    need(rewrite(value) === text.replace(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/g, "$1"), reason);
  } catch {
    throw new Refused(reason);
  }
  return value;
}

/** RFC 8785 for values without floating-point numbers. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  need(typeof value !== "number" || Number.isSafeInteger(value), "payload");
  return JSON.stringify(value);
}

function bytesOf(text) {
  need(typeof text === "string", "envelope");
  const bytes = Buffer.from(text, "base64");
  need(bytes.toString("base64") === text, "envelope");
  return bytes;
}

const exactly = (object, names) =>
  object !== null && typeof object === "object" && Object.keys(object).sort().join() === names.join();

/** A record tells all of these, if only that it knows nothing: what is left out is not taken for a no. */
const MEMBERS = [
  "areas", "assessedAt", "context", "crit", "dependencies", "evidence", "exceptions", "expires",
  "ext", "footprint", "heldBackAt", "mustHaves", "notBefore", "notObserved", "outcome", "policy",
  "reasons", "reviewBy", "risk", "supersedes", "trustee", "trustor", "vetoes", "workload",
  "wouldChange",
];

function opened(bytes) {
  need(bytes.length <= 8 << 20, "envelope");
  const envelope = parse(textOf(bytes, "envelope"), JSON.stringify, "envelope");
  need(exactly(envelope, ["payload", "payloadType", "signatures"]), "envelope");
  need(envelope.payloadType === TYPE, "envelope");
  need(Array.isArray(envelope.signatures) && envelope.signatures.length === 1, "envelope");
  const [signature] = envelope.signatures;
  need(exactly(signature, ["keyid", "sig"]) || exactly(signature, ["sig"]), "envelope");
  need(typeof (signature.keyid ?? "") === "string", "envelope");
  return { payload: bytesOf(envelope.payload), sig: bytesOf(signature.sig) };
}

function signed({ payload, sig }, pem) {
  const key = createPublicKey(pem);
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `), payload]);
  if (key.asymmetricKeyType === "ed25519") return verify(null, message, key, sig);
  const hash = HASHES[key.asymmetricKeyDetails?.namedCurve];
  return key.asymmetricKeyType === "ec" && hash !== undefined && verify(hash, message, key, sig);
}

function read(payload) {
  const text = textOf(payload, "payload");
  const statement = parse(text, canonical, "payload");
  need(canonical(statement) === text, "payload");
  need(exactly(statement, ["_type", "predicate", "predicateType", "subject"]), "payload");
  need(statement._type === "https://in-toto.io/Statement/v1", "payload");
  need(statement.predicateType === "https://supplytrust.dev/trust-record/v1", "payload");
  need(Array.isArray(statement.subject) && statement.subject.length === 1, "payload");
  need(exactly(statement.predicate, MEMBERS), "payload");
  return statement;
}

/** Times as text without Z: longer fractions sort after shorter ones, so text order is time order. */
function instant(text) {
  need(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/.test(text), "payload");
  return text.slice(0, -1);
}

function outcomeOf(envelopeFile, keyFile, artifactFile, now) {
  const envelope = opened(readFileSync(envelopeFile));
  need(signed(envelope, readFileSync(keyFile)), "signature");
  const { subject, predicate } = read(envelope.payload);
  const measured = createHash("sha256").update(readFileSync(artifactFile)).digest("hex");
  need(subject[0]?.digest?.sha256 === measured, "subject");
  const at = instant(now);
  need(instant(predicate.notBefore) <= at && at < instant(predicate.expires), "time");
  need(["ADMIT", "REFER", "REFUSE"].includes(predicate.outcome), "payload");
  return predicate.outcome;
}

try {
  console.log(outcomeOf(...process.argv.slice(2, 6)));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log(`refused: ${error.message}`);
  process.exitCode = 1;
}
