//! SHP893: parts of a template or of the runtime that could not be read and may hold the answer.

use std::collections::BTreeMap;

use super::Subject;
use super::requirement::Pinned;
use super::usage::{Use, doubt};
use crate::checks::requirements::{self, Included};
use crate::checks::shown::shown;
use crate::checks::{DocumentKind, Finding, Found, Repository, Rule, Severity};
use crate::package::symbols::{Doubt, Opening, SymbolTable, Unread, Why};
use crate::source::requirements::normalize;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP893",
    id: "compatibility-unread",
    severity: Severity::Warning,
    summary: "Every file that may show what a template uses of the runtime can be read, and so can the runtime.",
    protects: "the reader of a report without findings: what was not read may still break.",
    details: "Not known, and never green: a `*.py` of the template that does not parse, is not UTF-8 or is larger \
              than 1 MiB; a line of its requirements that is not a requirement and may name a distribution in \
              question; a file that the requirements name and that is not in the repository; and a name from a module \
              of the runtime that does not parse. Reported as information: a name from a module of the runtime whose \
              names are not all known, because it has a module `__getattr__`, has a star import of something unknown, \
              or is compiled. A requirement behind a URL or a `${VARIABLE}` is reported only where no requirement on \
              the runtime was read.",
    fails: ("text", "acme-runtime==0.1.x.!!\n-r gone.txt"),
    passes: ("text", "acme-runtime==0.1.4\n-r base.txt"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    python_files(subject.repository, findings);
    requirement_files(subject, findings);
    dockerfiles(subject.repository, findings);
    open_modules(subject, findings);
}

/// Reports the Python files that cannot be read.
pub(super) fn python_files(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    let paths = repository.snapshot.entries.keys().map(|path| path.as_str());
    for path in paths.filter(|path| path.ends_with(".py")) {
        if let Some(why) = unread(repository, path, DocumentKind::Python) {
            findings.push(
                Finding::new(
                    &RULE,
                    format!("what `{path}` uses from other modules is not known: {why}"),
                )
                .in_file(path)
                .unchecked(),
            );
        }
    }
}

/// Why a path that exists cannot be read.
fn unread(repository: &Repository<'_>, path: &str, kind: DocumentKind) -> Option<String> {
    match repository.find(path) {
        Found::Nothing => None,
        Found::Unusable(why) => Some(format!("it {why}")),
        Found::File(_) => repository.broken(path, kind).map(|broken| format!("it {broken}")),
    }
}

fn requirement_files(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let repository = subject.repository;
    let runtime = &subject.question.runtime.distribution;
    let is_runtime = |pin: &Pinned| pin.requirement.normalized == *runtime;
    let is_pinned = subject.pins.iter().any(is_runtime);
    let roots = super::requirement::files(repository);
    let mut files = Vec::new();
    for root in &roots {
        let read = requirements::read(repository, root);
        if read.is_empty()
            && let Some(why) = unread(repository, root, DocumentKind::Requirements)
        {
            let message = format!("what `{root}` requires is not known: {why}");
            findings.push(Finding::new(&RULE, message).in_file(root.as_str()).unchecked());
        }
        for file in read {
            if !files.iter().any(|known: &requirements::File| known.path == file.path) {
                files.push(file);
            }
        }
    }
    for file in &files {
        let at = |span, message: String| {
            let mut finding = Finding::new(&RULE, message).unchecked();
            finding.location = Some(file.location(span));
            finding
        };
        for problem in &file.read.problems {
            let line = file.text.slice(file.text.whole_lines(problem.span)).trim();
            if may_ask(subject, line) {
                let message =
                    format!("which version is required is not known: {}", problem.message);
                findings.push(at(problem.span, message));
            }
        }
        for (named, _, included) in file.includes() {
            let why = match included {
                Included::Path(path) if files.iter().any(|file| file.path == path) => continue,
                Included::Path(path) => unread(repository, &path, DocumentKind::Requirements)
                    .unwrap_or_else(|| "it is not in the repository".to_owned()),
                Included::Outside => "it is outside the repository".to_owned(),
                Included::Elsewhere if is_pinned => continue,
                Included::Elsewhere => "it is not in the repository".to_owned(),
            };
            let name = shown(&named.value);
            findings
                .push(at(named.value_span, format!("what `{name}` requires is not known: {why}")));
        }
    }
}

/// Whether a line that is not a requirement may have been meant to ask for a distribution of the question.
fn may_ask(subject: &Subject<'_>, line: &str) -> bool {
    let runtime = &subject.question.runtime;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = line.find(|c| !is_name(c)).unwrap_or(line.len());
    let name = normalize(line.get(..end).unwrap_or_default());
    let required = runtime.requires.iter().flatten();
    name.is_empty()
        || runtime.distribution.is_empty()
        || name == runtime.distribution
        || subject.question.others.contains_key(&name)
        || required.into_iter().any(|requirement| requirement.normalized == name)
}

fn dockerfiles(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    for path in super::requirement::dockerfiles(repository) {
        if let Some(why) = unread(repository, path, DocumentKind::Dockerfile) {
            let message = format!("what `{path}` installs is not known: {why}");
            findings.push(Finding::new(&RULE, message).in_file(path).unchecked());
        }
    }
}

/// What is used of a module whose names are not all known.
struct Asked<'s> {
    opening: Opening,
    first: &'s Use,
    dotted: String,
    others: usize,
}

/// Reports, once each, the modules of the runtime whose names are not all known and of which one is used.
fn open_modules(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let runtime = &subject.question.runtime;
    let mut asked: BTreeMap<String, Asked<'_>> = BTreeMap::new();
    for used in subject.uses.iter().filter(|used| !used.reference.guarded) {
        let Some((dotted, Doubt::Open(module, opening))) = doubt(&runtime.table, used) else {
            continue;
        };
        asked.entry(module).and_modify(|asked| asked.others += 1).or_insert(Asked {
            opening,
            first: used,
            dotted,
            others: 0,
        });
    }
    for (module, Asked { opening, first, dotted, others }) in asked {
        let more = match others {
            0 => String::new(),
            1 => " (and one other use)".to_owned(),
            more => format!(" (and {more} other uses)"),
        };
        let message = format!(
            "whether {} has `{dotted}`{more} is not known: `{module}` is open: {}",
            runtime.label, opening.why
        );
        let span = first.reference.span;
        let finding = Finding::new(&RULE, message).at(first.path.as_str(), &first.text, span);
        findings.push(match is_unread(&runtime.table, &opening.why) {
            true => finding.unchecked(),
            false => finding.severity(Severity::Info),
        });
    }
}

/// Whether a module is open because it, or one that it star-imports, does not parse.
fn is_unread(table: &SymbolTable, why: &Why) -> bool {
    let mut waiting = vec![why];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(why) = waiting.pop() {
        match why {
            Why::Unread(Unread::Unparsable) => return true,
            Why::Star(module) if !seen.contains(&module.as_str()) => {
                seen.push(module);
                let openings = table.module(module).map(|module| module.openings.as_slice());
                waiting.extend(openings.unwrap_or_default().iter().map(|opening| &opening.why));
            }
            _ => {}
        }
    }
    false
}
