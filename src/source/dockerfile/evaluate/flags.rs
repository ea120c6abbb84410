//! The flags that each instruction takes, as `BuildKit`'s parser knows them (`instructions/parse.go`).

use super::shortened;
use crate::source::dockerfile::Flag;
use crate::source::text::SyntaxError;
use crate::source::typed::nearest;

/// The flags of an instruction; `None` for one whose flags are not judged.
fn flags_of(keyword: &str) -> Option<&'static [&'static str]> {
    Some(match keyword {
        "ADD" => &["checksum", "chmod", "chown", "exclude", "keep-git-dir", "link", "unpack"],
        "COPY" => &["chmod", "chown", "exclude", "from", "link", "parents"],
        "FROM" => &["platform"],
        "HEALTHCHECK" => &["interval", "retries", "start-interval", "start-period", "timeout"],
        "RUN" => &["device", "mount", "network", "security"],
        _ => return None,
    })
}

/// Refuses a flag that an instruction does not take, and a duration that is none.
pub(super) fn check(keyword: &str, flags: &[Flag]) -> Result<(), SyntaxError> {
    let Some(known) = flags_of(keyword) else { return Ok(()) };
    let Some(flag) = flags.iter().find(|flag| !known.contains(&flag.name.as_str())) else {
        return if keyword == "HEALTHCHECK" { durations(flags) } else { Ok(()) };
    };
    let mut message = format!("{keyword} takes no flag `--{}`", shortened(&flag.name));
    if let Some(meant) = nearest(&flag.name, known.iter().copied()) {
        message.push_str(&format!(", did you mean `--{meant}`?"));
    }
    Err(SyntaxError::new(flag.span, message))
}

/// Refuses what is no duration in the flags of a `HEALTHCHECK`, of which all but one are durations.
fn durations(flags: &[Flag]) -> Result<(), SyntaxError> {
    for flag in flags.iter().filter(|flag| flag.name != "retries") {
        let Some(value) = flag.value.as_ref().map(|value| value.as_str()) else { continue };
        if !value.is_empty() && !is_duration(value) {
            let shown = shortened(value);
            let message = format!("`{shown}` is not a duration such as `30s` or `1m30s`");
            return Err(SyntaxError::new(flag.span, message));
        }
    }
    Ok(())
}

/// Whether Go's `time.ParseDuration` reads a text: numbers, each with a unit.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = rest.get(..rest.len() - behind.len()).unwrap_or_default();
        // The longest first: `m` begins `ms`.
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let Some(unit) = units.into_iter().find(|unit| behind.starts_with(unit)) else {
            return false;
        };
        if number.parse::<f64>().is_err() {
            return false;
        }
        rest = behind.get(unit.len()..).unwrap_or_default();
    }
    !text.is_empty()
}

/// Whether a word of `EXPOSE` is no port, as far as it shows: `abc`. What is expanded, and what has an address in
/// front, is not judged.
pub(super) fn is_no_port(word: &str) -> bool {
    if word.contains(['$', '"', '\'', '\\', '`', ':']) {
        return false;
    }
    let (ports, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let is_range = match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) => first <= last,
        _ => false,
    };
    let protocols = ["", "tcp", "udp", "sctp"];
    !is_range || !protocols.iter().any(|known| protocol.eq_ignore_ascii_case(known))
}
