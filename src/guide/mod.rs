//! What to do next, here and now.
//!
//! In: [`Facts`], what can be seen of the place where somebody stands without asking anybody. Out: a [`Guide`]: what is
//! here in a sentence, and a few commands, the most urgent first, each with why. Pure; looking is left to
//! `cli::here`, and what names hold is made harmless where they are shown.

mod campaigns;
mod elsewhere;
pub mod facts;
mod fleet;
mod words;

pub use facts::Facts;

use facts::Place;

/// So many commands are shown: more are no longer a choice.
pub const MOST: usize = 5;

/// What somebody is told who asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// What is here, in a sentence.
    pub here: String,
    /// What to do next, the most urgent first, [`MOST`] at most.
    pub next: Vec<Suggestion>,
}

/// A command, and why it is worth while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The command behind `shipshape`, word by word.
    pub command: Vec<Word>,
    /// Why, in a sentence without its point.
    pub why: String,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// As it is; a shell may want it in quotes.
    Plain(String),
    /// All that is in a folder, the shell's own `folder/*`; `.` for the one in which somebody stands.
    AllIn(String),
    /// Several, written as a shell takes them already.
    Several(String),
}

/// How much a suggestion presses; the first presses most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Something was reserved or made for others to see, and stopped half-way.
    HalfDone,
    /// Something of ours cannot be read, so that commands will refuse.
    Unreadable,
    /// Something was tried and did not work.
    Failed,
    /// What you stand in.
    Inside,
    /// Something was decided and is not done.
    Decided,
    /// Something runs out.
    Expiring,
    /// Something is under way and waits for people.
    UnderWay,
    /// It is time to look.
    Look,
    /// Something is kept as it is by somebody's word.
    Held,
    /// Whatever else may be useful.
    Useful,
}

/// Says what to do next.
#[must_use]
pub fn guide(facts: &Facts) -> Guide {
    let (here, mut next) = match &facts.place {
        Place::Fleet(fleet) => (fleet::here(fleet), fleet::next(fleet, facts.now)),
        place => (elsewhere::here(place), elsewhere::next(place)),
    };
    // The sort is stable: what presses alike stays in the order in which it was found.
    next.sort_by_key(|(urgency, _)| *urgency);
    let next = next.into_iter().map(|(_, suggestion)| suggestion).take(MOST).collect();
    Guide { here, next }
}

/// A suggestion whose words hold no blanks.
fn suggest(command: &str, why: impl Into<String>) -> Suggestion {
    let command = command.split(' ').map(|word| Word::Plain(word.to_owned())).collect();
    Suggestion { command, why: why.into() }
}

impl Suggestion {
    /// The same, with a word more.
    fn with(mut self, word: &str) -> Self {
        self.command.push(Word::Plain(word.to_owned()));
        self
    }

    /// The same, with several words that are written as a shell takes them.
    fn about(mut self, places: &str) -> Self {
        self.command.push(Word::Several(places.to_owned()));
        self
    }

    /// The same, about all that is in a folder.
    fn about_all_in(mut self, folder: &str) -> Self {
        self.command.push(Word::AllIn(folder.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests;
