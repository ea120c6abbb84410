//! Validates `runtime_package`.

use super::{Problems, address, relative, repository};
use crate::fleet::manifest::{Manifest, Release, RuntimePackage, VERSION};
use crate::fleet::member::RepositoryName;
use crate::source::typed::Step;

/// Maximum length of an event type on GitHub.
const MAX_EVENT: usize = 100;

/// Validates `runtime_package`.
pub(super) fn check(manifest: &Manifest, problems: &mut Problems) {
    let Some(package) = &manifest.runtime_package else { return };
    if let Some(source) = &package.source {
        if let Some(name) = &source.repository {
            repository(manifest, name, &path(&["source", "repository"]), problems);
        }
        let at = path(&["source", "path"]);
        match source.path.trim().trim_end_matches('/') {
            "" | "." if !source.path.starts_with('/') => {
                let message = "the root of the repository cannot be the source";
                problems.add(&at, message, "move the modules into a folder, and name that");
            }
            _ => relative(&source.path, &at, problems),
        }
    }
    let identifier = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if package.import.is_empty() || !package.import.chars().all(identifier) {
        let message = format!("`{}` cannot be imported in Python", package.import);
        let hint = "give the package's import name, with underscores";
        problems.add(&path(&["import"]), message, hint);
    }
    if let Some(index) = &package.index {
        address(&index.simple, &path(&["index", "simple"]), problems);
        if let Some(upload) = &index.upload {
            address(upload, &path(&["index", "upload"]), problems);
        }
    }
    release(manifest, package, problems);
}

fn path(keys: &[&str]) -> Vec<Step> {
    std::iter::once("runtime_package").chain(keys.iter().copied()).map(Step::from).collect()
}

fn release(manifest: &Manifest, package: &RuntimePackage, problems: &mut Problems) {
    let release = &package.release;
    let at = |keys: &[&str]| {
        let keys: Vec<&str> = std::iter::once("release").chain(keys.iter().copied()).collect();
        path(&keys)
    };
    if let Some(why) = tag_fault(release) {
        problems.add(&at(&["tag"]), format!("`{}` {why}", release.tag), "write `v{version}`");
    }
    if let Some(branch) = &release.branch
        && !is_reference(branch)
    {
        let message = format!("`{branch}` cannot be a branch");
        problems.add(&at(&["branch"]), message, "leave it out for the default branch");
    }
    let labels = &release.labels;
    for (key, label) in [("major", &labels.major), ("minor", &labels.minor)] {
        if label.trim().is_empty() {
            problems.add(&at(&["labels", key]), "the label has no name", "");
        }
    }
    if labels.major.eq_ignore_ascii_case(&labels.minor) {
        let message = "one label cannot stand for both";
        problems.add(&at(&["labels", "minor"]), message, "give each its own label");
    }
    for (index, word) in release.skip.iter().enumerate() {
        if word.trim().is_empty() {
            let mut at = at(&["skip"]);
            at.push(index.into());
            // An empty text is in every message.
            problems.add(&at, "this would keep everything from being released", "leave it out");
        }
    }
    let event = release.event.as_deref();
    if event.is_some_and(|it| it.trim().is_empty() || it.chars().count() > MAX_EVENT) {
        let message = format!("an event's type has 1 to {MAX_EVENT} characters");
        problems.add(&at(&["event"]), message, "");
    }
    let payload = release.payload.as_deref();
    if let Some(key) = payload.filter(|key| key.trim().is_empty() || *key == "release_id") {
        let message = format!("`{key}` cannot hold the version");
        problems.add(&at(&["payload"]), message, "name the key that workflows read: `version`");
    }
    if let Some(file) = &release.workflow {
        workflow(file, &at(&["workflow"]), problems);
    }
    if let Some(publisher) = &release.publisher {
        let key = at(&["publisher", "repository"]);
        repository(manifest, &publisher.repository, &key, problems);
        workflow(&publisher.workflow, &at(&["publisher", "workflow"]), problems);
    }
    if let Some(mirror) = &release.mirror {
        let key = at(&["mirror", "repository"]);
        let found = repository(manifest, &mirror.repository, &key, problems);
        let source = package.source.as_ref().and_then(|source| source.repository.as_ref());
        let source = source.and_then(|name| RepositoryName::parse(name, &manifest.forge.owner));
        if found.is_some() && found == source {
            let message = "the source cannot be its own mirror";
            problems.add(&key, message, "what is published would overwrite what is edited");
        }
    }
}

fn workflow(name: &str, at: &[Step], problems: &mut Problems) {
    let ends = name.ends_with(".yml") || name.ends_with(".yaml");
    if !ends || name.contains(['/', '\\']) || name.chars().any(char::is_control) {
        let message = format!("`{name}` is not a workflow's file");
        problems.add(at, message, "give the file's name alone: `publish.yml`");
    }
}

fn tag_fault(release: &Release) -> Option<&'static str> {
    match release.tag.matches(VERSION).count() {
        0 => return Some("has no `{version}` in it"),
        1 => {}
        _ => return Some("has `{version}` in it twice"),
    }
    let (before, behind) = release.around();
    if before.contains(['{', '}']) || behind.contains(['{', '}']) {
        return Some("has a brace that is not of `{version}`");
    }
    // A preceding digit would be read as part of the version.
    if before.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Some("has a number right in front of `{version}`");
    }
    (!is_reference(&release.tag_of("1.0"))).then_some("cannot be the name of a tag")
}

/// Whether git accepts a text as the name of a branch or a tag (git-check-ref-format).
fn is_reference(name: &str) -> bool {
    let forbidden = |c: char| {
        c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '\u{7f}')
    };
    let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && name.split('/').all(sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_branches_are_what_git_takes() {
        for fine in ["main", "release/1.x", "v1", "a-b"] {
            assert!(is_reference(fine), "{fine}");
        }
        for wrong in [
            "", "a b", "a..b", "-a", "a/", "/a", "a.lock", "a.", "@", "a@{1}", "a~1", "a/.b", "a\n",
        ] {
            assert!(!is_reference(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_tag_has_one_version_and_its_freeze_is_another() {
        let of = |tag: &str| Release { tag: tag.to_owned(), ..Release::default() };
        for fine in ["v{version}", "runtime-v{version}", "{version}", "a/{version}-final"] {
            assert_eq!(tag_fault(&of(fine)), None, "{fine}");
        }
        for wrong in ["v", "{version}{version}", "v1{version}", "{v}{version}", "a {version}"] {
            assert!(tag_fault(&of(wrong)).is_some(), "{wrong}");
        }
        let release = of("runtime-v{version}");
        assert_eq!(release.version_in("runtime-v1.2.3"), Some("1.2.3"));
        assert_eq!(release.version_in("runtime-freeze"), None);
        assert_eq!(release.version_in("v1.2.3"), None);
        assert_eq!(release.freeze_tag(), "runtime-freeze");
        assert_eq!(of("{version}").freeze_tag(), "freeze");
    }
}
