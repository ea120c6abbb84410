//! SHP111: a script that a container starts is executable.

use crate::change::{FileEdit, Mode};
use crate::checks::dockerfile::image_files::{Held, ImageFiles};
use crate::checks::dockerfile::{Judged, commands_of, has_word, judged};
use crate::checks::{Check, Finding, Fix, Location, Repository, Rule, Severity};
use crate::snapshot::{EntryKind, RepoPath};
use crate::source::dockerfile::{Action, CommandLine, Copy};
use crate::source::shell::{Word, basename, programs_of, quoted};
use crate::source::{Span, Text};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP111",
    id: "script-mode",
    severity: Severity::Error,
    summary: "A script that an image starts directly begins with `#!` and is executable.",
    protects: "whoever starts the container, which ends with `exec format error` or `permission denied`.",
    details: "Looks at the first word of the ENTRYPOINT, or of the CMD of an image without one, in its JSON form, of \
              the Dockerfiles that the shape demands something of, when a COPY brings that file from the repository. \
              The shell form, `sh FILE`, and programs like tini, which fall back to a shell, are not checked. A \
              `chmod`, `install` or other RUN that names the file or works on a folder, and `COPY --chmod`, are \
              trusted. The kernel requires `#!` in the first two bytes (execve(2)), and reads a carriage return after \
              the interpreter as part of its name. A missing bit is a warning in a work tree \
              whose git does not heed modes (`core.fileMode`): an image that is built from it may have the bit. The fix \
              sets the mode.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\n# In git, start.sh has the mode 100644.\nCOPY start.sh /start.sh\nENTRYPOINT [\"/start.sh\"]",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nCOPY --chmod=755 start.sh /start.sh\nENTRYPOINT [\"/start.sh\"]",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct ScriptMode;

impl Check for ScriptMode {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            decide(repository, &judged, findings);
        }
    }
}

fn decide(repository: &Repository<'_>, judged: &Judged<'_>, findings: &mut Vec<Finding>) {
    let view = judged.view();
    let Some((_, CommandLine::Exec(words))) = view.entrypoint().or(view.cmd()) else { return };
    let Some(word) = words.first() else { return };
    let context = judged.context(repository);
    let files = ImageFiles { view, context: &context };
    let places = files.places_of_program(&word.value, usize::MAX);
    // A bare name is looked up in PATH only; the working directory, which is last, is for shells.
    let folders = if word.value.contains('/') { 1 } else { places.len().saturating_sub(1) };
    let found = places.iter().take(folders).find_map(|place| match files.at(place, usize::MAX) {
        Held::File(file) => Some((place.clone(), file)),
        _ => None,
    });
    let Some((place, file)) = found else { return };
    let Some(text) = repository.text(&file) else { return };
    let started = judged.place(word.span);
    first_line(&file, &text, &started, findings);
    let entry = repository.snapshot.entry(&file);
    if entry.is_none_or(|entry| entry.kind != EntryKind::File)
        || may_be_made_executable(&files, &place)
    {
        return;
    }
    let message = format!("`{file}` is started directly but is not executable");
    let mut finding = Finding::new(&RULE, message)
        .in_file(file.as_str())
        .related(started, "it is started here")
        .help(format!("`git add --chmod=+x {}`, or `COPY --chmod=755`", quoted(&file)));
    finding.evidence = entry.map(|entry| entry.id);
    if !repository.snapshot.heeds_modes() {
        finding.severity = Severity::Warning;
    }
    if let crate::checks::Found::File(blob) = repository.find(&file) {
        let bytes = std::sync::Arc::clone(blob.documents.bytes());
        let path = RepoPath::new(&file);
        let edit = FileEdit::Write { path, bytes, mode: Mode::Executable };
        finding = finding.fix(Fix::safe(format!("make `{file}` executable"), vec![edit]));
    }
    findings.push(finding);
}

fn first_line(file: &str, text: &Text, started: &Location, findings: &mut Vec<Finding>) {
    let line = text.as_str().split('\n').next().unwrap_or_default();
    let span = Span::new(0, line.len());
    let (message, help) = if text.has_byte_order_mark() {
        (
            format!(
                "`{file}` is started directly but begins with a byte order mark instead of `#!`"
            ),
            "save it as UTF-8 without a byte order mark",
        )
    } else if !line.starts_with("#!") {
        (
            format!("`{file}` is started directly but does not begin with `#!`"),
            "begin it with `#!/bin/sh` or the shell that it is written for",
        )
    } else if line.ends_with('\r') {
        (
            format!(
                "the `#!` line of `{file}` ends in a carriage return, which counts as part of the interpreter's name"
            ),
            "use LF line ends, and keep them so in .gitattributes (`*.sh text eol=lf`)",
        )
    } else {
        return;
    };
    findings.push(
        Finding::new(&RULE, message)
            .at(file, text, span)
            .related(started.clone(), "it is started here")
            .help(help),
    );
}

/// Whether a COPY or a RUN may make the file at a path of the image executable.
fn may_be_made_executable(files: &ImageFiles<'_, '_, '_, '_>, place: &str) -> bool {
    let chmod_flag = |copy: &Copy| copy.flags.iter().any(|flag| flag.name == "chmod");
    let copied = files.view.copies().any(|(_, copy)| chmod_flag(copy));
    copied || {
        let name = basename(place);
        let own = commands_of(files).iter().any(|command| {
            command.scripts.iter().any(|script| {
                programs_of(script).iter().any(|program| {
                    // What `find` and `xargs` give it is known only when they run.
                    let is_given = |word: &Word| basename(word.as_str()) == "chmod";
                    if matches!(program.name(), "find" | "xargs") {
                        return program.arguments.iter().any(is_given);
                    }
                    program.name() == "chmod"
                        && program.arguments.iter().any(|word| {
                            let text = word.as_str();
                            word.dynamic
                                || basename(text) == name
                                || text.contains(['*', '?'])
                                || text.starts_with("-R")
                                || text == "--recursive"
                        })
                })
            })
        });
        own || files.view.instructions().any(|instruction| match &instruction.action {
            Action::Run(run) => match &run.command {
                CommandLine::Shell(text) => {
                    has_word(text.as_str(), name)
                        || run.heredocs.iter().any(|heredoc| has_word(heredoc.body.as_str(), name))
                }
                CommandLine::Exec(words) => words.iter().any(|word| has_word(&word.value, name)),
            },
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::Severity;
    use crate::checks::testing::Case;

    fn case(script: &str, body: &str) -> Case {
        Case::conformant()
            .file("start.sh", script)
            .file("Dockerfile", format!("FROM python:3.11-slim\nWORKDIR /app\n{body}\n"))
    }

    const SOUND: &str = "#!/bin/sh\nexec molecule-runtime\n";

    fn said(body: &str) -> String {
        case(SOUND, body).said("script-mode")
    }

    #[test]
    fn a_script_without_its_bit_is_found() {
        let not = "start.sh: `start.sh` is started directly but is not executable\n";
        assert_eq!(said("COPY start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]"), not);
        let found =
            case(SOUND, "COPY start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]").findings("script-mode");
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(said("COPY start.sh .\nCMD [\"./start.sh\"]"), not);
        assert_eq!(said("COPY start.sh /usr/local/bin/\nENTRYPOINT [\"start.sh\"]"), not);
        assert_eq!(said("COPY start.sh /s.sh\nRUN chmod +x /other\nENTRYPOINT [\"/s.sh\"]"), not);
        assert_eq!(said("COPY start.sh /s.sh\n# RUN chmod +x /s.sh\nENTRYPOINT [\"/s.sh\"]"), not);
    }

    #[test]
    fn a_name_with_shell_code_is_quoted_in_the_help() {
        let case = Case::conformant().file("run;id>X;.sh", SOUND).file(
            "Dockerfile",
            "FROM x\nWORKDIR /app\nCOPY run*.sh /s.sh\nENTRYPOINT [\"/s.sh\"]\n",
        );
        let help = case.findings("script-mode").remove(0).help.expect("a help");
        assert_eq!(help, "`git add --chmod=+x 'run;id>X;.sh'`, or `COPY --chmod=755`");
    }

    #[test]
    fn what_makes_it_executable_and_what_does_not_need_it_is_silent() {
        assert_eq!(Case::conformant().said("script-mode"), "");
        for body in [
            "COPY start.sh /s.sh\nRUN chmod +x /s.sh\nENTRYPOINT [\"/s.sh\"]",
            "COPY start.sh /s/s.sh\nRUN chmod -R 755 /s\nENTRYPOINT [\"/s/s.sh\"]",
            "COPY start.sh /s/s.sh\nRUN chmod 755 /s/*.sh\nENTRYPOINT [\"/s/s.sh\"]",
            "COPY start.sh /s/s.sh\nRUN find /s -name '*.sh' -exec chmod +x {} +\nENTRYPOINT [\"/s/s.sh\"]",
            "COPY start.sh /s/s.sh\nRUN find /s -type f | xargs chmod 755\nENTRYPOINT [\"/s/s.sh\"]",
            "COPY --chmod=755 start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]",
            "COPY start.sh /tmp/start.sh\nRUN install -m 755 /tmp/start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]",
            "COPY start.sh /s.sh\nENTRYPOINT [\"sh\", \"/s.sh\"]",
            "COPY start.sh /s.sh\nENTRYPOINT /s.sh",
            "COPY start.sh .\nENTRYPOINT [\"start.sh\"]",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    #[test]
    fn a_first_line_that_the_kernel_cannot_read_is_found() {
        let body = "COPY --chmod=755 start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]";
        assert_eq!(
            case("exec molecule-runtime\n", body).said("script-mode"),
            "start.sh:1:1: `start.sh` is started directly but does not begin with `#!`\n"
        );
        assert!(case("#!/bin/sh\r\nx\r\n", body).said("script-mode").contains("carriage return"));
        assert!(case("\u{feff}#!/bin/sh\n", body).said("script-mode").contains("byte order mark"));
    }

    #[test]
    fn the_fix_sets_the_mode_and_keeps_the_bytes() {
        let case = case(SOUND, "COPY start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]");
        assert_eq!(case.fixed("script-mode", "start.sh"), SOUND);
    }
}
