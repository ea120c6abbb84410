//! Campaigns: the same change in every repository, once each, and never against a person's will.
//!
//! In: a campaign's file, a fleet, and what a forge shows. Out: a plan of what would be done to each repository and
//! why; its effects, through the journal, in waves; and where each repository stands. What is known of a campaign is
//! on the forge (a branch, a marker in the pull request, trailers in the commit), so a journal that was lost
//! costs nothing. Deciding is pure; only `apply` and what merges, closes and reverts changes anything.
//!
//! | file | what it owns |
//! |---|---|
//! | `file` | `campaign.yaml`, typed |
//! | `targets`, `selection` | which members are meant |
//! | `changes` | what is done to a tree, one file for each kind of change |
//! | `commands` | what commands of a campaign may see |
//! | `library` | campaigns that are ready to be run |
//! | `compute` | the change of one repository, judged again |
//! | `wording` | titles, texts and messages |
//! | `identity` | branch, marker and trailers |
//! | `spread` | what the members ask of one distribution |
//! | `standing` | how a repository stands: a word and a reason |
//! | `status` | where every repository stands, as a document |
//! | `pinning` | the campaign that `shipshape pin` amounts to |
//! | `plan` | everything that would be done, as a value |
//! | `look` | what the forge shows of it |
//! | `apply` | a plan, made true |
//! | `merge`, `close`, `inverse` | what comes after |
//! | `leftovers` | what a run left that died while it merged or closed |
//! | `effect_kind` | the kinds of effects on a repository, and their keys in the journal |
//! | `memory` | what the journal knew before |
//! | `failed` | why something did not come about on a repository |
//! | `recorder` | effects on the forge, through the journal and into the log |
//! | `approval` | whether somebody else approved a plan |
//! | `audit` | the log of who did what |
//! | `windows` | when it may act |

pub mod apply;
pub mod approval;
pub mod audit;
pub mod changes;
pub mod close;
pub mod commands;
pub mod compute;
pub mod effect_kind;
pub mod failed;
pub mod file;
pub mod identity;
pub mod inverse;
pub mod leftovers;
pub mod library;
pub mod look;
pub mod memory;
pub mod merge;
pub mod pinning;
pub mod plan;
pub mod recorder;
pub mod selection;
pub mod spread;
pub mod standing;
pub mod state;
pub mod status;
pub mod targets;
pub mod windows;
pub mod wording;
