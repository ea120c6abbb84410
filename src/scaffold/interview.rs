//! The wizard: asks what cannot be derived, goes back, and lets a person review everything.
//!
//! The interview ends with typed answers that have no problems. Displaying text and reading keys is up to the
//! [`Asker`].

mod confirmation;

use std::collections::BTreeMap;

use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::shape::manifest::{ValueForm, Variable};
use crate::source::secrets::masked;

use super::derive::{Answer, Origin, Typed, derive, misfit};
use super::questions::Choice;
use super::slug::Problem;
use super::{ChosenKind, Subject};
use confirmation::picked;
pub use confirmation::{Next, decide};

/// A prompt for one answer.
#[derive(Clone, Debug)]
pub struct Prompt<'a> {
    /// The text of the question.
    pub words: &'a str,
    /// The name of the answer in a summary.
    pub label: &'a str,
    /// The number of the question, and of how many as far as known.
    pub place: Option<(usize, usize)>,
    /// The option that would have answered it.
    pub flag: String,
    /// The form of the answer.
    pub form: ValueForm,
    /// The possible answers; empty if any text is accepted.
    pub choices: &'a [Choice],
    /// Whether one of these is typed rather than picked from a menu, where a single key decides.
    pub is_typed: bool,
    /// The answer if nothing is typed.
    pub default: Option<&'a str>,
    /// An example of an answer.
    pub example: Option<&'a str>,
    /// What is wrong with the answer so far.
    pub problem: Option<&'a Problem>,
    /// The name and definition of the shape's variable, if the question is about one.
    pub variable: Option<(&'a str, &'a Variable)>,
}

impl Prompt<'_> {
    /// Returns what is wrong with a single line of a list, regardless of the others.
    #[must_use]
    pub fn problem_of_line(&self, line: &str) -> Option<Problem> {
        let (name, variable) = self.variable.filter(|_| self.form == ValueForm::Lines)?;
        misfit(name, variable, line.trim())
    }
}

/// A person's reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer.
    Value(String),
    /// Accepts the default.
    Default,
    /// Goes back to the previous question.
    Back,
    /// The same from within a list or a text: the lines that were entered stay as what is proposed.
    BackFrom(String),
}

/// The means to ask a person.
pub trait Asker {
    /// Asks a question.
    ///
    /// # Errors
    /// When there is nobody to answer.
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply>;

    /// Shows a text between questions.
    fn show(&mut self, text: &str);

    /// Receives the accepted answers after each question, those accepted as proposed as well.
    fn answered(&mut self, _typed: &Typed) {}
}

/// Checks with the forge whether a slug and its repository are available, and returns the problem if not.
pub type Taken<'a> = &'a dyn Fn(&str, &RepositoryName) -> Result<Option<Problem>>;

/// Asks every open question, each until its answer has no problem. Whether a name is taken is checked as soon as it is
/// known, so that nobody answers all the other questions in vain.
///
/// # Errors
/// When there is nobody to answer, or a name cannot be checked.
pub fn interview(
    chosen: &ChosenKind,
    typed: &mut Typed,
    asker: &mut dyn Asker,
    taken: Option<Taken<'_>>,
) -> Result<()> {
    let round = Round { is_open: &Answer::is_open, confirmed: Vec::new(), last: None };
    ask_all(chosen, typed, &mut Typed::new(), asker, &round, taken)
}

/// Which questions are asked, and what was answered before.
struct Round<'a> {
    /// Whether to ask for an answer.
    is_open: &'a dyn Fn(&Answer) -> bool,
    /// Subjects whose proposed answers were accepted in an earlier round.
    confirmed: Vec<Subject>,
    /// The subject of the answer just before, which may be refused.
    last: Option<Subject>,
}

/// Asks the questions of a round. `kept` has the last accepted answers, which a refused one does not
/// replace.
fn ask_all(
    chosen: &ChosenKind,
    typed: &mut Typed,
    kept: &mut Typed,
    asker: &mut dyn Asker,
    round: &Round<'_>,
    taken: Option<Taken<'_>>,
) -> Result<()> {
    // The subjects asked so far, in order, for going back.
    let mut asked: Vec<Subject> = Vec::new();
    // The subjects gone back over, to be asked again with what was typed as the default.
    let mut again: Vec<Subject> = Vec::new();
    // The subject of the last answer, which may be refused.
    let mut last: Option<Subject> = round.last.clone();
    let mut names = Names::default();
    loop {
        let mut answers = derive(chosen, typed);
        if let Some(taken) = taken {
            names.mark(chosen, &mut answers, taken)?;
        }
        let accepted = sound(typed, &answers);
        // An answer accepted before may conflict with a later one.
        kept.retain(|subject, value| {
            accepted.contains_key(subject)
                || typed.get(subject).is_some_and(|refused| refused != value)
        });
        kept.extend(accepted);
        asker.answered(&answered(kept, &answers, round.confirmed.iter().chain(&asked)));
        let is_next = |answer: &&Answer| {
            let subject = &answer.question.subject;
            let open = (round.is_open)(answer) && (!asked.contains(subject) || is_wanting(answer));
            open || again.contains(subject)
        };
        let Some(next) = answers.iter().find(is_next) else { return Ok(()) };
        let ahead = ahead(answers.iter().filter(is_next));
        let subject = &next.question.subject;
        let was_refused = last.as_ref() == Some(subject);
        asked.retain(|known| known != subject);
        let place = Some((asked.len() + 1, asked.len() + ahead));
        let turn = Turn { place, was_refused };
        let (reply, entered) = match put(SoFar { chosen, typed, kept }, next, turn, asker)? {
            Reply::BackFrom(entered) => (Reply::Back, Some(entered)),
            reply => (reply, None),
        };
        match reply {
            Reply::Back if asked.is_empty() => {
                asker.show(&first_question(chosen));
                // A refused answer is not shown again.
                if next.problem.is_some() && next.origin == Origin::Typed {
                    give_up(subject, typed, kept);
                }
                last = None;
            }
            Reply::Back => {
                // Going back must not return to a refused answer.
                if next.problem.is_some() {
                    give_up(subject, typed, kept);
                }
                again.push(subject.clone());
                again.extend(asked.pop());
                last = None;
            }
            reply => {
                take(reply, next, typed, kept);
                again.retain(|known| known != subject);
                asked.push(subject.clone());
                last = Some(subject.clone());
            }
        }
        if let Some(entered) = entered {
            typed.insert(subject.clone(), entered);
            again.push(subject.clone());
        }
    }
}

/// Says why there is no way back from the first question. The questions follow from the kind, so it is chosen before.
fn first_question(chosen: &ChosenKind) -> String {
    let has_kinds = chosen.fleet.as_ref().is_some_and(|fleet| fleet.manifest.kinds.len() > 1);
    match has_kinds {
        true => format!(
            "This is the first question about a new `{}`. For another kind, press Ctrl-C and run the command again \
             with `--kind NAME`.",
            chosen.kind_name
        ),
        false => "There is no question before this one.".to_owned(),
    }
}

/// Returns the accepted answers, with those that a person accepted as proposed. These are derived, so without them a
/// second run would ask again.
fn answered<'a>(
    kept: &Typed,
    answers: &[Answer],
    asked: impl Iterator<Item = &'a Subject>,
) -> Typed {
    let mut answered = kept.clone();
    for subject in asked {
        let answer = answers.iter().find(|it| it.question.subject == *subject);
        let answer = answer.filter(|answer| answer.problem.is_none());
        if let Some(value) = answer.and_then(|answer| answer.value.clone()) {
            answered.entry(subject.clone()).or_insert(value);
        }
    }
    answered
}

/// Returns what was typed and has no problem.
fn sound(typed: &Typed, answers: &[Answer]) -> Typed {
    let is_refused = |subject: &Subject| {
        answers.iter().any(|it| it.question.subject == *subject && it.problem.is_some())
    };
    let sound = typed.iter().filter(|(subject, _)| !is_refused(subject));
    sound.map(|(subject, value)| (subject.clone(), value.clone())).collect()
}

/// Returns how many questions are left. Until there is a valid slug most others cannot be derived, and while an answer is
/// refused those that follow from it may be wrong only because of it, so these are not counted.
fn ahead<'a>(open: impl Iterator<Item = &'a Answer>) -> usize {
    let open: Vec<&Answer> = open.collect();
    let is_slug = |answer: &&Answer| answer.question.subject == Subject::Slug;
    let is_refused = |it: &&Answer| it.origin == Origin::Typed && it.problem.is_some();
    let is_cause = |it: &&Answer| is_slug(it) || is_refused(it);
    let is_settled = !open.iter().any(is_cause);
    let counts = |it: &&&Answer| is_settled || is_cause(it) || it.question.default_is_a_guess;
    open.iter().filter(counts).count()
}

/// Names checked so far, each with the problem found.
#[derive(Default)]
struct Names(BTreeMap<(String, RepositoryName), Option<Problem>>);

impl Names {
    /// Sets the problem of a taken name on the repository's answer, or on the slug's if the repository follows from
    /// that.
    fn mark(
        &mut self,
        chosen: &ChosenKind,
        answers: &mut [Answer],
        taken: Taken<'_>,
    ) -> Result<()> {
        let place =
            |subject: &Subject| answers.iter().position(|it| it.question.subject == *subject);
        let (Some(slug), Some(repository)) = (place(&Subject::Slug), place(&Subject::Repository))
        else {
            return Ok(());
        };
        let (Some(short), Some(long)) = (answers.get(slug), answers.get(repository)) else {
            return Ok(());
        };
        let is_sound = |answer: &Answer| answer.problem.is_none() && !answer.text().is_empty();
        let name = chosen.repository(long.text());
        let Some(name) = name.filter(|_| is_sound(short) && is_sound(long)) else { return Ok(()) };
        let marked = if long.origin == Origin::Derived { slug } else { repository };
        let key = (short.text().to_owned(), name);
        let problem = match self.0.get(&key) {
            Some(known) => known.clone(),
            None => {
                let found = taken(&key.0, &key.1)?;
                self.0.insert(key, found.clone());
                found
            }
        };
        if let Some(answer) = answers.get_mut(marked) {
            answer.problem = problem;
        }
        Ok(())
    }
}

/// Lets a person choose an answer to change.
///
/// # Errors
/// The same as for [`interview`].
pub fn change(
    chosen: &ChosenKind,
    typed: &mut Typed,
    asker: &mut dyn Asker,
    taken: Option<Taken<'_>>,
) -> Result<()> {
    let answers = derive(chosen, typed);
    let free: Vec<&Answer> = answers.iter().filter(|it| !it.question.is_settled).collect();
    let Some(answer) = picked(&free, asker)? else { return Ok(()) };
    let mut kept = sound(typed, &answers);
    let so_far = SoFar { chosen, typed, kept: &kept };
    let reply = put(so_far, answer, Turn::default(), asker)?;
    let last = matches!(reply, Reply::Value(_)).then(|| answer.question.subject.clone());
    take(reply, answer, typed, &kept);
    // Other answers may have become invalid.
    // The review comes after all questions, so what was open and has an answer was accepted.
    let confirmed = answers.iter().filter(|it| it.is_open() && !is_wanting(it));
    let confirmed = confirmed.map(|it| it.question.subject.clone()).collect();
    let round = Round { is_open: &is_wanting, confirmed, last };
    ask_all(chosen, typed, &mut kept, asker, &round, taken)
}

/// Formats an answer on one line, without what is secret in it.
#[must_use]
pub fn shown(answer: &Answer) -> String {
    let text = masked(answer.text());
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    match lines[..] {
        [] => "-".to_owned(),
        [line] => line.to_owned(),
        [first, ..] => format!("{first} … ({} lines)", lines.len()),
    }
}

/// Whether an answer is missing or has a problem, whether typed or derived.
fn is_wanting(answer: &Answer) -> bool {
    !answer.question.is_settled && (answer.problem.is_some() || answer.value.is_none())
}

/// The answers so far.
#[derive(Clone, Copy)]
struct SoFar<'a> {
    chosen: &'a ChosenKind,
    typed: &'a Typed,
    /// The last accepted ones.
    kept: &'a Typed,
}

/// When a question is asked.
#[derive(Clone, Copy, Default)]
struct Turn {
    /// Which of how many questions it is, if it is one of a row.
    place: Option<(usize, usize)>,
    /// Whether its answer was just given and refused.
    was_refused: bool,
}

/// Asks one question.
fn put(so_far: SoFar<'_>, answer: &Answer, turn: Turn, asker: &mut dyn Asker) -> Result<Reply> {
    let SoFar { chosen, .. } = so_far;
    let question = &answer.question;
    let proposed = proposed(so_far, answer);
    // A missing answer is not reported as a problem before the person has replied.
    let problem = answer.problem.as_ref();
    let problem = problem.filter(|_| turn.was_refused || !answer.text().is_empty());
    let variable = match &question.subject {
        Subject::Variable(name) => {
            let variables = &chosen.pack.manifest.variables;
            variables.iter().find(|(known, _)| known == name).map(|(name, it)| (name.as_str(), it))
        }
        _ => None,
    };
    asker.ask(&Prompt {
        words: &question.prompt,
        label: question.subject.label(),
        place: turn.place,
        flag: question.subject.flag(),
        form: question.form,
        choices: &question.choices,
        is_typed: false,
        default: proposed.as_deref(),
        example: question.example.as_deref(),
        problem,
        variable,
    })
}

/// Returns what Enter accepts: the answer, or if that was refused, what was accepted or derived before.
fn proposed(so_far: SoFar<'_>, answer: &Answer) -> Option<String> {
    let SoFar { chosen, typed, kept } = so_far;
    let subject = &answer.question.subject;
    if answer.problem.is_none() {
        return answer.value.clone();
    }
    if answer.origin == Origin::Derived {
        return None;
    }
    if let Some(accepted) = kept.get(subject) {
        return Some(accepted.clone());
    }
    let others = typed.iter().filter(|(known, _)| *known != subject);
    let others = others.map(|(known, value)| (known.clone(), value.clone())).collect();
    let derived = derive(chosen, &others).into_iter().find(|it| it.question.subject == *subject)?;
    derived.value.filter(|_| derived.problem.is_none())
}

/// Discards a refused answer in favor of the one accepted before.
fn give_up(subject: &Subject, typed: &mut Typed, kept: &Typed) {
    match kept.get(subject) {
        Some(accepted) => typed.insert(subject.clone(), accepted.clone()),
        None => typed.remove(subject),
    };
}

fn take(reply: Reply, answer: &Answer, typed: &mut Typed, kept: &Typed) {
    let subject = answer.question.subject.clone();
    match reply {
        Reply::Value(value) => {
            // A value equal to the derived one stays derived, and so follows later changes.
            let is_accepted = answer.origin == Origin::Derived && answer.problem.is_none();
            if is_accepted && answer.value.as_ref() == Some(&value) {
                return;
            }
            typed.insert(subject, value);
        }
        Reply::Default if answer.problem.is_some() => give_up(&subject, typed, kept),
        Reply::Default | Reply::Back | Reply::BackFrom(_) => {}
    }
}

#[cfg(test)]
mod tests;
