//! Decides what to pull, and how each container relates to an image. Pure.

use super::engine::Container;
use super::memory::Hold;
use super::observe::Observed;
use super::outcome::Failure;
use crate::registry::Reference;

/// What to do for a runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, because it is held.
    Leave(Hold),
    /// Nothing, because the wanted or the current image is unknown.
    Fail(Failure),
    /// Keep the image; only its containers may be behind.
    Keep {
        /// The digest.
        digest: String,
        /// The engine's id of the image.
        id: String,
    },
    /// Pull the image.
    Pull {
        /// The current digest of the tag here.
        from: Option<String>,
        /// The wanted digest.
        to: String,
    },
}

/// Decides what to do for a runtime.
#[must_use]
pub fn step(observed: &Observed) -> Step {
    let runtime = observed.runtime.slug.as_str();
    if let Some(hold) = &observed.known.hold {
        return Step::Leave(hold.clone());
    }
    let wanted = match &observed.remote {
        Ok(digest) => digest,
        Err(refusal) => return Step::Fail(Failure::of_registry(runtime, refusal)),
    };
    let local = match &observed.local {
        Ok(local) => local.as_ref(),
        Err(fault) => {
            return Step::Fail(Failure::of_engine(runtime, super::outcome::Stage::Inspect, fault));
        }
    };
    let image = &observed.runtime.image;
    match local {
        Some(here) if here.digests(image).any(|digest| digest == wanted) => {
            Step::Keep { digest: wanted.clone(), id: here.id.clone() }
        }
        here => {
            let from = here.and_then(|here| here.digests(image).next()).map(str::to_owned);
            Step::Pull { from, to: wanted.clone() }
        }
    }
}

/// How a container relates to the image of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// It was made from another image.
    Foreign,
    /// It was made from another tag of the image, or from an explicit digest.
    Pinned,
    /// It was made from the current image of the tag.
    Current,
    /// It was made from an earlier image of the tag.
    Behind,
}

/// Determines how a container relates to a tag. `id` is the engine's id of the tag's current or wanted image; `None` if
/// that is not here yet, so that no container can be made from it.
#[must_use]
pub fn making(container: &Container, image: &Reference, id: Option<&str>) -> Making {
    let Ok(made_from) = Reference::parse(&container.image) else { return Making::Foreign };
    if !made_from.is_kin(image) {
        Making::Foreign
    } else if made_from != *image {
        Making::Pinned
    } else if id == Some(container.image_id.as_str()) {
        Making::Current
    } else {
        Making::Behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::Runtime;
    use crate::images::engine::{EngineFault, EngineFaultKind, LocalImage};
    use crate::images::memory::KnownImage;
    use crate::registry::{Refusal, RefusalKind};

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn image() -> Reference {
        Reference::parse("ghcr.io/acme/x:latest").expect("an image")
    }

    fn observed(remote: Result<String, RefusalKind>, names: Option<&[String]>) -> Observed {
        let refusal = |kind| Refusal { kind, image: "x".to_owned(), why: "it says so".to_owned() };
        let local = names.map(|names| LocalImage {
            id: "1".to_owned(),
            names: names.to_vec(),
            ..LocalImage::default()
        });
        Observed {
            runtime: Runtime { slug: "x".to_owned(), image: image() },
            remote: remote.map_err(refusal),
            local: Ok(local),
            known: KnownImage::default(),
        }
    }

    #[test]
    fn only_what_is_not_here_is_pulled() {
        let named = |digit| format!("ghcr.io/acme/x@{}", digest(digit));
        let keep = Step::Keep { digest: digest('a'), id: "1".to_owned() };
        // Podman names the index and the manifest; one of both is the registry's.
        assert_eq!(step(&observed(Ok(digest('a')), Some(&[named('b'), named('a')]))), keep);
        let pull = |from: Option<char>| Step::Pull { from: from.map(digest), to: digest('a') };
        assert_eq!(step(&observed(Ok(digest('a')), Some(&[named('b')]))), pull(Some('b')));
        assert_eq!(step(&observed(Ok(digest('a')), None)), pull(None));
        // Built here, or known under another name: nothing is known to go back to.
        let other = format!("ghcr.io/acme/y@{}", digest('a'));
        assert_eq!(step(&observed(Ok(digest('a')), Some(&[other]))), pull(None));
    }

    #[test]
    fn what_is_held_is_not_even_a_failure_and_what_is_unknown_is_one() {
        let mut held = observed(Err(RefusalKind::Absent), None);
        held.known.hold = Some(Hold { reason: None, since: "then".to_owned(), back: None });
        assert!(matches!(step(&held), Step::Leave(_)));
        for (kind, said) in [
            (RefusalKind::Absent, "missing"),
            (RefusalKind::Denied, "not-logged-in"),
            (RefusalKind::Limited, "rate-limited"),
            (RefusalKind::Unreachable, "registry-unreachable"),
            (RefusalKind::Unsound, "unsound"),
        ] {
            let Step::Fail(failure) = step(&observed(Err(kind), None)) else { panic!("{kind:?}") };
            assert_eq!(serde_json::to_value(failure.kind).expect("JSON"), said);
            assert!(failure.hint.is_some(), "{failure:?}");
        }
        let mut gone = observed(Ok(digest('a')), None);
        let why = "gone".to_owned();
        gone.local = Err(EngineFault { kind: EngineFaultKind::Unreachable, why });
        let Step::Fail(failure) = step(&gone) else { panic!("it cannot be known") };
        assert_eq!(serde_json::to_value(failure.kind).expect("JSON"), "engine-unreachable");
    }

    #[test]
    fn containers_are_behind_by_what_they_were_made_from() {
        let of = |image: &str, id: &str| Container {
            id: "c".to_owned(),
            name: "ws-1".to_owned(),
            image: image.to_owned(),
            image_id: id.to_owned(),
        };
        let stands = |made_from: &str, id: &str| making(&of(made_from, id), &image(), Some("1"));
        assert_eq!(stands("ghcr.io/acme/x:latest", "1"), Making::Current);
        assert_eq!(stands("ghcr.io/acme/x", "0"), Making::Behind);
        assert_eq!(stands("ghcr.io/acme/x:v1", "0"), Making::Pinned);
        assert_eq!(stands(&format!("ghcr.io/acme/x@{}", digest('a')), "0"), Making::Pinned);
        assert_eq!(stands("ghcr.io/acme/x-extras:latest", "0"), Making::Foreign);
        assert_eq!(stands("sha256:0123", "0"), Making::Foreign);
        assert_eq!(stands("", "0"), Making::Foreign);
        let absent = making(&of("ghcr.io/acme/x:latest", "1"), &image(), None);
        assert_eq!(absent, Making::Behind);
    }
}
