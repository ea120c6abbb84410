//! Outside of a fleet: how to start one, and what can be judged without.

use super::facts::{Contents, Place};
use super::{Suggestion, Urgency, suggest};
use crate::counted::counted_as;

/// A sentence on what is here.
pub(super) fn here(place: &Place) -> String {
    match place {
        Place::Shape(Some(name)) => format!("This folder contains the shape pack `{name}`"),
        Place::Shape(None) => "This folder contains a shape pack".to_owned(),
        Place::Repository { name, pack: Some(pack), .. } => format!(
            "The repository `{name}`, with the shape pack `{pack}`; no fleet.yaml here or in a folder above"
        ),
        Place::Part { folder, repository, .. } => format!(
            "The folder `{folder}` of the repository `{repository}`; no fleet.yaml here or in a folder above"
        ),
        Place::Repository { name, contents, .. } => {
            let contents = match contents {
                Contents::OfThatShape => "",
                Contents::OfAnotherKind => ", of another kind than the shape inside shipshape",
                Contents::Nothing => ", which contains no file yet",
            };
            format!("The repository `{name}`{contents}; no fleet.yaml here or in a folder above")
        }
        Place::GitDirectory { name, .. } => format!(
            "The git directory of the repository `{name}`; no fleet.yaml here or in a folder above"
        ),
        Place::Package => {
            "A package.yaml is in this folder; no fleet.yaml here or in a folder above".to_owned()
        }
        Place::Repositories { number, folder, .. } if folder == "." => format!(
            "{} in this folder; no fleet.yaml here or in a folder above",
            counted_as(*number, "repository", "repositories")
        ),
        Place::Repositories { number, folder, .. } => format!(
            "{} in `{folder}`; no fleet.yaml here or in a folder above",
            counted_as(*number, "repository", "repositories")
        ),
        Place::Fleet(_) | Place::Nowhere => {
            "No fleet.yaml here or in a folder above, and no repository".to_owned()
        }
    }
}

/// What to do next.
pub(super) fn next(place: &Place) -> Vec<(Urgency, Suggestion)> {
    let all = |command: &str, folder: &str, why: &str| suggest(command, why).about_all_in(folder);
    let suggestions = match place {
        Place::Shape(_) => vec![
            suggest("shape show --pack .", "what it requires, path by path"),
            suggest("shape history --pack .", "how many versions each path has had"),
            demo(),
        ],
        Place::Repository { pack: Some(pack), path, .. } => vec![
            suggest("validate --shape", "judge this repository by the shape pack in it")
                .with(pack)
                .in_repository(path),
            suggest("fix --diff --shape", "what can be repaired without a review, shown but not written")
                .with(pack)
                .in_repository(path),
            fleet_of(path),
            demo(),
        ],
        Place::Part { root, .. } => vec![
            suggest(
                "validate",
                "judge this folder by the shape pack inside the program; --slug SLUG gives its slug, --shape FOLDER \
                 another shape",
            ),
            suggest("init .", "write a first fleet.yaml, in which this folder is a member")
                .with("--output")
                .with(&format!("{root}/fleet.yaml")),
            demo(),
        ],
        // What repositories have in common takes two.
        Place::Repository { contents: Contents::OfAnotherKind, path, .. } => vec![
            shape_of(path),
            fleet_of(path),
            demo(),
        ],
        Place::GitDirectory { path, .. } => vec![
            suggest(
                "validate",
                "judge this repository by the shape pack inside the program; --shape FOLDER names another",
            )
            .with(path),
            demo(),
        ],
        Place::Package => vec![
            suggest("package check", "check what package.yaml describes, before it is built"),
            suggest("package smoke", "build it, install it in an environment of its own, and import each of its modules"),
            demo(),
        ],
        Place::Repository { contents: Contents::OfThatShape, path, .. } => vec![
            suggest(
                "validate",
                "judge this repository by the shape pack inside the program; --shape FOLDER names another",
            )
            .in_repository(path),
            suggest("fix --diff", "what can be repaired without a review, shown but not written")
                .in_repository(path),
            fleet_of(path),
            demo(),
        ],
        Place::Repositories { number, folder, are_strangers } => {
            let mut told =
                vec![all("init", folder, "write fleet.yaml from these repositories")];
            if !are_strangers {
                let why =
                    "judge them by the shape pack inside the program, and see where they differ";
                told.push(all("drift --local", folder, why));
            }
            if *number > 1 {
                let why = "make a shape pack of what they have in common, in the folder `shape`";
                told.push(all("shape init --from", folder, why).with("--out").with("shape"));
            }
            told.push(demo());
            told
        }
        Place::Repository { contents: Contents::Nothing, .. } => vec![
            demo(),
            suggest(
                "init --owner NAME",
                "write fleet.yaml from the repositories of an organisation; or from folders: init repos/*",
            ),
            suggest("validate PATH", "judge one that has files, wherever it is"),
        ],
        Place::Fleet(_) | Place::Nowhere => vec![
            demo(),
            suggest(
                "init --owner NAME",
                "write fleet.yaml from the repositories of an organisation; or from folders: init repos/*",
            ),
            suggest("validate PATH", "judge one repository, wherever it is"),
            suggest("doctor", "what works on this machine, and what does not"),
        ],
    };
    suggestions.into_iter().map(|suggestion| (Urgency::Useful, suggestion)).collect()
}

/// A fleet.yaml at the root of a repository.
fn fleet_of(repository: &str) -> Suggestion {
    let why = "write a first fleet.yaml, which says what its members have to conform to";
    let init = suggest("init", why).with(repository);
    match repository {
        "." => init,
        root => init.with("--output").with(&format!("{root}/fleet.yaml")),
    }
}

/// A shape of a repository and of another beside it.
fn shape_of(repository: &str) -> Suggestion {
    let (another, out) = match repository {
        "." => ("../ANOTHER".to_owned(), "shape".to_owned()),
        root => (format!("{root}/../ANOTHER"), format!("{root}/shape")),
    };
    let why = format!(
        "make a shape of this repository and at least one more of its kind, in place of {another}; `validate --shape {out}` \
         judges by it"
    );
    ["--from", repository, &another, "--out", &out]
        .into_iter()
        .fold(suggest("shape init", why), Suggestion::with)
}

fn demo() -> Suggestion {
    suggest(
        "demo",
        "a fleet of eight with real kinds of drift, made and judged in a temporary folder; no account needed",
    )
}
