//! Keeping one comment on a pull request up to date, for `validate` and `drift`.
//!
//! The pull request is given by the option, or follows from the GitHub Actions job. A token that may not write causes a
//! warning but not a failure, since jobs for forks get no other token.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::observing::Source;
use crate::cli::shared::options::SubjectOptions;
use crate::cli::{Context, Exit};
use crate::drift::model::Report;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::{Client, ForgeError, ForgeErrorKind, credential};
use crate::report::comment::{self, Act, Occasion};
use crate::snapshot;

/// The option of commands that can say their report on a pull request.
#[derive(Debug, Args)]
pub(crate) struct CommentOptions {
    /// Also keep the report in one comment on a pull request: that of the GitHub Actions job, or
    /// `--comment=acme/hermes#7`.
    ///
    /// The comment is created when something blocks the pull request, updated by each run, and says so once
    /// everything is resolved. Runs about different folders, members, shapes or profiles keep separate
    /// comments. With a read-only token, such as a fork's, nothing is changed and this is reported.
    #[arg(
        long,
        value_name = "PULL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        help_heading = "Report"
    )]
    comment: Option<String>,
}

/// What a run covers, as its command line says.
#[derive(Clone, Copy)]
pub(in crate::cli) struct About<'a> {
    /// Folders on this machine.
    pub(in crate::cli) folders: &'a [PathBuf],
    /// Members on the forge.
    pub(in crate::cli) members: &'a [String],
    pub(in crate::cli) subject: &'a SubjectOptions,
}

/// A comment that was requested.
pub(in crate::cli) struct Asked<'a> {
    /// The pull request, or why it is not known: that must not cost the report.
    pull: Result<Proposed>,
    about: About<'a>,
}

/// A pull request, and what is known about it.
#[derive(Debug)]
pub(in crate::cli) struct Proposed {
    repository: RepositoryName,
    number: u64,
    /// The head commit.
    commit: Option<String>,
    /// The server's address according to GitHub Actions.
    server: Option<String>,
}

/// The part of a job's event that is read.
#[derive(Deserialize)]
struct Event {
    pull_request: Option<EventPull>,
}

#[derive(Deserialize)]
struct EventPull {
    number: u64,
    head: Option<EventHead>,
}

#[derive(Deserialize)]
struct EventHead {
    sha: String,
}

impl CommentOptions {
    /// Whether a comment was requested.
    pub(in crate::cli) fn is_wanted(&self) -> bool {
        self.comment.is_some()
    }

    /// The comment to keep; `None` when none was requested, or the job is not for a pull request.
    ///
    /// # Errors
    /// When the option is wrong.
    pub(in crate::cli) fn asked<'a>(
        &self,
        context: &Context,
        about: About<'a>,
    ) -> Result<Option<Asked<'a>>> {
        let Some(written) = &self.comment else { return Ok(None) };
        let job = |name: &str| context.environment.get(name).filter(|value| !value.is_empty());
        let here = job("GITHUB_REPOSITORY").and_then(|name| RepositoryName::parse(name, ""));
        let server = || job("GITHUB_SERVER_URL").map(str::to_owned);
        if !written.is_empty() {
            let pull = Ok(parsed(written, here, server())?);
            return Ok(Some(Asked { pull, about }));
        }
        let (Some(path), Some(repository)) = (job("GITHUB_EVENT_PATH"), here) else {
            return Err(Error::usage(
                "`--comment` names no pull request, but this is not a job of GitHub Actions for one",
            )
            .hint("name it: `--comment=acme/hermes#7`"));
        };
        let pull = match event(path) {
            Ok(Event { pull_request: None }) => {
                context
                    .terminal
                    .note("this job is not for a pull request, so there is nothing to comment on");
                return Ok(None);
            }
            Ok(Event { pull_request: Some(EventPull { number, head }) }) => {
                let commit = head.map(|head| head.sha);
                Ok(Proposed { repository, number, commit, server: server() })
            }
            Err(error) => Err(error),
        };
        Ok(Some(Asked { pull, about }))
    }
}

impl About<'_> {
    /// What the report covers, in words that are the same in every run; empty for a whole repository.
    fn text(self, report: &Report) -> String {
        let folder = |path: &PathBuf| {
            let (_, inside) = snapshot::work_tree_around(path)?;
            (!inside.as_os_str().is_empty()).then(|| inside.display().to_string())
        };
        let folders = self.folders.iter().map(|path| folder(path).unwrap_or_else(|| ".".into()));
        let mut folders: BTreeSet<String> = folders.collect();
        if folders.iter().all(|folder| folder == ".") {
            folders.clear();
        }
        let members: BTreeSet<String> =
            self.members.iter().map(|name| name.to_lowercase()).collect();
        // By its name: its folder may be called otherwise in each run.
        let shape = self.subject.shape.as_ref().map(|_| format!("shape {}", report.shape.name));
        let profile = self.subject.profile.as_ref().map(|name| format!("profile {name}"));
        let parts = folders.into_iter().chain(members).chain(shape).chain(profile);
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Parses `acme/hermes#7`, or `7` in a job, which knows its repository.
fn parsed(written: &str, here: Option<RepositoryName>, server: Option<String>) -> Result<Proposed> {
    let wrong = || {
        Error::usage(format!("`{written}` does not name a pull request"))
            .hint("write its repository and its number: `--comment=acme/hermes#7`")
    };
    let (name, number) = written.rsplit_once('#').unwrap_or(("", written));
    let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    let named = if name.is_empty() { here } else { RepositoryName::parse(name, "") };
    let repository = named.ok_or_else(wrong)?;
    Ok(Proposed { repository, number, commit: None, server })
}

/// Reads the event of a job from the file that GitHub Actions provides.
fn event(path: &str) -> Result<Event> {
    let failed = |error: String| {
        Error::failed("cannot read the event of this job, which GITHUB_EVENT_PATH names")
            .in_file(path)
            .caused_by(error)
            .hint("name the pull request: `--comment=acme/hermes#7`")
    };
    let text = whole_file::read(std::path::Path::new(path))?
        .ok_or_else(|| failed("the file does not exist".to_owned()))?;
    serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))
}

/// Updates the comment, if there is a pull request. Returns the command's exit status unchanged.
pub(in crate::cli) fn tell(
    context: &Context,
    options: &ForgeOptions,
    (fleet, source): (Option<&Fleet>, &mut Source),
    (asked, report, exit): (Option<Asked<'_>>, &Report, Exit),
) -> Result<Exit> {
    let Some(Asked { pull, about }) = asked else { return Ok(exit) };
    let pull = &pull?;
    let mut options = options.clone();
    if options.forge.as_deref().is_none_or(|url| url.trim().is_empty()) {
        options.forge = pull.server.clone();
    }
    let session = options.session(context, fleet, options.writes([&pull.repository]))?;
    if let Source::Forge(judged_by) = source {
        session.tell_for(judged_by);
    }
    if session.client().is_anonymous() {
        let [_, variable] = credential::variables_for(session.client().address());
        return Err(Error::usage(format!("a comment on {pull} needs a token, and none was found"))
            .hint(format!(
                "in a job of GitHub Actions: `env: {{ {variable}: \"${{{{ github.token }}}}\" }}`"
            ))
            .hint("`shipshape doctor` shows where it is looked for"));
    }
    let run = context.environment.get("GITHUB_RUN_ID").filter(|id| id.parse::<u64>().is_ok());
    let run = run.map(|id| {
        let web = session.client().address().web();
        format!("{web}{}/actions/runs/{id}", pull.repository)
    });
    let occasion = Occasion { commit: pull.commit.clone(), run, about: about.text(report) };
    let told = session.run(act(session.client(), pull, report, exit != Exit::Clean, &occasion));
    match told {
        Ok(Some(told)) => context.terminal.note(&format!("{told} on {pull}")),
        Ok(None) => {}
        Err(error) if options.read_only && error.kind == ForgeErrorKind::Forbidden => {
            context.terminal.note(&format!("would comment on {pull}; this run only reads"));
        }
        Err(error) if error.kind == ForgeErrorKind::Forbidden => {
            context.terminal.warning(&format!(
                "no comment on {pull}: {error}\n\
                 The report above stands. A job for a pull request from a fork has a token that may only read; any other \
                 needs `permissions: {{ pull-requests: write }}`."
            ));
        }
        Err(error) => return Err(Error::from(error).within(format!("cannot comment on {pull}"))),
    }
    Ok(exit)
}

/// Decides what to do about the comment and does it. Returns a description of what was done.
async fn act(
    client: &Client,
    pull: &Proposed,
    report: &Report,
    stops: bool,
    occasion: &Occasion,
) -> Result<Option<&'static str>, ForgeError> {
    let (repository, number) = (&pull.repository, pull.number);
    let comments = client.comments(repository, number).await?;
    let author = client.author().await?;
    let mut told = None;
    for act in comment::decide(report, stops, occasion, &author, &comments) {
        match act {
            Act::Create(text) => {
                client.comment_on_pull(repository, number, &text).await?;
                told = Some("commented");
            }
            Act::Update { id, text } => {
                client.update_comment(repository, id, &text).await?;
                told = Some(if stops { "updated the comment" } else { "resolved the comment" });
            }
            Act::Delete(id) => client.delete_comment(repository, id).await?,
        }
    }
    Ok(told)
}

impl std::fmt::Display for Proposed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.repository, self.number)
    }
}
