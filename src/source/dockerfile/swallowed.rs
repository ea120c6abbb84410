//! Instructions that a `\` above makes a part of the instruction before them.
//!
//! Docker builds such a file, or stops at whatever the longer instruction then does; it never carries out what was
//! meant. What is in quotes is left alone, and so is a line that is indented more than its instruction: there, a name
//! in capitals may be an argument.

use super::evaluate::INSTRUCTIONS;

/// The quote that is open at the end of what was read of an instruction.
pub(super) struct Quotes {
    escape: char,
    open: Option<char>,
}

impl Quotes {
    pub(super) fn new(escape: char) -> Self {
        Self { escape, open: None }
    }

    /// Reads the next line, without the escape that continues it.
    pub(super) fn read(&mut self, line: &str) {
        let mut escaped = false;
        for character in line.chars() {
            match self.open {
                _ if escaped => escaped = false,
                Some('\'') if character != '\'' => {}
                _ if character == self.escape => escaped = true,
                Some(open) if character == open => self.open = None,
                None if matches!(character, '"' | '\'') => self.open = Some(character),
                _ => {}
            }
        }
    }

    /// The instruction that a line would begin if it did not continue the one read so far, of which `joined` is the text
    /// and `indentation` the width of what precedes it.
    pub(super) fn swallowed(
        &self,
        joined: &str,
        indentation: usize,
        line: &str,
    ) -> Option<&'static str> {
        let content = line.trim_start();
        if self.open.is_some() || line.len() - content.len() > indentation {
            return None;
        }
        let begins = |name: &&&str| {
            content.strip_prefix(**name).is_some_and(|rest| rest.starts_with([' ', '\t']))
        };
        let keyword = *INSTRUCTIONS.iter().find(begins)?;
        let mut words = joined.split_whitespace();
        let first = words.next().unwrap_or_default();
        let may_follow = match first.to_ascii_uppercase().as_str() {
            "HEALTHCHECK" => {
                keyword == "CMD" && !words.any(|word| word.eq_ignore_ascii_case("CMD"))
            }
            "ONBUILD" => words.next().is_none(),
            _ => false,
        };
        (!may_follow).then_some(keyword)
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Text;
    use crate::source::dockerfile::Dockerfile;

    fn refused(body: &str) -> Option<String> {
        let text = Text::new(&format!("FROM a\n{body}\n"));
        let error = Dockerfile::parse(&text).err()?;
        Some(format!("{}: {}", text.position(error.span.start).line, error.message))
    }

    #[test]
    fn an_instruction_behind_a_backslash_is_none() {
        let swallowed = |keyword: &str, by: &str| {
            format!("`{keyword}` begins no instruction here: a `\\` above continues the {by}")
        };
        for (body, line, keyword, by) in [
            ("RUN apt-get install -y git \\\n\nWORKDIR /app", 4, "WORKDIR", "RUN"),
            ("run pip install a \\ \nLABEL a=b", 3, "LABEL", "RUN"),
            ("ENV A=1 \\\n  B=2 \\\nCOPY\ta b", 4, "COPY", "ENV"),
            ("LABEL a='b c' \\\n# meant to end\nRUN x", 4, "RUN", "LABEL"),
            ("HEALTHCHECK CMD a \\\nCMD [\"b\"]", 3, "CMD", "HEALTHCHECK"),
            ("  RUN a \\\n  RUN b", 3, "RUN", "RUN"),
        ] {
            let wanted = format!("{line}: {}", swallowed(keyword, by));
            assert_eq!(refused(body), Some(wanted), "{body}");
        }
        let windows = Text::new("# escape=`\nFROM a\nRUN dir C:\\ `\nRUN x\n");
        assert!(Dockerfile::parse(&windows).is_err());
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for body in [
            "RUN printf 'a \\\nFROM b' \\\n  && true",
            "RUN psql -c \"SELECT 1 \\\nFROM t\"",
            "RUN a \\\n  USER b",
            "RUN a \\\n&& b",
            "RUN a \\\nRUNNER=1",
            "RUN a \\\nrun b",
            "HEALTHCHECK --interval=5m \\\nCMD curl -f localhost",
            "ONBUILD \\\nRUN x",
            "RUN <<E\na \\\nCOPY b c\nE",
            "# a \\\nRUN x",
            "RUN a \\\\\nWORKDIR /app",
        ] {
            assert_eq!(refused(body), None, "{body}");
        }
    }
}
