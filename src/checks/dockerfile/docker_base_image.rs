//! SHP101: the image is built from the demanded base.

use crate::change::FileEdit;
use crate::checks::dockerfile::{Judged, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::TextEdit;
use crate::source::dockerfile::{Base, ImageReference};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP101",
    id: "docker-base-image",
    severity: Severity::Error,
    summary: "The last stage of the Dockerfile is built from the image that the shape demands.",
    protects: "whoever runs the image: another base has another Python, another libc and other users.",
    details: "Demanded by `base_image` of a Dockerfile in the shape pack. The last stage counts, followed through the \
              stages it is built from. Spellings of one image are the same image: `docker.io/library/`, `--platform`, \
              letter case of `FROM`, a build argument's default. A digest beside the wanted tag pins it further and \
              is fine; a digest without a tag, and a build argument without a default, cannot be decided and are \
              reported as unchecked. Values passed with `--build-arg` are not considered.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim AS build\nFROM debian:12\nCOPY --from=build /app /app",
    ),
    passes: ("dockerfile", "FROM --platform=linux/amd64 docker.io/library/python:3.11-slim"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerBaseImage;

impl Check for DockerBaseImage {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if let Some(wanted) = &judged.demand.base_image {
                findings.extend(decide(&judged, wanted));
            }
        }
    }
}

fn decide(judged: &Judged<'_>, wanted: &str) -> Option<Finding> {
    let from = judged.view().from()?;
    let written = &from.image;
    let comes_to = match &written.text {
        Some(text) if text != &written.raw => format!(" (`{text}`)"),
        _ => String::new(),
    };
    let raw = &written.raw;
    let finding = |message: String| judged.at(&RULE, written.span, message);
    let wanted_image = ImageReference::parse(wanted);
    let mut found = match &from.base {
        Base::Image(image) if image.is(&wanted_image) => return None,
        Base::Image(image)
            if image.repository == wanted_image.repository
                && image.tag.is_none()
                && wanted_image.digest.is_none() =>
        {
            finding(format!(
                "whether `{raw}` is `{wanted}` cannot be determined from its digest alone"
            ))
            .unchecked()
            .help(format!("write the tag in front of the digest: `{wanted}@sha256:…`"))
        }
        Base::Image(_) => finding(format!(
            "the image is built from `{raw}`{comes_to}, but `{wanted}` is required"
        ))
        .help(format!("build the last stage from `{wanted}`")),
        Base::Scratch => {
            finding(format!("the image is built from nothing, but `{wanted}` is required"))
                .help(format!("build the last stage from `{wanted}`"))
        }
        Base::Unresolved | Base::Stage(_) if has_values(judged, &written.unresolved) => {
            finding(format!(
                "whether `{raw}` is `{wanted}` cannot be determined: how that is expanded is not followed"
            ))
            .unchecked()
            .help(format!("write `{wanted}`, or variables without operators such as `%`"))
        }
        Base::Unresolved | Base::Stage(_) => finding(format!(
            "the image is built from `{raw}`, but `{}` has no default",
            written.unresolved.join("`, `")
        ))
        .unchecked()
        .help(format!("give the ARG a default before the FROM, such as `{wanted}`")),
    };
    if let Some(last) = judged.file.stages.last().filter(|last| last.from.span != from.span) {
        found = found.related(judged.place(last.from.span), "the last stage is built from that");
    }
    if !found.unchecked && written.mentions.is_empty() {
        let edit = TextEdit::replace(written.span, wanted);
        let title = format!("build from `{wanted}`");
        found = found.fix(Fix::risky(title, vec![FileEdit::text(judged.path(), vec![edit])]));
    }
    Some(found)
}

/// Whether all of these have a value before the first FROM.
fn has_values(judged: &Judged<'_>, names: &[String]) -> bool {
    let has_value = |name: &String| {
        let mut declared = judged.file.global_arguments.iter().rev();
        declared.find(|known| known.name == *name).is_some_and(|known| known.value.is_some())
    };
    !names.is_empty() && names.iter().all(has_value)
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(dockerfile: &str) -> String {
        Case::conformant().file("Dockerfile", dockerfile).said("docker-base-image")
    }

    #[test]
    fn every_spelling_of_the_wanted_base_passes() {
        assert_eq!(Case::conformant().said("docker-base-image"), "");
        for dockerfile in [
            "FROM --platform=linux/amd64 python:3.11-slim",
            "from python:3.11-slim",
            "FROM docker.io/library/python:3.11-slim",
            "ARG PY=3.11\nFROM python:${PY}-slim",
            "FROM python:3.11-slim@sha256:abc",
            "FROM debian AS x\nFROM python:3.11-slim AS y\nFROM y",
        ] {
            assert_eq!(said(dockerfile), "", "{dockerfile}");
        }
    }

    #[test]
    fn another_base_fails() {
        assert_eq!(
            said("FROM python:3.11-slim-bookworm"),
            "Dockerfile:1:6: the image is built from `python:3.11-slim-bookworm`, but `python:3.11-slim` is required\n"
        );
        assert_eq!(
            said("FROM python:3.11-slim AS a\nFROM debian:12\nCOPY --from=a / /"),
            "Dockerfile:2:6: the image is built from `debian:12`, but `python:3.11-slim` is required\n"
        );
        assert_eq!(
            said("ARG V=3.12\nFROM python:${V}-slim"),
            "Dockerfile:2:6: the image is built from `python:${V}-slim` (`python:3.12-slim`), but `python:3.11-slim` \
             is required\n"
        );
        assert!(said("# FROM python:3.11-slim\nFROM scratch").contains("built from nothing"));
    }

    #[test]
    fn what_is_not_known_is_unchecked() {
        assert_eq!(
            said("ARG BASE\nFROM ${BASE}"),
            "Dockerfile:2:6: the image is built from `${BASE}`, but `BASE` has no default (unchecked)\n"
        );
        let found = said("ARG V=3.11-x\nFROM python:${V%-x}");
        assert!(found.ends_with("is expanded is not followed (unchecked)\n"), "{found}");
        assert!(said("FROM python@sha256:abc").ends_with("(unchecked)\n"));
    }

    #[test]
    fn the_fix_replaces_the_reference_and_nothing_else() {
        let case = Case::conformant()
            .file("Dockerfile", "FROM  --platform=linux/amd64 python:3.9 AS x # no\r\nUSER y\r\n");
        // A `#` behind an instruction is no comment, so this one does not parse and says nothing.
        assert_eq!(case.said("docker-base-image"), "");
        let case = Case::conformant().file("Dockerfile", "FROM python:3.9 AS x\r\nUSER y\r\n");
        assert_eq!(
            case.fixed("docker-base-image", "Dockerfile"),
            "FROM python:3.11-slim AS x\r\nUSER y\r\n"
        );
    }

    #[test]
    fn an_absent_file_and_an_absent_demand_are_silent() {
        assert_eq!(Case::conformant().without("Dockerfile").said("docker-base-image"), "");
        let shape = "demands:\n  dockerfiles:\n    - path: Dockerfile\n";
        let case = Case::with_shape(shape).file("Dockerfile", "FROM debian");
        assert_eq!(case.said("docker-base-image"), "");
    }
}
