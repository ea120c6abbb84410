//! Checks the syntax of environment markers, after the `;` of a requirement (PEP 508, "Environment
//! Markers"), as pip does. Evaluating them is up to installers.

use std::sync::LazyLock;

use regex::Regex;

/// A token: a variable (dotted in forms older than PEP 508) or string, an operator, a word between
/// comparisons, or a bracket.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let variables = "python_version|python_full_version|os_name|os\\.name|sys_platform|sys\\.platform|platform_(?:release|system|version|machine|python_implementation)|platform\\.(?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups";
    let token = format!(
        r#"^\s*(?:(?P<value>(?:{variables})\b|'[^']*'|"[^"]*")|(?P<operator>===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b)|(?P<join>and\b|or\b)|(?P<open>\()|(?P<close>\)))"#
    );
    Regex::new(&token).ok()
});

/// Whether a text is a valid marker.
#[must_use]
pub fn is_marker(text: &str) -> bool {
    let Some(token) = TOKEN.as_ref() else { return true };
    // The state is what may come next: the first value of a comparison, its operator, its second
    // value, or a joining word.
    let (mut state, mut depth, mut rest) = (State::First, 0_usize, text);
    while !rest.trim().is_empty() {
        let Some(found) = token.captures(rest) else { return false };
        let is = |name: &str| found.name(name).is_some();
        state = match state {
            State::First if is("open") => {
                depth += 1;
                State::First
            }
            State::First if is("value") => State::Operator,
            State::Operator if is("operator") => State::Second,
            State::Second if is("value") => State::Join,
            State::Join if is("join") => State::First,
            State::Join if is("close") && depth > 0 => {
                depth -= 1;
                State::Join
            }
            _ => return false,
        };
        rest = found.get(0).and_then(|whole| rest.get(whole.end()..)).unwrap_or_default();
    }
    matches!(state, State::Join) && depth == 0
}

/// The position of the reader within a marker.
#[derive(Clone, Copy)]
enum State {
    First,
    Operator,
    Second,
    Join,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read_as_pip_reads_them() {
        for fine in [
            "python_version < '3.12'",
            "python_version<\"3.12\" and sys_platform == 'linux'",
            "(os_name == 'nt' or extra == 'test') and python_full_version != '3.11.*'",
            "'linux' in sys_platform",
            "platform_machine not in 'x86_64 AMD64'",
            "os.name == 'posix'",
            "extra == \"x\" and (os_name=='nt' or sys_platform != 'win32')",
            "python_full_version ~= '3.11.0' or extra==''",
        ] {
            assert!(is_marker(fine), "{fine}");
        }
        for wrong in [
            "",
            "rm -rf /",
            "python < '3'",
            "extra == x",
            "extra == 'x",
            "extra == 'x' os_name == 'nt'",
            "python_version",
            "python_version < 3.12",
            "python_version < '3.12' and",
            "(os_name == 'nt'",
            "os_name == 'nt')",
            "osname == 'nt'",
            "os_name = 'nt'",
        ] {
            assert!(!is_marker(wrong), "{wrong}");
        }
    }
}
