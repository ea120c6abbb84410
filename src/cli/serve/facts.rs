//! The data behind the dashboard, from the operations that other commands use.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Arguments, images};
use crate::cli::Context;
use crate::cli::campaign::status::standing;
use crate::cli::images::host::HostOptions;
use crate::cli::release::status;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::observing::{self, MembersOnForge, Source};
use crate::cli::shared::options::SubjectOptions;
use crate::cli::shared::releases::Remembered;
use crate::cli::shared::targets::{self, Targets};
use crate::cli::shared::{decisions, judging, past_runs, registrations};
use crate::drift::model::Report;
use crate::drift::survey::{Origin, Target};
use crate::error::Result;
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::serve::{CampaignSight, Facts, ImageSight, MemberSight, Members, ReleaseSight, Which};

/// Provides facts about the fleet, as often as the server asks.
pub(super) struct FleetFacts {
    context: Context,
    local: Vec<PathBuf>,
    campaigns: Vec<PathBuf>,
    forge: ForgeOptions,
    images: HostOptions,
}

impl FleetFacts {
    pub(super) fn new(context: &Context, arguments: &Arguments) -> Self {
        let terminal = context.terminal.clone().in_background();
        Self {
            context: Context { terminal, ..context.clone() },
            local: arguments.local.clone(),
            campaigns: arguments.campaigns.clone(),
            images: HostOptions::of(&arguments.forge),
            // The dashboard only reads.
            forge: ForgeOptions { read_only: true, ..arguments.forge.clone() },
        }
    }

    fn context(&self) -> Context {
        Context { clock: self.context.clock.again(), ..self.context.clone() }
    }

    fn targets(&self, context: &Context) -> Result<(Targets, Source)> {
        let subject = SubjectOptions { reference: None, shape: None, profile: None, slug: None };
        if self.local.is_empty() {
            let members =
                MembersOnForge { names: &[], here: Some("--local repos/*"), subject: &subject };
            return observing::on_forge(context, &self.forge, &members);
        }
        Ok((targets::resolve(context, &subject.of(&self.local))?, Source::Here))
    }
}

impl Facts for FleetFacts {
    fn now(&self) -> String {
        self.context().clock.rfc3339()
    }

    fn members(&self) -> Result<Members> {
        let near = self.local.first().map(PathBuf::as_path);
        Ok(self.context.fleet(near)?.as_ref().map(members).unwrap_or_default())
    }

    fn judge(&self, which: &Which) -> Result<Report> {
        let context = self.context();
        let (mut targets, mut source) = self.targets(&context)?;
        if let Which::Some(names) = which {
            let names = with_members(names, targets.fleet.as_ref());
            targets.targets.retain(|target| called(target).any(|name| names.contains(&name)));
        }
        let request = judging::Request::plain("drift").with_differences();
        let mut report = judging::judge_from(&context, &targets, &mut source, &request)?;
        if *which == Which::All {
            if let Some(fleet) = &targets.fleet {
                let found = registrations::all(source.registrations(fleet, &[]));
                report.fleet_findings.extend(decisions::with_rules(&context, fleet, found));
            }
            past_runs::tell_trend(&context, &targets, &mut report, false)?;
        }
        Ok(report)
    }

    fn releases(&self) -> Result<ReleaseSight> {
        let context = self.context();
        let near = self.local.first().map(PathBuf::as_path);
        let Some(fleet) = context.fleet(near)? else { return Ok(ReleaseSight::default()) };
        if fleet.manifest.runtime_package.is_none() || context.environment.state_folder().is_none()
        {
            return Ok(ReleaseSight::default());
        }
        let Remembered { back, runs } = status::last(&context, &fleet, &self.forge, RELEASES)?;
        Ok(ReleaseSight { back, runs })
    }

    fn images(&self) -> Result<Vec<ImageSight>> {
        images::look(&self.context(), &self.images)
    }

    fn campaigns(&self) -> Vec<CampaignSight> {
        let context = self.context();
        let look = |file: &PathBuf| CampaignSight {
            file: file.display().to_string(),
            status: standing(file, &context, &self.forge),
        };
        self.campaigns.iter().map(look).collect()
    }
}

/// How many releases are shown.
const RELEASES: usize = 5;

/// The names of repositories, and all names of the members in them.
fn with_members(names: &BTreeSet<String>, fleet: Option<&Fleet>) -> BTreeSet<String> {
    let members = fleet.into_iter().flat_map(Fleet::active);
    let lives =
        |member: &&Member| names.contains(&member.repository.to_string().to_ascii_lowercase());
    let called = members.filter(lives).flat_map(Member::names);
    names.iter().cloned().chain(called.map(|name| name.to_ascii_lowercase())).collect()
}

/// The names of a target, as `owner/name` in lower case among others.
fn called(target: &Target) -> impl Iterator<Item = String> + '_ {
    let on_forge = match &target.origin {
        Origin::Forge(name) => Some(name.to_string()),
        Origin::Local(_) => None,
    };
    target.names.iter().cloned().chain(on_forge).map(|name| name.to_ascii_lowercase())
}

fn members(fleet: &Fleet) -> Members {
    let owner = &fleet.manifest.forge.owner;
    let source = fleet.manifest.runtime_package.as_ref().and_then(|package| {
        RepositoryName::parse(package.source.as_ref()?.repository.as_deref()?, owner)
    });
    Members {
        fleet: fleet.manifest.name.clone(),
        members: fleet
            .active()
            .map(|member| MemberSight {
                slug: member.slug.clone(),
                repository: member.repository.clone(),
                image: fleet.image(member),
            })
            .collect(),
        source,
        releases: fleet.manifest.runtime_package.is_some(),
    }
}
