//! What the shape wants and once wanted at the paths of one repository, rendered for it.

use std::sync::Arc;

use crate::checks::Repository;
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
    /// For this repository.
    #[must_use]
    pub fn of(repository: &'r Repository<'a>) -> Self {
        Self { repository, values: repository.variables(None) }
    }

    /// Where sources of a variable's value do not agree.
    #[must_use]
    pub fn disagreements(&self) -> &[Disagreement] {
        self.values.as_ref().map_or(&[], |(_, disagreements)| disagreements)
    }

    /// The variable that a template's canon depends on and whose source cannot be read, with that file.
    #[must_use]
    pub fn guessed(&self, held: &HeldPath) -> Option<(String, String)> {
        let templated = matches!(held.canon, Some(CanonSource::Template { .. }));
        let (values, _) = self.values.as_ref().ok()?;
        values.uncertain.first().filter(|_| templated).cloned()
    }

    /// What is wanted at a path, with values that were found without looking at it.
    ///
    /// # Errors
    /// When its template does not render with them.
    pub fn canon(&self, held: &HeldPath) -> Result<Option<Canon>, RenderError> {
        let path = held.rule.path.as_str();
        let variables = &self.repository.pack.manifest.variables;
        let speaks_of_itself = variables.iter().any(|(_, variable)| {
            variable.extract.as_ref().is_some_and(|extract| extract.path() == path)
        });
        if speaks_of_itself {
            let (values, _) = self.repository.variables(Some(path))?;
            return self.repository.pack.canon(held, &values);
        }
        let (values, _) = self.values.as_ref().map_err(Clone::clone)?;
        self.repository.pack.canon(held, values)
    }

    /// Earlier contents as they were for this repository, newest first; `None` where only an id is known.
    #[must_use]
    pub fn earlier(&self, path: &str) -> Vec<Option<Arc<[u8]>>> {
        let earlier = self.repository.pack.lineage.of(path);
        let rendered = earlier.iter().map(|canon| match &canon.content {
            EarlierContent::Literal(bytes) => Some(Arc::clone(bytes)),
            content => content.bytes(|definitions, templates| {
                let given = self.repository.given();
                let extract = |extract: &_| self.repository.extract(extract, Some(path));
                Variables::resolve(definitions, templates, &given, extract)
                    .ok()
                    .map(|(values, _)| values)
            }),
        });
        rendered.collect()
    }
}
