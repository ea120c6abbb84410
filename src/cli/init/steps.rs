//! The next commands after fleet.yaml was written, each of which can be pasted into a shell.

use std::path::{Path, PathBuf};

use super::Arguments;
use crate::cli::shared::next::quoted;
use crate::cli::shared::pasted_paths::together;
use crate::fleet::draft::{DraftedKind, Observed};

pub(super) fn steps(
    arguments: &Arguments,
    observed: &Observed,
    kinds: &[DraftedKind],
) -> Vec<String> {
    let file = if arguments.output == Path::new("fleet.yaml") {
        String::new()
    } else {
        format!(" --fleet {}", quoted(&arguments.output.to_string_lossy()))
    };
    let mut next = vec![format!("read {}, and correct it", arguments.output.display())];
    let home = arguments.output.parent().unwrap_or(Path::new(""));
    for kind in kinds {
        let Some(shape) = &kind.shape else { continue };
        let out = quoted(&home.join(shape).to_string_lossy());
        next.push(match kind.folders.len() {
            0 if kind.prefix.is_empty() => {
                format!("clone some of them, then: shipshape shape init --from DIR… --out {out}")
            }
            0 => format!(
                "clone some {}…, then: shipshape shape init --from DIR… --out {out}",
                kind.prefix
            ),
            1 => format!(
                "shipshape shape init --from {} DIR… --out {out}: it needs at least two repositories",
                together(&kind.folders, &kind.prefix)
            ),
            _ => {
                let from = together(&kind.folders, &kind.prefix);
                format!("shipshape shape init --from {from} --out {out}")
            }
        });
    }
    let all: Vec<PathBuf> = kinds.iter().flat_map(|kind| kind.folders.clone()).collect();
    if !all.is_empty() {
        let whole = together(&all, "");
        let each = || {
            let words = kinds.iter().filter(|kind| !kind.folders.is_empty());
            words.map(|kind| together(&kind.folders, &kind.prefix)).collect::<Vec<_>>().join(" ")
        };
        let places = if whole.ends_with("/*") { whole } else { each() };
        next.push(format!("shipshape drift{file} --local {places}"));
    }
    if arguments.paths.is_empty() && arguments.manifest.is_empty() {
        next.push(format!("shipshape drift{file}"));
    }
    if !observed.lists.is_empty() {
        next.push(format!("shipshape fleet registrations{file}"));
    }
    next
}
