//! What the package index answers about the runtime package. Pure.

use super::{Examined, Group, State};
use crate::counted::counted;
use crate::error::{Error, Result};
use crate::index::{File, Project};

/// Whether the index answers, and which version is its newest. A distribution that it does not have may not be released yet.
#[must_use]
pub fn package_index(
    address: &str,
    distribution: &str,
    answer: &Result<Option<Project>>,
) -> Examined {
    let (state, found, hint) = match answer {
        Ok(Some(project)) => (State::Works, of_project(address, distribution, project), None),
        Ok(None) => (
            State::Missing,
            format!("{address} answers, and has no {distribution}"),
            Some("if it was released before, is `runtime_package.index` in fleet.yaml correct?"),
        ),
        Err(error) => (State::Fails, error.to_string(), what_to_do(error)),
    };
    let examined = Examined::new(Group::Index, "package index", state, found)
        .needed_for("releases, pins, and campaigns that ask for a version");
    match hint {
        Some(hint) => examined.hint(hint),
        None => examined,
    }
}

fn what_to_do(error: &Error) -> Option<&str> {
    error.hints().first().map(String::as_str)
}

fn of_project(address: &str, distribution: &str, project: &Project) -> String {
    let releases = project.releases();
    let is_offered = |files: &Vec<&File>| files.iter().any(|file| file.yanked.is_none());
    let versions = counted(releases.len(), "version");
    let newest = match releases.iter().rev().find(|(_, files)| is_offered(files)) {
        Some((version, _)) => format!("the newest that is not withdrawn is {version}"),
        None => "none that is not withdrawn".to_owned(),
    };
    format!("{address} has {versions} of {distribution}, {newest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_without_files_and_withdrawn_ones_are_not_the_newest() {
        let nothing =
            Project { versions: vec!["0.3.0".parse().expect("a version")], ..Project::default() };
        let examined =
            package_index("https://index.example/simple/", "acme-runtime", &Ok(Some(nothing)));
        assert_eq!(examined.state, State::Works);
        assert_eq!(
            examined.found,
            "https://index.example/simple/ has 1 version of acme-runtime, none that is not withdrawn"
        );
    }

    #[test]
    fn an_index_that_does_not_answer_is_never_green() {
        let error = Error::failed("https://index.example/simple/ did not answer").hint("ask again");
        let examined = package_index("https://index.example/simple/", "acme-runtime", &Err(error));
        assert_eq!((examined.state, examined.hint.as_deref()), (State::Fails, Some("ask again")));
    }
}
