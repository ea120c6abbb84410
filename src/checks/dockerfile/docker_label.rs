//! SHP108: the image has the demanded labels, set from the build argument that holds the value.

use std::sync::Arc;

use crate::change::FileEdit;
use crate::checks::dockerfile::docker_cache_key::DockerCacheKey;
use crate::checks::dockerfile::{Judged, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::dockerfile::Label;
use crate::source::dockerfile::{Action, Dockerfile, Instruction, Known, Pair};
use crate::source::{Span, TextEdit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP108",
    id: "docker-label",
    severity: Severity::Warning,
    summary: "The image carries the labels that the shape demands, made of the build argument that holds their value.",
    protects: "whoever refreshes images: a label shows which version an image contains, without starting it.",
    details: "Demanded by `labels` of a Dockerfile in the shape pack. The last LABEL of a name in the image \
              counts. With `from_arg` its value must mention that argument, or an ENV made of it, where the \
              stage sees it: an ARG before FROM, in a stage that is no part of the image, or behind the LABEL \
              leaves it empty. The fix adds the line before the ENTRYPOINT, or at the end; where a `\\` leaves \
              the last instruction open, before that instruction. Where the argument is missing for the RUN that \
              installs the runtime too, the fix is that of docker-cache-key, which declares it for both.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\nLABEL com.molecule-ai.runtime-version=\"$RUNTIME_VERSION\"\nARG RUNTIME_VERSION",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nARG RUNTIME_VERSION\nLABEL com.molecule-ai.runtime-version=\"$RUNTIME_VERSION\"",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerLabel;

impl Check for DockerLabel {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            for wanted in &judged.demand.labels {
                let finding = decide(&judged, wanted);
                findings
                    .extend(finding.map(|it| with_declaration(repository, &judged, wanted, it)));
            }
        }
    }
}

/// Gives a finding the fix that declares the argument for the RUN before, if the label is right with it. Otherwise the
/// finding would count as a person's work, although it is gone once the other is fixed. Equal edits are made once.
fn with_declaration(
    repository: &Repository<'_>,
    judged: &Judged<'_>,
    wanted: &Label,
    finding: Finding,
) -> Finding {
    if finding.fix.is_some() || wanted.from_arg.is_none() {
        return finding;
    }
    let mut of_the_key = Vec::new();
    DockerCacheKey.check(repository, &mut of_the_key);
    let mut fixes = of_the_key.into_iter().filter_map(|finding| finding.fix);
    match fixes.find(|fix| is_right_with(judged, wanted, fix)) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Whether nothing is wrong with the label once a fix of this Dockerfile has been made.
fn is_right_with(judged: &Judged<'_>, wanted: &Label, fix: &Fix) -> bool {
    let [FileEdit::Text { path, edits, .. }] = fix.edits.as_slice() else { return false };
    if path.as_str() != judged.path() {
        return false;
    }
    let Ok(text) = judged.text.edited(edits) else { return false };
    let Ok(file) = Dockerfile::parse(&text) else { return false };
    let mended = Judged { demand: judged.demand, text, file: Arc::new(file) };
    decide(&mended, wanted).is_none()
}

fn decide(judged: &Judged<'_>, wanted: &Label) -> Option<Finding> {
    let name = &wanted.name;
    let Some(pair) = judged.view().labels().get(name.as_str()).copied() else {
        return Some(absent(judged, wanted));
    };
    let argument = wanted.from_arg.as_deref()?;
    let value = &pair.value;
    let help = format!("write `LABEL {name}=\"${{{argument}}}\"` after `ARG {argument}`");
    let at = |message: String| judged.at(&RULE, value.span, message).help(help.clone());
    let mut made_of = value.mentions.iter().filter(|mention| {
        mention.name == argument || is_made_of(judged, pair, &mention.name, argument)
    });
    let Some(mention) = made_of.next() else {
        let shown = &value.raw;
        return Some(at(format!(
            "the label `{name}` is `{shown}`, which does not use `{argument}`"
        )));
    };
    if mention.known == Some(Known::Argument) || is_made_of(judged, pair, &mention.name, argument) {
        return None;
    }
    let why = match mention.known {
        Some(_) => "an ENV of the same name hides the ARG",
        None => "no ARG of its stage precedes it",
    };
    Some(at(format!("the label `{name}` uses `{argument}` where it is not defined: {why}")))
}

/// Whether an ENV before the label is set from the argument.
fn is_made_of(judged: &Judged<'_>, label: &Pair, name: &str, argument: &str) -> bool {
    let instructions = judged.view().instructions();
    let earlier = instructions.filter(|it| it.span.end <= label.name_span.start);
    let pairs = earlier.filter_map(|instruction| match &instruction.action {
        Action::Env(pairs) => Some(pairs),
        _ => None,
    });
    let last = pairs.flatten().rfind(|pair| pair.name == name);
    last.is_some_and(|pair| {
        let mut mentions = pair.value.mentions.iter();
        mentions.any(|it| it.name == argument && it.known == Some(Known::Argument))
    })
}

fn absent(judged: &Judged<'_>, wanted: &Label) -> Finding {
    let name = &wanted.name;
    let value = wanted.from_arg.as_ref().map_or("…".to_owned(), |arg| format!("\"${{{arg}}}\""));
    let line = format!("LABEL {name}={value}");
    let finding = judged
        .at(&RULE, judged.last_from(), format!("the image does not have the label `{name}`"))
        .help(format!("add `{line}`"));
    let finding = judged.pointing_at_comment(finding, &["LABEL", name]);
    let Some(argument) = &wanted.from_arg else { return finding };
    let sees_argument = |place: &usize| {
        let visible = judged.view().arguments_visible_at(Span::at(*place));
        visible.iter().any(|known| known.name == *argument)
    };
    let places = places_for_label(judged).into_iter().filter(sees_argument);
    let mut edits = places.map(|place| line_added(judged, place, &line));
    let Some(edit) = edits.find(|edit| is_instruction(judged, edit, name)) else { return finding };
    let title = format!("set the label `{name}`");
    finding.fix(Fix::safe(title, vec![FileEdit::text(judged.path(), vec![edit])]))
}

fn line_added(judged: &Judged<'_>, place: usize, line: &str) -> TextEdit {
    let end = judged.text.line_end();
    let whole = judged.text.as_str();
    let open_end = place == whole.len() && !whole.is_empty() && !whole.ends_with(['\n', '\r']);
    let inserted = if open_end { format!("{end}{line}") } else { format!("{line}{end}") };
    TextEdit::insert(place, inserted)
}

/// Where the line can be added, the best place first: before the last ENTRYPOINT in the last stage; without one, the end of
/// the file, then before the last instruction.
fn places_for_label(judged: &Judged<'_>) -> Vec<usize> {
    let last = judged.file.stages.last();
    let instructions = last.map(|stage| stage.instructions.as_slice()).unwrap_or_default();
    let start = |instruction: &Instruction| {
        above_comment(judged.text.as_str(), judged.text.whole_lines(instruction.span).start)
    };
    match instructions.iter().rev().find(|it| matches!(it.action, Action::Entrypoint(_))) {
        Some(entrypoint) => vec![start(entrypoint)],
        None => {
            let end = judged.text.as_str().len();
            [end].into_iter().chain(instructions.last().map(start)).collect()
        }
    }
}

/// The start of the comment that stands right above a line, and so is about it; without one, that of the line.
fn above_comment(text: &str, line: usize) -> usize {
    let before = text.get(..line).unwrap_or_default();
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let comment = before.split_inclusive('\n').rev().take_while(is_comment);
    line - comment.map(str::len).sum::<usize>()
}

/// Whether the added line is an instruction of its own that sets the label. Behind an open `\`, it is a part of the
/// instruction before.
fn is_instruction(judged: &Judged<'_>, edit: &TextEdit, label: &str) -> bool {
    let Ok(edited) = judged.text.edited(std::slice::from_ref(edit)) else { return false };
    let Ok(file) = Dockerfile::parse(&edited) else { return false };
    let view = file.final_stage();
    view.labels().contains_key(label)
        && view.instructions().count() == judged.view().instructions().count() + 1
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const LABEL: &str = "com.molecule-ai.runtime-version";

    fn case(body: &str) -> Case {
        let body = body.replace("NAME", LABEL).replace('@', "${RUNTIME_VERSION}");
        Case::conformant().file("Dockerfile", format!("FROM a\n{body}\n"))
    }

    fn said(body: &str) -> String {
        case(body).said("docker-label")
    }

    #[test]
    fn a_label_made_of_the_argument_passes() {
        assert_eq!(Case::conformant().said("docker-label"), "");
        for body in [
            "ARG RUNTIME_VERSION\nLABEL NAME=\"@\"",
            "ARG RUNTIME_VERSION=1\nLABEL a=b NAME=v@-x",
            "ARG RUNTIME_VERSION\nENV V=@\nLABEL NAME=$V",
            "ARG RUNTIME_VERSION\nENV RUNTIME_VERSION=@\nLABEL NAME=@",
            "ARG RUNTIME_VERSION\nLABEL NAME=x\nLABEL NAME=@",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    #[test]
    fn a_label_that_is_absent_or_not_made_of_it_fails() {
        let absent = format!("Dockerfile:1:1: the image does not have the label `{LABEL}`\n");
        assert_eq!(said("# LABEL NAME=@"), absent);
        assert_eq!(said("LABEL NAME-too=@"), absent);
        let not = format!("the label `{LABEL}` is");
        assert_eq!(
            said("ARG RUNTIME_VERSION\nLABEL NAME=1.0"),
            format!("Dockerfile:3:39: {not} `1.0`, which does not use `RUNTIME_VERSION`\n")
        );
        assert!(said("ARG RUNTIME_VERSION\nLABEL NAME='@'").contains("does not use"));
        let unknown =
            format!("the label `{LABEL}` uses `RUNTIME_VERSION` where it is not defined:");
        assert_eq!(
            said("LABEL NAME=@\nARG RUNTIME_VERSION"),
            format!("Dockerfile:2:39: {unknown} no ARG of its stage precedes it\n")
        );
        assert!(
            said("ARG RUNTIME_VERSION\nENV RUNTIME_VERSION=1\nLABEL NAME=@")
                .contains("hides the ARG")
        );
    }

    #[test]
    fn the_fix_adds_the_line_where_the_argument_is_seen() {
        let stamped = format!("LABEL {LABEL}=\"${{RUNTIME_VERSION}}\"");
        assert_eq!(
            case("ARG RUNTIME_VERSION\nENTRYPOINT [\"x\"]").fixed("docker-label", "Dockerfile"),
            format!("FROM a\nARG RUNTIME_VERSION\n{stamped}\nENTRYPOINT [\"x\"]\n")
        );
        // A comment stays with the instruction that it is about.
        let comments = "# of the user\nUSER x\n\n# It reads\n  # from here\nENTRYPOINT [\"x\"]";
        assert_eq!(
            case(&format!("ARG RUNTIME_VERSION\n{comments}")).fixed("docker-label", "Dockerfile"),
            format!(
                "FROM a\nARG RUNTIME_VERSION\n{}\n",
                comments.replace("# It", &format!("{stamped}\n# It"))
            )
        );
        let open = Case::conformant().file("Dockerfile", "FROM a\r\nARG RUNTIME_VERSION");
        assert_eq!(
            open.fixed("docker-label", "Dockerfile"),
            format!("FROM a\r\nARG RUNTIME_VERSION\r\n{stamped}")
        );
        assert!(case("RUN true").findings("docker-label")[0].fix.is_none());
    }

    #[test]
    fn the_argument_that_the_install_lacks_too_is_declared_once_for_both() {
        let install = "RUN pip install \"molecule-ai-workspace-runtime==@\"\nLABEL NAME=\"@\"";
        assert_eq!(
            case(install).fixed("docker-label", "Dockerfile"),
            format!(
                "FROM a\nARG RUNTIME_VERSION\nRUN pip install \
                 \"molecule-ai-workspace-runtime==${{RUNTIME_VERSION}}\"\nLABEL {LABEL}=\"${{RUNTIME_VERSION}}\"\n"
            )
        );
        // Nothing that the install lacks: where the ARG belongs is for a person to say.
        assert!(case("LABEL NAME=@").findings("docker-label")[0].fix.is_none());
    }

    #[test]
    fn behind_an_open_line_nothing_is_added() {
        let stamped = format!("LABEL {LABEL}=\"${{RUNTIME_VERSION}}\"");
        for open in ["RUN id \\\n", "CMD [\"x\"] \\\n\n", "ENV A=1 \\\n# not yet\n", "RUN id \\"] {
            let dockerfile = format!("FROM a\nARG RUNTIME_VERSION\n{open}");
            let case = Case::conformant().file("Dockerfile", &dockerfile);
            assert_eq!(
                case.fixed("docker-label", "Dockerfile"),
                format!("FROM a\nARG RUNTIME_VERSION\n{stamped}\n{open}")
            );
        }
        let only = Case::conformant().file("Dockerfile", "FROM a\nARG RUNTIME_VERSION \\\n");
        assert!(only.findings("docker-label")[0].fix.is_none());
    }
}
