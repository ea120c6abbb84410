//! The wizard of a new repository, and what it makes.
//!
//! One definition of the *questions* ([`question`]) serves the wizard, the flags and the answers file. What
//! a person says is kept apart from what follows from it: [`derive`](derive::derive) makes every answer of what was typed,
//! the pack, the kind and the manifest, so that going back a question derives the later ones again. [`draft`]
//! renders the pack with the answers, says what the tree differs from the starter in, and judges it by all
//! rules; a [`Draft`](draft::Draft) is a value. [`publish`] puts one onto a forge through the journal; into a
//! folder it is put by `cli::new`.

pub mod answers;
pub mod derive;
pub mod draft;
pub mod ground;
pub mod interview;
pub mod publish;
pub mod question;
pub mod slug;

pub use answers::AnswersFile;
pub use derive::{Answer, Origin, Typed};
pub use ground::Ground;
pub use question::{Question, Subject};
