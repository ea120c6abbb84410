//! The outcome by runtime, as a server returns and remembers it.

use super::outcome::{Outcome, Stage};

/// The outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByRuntime {
    /// All runtimes that were tried.
    pub runtimes: Vec<RefreshedRuntime>,
    /// Why the outcome is incomplete: the engine is unavailable, or containers cannot be listed.
    pub failure: Option<Unfinished>,
}

/// The outcome of one runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshedRuntime {
    /// The runtime.
    pub runtime: String,
    /// Whether the image here is the registry's.
    pub pulled: bool,
    /// Whether it is held, and so was left alone.
    pub held: bool,
    /// What failed, and why: its image was not pulled, or a container could not be removed.
    pub failure: Option<String>,
    /// Names of the containers that were removed.
    pub recreated: Vec<String>,
}

/// Why a refresh is incomplete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The cause.
    pub why: String,
    /// How to fix it.
    pub hint: Option<String>,
}

impl ByRuntime {
    /// Splits an outcome by runtime. A failure to list containers concerns all of them.
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
