//! Names and what they mean, from `tables.json`, which the Python gate's own tables are written to.

use crate::values::{self, Json, Object, LIMITS};
use std::collections::BTreeMap;
use std::sync::OnceLock;

type Words = BTreeMap<String, String>;

pub struct Names {
    pub classes: Vec<String>,
    pub preview1: Words,
    pub interfaces: Words,
    tees: Words,
    vendors: Words,
}

pub fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let made = values::read_object(include_bytes!("tables.json"), LIMITS, "tables").ok().as_ref().and_then(read);
        made.expect("tables.json is written by `python -m tools.generate_docs`")
    })
}

fn read(tables: &Object) -> Option<Names> {
    let words = |name: &str| -> Option<Words> {
        let members = values::object(tables.get(name)?, name).ok()?;
        members.iter().map(|(key, value)| Some((key.clone(), values::text(value, name).ok()?.to_owned()))).collect()
    };
    let classes = values::texts(tables.get("classes").unwrap_or(&Json::Null), "classes").ok()?;
    Some(Names {
        classes,
        preview1: words("preview1")?,
        interfaces: words("interfaces")?,
        tees: words("tees")?,
        vendors: words("vendors")?,
    })
}

/// The one spelling of a TEE; what is not known stays as it is, in small letters.
pub fn tee_name(text: &str) -> String {
    let plain = text.trim().to_lowercase().replace(['_', ' '], "-");
    names().tees.get(&plain).cloned().unwrap_or(plain)
}

pub fn is_tee(name: &str) -> bool {
    names().tees.values().any(|known| known == name)
}

/// The one spelling of a processor's vendor.
pub fn vendor_name(text: &str) -> String {
    let plain = text.trim().to_lowercase();
    names().vendors.get(&plain).cloned().unwrap_or(plain)
}
