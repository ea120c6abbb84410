//! SHP401: the demanded distribution is listed.

use crate::checks::requirements::{self, File, Included, same_distribution};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::requirements::Demand;
use crate::source::Text;
use crate::source::requirements::Requirements;
use crate::source::shell::pip_installs;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP401",
    id: "requirements-missing",
    severity: Severity::Error,
    summary: "The requirements list the distribution that the shape demands.",
    protects: "everyone who starts the image, in which the program is not there.",
    details: "Names are compared after PEP 503, so `Acme.Runtime` counts and `acme-runtime-extras` does not. Files \
              named with `-r` count, those named with `-c` do not, for they install nothing; a line that is commented \
              out does not count. A Dockerfile that installs the distribution by name excuses the file. Where a \
              Dockerfile that can be read has a demand on the same distribution (`installs`), its own rule decides \
              and this one is silent. With an include that cannot be read, the result is unchecked.",
    fails: ("text", "# acme-runtime>=0.1.0\nacme-runtime-extras"),
    passes: ("text", "acme_runtime>=0.1.0"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct RequirementsMissing;

impl Check for RequirementsMissing {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for demand in &repository.pack.manifest.demands.requirements {
            if !is_left_to_dockerfile(repository, demand) {
                let files = requirements::read(repository, &demand.path);
                findings.extend(absent(repository, demand, &files));
            }
        }
    }
}

fn is_left_to_dockerfile(repository: &Repository<'_>, demand: &Demand) -> bool {
    repository.pack.manifest.demands.dockerfiles.iter().any(|dockerfile| {
        let same = |name: &String| same_distribution(name, &demand.distribution);
        dockerfile.installs.as_ref().is_some_and(same)
            && repository.dockerfile(&dockerfile.path).is_some()
    })
}

fn absent(repository: &Repository<'_>, demand: &Demand, files: &[File]) -> Option<Finding> {
    let distribution = &demand.distribution;
    let listed = |file: &File| file.installs && file.read.named(distribution).next().is_some();
    if files.is_empty() || files.iter().any(listed) || is_installed_by_name(repository, demand) {
        return None;
    }
    let unseen = files.iter().filter(|file| file.installs).find_map(|file| {
        if let Some(problem) = file.read.problems.first() {
            return Some((file.location(problem.span), "a line that cannot be read"));
        }
        let mut unseen = file.includes().filter(|(_, installs, included)| {
            let known = match included {
                Included::Path(path) => repository.requirements(path).is_some(),
                Included::Outside | Included::Elsewhere => false,
            };
            *installs && !known
        });
        let (named, ..) = unseen.next()?;
        Some((file.location(named.span), "a file that cannot be read"))
    });
    let path = demand.path.as_str();
    Some(match unseen {
        Some((place, why)) => {
            let message = format!("`{distribution}` is not listed as far as can be seen");
            Finding::new(&RULE, message).in_file(path).related(place, why).unchecked()
        }
        None => Finding::new(&RULE, format!("`{distribution}` is not listed")).in_file(path).help(
            format!(
                "add a line with the oldest version that works, for example `{distribution}>=0.1.0`"
            ),
        ),
    })
}

fn is_installed_by_name(repository: &Repository<'_>, demand: &Demand) -> bool {
    repository.pack.manifest.demands.dockerfiles.iter().any(|dockerfile| {
        let Some(dockerfile) = repository.dockerfile(&dockerfile.path) else { return false };
        let scripts = dockerfile.final_stage().scripts();
        let installs = scripts.iter().flat_map(|(_, script)| pip_installs(script));
        installs.flat_map(|install| install.requirements).any(|word| {
            let read = Requirements::parse(&Text::new(word.as_str()));
            read.named(&demand.distribution).next().is_some()
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const SHAPE: &str =
        "demands:\n  requirements:\n    - { path: requirements.txt, distribution: acme-runtime }\n";

    fn listing(requirements: &str) -> Case {
        Case::with_shape(SHAPE).file("requirements.txt", requirements)
    }

    #[test]
    fn what_does_not_list_it() {
        for wrong in
            ["", "# acme-runtime\n", "acme-runtime-extras\n", "my-acme-runtime\n", "-c base.txt\n"]
        {
            let case = listing(wrong).file("base.txt", "acme-runtime\n");
            assert_eq!(
                case.said("requirements-missing"),
                "requirements.txt: `acme-runtime` is not listed\n",
                "{wrong}"
            );
        }
    }

    #[test]
    fn every_spelling_and_every_include_counts() {
        for right in [
            "acme-runtime\n",
            "Acme_Runtime[x]>=1 # c\n",
            "acme.runtime @ https://x.test/a.whl\n",
            "-r base.txt\n",
            "--requirement=./sub/../base.txt\n",
        ] {
            let case = listing(right).file("base.txt", "-r requirements.txt\nacme__runtime==1\n");
            assert_eq!(case.said("requirements-missing"), "", "{right}");
        }
        assert_eq!(Case::with_shape(SHAPE).said("requirements-missing"), "");
        assert_eq!(Case::conformant().said("requirements-missing"), "");
    }

    #[test]
    fn what_cannot_be_seen_is_unchecked() {
        for open in [
            "-r https://x.test/r.txt\n",
            "-r gone.txt\n",
            "acme-runtime==\n",
            "-r ${WHERE}/r.txt\n",
        ] {
            let findings = listing(open).findings("requirements-missing");
            assert!(findings.len() == 1 && findings[0].unchecked, "{open}: {findings:?}");
        }
    }

    #[test]
    fn a_dockerfile_may_install_it_by_name() {
        let shape = format!("{SHAPE}  dockerfiles:\n    - path: Dockerfile\n");
        let case = |run: &str| {
            Case::with_shape(&shape)
                .file("requirements.txt", "other\n")
                .file("Dockerfile", format!("FROM x\n{run}\n"))
        };
        assert_eq!(case("RUN pip install 'acme_runtime>=1'").said("requirements-missing"), "");
        assert_eq!(
            case("# RUN pip install acme-runtime").findings("requirements-missing").len(),
            1
        );
        assert_eq!(
            case("RUN pip install acme-runtime-extras").findings("requirements-missing").len(),
            1
        );
    }

    #[test]
    fn a_demand_on_the_dockerfile_goes_first() {
        let shape = format!(
            "{SHAPE}  dockerfiles:\n    - {{ path: Dockerfile, installs: Acme.Runtime }}\n"
        );
        let case = Case::with_shape(&shape).file("requirements.txt", "other\n");
        assert_eq!(case.findings("requirements-missing").len(), 1, "there is no Dockerfile");
        assert_eq!(case.file("Dockerfile", "FROM x\n").said("requirements-missing"), "");
    }
}
