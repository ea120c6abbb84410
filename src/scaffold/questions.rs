//! The questions about a new repository, as data.
//!
//! Most are no questions of this room: each variable of the shape is one ([`Subject::Variable`]), with the description,
//! the example and the closed list that shape.yaml has. Its own ([`Subject::FIXED`]) are of any shape: the slug, the
//! repository, the profile, the owner, the visibility and the description.
//!
//! A later default may follow from an earlier answer. The wizard, the flags and the answers file all use these
//! questions.

use crate::fleet::manifest::{Kind, Visibility};
use crate::shape::manifest::{ValueForm, Variable};

use super::ChosenKind;
use super::slug::{Keywords, Problem, misspelled};

/// The subject of a question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The member's slug.
    Slug,
    /// The repository's name.
    Repository,
    /// A variable of the shape, by name.
    Variable(String),
    /// The profile of the shape.
    Profile,
    /// The owner of the member.
    Owner,
    /// The visibility of the repository.
    Visibility,
    /// The description of the repository on the forge.
    Description,
}

impl Subject {
    /// All subjects except for the shape's variables.
    pub const FIXED: [Self; 6] = [
        Self::Slug,
        Self::Repository,
        Self::Profile,
        Self::Owner,
        Self::Visibility,
        Self::Description,
    ];

    /// Returns the option that answers it, for help and errors: `--set model=VALUE`.
    #[must_use]
    pub fn flag(&self) -> String {
        match self {
            Self::Slug => "NAME".to_owned(),
            Self::Variable(name) => format!("--set {name}=VALUE"),
            Self::Repository | Self::Profile => format!("--{} NAME", self.label()),
            Self::Owner => format!("--{} TEAM", self.label()),
            Self::Visibility => format!("--{} WHO", self.label()),
            Self::Description => format!("--{} TEXT", self.label()),
        }
    }

    /// Returns the command line words that answer it: `--set`, `model=VALUE`.
    #[must_use]
    pub fn words(&self, value: &str) -> [String; 2] {
        match self {
            Self::Variable(name) => ["--set".to_owned(), format!("{name}={value}")],
            other => [format!("--{}", other.label()), value.to_owned()],
        }
    }

    /// Returns the key under which answers are saved: `slug`, `variable model`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Variable(name) => format!("variable {name}"),
            other => other.label().to_owned(),
        }
    }

    /// Returns the subject of a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        if let Some(name) = key.strip_prefix("variable ") {
            return Some(Self::Variable(name.to_owned()));
        }
        Self::FIXED.into_iter().find(|subject| subject.label() == key)
    }

    /// Whether it only applies to repositories on a forge, not to folders.
    #[must_use]
    pub fn is_of_the_forge(&self) -> bool {
        match self {
            Self::Visibility | Self::Description => true,
            Self::Slug | Self::Repository | Self::Variable(_) | Self::Profile | Self::Owner => {
                false
            }
        }
    }

    /// Returns the subjects that only apply to repositories on a forge.
    pub fn of_the_forge() -> impl Iterator<Item = Self> {
        Self::FIXED.into_iter().filter(Self::is_of_the_forge)
    }

    /// Whether its default is fixed, unless fleet.yaml sets it, rather than derived from answers.
    #[must_use]
    pub fn follows_from_nothing(&self) -> bool {
        match self {
            Self::Visibility => true,
            Self::Slug
            | Self::Repository
            | Self::Variable(_)
            | Self::Profile
            | Self::Owner
            | Self::Description => false,
        }
    }

    /// Returns the default set by the member's kind. `None` if it follows from other answers, or a person has to
    /// answer.
    #[must_use]
    pub fn default_of(&self, kind: &Kind) -> Option<String> {
        match self {
            Self::Profile => Some(kind.profile.clone().unwrap_or_default()),
            Self::Owner => Some(kind.owner.clone().unwrap_or_default()),
            Self::Visibility => Some(kind.new.visibility.unwrap_or_default().as_str().to_owned()),
            Self::Slug | Self::Repository | Self::Variable(_) | Self::Description => None,
        }
    }

    /// Returns what is wrong with a value, regardless of other answers.
    #[must_use]
    pub fn problem_of(&self, value: &str, keywords: Keywords) -> Option<Problem> {
        match self {
            Self::Slug => misspelled(value, keywords),
            Self::Owner if value.contains(char::is_whitespace) => Some(Problem::new(
                format!("`{value}` cannot be an owner"),
                "name one team or person, such as `@acme/agents`",
            )),
            Self::Description if value.chars().count() > 350 => Some(Problem::new(
                format!("the description has {} characters", value.chars().count()),
                "GitHub takes 350",
            )),
            Self::Repository
            | Self::Variable(_)
            | Self::Profile
            | Self::Owner
            | Self::Visibility
            | Self::Description => None,
        }
    }

    /// Returns its name in a summary, in the answers file and, after two dashes, on the command line.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Slug => "slug",
            Self::Repository => "repository",
            Self::Variable(name) => name,
            Self::Profile => "profile",
            Self::Owner => "owner",
            Self::Visibility => "visibility",
            Self::Description => "description",
        }
    }
}

/// One of several possible answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The answer.
    pub value: String,
    /// What it means; empty if the answer says that itself.
    pub meaning: String,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its subject.
    pub subject: Subject,
    /// The text of the question.
    pub prompt: String,
    /// The form of the answer.
    pub form: ValueForm,
    /// The possible answers; empty if any text is accepted.
    pub choices: Vec<Choice>,
    /// An example of an answer.
    pub example: Option<String>,
    /// Whether to ask even though there is a default, because nothing suggests that it fits.
    pub default_is_a_guess: bool,
    /// Whether the only possible answer follows from the others, so that it is not asked.
    pub is_settled: bool,
}

impl Question {
    fn new(subject: Subject, prompt: impl Into<String>) -> Self {
        Self {
            subject,
            prompt: prompt.into(),
            form: ValueForm::Line,
            choices: Vec::new(),
            example: None,
            default_is_a_guess: false,
            is_settled: false,
        }
    }

    fn example(mut self, example: &str) -> Self {
        self.example = Some(example.to_owned());
        self
    }

    fn of_variable(name: &str, variable: &Variable, chosen: &ChosenKind) -> Self {
        let described = !variable.description.is_empty();
        let prompt = if described { variable.description.as_str() } else { name };
        let given = chosen.kind.variables.contains_key(name);
        // A value with an empty default may be left out.
        let none = variable.default.as_ref().filter(|default| default.is_empty());
        let choices = variable.choices.iter().flat_map(|choices| none.into_iter().chain(choices));
        let choice = |value: &String| Choice { value: value.clone(), meaning: String::new() };
        Self {
            form: variable.form,
            choices: choices.map(choice).collect(),
            example: variable.example.clone(),
            default_is_a_guess: !given
                && (variable.default.is_none() || variable.plain_default().is_some()),
            is_settled: variable.must_equal.is_some(),
            ..Self::new(Subject::Variable(name.to_owned()), prompt)
        }
    }
}

/// Returns a slug not in use, as a neutral example.
fn free_name(chosen: &ChosenKind) -> &'static str {
    let is_taken = |name: &str| {
        let members = chosen.fleet.iter().flat_map(|fleet| &fleet.members);
        members.into_iter().any(|member| member.slug == name)
    };
    EXAMPLES.into_iter().find(|name| !is_taken(name)).unwrap_or("my-new-one")
}

/// Example slugs of two words, to show the hyphen.
const EXAMPLES: [&str; 3] = ["night-owl", "blue-heron", "red-fox"];

/// Returns all questions, in the order in which to ask them.
#[must_use]
pub fn questions(chosen: &ChosenKind) -> Vec<Question> {
    let mut questions = vec![
        Question {
            default_is_a_guess: true,
            ..Question::new(Subject::Slug, "Its short name").example(free_name(chosen))
        },
        Question::new(Subject::Repository, "The repository"),
    ];
    let variables = chosen.pack.manifest.variables.iter();
    questions.extend(variables.map(|(name, it)| Question::of_variable(name, it, chosen)));
    let none = Choice { value: String::new(), meaning: "the shape as it is".to_owned() };
    let profile = |(name, meaning): (&str, &str)| Choice {
        value: name.to_owned(),
        meaning: meaning.to_owned(),
    };
    // If the kind has a profile, its members have that or another one, but not none.
    let none = Some(none).filter(|_| chosen.kind.profile.is_none());
    let profiles: Vec<Choice> = none.into_iter().chain(chosen.profiles().map(profile)).collect();
    questions.push(Question {
        is_settled: profiles.len() < 2,
        choices: profiles,
        ..Question::new(Subject::Profile, "The variation of the shape that it follows")
    });
    if chosen.fleet.is_some() {
        questions.push(Question {
            default_is_a_guess: chosen.kind.owner.is_none(),
            ..Question::new(Subject::Owner, "Who owns it: a team or a person")
                .example(&format!("@{}/a-team", chosen.forge_owner()))
        });
    }
    let visibility = |it: Visibility| Choice {
        value: it.as_str().to_owned(),
        meaning: match it {
            Visibility::Public => "everyone can see it",
            Visibility::Private => "only those with access can see it",
            Visibility::Internal => "members of the enterprise can see it",
        }
        .to_owned(),
    };
    questions.push(Question {
        choices: Visibility::ALL.map(visibility).to_vec(),
        ..Question::new(Subject::Visibility, "Who can see the repository")
    });
    questions.push(Question::new(Subject::Description, "Its description on the forge"));
    questions
}
