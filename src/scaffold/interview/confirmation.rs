//! The question after the review: create the repository, change an answer, look closer, or leave.

use super::{Asker, Prompt, Reply};
use crate::error::Result;
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

/// Asks how to proceed, until the reply is one of the choices; `enter` is the default.
///
/// # Errors
/// When there is nobody to answer.
pub fn decide(words: &str, enter: Next, asker: &mut dyn Asker) -> Result<Next> {
    let ways = [
        (Next::Make, "create", "it as shown"),
        (Next::Change, "change", "an answer"),
        (Next::Look, "look", "at every line that differs from the shape with its placeholders"),
        (Next::Leave, "leave", "and create nothing"),
    ];
    let choice = |(_, value, meaning): (Next, &str, &str)| Choice {
        value: value.to_owned(),
        meaning: meaning.to_owned(),
    };
    let choices = ways.map(choice);
    let default = ways.iter().find(|(next, _, _)| *next == enter).map(|(_, value, _)| *value);
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
            default,
            example: None,
            problem: problem.as_ref(),
            variable: None,
        })?;
        let said = match reply {
            Reply::Back | Reply::BackFrom(_) => return Ok(Next::Change),
            Reply::Default => return Ok(enter),
            Reply::Value(said) => said,
        };
        match ways.iter().find(|(_, value, _)| *value == said) {
            Some((next, _, _)) => return Ok(*next),
            None => {
                let hint = "enter one of create, change, look, leave";
                problem = Some(Problem::new(format!("`{said}` is not one of them"), hint));
            }
        }
    }
}
