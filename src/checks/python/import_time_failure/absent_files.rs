//! Whether the image contains what the adapter's modules import from their own repository.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::{Certainty, Forecast};
use crate::checks::dockerfile::build_context::BuildContext;
use crate::checks::dockerfile::image_files::{ImageFiles, join};
use crate::checks::dockerfile::modules::{Placed, brought_by_distribution};
use crate::checks::python::adapter::Adapter;
use crate::checks::python::adapter::sibling::{Sibling, Siblings, Target, joined};
use crate::checks::{Finding, Repository};
use crate::source::Span;
use crate::source::dockerfile::Dockerfile;
use crate::source::python::{Import, Imported, When};

/// The image that an adapter is built into.
pub(super) struct Image<'r, 'a> {
    repository: &'r Repository<'a>,
    dockerfile: Arc<Dockerfile>,
    context: BuildContext<'r, 'a>,
}

impl<'r, 'a> Image<'r, 'a> {
    /// The image whose Dockerfile names the adapter. `None` if there is no such Dockerfile, or if the image lacks the
    /// adapter itself, which `docker-environment` reports.
    pub(super) fn of(repository: &'r Repository<'a>, adapter: &Adapter<'_>) -> Option<Self> {
        let named = adapter.demand.named_by.as_ref()?;
        let dockerfile = repository.dockerfile(&named.dockerfile)?;
        let context = BuildContext::of(repository, &named.dockerfile);
        let image = Self { repository, dockerfile, context };
        let (placed, _) = image.files().module(&adapter.module.dotted);
        (placed == Placed::There).then_some(image)
    }

    fn files(&self) -> ImageFiles<'_, '_, 'r, 'a> {
        ImageFiles { view: self.dockerfile.final_stage(), context: &self.context }
    }

    /// Why the image lacks a module, and what to do about it.
    ///
    /// # Errors
    /// When that cannot be decided; the string says why.
    fn lacks(&self, module: &Sibling) -> Result<Option<(String, String)>, String> {
        let files = self.files();
        let file = &module.path;
        let (placed, folders) = files.module(&module.dotted);
        match placed {
            Placed::There => Ok(None),
            Placed::Unknown(because) => Err(because),
            Placed::Excluded(file) => {
                let why = format!(".dockerignore excludes `{file}` from the image");
                Ok(Some((why, format!("add the line `!{file}` to the ignore file"))))
            }
            Placed::Absent => {
                let brought = || {
                    let brought = files.installed_from_here();
                    brought.or_else(|| brought_by_distribution(self.repository, &module.dotted))
                };
                if let Some((destination, _)) = files.destinations_of(file).last() {
                    if let Some(folder) = unpacked(module, destination, &folders)
                        && brought().is_none()
                    {
                        return Ok(Some(contents_alone(module, folder)));
                    }
                    // The module may extend Python's search path itself.
                    let searched = folders.join("` and `");
                    return Err(format!(
                        "it is copied to `{destination}`, but Python looks in `{searched}`"
                    ));
                }
                if let Some(because) = brought() {
                    return Err(because);
                }
                let folder = folders.first().map_or("", |folder| folder.trim_end_matches('/'));
                let help = match module.dotted.split_once('.') {
                    Some((package, _)) => {
                        let root = file.strip_suffix(&inside(module)).unwrap_or_default();
                        format!("add `COPY {root}{package}/ {folder}/{package}/` to the Dockerfile")
                    }
                    None => format!("add `COPY {file} {folder}/` to the Dockerfile"),
                };
                Ok(Some((format!("`{file}` is not copied into the image"), help)))
            }
        }
    }
}

/// The file of a module, relative to the folder that its top-level package is in.
fn inside(module: &Sibling) -> String {
    let path = module.dotted.replace('.', "/");
    if module.is_package { format!("{path}/__init__.py") } else { format!("{path}.py") }
}

/// The folder that Python searches in which a module lies without its package: COPY of a folder copies what is in it.
fn unpacked<'f>(module: &Sibling, destination: &str, folders: &'f [String]) -> Option<&'f str> {
    let inside = inside(module);
    let (_, rest) = inside.split_once('/')?;
    folders.iter().find(|folder| join(folder, rest) == destination).map(String::as_str)
}

/// Why a module is not found that lies without its package in a folder, and what to do about it.
fn contents_alone(module: &Sibling, folder: &str) -> (String, String) {
    let package = module.dotted.split('.').next().unwrap_or(&module.dotted);
    let root = module.path.strip_suffix(&inside(module)).unwrap_or_default();
    let folder = folder.trim_end_matches('/');
    let why = format!(
        "COPY of a folder copies what is in it, so `{package}` is not in `{}`",
        if folder.is_empty() { "/" } else { folder }
    );
    (why, format!("write `COPY {root}{package}/ {folder}/{package}/` in the Dockerfile"))
}

impl Forecast<'_> {
    /// Reports modules of the repository that are imported but are not in the image, each file once. Considers imports
    /// that are as certain to run.
    pub(super) fn absent_files(
        &self,
        image: &Image<'_, '_>,
        certainty: Certainty,
        told: &mut BTreeSet<String>,
        findings: &mut Vec<Finding>,
    ) {
        // The import of this module is guarded, so its failure is caught.
        if self.circumstances.guarded {
            return;
        }
        let is_lazy = |import: &Import| import.context.when == When::Lazy || import.lazy_keyword;
        let is_meant = |import: &&Import| {
            let context = import.context;
            let never = matches!(context.when, When::TypeChecking | When::Main);
            let is_open = context.conditional || is_lazy(import);
            !never
                && !context.guarded
                && self.certainty(is_open, context.versions) == Some(certainty)
        };
        for import in self.sibling.module.imports.iter().filter(is_meant) {
            let is_lazy = is_lazy(import);
            for (module, span) in self.modules_of(import) {
                if !told.insert(module.path.clone()) {
                    continue;
                }
                let finding = match image.lacks(&module) {
                    Ok(None) => continue,
                    Ok(Some((why, help))) => {
                        let lazily = if is_lazy { ", when it runs" } else { "" };
                        let message = format!("the import fails{lazily}: {why}");
                        self.finding(message, span, certainty).help(help)
                    }
                    Err(because) => {
                        let message = format!(
                            "whether the image contains `{}` cannot be determined: {because}",
                            module.path
                        );
                        self.finding(message, span, certainty.max(Certainty::Open)).unchecked()
                    }
                };
                findings.push(finding);
            }
        }
    }

    /// The modules of the repository that an import refers to, each with the span that names it. For `from package
    /// import module` that is the module alone, since its package needs no file of its own.
    fn modules_of(&self, import: &Import) -> Vec<(Rc<Sibling>, Span)> {
        let find = |dotted: &str, span: Span| match self.adapter.siblings.find(dotted) {
            Target::Inside(module) => Some((module, span)),
            Target::Unreadable | Target::Outside => None,
        };
        match &import.imported {
            Imported::Modules(names) => {
                names.iter().filter_map(|name| find(&name.name, name.name_span)).collect()
            }
            // A relative import without a package fails in any case.
            Imported::From { level, .. } if *level > 0 && self.sibling.package().is_empty() => {
                Vec::new()
            }
            Imported::From { module, module_span, level, names, .. } => {
                let dotted = Siblings::absolute(self.sibling, module, *level);
                let Some(dotted) = dotted else { return Vec::new() };
                let submodules =
                    names.iter().map(|name| find(&joined(&dotted, &name.name), name.name_span));
                let submodules: Vec<_> = submodules.collect();
                let whole = find(&dotted, *module_span)
                    .filter(|_| submodules.is_empty() || submodules.iter().any(Option::is_none));
                whole.into_iter().chain(submodules.into_iter().flatten()).collect()
            }
        }
    }
}
