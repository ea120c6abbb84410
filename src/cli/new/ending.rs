//! What was created on the forge, and what is left to a person.

use super::committed::{Committed, ToCommit, to_commit};
use super::plan::{Plan, Stage};
use super::register::Joining;
use super::show;
use crate::cli::Context;
use crate::cli::shared::next::quoted;
use crate::drift::model::RepositoryReport;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::scaffold::ChosenKind;
use crate::scaffold::publish::{MANIFEST, Offered, Publication, Published, in_words};
use crate::scaffold::questions::Subject;

pub(super) fn tell(
    context: &Context,
    wanted: &Publication<'_>,
    published: &Published,
    left: &[String],
    report: &RepositoryReport,
) -> Result<()> {
    let made = &published.made;
    let short = made.commit.get(..12).unwrap_or(&made.commit);
    let mut lines = vec![made.page.clone(), format!("  one commit on `{}`: {short}", made.branch)];
    for (what, offered) in &published.offered {
        lines.push(format!("  {what}: {}", in_words(offered)));
    }
    for run in &published.first.runs {
        lines.push(format!("  {}: {} {}", run.workflow(), run.state(), run.html_url));
    }
    let mut text: String = lines.iter().map(|line| visible_line(line) + "\n").collect();
    text.push_str(&show::left(left, &context.terminal));
    let shape = format!("{} ({})", wanted.pack.manifest.name, wanted.pack.source);
    text.push_str(&format!("\n{}", show::judgement(report, &shape, &context.terminal)));
    context.terminal.output(&text)
}

/// The next commands. `again` is the command that continues, if something is unfinished.
pub(super) fn steps(context: &Context, plan: &Plan, again: Option<&String>) -> Vec<String> {
    let fleet = context.fleet_file.as_ref();
    let fleet = fleet.map(|file| format!(" --fleet {}", quoted(&file.display().to_string())));
    let fleet = fleet.unwrap_or_default();
    let mut next: Vec<String> = again.cloned().into_iter().collect();
    if plan.joining.as_ref().is_some_and(is_member) {
        next.push(format!("shipshape validate --repository {}{fleet}", plan.draft.repository));
    }
    next.push(format!("shipshape fleet status{fleet}"));
    next
}

/// Whether the local fleet.yaml lists it. If the manifest is kept on the forge, it does so once the pull request is
/// merged.
fn is_member(joining: &Joining) -> bool {
    joining.enrolled.fleet.manifest.home.is_none()
}

/// Notes on what the repository has on the forge otherwise than the answers. None of it is changed, since somebody may
/// have set it on purpose.
fn set_otherwise(published: &Published, plan: &Plan) -> Vec<String> {
    let note = |subject: &Subject| {
        let (there, wanted) = there_and_wanted(subject, published, plan)?;
        (there != wanted).then(|| {
            let setting = subject.label();
            format!(
                "its {setting} is `{there}`, and was left as it is; the answer was `{wanted}`: change it in its settings, \
                 unless it is to stay"
            )
        })
    };
    Subject::of_the_forge().filter_map(|subject| note(&subject)).collect()
}

/// Whether the repository can be seen by those who were answered, as far as somebody answered that.
pub(super) fn is_seen_as_wanted(published: &Published, plan: &Plan) -> bool {
    there_and_wanted(&Subject::Visibility, published, plan)
        .is_none_or(|(there, wanted)| there == wanted)
}

/// What a repository has of a setting of the forge, and the answer. `None` for what is no such setting, and where the
/// answer does not apply to a repository that was there.
fn there_and_wanted<'a>(
    subject: &Subject,
    published: &'a Published,
    plan: &'a Plan,
) -> Option<(&'a str, &'a str)> {
    let made = &published.made;
    match subject {
        Subject::Visibility => Some((made.visibility.as_str(), plan.visibility?.as_str())),
        Subject::Description => (plan.stage == Stage::New)
            .then(|| (made.description.trim(), plan.draft.description.trim())),
        Subject::Slug
        | Subject::Repository
        | Subject::Variable(_)
        | Subject::Profile
        | Subject::Owner => None,
    }
}

fn has_workflows(plan: &Plan) -> bool {
    let mut paths = plan.draft.tree.entries.keys();
    paths.any(|path| path.as_str().starts_with(".github/workflows/"))
}

/// What is left to a person.
pub(super) fn left_to_a_person(
    wanted: &Publication<'_>,
    published: &Published,
    plan: &Plan,
    committed: &Committed,
) -> Vec<String> {
    let first = &published.first;
    let mut left: Vec<String> = plan.broken_out().collect();
    left.extend(wanted.draft.unwritten(&wanted.pack, &plan.answers));
    left.extend(set_otherwise(published, plan));
    if let Some(image) = wanted.image.as_ref().map(|image| &image.name) {
        if let Some(why) = &first.unknown {
            left.push(format!("check whether `{image}` exists: {why}"));
        } else if !first.image_is_there {
            let then = "run the same command again once it is, and the drafts become ready";
            let then =
                if published.waits_for_image() { then } else { "its first run publishes it" };
            left.push(format!("`{image}` is not there yet; {then}"));
        } else if first.image_visibility.as_deref() != Some("public") {
            left.push(match &first.image_page {
                Some(page) => {
                    format!("a new image is private: give access to those who need it: {page}")
                }
                None => format!("make sure that those who need `{image}` may pull it"),
            });
        }
    }
    if let Some(why) = &first.unwatched {
        left.push(format!("check its first workflow runs: {why}"));
    } else if first.are_cut_off {
        let what = match first.runs.is_empty() {
            true => "no workflow run has begun yet",
            false => "its first workflow runs have not ended",
        };
        left.push(format!("{what}: run the same command again"));
    } else if first.runs.is_empty() && has_workflows(plan) {
        left.push("no workflow has run yet: check that Actions are enabled".to_owned());
    }
    for run in first.runs.iter().filter(|run| run.has_failed()) {
        left.push(format!("a workflow failed: {}", run.html_url));
    }
    for (what, offered) in &published.offered {
        match offered {
            Offered::Open { page, conflicts_with: Some(branch), is_needless: true, .. } => left
                .push(format!(
                    "close the pull request for {what}: `{branch}` has the member by now: {page}"
                )),
            Offered::Open { page, conflicts_with: Some(branch), .. } => left.push(format!(
                "resolve the conflict of {what} with `{branch}`: it is left as it is, since somebody else has worked on it: \
                 {page}"
            )),
            Offered::Open { page, draft: true, .. } => left.push(format!(
                "{what}: merge it once the image is there, not while it is a draft: {page}"
            )),
            Offered::Open { page, .. } => left.push(format!("review and merge {what}: {page}")),
            Offered::Closed { .. } | Offered::Merged { .. } | Offered::There => {}
        }
    }
    left.extend(published.left.iter().map(|(what, error)| {
        format!(
            "{what} is not done, run the same command again once it can be: {}",
            error.in_one_line()
        )
    }));
    left.extend(published.declined(plan.was_listed).map(|(what, page)| {
        format!("{what} was closed without being merged, so it lacks the member: reopen it, or bring the member in by \
                 hand: {page}")
    }));
    let Some(joining) = &plan.joining else { return left };
    left.extend(commits(plan, joining, committed, published));
    let is_refused = published.declined(plan.was_listed).any(|(what, _)| what == MANIFEST);
    if joining.waits_for_entry() && is_refused {
        let name = quoted(plan.draft.repository.name.as_str());
        left.push(format!("or give the member up: `shipshape new {name} --forget`"));
    } else if joining.waits_for_entry() && published.is_complete() {
        left.push(format!(
            "update fleet.yaml here{}; until then `shipshape new --unfinished` lists this run",
            when_to_update(of_manifest(published))
        ));
    }
    left
}

/// What a run will leave to a person, as far as the plan alone says it: what becomes of the image and of the pull requests is
/// not known yet, and the plan's steps name these.
pub(super) fn foreseen(chosen: &ChosenKind, plan: &Plan) -> Vec<String> {
    let mut left: Vec<String> = plan.broken_out().collect();
    left.extend(plan.unwritten(chosen));
    if let Some(joining) = plan.joining.as_ref().filter(|_| plan.stage == Stage::New) {
        let written: Vec<&str> = joining.changes.iter().map(|it| it.name.as_str()).collect();
        let to_commit = ToCommit { certain: written, perhaps: Vec::new() };
        let home = joining.enrolled.fleet.manifest.home.as_ref();
        let home = home.map(|home| Home { repository: &home.repository, has_pull: true });
        left.extend(told_to_commit(&to_commit, home));
    }
    left
}

/// When the manifest here is to be updated, by what became of the offer for it.
fn when_to_update(manifest: Option<&Offered>) -> &'static str {
    match manifest {
        Some(Offered::Merged { .. }) => ": the pull request for it is merged",
        Some(Offered::There) => ": the one in its repository has the member",
        Some(Offered::Open { .. } | Offered::Closed { .. }) | None => {
            " once the pull request for it is merged"
        }
    }
}

/// What became of the offer for the manifest, if it could be made.
fn of_manifest(published: &Published) -> Option<&Offered> {
    published.offered.iter().rfind(|(what, _)| what == MANIFEST).map(|(_, offered)| offered)
}

/// What is to be committed of the files on this machine that list the member.
fn commits(
    plan: &Plan,
    joining: &Joining,
    committed: &Committed,
    published: &Published,
) -> Vec<String> {
    let written: Vec<&str> = joining.changes.iter().map(|it| it.name.as_str()).collect();
    // A run that is continued wrote files without saying so.
    let was_cut_off = plan.stage == Stage::Begun && !plan.was_listed;
    let to_commit = to_commit(&joining.files, &written, committed, was_cut_off);
    let home = joining.enrolled.fleet.manifest.home.as_ref();
    let has_pull = matches!(of_manifest(published), Some(Offered::Open { .. }));
    let home = home.map(|home| Home { repository: &home.repository, has_pull });
    told_to_commit(&to_commit, home)
}

/// The repository that keeps the manifest.
#[derive(Clone, Copy, Debug)]
struct Home<'a> {
    repository: &'a str,
    /// Whether a pull request there adds the member to the manifest.
    has_pull: bool,
}

/// What a person is told to commit, and to offer to the repository that keeps the manifest.
fn told_to_commit(to_commit: &ToCommit<'_>, home: Option<Home<'_>>) -> Vec<String> {
    let told = |files: &[&str], unless: &str| {
        let offer = home.map(|Home { repository, has_pull }| {
            // Behind several names, or another condition, the comma says where they end.
            let comma = if files.len() > 1 || !unless.is_empty() { "," } else { "" };
            let what = if files.len() > 1 { "them" } else { "it" };
            let only = match has_pull {
                true => ": the pull request there changes only fleet.yaml",
                false => "",
            };
            format!("{comma} and offer {what} to `{repository}` too{only}")
        });
        let commit = format!("commit {}{unless}{}", enumerated(files), offer.unwrap_or_default());
        (!files.is_empty()).then_some(commit)
    };
    let certain = told(&to_commit.certain, "");
    let perhaps = told(&to_commit.perhaps, ", unless that was done already");
    certain.into_iter().chain(perhaps).collect()
}

/// What a forge keeps of a repository beside its files, as a sentence lists it.
pub(super) fn settings_of_the_forge() -> String {
    let subjects: Vec<Subject> = Subject::of_the_forge().collect();
    enumerated(&subjects.iter().map(Subject::label).collect::<Vec<_>>())
}

/// Names as a sentence lists them: `a, b and c`.
pub(super) fn enumerated(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(certain: &[&'static str], perhaps: &[&'static str], home: Option<&str>) -> String {
        let to_commit = ToCommit { certain: certain.to_vec(), perhaps: perhaps.to_vec() };
        let home = home.map(|repository| Home { repository, has_pull: true });
        told_to_commit(&to_commit, home).join("\n")
    }

    #[test]
    fn a_pull_request_that_is_not_there_is_not_told_of() {
        let to_commit = ToCommit { certain: vec!["a.go"], perhaps: Vec::new() };
        let home = Home { repository: "a/f", has_pull: false };
        let told = told_to_commit(&to_commit, Some(home));
        assert_eq!(told, ["commit a.go and offer it to `a/f` too"]);
    }

    #[test]
    fn what_is_certain_and_what_may_be_done_are_told_apart() {
        assert_eq!(told(&[], &[], Some("a/f")), "");
        assert_eq!(
            told(&["b.json", "fleet.yaml"], &["a.go"], None),
            "commit b.json and fleet.yaml\ncommit a.go, unless that was done already"
        );
    }

    #[test]
    fn each_is_offered_to_the_home_of_the_manifest() {
        let only = "the pull request there changes only fleet.yaml";
        assert_eq!(
            told(&["a.go"], &[], Some("a/f")),
            format!("commit a.go and offer it to `a/f` too: {only}")
        );
        assert_eq!(
            told(&["b.json", "c.txt"], &["a.go"], Some("a/f")),
            format!(
                "commit b.json and c.txt, and offer them to `a/f` too: {only}\n\
                 commit a.go, unless that was done already, and offer it to `a/f` too: {only}"
            )
        );
    }
}
