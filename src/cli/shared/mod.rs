//! What commands share: options, what is judged and where it is read from, what is said at the end.
//!
//! A command takes from here; nothing here takes from a command.
//!
//! | file | what it owns |
//! |---|---|
//! | `ahead` | repositories that had the canon of a path and went on from it |
//! | `columns` | rows of words under their heads |
//! | `comment` | what `validate` and `drift` share: keeping one comment on a pull request up to date |
//! | `compatibility` | whether members suit a version of what they run on: each is read from the forge, and judged |
//! | `confirmed` | whether a person says yes: a whole line is read, and what is neither yes nor no is asked again |
//! | `context` | what a command runs with, built once in `main` |
//! | `decisions` | what the fleet's owners decided about findings: severities, waivers and the baseline |
//! | `fold` | rows that say the same of many, shown once |
//! | `forge` | what commands share that speak with a forge: its options, a client, and the account at the end |
//! | `given` | what was given on the command line, so that the command that goes on is given it again |
//! | `index` | the package index of commands that read one: its options, and wheels of versions |
//! | `inside` | folders that are parts of a repository, where somebody names one as a repository |
//! | `interruption` | what is said when Ctrl-C ends a command that makes things: before the first one that nothing was made; later how to go on |
//! | `journal` | the journal of a fleet, for commands that change more than one thing |
//! | `judging` | what `validate`, `drift` and `demo` share: judging targets and showing what came of it |
//! | `kept_back` | safe repairs that `fix` leaves out, since git could not bring back what they take away |
//! | `known_words` | words that a shell can complete, of an argument that we judge ourselves |
//! | `missing_paths` | paths that somebody named and where no repository is |
//! | `next` | what is useful next, said in one way by all commands: lines that can be pasted, each by itself |
//! | `observing` | where repositories are read from: this machine, all at once, or the forge, in rounds |
//! | `options` | options that several commands share |
//! | `other_kinds` | telling somebody that what they judge is of another kind than the shape that nobody chose |
//! | `past_runs` | what runs leave behind for later ones: the history of drift and the baseline |
//! | `pasted_paths` | places on this machine as words of a command that a person can paste |
//! | `registrations` | the other places that keep the list of members: read, judged and repaired |
//! | `registry` | the image registry of commands that read one: the client, with the credentials that are there for it |
//! | `settings` | settings of members on the forge, judged beside their trees |
//! | `shapes` | shapes, each loaded once: which one a member is held to, and whether fleet.yaml and it speak of the same names |
//! | `strays` | repositories below fleet.yaml that are not members and whose names say no kind |
//! | `targets` | which repositories a command is about, and which shape each is held to |

mod ahead;
pub(in crate::cli) mod columns;
pub(in crate::cli) mod comment;
pub(in crate::cli) mod compatibility;
pub(in crate::cli) mod confirmed;
pub(in crate::cli) mod context;
pub(in crate::cli) mod decisions;
pub(in crate::cli) mod fold;
pub(in crate::cli) mod forge;
pub(in crate::cli) mod given;
pub(in crate::cli) mod index;
mod inside;
pub(in crate::cli) mod interruption;
pub(in crate::cli) mod journal;
pub(in crate::cli) mod judging;
pub(in crate::cli) mod kept_back;
pub(in crate::cli) mod known_words;
pub(in crate::cli) mod missing_paths;
pub(in crate::cli) mod next;
pub(in crate::cli) mod observing;
pub(in crate::cli) mod options;
pub(in crate::cli) mod other_kinds;
pub(in crate::cli) mod past_runs;
pub(in crate::cli) mod pasted_paths;
pub(in crate::cli) mod registrations;
pub(in crate::cli) mod registry;
pub(in crate::cli) mod settings;
pub(in crate::cli) mod shapes;
mod strays;
pub(in crate::cli) mod targets;
