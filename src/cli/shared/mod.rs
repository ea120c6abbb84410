//! What commands share: options, targets and their sources, and the closing output.
//!
//! Commands use this module; nothing here uses a command.
//!
//! | file | contents |
//! |---|---|
//! | `ahead` | repositories that had the canon of a path and changed it further |
//! | `beside` | what a pattern names beside repositories: files and shape packs |
//! | `campaigns_by_name` | the campaign of a name that is continued, and free names |
//! | `campaigns_here` | campaigns with a file here: their plans, what was done so far, and what continues them |
//! | `columns` | tables with headings |
//! | `comment` | keeping one comment on a pull request up to date, for `validate` and `drift` |
//! | `compatibility` | whether members suit a version of what they run on, judged from the forge |
//! | `confirmed` | asking a yes-or-no question |
//! | `context` | the context of a command, built once in `main` |
//! | `decisions` | the owners' decisions about findings: severities, waivers and the baseline |
//! | `fold` | folding rows that say the same |
//! | `forge` | forge options, a client, and the cost report at the end |
//! | `given` | the options given on the command line, to repeat them in suggested commands |
//! | `index` | package index options, and the wheels of versions |
//! | `inside` | folders inside a repository that were named as if they were one |
//! | `interruption` | the message printed when Ctrl-C ends a command that makes changes |
//! | `journal` | a fleet's journal, for commands that make several changes |
//! | `judging` | judging targets and showing the report, for `validate`, `drift` and `demo` |
//! | `kept_back` | safe repairs that `fix` leaves out because git could not restore what they remove |
//! | `known_words` | shell completion for arguments that are validated later |
//! | `line_ends` | files whose line ends git would see as edited under a new `.gitattributes` |
//! | `missing_paths` | paths at which there is no repository |
//! | `next` | suggested next commands, in one format that can be pasted |
//! | `notifying` | whether the token that notifies members can notify any of them |
//! | `observing` | reading repositories from this machine, or from the forge in rounds |
//! | `options` | options that several commands share |
//! | `other_kinds` | repositories that the default shape does not fit |
//! | `packs_here` | shape packs in repositories themselves |
//! | `past_runs` | what runs record for later ones: the history of drift and the baseline |
//! | `pasted_paths` | paths as words of a command that can be pasted |
//! | `placing` | matching each named folder with its members, and making targets of them |
//! | `registrations` | the other lists of members: reading, judging and repairing them |
//! | `registry` | an image registry client with the available credentials |
//! | `releases` | what is recorded of releases on this machine, and whom a release concerns |
//! | `retired` | retired members that are judged because they were named |
//! | `retirement` | how a retirement goes on that was not finished |
//! | `settings` | judging the settings of members on the forge |
//! | `shape_on_forge` | the shape in a repository on the forge, and what a clone of that has otherwise |
//! | `shapes` | loading shapes, choosing each member's, and checking their names against fleet.yaml |
//! | `strays` | repositories below fleet.yaml that are not members and whose names imply no kind |
//! | `targets` | the repositories that a command works on, with their shapes |

mod ahead;
pub(in crate::cli) mod beside;
pub(in crate::cli) mod campaigns_by_name;
pub(in crate::cli) mod campaigns_here;
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
pub(in crate::cli) mod inside;
pub(in crate::cli) mod interruption;
pub(in crate::cli) mod journal;
pub(in crate::cli) mod judging;
pub(in crate::cli) mod known_words;
pub(in crate::cli) mod line_ends;
pub(in crate::cli) mod missing_paths;
pub(in crate::cli) mod next;
pub(in crate::cli) mod notifying;
pub(in crate::cli) mod observing;
pub(in crate::cli) mod options;
pub(in crate::cli) mod other_kinds;
pub(in crate::cli) mod packs_here;
pub(in crate::cli) mod past_runs;
pub(in crate::cli) mod pasted_paths;
pub(in crate::cli) mod placing;
pub(in crate::cli) mod registrations;
pub(in crate::cli) mod registry;
pub(in crate::cli) mod releases;
mod retired;
pub(in crate::cli) mod retirement;
pub(in crate::cli) mod settings;
mod shape_on_forge;
pub(in crate::cli) mod shapes;
mod strays;
pub(in crate::cli) mod targets;
mod unnamed;
