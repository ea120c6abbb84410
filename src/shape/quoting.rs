//! Expressions that quote their value for a language, and where they may be: only where the value is the whole of what the
//! language reads there. Text that is joined to one would be outside of the quotes.

/// The filters whose result is whole: nothing may be joined to it. In a shell and in a Dockerfile a word may go on behind its
/// quotes, and `comment` yields a part of a line.
const WHOLE: [&str; 4] = ["py", "yaml", "toml", "json"];

/// A text, and what is around it on both sides.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'t> {
    /// What is before it.
    pub before: &'t str,
    /// The text.
    pub text: &'t str,
    /// What follows it.
    pub after: &'t str,
}

impl<'t> Piece<'t> {
    /// Creates a piece without anything around it.
    #[must_use]
    pub fn alone(text: &'t str) -> Self {
        Self { before: "", text, after: "" }
    }

    /// What is before and after a part of the text, up to the ends of its line.
    fn around(&self, start: usize, end: usize) -> (String, String) {
        let before = self.text.get(..start).unwrap_or_default();
        let after = self.text.get(end..).unwrap_or_default();
        let line = |text: &str| text.rsplit('\n').next().unwrap_or_default().to_owned();
        let rest = |text: &str| text.split(['\n', '\r']).next().unwrap_or_default().to_owned();
        (line(&format!("{}{before}", self.before)), rest(&format!("{after}{}", self.after)))
    }

    /// Whether a part of the text is all that the language of a filter reads there as one value.
    #[must_use]
    pub fn is_whole(&self, part: &std::ops::Range<usize>, filter: &str) -> bool {
        let (before, after) = self.around(part.start, part.end);
        is_begun(&before, filter) && is_ended(&after, filter)
    }
}

/// Returns the filter that quotes the value of an expression, if its last one does: `toml` of `slug | toml`.
#[must_use]
pub(super) fn filter_of(expression: &str) -> Option<&'static str> {
    let (_, last) = expression.rsplit_once('|')?;
    let last = last.split('(').next().unwrap_or(last).trim();
    WHOLE.into_iter().find(|filter| *filter == last)
}

/// Returns an expression without the filters that quote its value: `slug` of `slug | toml`.
#[must_use]
pub(super) fn bare(expression: &str) -> &str {
    let mut bare = expression.trim();
    while let (Some(_), Some((before, _))) = (filter_of(bare), bare.rsplit_once('|')) {
        bare = before.trim_end();
    }
    bare
}

/// Returns the filter that writes a string in double quotes in the language of a file.
#[must_use]
pub(super) fn double_quoting(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "toml" => Some("toml"),
        // A string of JSON means the same in YAML. The filter `yaml` leaves the quotes out where it can.
        "json" | "yaml" | "yml" => Some("json"),
        "py" => Some("py"),
        _ => None,
    }
}

/// Whether a value may begin behind this part of a line.
fn is_begun(line: &str, filter: &str) -> bool {
    let head = line.trim_end_matches([' ', '\t']);
    let is_apart = head.len() < line.len() || head.is_empty();
    let is_item = head.trim_matches([' ', '\t', '-']).is_empty();
    let is_value = head.ends_with(['=', ':', ',', '[', '{', '(']);
    match filter {
        "yaml" => is_apart && (is_item || is_value) || head.ends_with(['[', '{', ',']),
        "py" => is_item || is_value || head.ends_with("return"),
        "toml" => is_item || is_value || head.ends_with('.'),
        _ => is_item || is_value,
    }
}

/// Whether a value may end before this part of a line.
fn is_ended(line: &str, filter: &str) -> bool {
    let tail = line.trim_start_matches([' ', '\t']);
    let is_apart = tail.len() < line.len();
    if tail.is_empty() || tail.starts_with([',', ']', '}', ')']) {
        return true;
    }
    match filter {
        // `a:80` is one word of YAML, unlike `a: 80`.
        "yaml" => {
            is_apart && tail.starts_with('#')
                || tail
                    .strip_prefix(':')
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        }
        "toml" => tail.starts_with(['#', '=', '.']),
        _ => tail.starts_with(['#', ':']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_whole(text: &str, part: &str, filter: &str) -> bool {
        let start = text.find(part).expect("it is there");
        Piece::alone(text).is_whole(&(start..start + part.len()), filter)
    }

    #[test]
    fn a_value_is_whole_where_nothing_is_joined_to_it() {
        for (text, part, filter) in [
            ("name = \"aa\"\n", "\"aa\"", "toml"),
            ("a = [ \"aa\", \"b\" ] # c\n", "\"aa\"", "toml"),
            ("service: aa\n", "aa", "yaml"),
            ("service: aa # ours\n", "aa", "yaml"),
            ("x:\n  - aa\n", "aa", "yaml"),
            ("x: [aa, b]\n", "aa", "yaml"),
            ("aa: 1\n", "aa", "yaml"),
            ("{\"name\": \"aa\"}", "\"aa\"", "json"),
            ("    return \"aa\"\n", "\"aa\"", "py"),
            ("\"aa\".b = 1\n", "\"aa\"", "toml"),
        ] {
            assert!(is_whole(text, part, filter), "{text}");
        }
        for (text, part, filter) in [
            ("service: aa-x\n", "aa", "yaml"),
            ("service: x-aa\n", "aa", "yaml"),
            ("service: x aa\n", "aa", "yaml"),
            ("service: aa b\n", "aa", "yaml"),
            ("service: aa:80\n", "aa", "yaml"),
            ("service:aa\n", "aa", "yaml"),
            ("run: echo \"aa\"\n", "\"aa\"", "json"),
        ] {
            assert!(!is_whole(text, part, filter), "{text}");
        }
    }

    #[test]
    fn the_filter_of_an_expression_is_its_last() {
        assert_eq!(filter_of("slug | upper | toml"), Some("toml"));
        assert_eq!(filter_of("slug | upper"), None);
        assert_eq!(filter_of("slug"), None);
        assert_eq!(filter_of("slug | comment"), None);
        assert_eq!(filter_of("slug | sh"), None);
        assert_eq!(bare(" slug | upper | toml "), "slug | upper");
        assert_eq!(bare("slug|yaml"), "slug");
    }
}
