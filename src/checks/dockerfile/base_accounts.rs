//! The accounts for people with which well-known base images come.

use crate::shape::demands::dockerfile::User;
use crate::source::dockerfile::{ImageReference, StageView};
use crate::source::shell::{basename, programs_of};

/// An account of a base image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OfBase {
    pub(super) name: &'static str,
    pub(super) uid: u32,
}

impl OfBase {
    /// Whether it is the demanded account.
    pub(super) fn is(self, wanted: &User) -> bool {
        self.name == wanted.name && self.uid == wanted.uid
    }

    /// Whether the demanded account can only be added once it is removed.
    pub(super) fn is_in_the_way(self, wanted: &User) -> bool {
        self.name == wanted.name || self.uid == wanted.uid
    }
}

/// Source: <https://github.com/nodejs/docker-node/blob/main/docs/BestPractices.md#non-root-user>.
const NODE: OfBase = OfBase { name: "node", uid: 1000 };

/// Since 23.04. Source: <https://bugs.launchpad.net/cloud-images/+bug/2005129>.
const UBUNTU: OfBase = OfBase { name: "ubuntu", uid: 1000 };

/// The first release of Ubuntu whose image has the account.
const UBUNTU_SINCE: (u32, u32) = (23, 4);

/// Tags of `ubuntu` with the account that are no version: names of releases since then, and what moves on.
const UBUNTU_NAMES: [&str; 10] = [
    "lunar", "mantic", "noble", "oracular", "plucky", "questing", "resolute", "latest", "rolling",
    "devel",
];

/// Whether a stage is of Alpine, where BusyBox has the programs for accounts: by the name or tag of its base, or because
/// it runs `apk`.
pub(super) fn is_of_alpine(view: StageView<'_>) -> bool {
    let is_named = view.base_image().is_some_and(|image| {
        let is_tagged = |tag: &String| tag.split('-').any(|part| part.starts_with("alpine"));
        basename(&image.repository) == "alpine" || image.tag.as_ref().is_some_and(is_tagged)
    });
    is_named
        || view.runs().any(|(_, run)| {
            programs_of(&run.script()).iter().any(|program| program.name() == "apk")
        })
}

/// The command that adds an account, and its home.
pub(super) fn addition(view: StageView<'_>, User { name, uid }: &User) -> String {
    match is_of_alpine(view) {
        true => format!("adduser -D -u {uid} {name}"),
        false => format!("useradd --uid {uid} --create-home {name}"),
    }
}

/// The command that removes an account of the base image, and its home.
pub(super) fn removal(view: StageView<'_>, base: OfBase) -> String {
    match is_of_alpine(view) {
        true => format!("deluser --remove-home {}", base.name),
        false => format!("userdel -r {}", base.name),
    }
}

/// Returns the account that a base image is known to have.
pub(super) fn of(image: &ImageReference) -> Option<OfBase> {
    match image.repository.as_str() {
        "docker.io/library/node" => Some(NODE),
        "docker.io/library/ubuntu" => {
            image.tag.as_deref().filter(|tag| has_ubuntu(tag)).map(|_| UBUNTU)
        }
        _ => None,
    }
}

/// Whether a tag of `ubuntu` names an image with the account: `24.04`, `noble-20260101`.
fn has_ubuntu(tag: &str) -> bool {
    let release = tag.split('-').next().unwrap_or(tag);
    let version = release
        .split_once('.')
        .and_then(|(year, month)| Some((year.parse::<u32>().ok()?, month.parse::<u32>().ok()?)));
    UBUNTU_NAMES.contains(&release) || version.is_some_and(|version| version >= UBUNTU_SINCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_images_are_known_to_have_an_account() {
        let name = |image: &str| of(&ImageReference::parse(image)).map(|it| it.name);
        for image in ["node", "node:22-alpine", "docker.io/library/node@sha256:abc"] {
            assert_eq!(name(image), Some("node"), "{image}");
        }
        for image in ["ubuntu", "ubuntu:23.04", "ubuntu:24.04", "ubuntu:noble-20260101"] {
            assert_eq!(name(image), Some("ubuntu"), "{image}");
        }
        for image in ["ubuntu:22.04", "ubuntu:jammy", "ubuntu@sha256:abc", "acme/node", "debian"] {
            assert_eq!(name(image), None, "{image}");
        }
    }
}
