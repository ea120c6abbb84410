//! The one member that somebody means by a name.

use super::{Fleet, Member};
use crate::error::{Error, Result};

impl Fleet {
    /// Returns the member with a name: its slug, an alias or its repository.
    ///
    /// # Errors
    /// When no member has the name, or several have it: which one is meant is not guessed.
    pub fn one<'a>(&'a self, name: &'a str) -> Result<&'a Member> {
        let found: Vec<&Member> = self.meant(name).collect();
        match found[..] {
            [member] => Ok(member),
            [] => Err(self.no_member(name)),
            _ => {
                let error = Error::usage(format!("several members are called `{name}`"));
                Err(error.in_file(&self.file).hint(name_one(&found)))
            }
        }
    }

    /// Returns the only member with a name; `None` if several have it.
    #[must_use]
    pub fn only<'a>(&'a self, name: &'a str) -> Option<&'a Member> {
        let mut found = self.named(name);
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }

    /// Returns the error for a name that no member has.
    #[must_use]
    pub fn no_member(&self, name: &str) -> Error {
        let error = Error::usage(format!("no member of the fleet is called `{name}`"));
        error.in_file(&self.file).hint(match self.meant_by(name) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`shipshape fleet list` lists them".to_owned(),
        })
    }
}

/// The hint for a name that several members have.
#[must_use]
pub fn name_one(found: &[&Member]) -> String {
    // The name of one repository may be the slug of another member.
    let is_shared = |name: &str| found.iter().filter(|member| member.is_called(name)).count() > 1;
    let whole = found.iter().map(|member| match member.name() {
        name if is_shared(&name) => format!("`{}/{name}`", member.repository.owner),
        name => format!("`{name}`"),
    });
    format!("name the repository: {}", whole.collect::<Vec<String>>().join(", "))
}
