//! Repositories: what they are, and making and changing them.

use serde::Deserialize;
use serde_json::json;

use super::{base, segment};
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its id in GraphQL.
    #[serde(default)]
    pub node_id: String,
    /// Its name, with its owner: `acme/api`.
    pub full_name: String,
    /// Whether only those who were let in see it.
    #[serde(default)]
    pub private: bool,
    /// Whether it takes no writes.
    #[serde(default)]
    pub archived: bool,
    /// Whether the forge has shut it.
    #[serde(default)]
    pub disabled: bool,
    /// Whether it came from another.
    #[serde(default)]
    pub fork: bool,
    /// Whether others may be generated from it.
    #[serde(default)]
    pub is_template: bool,
    /// The branch that counts.
    #[serde(default)]
    pub default_branch: String,
    /// One line of what it is.
    #[serde(default)]
    pub description: Option<String>,
    /// `public`, `private` or `internal`.
    #[serde(default)]
    pub visibility: Option<String>,
    /// Its topics.
    #[serde(default)]
    pub topics: Vec<String>,
    /// When something was last pushed, RFC 3339.
    #[serde(default)]
    pub pushed_at: Option<String>,
    /// Which repository it was generated from.
    #[serde(default)]
    pub template_repository: Option<Box<Origin>>,
    /// What the token may do in it.
    #[serde(default)]
    pub permissions: Option<Permissions>,
}

/// A repository that another was generated from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Origin {
    /// Its name, with its owner.
    pub full_name: String,
}

/// What a token may do in a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// Change its settings.
    pub admin: bool,
    /// Write to it.
    pub push: bool,
    /// Read it.
    pub pull: bool,
}

impl Repository {
    /// Its name. A forge that answers nonsense gives a name that fits no member.
    #[must_use]
    pub fn name(&self) -> RepositoryName {
        RepositoryName::parse(&self.full_name, "").unwrap_or_default()
    }
}

/// A repository that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRepository {
    /// Its name.
    pub name: RepositoryName,
    /// One line of what it is.
    pub description: String,
    /// Whether only those who are let in see it.
    pub private: bool,
}

/// What is to be different of a repository; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryChange {
    /// One line of what it is.
    pub description: Option<String>,
    /// Whether only those who are let in see it.
    pub private: Option<bool>,
    /// `public`, `private` or `internal`.
    pub visibility: Option<String>,
    /// Whether it takes no more writes.
    pub archived: Option<bool>,
    /// The branch that counts.
    pub default_branch: Option<String>,
}

impl RepositoryChange {
    /// Whether a repository is so already.
    #[must_use]
    pub fn holds_for(&self, repository: &Repository) -> bool {
        let description = repository.description.as_deref().unwrap_or_default();
        self.description.as_deref().is_none_or(|wanted| wanted == description)
            && self.private.is_none_or(|wanted| wanted == repository.private)
            && (self.visibility.is_none() || self.visibility == repository.visibility)
            && self.archived.is_none_or(|wanted| wanted == repository.archived)
            && self
                .default_branch
                .as_ref()
                .is_none_or(|wanted| *wanted == repository.default_branch)
    }
}

impl Client {
    /// A repository, by name; one that was renamed answers by its new one.
    ///
    /// # Errors
    /// When it is not there, may not be seen, or cannot be asked for.
    pub async fn repository(&self, name: &RepositoryName) -> Result<Repository, ForgeError> {
        self.get(&base(name)).await
    }

    /// The same, or `None` when it is not there or may not be seen.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn find_repository(
        &self,
        name: &RepositoryName,
    ) -> Result<Option<Repository>, ForgeError> {
        self.find(&base(name)).await
    }

    /// Generates a repository from a template. Its files come later: see [`Client::branch_head`].
    ///
    /// # Errors
    /// When the template cannot be used or the name is taken.
    pub async fn generate(
        &self,
        template: &RepositoryName,
        new: &NewRepository,
    ) -> Result<Repository, ForgeError> {
        let body = json!({
            "owner": new.name.owner,
            "name": new.name.name,
            "description": new.description,
            "private": new.private,
            "include_all_branches": false,
        });
        let path = format!("{}/generate", base(template));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        self.write(&new.name, request, async || self.find_repository(&new.name).await).await
    }

    /// Makes a repository with one commit that holds a README, so that it can be written to.
    ///
    /// # Errors
    /// When the owner takes none, or the name is taken.
    pub async fn create_repository(
        &self,
        new: &NewRepository,
        in_organization: bool,
    ) -> Result<Repository, ForgeError> {
        let body = json!({
            "name": new.name.name,
            "description": new.description,
            "private": new.private,
            "auto_init": true,
        });
        let path = if in_organization {
            format!("/orgs/{}/repos", segment(&new.name.owner))
        } else {
            "/user/repos".to_owned()
        };
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        self.write(&new.name, request, async || self.find_repository(&new.name).await).await
    }

    /// Changes settings of a repository.
    ///
    /// # Errors
    /// When it may not.
    pub async fn change_repository(
        &self,
        name: &RepositoryName,
        change: &RepositoryChange,
    ) -> Result<Repository, ForgeError> {
        let mut body = serde_json::Map::new();
        let mut set = |key: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                body.insert(key.to_owned(), value);
            }
        };
        set("description", change.description.clone().map(Into::into));
        set("private", change.private.map(Into::into));
        set("visibility", change.visibility.clone().map(Into::into));
        set("archived", change.archived.map(Into::into));
        set("default_branch", change.default_branch.clone().map(Into::into));
        let body = serde_json::Value::Object(body);
        let request = self.rest(http::Method::PATCH, &base(name), Some(&body), Cost::WRITE);
        self.write(name, request, async || {
            let found = self.repository(name).await?;
            Ok(change.holds_for(&found).then_some(found))
        })
        .await
    }
}
