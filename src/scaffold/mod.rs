//! The wizard for a new repository, and what it creates.
//!
//! The wizard, the flags and the answers file share one definition of the *questions* ([`questions`]). What a person
//! typed is kept apart from what follows from it: [`derive`](derive::derive) computes every answer from what was typed,
//! the pack, the kind and the manifest, so that going back a question derives the later answers again. [`draft`]
//! renders the pack with the answers, compares the tree with the starter, and judges it by all rules; a
//! [`Draft`](draft::Draft) is a value. Errors that would be in it from its first commit on keep it from being created
//! ([`hindrance`]). [`publish`] creates one on a forge, recording each step in the journal;
//! `cli::new` writes one into a folder. [`creation`] is the document about it for programs.

pub mod answers;
pub mod chosen_kind;
pub mod creation;
pub mod derive;
pub mod draft;
pub mod hindrance;
pub mod interview;
pub mod publish;
pub mod questions;
pub mod slug;

pub use answers::AnswersFile;
pub use chosen_kind::{ChosenKind, Listed};
pub use derive::{Answer, Origin, Typed};
pub use questions::{Question, Subject};
