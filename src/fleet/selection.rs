//! Selects the members that a command applies to: `claude-code kind=workspace '!owner=@acme/agents'`.

use super::{Fleet, Member};
use crate::error::Error;
use crate::source::typed::nearest;
use crate::source::wildcard::fits_in_any_case;

/// The field that a term matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    /// The name of a repository that has members only in its folders, and selects those. It is written like a name.
    Repository,
    Kind,
    Owner,
    Profile,
}

impl Field {
    /// Whether a name alone is such a term.
    fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Repository)
    }
}

const FIELDS: [(&str, Field); 4] = [
    ("name", Field::Name),
    ("kind", Field::Kind),
    ("owner", Field::Owner),
    ("profile", Field::Profile),
];

/// One term: `kind=workspace`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    written: String,
    field: Field,
    value: String,
    negated: bool,
}

/// A selection of members. The default selects all that are not retired.
///
/// A term is a name (slug, alias or repository), or `kind=`, `owner=` or `profile=` followed by a value. `*` matches
/// any text, and `!` before a term excludes what it matches. A member must match one of the terms of each field that
/// has any. A repository with members only in its folders selects them all. Retired members have to be selected by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    terms: Vec<Term>,
}

impl Selection {
    /// Parses terms from the command line.
    ///
    /// # Errors
    /// For an unknown field or an empty value.
    pub fn parse<S: AsRef<str>>(terms: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let terms =
            terms.into_iter().map(|term| parse_term(term.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Returns the selected members, in the manifest's order.
    ///
    /// # Errors
    /// When a term matches no member at all, which is most likely a typo.
    pub fn of<'a>(&self, fleet: &'a Fleet) -> Result<Vec<&'a Member>, Error> {
        let in_place = |term: &Term| {
            let selects = |term: &Term| fleet.members.iter().any(|member| term.selects(member));
            let is_name = term.field == Field::Name;
            let of_repository =
                || is_name.then(|| Term { field: Field::Repository, ..term.clone() });
            let meant =
                Some(term.clone()).filter(&selects).or_else(|| of_repository().filter(selects));
            meant.ok_or_else(|| term.selects_nothing(fleet))
        };
        let terms = self.terms.iter().map(in_place).collect::<Result<Vec<Term>, Error>>()?;
        let meant = Self { terms };
        Ok(fleet.members.iter().filter(|member| meant.contains(member)).collect())
    }

    /// Whether a member is selected.
    fn contains(&self, member: &Member) -> bool {
        let (without, with): (Vec<&Term>, Vec<&Term>) =
            self.terms.iter().partition(|term| term.negated);
        if without.iter().any(|term| term.selects(member)) {
            return false;
        }
        let named = with.iter().any(|term| term.field.is_name() && !term.value.contains('*'));
        if member.retired.is_some() && !named {
            return false;
        }
        FIELDS.iter().all(|(_, field)| {
            let is_of = |term: &&&Term| match term.field {
                Field::Repository => *field == Field::Name,
                other => other == *field,
            };
            let mut terms = with.iter().filter(is_of).peekable();
            terms.peek().is_none() || terms.any(|term| term.selects(member))
        })
    }
}

fn parse_term(written: &str) -> Result<Term, Error> {
    let (negated, rest) = match written.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, written),
    };
    let (field, value) = match rest.split_once('=') {
        None => (Field::Name, rest),
        Some((name, value)) => {
            let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) else {
                let names = FIELDS.map(|(name, _)| name);
                let hint = match nearest(name, names) {
                    Some(meant) => format!("did you mean `{meant}={value}`?"),
                    None => format!("members are selected by {}", names.join(", ")),
                };
                return Err(Error::usage(format!("cannot select members by `{name}`")).hint(hint));
            };
            (*field, value)
        }
    };
    if value.is_empty() {
        let message = format!("`{written}` selects nothing");
        return Err(
            Error::usage(message).hint("give a name, or `kind=`, `owner=`, `profile=` and a value")
        );
    }
    let (written, value) = (written.to_owned(), value.to_owned());
    Ok(Term { written, field, value, negated })
}

impl Term {
    fn selects(&self, member: &Member) -> bool {
        let matches = |value: &Option<String>| {
            value.as_deref().is_some_and(|value| fits_in_any_case(&self.value, value))
        };
        match self.field {
            Field::Repository => member.is_in_repository(&self.value),
            // A pattern without a slash only matches names without one, so that `a*` does not match all of `acme/…`.
            Field::Name => member.names().iter().any(|name| {
                let comparable = self.value.contains('/') || !name.contains('/');
                comparable && fits_in_any_case(&self.value, name)
            }),
            Field::Kind => fits_in_any_case(&self.value, &member.kind),
            Field::Owner => matches(&member.owner),
            Field::Profile => matches(&member.profile),
        }
    }

    fn selects_nothing(&self, fleet: &Fleet) -> Error {
        let known: Vec<String> = match self.field {
            Field::Name | Field::Repository => {
                fleet.members.iter().flat_map(Member::names).collect()
            }
            Field::Kind => fleet.manifest.kinds.keys().cloned().collect(),
            Field::Owner => {
                fleet.members.iter().filter_map(|member| member.owner.clone()).collect()
            }
            Field::Profile => {
                fleet.members.iter().filter_map(|member| member.profile.clone()).collect()
            }
        };
        let error = Error::usage(format!("`{}` selects no member of the fleet", self.written));
        let meant = nearest(&self.value, known.iter().map(String::as_str));
        let meant = meant.or_else(|| match self.field {
            Field::Name | Field::Repository => fleet.meant_by(&self.value),
            Field::Kind | Field::Owner | Field::Profile => None,
        });
        match meant {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None if !self.field.is_name() && !known.is_empty() => {
                let mut known = known;
                known.sort_unstable();
                known.dedup();
                error.hint(format!("there are: {}", known.join(", ")))
            }
            None => error.hint(format!("members are listed in {}", fleet.file.display())),
        }
    }
}
