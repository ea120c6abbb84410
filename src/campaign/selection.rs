//! Which members a campaign selects: by its file, its lists, and how they were judged.

use std::path::Path;

use super::file::{Campaign, Select};
use super::targets;
use crate::checks::{Finding, Rule, catalogue};
use crate::drift::model::RepositoryReport;
use crate::edge::whole_file;
use crate::error::Error;
use crate::fleet::{Fleet, Member, Selection};

/// An additional list of targets: its name in errors, and its bytes.
pub type List<'a> = (&'a Path, &'a [u8]);

/// The members that a campaign may select before any of them is read, in the order of the manifest.
///
/// # Errors
/// When a term selects no member; for a list, everything that is wrong with it.
pub fn members<'f>(
    campaign: &Campaign,
    fleet: &'f Fleet,
    list: Option<List<'_>>,
) -> Result<Vec<&'f Member>, Vec<Error>> {
    let wrong = |error: Error| vec![error.in_file(&campaign.file)];
    let select = &campaign.says.select;
    let named = |field: &str, values: &[String]| -> Vec<String> {
        values
            .iter()
            .map(|value| match value.strip_prefix('!') {
                Some(value) => format!("!{field}={value}"),
                None => format!("{field}={value}"),
            })
            .collect()
    };
    let terms = [
        named("name", &select.members),
        named("kind", &select.kinds),
        named("owner", &select.owners),
        named("profile", &select.profiles),
    ]
    .concat();
    let mut members = Selection::parse(&terms).and_then(|terms| terms.of(fleet)).map_err(wrong)?;
    if let Some(file) = &select.targets {
        let file = campaign.beside(file).map_err(|error| vec![error])?;
        let bytes = whole_file::read(&file).map_err(|error| vec![error])?;
        let bytes = bytes
            .ok_or_else(|| vec![Error::usage("there is no such list of targets").in_file(&file)])?;
        let listed = targets::read(&file, &bytes, fleet)?;
        members.retain(|member| listed.iter().any(|listed| std::ptr::eq(*listed, *member)));
    }
    let name = &campaign.says.name;
    if members.is_empty() {
        let error = Error::usage(format!("the campaign `{name}` selects no member"));
        return Err(wrong(error.hint("check `select` and the lists of targets")));
    }
    if let Some((named, bytes)) = list {
        let listed = targets::read(named, bytes, fleet)?;
        members.retain(|member| listed.iter().any(|listed| std::ptr::eq(*listed, *member)));
        if members.is_empty() {
            let error =
                Error::usage(format!("the campaign `{name}` selects none of the named members"));
            return Err(wrong(error.hint("name others, or check `select`")));
        }
    }
    Ok(members)
}

/// A finding that is accepted, and what accepts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// In words: `path-missing Makefile is in the baseline`.
    pub said: String,
    /// Whether it is in the baseline, and no waiver is about it.
    pub is_in_baseline: bool,
}

/// The accepted findings because of which a judged repository is not selected. `without_waivers` is its report as it would
/// be without any.
#[must_use]
pub fn waived(
    select: &Select,
    without_waivers: &RepositoryReport,
    report: &RepositoryReport,
) -> Vec<Accepted> {
    if is_meant(select, report) || !is_meant(select, without_waivers) {
        return Vec::new();
    }
    let names = |finding: &&Finding| select.findings.is_empty() || is_named(select, finding);
    let said = |finding: &Finding| {
        let waived = finding.waived.as_ref()?;
        let path = finding.path().map(|path| format!(" {path}")).unwrap_or_default();
        let is_in_baseline = waived.is_baseline();
        let by = match is_in_baseline {
            true => "in the baseline".to_owned(),
            false => format!("waived ({})", waived.reason),
        };
        Some(Accepted { said: format!("{}{path} is {by}", finding.rule.id), is_in_baseline })
    };
    report.findings.iter().filter(names).filter_map(said).collect()
}

fn is_named(select: &Select, finding: &Finding) -> bool {
    names(select, finding.rule)
}

fn names(select: &Select, rule: &Rule) -> bool {
    let is_it =
        |name: &String| name.eq_ignore_ascii_case(rule.id) || name.eq_ignore_ascii_case(rule.code);
    select.findings.iter().any(is_it)
}

/// Whether findings of a rule, given by its id or code, may matter for the selection.
#[must_use]
pub fn is_about(select: &Select, rule: &str) -> bool {
    select.findings.is_empty() || catalogue::find(rule).is_none_or(|rule| names(select, rule))
}

/// Whether a judged repository is selected, by its verdict and its findings.
#[must_use]
pub fn is_meant(select: &Select, report: &RepositoryReport) -> bool {
    let stands = select.verdicts.is_empty() || select.verdicts.contains(&report.verdict);
    let found = select.findings.is_empty()
        || report
            .findings
            .iter()
            .filter(|finding| finding.waived.is_none())
            .any(|finding| is_named(select, finding));
    stands && found
}
