//! Moves findings about a package assembled in memory to the places that a person can edit.
//!
//! Findings come with paths inside the distribution and are moved to files of the project's folder or to
//! package.yaml. Waivers are applied earlier, by the distribution's paths, so that they cover the wheel too. A
//! location without a source (a file that the build generates) is left as it is.

use std::collections::BTreeMap;

use crate::checks::finding::{Finding, Location};
use crate::package::PackageTree;
use crate::package::distribution::Distribution;
use crate::package::project::Project;
use crate::package::rewrite::{Edit, rewrite};
use crate::snapshot::RepoPath;
use crate::source::typed::Step;
use crate::source::{Span, Text};

/// Moves each finding to the source it comes from.
pub fn at_source(project: &Project, distribution: &Distribution, findings: &mut [Finding]) {
    let mut origins = Origins {
        project,
        distribution,
        tree: project.tree(),
        sources: BTreeMap::new(),
        spans: BTreeMap::new(),
    };
    for finding in findings {
        let related = finding.related.iter_mut().map(|(location, _)| location);
        for location in finding.location.iter_mut().chain(related) {
            if let Some(origin) = origins.of(location) {
                *location = origin;
            }
        }
    }
}

struct Origins<'a> {
    project: &'a Project,
    distribution: &'a Distribution,
    tree: PackageTree,
    /// Files whose imports were rewritten again, with the edits; `None` for a file in another encoding.
    sources: BTreeMap<RepoPath, Option<(Text, Vec<Edit>)>>,
    /// Spans of the values of mappings in package.yaml.
    spans: BTreeMap<Vec<Step>, BTreeMap<String, Span>>,
}

impl Origins<'_> {
    fn of(&mut self, location: &Location) -> Option<Location> {
        let path = &location.path;
        let start = location.region.as_ref().map(|region| region.span.start);
        if self.distribution.entry_points.as_ref().is_some_and(|file| file.path == *path) {
            let steps = self.entry_point(start?)?;
            return Some(self.described(&steps));
        }
        if self.distribution.metadata.as_ref().is_some_and(|file| file.path == *path) {
            let steps = self.field(start?)?;
            return Some(self.described(&steps));
        }
        self.module(location)
    }

    /// The location of a value in package.yaml. A mapping may have as many entries as there are findings, so each is
    /// scanned only once.
    fn described(&mut self, steps: &[Step]) -> Location {
        let document = &self.project.document;
        let span = match steps.split_last() {
            Some((Step::Key(name), parents)) => {
                let known = self.spans.entry(parents.to_vec());
                let spans = known.or_insert_with(|| document.spans_in(parents));
                spans.get(name).copied()
            }
            _ => None,
        };
        let span = span.unwrap_or_else(|| document.span(steps));
        Location::span(self.project.description_path().as_str(), &document.text, span)
    }

    /// A location in a module, as it was before its imports were rewritten.
    fn module(&mut self, location: &Location) -> Option<Location> {
        let (from, id) = self.tree.source_of(location.path.as_str())?;
        let shown = self.project.source_path(from);
        let whole = Location::file(shown.clone());
        let Some(region) = &location.region else { return Some(whole) };
        if !self.sources.contains_key(from) {
            let bytes = self.project.source.read(id).ok()?;
            let rewritten = rewrite(from, &bytes, self.tree.namespace()).ok();
            let read = Text::decode(&bytes).ok().zip(rewritten.map(|rewritten| rewritten.edits));
            self.sources.insert(from.clone(), read);
        }
        // Offsets into a file in another encoding cannot be mapped back, but its path can.
        let Some(Some((text, edits))) = self.sources.get(from) else {
            return Some(Location { path: shown, region: Some(region.clone()) });
        };
        let mark = if text.has_byte_order_mark() { 3 } else { 0 };
        let before = |offset: usize| before_edits(offset + mark, edits) - mark;
        let span = Span::new(before(region.span.start), before(region.span.end));
        Some(Location::span(shown, text, span))
    }

    /// The key of package.yaml that an entry point comes from.
    fn entry_point(&self, offset: usize) -> Option<Vec<Step>> {
        let entries = &self.distribution.entry_points.as_ref()?.value.entries;
        // Entries are ordered by position.
        let behind = entries.partition_point(|entry| entry.name_span.start <= offset);
        let entry = entries.get(behind.checked_sub(1)?)?;
        if entry.value_span.end < offset {
            return None;
        }
        let metadata = Step::from("metadata");
        Some(match entry.group.as_str() {
            "console_scripts" => vec![metadata, "scripts".into(), entry.name.as_str().into()],
            group => {
                vec![metadata, "entry-points".into(), group.into(), entry.name.as_str().into()]
            }
        })
    }

    /// The key of package.yaml that a field of METADATA comes from.
    fn field(&self, offset: usize) -> Option<Vec<Step>> {
        let fields = &self.distribution.metadata.as_ref()?.value.fields;
        let holds = |span: Span| span.start <= offset && offset <= span.end;
        let field = fields.iter().find(|field| holds(field.name_span.to(field.span)))?;
        let metadata = &self.project.document.description.metadata;
        let key = match field.name.as_str() {
            "Name" => return Some(vec!["distribution".into()]),
            "Summary" => "description",
            "License-Expression" => "license",
            "License-File" => "license-files",
            "Requires-Python" => "requires-python",
            "Classifier" => "classifiers",
            "Keywords" => "keywords",
            "Author" | "Author-email" => "authors",
            "Project-URL" => "urls",
            "Description-Content-Type" => "readme",
            "Provides-Extra" => "optional-dependencies",
            "Requires-Dist" if metadata.dependencies_from.is_some() => "dependencies-from",
            "Requires-Dist" => "dependencies",
            _ => return Some(vec!["metadata".into()]),
        };
        Some(vec!["metadata".into(), key.into()])
    }
}

/// Maps an offset back to the bytes before the edits. An offset inside inserted text maps to where that was inserted.
fn before_edits(offset: usize, edits: &[Edit]) -> usize {
    let mut inserted = 0;
    for edit in edits {
        let starts = edit.offset + inserted;
        if offset <= starts {
            break;
        }
        if offset < starts + edit.inserted.len() {
            return edit.offset;
        }
        inserted += edit.inserted.len();
    }
    offset - inserted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Position;

    #[test]
    fn offsets_are_those_before_the_imports_moved() {
        let edit = |offset, inserted: &str| Edit {
            offset,
            position: Position { line: 1, column: 1 },
            inserted: inserted.to_owned(),
        };
        // `import x; y` and `import P.x as x; y`
        let edits = [edit(7, "P."), edit(8, " as x")];
        let before = |offset| before_edits(offset, &edits);
        assert_eq!([0, 7, 8, 9, 10, 12, 15, 17].map(before), [0, 7, 7, 7, 8, 8, 8, 10]);
    }
}
