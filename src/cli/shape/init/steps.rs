//! What is left to do after `shape init`, as lines of which each command can be pasted.

use std::path::{Path, PathBuf};

use crate::cli::shared::next::quoted;
use crate::cli::shared::pasted_paths::together;
use crate::counted::counted_as;
use crate::fleet::Fleet;
use crate::fleet::manifest::{Kind, Shape};
use crate::shape::infer::{Proposal, Source};
use crate::shape::pack::MANIFEST;
use crate::source::yaml::quote_scalar;

/// The commands that make a pack for each kind.
pub(super) fn one_for_each(sources: &[Source], out: &Path, proposal: &Proposal) -> Vec<String> {
    let step = |(out, kind): (String, &Vec<String>)| {
        let places = sources.iter().filter(|source| kind.contains(&source.name));
        let places: Vec<PathBuf> = places.map(|source| source.path.clone()).collect();
        format!("shipshape shape init --from {} --out {}", together(&places, ""), quoted(&out))
    };
    let numbered = (1_usize..).map(|number| format!("{}-{number}", out.display()));
    let free = numbered.filter(|folder| !Path::new(folder).exists());
    // It takes two repositories to have something in common.
    free.zip(proposal.kinds.iter().filter(|kind| kind.len() > 1)).map(step).collect()
}

/// The next commands. If fleet.yaml does not yet use the pack for a kind, suggests how to.
pub(super) fn steps(
    fleet: Option<&Fleet>,
    sources: &[Source],
    out: &Path,
    proposal: &Proposal,
) -> Vec<String> {
    let mut next = vec![format!("read {}/{MANIFEST}, and correct it", out.display())];
    let is_it = |place: &Path| place.canonicalize().ok() == out.canonicalize().ok();
    let held = |kind: &Kind, fleet: &Fleet| matches!(&kind.shape, Shape::Folder(named) if is_it(&fleet.beside(&named.folder)));
    let mut option = format!(" --shape {}", quoted(&out.to_string_lossy()));
    if let Some(fleet) = fleet {
        let kinds = &fleet.manifest.kinds;
        if kinds.values().any(|kind| held(kind, fleet)) {
            option.clear();
        } else if let Some(name) = kind_of_all(fleet, proposal) {
            let home = fleet.file.parent().and_then(|home| home.canonicalize().ok());
            let folder = out.canonicalize().ok().and_then(|out| {
                let inside = out.strip_prefix(home?).ok()?.to_string_lossy().into_owned();
                Some(inside)
            });
            next.extend(
                folder.into_iter().flat_map(|folder| holding(fleet, &name, &folder, proposal)),
            );
        }
    }
    let places: Vec<PathBuf> = sources.iter().map(|source| source.path.clone()).collect();
    let places = together(&places, "");
    next.push(format!("shipshape drift{option} --local {places}"));
    next
}

/// How to hold a kind to a pack in a folder beside fleet.yaml. Where the kind has other members, too, the pack may be for
/// a part of it only: only a person knows.
fn holding(fleet: &Fleet, kind: &str, folder: &str, proposal: &Proposal) -> Vec<String> {
    let file = fleet.file.display();
    let shape = format!("shape: {{ folder: {} }}", quote_scalar(folder));
    let is_known = |name: &str| fleet.only(name).is_some_and(|member| member.kind == kind);
    let known = proposal.members.iter().filter(|member| is_known(&member.name)).count();
    let all = fleet.active().filter(|member| member.kind == kind).count();
    if known == 0 || all <= known {
        return vec![format!("hold the kind `{kind}` to it in {file}: `{shape}`")];
    }
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let kinds = &fleet.manifest.kinds;
    let free = |name: &String| !kinds.contains_key(name);
    let numbers = (2..).map(|number| format!("{last}-{number}"));
    let own = std::iter::once(last.to_owned()).chain(numbers).find(free);
    let own = own.unwrap_or_else(|| last.to_owned());
    let own = quote_scalar(&own);
    let names: Vec<String> =
        proposal.members.iter().map(|member| format!("`{}`", member.name)).collect();
    let others = counted_as(all - known, "other member", "other members");
    vec![
        format!(
            "if the {others} of the kind `{kind}` are like these: hold that kind to it in {file}: `{shape}`"
        ),
        format!(
            "if not: give these a kind of their own there: `{own}: {{ {shape} }}` under `kinds`, and `kind: {own}` for {}",
            names.join(", ")
        ),
    ]
}

/// The kind of all these repositories: as members, else by the only prefix that all names have.
fn kind_of_all(fleet: &Fleet, proposal: &Proposal) -> Option<String> {
    let names = || proposal.members.iter().map(|member| member.name.as_str());
    let mut kinds = names().map(|name| Some(fleet.only(name)?.kind.as_str()));
    let first = kinds.next()?;
    if let Some(first) = first
        && kinds.all(|kind| kind == Some(first))
    {
        return Some(first.to_owned());
    }
    let begins = |kind: &Kind| {
        let prefix = kind.prefix.as_deref().filter(|prefix| !prefix.is_empty());
        prefix.is_some_and(|prefix| names().all(|name| name.starts_with(prefix)))
    };
    let mut fitting = fleet.manifest.kinds.iter().filter(|(_, kind)| begins(kind));
    let found = fitting.next().map(|(name, _)| name.clone());
    found.filter(|_| fitting.next().is_none())
}
