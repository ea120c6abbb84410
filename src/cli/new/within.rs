//! The repository around the folder of a new member: where members are folders of a repository, a folder beside them is
//! another one of it, and no repository of its own.

use std::path::{Component, Path};

use super::given::Said;
use super::plan::Wish;
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::scaffold::Subject;
use crate::scaffold::derive::Answer;
use crate::snapshot;

/// A folder in a repository that has members already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Within {
    repository: RepositoryName,
    /// The folder's path in it.
    pub(super) path: String,
}

impl Within {
    /// Where the folder of `--local` is, unless something says that it is to be a repository of its own.
    pub(super) fn of(wish: &Wish<'_>, said: &Said) -> Option<Self> {
        let folder = wish.arguments.local.as_ref().filter(|_| !wish.arguments.git)?;
        let is_named = said.typed.contains_key(&Subject::Repository);
        let fleet = wish.chosen.fleet.as_ref().filter(|_| !is_named)?;
        Self::around(fleet, &std::path::absolute(folder).ok()?)
    }

    fn around(fleet: &Fleet, folder: &Path) -> Option<Self> {
        let there = folder.ancestors().find(|it| it.is_dir())?;
        let (root, inside) = snapshot::work_tree_around(there)?;
        let path = slashed(&inside.join(folder.strip_prefix(there).ok()?))?;
        let is_here =
            |member: &&Member| member.path.as_ref().is_some_and(|path| root.join(path).is_dir());
        let mut here = fleet.active().filter(is_here).map(|member| &member.repository);
        let repository = here.next()?;
        let is_only = here.all(|other| other.same(repository));
        is_only.then(|| Self { repository: repository.clone(), path })
    }

    /// Takes the repository for that of the new member.
    pub(super) fn name(&self, answers: &mut [Answer]) {
        let is_it = |answer: &&mut Answer| answer.question.subject == Subject::Repository;
        if let Some(answer) = answers.iter_mut().find(is_it) {
            answer.value = Some(self.repository.to_string());
        }
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
