//! Answers given in advance, in a file or with command line options.

use std::collections::BTreeMap;

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::manifest::Visibility;
use crate::shape::manifest::ValueForm;

use super::{ChosenKind, Subject, Typed};

/// The current version of the format, for the `schema` key.
pub const SCHEMA: u32 = 1;

/// Answers to the questions of `shipshape new`. Missing ones are asked for, or derived under `--defaults`.
#[derive(Args, Clone, Debug, Default, Deserialize, JsonSchema)]
#[command(next_help_heading = "Answers")]
#[serde(default, deny_unknown_fields)]
pub struct AnswersFile {
    /// Version of this format: 1.
    #[arg(skip)]
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Short name: lowercase words with single hyphens, such as `claude-code`.
    #[arg(value_name = "NAME", help_heading = "Arguments")]
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: Option<String>,
    /// Values of the shape's variables. A list gives words or lines.
    #[arg(skip)]
    pub variables: BTreeMap<String, AnswerValue>,
    /// Kind of the new member, in a fleet with several kinds.
    #[arg(long, value_name = "NAME")]
    pub kind: Option<String>,
    /// Name of the repository, `name` or `owner/name`. Default: the kind's prefix and the short name.
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// Profile of the shape. Empty for none.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Owner: a team or a person.
    #[arg(long, value_name = "TEAM")]
    pub owner: Option<String>,
    /// Visibility of the repository. Default: what fleet.yaml says, otherwise `private`. The visibility of an
    /// existing repository is never widened.
    #[arg(long, value_enum, value_name = "WHO")]
    pub visibility: Option<Visibility>,
    /// Description of the repository on the forge.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Other names of the member.
    #[arg(
        long = "alias",
        value_name = "NAME",
        help = "Another name that the member is known by; may be given again"
    )]
    pub aliases: Vec<String>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

/// A value: one text, or a list of words or lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AnswerValue {
    /// A text.
    Text(String),
    /// Words or lines.
    List(Vec<String>),
}

impl AnswersFile {
    /// Returns the answer on a subject, if given, with a variable's in the form that the shape defines.
    #[must_use]
    pub fn on(&self, subject: &Subject, chosen: &ChosenKind) -> Option<String> {
        match subject {
            Subject::Slug => self.slug.clone(),
            Subject::Repository => self.repository.clone(),
            Subject::Variable(name) => self.variables.get(name).map(|it| it.written(name, chosen)),
            Subject::Profile => self.profile.clone(),
            Subject::Owner => self.owner.clone(),
            Subject::Visibility => self.visibility.map(|it| it.as_str().to_owned()),
            Subject::Description => self.description.clone(),
        }
    }

    /// Returns all answers, as if they had been typed.
    #[must_use]
    pub fn typed(&self, chosen: &ChosenKind) -> Typed {
        let variables = self.variables.keys().cloned().map(Subject::Variable);
        let subjects = Subject::FIXED.into_iter().chain(variables);
        subjects.filter_map(|subject| Some((subject.clone(), self.on(&subject, chosen)?))).collect()
    }
}

impl AnswerValue {
    fn written(&self, name: &str, chosen: &ChosenKind) -> String {
        let variables = &chosen.pack.manifest.variables;
        let form = variables.iter().find(|(known, _)| known == name).map(|(_, it)| it.form);
        match self {
            Self::Text(text) => text.trim_end_matches('\n').to_owned(),
            Self::List(items) if form == Some(ValueForm::Words) => items.join(" "),
            Self::List(items) => items.join("\n"),
        }
    }
}
