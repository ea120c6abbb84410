//! What `shipshape waive` may accept in a package: the findings of `package check`, and the file for its waivers.

use std::path::{Path, PathBuf};

use super::check::{self, Around};
use super::options;
use crate::checks::Finding;
use crate::checks::distribution as rules;
use crate::cli::Context;
use crate::error::{Error, Result};
use crate::package::project::{Place, Project};

/// The findings of one distribution.
pub(in crate::cli) struct Waivable {
    /// The distribution's name in waivers.
    pub(in crate::cli) name: String,
    /// The file of its waivers.
    pub(in crate::cli) file: PathBuf,
    /// The findings that no waiver covers: each with the path in the distribution, which waivers use, and as
    /// `package check` shows it.
    pub(in crate::cli) findings: Vec<(Finding, Finding)>,
}

/// Whether a path is a package description or a distribution. A folder is taken for a repository.
pub(in crate::cli) fn is_package(named: &Path) -> bool {
    let text = named.to_string_lossy().to_ascii_lowercase();
    [".yaml", ".yml", ".whl", ".tar.gz"].iter().any(|end| text.ends_with(end)) && !named.is_dir()
}

/// Judges a package.yaml, or a distribution of the package.yaml here or in a folder above.
///
/// # Errors
/// When it cannot be judged, or the place of its waivers is not known.
pub(in crate::cli) fn of(named: &Path, context: &Context) -> Result<Waivable> {
    options::present(named, "description or distribution")?;
    let text = named.to_string_lossy().to_ascii_lowercase();
    let (opened, around) = if text.ends_with(".yaml") || text.ends_with(".yml") {
        let place = Place { description: Some(named), ..Place::default() };
        let project = context.all(Project::load(place))?;
        check::of_project(project, check::VERSION, context)?
    } else {
        (vec![check::open(named)], Around::of(None, None, context)?)
    };
    let own = around.distribution();
    let is_own = |name: &String| opened.iter().any(|opened| opened.names.contains(name));
    let Some(document) = around.document.as_ref().filter(|_| own.as_ref().is_some_and(is_own))
    else {
        return Err(Error::usage("nothing says where the waivers of this distribution are")
            .in_file(named)
            .hint("run it where its package.yaml is, or name package.yaml itself"));
    };
    let mut judged = check::judge(&opened, &around, None);
    if let Some(error) = judged.iter().find_map(|report| report.error.as_ref()) {
        return Err(Error::failed("cannot judge the distribution").in_file(named).caused_by(error));
    }
    check::waive(context, &around, &opened, &mut judged)?;
    let found = judged.into_iter().flat_map(|report| report.findings);
    let found: Vec<Finding> = found.filter(|finding| finding.waived.is_none()).collect();
    let mut shown = found.clone();
    if let (Some(project), [opened]) = (&around.project, &*opened)
        && let Ok(distribution) = &opened.distribution
    {
        rules::at_source(project, distribution, &mut shown);
    }
    Ok(Waivable {
        name: document.description.distribution.clone(),
        file: document.folder().join(&document.description.waivers),
        findings: found.into_iter().zip(shown).collect(),
    })
}
