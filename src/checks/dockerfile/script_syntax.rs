//! SHP112: a shell can read the scripts of a repository and the commands of its Dockerfiles.

use crate::checks::dockerfile::dockerfiles;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::dockerfile::{Action, CommandLine};
use crate::source::shell::{basename, refused};
use crate::source::spliced::Spliced;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP112",
    id: "script-syntax",
    severity: Severity::Error,
    summary: "A shell can read each script and each command of a Dockerfile to its end.",
    protects: "the build and the start of the container, which end with `syntax error` where a quote or a block is left \
               open.",
    details: "Looks at `*.sh` and `*.bash` without another interpreter in their `#!` line, at files without an ending \
              whose `#!` names sh, bash, dash or ash, and at the shell form of RUN, CMD, ENTRYPOINT and HEALTHCHECK. \
              Found is what bash surely refuses: a quote, `$(`, `${` or block (`if`, `for`, `case`, `{` …) that never \
              ends, and a word that ends none (`fi`, `done`, `esac`, `}`, `)`). Other mistakes are not looked for, \
              nor is anything behind an `exit` at the top of a script, where an archive may follow, or in a text with \
              carriage returns.",
    fails: ("shell", "#!/bin/sh\nif [ -n \"$KEY\" ]; then\n  export KEY\nexec molecule-runtime"),
    passes: (
        "shell",
        "#!/bin/sh\nif [ -n \"$KEY\" ]; then\n  export KEY\nfi\nexec molecule-runtime",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct ScriptSyntax;

impl Check for ScriptSyntax {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for path in dockerfiles(repository) {
            let texts = commands_in(repository, path);
            findings.extend(texts.iter().filter_map(|text| found(repository, path, text)));
        }
        let entries = repository.snapshot.entries.keys();
        // A template of a pack is no script yet.
        let named = entries.filter(|path| {
            may_be_script(path.file_name()) && !repository.identity.is_ours(path.as_str())
        });
        for path in named {
            let Some(text) = repository.text(path.as_str()) else { continue };
            if is_for_shell(path.file_name(), text.as_str()) {
                let text = Spliced::new(text.as_str(), 0);
                findings.extend(found(repository, path.as_str(), &text));
            }
        }
    }
}

fn found(repository: &Repository<'_>, path: &str, script: &Spliced) -> Option<Finding> {
    let error = refused(script)?;
    let text = repository.text(path)?;
    let message = format!("no shell can read this: {}", error.message);
    let help =
        "check this line and those below it; `bash -n FILE` reads a script without running it";
    Some(Finding::new(&RULE, message).at(path, &text, error.span).help(help))
}

/// The texts that a shell reads in a Dockerfile.
fn commands_in(repository: &Repository<'_>, path: &str) -> Vec<Spliced> {
    let Some(file) = repository.dockerfile(path) else { return Vec::new() };
    // Another escape is that of Windows, whose shell is another too.
    if file.escape != '\\' {
        return Vec::new();
    }
    let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
    let other_shell =
        instructions.clone().any(|instruction| matches!(instruction.action, Action::Shell(_)));
    let texts = instructions.filter_map(|instruction| match &instruction.action {
        Action::Run(run) => run.shell_text(),
        Action::Cmd(CommandLine::Shell(text))
        | Action::Entrypoint(CommandLine::Shell(text))
        | Action::Healthcheck(_, Some(CommandLine::Shell(text)))
            if !other_shell =>
        {
            Some(text.clone())
        }
        _ => None,
    });
    texts.collect()
}

fn is_named_as_script(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "sh" | "bash"))
}

fn may_be_script(name: &str) -> bool {
    is_named_as_script(name) || !name.contains('.')
}

/// Whether a shell that reads as bash does reads the file: by its first line, or else by its name.
fn is_for_shell(name: &str, text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix("#!") {
        Some(interpreter) => interpreter
            .split_whitespace()
            .any(|word| matches!(basename(word), "sh" | "bash" | "dash" | "ash")),
        None => is_named_as_script(name),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const OPEN: &str = "if a; then\n  b\n";

    #[test]
    fn scripts_and_commands_that_no_shell_reads_are_found() {
        assert_eq!(Case::conformant().said("script-syntax"), "");
        let said =
            |path: &str, text: &str| Case::with_shape("").file(path, text).said("script-syntax");
        let why = "1: no shell can read this: `if` has no `fi`\n";
        assert_eq!(said("start.sh", OPEN), format!("start.sh:1:{why}"));
        assert_eq!(
            said("bin/start", &format!("#!/usr/bin/env bash\n{OPEN}")),
            format!("bin/start:2:{why}")
        );
        for body in ["RUN if a; then \\\n  b", "CMD if a; then b", "HEALTHCHECK CMD if a; then b"] {
            let found = said("Dockerfile", &format!("FROM a\n{body}\n"));
            assert!(found.starts_with("Dockerfile:2:"), "{body}: {found}");
            assert!(found.ends_with("`if` has no `fi`\n"), "{body}: {found}");
        }
        let quote = said("Dockerfile", "FROM a\nRUN a \\\n  && echo \"hi\n");
        assert!(
            quote.starts_with("Dockerfile:3:11: no shell can read this: the quote \""),
            "{quote}"
        );
    }

    #[test]
    fn what_another_program_reads_is_not_judged() {
        for (path, text) in [
            ("start.sh", "#!/usr/bin/env python3\nprint(\"it's\")\n"),
            ("LICENSE", "You may not sell it's \"parts\n"),
            ("start.zsh", OPEN),
            ("start.sh", "if a; then\r\n  b\r\n"),
            ("Dockerfile", "FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN if (a) { b\nCMD if (a) { b\n"),
            ("Dockerfile", "FROM a\nRUN <<E python3\nprint(\"it's\")\nE\n"),
            ("Dockerfile", "FROM a\nRUN [\"echo\", \"it's\"]\n"),
        ] {
            let said = Case::with_shape("").file(path, text).said("script-syntax");
            assert_eq!(said, "", "{path}: {text}");
        }
    }
}
