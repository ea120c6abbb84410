//! Reading, creating and changing repositories.

use serde::Deserialize;
use serde_json::Value;

use super::{base, segment};
use crate::fleet::RepositoryName;
use crate::forge::client::Request;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its GraphQL id.
    #[serde(default)]
    pub node_id: String,
    /// Its name with the owner: `acme/api`.
    pub full_name: String,
    /// Whether it is private.
    #[serde(default)]
    pub private: bool,
    /// Whether it is archived, and so read-only.
    #[serde(default)]
    pub archived: bool,
    /// Whether the forge has disabled it.
    #[serde(default)]
    pub disabled: bool,
    /// Whether it is a fork.
    #[serde(default)]
    pub fork: bool,
    /// Whether it is a template repository.
    #[serde(default)]
    pub is_template: bool,
    /// The default branch.
    #[serde(default)]
    pub default_branch: String,
    /// The one-line description.
    #[serde(default)]
    pub description: Option<String>,
    /// `public`, `private` or `internal`.
    #[serde(default)]
    pub visibility: Option<String>,
    /// Its topics.
    #[serde(default)]
    pub topics: Vec<String>,
    /// When it was last pushed to (RFC 3339).
    #[serde(default)]
    pub pushed_at: Option<String>,
    /// The repository that it was generated from.
    #[serde(default)]
    pub template_repository: Option<Box<Origin>>,
    /// The token's permissions on it.
    #[serde(default)]
    pub permissions: Option<Permissions>,
}

/// The template repository of a generated one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Origin {
    /// Its name with the owner.
    pub full_name: String,
}

/// A token's permissions on a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// It may change the settings.
    pub admin: bool,
    /// It may write.
    pub push: bool,
    /// It may read.
    pub pull: bool,
}

impl Repository {
    /// The parsed name; an empty one, which matches no member, if the forge returned an invalid name.
    #[must_use]
    pub fn name(&self) -> RepositoryName {
        RepositoryName::parse(&self.full_name, "").unwrap_or_default()
    }
}

/// A repository to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRepository {
    /// Its name.
    pub name: RepositoryName,
    /// The one-line description.
    pub description: String,
    /// Whether it is private.
    pub private: bool,
}

impl NewRepository {
    /// The body of a request that creates it, with what only that request takes.
    fn body<const N: usize>(&self, further: [(&str, Value); N]) -> Value {
        // Taken apart, so that a new field does not compile until it is sent.
        let Self { name: RepositoryName { owner: _, name }, description, private } = self;
        let common = [
            ("name", Value::from(name.as_str())),
            ("description", Value::from(description.as_str())),
            ("private", Value::from(*private)),
        ];
        common.into_iter().chain(further).collect()
    }
}

/// Settings of a repository to change. `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryChange {
    /// The one-line description.
    pub description: Option<String>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// `public`, `private` or `internal`.
    pub visibility: Option<String>,
    /// Whether it is archived, and so read-only.
    pub archived: Option<bool>,
    /// The default branch.
    pub default_branch: Option<String>,
}

impl RepositoryChange {
    /// Whether a repository already has these settings.
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
    /// Reads a repository by name. A renamed one is returned under its new name.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or the request fails.
    pub async fn repository(&self, name: &RepositoryName) -> Result<Repository, ForgeError> {
        self.get(&base(name)).await
    }

    /// Like [`Self::repository`], but `None` when it does not exist or may not be read.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn find_repository(
        &self,
        name: &RepositoryName,
    ) -> Result<Option<Repository>, ForgeError> {
        self.find(&base(name)).await
    }

    /// Generates a repository from a template. Its files appear only later: see [`Client::branch_head`].
    ///
    /// # Errors
    /// When the template cannot be used or the name is taken.
    pub async fn generate(
        &self,
        template: &RepositoryName,
        new: &NewRepository,
    ) -> Result<Repository, ForgeError> {
        let owner = Value::from(new.name.owner.as_str());
        let body = new.body([("owner", owner), ("include_all_branches", false.into())]);
        let path = format!("{}/generate", base(template));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        self.created(new, request).await
    }

    /// Creates a repository with one commit that adds a README, so that it can be written to.
    ///
    /// # Errors
    /// When the owner may not have new repositories, or the name is taken.
    pub async fn create_repository(
        &self,
        new: &NewRepository,
        in_organization: bool,
    ) -> Result<Repository, ForgeError> {
        let body = new.body([("auto_init", true.into())]);
        let path = if in_organization {
            format!("/orgs/{}/repos", segment(&new.name.owner))
        } else {
            "/user/repos".to_owned()
        };
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        self.created(new, request).await
    }

    async fn created(
        &self,
        new: &NewRepository,
        request: Request,
    ) -> Result<Repository, ForgeError> {
        let look_up = async || self.find_repository(&new.name).await;
        let made = self.write(&new.name, request, look_up).await;
        // There is no repository yet that a forge could name a permission of: it names none, or that of the template.
        made.map_err(|error| error.for_want_of("administration=write"))
    }

    /// Changes settings of a repository.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn change_repository(
        &self,
        name: &RepositoryName,
        change: &RepositoryChange,
    ) -> Result<Repository, ForgeError> {
        let mut body = serde_json::Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(key.to_owned(), value);
            }
        };
        set("description", change.description.clone().map(Into::into));
        set("private", change.private.map(Into::into));
        set("visibility", change.visibility.clone().map(Into::into));
        set("archived", change.archived.map(Into::into));
        set("default_branch", change.default_branch.clone().map(Into::into));
        let body = Value::Object(body);
        let request = self.rest(http::Method::PATCH, &base(name), Some(&body), Cost::WRITE);
        self.write(name, request, async || {
            let found = self.repository(name).await?;
            Ok(change.holds_for(&found).then_some(found))
        })
        .await
    }
}
