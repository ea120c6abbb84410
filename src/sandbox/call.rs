//! A request as seen by routes: path parameters, query, body, and identity.

use serde_json::Value;

use super::git::Identity;
use super::refusal::{Answer, Refusal};
use super::world::{Access, Decision, Permission, Push, Repository, RepositoryId, Token, World};

/// A request that was matched to a route.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    /// The path below `/api/v3`, as it was sent.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
    pub(super) parameters: Vec<(&'static str, String)>,
    /// The index of its token in the world.
    pub(super) token: Option<usize>,
    /// The signed proof of a GitHub App, in place of a token.
    pub(super) proof: Option<String>,
    /// The repository that the path names.
    pub(super) repository: Option<RepositoryId>,
    /// The base URL, such as `http://127.0.0.1:4321`.
    pub(super) base: String,
    /// The `Accept` header.
    pub(super) accept: String,
}

/// The most entries on a page, as on GitHub.
const PAGE: usize = 100;

impl Call {
    /// Returns a parameter of the route; empty if there is none.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    /// Returns a numeric parameter of the route.
    pub(super) fn number(&self, name: &str) -> Answer<u64> {
        self.parameter(name).parse().map_err(|_| Refusal::not_found())
    }

    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Returns a query parameter with one of these values. GitHub ignores other values; here they
    /// are refused.
    pub(super) fn one_of(&self, name: &str, values: &[&str]) -> Answer<Option<&str>> {
        match self.asked(name) {
            Some(value) if !values.contains(&value) => {
                Err(Refusal::validation("Query", name, "invalid"))
            }
            asked => Ok(asked),
        }
    }

    pub(super) fn id(&self) -> Answer<RepositoryId> {
        self.repository.ok_or_else(Refusal::not_found)
    }

    pub(super) fn repository<'a>(&self, world: &'a World) -> Answer<&'a Repository> {
        world.repository(self.id()?)
    }

    pub(super) fn repository_mut<'a>(&self, world: &'a mut World) -> Answer<&'a mut Repository> {
        world.repository_mut(self.id()?)
    }

    pub(super) fn token<'a>(&self, world: &'a World) -> Answer<&'a Token> {
        let token = self.token.and_then(|index| world.tokens.get(index));
        token.ok_or_else(|| Refusal::new(401, "Requires authentication"))
    }

    /// Whether the token of this request has a permission in a repository.
    pub(super) fn decide(
        &self,
        world: &World,
        repository: &Repository,
        permission: Permission,
        access: Access,
    ) -> Decision {
        match self.token(world) {
            Ok(token) => token.decide(repository, permission, access),
            Err(_) if !repository.is_private() && access == Access::Read => Decision::Allowed,
            Err(_) => Decision::Hidden,
        }
    }

    /// Returns why a push to a branch is refused, if it is.
    pub(super) fn refused_push(
        &self,
        world: &World,
        repository: &Repository,
        (branch, push): (&str, Push<'_>),
    ) -> Option<String> {
        let is_administrator = self.token(world).is_ok_and(Token::is_administrator);
        repository.refuses(branch, push, is_administrator, world.now)
    }

    /// Returns the identity of commits made by this request.
    pub(super) fn identity(&self, world: &World) -> Answer<Identity> {
        let token = self.token(world)?;
        let owner = world.owner(&token.user);
        let id = owner.map_or(0, |owner| owner.id);
        let login = owner.map_or(token.user.as_str(), |owner| &owner.login).to_owned();
        Ok(Identity {
            name: owner.map_or_else(|| login.clone(), |owner| owner.name.clone()),
            email: format!("{id}+{login}@users.noreply.github.com"),
            login,
        })
    }

    /// Returns a field of the body; `null` counts as absent.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Answer<Option<&str>> {
        text(&self.body, name)
    }

    pub(super) fn required(&self, name: &str) -> Answer<&str> {
        required(&self.body, name)
    }

    pub(super) fn flag(&self, name: &str) -> Answer<Option<bool>> {
        let wrong =
            |value| Refusal::invalid(format!("For 'properties/{name}', {value} is not a boolean."));
        self.field(name).map(|value| value.as_bool().ok_or_else(|| wrong(value))).transpose()
    }

    pub(super) fn texts(&self, name: &str) -> Answer<Option<Vec<String>>> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let wrong = || {
            Refusal::invalid(format!(
                "For 'properties/{name}', {value} is not an array of strings."
            ))
        };
        let items = value.as_array().ok_or_else(wrong)?;
        let texts = items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong));
        texts.collect::<Answer<Vec<_>>>().map(Some)
    }

    /// Returns the requested part of a list: where it begins, and its maximum length.
    pub(super) fn page(&self) -> Answer<(usize, usize)> {
        let number = |name: &str, default: usize| match self.asked(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| Refusal::invalid(format!("\"{name}\" is not a number."))),
        };
        let size = number("per_page", 30)?.clamp(1, PAGE);
        let page = number("page", 1)?.max(1);
        Ok((page, size))
    }
}

/// Returns a field that is a string.
pub(super) fn text<'a>(body: &'a Value, name: &str) -> Answer<Option<&'a str>> {
    let Some(value) = body.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let wrong = || Refusal::invalid(format!("For 'properties/{name}', {value} is not a string."));
    value.as_str().map(Some).ok_or_else(wrong)
}

/// Returns a required field that is a string.
pub(super) fn required<'a>(body: &'a Value, name: &str) -> Answer<&'a str> {
    text(body, name)?.ok_or_else(|| Refusal::invalid(format!("\"{name}\" wasn't supplied.")))
}

impl Call {
    /// Returns the same call for another repository.
    pub(super) fn about(&self, id: RepositoryId) -> Self {
        Self {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
            parameters: self.parameters.clone(),
            token: self.token,
            proof: self.proof.clone(),
            repository: Some(id),
            base: self.base.clone(),
            accept: self.accept.clone(),
        }
    }
}
