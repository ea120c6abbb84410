//! SHP892: who uses a symbol that somebody would like to remove.

use super::usage::Use;
use crate::checks::{Finding, Rule, Severity};
use crate::package::symbols::ReferenceKind;
use crate::source::python::When;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP892",
    id: "symbol-in-use",
    severity: Severity::Info,
    summary: "A symbol that is asked about with `--uses` is used here.",
    protects: "whoever would be hurt by its removal.",
    details: "`shipshape package compat --uses acme_runtime.plugins.load` lists each place that takes the symbol, or \
              something below it: when it runs, and whether its failure is caught. A star import of its module may use \
              it, and is listed as such.",
    fails: ("python", "from acme_runtime.plugins import load"),
    passes: ("python", "from acme_runtime.plugins import other"),
};

pub(super) fn findings(uses: &[Use], symbol: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for used in uses {
        let reference = &used.reference;
        let module = reference.module.as_deref().unwrap_or_default();
        let wanted = match &reference.name {
            Some(name) => format!("{module}.{name}"),
            None => module.to_owned(),
        };
        let is_star = reference.kind == ReferenceKind::Star;
        let from_star =
            is_star && symbol.rsplit_once('.').is_some_and(|(parent, _)| parent == module);
        if !is_or_below(&wanted, symbol) && !from_star {
            continue;
        }
        let how = match (from_star, reference.guarded) {
            (true, _) => "a star may take it",
            (false, true) => "its failure is caught",
            (false, false) => "nothing catches its failure",
        };
        let when = match reference.when {
            When::ImportTime | When::TypeChecking => "at import time",
            When::Lazy => "lazily",
            When::Main => "when run as a program",
        };
        let message = format!("`{symbol}` is used {when}; {how}");
        let finding = used.finding(&RULE, message).severity(Severity::Info);
        found.push(finding);
    }
    // `import a.b` and the use of `a.b.c` behind it are two places; the same place is told once.
    found.dedup_by(|one, other| {
        let line = |finding: &Finding| {
            let location = finding.location.as_ref()?;
            Some((location.path.clone(), location.region.as_ref()?.start.line))
        };
        line(one) == line(other)
    });
    found
}

fn is_or_below(wanted: &str, symbol: &str) -> bool {
    wanted.strip_prefix(symbol).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
