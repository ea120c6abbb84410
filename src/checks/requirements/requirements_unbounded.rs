//! SHP404: the demanded distribution has a lower bound.

use std::collections::BTreeMap;

use crate::checks::requirements::{self, File, Included, same_distribution};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::requirements::Demand;
use crate::source::requirements::normalize;
use crate::source::shell::{Word, pip_installs};
use crate::source::typed::nearest;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP404",
    id: "requirements-unbounded",
    severity: Severity::Warning,
    summary: "The requirement of the demanded distribution names a lowest version.",
    protects: "the image, into which any old version of the runtime may be installed or replayed.",
    details: "The lines that install the demanded distribution are checked. `>=`, `>`, `~=`, `==` and `===` are lower \
              bounds; a URL pins by itself. A line whose version an environment variable decides is left alone. Where \
              no line is about the distribution and a Dockerfile installs it by name, a bound is required there or \
              here: a `${VERSION:+==${VERSION}}` that may be empty does not count.",
    fails: ("text", "molecule-ai-workspace-runtime"),
    passes: ("text", "molecule-ai-workspace-runtime>=0.1.0"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct RequirementsUnbounded;

impl Check for RequirementsUnbounded {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for demand in &repository.pack.manifest.demands.requirements {
            let files = requirements::read(repository, &demand.path);
            // Another line or a constraint may give the bound, since pip applies all of them.
            let lines = || {
                files.iter().flat_map(|file| {
                    file.read.named(&demand.distribution).map(move |line| (file, line))
                })
            };
            if lines().any(|(_, line)| line.is_bounded()) {
                continue;
            }
            findings.extend(unlisted(repository, demand, &files));
            for (file, line) in lines().filter(|(file, _)| file.installs) {
                let message =
                    format!("`{}` has no lowest version: an old one is admitted", line.name);
                let mut finding = Finding::new(&RULE, message);
                finding.location = Some(file.location(line.span));
                findings.push(
                    finding.help("require the oldest version that works, for example `>=0.1.0`"),
                );
            }
        }
    }
}

/// The finding for a distribution that is only installed by name and without a lower bound.
fn unlisted(repository: &Repository<'_>, demand: &Demand, files: &[File]) -> Option<Finding> {
    let wanted = &demand.distribution;
    let first = files.first()?;
    // A file that cannot be read may list it.
    let is_seen = |file: &File| {
        let mut included = file.includes();
        file.read.problems.is_empty()
            && included.all(|(_, _, it)| {
                matches!(it, Included::Path(path) if repository.requirements(&path).is_some())
            })
    };
    let is_listed = |file: &File| file.installs && file.read.named(wanted).next().is_some();
    if files.iter().any(is_listed) || !files.iter().all(is_seen) {
        return None;
    }
    let bounds = bounds_by_name(repository, wanted);
    if bounds.is_empty() || bounds.contains(&true) {
        return None;
    }
    let lines = files.iter().filter(|file| file.installs).flat_map(|file| {
        file.read.requirements().map(move |line| (line.normalized.as_str(), (file, line)))
    });
    let lines: BTreeMap<&str, _> = lines.collect();
    let (path, dockerfile) = (&first.path, "the Dockerfile, which installs it by name,");
    let message =
        format!("`{wanted}` has no lowest version: {dockerfile} sets none, and no line here does");
    let finding = Finding::new(&RULE, message);
    Some(match nearest(&normalize(wanted), lines.keys().copied()).and_then(|it| lines.get(it)) {
        Some((file, line)) => {
            let mut finding = finding.help(format!("is `{}` meant to be `{wanted}`?", line.name));
            finding.location = Some(file.location(line.span));
            finding
        }
        None => finding.in_file(path.as_str()).help(format!(
            "add a line with the oldest version that works, for example `{wanted}>=0.1.0`"
        )),
    })
}

/// For each place where a Dockerfile installs a distribution by name: whether it has, or may have, a lower bound.
fn bounds_by_name(repository: &Repository<'_>, distribution: &str) -> Vec<bool> {
    let demands = repository.pack.manifest.demands.dockerfiles.iter();
    let files: Vec<_> = demands.filter_map(|it| repository.dockerfile(&it.path)).collect();
    let scripts = files.iter().flat_map(|file| file.final_stage().scripts());
    let words = scripts.flat_map(|(_, script)| pip_installs(&script));
    // A constraints file may give the bound; it is not read here.
    let words = words.flat_map(|install| {
        let constrained = !install.constraint_files.is_empty();
        install.requirements.into_iter().map(move |word| (word, constrained))
    });
    let bound = |(word, constrained): (Word, bool)| {
        let text = word.as_str();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
        same_distribution(name, distribution).then(|| constrained || gives_lower_bound(rest))
    };
    words.filter_map(bound).collect()
}

/// Whether what follows a distribution's name in a word of `pip install` gives it a lower bound, or may.
fn gives_lower_bound(rest: &str) -> bool {
    let extras = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let rest = extras.map_or(rest, |(_, rest)| rest).trim_start();
    // A marker after `;` does not restrict the version.
    let versions = rest.split(';').next().unwrap_or_default();
    let may_be_empty = versions.starts_with("${") && versions.contains('+');
    versions.starts_with('@')
        || versions.split(',').any(|part| part.trim_start().starts_with(['=', '>', '~']))
        || versions.starts_with('$') && !may_be_empty
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(requirement: &str) -> String {
        Case::conformant()
            .file("requirements.txt", requirement)
            .file("bounds.txt", "molecule-ai-workspace-runtime>=1\n")
            .said("requirements-unbounded")
    }

    #[test]
    fn one_that_is_installed_by_name_only_is_bounded_somewhere() {
        let case = Case::conformant().replace(
            "requirements.txt",
            "molecule-ai-workspace-runtime>=0.1.0",
            "molecule-ai-workspace-runtme>=0.1.0",
        );
        let findings = case.findings("requirements-unbounded");
        insta::assert_snapshot!(case.said("requirements-unbounded"), @"requirements.txt:3:1: `molecule-ai-workspace-runtime` has no lowest version: the Dockerfile, which installs it by name, sets none, and no line here does");
        let help = findings.first().and_then(|finding| finding.help.as_deref());
        assert_eq!(
            help,
            Some("is `molecule-ai-workspace-runtme` meant to be `molecule-ai-workspace-runtime`?")
        );
        let gone = Case::conformant().file("requirements.txt", "other\n");
        insta::assert_snapshot!(gone.said("requirements-unbounded"), @"requirements.txt: `molecule-ai-workspace-runtime` has no lowest version: the Dockerfile, which installs it by name, sets none, and no line here does");
        let by_name = |version: &str| {
            let open = "${RUNTIME_VERSION:+==${RUNTIME_VERSION}}";
            gone.clone().replace("Dockerfile", open, version).said("requirements-unbounded")
        };
        for fine in [">=0.1", "==${RUNTIME_VERSION}", "${PIN}", "[x]~=0.1"] {
            assert_eq!(by_name(fine), "", "{fine}");
        }
        assert_eq!(by_name("").lines().count(), 1);
        // What cannot be read may list it.
        let included = Case::conformant().file("requirements.txt", "-r https://x.test/r.txt\n");
        assert_eq!(included.said("requirements-unbounded"), "");
    }

    #[test]
    fn what_follows_the_name_may_give_a_lower_bound() {
        for (rest, expected) in [
            (">=0.1", true),
            ("==0.1", true),
            ("~=0.1", true),
            ("[x] >=0.1", true),
            ("<2, >1", true),
            (" @ https://x.test/a.whl", true),
            ("==${VERSION}", true),
            ("${PIN}", true),
            ("${VERSION:+==${VERSION}}", false),
            ("", false),
            ("[x]", false),
            ("<2", false),
            ("!=1", false),
            ("; python_version >= '3.11'", false),
        ] {
            assert_eq!(super::gives_lower_bound(rest), expected, "{rest}");
        }
    }

    #[test]
    fn a_lower_bound_is_wanted() {
        assert_eq!(Case::conformant().said("requirements-unbounded"), "");
        insta::assert_snapshot!(said("other\nMolecule.AI_workspace-runtime<2\n"), @"requirements.txt:2:1: `Molecule.AI_workspace-runtime` has no lowest version: an old one is admitted");
        assert_eq!(said("molecule-ai-workspace-runtime!=1\n").lines().count(), 1);
        for fine in
            ["~=1.2", "==1", ">1", "[x]>=1", "\n-c bounds.txt", " @ https://x.test/a.whl", "${PIN}"]
        {
            assert_eq!(said(&format!("molecule-ai-workspace-runtime{fine}\n")), "", "{fine}");
        }
    }
}
