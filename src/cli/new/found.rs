//! What the forge has before anything is created: whether the name is available, and what an earlier run left. What is
//! shown is what will be there, so a repository whose files are not those of the answers is refused.

use super::Arguments;
use super::ending::settings_of_the_forge;
use super::forge::{new_image, publication};
use super::plan::{self, Plan, Stage};
use crate::cli::counted;
use crate::cli::shared::fold::some;
use crate::cli::shared::forge::Session;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::manifest::Visibility;
use crate::fleet::{Member, RepositoryName};
use crate::scaffold::derive::{Answer, Origin};
use crate::scaffold::draft::Draft;
use crate::scaffold::publish::{self, Existing, NewImage, Sought, kept_of, seen_as};
use crate::scaffold::slug::Problem;
use crate::scaffold::{ChosenKind, Listed, Subject};
use crate::snapshot::{RepoPath, Snapshot};

/// Why a name cannot be used on the forge. Checked as soon as the name is known, before other questions.
pub(super) fn taken(
    session: &Session,
    chosen: &ChosenKind,
    slug: &str,
    repository: &RepositoryName,
) -> Result<Option<Problem>> {
    let member = Member {
        slug: slug.to_owned(),
        repository: repository.clone(),
        kind: chosen.kind_name.clone(),
        ..Member::default()
    };
    let fleet = chosen.fleet.as_ref();
    let image = fleet.and_then(|fleet| new_image(&session.context, fleet, &member));
    let starter = starter(chosen);
    let (starter, image) = (starter.as_ref(), image.as_ref());
    let sought = Sought { repository, starter, image, answered: None };
    let existing = session.run(publish::existing(&sought, session.client(), false))?;
    if matches!(existing, Existing::Ours { commit: Some(_) }) {
        let image = published(session, image);
        session.context.terminal.note(&visible_line(&made_before(repository, image.as_deref())));
    }
    Ok(existing.problem(&sought).or_else(|| nobody(session, chosen, repository, &existing)))
}

/// The problem that the forge has nobody to own a repository that is to be created. The owner of the fleet is asked for when
/// it is created, and who cannot be asked for is no problem here.
fn nobody(
    session: &Session,
    chosen: &ChosenKind,
    repository: &RepositoryName,
    existing: &Existing,
) -> Option<Problem> {
    let owner = &repository.owner;
    if *existing != Existing::Nothing || owner.eq_ignore_ascii_case(chosen.forge_owner()) {
        return None;
    }
    let error = session.run(session.client().owner(owner)).err()?;
    error.is_not_found().then(|| Problem {
        message: format!("the forge has no organisation or user `{owner}`"),
        hint: "name another repository with --repository; without an owner it is the fleet's"
            .to_owned(),
    })
}

/// The name of a new member's image, if it is published already.
fn published(session: &Session, image: Option<&NewImage>) -> Option<String> {
    let image = image?;
    let is_there = session.run(publish::is_published(session.client(), image));
    is_there.then(|| image.name.clone())
}

/// What an earlier run has made under a name, said before other questions: its files are refused to other answers.
fn made_before(name: &RepositoryName, image: Option<&str>) -> String {
    let image_too = image.map(|it| format!(", and so is its image `{it}`")).unwrap_or_default();
    format!(
        "`{name}` is there already, made by an earlier run of `new`{image_too}: answers that give other files are refused. \
         For such answers {}.",
        elsewhere(name, image)
    )
}

/// What to do for other answers than those of the repository of this name, whose image may be published.
fn elsewhere(name: &RepositoryName, image: Option<&str>) -> String {
    match image {
        // Under another repository's name it would be in the way, as one of nobody.
        Some(image) => format!(
            "use another slug, or first delete `{name}` and the package of its image, `{image}`"
        ),
        None => format!(
            "use another slug, name another repository with --repository, or first delete `{name}`"
        ),
    }
}

/// The starter of the kind, if the fleet has one.
pub(super) fn starter(chosen: &ChosenKind) -> Option<RepositoryName> {
    chosen.kind.starter_in(chosen.forge_owner())
}

/// What is known before a plan is shown.
pub(super) struct Before<'a> {
    pub(super) session: &'a Session,
    pub(super) chosen: &'a ChosenKind,
    pub(super) arguments: &'a Arguments,
    /// The state that earlier runs left.
    pub(super) stage: Stage,
    /// Whether what is there may be of other answers than these: an earlier run here is not known to have created it.
    pub(super) may_be_of_others: bool,
    /// What fleet.yaml says now of the member whose run is continued.
    pub(super) entry: Option<&'a Listed>,
}

impl Before<'_> {
    /// Completes a plan with what the forge has, or refuses it.
    pub(super) fn look(&self, mut plan: Plan) -> Result<Plan> {
        let Self { session, chosen, arguments, stage, may_be_of_others, entry } = *self;
        let (client, context) = (session.client(), &session.context);
        let starter = starter(chosen);
        let wanted = publication(arguments, context, chosen, &plan, starter.clone());
        let sought = wanted.sought();
        let existing = session.run(publish::existing(&sought, client, stage == Stage::Begun))?;
        let name = &plan.draft.repository;
        let problem = existing.problem(&sought);
        let problem = problem.or_else(|| nobody(session, chosen, name, &existing));
        if let Some(Problem { message, hint }) = problem {
            return Err(Error::usage(message).hint(hint));
        }
        let offers = session.run(publish::offers_in_words(
            &wanted,
            client,
            &existing,
            stage == Stage::Begun,
        ))?;
        let image = wanted.image.clone();
        drop(wanted);
        let there = match &existing {
            Existing::Ours { commit: Some(commit) } => {
                let (name, files) = (&plan.draft.repository, &plan.draft.files);
                Some(session.run(seen_as(client, name, commit, files, &|_| true))?)
            }
            _ => None,
        };
        let other = there.as_ref().map(|there| {
            let other = publish::differing(&plan.draft, &chosen.pack, there);
            (!other.is_empty()).then(|| in_words(&other))
        });
        let other = other.flatten();
        if let Some(files) = other.as_ref().filter(|_| may_be_of_others) {
            let image = published(session, image.as_ref());
            return Err(self.of_others(&plan, files, image.as_deref()));
        }
        let mut remarks = vec![first_step(&plan, starter.as_ref(), &existing, stage)];
        if there.is_none() {
            remarks.push("put one commit on top".to_owned());
        }
        if let Some(files) = other.filter(|_| stage == Stage::Begun) {
            remarks.push(format!(
                "its files stay as the earlier run committed them, although its answers now result in others: {files}"
            ));
        }
        if let Some(entry) = entry {
            let changed = said_otherwise(&plan, entry);
            if let Some(subject) = changed.first() {
                if there.is_none() {
                    return Err(self.edited(&plan, subject));
                }
                remarks.push(format!(
                    "fleet.yaml now has another answer to `{}`: the repository is judged by it, and its files stay as they are",
                    subject.label()
                ));
            }
            plan.draft.is_listed_as(entry, &chosen.kind);
            let is_changed = |it: &&mut Answer| changed.contains(&it.question.subject);
            plan.answers.iter_mut().filter(is_changed).for_each(|it| it.origin = Origin::Typed);
        }
        remarks.extend(offers);
        plan.remarks = remarks;
        let is_typed =
            |it: &Answer| it.question.subject == Subject::Visibility && it.origin == Origin::Typed;
        if stage == Stage::Made && !plan.answers.iter().any(is_typed) {
            plan.visibility = None;
        }
        plan.has_files = there.is_some();
        let draft = match (there, starter) {
            (Some(there), _) => Some(plan.draft.clone().found(&chosen.pack, there)?),
            (None, Some(starter)) => {
                let base = session.run(starter_tree(session, &starter, chosen, &plan))?;
                Some(plan.draft.clone().over(&chosen.pack, base)?)
            }
            (None, None) => None,
        };
        let is_over_starter = draft.is_some();
        if let Some(draft) = draft {
            let report = plan::settled(context, chosen, &draft, draft.report.clone())?;
            plan.draft = Draft { report, ..draft };
        }
        if !plan.has_files {
            self.may_commit(&mut plan, is_over_starter)?;
        }
        Ok(plan)
    }

    /// Refuses a token of which the forge tells that it cannot make the commit: otherwise that is found out once the
    /// repository is there. A run that commits nothing only says so.
    fn may_commit(&self, plan: &mut Plan, is_over_starter: bool) -> Result<()> {
        let (client, draft) = (self.session.client(), &plan.draft);
        let there = is_over_starter.then_some(&draft.starter);
        let Some(workflow) = workflow_to_commit(draft, there) else { return Ok(()) };
        if client.is_anonymous() {
            return Ok(());
        }
        // What cannot be asked keeps nothing from being tried.
        let scopes = self.session.run(client.scopes()).unwrap_or_default();
        if scopes.is_none_or(|scopes| scopes.iter().any(|scope| scope == WORKFLOW)) {
            return Ok(());
        }
        let lacks = format!(
            "the token lacks the scope `{WORKFLOW}`, without which the forge refuses a commit with `{workflow}`"
        );
        let remedy = "`shipshape doctor` says how the token gets it";
        if self.arguments.dry_run || self.arguments.forge.read_only {
            plan.remarks.push(format!("{lacks}: {remedy}"));
            return Ok(());
        }
        Err(Error::failed(lacks).hint(remedy))
    }

    /// The error for a repository that an earlier run created from other answers.
    fn of_others(&self, plan: &Plan, files: &str, image: Option<&str>) -> Error {
        let (name, slug) = (&plan.draft.repository, &plan.draft.identity.slug);
        let error = Error::usage(format!(
            "an earlier run of `new` created `{name}` from other answers or another version of the shape"
        ))
        .caused_by(format!("its commit has other files than these answers give: {files}"));
        let same = match self.arguments.start_over {
            true => "without --start-over, an unfinished run is continued with its own answers",
            false => "give the answers of that run to continue it",
        };
        error
            .hint(same)
            .hint(format!("for other answers, {}", elsewhere(name, image)))
            .hint(format!(
                "to keep the repository as it is, add it to `members` of fleet.yaml; `shipshape new {slug}` then does the rest"
            ))
    }

    /// The error for an entry in fleet.yaml that was changed before the interrupted run has committed its answers.
    fn edited(&self, plan: &Plan, subject: &Subject) -> Error {
        let (name, slug) = (&plan.draft.repository, &plan.draft.identity.slug);
        let label = subject.label();
        let error = Error::usage(format!(
            "the unfinished run of `new {name}` was started with another answer to `{label}` than fleet.yaml has now"
        ));
        let error = match &self.chosen.fleet {
            Some(fleet) => error.in_file(&fleet.file),
            None => error,
        };
        error
            .hint(format!(
                "restore `{label}` in the entry of `{slug}` to finish the run as it was started"
            ))
            .hint(format!(
                "or delete `{name}`, then create it as fleet.yaml says: `shipshape new {slug} --start-over`"
            ))
    }
}

/// The scope without which a classic token may not commit workflows.
const WORKFLOW: &str = "workflow";

/// A workflow that the commit of a draft changes, on top of what is there.
fn workflow_to_commit<'a>(draft: &'a Draft, there: Option<&Snapshot>) -> Option<&'a str> {
    let is_changed =
        |path: &&str| there.and_then(|there| there.entry(path)) != draft.tree.entry(path);
    let workflows = draft.files.changes.keys().map(RepoPath::as_str);
    workflows.filter(|path| path.starts_with(".github/workflows/")).find(is_changed)
}

/// The number of paths, and the first few.
fn in_words(paths: &[String]) -> String {
    format!("{} ({})", counted(paths.len(), "file"), some(paths))
}

/// How the repository comes to be, in words.
fn first_step(
    plan: &Plan,
    starter: Option<&RepositoryName>,
    existing: &Existing,
    stage: Stage,
) -> String {
    let (name, sees) = (&plan.draft.repository, seen_by(plan.draft.visibility));
    match (existing, starter) {
        (Existing::Ours { .. }, _) if stage == Stage::Made => {
            let settings = settings_of_the_forge();
            format!("continue with {name}: its files stay as they are, and so do its {settings}")
        }
        (Existing::Ours { .. }, _) => {
            format!("continue with {name}: what an earlier run did is not done again")
        }
        (_, Some(starter)) => format!("generate {name} from {starter}, {sees}"),
        (_, None) => format!("create {name}, {sees}"),
    }
}

/// What the entry in fleet.yaml says otherwise than the answers of the run that is continued.
fn said_otherwise(plan: &Plan, entry: &Listed) -> Vec<Subject> {
    let is_other = |(subject, value): &(&Subject, &String)| {
        let answer = plan.answers.iter().find(|it| it.question.subject == **subject);
        answer.is_some_and(|it| it.text().trim_end() != value.trim_end())
    };
    let other = entry.answers.iter().filter(is_other).map(|(subject, _)| subject.clone());
    let kept = plan.draft.member.variables.keys().map(|name| Subject::Variable(name.clone()));
    let gone = kept.filter(|subject| !entry.answers.contains_key(subject));
    other.chain(gone).collect()
}

/// The visibility in words, with emphasis on a public one.
fn seen_by(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "PUBLIC: anyone can see it",
        Visibility::Private => "private",
        Visibility::Internal => "internal: the enterprise can see it",
    }
}

/// The starter's files, as far as they are kept.
async fn starter_tree(
    session: &Session,
    starter: &RepositoryName,
    chosen: &ChosenKind,
    plan: &Plan,
) -> Result<Snapshot> {
    let client = session.client();
    let failed = |error: Error| error.hint(format!("the starter of the kind is `{starter}`"));
    let found = client.repository(starter).await.map_err(|error| failed(error.into()))?;
    if !found.is_template {
        return Err(Error::failed(format!(
            "`{starter}` is not a template repository, so nothing can be generated from it"
        ))
        .hint("make it one in its settings, or remove `starter` from fleet.yaml"));
    }
    let head = client.branch_head(starter, &found.default_branch).await?;
    let head = head.ok_or_else(|| {
        Error::failed(format!("the starter `{starter}` is empty"))
            .hint("`shipshape starter sync` offers it the shape")
    })?;
    let profile = chosen.pack.profile(plan.draft.identity.profile.as_deref());
    let keeps = |path: &str| {
        profile.as_ref().is_none_or(|profile| kept_of(path, &plan.draft, &chosen.pack, profile))
    };
    seen_as(client, starter, &head, &plan.draft.files, &keeps).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_repository_is_proposed_only_where_no_image_is_in_its_way() {
        let name = RepositoryName::new("acme", "x");
        let made = made_before(&name, None);
        assert!(made.starts_with("`acme/x` is there already, made by an earlier run"), "{made}");
        assert!(made.contains("--repository") && !made.contains("image"), "{made}");
        let made = made_before(&name, Some("ghcr.io/acme/x"));
        assert!(!made.contains("--repository") && made.contains("`ghcr.io/acme/x`"), "{made}");
    }
}
