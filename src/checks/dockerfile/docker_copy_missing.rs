//! SHP107: what a Dockerfile copies exists in the repository.

use crate::checks::dockerfile::build_context::{
    BuildContext, Presence, is_pattern, matches_path, normal,
};
use crate::checks::dockerfile::dockerfiles;
use crate::checks::dockerfile::image_files::is_remote;
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::source::Text;
use crate::source::dockerfile::{Action, Copy, Value};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP107",
    id: "docker-copy-missing",
    severity: Severity::Error,
    summary: "Every source of COPY and ADD is in the repository and in the build context.",
    protects: "whoever builds the image: the build stops there.",
    details: "Looks at every Dockerfile that the shape demands something of, and at those named Dockerfile, \
              `Dockerfile.*` or `*.Dockerfile`. A source must be a file or folder of the repository that \
              `.dockerignore` does not leave out; `--from`, URLs and here-documents are not checked. A \
              pattern may match nothing beside another source (`package-lock.json*`); alone it is a warning, \
              since BuildKit copies nothing and says nothing. Unchecked: a source that depends on a build \
              argument without a default, one that .gitignore lists and so may be made before the build, and \
              one of a Dockerfile in a folder, whose build context is not known.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\n# The file is adapter.py.\nCOPY adaptor.py /app/",
    ),
    passes: ("dockerfile", "FROM python:3.11-slim\nCOPY adapter.py /app/"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerCopyMissing;

impl Check for DockerCopyMissing {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for path in dockerfiles(repository) {
            let (Some(text), Some(file)) = (repository.text(path), repository.dockerfile(path))
            else {
                continue;
            };
            let context = BuildContext::of(repository, path);
            let search = Search { repository, path, text: &text, context: &context };
            let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
            for instruction in instructions {
                if let Action::Copy(copy) = &instruction.action
                    && copy.from.is_none()
                {
                    search.copy(copy, findings);
                }
            }
        }
    }
}

struct Search<'s, 'a> {
    repository: &'s Repository<'a>,
    path: &'s str,
    text: &'s Text,
    context: &'s BuildContext<'s, 'a>,
}

impl Search<'_, '_> {
    fn copy(&self, copy: &Copy, findings: &mut Vec<Finding>) {
        for source in &copy.sources {
            let written = source.text.as_deref().unwrap_or(&source.raw);
            if copy.add && is_remote(written.trim_start_matches(['"', '\''])) {
                continue;
            }
            let Some(named) = source.text.as_deref() else {
                let message = format!(
                    "what is copied cannot be determined: `{}` is known only to the build",
                    source.unresolved.join("`, `")
                );
                let default = source.unresolved.first().map_or("NAME", String::as_str);
                let help = format!("give it a default: `ARG {default}=VALUE`");
                findings.push(self.at(source, message).unchecked().help(help));
                continue;
            };
            if is_pattern(named) {
                let alone = copy.sources.len() == 1 && copy.heredocs.is_empty();
                findings.extend(self.pattern(source, named, alone));
            } else {
                findings.extend(self.named(source, named));
            }
        }
    }

    fn at(&self, source: &Value, message: impl Into<String>) -> Finding {
        Finding::new(&RULE, message).at(self.path, self.text, source.span)
    }

    fn pattern(&self, source: &Value, pattern: &str, alone: bool) -> Option<Finding> {
        let matching = self.context.matching(pattern);
        if matching.iter().any(|path| self.leaves(path)) || !alone {
            return None;
        }
        let why = if matching.is_empty() { "nothing" } else { "only what .dockerignore excludes" };
        let finding = self
            .at(source, format!("`{pattern}` matches {why}, so nothing is copied"))
            .severity(Severity::Warning)
            .help("remove the COPY, or name what it should copy");
        Some(self.of_unknown_context(finding, pattern))
    }

    /// Whether a file, or anything in a folder, is part of the context.
    fn leaves(&self, path: &str) -> bool {
        match self.context.find(path) {
            Presence::File(_) => self.context.excluded(path).is_none(),
            Presence::Folder(real) => {
                self.context.below(&real).any(|file| self.context.excluded(file.as_str()).is_none())
            }
            Presence::Nothing => false,
            Presence::Unknown(_) => true,
        }
    }

    fn named(&self, source: &Value, named: &str) -> Option<Finding> {
        let path = normal(named);
        if path.is_empty() {
            return None;
        }
        let finding = match self.context.find(&path) {
            Presence::File(_) => {
                let exclusion = self.context.excluded(&path)?;
                let location = Location::span(exclusion.path, exclusion.text, exclusion.span);
                self.at(source, format!("`{named}` is copied, but .dockerignore excludes it"))
                    .help(format!("add the line `!{path}` to the ignore file"))
                    .related(location, "this line excludes it")
            }
            Presence::Folder(_) if self.leaves(&path) => return None,
            Presence::Folder(_) => self
                .at(source, format!("`{named}` is copied, but .dockerignore excludes all of it"))
                .help("change the ignore file so that it keeps what is copied"),
            Presence::Unknown(why) => self
                .at(source, format!("whether `{named}` can be copied cannot be determined: {why}"))
                .unchecked(),
            Presence::Nothing => {
                if let Some(line) = self.ignored_by_git(&path) {
                    let message = format!(
                        "`{named}` is copied but is not in the repository; `.gitignore` lists it, so it may be \
                         created before the build"
                    );
                    self.at(source, message).related(line, "it is listed here").unchecked()
                } else {
                    self.at(source, format!("`{named}` is copied but is not in the repository"))
                        .help(self.help_for(&path))
                }
            }
        };
        Some(self.of_unknown_context(finding, named))
    }

    fn help_for(&self, path: &str) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut paths = self.repository.snapshot.entries.keys();
        match paths.find(|known| known.file_name() == name) {
            Some(known) => format!("the file is at `{known}`"),
            None => "add the file, or remove the COPY".to_owned(),
        }
    }

    /// Marks the finding as unchecked for a Dockerfile in a folder that no demand is about, since it may be built
    /// with that folder, or any other, as its context.
    fn of_unknown_context(&self, finding: Finding, source: &str) -> Finding {
        if !self.path.contains('/') || self.is_demanded() {
            return finding;
        }
        let context = "its build context is not known";
        let message = format!("whether `{source}` can be copied cannot be determined: {context}");
        Finding { message, help: None, ..finding }.unchecked()
    }

    fn is_demanded(&self) -> bool {
        let demands = &self.repository.pack.manifest.demands.dockerfiles;
        demands.iter().any(|demand| demand.path == self.path)
    }

    /// The line of .gitignore that lists a path. Only the syntax that .gitignore shares with .dockerignore is
    /// recognised.
    fn ignored_by_git(&self, path: &str) -> Option<Location> {
        let text = self.repository.text(".gitignore")?;
        let parts: Vec<&str> = path.split('/').collect();
        let mut at = 0;
        for line in text.as_str().split_inclusive('\n') {
            let start = at;
            at += line.len();
            let rule = line.trim();
            if rule.is_empty() || rule.starts_with(['#', '!']) {
                continue;
            }
            let anchored = rule.trim_end_matches('/').contains('/');
            let mut pattern: Vec<String> =
                if anchored { Vec::new() } else { vec!["**".to_owned()] };
            pattern.extend(normal(rule).split('/').map(str::to_owned));
            let lists = (1..=parts.len()).any(|length| {
                parts.get(..length).is_some_and(|parent| matches_path(&pattern, parent))
            });
            if lists {
                let span = crate::source::Span::new(start, start + line.trim_end().len());
                return Some(Location::span(".gitignore", &text, span));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::{Severity, testing::Case};

    fn case(body: &str) -> Case {
        Case::conformant()
            .file("src/a.py", "")
            .link("alias", "src")
            .link("dangling", "gone")
            .file("Dockerfile", format!("FROM python:3.11-slim\n{body}\n"))
    }

    fn said(body: &str) -> String {
        case(body).said("docker-copy-missing")
    }

    #[test]
    fn what_is_there_passes() {
        assert_eq!(Case::conformant().said("docker-copy-missing"), "");
        for body in [
            "COPY . .",
            "COPY ./adapter.py /adapter.py /app/",
            "COPY src /src",
            "COPY src/ alias/a.py /x/",
            "COPY *.py /x/",
            "COPY requirements.txt constraints*.txt /x/",
            "COPY --from=build /nothing /x",
            "ADD https://example.com/x.tgz /x/",
            "ARG V\nADD https://example.com/x-$V.tgz /x/",
            "ARG V\nADD \"https://example.com/x-${V}.tgz\" /x/",
            "ARG GIT\nADD [\"git@github.com:a/b.git#$GIT\", \"/x/\"]",
            "COPY <<E /x\nhi\nE",
            "ARG WHAT=src\nCOPY $WHAT /x",
            "COPY [\"adapter.py\", \"/x/\"]",
            "# COPY nothing /x",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    #[test]
    fn what_is_not_there_fails() {
        assert_eq!(
            said("COPY adaptor.py config.yaml /x/"),
            "Dockerfile:2:6: `adaptor.py` is copied but is not in the repository\n"
        );
        assert_eq!(
            said("COPY a.py /x"),
            "Dockerfile:2:6: `a.py` is copied but is not in the repository\n"
        );
        let finding = &case("COPY a.py /x").findings("docker-copy-missing")[0];
        assert_eq!(finding.help.as_deref(), Some("the file is at `src/a.py`"));
        assert!(said("COPY dangling /x").contains("is not in the repository"));
        assert!(said("COPY adapter.py/x /x").contains("is not in the repository"));
        // Other stages count too: each can be built.
        assert!(said("COPY gone /x\nFROM b").contains("is not in the repository"));
    }

    #[test]
    fn a_lonely_pattern_that_matches_nothing_is_a_warning() {
        let case = case("COPY wheels/*.whl /x/");
        assert_eq!(
            case.said("docker-copy-missing"),
            "Dockerfile:2:6: `wheels/*.whl` matches nothing, so nothing is copied\n"
        );
        assert_eq!(case.findings("docker-copy-missing")[0].severity, Severity::Warning);
    }

    #[test]
    fn what_the_ignore_file_leaves_out_fails() {
        let said = |ignore: &str, body: &str| {
            case(body).file(".dockerignore", ignore).said("docker-copy-missing")
        };
        assert_eq!(
            said("*\n!requirements.txt", "COPY adapter.py /x/"),
            "Dockerfile:2:6: `adapter.py` is copied, but .dockerignore excludes it\n"
        );
        assert_eq!(
            said("src/**", "COPY src /x/"),
            "Dockerfile:2:6: `src` is copied, but .dockerignore excludes all of it\n"
        );
        assert_eq!(said("*.md", "COPY adapter.py /x/"), "");
        assert!(said("*.py", "COPY *.py /x/").contains("only what .dockerignore excludes"));
    }

    #[test]
    fn what_cannot_be_told_is_unchecked() {
        assert_eq!(
            said("ARG WHAT\nCOPY $WHAT /x"),
            "Dockerfile:3:6: what is copied cannot be determined: `WHAT` is known only to the build (unchecked)\n"
        );
        let built = case("COPY dist/app /x").file(".gitignore", "/dist/\n");
        assert!(built.said("docker-copy-missing").ends_with("(unchecked)\n"));
        let nested = case("").file("sub/Dockerfile", "FROM a\nCOPY gone adapter.py /x/\n");
        assert_eq!(
            nested.said("docker-copy-missing"),
            "sub/Dockerfile:2:6: whether `gone` can be copied cannot be determined: its build context is not known (unchecked)\n"
        );
    }
}
