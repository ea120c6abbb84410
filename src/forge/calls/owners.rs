//! Who somebody is, and what the token is left with.

use serde::Deserialize;

use super::segment;
use crate::forge::{Client, ForgeError};

/// An organisation or a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// The name.
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

/// One of the hourly budgets of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Budget {
    /// Requests or points in an hour.
    pub limit: u64,
    /// What is left of them.
    pub remaining: u64,
    /// When it is full again, in seconds since 1970.
    pub reset: u64,
}

/// The hourly budgets of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Budgets {
    /// Of REST, in requests.
    pub core: Budget,
    /// Of GraphQL, in points.
    #[serde(default)]
    pub graphql: Budget,
    /// Of searches, in requests a minute.
    #[serde(default)]
    pub search: Budget,
}

impl Client {
    /// An organisation or a user, by name.
    ///
    /// # Errors
    /// When it cannot be asked for; when there is none, it is not found.
    pub async fn owner(&self, login: &str) -> Result<Owner, ForgeError> {
        self.get(&format!("/users/{}", segment(login))).await
    }

    /// Who the token belongs to; an App's has no user.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn viewer(&self) -> Result<Owner, ForgeError> {
        self.get("/user").await
    }

    /// What is left of the token's hour. Asking is free.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn budgets(&self) -> Result<Budgets, ForgeError> {
        #[derive(Deserialize)]
        struct Answer {
            resources: Budgets,
        }
        let answer: Answer = self.get("/rate_limit").await?;
        Ok(answer.resources)
    }
}
