//! Finds paths that set repositories apart: those that the shape does not know and some repositories have.

use std::collections::BTreeMap;

use crate::drift::model::{Outlier, RepositoryReport};
use crate::shape::PathVerdict;

/// Returns the paths unknown to the shape, with the repositories that have them: candidates for the shape if most have
/// them, and for a waiver or removal otherwise. Only repositories of the same shape are compared.
#[must_use]
pub fn of<'r>(repositories: impl IntoIterator<Item = &'r RepositoryReport>) -> Vec<Outlier> {
    let mut shapes: BTreeMap<&str, Vec<&RepositoryReport>> = BTreeMap::new();
    for repository in repositories.into_iter().filter(|repository| repository.error.is_none()) {
        shapes.entry(&repository.shape).or_default().push(repository);
    }
    let mut outliers: Vec<Outlier> =
        shapes.values().flat_map(|of_one| of_one_shape(of_one)).collect();
    outliers.sort_by(|one, other| one.path.cmp(&other.path));
    outliers
}

fn of_one_shape(judged: &[&RepositoryReport]) -> Vec<Outlier> {
    let mut present: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for repository in judged {
        for report in repository.paths.iter().filter(|report| report.verdict == PathVerdict::Extra)
        {
            present.entry(report.path.as_str()).or_default().push(repository.name.clone());
        }
    }
    if judged.len() < 2 {
        return Vec::new();
    }
    let outlier = |(path, present_in): (&str, Vec<String>)| {
        let question = if present_in.len() * 2 > judged.len() {
            "promote it into the shape?"
        } else {
            "adopt, waive or remove?"
        };
        Outlier {
            path: path.to_owned(),
            present_in,
            of: judged.len(),
            question: question.to_owned(),
        }
    };
    present.into_iter().map(outlier).collect()
}
