//! The questions after the review: create the repository, change an answer, and which one, look closer, or leave.

use super::{Asker, Prompt, Reply, shown};
use crate::error::Result;
use crate::scaffold::derive::Answer;
use crate::scaffold::questions::Choice;
use crate::scaffold::slug::Problem;
use crate::shape::manifest::ValueForm;

/// What to do after the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Create the repository.
    Make,
    /// Change an answer.
    Change,
    /// Show every line that differs from the shape with its placeholders.
    Look,
    /// Leave without creating anything.
    Leave,
}

impl Next {
    /// All ways, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Make, Self::Change, Self::Look, Self::Leave];

    /// The ways that create nothing.
    pub const WITHOUT_MAKING: [Self; 3] = [Self::Change, Self::Look, Self::Leave];

    /// The word that chooses it.
    fn word(self) -> &'static str {
        match self {
            Self::Make => "create",
            Self::Change => "change",
            Self::Look => "look",
            Self::Leave => "leave",
        }
    }

    /// What follows the word.
    fn meaning(self) -> &'static str {
        match self {
            Self::Make => "it as shown",
            Self::Change => "an answer",
            Self::Look => "at every line that differs from the shape with its placeholders",
            Self::Leave => "and create nothing",
        }
    }
}

/// Asks how to proceed, until the reply is one of the `ways`; `enter` is the default.
///
/// # Errors
/// When there is nobody to answer.
pub fn decide(words: &str, ways: &[Next], enter: Next, asker: &mut dyn Asker) -> Result<Next> {
    let choice =
        |way: &Next| Choice { value: way.word().to_owned(), meaning: way.meaning().to_owned() };
    let choices: Vec<Choice> = ways.iter().map(choice).collect();
    let mut problem = None;
    loop {
        let reply = asker.ask(&Prompt {
            words,
            label: "",
            place: None,
            flag: "--yes".to_owned(),
            form: ValueForm::Line,
            choices: &choices,
            // A stray key, or a paste, may leave a menu by any way.
            is_typed: enter != Next::Make,
            default: Some(enter.word()),
            example: None,
            problem: problem.as_ref(),
            variable: None,
        })?;
        let said = match reply {
            Reply::Back | Reply::BackFrom(_) => return Ok(Next::Change),
            Reply::Default => return Ok(enter),
            Reply::Value(said) => said,
        };
        match ways.iter().find(|way| way.word() == said) {
            Some(way) => return Ok(*way),
            None => {
                let words: Vec<&str> = ways.iter().map(|way| way.word()).collect();
                let hint = format!("enter one of {}", words.join(", "));
                problem = Some(Problem::new(format!("`{said}` is not one of them"), hint));
            }
        }
    }
}

/// The answer that a person names; `None` to leave all as they are.
pub(super) fn picked<'a>(free: &[&'a Answer], asker: &mut dyn Asker) -> Result<Option<&'a Answer>> {
    let choice = |answer: &&Answer| Choice {
        value: answer.question.subject.label().to_owned(),
        meaning: shown(answer),
    };
    let choices: Vec<Choice> = free.iter().map(choice).collect();
    let mut problem = None;
    loop {
        let reply = asker.ask(&Prompt {
            words: "Which answer?",
            label: "",
            place: None,
            flag: String::new(),
            form: ValueForm::Line,
            choices: &choices,
            // In a menu, Enter behind a typed name would pick the first answer.
            is_typed: true,
            default: None,
            example: None,
            problem: problem.as_ref(),
            variable: None,
        })?;
        let Reply::Value(label) = reply else { return Ok(None) };
        let found = free.iter().find(|it| it.question.subject.label() == label);
        match found {
            None if label.is_empty() => return Ok(None),
            None => {
                let hint = "enter one of the names, or `<` to leave all as they are";
                problem = Some(Problem::new(format!("no answer is called `{label}`"), hint));
            }
            found => return Ok(found.copied()),
        }
    }
}
