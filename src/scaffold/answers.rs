//! The answers file: what a person would type in the wizard, written down.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::manifest::Visibility;
use crate::shape::manifest::ValueForm;

use super::{Ground, Subject, Typed};

/// The newest number of the `schema` key.
pub const SCHEMA: u32 = 1;

/// Answers to the questions of `shipshape new`. What is left out is asked, or derived under `--defaults`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnswersFile {
    /// Version of this format; 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// The kind of the new member, in a fleet with several.
    pub kind: Option<String>,
    /// Its short name, lowercase and hyphenated.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: Option<String>,
    /// Its repository, `name` or `owner/name`; by default the kind's prefix and the slug.
    pub repository: Option<String>,
    /// The profile of the shape that it follows; empty for none.
    pub profile: Option<String>,
    /// Who owns it: a team or a person.
    pub owner: Option<String>,
    /// Who can see the repository.
    pub visibility: Option<Visibility>,
    /// What the forge says that it is.
    pub description: Option<String>,
    /// Other names that the member is known by.
    pub aliases: Vec<String>,
    /// Values of the shape's variables. A list stands for words or lines.
    pub variables: BTreeMap<String, AnswerValue>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

/// A value: a text, or a list of words or lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AnswerValue {
    /// A text.
    Text(String),
    /// Words or lines.
    List(Vec<String>),
}

impl AnswersFile {
    /// What the file says, as if it had been typed.
    #[must_use]
    pub fn typed(&self, ground: &Ground) -> Typed {
        let mut typed = Typed::new();
        let visibility = self.visibility.map(|it| it.as_str().to_owned());
        let said = [
            (Subject::Slug, &self.slug),
            (Subject::Repository, &self.repository),
            (Subject::Profile, &self.profile),
            (Subject::Owner, &self.owner),
            (Subject::Visibility, &visibility),
            (Subject::Description, &self.description),
        ];
        for (subject, value) in said {
            typed.extend(value.clone().map(|value| (subject, value)));
        }
        let form = |name: &str| {
            let variables = &ground.pack.manifest.variables;
            variables.iter().find(|(known, _)| known == name).map(|(_, it)| it.form)
        };
        for (name, value) in &self.variables {
            let value = match value {
                AnswerValue::Text(text) => text.trim_end_matches('\n').to_owned(),
                AnswerValue::List(items) if form(name) == Some(ValueForm::Words) => items.join(" "),
                AnswerValue::List(items) => items.join("\n"),
            };
            typed.insert(Subject::Variable(name.clone()), value);
        }
        typed
    }
}
