//! The canonical contents, current and earlier, of the paths of one repository, rendered with its variables.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::checks::Repository;
use crate::shape::breakout::Breakout;
use crate::shape::lineage::EarlierContent;
use crate::shape::pack::{Canon, CanonSource, HeldPath};
use crate::shape::render::RenderError;
use crate::shape::variables::{Disagreement, Variables};

/// The canons of one repository.
#[derive(Debug)]
pub struct Canons<'r, 'a> {
    repository: &'r Repository<'a>,
    values: Result<(Variables, Vec<Disagreement>), RenderError>,
}

impl<'r, 'a> Canons<'r, 'a> {
    /// Creates the canons of a repository.
    #[must_use]
    pub fn of(repository: &'r Repository<'a>) -> Self {
        Self { repository, values: repository.variables(None) }
    }

    /// The variables whose sources disagree about their value.
    #[must_use]
    pub fn disagreements(&self) -> &[Disagreement] {
        self.values.as_ref().map_or(&[], |(_, disagreements)| disagreements)
    }

    /// Returns a variable whose source cannot be read and that source's path, if the canon at `held` is a template.
    #[must_use]
    pub fn guessed(&self, held: &HeldPath) -> Option<(String, String)> {
        let templated = matches!(held.canon, Some(CanonSource::Template { .. }));
        let (values, _) = self.values.as_ref().ok()?;
        values.uncertain.first().filter(|_| templated).cloned()
    }

    /// Returns the canon of a path, or `None` if the shape has no content for it.
    ///
    /// If a variable is extracted from this very path, its value is found without looking there.
    ///
    /// # Errors
    /// When the template does not render with the variables.
    pub fn canon(&self, held: &HeldPath) -> Result<Option<Canon>, RenderError> {
        self.repository.pack.canon(held, &*self.values(held)?)
    }

    /// Returns how values of this repository break out of the canon of a path, if they do.
    #[must_use]
    pub fn breakout(&self, held: &HeldPath) -> Option<Breakout> {
        Breakout::of(self.repository.pack, held, &*self.values(held).ok()?)
    }

    /// The values that the canon of a path is rendered with.
    fn values(&self, held: &HeldPath) -> Result<Cow<'_, Variables>, RenderError> {
        let path = held.rule.path.as_str();
        let variables = &self.repository.pack.manifest.variables;
        let speaks_of_itself = variables.iter().any(|(_, variable)| {
            variable.extract.as_ref().is_some_and(|extract| extract.path() == path)
        });
        if speaks_of_itself {
            return self.repository.variables(Some(path)).map(|(values, _)| Cow::Owned(values));
        }
        let (values, _) = self.values.as_ref().map_err(Clone::clone)?;
        Ok(Cow::Borrowed(values))
    }

    /// Returns the earlier canons of a path as rendered for this repository, newest first; `None` where one no longer
    /// renders. Each content occurs once, and today's not at all: a default that this repository does not use makes no
    /// version of its own here.
    #[must_use]
    pub fn earlier(&self, path: &str, today: &Canon) -> Vec<Option<Arc<[u8]>>> {
        let earlier = self.repository.pack.lineage.of(path);
        let mut rendered = Vec::with_capacity(earlier.len());
        let mut seen: HashSet<Arc<[u8]>> = HashSet::from([Arc::clone(&today.bytes)]);
        for canon in earlier {
            let bytes = match &canon.content {
                EarlierContent::Literal(bytes) => Some(Arc::clone(bytes)),
                content => content.bytes(|definitions, templates| {
                    let given = self.repository.given();
                    let extract = |extract: &_| self.repository.extract(extract, Some(path));
                    Variables::resolve(definitions, templates, &given, extract)
                        .ok()
                        .map(|(values, _)| values)
                }),
            };
            let is_new = bytes.as_ref().is_none_or(|bytes| seen.insert(Arc::clone(bytes)));
            if is_new {
                rendered.push(bytes);
            }
        }
        rendered
    }
}
