//! Why a gate says no. The codes are those of `tests/vectors`, the same in every language.

/// A code, the input that it is about, and one printable line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub code: &'static str,
    pub field: String,
    pub detail: String,
}

pub type Answer<T> = Result<T, Denial>;

impl Denial {
    pub fn new(code: &'static str, field: &str, detail: &str) -> Denial {
        let line = |text: &str| text.chars().take(300).map(|c| if c.is_control() { '?' } else { c }).collect();
        Denial { code, field: line(field), detail: line(detail) }
    }
}

pub fn denied<T>(code: &'static str, field: &str, detail: &str) -> Answer<T> {
    Err(Denial::new(code, field, detail))
}
