//! Renders the pack's templates with a repository's values.
//!
//! Only the pack's own text, in files ending in `.tera`, is ever a template: values, which may come from a repository,
//! are data. Autoescape is off because the languages rendered here have different escapes; a template applies its
//! language's filter to each value.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use tera::{Context, Tera, Value};

use crate::source::typed::nearest;
use crate::source::yaml::quote_scalar;

use super::template;
use super::template_names::{self, Unknown, Unquoted};
use super::variables::{STARTER, Variables, expression_of};

/// Compiled templates, by name.
pub struct Templates {
    tera: Tera,
}

/// Why a template does not render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RenderError(pub String);

impl Templates {
    /// Compiles templates.
    ///
    /// # Errors
    /// When one is not a valid template; the message names it.
    pub fn compile<'a>(
        sources: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, RenderError> {
        let mut tera = template::engine();
        tera.autoescape_on(Vec::new());
        register_filters(&mut tera);
        template::add(&mut tera, sources).map_err(|error| RenderError(template::why(&error)))?;
        Ok(Self { tera })
    }

    /// Returns the names that are neither values nor known to the engine; `is_known` says whether a value exists.
    #[must_use]
    pub fn unknown_names(&self, is_known: &dyn Fn(&str) -> bool) -> Vec<Unknown> {
        template_names::unknown(&self.tera, is_known)
    }

    /// Returns the names of the values that a template uses, and of those that it sets itself; `None` if it may use any.
    pub(super) fn values_of(&self, name: &str) -> Option<BTreeSet<String>> {
        template_names::values(&self.tera, name)
    }

    /// Returns the names of the values that any of the templates uses; `None` if one may use any.
    pub(super) fn all_values(&self) -> Option<BTreeSet<String>> {
        let used: Option<Vec<_>> =
            self.tera.get_template_names().map(|name| self.values_of(name)).collect();
        Some(used?.into_iter().flatten().collect())
    }

    /// Returns the values that a template writes without the filter of a language.
    pub(super) fn unquoted(&self, name: &str) -> Unquoted {
        let quotes = |filter: &str| {
            filter == "json_encode" || FILTERS.iter().any(|(known, _)| *known == filter)
        };
        template_names::unquoted(&self.tera, name, &quotes)
    }

    /// Returns the filter that was probably meant. The filter of another language never is.
    #[must_use]
    pub fn filter_meant(name: &str) -> Option<&'static str> {
        if LANGUAGES_WITHOUT.contains(&name) {
            return None;
        }
        nearest(name, template_names::FILTERS.into_iter().chain(FILTERS.map(|(name, _)| name)))
    }

    /// Returns the filters that do not quote, for messages.
    pub(super) fn other_filters() -> String {
        let named = FILTERS.map(|(name, _)| name).into_iter().chain(template_names::FILTERS);
        let named = named.map(|name| format!("`{name}`"));
        named.filter(|name| !QUOTING.contains(name.as_str())).collect::<Vec<_>>().join(", ")
    }

    /// Whether a template can name a value so: `my-team` would be a difference to it.
    pub(super) fn can_name(name: &str) -> bool {
        let expression = format!("{{{{ {name} }}}}");
        let compiled = Self::compile([("it", expression.as_str())]).ok();
        compiled
            .and_then(|it| it.values_of("it"))
            .is_some_and(|used| used.len() == 1 && used.contains(name))
    }

    /// Renders a template.
    ///
    /// # Errors
    /// When it uses a name without a value, or a filter refuses one.
    pub fn render(&self, name: &str, values: &Variables) -> Result<String, RenderError> {
        let mut context = Context::new();
        for (name, value) in values.iter() {
            context.insert(name, value);
        }
        context.insert(STARTER, &values.starter);
        self.tera.render(name, &context).map_err(|error| {
            let why = template::why(&error);
            RenderError(match expression_of(name) {
                // Its name among the templates is our own.
                Some(expression) => why.replace(&format!("'{name}'"), &expression),
                None => why,
            })
        })
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.tera.get_template_names()).finish()
    }
}

/// Quotes a value for a language, or says why the language cannot represent it.
type Quote = fn(&str) -> Result<String, String>;

/// Languages that somebody may look for a filter of, in vain.
const LANGUAGES_WITHOUT: [&str; 15] = [
    "css", "go", "hcl", "html", "ini", "js", "md", "rb", "rs", "rust", "sql", "swift", "tf", "ts",
    "xml",
];

/// The filters that quote a value for a language, for messages.
pub(super) const QUOTING: &str = "`py`, `yaml`, `toml`, `json`, `sh`, `docker` and `comment`";

/// Filters in addition to Tera's own.
const FILTERS: [(&str, Quote); 10] = [
    ("py", |text| Ok(python_string(text))),
    ("yaml", |text| Ok(quote_scalar(text).into_owned())),
    ("toml", |text| Ok(toml_string(text))),
    ("json", |text| Ok(json_string(text))),
    ("sh", |text| shell_word(text)),
    ("docker", docker_word),
    ("comment", |text| Ok(one_line(text))),
    ("pascal_case", |text| Ok(pascal_case(text))),
    ("snake_case", |text| Ok(words(text).join("_"))),
    ("title_case", |text| Ok(title_case(text))),
];

fn register_filters(tera: &mut Tera) {
    for (name, filter) in FILTERS {
        tera.register_filter(name, move |value: &Value, _: &HashMap<String, Value>| {
            let text = value
                .as_str()
                .ok_or_else(|| tera::Error::msg(format!("`{name}` takes text, not {value}")))?;
            filter(text).map(Value::String).map_err(tera::Error::msg)
        });
    }
}

/// Returns a quoted Python string literal.
fn python_string(text: &str) -> String {
    double_quoted(text, |hidden| format!("\\U{:08x}", u32::from(hidden)))
}

/// Returns a basic string of TOML 1.0, on one line.
fn toml_string(text: &str) -> String {
    json_string(text)
}

/// Returns a JSON string. Hidden characters are below U+10000, so that four digits suffice.
fn json_string(text: &str) -> String {
    double_quoted(text, |hidden| format!("\\u{:04x}", u32::from(hidden)))
}

/// Returns a double-quoted string on one line, with the escapes that Python, JSON and TOML share, and those of a language
/// for characters that nobody would see.
fn double_quoted(text: &str, escape: fn(char) -> String) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            hidden if is_hidden(hidden) => literal.push_str(&escape(hidden)),
            plain => literal.push(plain),
        }
    }
    literal.push('"');
    literal
}

/// Returns a single-quoted POSIX shell word.
fn shell_word(text: &str) -> Result<String, String> {
    if text.contains('\0') {
        return Err("a shell word cannot contain a NUL".to_owned());
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Returns a double-quoted word of a Dockerfile instruction. It cannot contain a line end, which would end the
/// instruction.
fn docker_word(text: &str) -> Result<String, String> {
    if text.chars().any(|character| character.is_control()) {
        return Err("a word of a Dockerfile cannot contain control characters".to_owned());
    }
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$");
    Ok(format!("\"{escaped}\""))
}

/// Returns a text safe for a comment: one line, without hidden characters.
fn one_line(text: &str) -> String {
    let visible = text.chars().map(|character| if is_hidden(character) { ' ' } else { character });
    visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is a control character, or one that reorders or hides text (Unicode TR 36, CVE-2021-42574).
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

fn pascal_case(text: &str) -> String {
    words(text).iter().map(|word| capitalized(word)).collect()
}

fn title_case(text: &str) -> String {
    words(text).iter().map(|word| capitalized(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shape::variables::default_template;

    fn rendered(template: &str, value: &str) -> Result<String, RenderError> {
        let templates = Templates::compile([("it", template)])?;
        let mut values = Variables::default();
        values.insert("value", value);
        templates.render("it", &values)
    }

    #[test]
    fn values_are_never_templates() {
        let rendered = rendered("{{ value }}", "{{ secret }}${{ secrets.X }}");
        assert_eq!(rendered.as_deref(), Ok("{{ secret }}${{ secrets.X }}"));
    }

    #[test]
    fn no_value_breaks_out_of_its_language() {
        let hostile = "a\"b'c\\d$(e)${f}`g`";
        assert_eq!(
            rendered("{{ value | py }}", hostile).as_deref(),
            Ok(r#""a\"b'c\\d$(e)${f}`g`""#)
        );
        assert_eq!(
            rendered("{{ value | sh }}", hostile).as_deref(),
            Ok(r#"'a"b'\''c\d$(e)${f}`g`'"#)
        );
        assert_eq!(
            rendered("{{ value | docker }}", hostile).as_deref(),
            Ok(r#""a\"b'c\\d\$(e)\${f}`g`""#)
        );
        for filter in ["toml", "json"] {
            assert_eq!(
                rendered(&format!("{{{{ value | {filter} }}}}"), hostile).as_deref(),
                Ok(r#""a\"b'c\\d$(e)${f}`g`""#)
            );
        }
        assert!(rendered("{{ value | docker }}", "x\nRUN evil").is_err());
        assert_eq!(
            rendered("# {{ value | comment }}", "x\nRUN evil\u{202e}").as_deref(),
            Ok("# x RUN evil")
        );
        assert_eq!(
            rendered("{{ value | py }}", "a\nb\u{202e}").as_deref(),
            Ok(r#""a\nb\U0000202e""#)
        );
    }

    #[test]
    fn slugs_become_names() {
        assert_eq!(
            rendered("{{ value | pascal_case }}", "claude-code").as_deref(),
            Ok("ClaudeCode")
        );
        assert_eq!(
            rendered("{{ value | snake_case }}", "claude-code").as_deref(),
            Ok("claude_code")
        );
        assert_eq!(
            rendered("{{ value | title_case }}", "claude-code").as_deref(),
            Ok("Claude Code")
        );
    }

    #[test]
    fn no_language_is_taken_for_another() {
        for (name, meant) in [
            ("tmol", Some("toml")),
            ("jsn", Some("json")),
            ("ymal", Some("yaml")),
            ("hcl", None),
            ("xml", None),
            ("js", None),
        ] {
            assert_eq!(Templates::filter_meant(name), meant, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_an_expression_cannot_be_that_of_a_value() {
        for (name, can) in [
            ("team", true),
            ("_my_Team2", true),
            ("my-team", false),
            ("my.team", false),
            ("2team", false),
            ("my team", false),
            ("team | upper", false),
            (" team", false),
            ("team }}{{ team", false),
            ("true_team", false),
            ("\"team\"", false),
            ("", false),
            ("__tera_context", false),
        ] {
            assert_eq!(Templates::can_name(name), can, "{name}");
        }
    }

    #[test]
    fn an_expression_is_named_in_words_where_it_does_not_render() {
        let name = default_template("one");
        let templates = Templates::compile([(name.as_str(), "{{ two }}")]).expect("it compiles");
        let error = templates.render(&name, &Variables::default()).expect_err("no value");
        assert!(error.0.ends_with("while rendering the default of `one`"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        /// Whatever a value holds, a reader of the language gets it back.
        #[test]
        fn quoted_values_are_read_back(value in "\\PC{0,12}|[\"'\\\\$#\\[\\]{}\n\r\t\u{0}\u{8}\u{7f}\u{85}\u{202e}\u{feff}\u{10ffff}]{0,12}") {
            let json = rendered("{{ value | json }}", &value).map_err(|error| error.0);
            let read = json.map(|json| serde_json::from_str::<String>(&json).ok());
            prop_assert_eq!(read, Ok(Some(value.clone())));
            let toml = rendered("key = {{ value | toml }}", &value).map_err(|error| error.0);
            let read = toml.map(|toml| {
                let document = toml_edit::Document::parse(toml.as_str()).ok()?;
                document.get("key")?.as_str().map(str::to_owned)
            });
            prop_assert_eq!(read, Ok(Some(value)));
        }
    }

    #[test]
    fn an_unknown_name_is_said_plainly() {
        let error = rendered("{{ nothing }}", "x").expect_err("unknown name");
        assert!(error.0.contains("nothing"), "{error}");
    }
}
