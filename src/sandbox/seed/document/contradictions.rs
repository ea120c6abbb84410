//! Contradictions and invalid names in a seed.

use super::people::BOT;
use super::{Document, GenerateSeed, RepositorySeed, TokenSeed};
use crate::source::typed::Step;

/// Whether a text can be the name of an owner or a repository: it becomes part of paths and URLs.
fn is_name(text: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !matches!(text, "" | "." | "..") && text.len() <= 100 && text.bytes().all(permitted)
}

impl Document {
    /// Returns the contradictions, each with its place.
    pub(in crate::sandbox::seed) fn contradictions(&self) -> Vec<(Vec<Step>, String)> {
        let mut found = Vec::new();
        let step = |name: &str| Step::Key(name.to_owned());
        for login in self.owners.keys().filter(|login| !is_name(login)) {
            let message = format!("`{login}` is not a login");
            found.push((vec![step("owners"), step(login)], message));
        }
        for (login, owner) in &self.owners {
            for (index, _) in owner.runs.iter().enumerate().filter(|(_, run)| run.happened) {
                let at = vec![step("owners"), step(login), step("runs"), Step::Index(index)];
                let message = "what has happened has to be given for a repository";
                found.push((at, message.to_owned()));
            }
        }
        if let Some(app) = &self.app {
            for (name, text) in [("slug", &app.slug), ("account", &app.account)] {
                if !is_name(text) {
                    found.push((vec![step("app"), step(name)], format!("`{text}` is not a login")));
                }
            }
        }
        for (index, token) in self.tokens.iter().enumerate() {
            let bare = |user: &str| user.strip_suffix(BOT).unwrap_or(user).to_owned();
            if let Some(user) = token.user.as_ref().filter(|user| !is_name(&bare(user))) {
                let at = vec![step("tokens"), Step::Index(index), step("user")];
                found.push((at, format!("`{user}` is not a login")));
            }
            if token.user.as_ref().is_some_and(|user| user.ends_with(BOT))
                && token.permissions.is_none()
            {
                let at = vec![step("tokens"), Step::Index(index)];
                found.push((at, "the token of an App has `permissions`".to_owned()));
            }
            let at = vec![step("tokens"), Step::Index(index)];
            if token.scopes.is_some() && token.permissions.is_some() {
                let message = "a token has `scopes` (classic) or `permissions` (fine-grained)";
                found.push((at.clone(), message.to_owned()));
            }
            let earlier = self.tokens.iter().take(index);
            if earlier.clone().any(|other| other.name == token.name) {
                found.push((at.clone(), format!("`{}` is given twice", token.name)));
            }
            let same = |other: &TokenSeed| other.value.is_some() && other.value == token.value;
            if token.value.as_ref().is_some_and(|value| value.trim().is_empty()) {
                found.push((at, "a token's value cannot be empty".to_owned()));
            } else if earlier.clone().any(same) {
                found.push((at, "another token has the same value".to_owned()));
            }
        }
        for (index, repository) in self.repositories.iter().enumerate() {
            let at = |name: &str| vec![step("repositories"), Step::Index(index), step(name)];
            let parts: Vec<&str> = repository.name.split('/').collect();
            for earlier in repository.renamed_from.iter().filter(|earlier| !is_name(earlier)) {
                found.push((at("renamed_from"), format!("`{earlier}` is not a name")));
            }
            if parts.len() != 2 || !parts.iter().all(|part| is_name(part)) {
                let message = format!("`{}` is not `owner/name`", repository.name);
                found.push((at("name"), message));
            }
            let same = |other: &&RepositorySeed| other.name.eq_ignore_ascii_case(&repository.name);
            if self.repositories.iter().take(index).any(|other| same(&other)) {
                found.push((at("name"), format!("`{}` is given twice", repository.name)));
            }
            if repository.empty && !(repository.files.is_empty() && repository.from.is_none()) {
                found.push((at("empty"), "an empty repository has no files".to_owned()));
            }
            for path in repository.files.keys() {
                if path.split('/').any(|part| matches!(part, "" | "." | ".." | ".git")) {
                    let mut place = at("files");
                    place.push(step(path));
                    found.push((place, format!("`{path}` cannot be in a tree")));
                }
            }
        }
        if let Some(GenerateSeed { polls: Some(_), seconds: Some(_) }) = self.generate {
            found.push((vec![step("generate")], "give `polls` or `seconds`".to_owned()));
        }
        found
    }
}
