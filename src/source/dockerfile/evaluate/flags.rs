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

/// Refuses a flag that an instruction does not take.
pub(super) fn check(keyword: &str, flags: &[Flag]) -> Result<(), SyntaxError> {
    let Some(known) = flags_of(keyword) else { return Ok(()) };
    let Some(flag) = flags.iter().find(|flag| !known.contains(&flag.name.as_str())) else {
        return Ok(());
    };
    let mut message = format!("{keyword} takes no flag `--{}`", shortened(&flag.name));
    if let Some(meant) = nearest(&flag.name, known.iter().copied()) {
        message.push_str(&format!(", did you mean `--{meant}`?"));
    }
    Err(SyntaxError::new(flag.span, message))
}
