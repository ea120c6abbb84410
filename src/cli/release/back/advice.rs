//! What to do next once members were taken back: about those that are not, the index, the hosts, and the freeze.

use std::collections::BTreeSet;

use pep440_rs::Version;

use super::{Arguments, continued};
use crate::cli::Context;
use crate::cli::release::show::safe;
use crate::cli::release::{show_cascade, withdraw};
use crate::cli::shared::next::{self, Step};
use crate::release::back::Back;
use crate::release::cascade::{Cascade, Row, State};
use crate::release::chain::Run;

/// What became of a way back.
pub(super) struct Went<'a> {
    pub(super) document: &'a Cascade,
    /// One that was started for more members, and stays open.
    pub(super) wider: Option<&'a Back>,
    pub(super) version: &'a Version,
    /// The newest version that members went back from; `None` if none did.
    pub(super) left: Option<&'a Run>,
    /// `None` if this run freezes nothing.
    pub(super) freeze: Option<Freezing>,
}

/// What became of the freeze with which members went back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Freezing {
    /// Releases are still frozen.
    Lasts,
    /// Somebody has lifted it meanwhile.
    Lifted,
}

/// Suggests what to do next.
pub(super) fn advise(arguments: &Arguments, context: &Context, went: &Went<'_>) {
    let Went { document, wider, version, left, freeze } = *went;
    let mut steps: Vec<Step> = Vec::new();
    if document.repositories.iter().any(|row| !row.state.is_through()) {
        let looks = show_cascade::next(document);
        let looks = looks.iter().filter(|next| next.command.starts_with("shipshape drift"));
        steps.extend(looks.map(|next| Step::from(context.command(&next.command))));
        let is_reachable = |row: &Row| !row.state.is_through() && !row.cannot_be_told;
        // It would end the same way while only members are left that cannot be notified.
        if document.repositories.iter().any(is_reachable) {
            let again = context.command(&arguments.again(context, version));
            steps.push(Step::because(again, show_cascade::notifies_again(document)));
        }
    }
    if let Some(wider) = wider {
        let why = "continues the one that was started for more members";
        steps.push(Step::because(continued(context, wider), why));
    }
    if let Some(left) = left {
        steps.extend(withdraw::at_the_end(left));
        steps.extend(withdraw::remaining(left, context));
    }
    let rows = &document.repositories;
    // The images of members that were not to go back are left as they are.
    let members: Vec<&str> = rows.iter().flat_map(|row| &row.members).map(String::as_str).collect();
    let named = Some(format!(" {}", members.join(" "))).filter(|_| !arguments.runtime.is_empty());
    // Once all are back, the registry has the earlier version, and a previous image on a host may have the later one.
    let (on_hosts, why) = match rows.iter().all(|row| row.state.is_through()) {
        true => {
            let whose = named.unwrap_or_default();
            let refresh = format!("images refresh{whose}");
            (vec![refresh], "on each host: pulls the images that went back")
        }
        false => {
            let whose = named.unwrap_or_else(|| " --all".to_owned());
            // Those that have another version would go further back than they have to.
            let rollback = |bad: String| format!("images rollback{whose}{bad}");
            let of_bad = bad(went).into_iter().map(|bad| format!(" --from-version {}", safe(&bad)));
            let mut commands: Vec<String> = of_bad.map(rollback).collect();
            if commands.is_empty() {
                commands.push(rollback(String::new()));
            }
            (commands, "on a host that cannot wait for a build")
        }
    };
    // Where every member was left alone with an earlier version, hosts have nothing to pull.
    if rows.iter().any(|row| row.state != State::Earlier) {
        let mut on_hosts = on_hosts.iter().map(|command| context.command(command));
        steps.extend(on_hosts.next().map(|first| Step::because(first, why)));
        steps.extend(on_hosts.map(Step::from));
    }
    match freeze {
        Some(Freezing::Lasts) => steps.push(Step::because(
            context.command("release thaw"),
            "when a fixed version is merged, and no other reason for the freeze is left",
        )),
        Some(Freezing::Lifted) => context
            .terminal
            .note("WARNING: releases are no longer frozen: the freeze was lifted meanwhile"),
        None => {}
    }
    next::note(context, steps);
}

/// The versions that images were seen to contain before members were notified, or else the newest that members left. The newest
/// comes first: a host that had several of them leaves each by the next command, and ends on none.
fn bad(Went { document, version, left, .. }: &Went<'_>) -> Vec<String> {
    let rows = document.repositories.iter();
    let seen: BTreeSet<Version> = rows.filter_map(|row| row.had_later_than(version)).collect();
    match seen.is_empty() {
        true => left.iter().filter_map(|left| left.version.clone()).collect(),
        false => seen.iter().rev().map(Version::to_string).collect(),
    }
}
