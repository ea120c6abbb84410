//! Texts with placeholders for a member: `ghcr.io/acme/workspace-template-{slug}`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Member;
use crate::source::typed::nearest;

/// A text with placeholders: `{slug}`, `{snake_case}`, `{repository}`, `{owner}` and, if the fleet has images,
/// `{image}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

const PLACEHOLDERS: [&str; 5] = ["slug", "snake_case", "repository", "owner", "image"];

impl Pattern {
    /// Creates a pattern; [`Pattern::check`] validates it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has a placeholder of this name.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        self.parts().any(|part| part == Part::Placeholder(name))
    }

    /// Validates the pattern; an error is a message and a hint.
    ///
    /// # Errors
    /// For an unknown placeholder or an unbalanced brace.
    pub fn check(&self) -> Result<(), (String, String)> {
        for part in self.parts() {
            match part {
                Part::Literal(text) if text.contains(['{', '}']) => {
                    let message = format!("`{}` has a brace without its partner", self.0);
                    return Err((message, "write a placeholder as `{slug}`".to_owned()));
                }
                Part::Placeholder(name) if !PLACEHOLDERS.contains(&name) => {
                    let hint = match nearest(name, PLACEHOLDERS) {
                        Some(meant) => format!("did you mean `{{{meant}}}`?"),
                        None => format!("the placeholders are {{{}}}", PLACEHOLDERS.join("}, {")),
                    };
                    return Err((format!("unknown placeholder `{{{name}}}`"), hint));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Renders the text for a member. `image` is the name of its image, if any.
    #[must_use]
    pub fn render(&self, member: &Member, image: Option<&str>) -> String {
        let snake = member.slug.replace('-', "_");
        self.parts()
            .map(|part| match part {
                Part::Literal(text) => text,
                Part::Placeholder("slug") => &member.slug,
                Part::Placeholder("snake_case") => &snake,
                Part::Placeholder("repository") => &member.repository.name,
                Part::Placeholder("owner") => &member.repository.owner,
                Part::Placeholder("image") => image.unwrap_or_default(),
                Part::Placeholder(_) => "",
            })
            .collect()
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            if let Some(inner) = rest.strip_prefix('{')
                && let Some((name, after)) = inner.split_once('}')
                && !name.contains('{')
            {
                rest = after;
                return Some(Part::Placeholder(name));
            }
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest.get(first..).and_then(|tail| tail.find('{')).map(|at| at + first);
            let (literal, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            Some(Part::Literal(literal))
        })
    }
}

#[derive(PartialEq)]
enum Part<'a> {
    Literal(&'a str),
    Placeholder(&'a str),
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A text with placeholders: {slug}, {snake_case}, {repository}, {owner}, {image}",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::RepositoryName;

    fn member() -> Member {
        Member {
            slug: "claude-code".to_owned(),
            repository: RepositoryName::new("acme", "template-claude-code"),
            ..Member::default()
        }
    }

    #[test]
    fn placeholders_are_replaced_and_all_else_is_kept() {
        let render = |text: &str| Pattern::new(text).render(&member(), Some("ghcr.io/x"));
        assert_eq!(render("{slug}-default"), "claude-code-default");
        assert_eq!(render("é{snake_case}{slug}é"), "éclaude_codeclaude-codeé");
        assert_eq!(render("{image}:latest"), "ghcr.io/x:latest");
        assert_eq!(render("{owner}/{repository}"), "acme/template-claude-code");
        assert_eq!(render(""), "");
    }

    #[test]
    fn what_is_not_sound_says_what_was_meant() {
        let check = |text: &str| Pattern::new(text).check();
        assert_eq!(check("a/{slug}"), Ok(()));
        assert_eq!(
            check("{slg}"),
            Err(("unknown placeholder `{slg}`".to_owned(), "did you mean `{slug}`?".to_owned()))
        );
        assert!(check("{slug").is_err());
        assert!(check("slug}").is_err());
        assert!(check("{{slug}}").is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn a_text_without_braces_is_itself(text in "[^{}]{0,20}") {
            proptest::prop_assert_eq!(Pattern::new(&*text).render(&member(), None), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[{}é slug]{0,20}") {
            let pattern = Pattern::new(text);
            let _ = pattern.check();
            let _ = pattern.render(&member(), None);
        }
    }
}
