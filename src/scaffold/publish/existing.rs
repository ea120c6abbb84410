//! What exists under the name of a new repository, and whether it is ours.

use super::first_image::{NewImage, Seen};
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::forge::calls::repositories::Repository;
use crate::forge::{Client, ForgeError};
use crate::scaffold::slug::Problem;

/// The hint for the name of a repository that cannot be written to, and so be no member that changes reach.
const ARCHIVED: &str = "use another slug, or name another repository with --repository; or unarchive or delete that \
                        repository first";

/// The hint for another name that is in use.
const ELSEWHERE: &str = "use another slug, or name another repository with --repository; to make an existing \
                         repository a member, add it to `members` of fleet.yaml; `shipshape fleet discover` finds \
                         such repositories";

/// Why a repository that cannot be written to is not taken.
const READ_ONLY: &str = "it is archived or disabled";

/// What exists under the wanted name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Nothing.
    Nothing,
    /// What an earlier run created, or an untouched repository generated from the starter.
    Ours {
        /// The commit that an earlier run put on top, if it got that far.
        commit: Option<String>,
    },
    /// Somebody else's repository, for this reason.
    Foreign(String),
    /// A repository that cannot be written to, whoever made it.
    ReadOnly,
    /// No repository, but its image, from which a published one could not be distinguished.
    Image(String),
}

impl Existing {
    /// Returns why the name is not available, if it is not.
    #[must_use]
    pub fn problem(&self, sought: &Sought<'_>) -> Option<Problem> {
        let name = sought.repository;
        match self {
            Self::Nothing | Self::Ours { .. } => None,
            Self::Foreign(why) => Some(Problem {
                message: format!("the repository `{name}` already exists: {why}"),
                hint: ELSEWHERE.to_owned(),
            }),
            Self::ReadOnly => Some(Problem {
                message: format!("the repository `{name}` already exists: {READ_ONLY}"),
                hint: ARCHIVED.to_owned(),
            }),
            Self::Image(image) => Some(Problem {
                message: format!(
                    "the image `{image}` already exists, but the repository `{name}` does not"
                ),
                hint: "use another slug, or delete that image's package first".to_owned(),
            }),
        }
    }
}

/// What a name is wanted for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// The repository.
    pub repository: &'a RepositoryName,
    /// The template repository to generate it from.
    pub starter: Option<&'a RepositoryName>,
    /// The image that it would publish.
    pub image: Option<&'a NewImage>,
    /// How it would be created; `None` while that is not answered.
    pub answered: Option<Answered<'a>>,
}

/// How a repository is created, as far as the forge shows that of it before it has any files.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// Its description.
    pub description: &'a str,
    /// Whether not everybody can see it.
    pub is_private: bool,
}

/// Finds out what exists before anything is created. `begun` says whether the journal has an earlier run.
///
/// # Errors
/// When the forge cannot be queried.
pub async fn existing(sought: &Sought<'_>, client: &Client, begun: bool) -> Result<Existing> {
    let Some(found) = client.find_repository(sought.repository).await? else {
        let image = sought.image.filter(|_| !begun);
        return Ok(match image {
            Some(image) if is_published(client, image).await => Existing::Image(image.name.clone()),
            _ => Existing::Nothing,
        });
    };
    Ok(whose(sought, client, &found, begun).await?)
}

/// Whether an image is visible. One that the token cannot see shows up when the first run is watched.
pub async fn is_published(client: &Client, image: &NewImage) -> bool {
    matches!(image.look(client).await, Seen::There { .. })
}

/// Returns whether an existing repository is ours, or why it is not.
pub(super) async fn whose(
    sought: &Sought<'_>,
    client: &Client,
    found: &Repository,
    begun: bool,
) -> Result<Existing, ForgeError> {
    let foreign = |why: &str| Ok(Existing::Foreign(why.to_owned()));
    if !found.name().same(sought.repository) {
        let why = format!("the name redirects to `{}`, which was renamed", found.full_name);
        return Ok(Existing::Foreign(why));
    }
    if found.archived || found.disabled {
        return Ok(Existing::ReadOnly);
    }
    let from_starter = match (&found.template_repository, sought.starter) {
        (Some(origin), Some(starter)) => {
            RepositoryName::parse(&origin.full_name, "").is_some_and(|it| it.same(starter))
        }
        _ => false,
    };
    let head = client.branch_head(sought.repository, &found.default_branch).await?;
    let Some(head) = head else {
        // The starter's files may still be on their way.
        return match from_starter || begun {
            true => Ok(Existing::Ours { commit: None }),
            false => foreign("it is empty, and was not generated from the starter"),
        };
    };
    let commit = client.commit(sought.repository, &head).await?;
    if commit.message.contains(&super::trailer(sought.repository)) {
        return Ok(Existing::Ours { commit: Some(head) });
    }
    let untouched = commit.parents.is_empty();
    let is_ours = from_starter || begun;
    if untouched && (is_ours || is_as_created(sought, client, found, &commit.tree.sha).await?) {
        return Ok(Existing::Ours { commit: None });
    }
    foreign(match untouched {
        true => {
            "it holds only its first commit, and no record here says that a run of `new` created it; delete it if one \
             did, or continue where that ran"
        }
        false => "it has commits that this command did not make",
    })
}

/// Whether a repository without a record is as a run left it that was cut off before its commit: with no more than the
/// forge's own README, and with the description and visibility of the answers. The new repository of somebody else has
/// another description, and one that others can see gets no files that were meant for fewer.
async fn is_as_created(
    sought: &Sought<'_>,
    client: &Client,
    found: &Repository,
    tree: &str,
) -> Result<bool, ForgeError> {
    let description = found.description.as_deref().unwrap_or_default().trim();
    let is_as_answered = sought.answered.is_none_or(|answered| {
        answered.description.trim() == description && answered.is_private == found.private
    });
    // What is generated from a starter names it.
    if sought.starter.is_some() || description.is_empty() || !is_as_answered {
        return Ok(false);
    }
    let tree = client.tree(sought.repository, tree).await?;
    let [readme] = &tree.tree[..] else { return Ok(false) };
    if tree.truncated || readme.path != "README.md" || readme.kind != "blob" {
        return Ok(false);
    }
    let text = client.blob(sought.repository, &readme.sha).await?;
    Ok(is_of_the_forge(&String::from_utf8_lossy(&text), &found.name().name, description))
}

/// Whether a README is the one that the forge writes into a new repository: its name and, below that, its description.
fn is_of_the_forge(readme: &str, name: &str, description: &str) -> bool {
    let (head, rest) = readme.trim().split_once('\n').unwrap_or((readme.trim(), ""));
    head.trim() == format!("# {name}") && ["", description].contains(&rest.trim())
}

/// The error for a name in use.
pub(super) fn taken(name: &RepositoryName, why: &str) -> Error {
    Error::usage(format!("the repository `{name}` already exists")).caused_by(why).hint(ELSEWHERE)
}

/// The error for the name of a repository that cannot be written to.
pub(super) fn read_only(name: &RepositoryName) -> Error {
    let error = Error::usage(format!("the repository `{name}` already exists"));
    error.caused_by(READ_ONLY).hint(ARCHIVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_repository_that_can_be_written_to_is_proposed_as_a_member() {
        let repository = RepositoryName::new("acme", "x".to_owned());
        let sought = Sought { repository: &repository, starter: None, image: None, answered: None };
        let hint =
            |existing: Existing| existing.problem(&sought).map(|it| it.hint).unwrap_or_default();
        assert!(hint(Existing::Foreign("why".to_owned())).contains("add it to `members`"));
        let read_only = hint(Existing::ReadOnly);
        assert!(read_only.contains("unarchive") && !read_only.contains("members"), "{read_only}");
    }

    #[test]
    fn a_readme_is_the_forges_own_only_as_it_writes_it() {
        let is_own = |readme: &str| is_of_the_forge(readme, "x", "A thing");
        for own in ["# x", "# x\n", "# x\nA thing\n", "# x\n\nA thing"] {
            assert!(is_own(own), "{own}");
        }
        for other in ["", "# y\nA thing\n", "# x\nMine\n", "# x\nA thing\nand more\n"] {
            assert!(!is_own(other), "{other}");
        }
    }
}
