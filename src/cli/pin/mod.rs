//! `shipshape pin`: sets one version in the whole fleet, after checking it.

mod check;
mod compatibility;
mod version;

use std::path::{Path, PathBuf};

use clap::Args;

use super::campaign::apply::{How, Means, carry_out, show_plan};
use super::campaign::conditions::Kept;
use super::campaign::{Loaded, listed, plan, resolve};
use super::{Context, Exit};
use crate::campaign::changes::{Pin, PinImage, PinUses, Style, Written};
use crate::campaign::commands::Commands;
use crate::campaign::file::Campaign;
use crate::campaign::pinning::{Pinning, for_a_file, is_as_written};
use crate::campaign::plan::Wishes;
use crate::campaign::targets;
use crate::cli::shared::forge::Session;
use crate::cli::shared::index::{self, IndexOptions};
use crate::cli::shared::next::{self, quoted};
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::manifest::RuntimePackage;
use crate::fleet::{Fleet, Member, Selection};
use crate::forge::WriteScope;
use crate::index::Index;
use crate::source::requirements::normalize;

/// Set one version in every member: of the runtime, an action, or a base image.
///
/// Opens one pull request per repository. Edits requirements files with the files that they include,
/// pyproject.toml, `pip install`, ARG and ENV in Dockerfiles, and the shape's `version_files`. An exact version
/// stays exact, and a floor stays a floor. The version must be on the index and not withdrawn (yanked). Members
/// that it would break are left out, and the place is shown. The change is a campaign of its own, planned, shown and
/// applied like any other. Revisions of actions and reusable workflows (`--uses`) and digests of base images
/// (`--image`) are set in the same way, and each is looked up before it is written.
///
/// Exit codes: 0 when all that may be done is done; 1 when `--check` finds what `--fail-on` names; 3 when
/// something could not be checked or done, an empty or archived repository included.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape pin latest --dry-run                  what the newest runtime would change
  shipshape pin 0.2.0 hermes 'kind=workspace'     some members only
  shipshape pin 0.2.0 --floor --yes               `>=0.2.0` everywhere
  shipshape pin 0.2.0 --write pin.yaml            write the campaign, for review
  shipshape pin 0.2.0 --plan pin.plan.json        write the plan, to approve or apply it later
  shipshape pin --check                           which members require which version
  shipshape pin --uses actions/checkout@v5 --as commit
  shipshape pin --image python:3.11-slim")]
pub(super) struct Arguments {
    /// A version, or `latest`: the newest final version that is not withdrawn (yanked).
    #[arg(value_name = "VERSION")]
    version: Option<String>,

    /// Members: a name, or `kind=`, `owner=` or `profile=` with a value. `*` matches any text, a leading `!`
    /// excludes (default: all).
    #[arg(value_name = "TERM")]
    terms: Vec<String>,

    /// The same as TERM; may be given several times.
    #[arg(long, short = 'm', visible_alias = "member", alias = "runtime", value_name = "TERM")]
    repository: Vec<String>,

    /// Only the members listed in a file, one per line; `-` reads standard input.
    #[arg(long, short = 't', value_name = "FILE|-")]
    targets: Option<PathBuf>,

    /// The distribution (default: the fleet's runtime package).
    #[arg(long, value_name = "NAME")]
    distribution: Option<String>,

    /// Require `>=VERSION`, whatever the current form.
    #[arg(long, group = "style")]
    floor: bool,

    /// Require `==VERSION`.
    #[arg(long, group = "style")]
    exact: bool,

    /// Require `~=VERSION`.
    #[arg(long, group = "style")]
    compatible: bool,

    /// Also lower the version where a newer one is required.
    #[arg(long)]
    lower: bool,

    /// Allow `latest` to be a pre-release.
    #[arg(long)]
    pre: bool,

    /// Actions and reusable workflows at their new revisions: `owner/repository[/path]@v2`.
    #[arg(long, value_name = "REF", num_args = 1..)]
    uses: Vec<String>,

    /// What to write for them: the current form, the name, or the commit with the name in a comment.
    #[arg(long = "as", value_enum, default_value_t, value_name = "FORM", requires = "uses")]
    written: Written,

    /// Base images whose digests to set: `python:3.11-slim`.
    #[arg(long, value_name = "IMAGE", num_args = 1..)]
    image: Vec<String>,

    /// Do not check whether the version is compatible with the members.
    #[arg(long)]
    no_compat: bool,

    /// Number of older versions to read, newest first, to find the lowest that a member works with.
    #[arg(long, value_name = "N", default_value_t = 5)]
    earlier: usize,

    /// Write the campaign to a file, and do nothing else. A file that was changed since, or that `pin` did not write, is not
    /// overwritten.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,

    /// Write the plan to a file without applying it. Apply it with `campaign apply`, after approval where that
    /// is required.
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    plan: Option<PathBuf>,

    /// Also offer the change again where a person closed its pull request.
    #[arg(long)]
    reopen: bool,

    /// Also offer the change again where it was merged and the difference is back.
    #[arg(long)]
    again: bool,

    #[command(flatten)]
    check: check::Options,

    #[command(flatten)]
    index: IndexOptions,

    #[command(flatten)]
    how: How,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let (version, terms) = arguments.version_and_terms();
    if arguments.check.check {
        return check::run(arguments, context, version, &terms);
    }
    let fleet = fleet(context)?;
    if version.is_none() && arguments.uses.is_empty() && arguments.image.is_empty() {
        return Err(Error::usage("it is not given what to pin, or to which version").hint(
            "name a version, `latest`, or what is used: `--uses actions/checkout@v5`, `--image python:3.11-slim`",
        ));
    }
    if let Some(entry) = arguments.uses.iter().find(|entry| !PinUses::is_entry(entry)) {
        // Options with several values also consume the words that follow.
        let stray = arguments.uses.iter().find(|word| !word.contains(['/', '@']));
        let revision = version.or(stray.map(String::as_str)).unwrap_or("v5");
        let message = format!("`{entry}` is not an `owner/repository@revision`");
        let error = Error::usage(message);
        return Err(if entry.contains('@') {
            error.hint("write it as a workflow does: `actions/checkout@v5`")
        } else {
            error.hint(format!("name the revision with it: `--uses {entry}@{revision}`"))
        });
    }
    if let Some(file) = &arguments.write {
        check_replaceable(file)?;
    }
    let session = arguments.how.forge.session(context, Some(&fleet), WriteScope::none())?;
    let (members, terms) = arguments.members(context, &fleet, &terms)?;
    let narrowed = (!terms.is_empty()).then(|| listed(members.iter().copied()));
    let mut pinning = Pinning { terms, ..Pinning::default() };
    if let Some(version) = version {
        pinning.package = Some(arguments.package(context, &session, &fleet, &members, version)?);
    }
    arguments.uses_and_images(context, &session, &fleet, &mut pinning)?;
    let text = pinning.text()?;
    if let Some(file) = &arguments.write {
        // Members that could not be judged are left out of the campaign, so writing it is not a full success.
        let unchecked: Vec<&str> = pinning
            .package
            .iter()
            .flat_map(|(_, pin)| pin.unchecked.keys().map(String::as_str))
            .collect();
        return write(context, file, &text, &unchecked);
    }
    let file = format!("{}.yaml", pinning.name());
    let campaign = context.all(Campaign::parse(Path::new(&file), text.as_bytes()))?;
    let wishes = Wishes {
        reopen: arguments.reopen,
        again: arguments.again,
        unneeded: campaign.says.unneeded,
        only_planned: true,
    };
    let loaded = Loaded::of(campaign, fleet, wishes).narrowed(narrowed);
    let made = plan::made(&loaded, context, &session)?;
    drop(session);
    show_plan(&arguments.how, context, loaded.fleet(), &made)?;
    // As with `--check`, members that could not be read or changed prevent success.
    let reached = if made.out_of_reach.is_empty() { Exit::Clean } else { Exit::Unchecked };
    let hindered = plan::exit(&made.plan).worse(reached);
    if let Some(file) = &arguments.plan {
        return Ok(plan::keep(context, &made.plan, loaded.fleet(), file)?.worse(hindered));
    }
    let kept = Kept::Nowhere("the same with --plan FILE");
    let means = Means::fresh(kept, Commands::default());
    let exit = carry_out(&arguments.how, context, &made.plan, loaded.fleet(), &means)?;
    let written =
        "with --write FILE it becomes a file, for `campaign status`, `merge` and the others";
    context.terminal.note(&format!("It is the campaign {}: {written}.", pinning.name()));
    Ok(exit.worse(hindered))
}

fn fleet(context: &Context) -> Result<Fleet> {
    context.fleet(None)?.ok_or_else(|| {
        Error::usage("versions are pinned across a fleet, but there is no fleet.yaml here").hint(
            "name it with --fleet FILE, or create one for this repository: `shipshape init .`",
        )
    })
}

/// Checks that no file is replaced that somebody wrote or changed: waves and selection are changed there.
fn check_replaceable(file: &Path) -> Result<()> {
    if !file.is_file() {
        return Ok(());
    }
    match whole_file::read(file)? {
        Some(bytes) if !is_as_written(&bytes) => Err(Error::usage(
            "the file already exists, and is not what `shipshape pin` wrote",
        )
        .in_file(file)
        .hint(
            "name another file with --write FILE and copy its `changes` over, or remove this one",
        )),
        _ => Ok(()),
    }
}

/// Writes the campaign. Members that could not be judged are left out of it, so that is not a full success.
fn write(context: &Context, file: &Path, text: &str, unchecked: &[&str]) -> Result<Exit> {
    whole_file::replace(file, for_a_file(text).as_bytes())?;
    let shown = file.display().to_string();
    context.terminal.note(&format!("wrote the campaign to {shown}"));
    if !unchecked.is_empty() {
        let (members, are) = match unchecked.len() {
            1 => ("1 member".to_owned(), "is"),
            many => (format!("{many} members"), "are"),
        };
        let names = unchecked.join(", ");
        context.terminal.note(&visible_line(&format!(
            "{members} could not be judged and {are} left out until the campaign is written again: {names}"
        )));
    }
    next::note(context, [format!("shipshape campaign plan {}", quoted(&shown))]);
    Ok(if unchecked.is_empty() { Exit::Clean } else { Exit::Unchecked })
}

impl Arguments {
    /// The version, and the terms of the selection. Where no version is needed, the first word is a term too.
    fn version_and_terms(&self) -> (Option<&str>, Vec<String>) {
        let is_version = |text: &str| {
            text == version::LATEST
                || text.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
                    && text.contains(|c: char| c.is_ascii_digit())
                    && !text.contains('=')
        };
        let elsewhere = self.check.check || !self.uses.is_empty() || !self.image.is_empty();
        match self.version.as_deref() {
            Some(word) if elsewhere && !is_version(word) => {
                let terms = std::iter::once(word.to_owned()).chain(self.terms.iter().cloned());
                (None, terms.chain(self.repository.iter().cloned()).collect())
            }
            version => {
                let terms = self.terms.iter().chain(&self.repository);
                (version, terms.cloned().collect())
            }
        }
    }

    /// The options that select the distribution and the members, as typed, each after a space.
    fn selection(&self, terms: &[String]) -> String {
        let distribution = self.distribution.iter().map(|name| ("--distribution", name.clone()));
        let terms = terms.iter().map(|term| ("-m", term.clone()));
        let list = self.targets.iter().map(|file| ("-t", file.display().to_string()));
        let all = distribution.chain(terms).chain(list);
        all.map(|(option, value)| format!(" {option} {}", quoted(&value))).collect()
    }

    /// The distribution, and whether it is the fleet's runtime.
    fn distribution(&self, fleet: Option<&Fleet>) -> Result<(String, bool)> {
        let runtime = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
        let runtime = runtime.map(|package| package.distribution.as_str());
        let named = self.distribution.as_deref().or(runtime).ok_or_else(|| {
            Error::usage("the distribution to pin is not known")
                .hint("name it with --distribution, or as `runtime_package` in fleet.yaml")
        })?;
        let is_runtime = runtime.is_none_or(|runtime| normalize(runtime) == normalize(named));
        Ok((named.to_owned(), is_runtime))
    }

    /// The index of a distribution. fleet.yaml only configures that of the runtime.
    fn index(&self, context: &Context, fleet: Option<&Fleet>, distribution: &str) -> Result<Index> {
        let runtime = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
        let same =
            |package: &&RuntimePackage| normalize(&package.distribution) == normalize(distribution);
        index::of_package(context, &self.index, runtime.filter(same))
    }

    fn style(&self) -> Style {
        match (self.floor, self.exact, self.compatible) {
            (true, _, _) => Style::Floor,
            (_, true, _) => Style::Exact,
            (_, _, true) => Style::Compatible,
            _ => Style::Keep,
        }
    }

    /// The selected members, and the terms that select them.
    fn members<'f>(
        &self,
        context: &Context,
        fleet: &'f Fleet,
        terms: &[String],
    ) -> Result<(Vec<&'f Member>, Vec<String>)> {
        let mut members = Selection::parse(terms)?.of(fleet)?;
        let Some(file) = &self.targets else { return Ok((members, terms.to_vec())) };
        let (named, bytes) = super::campaign::list(file)?;
        let listed = context.all(targets::read(&named, &bytes, fleet))?;
        members.retain(|member| listed.iter().any(|listed| std::ptr::eq(*listed, *member)));
        if members.is_empty() {
            return Err(
                Error::usage("the list and the terms together select no members").in_file(named)
            );
        }
        let terms = members.iter().map(|member| member.slug.clone()).collect();
        Ok((members, terms))
    }

    /// The change to the distribution: looks up its version, and judges which members suit it.
    fn package(
        &self,
        context: &Context,
        session: &Session,
        fleet: &Fleet,
        members: &[&Member],
        version: &str,
    ) -> Result<(String, Pin)> {
        let (distribution, is_runtime) = self.distribution(Some(fleet))?;
        let index = self.index(context, Some(fleet), &distribution)?;
        let found = version::find(context, index, &distribution, (version, self.pre))?;
        let suits = if self.no_compat {
            context.terminal.note(
                "WARNING: whether members suit it is not checked (`--no-compat`); what breaks is found at run time",
            );
            compatibility::Suits::default()
        } else {
            let asked = compatibility::Asked { found: &found, is_runtime, earlier: self.earlier };
            compatibility::ask(context, session, fleet, members, &asked)?
        };
        let pin = Pin {
            distribution: Some(distribution.clone()),
            version: found.version.to_string(),
            style: self.style(),
            lower: self.lower,
            hashes: found.hashes(),
            bounds: suits.bounds,
            breaks: suits.breaks,
            unchecked: suits.unchecked,
        };
        Ok((distribution, pin))
    }

    fn uses_and_images(
        &self,
        context: &Context,
        session: &Session,
        fleet: &Fleet,
        pinning: &mut Pinning,
    ) -> Result<()> {
        if !self.uses.is_empty() {
            let mut pin =
                PinUses { uses: self.uses.clone(), written: self.written, ..PinUses::default() };
            resolve::uses(context, session, &mut pin)?;
            pinning.uses = Some(pin);
        }
        if !self.image.is_empty() {
            let mut pin = PinImage { images: self.image.clone(), ..PinImage::default() };
            resolve::images(context, session, fleet, &mut pin)?;
            pinning.images = Some(pin);
        }
        Ok(())
    }
}
