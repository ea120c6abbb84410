//! Accounts, and the token's remaining rate limits.

use serde::Deserialize;

use super::segment;
use crate::forge::{Client, ForgeError};

/// An organisation or a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// The login.
    pub login: String,
    /// `Organization` or `User`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

impl Owner {
    /// Whether it is an organisation.
    #[must_use]
    pub fn is_organization(&self) -> bool {
        self.kind == "Organization"
    }
}

/// One of a token's rate limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Budget {
    /// Requests or points per window.
    pub limit: u64,
    /// How many of them are left.
    pub remaining: u64,
    /// When the window resets, in seconds since 1970.
    pub reset: u64,
}

/// The rate limits of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Budgets {
    /// REST, in requests per hour.
    pub core: Budget,
    /// GraphQL, in points per hour.
    #[serde(default)]
    pub graphql: Budget,
    /// Searches, in requests per minute.
    #[serde(default)]
    pub search: Budget,
}

impl Client {
    /// Reads an organisation or a user by name.
    ///
    /// # Errors
    /// When the account does not exist (not found), or the request fails.
    pub async fn owner(&self, login: &str) -> Result<Owner, ForgeError> {
        self.get(&format!("/users/{}", segment(login))).await
    }

    /// The user that the token belongs to; the token of an App belongs to none.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn viewer(&self) -> Result<Owner, ForgeError> {
        self.get("/user").await
    }

    /// The token's remaining rate limits. Reading them is free.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn budgets(&self) -> Result<Budgets, ForgeError> {
        #[derive(Deserialize)]
        struct Answer {
            resources: Budgets,
        }
        let answer: Answer = self.get("/rate_limit").await?;
        Ok(answer.resources)
    }
}
