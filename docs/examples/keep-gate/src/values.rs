//! Strict JSON, instants, and typed reading of both: a document means one thing, or is refused with where and why.

use crate::denial::{denied, Answer, Denial};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

const MAX_INTEGER: i64 = (1 << 53) - 1; // the largest of which every reader holds exactly this one (RFC 7493, 2.2)

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

pub type Object = BTreeMap<String, Json>;

/// How much is read: bytes, nested lists and objects, values in all.
#[derive(Clone, Copy)]
pub struct Limits {
    pub size: usize,
    pub floats: bool,
}

pub const LIMITS: Limits = Limits { size: 8 << 20, floats: false };
const DEPTH: usize = 32;
const VALUES: usize = 250_000;

struct Seed<'a> {
    limits: Limits,
    depth: usize,
    count: &'a Cell<usize>,
}

impl Seed<'_> {
    fn deeper<E: Error>(&self) -> Result<usize, E> {
        if self.depth >= DEPTH { Err(E::custom("nested too deep")) } else { Ok(self.depth + 1) }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.count.set(self.count.get() + 1);
        if self.count.get() > VALUES {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        if value < -MAX_INTEGER { Err(E::custom("a number that is not exact")) } else { Ok(Json::Int(value)) }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        match i64::try_from(value) {
            Ok(number) if number <= MAX_INTEGER => Ok(Json::Int(number)),
            _ => Err(E::custom("a number that is not exact")),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        if self.limits.floats { Ok(Json::Float(value)) } else { Err(E::custom("a number that is not whole")) }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let depth = self.deeper()?;
        let mut made = Vec::new();
        while let Some(item) = items.next_element_seed(Seed { depth, ..self })? {
            made.push(item);
        }
        Ok(Json::List(made))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let depth = self.deeper()?;
        let mut made = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Seed { depth, ..self })?;
            if made.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate-key"));
            }
        }
        Ok(Json::Object(made))
    }
}

/// The one object in these bytes.
pub fn read_object(data: &[u8], limits: Limits, field: &str) -> Answer<Object> {
    if data.len() > limits.size {
        return denied("size", field, &format!("more than {} bytes", limits.size));
    }
    let count = Cell::new(0);
    let mut reader = serde_json::Deserializer::from_slice(data);
    let read = Seed { limits, depth: 0, count: &count }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => denied("parse", field, "the document is not an object"),
        Err(error) if error.to_string().starts_with("duplicate-key") => denied("duplicate-key", field, "a name stands twice"),
        Err(error) => denied("parse", field, &error.to_string()),
    }
}

// --- typed reading

pub fn wrong(field: &str, what: &str) -> Denial {
    Denial::new("parse", field, &format!("{field} is not {what}"))
}

pub fn object<'a>(value: &'a Json, field: &str) -> Answer<&'a Object> {
    if let Json::Object(members) = value { Ok(members) } else { Err(wrong(field, "an object")) }
}

/// The object itself, when it has all required names and none that are unknown.
pub fn only<'a>(members: &'a Object, field: &str, required: &[&str], optional: &[&str]) -> Answer<&'a Object> {
    if let Some(missing) = required.iter().filter(|name| !members.contains_key(**name)).min() {
        return Err(wrong(&format!("{field}.{missing}"), "there"));
    }
    match members.keys().find(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str())) {
        Some(unknown) => denied("unknown-field", &format!("{field}.{unknown}"), "a name this gate does not know"),
        None => Ok(members),
    }
}

pub fn text<'a>(value: &'a Json, field: &str) -> Answer<&'a str> {
    if let Json::Text(text) = value { Ok(text) } else { Err(wrong(field, "text")) }
}

pub fn integer(value: &Json, field: &str) -> Answer<i64> {
    match value {
        Json::Int(number) if *number >= 0 => Ok(*number),
        _ => Err(wrong(field, "a whole number")),
    }
}

pub fn items<'a>(value: &'a Json, field: &str) -> Answer<&'a [Json]> {
    if let Json::List(items) = value { Ok(items) } else { Err(wrong(field, "a list")) }
}

pub fn texts(value: &Json, field: &str) -> Answer<Vec<String>> {
    items(value, field)?.iter().map(|item| Ok(text(item, field)?.to_owned())).collect()
}

/// A decimal text from 0 to 1.
pub fn fraction(value: &Json, field: &str) -> Answer<f64> {
    let what = "a decimal text from 0 to 1";
    let spelt = text(value, field).map_err(|_| wrong(field, what))?;
    let (whole, rest) = spelt.split_once('.').unwrap_or((spelt, "0"));
    let fits = matches!(whole, "0" | "1") && (1..=40).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit());
    match spelt.parse::<f64>() {
        Ok(number) if fits && number <= 1.0 => Ok(number),
        _ => Err(wrong(field, what)),
    }
}

/// Lower-case hex of so many digits.
pub fn digest(value: &Json, field: &str, length: usize) -> Answer<String> {
    match value {
        Json::Text(hex) if hex.len() == length && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) => {
            Ok(hex.clone())
        }
        _ => Err(wrong(field, "a digest")),
    }
}

/// The hex of a `sha256:<hex>` text.
pub fn prefixed_digest(value: &Json, field: &str) -> Answer<String> {
    let spelt = text(value, field)?;
    digest(&Json::Text(spelt.strip_prefix("sha256:").unwrap_or(spelt).to_owned()), field, 64)
}

// --- instants: microseconds since 1970 in UTC, within the years 1 to 9999

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

const SECOND: i64 = 1_000_000;
const FIRST: i64 = -62_135_596_800 * SECOND;
const LAST: i64 = 253_402_300_800 * SECOND - 1;

impl Instant {
    /// Later by so many seconds; what no calendar holds is a fault, which denies.
    pub fn plus(self, seconds: i64) -> Answer<Instant> {
        let later = seconds.checked_mul(SECOND).and_then(|micros| self.0.checked_add(micros));
        match later {
            Some(moment) if (FIRST..=LAST).contains(&moment) => Ok(Instant(moment)),
            _ => denied("internal", "time", "a time that cannot be counted on from"),
        }
    }

    pub fn of_seconds(seconds: i64) -> Option<Instant> {
        seconds.checked_mul(SECOND).filter(|micros| (FIRST..=LAST).contains(micros)).map(Instant)
    }

    /// `2026-01-31T12:00:00Z`, with up to six digits of a fraction; None for any other spelling and for days that are none.
    pub fn parse(spelt: &str) -> Option<Instant> {
        let bytes = spelt.as_bytes();
        let number = |from: usize, size: usize| -> Option<i64> {
            let part = spelt.get(from..from + size)?;
            if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
        };
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if marks.iter().any(|(at, mark)| bytes.get(*at) != Some(mark)) {
            return None;
        }
        let fraction = match spelt.get(19..)?.strip_suffix('Z')? {
            "" => 0,
            rest => {
                let digits = rest.strip_prefix('.')?;
                if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                digits.parse::<i64>().ok()? * 10_i64.pow(6 - digits.len() as u32)
            }
        };
        let [year, month, day] = [number(0, 4)?, number(5, 2)?, number(8, 2)?];
        let [hour, minute, second] = [number(11, 2)?, number(14, 2)?, number(17, 2)?];
        Instant::of(year, month, day, hour * 3600 + minute * 60 + second, fraction)
            .filter(|_| hour < 24 && minute < 60 && second < 60)
    }

    /// A day of the calendar (proleptic Gregorian) and what has gone of it.
    pub fn of(year: i64, month: i64, day: i64, seconds: i64, micros: i64) -> Option<Instant> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let longest = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=longest[month as usize - 1]).contains(&day) {
            return None;
        }
        let before = year - 1;
        let of_year: i64 = longest[..month as usize - 1].iter().sum();
        let days = before * 365 + before / 4 - before / 100 + before / 400 + of_year + day - 1 - 719_162;
        Some(Instant((days * 86_400 + seconds) * SECOND + micros))
    }
}

impl fmt::Display for Instant {
    /// RFC 3339; the fraction only when there is one.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.div_euclid(SECOND), self.0.rem_euclid(SECOND));
        let (days, left) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let day = days + 719_468; // of an era that begins in March of the year 0
        let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let shown = era * 400 + year + i64::from(month <= 2);
        write!(out, "{shown:04}-{month:02}-{:02}T", of_year - (153 * shifted + 2) / 5 + 1)?;
        write!(out, "{:02}:{:02}:{:02}", left / 3600, left / 60 % 60, left % 60)?;
        if micros != 0 {
            write!(out, ".{micros:06}")?;
        }
        out.write_str("Z")
    }
}

pub fn instant(value: &Json, field: &str) -> Answer<Instant> {
    let found = if let Json::Text(spelt) = value { Instant::parse(spelt) } else { None };
    found.ok_or_else(|| wrong(field, "a time like 2026-01-31T12:00:00Z"))
}
