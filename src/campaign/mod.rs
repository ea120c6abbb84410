//! Campaigns: the same change in many repositories, one pull request each, and never against a person's will.
//!
//! Everything that identifies a campaign is on the forge (a branch, a marker in the pull request, trailers in the
//! commit), so a lost journal costs nothing. Deciding is pure; only `apply`, `merge`, `close` and a revert change
//! anything, through the journal.
//!
//! | module | contents |
//! |---|---|
//! | `file` | the types of `campaign.yaml` |
//! | `targets`, `selection` | which members a campaign selects |
//! | `changes` | the kinds of changes to a tree, one module each |
//! | `commands` | running the commands of a campaign |
//! | `ready_made` | ready-made campaigns |
//! | `compute` | the change of one repository, judged before it is proposed |
//! | `wording` | titles, texts and commit messages |
//! | `identity` | branch, marker and trailers; whose words a pull request has |
//! | `version_spread` | which versions of one distribution the members ask for |
//! | `state` | the states of a repository, and what follows from each |
//! | `surveyed` | one repository, as a campaign sees it |
//! | `fit` | whether merging an open pull request gives what is wanted |
//! | `held` | who owns the branch of a campaign |
//! | `state_of_open_pull` | the state of an open pull request, with the reason |
//! | `closed_pull` | who closed a pull request, and what that means |
//! | `status` | the states of all repositories as a document |
//! | `pinning` | the campaign that `shipshape pin` writes |
//! | `plan` | everything that would be done, as a value |
//! | `look` | what the forge shows of a campaign |
//! | `apply` | carrying out a plan |
//! | `merge`, `close`, `inverse` | what comes after: merging, closing, reverting |
//! | `leftovers` | cleaning up after a run that died while it merged or closed |
//! | `effect_kind` | the kinds of effects on a repository, and their keys in the journal |
//! | `memory` | what the journal knew when a run began |
//! | `asked` | for which repositories a revert was asked |
//! | `notes` | what the journal notes for commands that do not ask the forge |
//! | `failed` | why an effect on a repository failed |
//! | `recorder` | carrying out effects through the journal and the audit log |
//! | `approval` | whether somebody else approved a plan |
//! | `audit` | the log of who did what |
//! | `windows` | when a campaign may act |

pub mod apply;
pub mod approval;
pub mod asked;
pub mod audit;
pub mod changes;
pub mod close;
pub mod closed_pull;
pub mod commands;
pub mod compute;
pub mod effect_kind;
pub mod failed;
pub mod file;
pub mod fit;
pub mod held;
pub mod identity;
pub mod inverse;
pub mod leftovers;
pub mod look;
pub mod memory;
pub mod merge;
pub mod notes;
pub mod pinning;
pub mod plan;
pub mod ready_made;
pub mod recorder;
pub mod selection;
pub mod state;
pub mod state_of_open_pull;
pub mod status;
pub mod surveyed;
pub mod targets;
pub mod version_spread;
pub mod windows;
pub mod wording;
