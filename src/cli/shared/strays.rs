//! Repositories below fleet.yaml that are not members and whose names say no kind: the shape of the only kind is held
//! against them, and nobody chose it for them.

use crate::cli::Context;
use crate::cli::shared::targets::Targets;
use crate::drift::survey::{Origin, Target};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};

/// So many of them are named in one sentence.
const NAMED: usize = 3;

impl Targets {
    /// Whether nobody chose the shape that a repository below fleet.yaml is compared with.
    pub(in crate::cli) fn is_stray(&self, target: &Target) -> bool {
        matches!(&target.origin, Origin::Local(path) if self.strays.contains(path))
    }

    /// The same of one that reports call so.
    pub(in crate::cli) fn is_called_stray(&self, label: &str) -> bool {
        !self.strays.is_empty() && self.called(label).is_some_and(|target| self.is_stray(target))
    }

    /// Refuses to write into a repository whose shape nobody chose.
    pub(in crate::cli) fn must_be_chosen(&self, target: &Target) -> Result<()> {
        match &self.fleet {
            Some(fleet) if self.is_stray(target) => Err(Error::usage(format!(
                "`{}` is not a member of the fleet, and its name fits no kind: this shape was not chosen for it",
                target.identity.name
            ))
            .in_file(&fleet.file)
            .hint("add it to `members`, or name the shape that it is to have: `--shape FOLDER`")
            .hint("to repair it as a member that is not listed yet, give it a slug: `--slug SLUG`")),
            _ => Ok(()),
        }
    }

    /// Says which repositories are compared with a shape that nobody chose for them.
    pub(in crate::cli) fn tell_strays(&self, context: &Context) {
        let strays: Vec<&Target> = self.targets.iter().filter(|it| self.is_stray(it)).collect();
        let names = strays.iter().take(NAMED).map(|it| format!("`{}`", it.label));
        let names = names.collect::<Vec<_>>().join(", ");
        let more = match strays.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = match strays.len() {
            0 => return,
            1 => {
                "is not a member of the fleet, and its name fits no kind: it is compared with a shape that was not chosen for it"
            }
            _ => {
                "are not members of the fleet, and their names fit no kind: they are compared with a shape that was not chosen for them"
            }
        };
        let note =
            format!("{names}{more} {what}, and `fix` refuses; `--shape FOLDER` names another");
        context.terminal.note(&visible_line(&note));
    }
}
