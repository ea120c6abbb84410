//! The help of findings whose fix `fix` does not make here.

/// Whether a help says to run `fix`, with or without options.
fn names_fix(help: &str) -> bool {
    ["`shipshape fix", "`fix "].iter().any(|named| help.contains(named))
}

/// Returns what to say where `fix` does not do it: why, after the help as it was unless that promises `fix`.
pub(super) fn without_fix(help: Option<String>, why: &str) -> String {
    match help.filter(|help| !names_fix(help)) {
        Some(help) => format!("{help}; {why}"),
        None => why.to_owned(),
    }
}
