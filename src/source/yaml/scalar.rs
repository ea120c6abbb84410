//! The meaning of scalars: null, a number, a date or a string. For writing them, see `quote`.
//!
//! YAML 1.1 is implemented as in `PyYAML`'s `SafeLoader`, not as specified (`y` is a string there,
//! and so is `1e3`): <https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/resolver.py>.
//! YAML 1.2 is the core schema: <https://yaml.org/spec/1.2.2/#103-core-schema>.

use std::borrow::Cow;

use super::Style;

/// The rules that determine the type of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// As in `PyYAML`: `off` is false, `012` is ten, `12:30` is 750, `<<` merges.
    Yaml11,
    /// The core schema, as forges read workflows: `on` is a string, `012` is twelve.
    Yaml12,
    /// Not YAML but TOML, which has explicit types.
    Toml,
}

impl Dialect {
    /// Returns the dialect of the file at a path: TOML if its name says so, else `otherwise`.
    #[must_use]
    pub fn of_file(path: &str, otherwise: Self) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let named = ["Cargo.lock", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile"];
        if name.ends_with(".toml") || named.contains(&name) { Self::Toml } else { otherwise }
    }

    /// Returns the language that it is a dialect of, as messages name it.
    #[must_use]
    pub fn language(self) -> &'static str {
        match self {
            Self::Yaml11 | Self::Yaml12 => "YAML",
            Self::Toml => "TOML",
        }
    }
}

/// A resolved scalar.
#[derive(Clone, Copy, Debug)]
pub enum Value<'text> {
    /// `null`, `~` or empty.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer beyond 64 bits, as written.
    BigInt(&'text str),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Str(&'text str),
    /// A date or a date and time (YAML 1.1 only), as written; the calendar is not checked.
    Timestamp(&'text str),
}

impl PartialEq for Value<'_> {
    /// Values of different types differ (`1` and `1.0`); `.nan` equals itself.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::BigInt(a), Self::BigInt(b))
            | (Self::Str(a), Self::Str(b))
            | (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            _ => false,
        }
    }
}

impl Value<'_> {
    /// Returns the name of the type for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::BigInt(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Str(_) => "a string",
            Self::Timestamp(_) => "a date",
        }
    }
}

const STANDARD: &str = "tag:yaml.org,2002:";

/// Resolves a scalar with this text, style and tag.
pub(super) fn resolve<'text>(
    text: &'text str,
    style: Style,
    tag: Option<&str>,
    dialect: Dialect,
) -> Value<'text> {
    let string = Value::Str(text);
    match tag {
        None if style == Style::Plain => resolve_plain(text, dialect),
        // PyYAML ignores the non-specific tag; in YAML 1.2 it prevents resolution.
        Some("!") if style == Style::Plain && dialect == Dialect::Yaml11 => {
            resolve_plain(text, dialect)
        }
        Some(tag) => match tag.strip_prefix(STANDARD) {
            Some("null") => Value::Null,
            Some("bool") => boolean(text, dialect).map_or(string, Value::Bool),
            Some("int") => integer(text, dialect).unwrap_or(string),
            Some("float") => tagged_float(text, dialect).map_or(string, Value::Float),
            Some("timestamp") => Value::Timestamp(text),
            _ => string,
        },
        None => string,
    }
}

fn tagged_float(text: &str, dialect: Dialect) -> Option<f64> {
    let number = || text.replace('_', "").parse().ok();
    let looks_so = text.bytes().any(|byte| byte.is_ascii_digit());
    float(text, dialect).or_else(|| if looks_so { number() } else { None })
}

fn resolve_plain(text: &str, dialect: Dialect) -> Value<'_> {
    // Nearly every scalar is an ordinary word, which its first character reveals.
    let Some(first) = text.bytes().next() else { return Value::Null };
    if !b"+-.0123456789~nNtTfFyYoO".contains(&first) {
        return Value::Str(text);
    }
    if matches!(text, "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    if let Some(value) = boolean(text, dialect) {
        return Value::Bool(value);
    }
    if let Some(value) = integer(text, dialect) {
        return value;
    }
    if let Some(value) = float(text, dialect) {
        return Value::Float(value);
    }
    if dialect == Dialect::Yaml11 && is_timestamp(text) {
        return Value::Timestamp(text);
    }
    Value::Str(text)
}

fn boolean(text: &str, dialect: Dialect) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" if dialect == Dialect::Yaml11 => Some(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" if dialect == Dialect::Yaml11 => Some(false),
        _ => None,
    }
}

fn integer(text: &str, dialect: Dialect) -> Option<Value<'_>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let radix = |digits: &str, radix: u32| -> Option<Value<'_>> {
        let digits: Cow<'_, str> =
            if digits.contains('_') { digits.replace('_', "").into() } else { digits.into() };
        if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
            return None;
        }
        let value = i128::from_str_radix(&digits, radix).ok();
        let signed = value.map(|value| if negative { -value } else { value });
        let small = signed.and_then(|value| i64::try_from(value).ok());
        Some(small.map_or(Value::BigInt(text), Value::Int))
    };
    match dialect {
        Dialect::Yaml12 | Dialect::Toml => match (text.strip_prefix("0o"), text.strip_prefix("0x"))
        {
            (Some(digits), _) if !digits.contains('_') => radix(digits, 8),
            (_, Some(digits)) if !digits.contains('_') => radix(digits, 16),
            _ if !unsigned.contains('_') => radix(unsigned, 10),
            _ => None,
        },
        Dialect::Yaml11 => {
            if let Some(digits) = unsigned.strip_prefix("0b") {
                return radix(digits, 2);
            }
            if let Some(digits) = unsigned.strip_prefix("0x") {
                return radix(digits, 16);
            }
            if unsigned == "0" {
                return Some(Value::Int(0));
            }
            match unsigned.strip_prefix('0') {
                // PyYAML reads `0_` as octal, thus as zero.
                Some(digits) if digits.bytes().all(|byte| byte == b'_') => Some(Value::Int(0)),
                Some(digits) => radix(digits, 8),
                None if unsigned.starts_with('_') => None,
                None if unsigned.contains(':') => {
                    let value = sexagesimal(unsigned)?;
                    let signed = if negative { -value } else { value };
                    Some(i64::try_from(signed).map_or(Value::BigInt(text), Value::Int))
                }
                None => radix(unsigned, 10),
            }
        }
    }
}

/// Parses `190:20:30` in base sixty; the first group may have any digits, the others are below 60.
/// More than 128 bits saturate.
fn sexagesimal(text: &str) -> Option<i128> {
    let mut groups = text.split(':');
    let first = groups.next()?;
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    if !first.starts_with(|first: char| first.is_ascii_digit()) || !first.bytes().all(digits) {
        return None;
    }
    let mut value: i128 = first.replace('_', "").parse().unwrap_or(i128::MAX);
    for group in groups {
        let short = matches!(group.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
        if !short {
            return None;
        }
        value = value.saturating_mul(60).saturating_add(group.parse().ok()?);
    }
    Some(value)
}

fn float(text: &str, dialect: Dialect) -> Option<f64> {
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, text.get(1..)?),
        Some(b'+') => (1.0, text.get(1..)?),
        _ => (1.0, text),
    };
    let has_sign = unsigned.len() < text.len();
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if !has_sign => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    let legacy = dialect == Dialect::Yaml11;
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if legacy && whole.contains(':') && exponent.is_none() {
        let seconds = sexagesimal(whole)?;
        let fraction = fraction?;
        let digits = fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        let part: f64 = format!("0.{}0", fraction.replace('_', "")).parse().ok()?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a float of base sixty is imprecise anyway"
        )]
        return digits.then_some(sign * (seconds as f64 + part));
    }
    let digits =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || (legacy && byte == b'_'));
    let starts_well = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    let mantissa_fits = match (whole, fraction) {
        // PyYAML requires a dot, and no sign before a leading one.
        (_, None) => !legacy && starts_well(whole) && digits(whole),
        ("", Some(fraction)) => !(legacy && has_sign) && starts_well(fraction) && digits(fraction),
        (whole, Some(fraction)) => starts_well(whole) && digits(whole) && digits(fraction),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['+', '-']);
        let power = if legacy { power } else { power.or(Some(exponent)) };
        power.is_some_and(|p| !p.is_empty() && p.bytes().all(|byte| byte.is_ascii_digit()))
    });
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    unsigned.replace('_', "").parse::<f64>().ok().map(|value| sign * value)
}

/// Whether `PyYAML` reads a text as a date: `2024-01-02`, optionally with a time.
fn is_timestamp(text: &str) -> bool {
    let mut rest = Cursor(text.as_bytes());
    if !(rest.digits(4, 4) && rest.one(b"-")) {
        return false;
    }
    let year_month = rest;
    if rest.digits(2, 2) && rest.one(b"-") && rest.digits(2, 2) && rest.0.is_empty() {
        return true;
    }
    rest = year_month;
    if !(rest.digits(1, 2) && rest.one(b"-") && rest.digits(1, 2)) {
        return false;
    }
    if !rest.one(b"Tt") {
        let before = rest.0.len();
        rest.blanks();
        if rest.0.len() == before {
            return false;
        }
    }
    let time = rest.digits(1, 2)
        && rest.one(b":")
        && rest.digits(2, 2)
        && rest.one(b":")
        && rest.digits(2, 2);
    if !time {
        return false;
    }
    if rest.one(b".") {
        rest.digits(0, usize::MAX);
    }
    if rest.0.is_empty() {
        return true;
    }
    rest.blanks();
    if rest.one(b"Z") {
        return rest.0.is_empty();
    }
    rest.one(b"+-")
        && rest.digits(1, 2)
        && (rest.0.is_empty() || (rest.one(b":") && rest.digits(2, 2) && rest.0.is_empty()))
}

#[derive(Clone, Copy)]
struct Cursor<'text>(&'text [u8]);

impl Cursor<'_> {
    fn one(&mut self, of: &[u8]) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if of.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn digits(&mut self, least: usize, most: usize) -> bool {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count().min(most);
        self.0 = self.0.get(count..).unwrap_or_default();
        count >= least
    }

    fn blanks(&mut self) {
        while self.one(b" \t") {}
    }
}

/// Whether readers take different values from a scalar with this text, style and tag, or keep the text of one whose
/// value they agree on: a number (`1.20` is a version to some), a date, or what only some read as a boolean.
pub(super) fn depends_on_reader(text: &str, style: Style, tag: Option<&str>) -> bool {
    let read_as = |dialect| resolve(text, style, tag, dialect);
    match (read_as(Dialect::Yaml11), read_as(Dialect::Yaml12)) {
        (Value::Str(_), Value::Str(_)) => {
            style == Style::Plain && tag.is_none() && is_short_boolean(text)
        }
        (Value::Null, Value::Null) | (Value::Bool(_), Value::Bool(_)) => false,
        _ => true,
    }
}

/// Whether a plain scalar with this text is a boolean by the specification of YAML 1.1, but a string to `PyYAML`.
pub(super) fn is_short_boolean(text: &str) -> bool {
    matches!(text, "y" | "Y" | "n" | "N")
}

/// Whether a plain scalar with this text is a string in both dialects.
pub(super) fn is_text_everywhere(text: &str) -> bool {
    [Dialect::Yaml11, Dialect::Yaml12]
        .into_iter()
        .all(|dialect| matches!(resolve_plain(text, dialect), Value::Str(_)))
}

#[cfg(test)]
mod tests;
