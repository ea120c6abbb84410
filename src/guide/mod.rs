//! Suggests what to do next.
//!
//! From [`Facts`], which can be collected without a network, derives a [`Guide`]: a sentence on what is here, and a few
//! commands, most urgent first, each with a reason. Pure; `cli::here` collects the facts, and names are made safe where
//! they are printed.

mod campaigns;
mod elsewhere;
pub mod facts;
mod fleet;
mod repairs;
mod words;

pub use facts::Facts;

use facts::Place;

/// Maximum number of suggested commands: more would make choosing harder.
pub const MOST: usize = 5;

/// The answer to a call without a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// What is here, in a sentence.
    pub here: String,
    /// What to do next, most urgent first, at most [`MOST`].
    pub next: Vec<Suggestion>,
    /// Commands that go on with campaigns for which there is no place among those: nothing else names a campaign that waits.
    pub further: Vec<Suggestion>,
}

/// A command, and the reason to run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The command after `shipshape`, word by word.
    pub command: Vec<Word>,
    /// The reason, a sentence without a full stop.
    pub why: String,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A literal word, which may need quotes in a shell.
    Plain(String),
    /// Everything in a folder, the shell's own `folder/*`; `.` for the current one.
    AllIn(String),
    /// Several words, already quoted for a shell.
    Several(String),
}

/// How urgent a suggestion is, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Something was reserved or published, and stopped halfway.
    HalfDone,
    /// One of our files cannot be read, so commands will fail.
    Unreadable,
    /// An attempt failed.
    Failed,
    /// About the repository of the current folder.
    Inside,
    /// Something was decided but not done.
    Decided,
    /// Something expires.
    Expiring,
    /// Something is in progress and waits for people.
    UnderWay,
    /// It is there to be begun, and nothing waits for it.
    ToBegin,
    /// A check is due.
    Look,
    /// Something is held on purpose.
    Held,
    /// Anything else that may be useful.
    Useful,
}

/// Suggests what to do next.
#[must_use]
pub fn guide(facts: &Facts) -> Guide {
    let (here, mut next) = match &facts.place {
        Place::Fleet(fleet) => (fleet::here(fleet), fleet::next(fleet, facts.now)),
        place => (elsewhere::here(place), elsewhere::next(place)),
    };
    // The sort is stable: suggestions of equal urgency keep their order.
    next.sort_by_key(|(urgency, _)| *urgency);
    let mut next: Vec<Suggestion> = next.into_iter().map(|(_, suggestion)| suggestion).collect();
    let mut further = next.split_off(MOST.min(next.len()));
    further.retain(Suggestion::is_of_campaign);
    Guide { here, next, further }
}

/// The command that continues a campaign; `None` if it has ended as far as is known here.
#[must_use]
pub fn of_campaign(campaign: &facts::Campaign, now: i64) -> Option<Suggestion> {
    campaigns::next(campaign, now).map(|(_, suggestion)| suggestion)
}

/// The repositories in which a campaign has still to open a pull request by its plan, as far as is known here.
#[must_use]
pub fn left_of_campaign(campaign: &facts::Campaign) -> Vec<&str> {
    campaigns::left(campaign)
}

/// A suggestion whose words contain no blanks.
fn suggest(command: &str, why: impl Into<String>) -> Suggestion {
    let command = command.split(' ').map(|word| Word::Plain(word.to_owned())).collect();
    Suggestion { command, why: why.into() }
}

impl Suggestion {
    /// Whether it goes on with a campaign, rather than to write the file of one.
    fn is_of_campaign(&self) -> bool {
        let is = |at: usize, word: &str| matches!(self.command.get(at), Some(Word::Plain(it)) if it == word);
        is(0, "campaign") && !is(1, "init")
    }

    /// Adds a word.
    fn with(mut self, word: &str) -> Self {
        self.command.push(Word::Plain(word.to_owned()));
        self
    }

    /// Adds the root of a repository, unless that is the current folder, which commands take by themselves.
    fn in_repository(self, path: &str) -> Self {
        if path == "." { self } else { self.with(path) }
    }

    /// Adds several words that are already quoted for a shell.
    fn about(mut self, places: &str) -> Self {
        self.command.push(Word::Several(places.to_owned()));
        self
    }

    /// Adds everything in a folder.
    fn about_all_in(mut self, folder: &str) -> Self {
        self.command.push(Word::AllIn(folder.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests;
