//! Whether a plan that was read contradicts itself. Pure.
//!
//! A digest shows that a plan is complete, but not who made it: anybody who can write the file can compute it. So values
//! that follow from others in the plan are recomputed, and `apply` checks its repositories against fleet.yaml.

use std::collections::HashSet;

use super::file::written_mode;
use super::{Plan, PlannedFile, Proposed};
use crate::campaign::identity::{Mark, branch, digest_of_planned};
use crate::campaign::wording::MAX_TITLE;
use crate::fleet::is_slug;
use crate::snapshot::{BlobId, RepoPath};

/// What of a plan cannot be, one line.
pub(super) fn flaw(plan: &Plan) -> Option<String> {
    if !is_slug(&plan.campaign) {
        return Some(format!("`{}` is not a campaign name", plan.campaign));
    }
    let wanted = branch(&plan.campaign);
    if plan.branch != wanted {
        return Some(format!("its branch is `{}`, not `{wanted}`", plan.branch));
    }
    for (id, content) in &plan.contents {
        if content.bytes().is_none_or(|bytes| BlobId::of(&bytes).to_string() != *id) {
            return Some(format!("content `{id}` does not match its id"));
        }
    }
    let mut known = HashSet::new();
    for item in &plan.items {
        if !known.insert(item.repository.to_lowercase()) {
            return Some(format!("`{}` is in it twice", item.repository));
        }
        if let Some(why) = item.change.as_ref().and_then(|change| of_change(plan, change)) {
            return Some(format!("`{}`: {why}", item.repository));
        }
    }
    None
}

fn of_change(plan: &Plan, change: &Proposed) -> Option<String> {
    if !is_commit(&change.base) {
        return Some(format!("`{}` is not a commit", change.base));
    }
    let mut last: Option<&str> = None;
    for file in &change.files {
        if let Some(why) = of_file(plan, file) {
            return Some(format!("`{}` {why}", file.path));
        }
        if last.is_some_and(|last| last >= file.path.as_str()) {
            return Some("its files are not sorted, or one is in it twice".to_owned());
        }
        last = Some(&file.path);
    }
    let digest = digest_of_planned(&change.files);
    if change.digest != digest {
        return Some(format!("the digest of its change is `{digest}`, not `{}`", change.digest));
    }
    let mark = Mark::new(&plan.campaign, &change.digest);
    if Mark::of_text(&change.body).as_ref() != Some(&mark) {
        return Some("its text is marked as that of another change".to_owned());
    }
    if Mark::of_message(&change.commit).as_ref() != Some(&mark) {
        return Some("its commit message is marked as that of another change".to_owned());
    }
    let title = &change.title;
    if title.trim().is_empty() || title.contains('\n') || title.chars().count() > MAX_TITLE {
        return Some("its title is empty, spans lines or is too long".to_owned());
    }
    None
}

fn of_file(plan: &Plan, file: &PlannedFile) -> Option<&'static str> {
    if !RepoPath::new(&file.path).is_sound() {
        Some("is not a path inside a repository")
    } else if written_mode(&file.mode).is_none() {
        Some("has a mode that a file cannot have")
    } else if file.content.as_ref().is_some_and(|id| !plan.contents.contains_key(id)) {
        Some("refers to content that is not in the plan")
    } else {
        None
    }
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
