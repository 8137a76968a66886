//! What a workload asks of its host, what its configuration grants, and what comes of both.

use crate::denial::{denied, Answer, Denial};
use crate::envelope::sha256;
use crate::policy::Table;
use crate::tables::names;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{ComponentTypeRef, Dylink0Subsection, Encoding, KnownCustom, Parser, Payload, TypeRef, Validator};

const MAX_IMPORTS: usize = 10_000;
const MAX_DEPTH: usize = 32;
pub const NO_FORMAT: &str = "none";

pub struct Import {
    pub name: String,  // as a record spells it
    module: String,    // empty in components
    field: String,
    sort: &'static str,
}

#[derive(Default)]
pub struct Wasm {
    pub imports: Vec<Import>,
    pub needed: Vec<String>, // libraries that the root module expects its loader to find
    component: bool,
}

/// Imports of the root, and what it leaves to a dynamic loader; nested parts get theirs from inside.
pub fn read(data: &[u8]) -> Answer<Wasm> {
    let broken = |error: wasmparser::BinaryReaderError| Denial::new("not-wasm", "workload", error.message());
    let (mut wasm, mut depth, mut validator) = (Wasm::default(), 0, Validator::new());
    for payload in Parser::new(0).parse_all(data) {
        let payload = payload.map_err(broken)?;
        validator.payload(&payload).map_err(broken)?;
        match &payload {
            Payload::Version { encoding, .. } if depth == 0 => wasm.component = *encoding == Encoding::Component,
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            _ if depth == 0 => take(&mut wasm, &payload).map_err(broken)?,
            _ => {}
        }
        if depth > MAX_DEPTH || wasm.imports.len() > MAX_IMPORTS {
            return denied("size", "workload", "more imports or deeper nested than is read");
        }
    }
    Ok(wasm)
}

fn take(wasm: &mut Wasm, payload: &Payload<'_>) -> Result<(), wasmparser::BinaryReaderError> {
    match payload {
        Payload::ImportSection(section) => {
            for import in section.clone().into_imports().take(MAX_IMPORTS + 1) {
                let import = import?;
                let sort = if matches!(import.ty, TypeRef::Func(_)) { "function" } else { "other" };
                wasm.imports.push(core_import(import.module, import.name, sort));
            }
        }
        Payload::ComponentImportSection(section) => {
            for import in section.clone().into_iter().take(MAX_IMPORTS + 1) {
                let import = import?;
                let sort = match import.ty {
                    ComponentTypeRef::Type(_) => "type",
                    ComponentTypeRef::Instance(_) => "instance",
                    _ => "other",
                };
                let field = import.name.name.to_owned();
                wasm.imports.push(Import { name: field.clone(), module: String::new(), field, sort });
            }
        }
        Payload::CustomSection(section) if section.name() == "dylink.0" && !wasm.component => {
            let KnownCustom::Dylink0(parts) = section.as_known() else {
                wasm.needed.push("what cannot be read".to_owned());
                return Ok(());
            };
            for part in parts {
                match part {
                    Ok(Dylink0Subsection::Needed(names)) => wasm.needed.extend(names.iter().map(|n| (*n).to_owned())),
                    Ok(_) => {}
                    Err(_) => wasm.needed.push("what cannot be read".to_owned()),
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// A dot or percent sign in a module's name is percent-encoded: two imports never share one name.
fn core_import(module: &str, field: &str, sort: &'static str) -> Import {
    let spelt = module.replace('%', "%25").replace('.', "%2E");
    let name = if module.is_empty() { field.to_owned() } else { format!("{spelt}.{field}") };
    Import { name, module: module.to_owned(), field: field.to_owned(), sort }
}

impl Wasm {
    /// Names of imports by class: the upper bound of what the workload can ask for.
    pub fn required(&self, also: &[String]) -> BTreeMap<&'static str, BTreeSet<&str>> {
        let mut found: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
        for import in self.imports.iter().filter(|import| !also.contains(&import.name)) {
            for class in self.classes(import) {
                found.entry(class).or_default().insert(&import.name);
            }
        }
        found
    }

    fn classes(&self, import: &Import) -> Vec<&'static str> {
        if self.component {
            return vec![interface(import)];
        }
        let module = import.module.as_str();
        if module == "wasi_snapshot_preview1" || module == "wasi_unstable" {
            let known = names().preview1.get(&import.field).filter(|_| import.sort == "function");
            return match known {
                Some(class) if module == "wasi_unstable" => vec![class, "legacy"],
                Some(class) => vec![class],
                None => vec!["unknown"],
            };
        }
        vec![if module == "env" || module.starts_with("GOT.") { "dynamic-link" } else { "unknown" }]
    }
}

fn interface(import: &Import) -> &'static str {
    if import.sort == "type" {
        return "type-only"; // a type by itself can do nothing: what makes or takes its values is imported too
    }
    let known = wasi_interface(&import.field).filter(|_| import.sort == "instance");
    known.and_then(|name| names().interfaces.get(name)).map_or("unknown", String::as_str)
}

/// `wasi:pkg/iface@0.2.N` or `@0.3.N`, the last number as semantic versions write it, with what may follow it.
fn wasi_interface(field: &str) -> Option<&str> {
    let (name, version) = field.strip_prefix("wasi:")?.split_once('@')?;
    let (package, interface) = name.split_once('/')?;
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let rest = version.strip_prefix("0.2.").or_else(|| version.strip_prefix("0.3."))?;
    let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let suffix_fits = suffix.is_empty()
        || (suffix.len() > 1
            && suffix.starts_with(['-', '+'])
            && suffix[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b)));
    let number_fits = number == "0" || (!number.is_empty() && !number.starts_with('0'));
    (word(package) && word(interface) && number_fits && suffix_fits).then_some(name)
}

// --- what a configuration grants

#[derive(Default)]
pub struct Grants {
    pub items: BTreeSet<String>, // every grant, spelled: `env:NAME`, `connect:tls:host:443`
    classes: BTreeSet<&'static str>,
    sockets: bool, // reading and writing some descriptors is network
}

/// Classes that the workload can use: asked for and granted; without a format everything that it asks for.
pub fn effective(asked: &BTreeMap<&'static str, BTreeSet<&str>>, grants: Option<&Grants>) -> BTreeSet<&'static str> {
    let all: BTreeSet<&'static str> = asked.keys().copied().collect();
    let Some(grants) = grants else { return all };
    let harmless = ["type-only", "entry", "legacy", "unknown", "dynamic-link"]; // the last two are never withheld
    let mut used: BTreeSet<_> = all.iter().copied().filter(|c| grants.classes.contains(c) || harmless.contains(c)).collect();
    if grants.sockets && (all.contains("io-read") || all.contains("io-write")) {
        used.insert("net");
    }
    used
}

/// The grants of a configuration in the format that the record names. Only Enarx's is read here.
pub fn read_grants(format: &str, data: Option<&[u8]>) -> Answer<Grants> {
    if format != "enarx" {
        return denied("parse", "config", &format!("no configuration format '{format}' is read here"));
    }
    let always = ["env", "clock", "random", "process", "event", "handle"];
    let mut made = Grants { classes: always.into(), ..Grants::default() };
    let Some(data) = data else {
        made.items = ["stdin", "stdout", "stderr"].map(str::to_owned).into();
        made.classes.extend(["io-read", "io-write"]);
        return Ok(made);
    };
    let parse = |why: &str| Denial::new("parse", "config", why);
    let spelt = std::str::from_utf8(data).map_err(|_| parse("is not UTF-8"))?;
    let values: toml::Table = toml::from_str(spelt).map_err(|error| parse(&error.to_string()))?;
    let problems = RefCell::new(Vec::new());
    let root = Table::new(&values, "Enarx.toml", &problems);
    let environment = root.table("env");
    for name in environment.names() {
        environment.text(&name, None);
        made.items.insert(format!("env:{name}"));
    }
    let arguments = root.texts("args");
    if !arguments.is_empty() {
        let joined: Vec<u8> = arguments.iter().flat_map(|word| word.bytes().chain([0])).collect();
        made.items.insert(format!("args:sha256:{}", sha256(&joined)));
    }
    root.tables("files").iter().for_each(|file| take_file(&mut made, file));
    let steward = root.text("steward", Some(""));
    if !steward.is_empty() {
        made.items.insert(format!("steward:{steward}"));
    }
    root.finish();
    let found = problems.borrow();
    if found.is_empty() { Ok(made) } else { Err(parse(&found.join("; "))) }
}

fn take_file(made: &mut Grants, table: &Table<'_>) {
    let (kind, name) = (table.text("kind", None), table.text("name", Some("")));
    if name.contains(':') {
        table.complain("name", "holds a colon");
    }
    match kind.as_str() {
        "null" => {}
        "stdin" => drop(made.classes.insert("io-read")),
        "stdout" | "stderr" => drop(made.classes.insert("io-write")),
        "listen" | "connect" => return take_socket(made, table, &kind, &name),
        _ => table.complain("kind", "is not a kind of file"),
    }
    made.items.insert(kind);
    table.finish();
}

fn take_socket(made: &mut Grants, table: &Table<'_>, kind: &str, name: &str) {
    let protocol = table.text("prot", Some("tls"));
    let usual = match protocol.as_str() {
        "tls" => 443,
        "tcp" => 80,
        _ => {
            table.complain("prot", "is neither tls nor tcp");
            0
        }
    };
    if kind == "listen" && name.is_empty() {
        table.complain("name", "is missing");
    }
    let host = if kind == "listen" { table.text("addr", Some("::")) } else { table.text("host", None) };
    let port = table.integer("port", Some(usual), 0, 65_535);
    let shown = if host.contains(':') { format!("[{host}]") } else { host };
    made.items.insert(format!("{kind}:{protocol}:{shown}:{port}"));
    made.classes.extend(["net", "io-read", "io-write"]);
    made.sockets = true;
    table.finish();
}
