//! The repository around the folder of a new member: where members are folders of a repository, a folder beside them is
//! another one of it, and no repository of its own.

use std::path::{Component, Path};

use super::Arguments;
use crate::cli::shared::placing::repository_beside;
use crate::fleet::RepositoryName;
use crate::scaffold::ChosenKind;

/// A folder in a repository that has members already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Within {
    /// The repository, as its members name it.
    pub(super) repository: RepositoryName,
    /// The folder's path in it.
    pub(super) path: String,
}

impl Within {
    /// Where the folder of `--local` is, unless `--git` makes it a repository of its own.
    pub(super) fn of(arguments: &Arguments, chosen: &ChosenKind) -> Option<Self> {
        let folder = arguments.local.as_ref().filter(|_| !arguments.git)?;
        let (repository, inside) = repository_beside(chosen.fleet.as_ref()?, folder)?;
        Some(Self { repository, path: slashed(&inside)? })
    }
}

/// A path as fleet.yaml writes it; `None` for that of the root, and for one that leaves it.
fn slashed(path: &Path) -> Option<String> {
    let part = |part: Component<'_>| match part {
        Component::Normal(name) => name.to_str().map(str::to_owned),
        _ => None,
    };
    let parts: Vec<String> = path.components().map(part).collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_with_slashes_and_stays_below() {
        let charts = Path::new("charts");
        assert_eq!(slashed(&charts.join("a")).as_deref(), Some("charts/a"));
        assert_eq!(slashed(Path::new("")), None);
        assert_eq!(slashed(&charts.join("..")), None);
    }
}
