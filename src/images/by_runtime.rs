//! What came of bringing images up to date, runtime by runtime: what a server answers and remembers.

use super::outcome::{Outcome, Stage};

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByRuntime {
    /// Each runtime that was tried.
    pub runtimes: Vec<RefreshedRuntime>,
    /// Why it is not the whole: the engine is not there, or containers cannot be listed.
    pub failure: Option<Unfinished>,
}

/// One runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshedRuntime {
    /// The runtime.
    pub runtime: String,
    /// Whether its image is here as the registry has it.
    pub pulled: bool,
    /// Whether it is held, and was left alone.
    pub held: bool,
    /// What could not be done, and why: its image was not pulled, or a container would not go.
    pub failure: Option<String>,
    /// Containers that were removed, by their names.
    pub recreated: Vec<String>,
}

/// Why a refresh is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// What happened.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ByRuntime {
    /// An outcome of these runtimes. That containers cannot be listed concerns all of them.
    #[must_use]
    pub fn of(slugs: &[String], outcome: &Outcome) -> Self {
        let unlisted = outcome.failed.iter().find(|failure| failure.stage == Stage::List);
        let one = |slug: &String| {
            let failures =
                outcome.failed.iter().filter(|it| it.runtime == *slug && it.stage != Stage::List);
            let whys: Vec<String> = failures
                .map(|failure| match &failure.container {
                    Some(container) => format!("{container}: {}", failure.why),
                    None => failure.why.clone(),
                })
                .collect();
            let gone = outcome.recreated.iter().filter(|it| it.runtime == *slug);
            RefreshedRuntime {
                runtime: slug.clone(),
                pulled: outcome.pulled.iter().any(|it| it.runtime == *slug)
                    || outcome.current.iter().any(|it| it.runtime == *slug),
                held: outcome.held.iter().any(|it| it.runtime == *slug),
                failure: (!whys.is_empty()).then(|| whys.join("; ")),
                recreated: gone.map(|it| it.container.clone()).collect(),
            }
        };
        Self {
            runtimes: slugs.iter().map(one).collect(),
            failure: unlisted.map(|failure| Unfinished {
                why: format!("containers cannot be listed: {}", failure.why),
                hint: failure.hint.clone(),
            }),
        }
    }
}
