//! Environment markers of PEP 508: whether a text is one. What it says is for installers.

/// Names that a marker may ask for; the first ones stand in PEP 508, those with dots came before it.
const VARIABLES: [&str; 20] = [
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
    "extras",
    "dependency_groups",
    "os.name",
    "sys.platform",
    "platform.version",
    "platform.machine",
    "platform.python_implementation",
    "python_implementation",
];

/// Markers nested deeper than this are refused.
const MAX_DEPTH: usize = 50;

/// Whether a text is a marker.
pub(super) fn is_marker(text: &str) -> bool {
    let mut reader = Reader { rest: text.trim_start() };
    reader.or(0).is_some() && reader.rest.is_empty()
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn or(&mut self, depth: usize) -> Option<()> {
        self.and(depth)?;
        while self.word("or") {
            self.and(depth)?;
        }
        Some(())
    }

    fn and(&mut self, depth: usize) -> Option<()> {
        self.comparison(depth)?;
        while self.word("and") {
            self.comparison(depth)?;
        }
        Some(())
    }

    fn comparison(&mut self, depth: usize) -> Option<()> {
        if self.sign("(") {
            if depth >= MAX_DEPTH {
                return None;
            }
            self.or(depth + 1)?;
            return self.sign(")").then_some(());
        }
        self.value()?;
        let signs = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
        let operator = signs.into_iter().any(|sign| self.sign(sign))
            || self.word("in")
            || (self.word("not") && self.word("in"));
        if operator { self.value() } else { None }
    }

    fn value(&mut self) -> Option<()> {
        let quote = self.rest.chars().next()?;
        if matches!(quote, '"' | '\'') {
            let inner = self.rest.get(1..)?;
            let end = inner.find(quote)?;
            self.rest = inner.get(end + 1..)?.trim_start();
            return Some(());
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.trim_start();
        VARIABLES.contains(&name).then_some(())
    }

    fn sign(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn word(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_told_from_other_texts() {
        for text in [
            "python_version < '3.11'",
            "extra == \"x\" and (os_name=='nt' or sys_platform != 'win32')",
            "'linux' in sys_platform",
            "platform_machine not in 'a b'",
            "python_full_version ~= '3.11.0' or extra==''",
        ] {
            assert!(is_marker(text), "{text}");
        }
        for text in [
            "",
            "python_version",
            "python < '3'",
            "extra == x",
            "extra == 'x",
            "(extra == 'x'",
            "extra == 'x' and",
            "extra = 'x'",
            "extra == 'x' os_name == 'nt'",
        ] {
            assert!(!is_marker(text), "{text}");
        }
        let deep = format!("{}extra == 'x'{}", "(".repeat(60), ")".repeat(60));
        assert!(!is_marker(&deep));
    }
}
