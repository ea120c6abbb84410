//! Derives every answer from what was typed and what follows from it. Pure.

mod collisions;

use std::collections::BTreeMap;

use crate::fleet::manifest::Visibility;
use crate::fleet::{Member, is_slug};
use crate::shape::Variables;
use crate::shape::manifest::{ValueForm, Variable};
use crate::source::secrets::masked;

use super::questions::{Question, Subject, questions};
use super::slug::Problem;
use super::{ChosenKind, slug};

/// What a person typed, by subject.
pub type Typed = BTreeMap<Subject, String>;

/// The origin of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person typed it.
    Typed,
    /// The manifest has the member already, and says it.
    Listed,
    /// It follows from other answers, the pack or the manifest.
    Derived,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// The answer; `None` if unknown.
    pub value: Option<String>,
    /// Its origin.
    pub origin: Origin,
    /// What is wrong with it, if anything.
    pub problem: Option<Problem>,
}

impl Answer {
    /// Returns the answer, or an empty text if unknown.
    #[must_use]
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// Whether a person should be asked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let unsure = self.question.default_is_a_guess || self.value.is_none();
        let unsaid = self.origin == Origin::Derived && unsure;
        !self.question.is_settled && (unsaid || self.problem.is_some())
    }
}

/// Derives every answer, in the order of the questions.
#[must_use]
pub fn derive(chosen: &ChosenKind, typed: &Typed) -> Vec<Answer> {
    let mut deriving =
        Deriving { chosen, typed, values: Variables::default(), answers: Vec::new() };
    for question in questions(chosen) {
        let answer = deriving.answer(question);
        deriving.answers.push(answer);
    }
    deriving.answers
}

/// Returns the answer on a subject; empty if there is none.
#[must_use]
pub fn answer<'a>(answers: &'a [Answer], subject: &Subject) -> &'a str {
    answers.iter().find(|it| it.question.subject == *subject).map_or("", Answer::text)
}

struct Deriving<'a> {
    chosen: &'a ChosenKind,
    typed: &'a Typed,
    values: Variables,
    answers: Vec<Answer>,
}

impl Deriving<'_> {
    fn answer(&mut self, mut question: Question) -> Answer {
        let listed = self.listed(&question.subject).cloned();
        let typed = self.typed.get(&question.subject).cloned();
        let origin = match (&listed, &typed) {
            (Some(_), _) => Origin::Listed,
            (None, Some(_)) => Origin::Typed,
            (None, None) => Origin::Derived,
        };
        question.is_settled |= origin == Origin::Listed;
        let value = listed.or(typed).or_else(|| self.default(&question.subject));
        let problem = value.as_deref().and_then(|value| self.problem(&question, value));
        match &question.subject {
            Subject::Repository => self.begin_values(value.as_deref().unwrap_or_default()),
            Subject::Variable(name) => {
                if let Some(value) = &value {
                    self.values.insert(name, value);
                }
            }
            _ => {}
        }
        Answer { question, value, origin, problem }
    }

    /// Returns what the manifest says already.
    fn listed(&self, subject: &Subject) -> Option<&String> {
        self.chosen.listed.as_ref()?.answers.get(subject)
    }

    /// Sets the values that templates have before any variable, the same as when the repository is judged later.
    fn begin_values(&mut self, repository: &str) {
        let repository = self.chosen.repository(repository);
        let (forge_owner, name) = repository.map(|it| (it.owner, it.name)).unwrap_or_default();
        let owner = self.listed(&Subject::Owner).or_else(|| self.typed.get(&Subject::Owner));
        let owner = owner.cloned().or_else(|| self.chosen.kind.owner.clone());
        let slug = answer(&self.answers, &Subject::Slug).to_owned();
        self.values.insert("slug", &slug);
        self.values.insert("repository", &name);
        let owners = [("owner", owner.unwrap_or_default()), ("forge_owner", forge_owner)];
        for (name, owner) in owners.into_iter().filter(|(_, owner)| !owner.is_empty()) {
            self.values.insert(name, &owner);
        }
    }

    /// Returns the default that follows from the answers so far, the pack and the kind.
    fn default(&self, subject: &Subject) -> Option<String> {
        let kind = &self.chosen.kind;
        match subject {
            Subject::Repository => {
                let slug = answer(&self.answers, &Subject::Slug);
                let name = self.chosen.repository_name(slug);
                let owner = self.chosen.forge_owner();
                let whole = match &self.chosen.around {
                    Some(around) => around.to_string(),
                    None if owner.is_empty() => name,
                    None => format!("{owner}/{name}"),
                };
                (!slug.is_empty()).then_some(whole)
            }
            Subject::Variable(name) => {
                let of_kind = kind.variables.get(name).cloned();
                // A default that needs an answer not given yet does not count.
                of_kind.or_else(|| self.chosen.pack.default_of(name, &self.values)?.ok())
            }
            Subject::Description => Some(self.description()),
            fixed => fixed.default_of(kind),
        }
    }

    /// Fills in the kind's pattern of descriptions with the answers so far.
    fn description(&self) -> String {
        let pattern = kind_description(self.chosen);
        let mut text = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let named =
                after.split_once('}').and_then(|(name, after)| Some((self.named(name)?, after)));
            match named {
                Some((value, after)) => {
                    text.push_str(value);
                    rest = after;
                }
                None => {
                    text.push('{');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        text.trim().to_owned()
    }

    /// A sentence about a repository without an owner says nothing in that place.
    fn named(&self, name: &str) -> Option<&str> {
        self.values.get(name).or_else(|| (name == "owner").then_some(""))
    }

    /// Returns what is wrong with a value, given the answers so far.
    fn problem(&self, question: &Question, value: &str) -> Option<Problem> {
        let is_choice = question.choices.iter().any(|choice| choice.value == value);
        if !question.choices.is_empty() && !is_choice {
            let known: Vec<&str> = question.choices.iter().map(|it| it.value.as_str()).collect();
            let known: Vec<&str> = known.into_iter().filter(|it| !it.is_empty()).collect();
            let message = match &question.subject {
                Subject::Variable(name) if value.is_empty() => format!("`{name}` may not be empty"),
                Subject::Variable(name) => format!("`{value}` cannot be `{name}`"),
                fixed => format!("`{value}` is not a {}", fixed.label()),
            };
            let hint = match known.is_empty() {
                true => format!("the shape has no {}s", question.subject.label()),
                false => format!("use one of {}", known.join(", ")),
            };
            return Some(Problem::new(message, hint));
        }
        if let Some(problem) = unprintable(question, value) {
            return Some(problem);
        }
        match &question.subject {
            subject @ Subject::Slug => subject
                .problem_of(value, self.chosen.keywords())
                .map(|problem| self.with_free_proposal(value, problem))
                .or_else(|| self.prefixed(value))
                .or_else(|| self.slug_collision(value)),
            // That one has other members by intention.
            Subject::Repository if self.is_around() => None,
            Subject::Repository => self.repository_problem(value),
            Subject::Variable(name) => {
                let variables = &self.chosen.pack.manifest.variables;
                let (_, variable) = variables.iter().find(|(known, _)| known == name)?;
                self.variable_problem(name, variable, value)
            }
            fixed => fixed.problem_of(value, self.chosen.keywords()),
        }
    }

    /// Rejects a repository's name given as a slug, since the kind's prefix would be in it twice; unless the repository
    /// is named as well, which shows that it is intended.
    fn prefixed(&self, slug: &str) -> Option<Problem> {
        let usual = self.chosen.repository_name(slug);
        let rest = self.behind_prefix(slug)?;
        let prefix = slug.strip_suffix(rest)?;
        let insist =
            format!("to keep `{slug}` as the slug, name its repository: `--repository {usual}`");
        Some(Problem::new(
            format!("`{slug}` begins with `{prefix}`, the prefix of the repositories' names"),
            match self.proposal(rest) {
                Some(proposed) if proposed == rest && self.slug_collision(rest).is_none() => {
                    format!("use the slug `{rest}`, whose repository is `{slug}`; {insist}")
                }
                Some(proposed) => format!("{}; {insist}", self.proposed(&proposed)),
                None => insist,
            },
        ))
    }

    /// The slug behind the prefix of the repositories' names, which its own repository's name would have twice.
    fn behind_prefix<'s>(&self, slug: &'s str) -> Option<&'s str> {
        if self.typed.contains_key(&Subject::Repository) {
            return None;
        }
        let usual = self.chosen.repository_name(slug);
        let prefix = usual.strip_suffix(slug).filter(|prefix| !prefix.is_empty())?;
        slug.strip_prefix(prefix).filter(|rest| is_slug(rest))
    }

    /// The slug to propose for a refused one. It is put through the same checks, and may need another proposal.
    fn proposal(&self, value: &str) -> Option<String> {
        let mut proposed = slug::proposal(value, self.chosen.keywords())?;
        while let Some(rest) = self.behind_prefix(&proposed) {
            proposed = slug::proposal(rest, self.chosen.keywords())?;
        }
        Some(proposed)
    }

    /// Whether a slug is that of a member of the kind that is not retired.
    fn is_listed(&self, slug: &str) -> bool {
        let is_it = |member: &Member| {
            member.slug == slug && member.kind == self.chosen.kind_name && member.retired.is_none()
        };
        self.chosen.fleet.as_ref().is_some_and(|fleet| fleet.members.iter().any(is_it))
    }

    /// Proposes a slug in words, or says that it is taken.
    fn proposed(&self, slug: &str) -> String {
        match self.slug_collision(slug) {
            Some(_) if self.is_listed(slug) => {
                let kinds = self.chosen.fleet.as_ref().map(|fleet| fleet.manifest.kinds.len());
                let kind = match kinds {
                    Some(2..) => format!(" --kind {}", self.chosen.kind_name),
                    _ => String::new(),
                };
                format!(
                    "`{slug}` is a member: `shipshape new {slug}{kind}` creates its repository if there is none; \
                     `shipshape fleet status` shows it otherwise"
                )
            }
            Some(_) => format!("`{slug}` would be a slug, but it is taken: use another"),
            None => format!("`{slug}` would be a slug"),
        }
    }

    /// Replaces the hint where the slug that it proposes would be refused as well.
    fn with_free_proposal(&self, value: &str, problem: Problem) -> Problem {
        let proposed = self.proposal(value).filter(|proposed| {
            slug::proposal(value, self.chosen.keywords()).as_ref() != Some(proposed)
                || self.slug_collision(proposed).is_some()
        });
        match proposed {
            Some(proposed) => Problem { hint: self.proposed(&proposed), ..problem },
            None => problem,
        }
    }

    fn variable_problem(&self, name: &str, variable: &Variable, value: &str) -> Option<Problem> {
        if let Some(Ok(wanted)) = self.chosen.pack.must_equal(name, &self.values)
            && wanted != value
        {
            let message = format!("`{name}` must be `{wanted}`");
            return Some(Problem::new(message, "leave it out: it follows from the slug"));
        }
        if value.is_empty() {
            let may = variable.default.as_ref().is_none_or(String::is_empty);
            let message = format!("`{name}` may not be empty");
            return (!may).then(|| Problem::new(message, variable.advice()));
        }
        let mut problem = misfit(name, variable, value)?;
        // The wizard takes it for an empty answer, and so never comes here with it.
        if value == "-" && self.variable_problem(name, variable, "").is_none() {
            problem.hint.push_str(&format!("; for an empty value, write `--set {name}=`"));
        }
        Some(problem)
    }
}

/// Returns what the variable rejects: the value, or the first of its words or lines that does not match.
#[must_use]
pub fn misfit(name: &str, variable: &Variable, value: &str) -> Option<Problem> {
    let wrong = variable.misfit(value)?;
    // What says that a line is of a private key is in another line.
    let hidden = masked(value);
    let before = value.split_once(wrong).map_or("", |(before, _)| before).chars().count();
    let wrong: String = hidden.chars().skip(before).take(wrong.chars().count()).collect();
    Some(Problem::new(format!("`{wrong}` cannot be `{name}`"), variable.advice()))
}

/// Rejects characters and lengths that files, commands or terminals would not treat as text.
fn unprintable(question: &Question, value: &str) -> Option<Problem> {
    let label = question.subject.label();
    let several = matches!(question.form, ValueForm::Lines | ValueForm::Text);
    let obeyed = |c: &char| c.is_control() && !(several && *c == '\n') && *c != '\t';
    if let Some(found) = value.chars().find(obeyed) {
        let (what, hint) = match found {
            '\n' => ("a line end".to_owned(), "give one line"),
            other => (format!("the character {}", other.escape_unicode()), "leave it out"),
        };
        return Some(Problem::new(format!("`{label}` contains {what}"), hint));
    }
    let most = if several { 32_000 } else { 1_000 };
    let length = value.chars().count();
    (length > most).then(|| {
        let message = format!("`{label}` has {length} characters");
        Problem::new(message, format!("at most {most} are allowed"))
    })
}

/// Returns the kind's pattern of descriptions.
fn kind_description(chosen: &ChosenKind) -> String {
    let has_summary = chosen.pack.manifest.variables.iter().any(|(name, _)| name == "summary");
    let usual = if has_summary { "{summary}" } else { "{slug}" };
    chosen.kind.new.description.clone().unwrap_or_else(|| usual.to_owned())
}

/// Returns the visibility among the answers.
#[must_use]
pub fn visibility(answers: &[Answer]) -> Visibility {
    let said = answer(answers, &Subject::Visibility);
    Visibility::ALL.into_iter().find(|it| it.as_str() == said).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_is_shown_without_what_is_secret_in_it() {
        let refused = |definition: &str, value: &str| {
            let variable: Variable = serde_yaml::from_str(definition).expect("a variable");
            misfit("it", &variable, value).expect("a problem").message
        };
        let key = format!("{}QYLPMN5HHHFPZAM2", "AKIA");
        let message = refused("{ pattern: '[a-z]+', form: words }", &format!("ü {key}"));
        assert_eq!(message, "`ü` cannot be `it`");
        let message = refused("{ pattern: '[a-zü]+', form: words }", &format!("ü {key}"));
        assert!(message.contains('*') && !message.contains(&key), "{message}");
        let message = refused("{ choices: [a] }", "https://user:hunter2@index.example/");
        assert!(!message.contains("hunter2") && message.contains("index.example"), "{message}");
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        let pem = format!("-----{0} KEY-----\n{body}\n-----END", "BEGIN PRIVATE");
        let message = refused("{ pattern: '-----.*', form: lines }", &pem);
        assert!(!message.contains(body) && message.contains('*'), "{message}");
    }
}
