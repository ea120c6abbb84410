//! SHP208: the files that a document names exist.

use crate::checks::document::{self, Sheet};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Found, Repository, Rule, Severity};
use crate::snapshot::{EntryKind, LinkTarget, RepoPath, link_target};
use crate::source::yaml::Node;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP208",
    id: "document-missing-file",
    severity: Severity::Warning,
    summary: "Every file that the document names is in the repository.",
    protects: "anyone who relies on it: readers skip a missing file, and continue without part of their instructions.",
    details: "The shape's `files` are the keys that name files, relative to the document. A path that leaves the \
              repository is a finding too, and so is an absolute one, though for information only: it may \
              be in the image. What is behind a linked folder cannot be decided. A warning, since the \
              reference fleet's runtime warns and goes on.",
    fails: ("yaml", "prompt_files:\n  - promt.md"),
    passes: ("yaml", "prompt_files:\n  - system-prompt.md"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentMissingFile;

impl Check for DocumentMissingFile {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            for key in &sheet.demand.files {
                let Ok(path) = key.key.parse() else { continue };
                let named = sheet.document.root().all(&path);
                findings.extend(named.into_iter().filter_map(|node| lost(repository, sheet, node)));
            }
        });
    }
}

fn lost(repository: &Repository<'_>, sheet: &Sheet<'_>, node: Node<'_>) -> Option<Finding> {
    let named = node.as_str().filter(|named| !named.is_empty())?;
    let at = |message: String| {
        let mut finding = Finding::new(&RULE, message);
        finding.location = Some(sheet.location(node.span()));
        finding
    };
    let (key, file) = (node.path(), shown(named));
    let target = match link_target(&RepoPath::new(&sheet.demand.path), named) {
        LinkTarget::Inside(target) => target,
        LinkTarget::Outside => {
            return Some(
                at(format!("`{key}` names `{file}`, which is outside the repository"))
                    .help("move the file into the repository"),
            );
        }
        LinkTarget::Absolute => {
            return Some(
                at(format!("`{key}` names `{file}`, a path on the machine, not in the repository"))
                    .severity(Severity::Info),
            );
        }
    };
    if !matches!(repository.find(target.as_str()), Found::Nothing) {
        return None;
    }
    let parents =
        target.as_str().match_indices('/').filter_map(|(at, _)| target.as_str().get(..at));
    let linked = |folder: &str| {
        repository
            .snapshot
            .entry(folder)
            .is_some_and(|entry| matches!(entry.kind, EntryKind::Link | EntryKind::Submodule))
    };
    if let Some(folder) = parents.into_iter().find(|folder| linked(folder)) {
        let message =
            format!("`{key}` names `{file}`, but `{}` is a link to another place", shown(folder));
        return Some(at(message).unchecked());
    }
    let is_folder = repository.paths_below(target.as_str()).next().is_some();
    let what = if is_folder { "is a folder" } else { "does not exist" };
    Some(
        at(format!("`{key}` names `{file}`, which {what}"))
            .help("add the file, or remove its name"),
    )
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn naming(file: &str) -> Case {
        Case::conformant().replace("config.yaml", "  - system-prompt.md", &format!("  - {file}"))
    }

    #[test]
    fn files_that_are_not_there_are_named() {
        assert_eq!(Case::conformant().said("document-missing-file"), "");
        let said: String = ["gone.md", "../up.md", "/etc/prompt.md", ".github"]
            .iter()
            .map(|file| naming(file).said("document-missing-file"))
            .collect();
        insta::assert_snapshot!(said, @"
        config.yaml:31:5: `prompt_files[0]` names `gone.md`, which does not exist
        config.yaml:31:5: `prompt_files[0]` names `../up.md`, which is outside the repository
        config.yaml:31:5: `prompt_files[0]` names `/etc/prompt.md`, a path on the machine, not in the repository
        config.yaml:31:5: `prompt_files[0]` names `.github`, which is a folder
        ");
        let single = Case::conformant().replace(
            "config.yaml",
            "tier: 2\n",
            "tier: 2\ninitial_prompt_file: p.md\n",
        );
        assert_eq!(single.findings("document-missing-file").len(), 1);
        assert_eq!(single.file("p.md", "x").said("document-missing-file"), "");
    }

    #[test]
    fn files_are_found_by_any_spelling_and_through_links() {
        assert_eq!(naming("./a/../system-prompt.md").said("document-missing-file"), "");
        assert_eq!(
            naming("link.md").link("link.md", "system-prompt.md").said("document-missing-file"),
            ""
        );
        insta::assert_snapshot!(
            naming("docs/p.md").link("docs", "elsewhere").said("document-missing-file"),
            @"config.yaml:31:5: `prompt_files[0]` names `docs/p.md`, but `docs` is a link to another place (unchecked)"
        );
    }
}
