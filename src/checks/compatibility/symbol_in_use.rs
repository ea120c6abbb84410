//! SHP892: who uses a symbol that is a candidate for removal.

use super::usage::Use;
use crate::checks::{Finding, Rule, Severity};
use crate::package::interface::Offer;
use crate::package::symbols::{Presence, ReferenceKind, SymbolTable};
use crate::source::python::When;
use crate::source::typed::nearest;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP892",
    id: "symbol-in-use",
    severity: Severity::Info,
    summary: "A symbol that was given with `--uses` is used here.",
    protects: "the code that its removal would break.",
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
            (true, _) => "a star import may use it",
            (false, true) => "its failure is caught",
            (false, false) => "its failure is not caught",
        };
        let when = match reference.when {
            When::ImportTime | When::TypeChecking => "at import time",
            When::Lazy => "lazily",
            When::Main => "when run as a program",
        };
        let message = format!("`{symbol}` is used {when}; {how}");
        let finding = used.finding(&RULE, message, reference.span).severity(Severity::Info);
        found.push(finding);
    }
    // `import a.b` and a later use of `a.b.c` are two places; several uses on one line are reported once.
    found.dedup_by(|one, other| {
        let line = |finding: &Finding| {
            let location = finding.location.as_ref()?;
            Some((location.path.clone(), location.region.as_ref()?.start.line))
        };
        line(one) == line(other)
    });
    found
}

/// A symbol that no distribution has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSymbol {
    /// What is missing: "`a.b` has no `c`".
    pub what: String,
    /// A similar symbol that was probably meant.
    pub near: Option<String>,
}

/// Looks for a symbol in these distributions. Without this, a misspelt symbol would be reported as unused.
///
/// # Errors
/// When certainly none of them has it. A symbol that may exist counts as found.
pub fn find(offers: &[&Offer], symbol: &str) -> Result<(), UnknownSymbol> {
    let mut owners = offers.iter().filter(|offer| offer.table.owns(symbol)).peekable();
    if owners.peek().is_none() {
        let first = symbol.split('.').next().unwrap_or_default();
        let known = offers.iter().flat_map(|offer| offer.table.top_level());
        let near = nearest(first, known).map(str::to_owned);
        let labels: Vec<&str> = offers.iter().map(|offer| offer.label.as_str()).collect();
        let what = format!("`{first}` is not a module of {}", labels.join(", "));
        return Err(UnknownSymbol { what, near });
    }
    let mut absent = Ok(());
    for offer in owners {
        match find_in(&offer.table, symbol) {
            Ok(()) => return Ok(()),
            Err(unknown) if absent.is_ok() => absent = Err(unknown),
            Err(_) => {}
        }
    }
    absent
}

/// Follows the symbol through modules, then looks up one name. The members of classes and functions are not looked
/// at.
fn find_in(table: &SymbolTable, symbol: &str) -> Result<(), UnknownSymbol> {
    let mut dotted = String::new();
    for part in symbol.split('.') {
        let inner = if dotted.is_empty() { part.to_owned() } else { format!("{dotted}.{part}") };
        if table.module(&inner).is_some() {
            dotted = inner;
            continue;
        }
        if !matches!(table.lookup(&dotted, part), Presence::Absent | Presence::NoModule) {
            return Ok(());
        }
        let names = table.module(&dotted).into_iter().flat_map(|module| {
            let submodules = module.submodules.iter().map(String::as_str);
            module.names().map(|(name, _)| name).chain(submodules)
        });
        let near = nearest(part, names).map(|near| format!("{dotted}.{near}"));
        return Err(UnknownSymbol { what: format!("`{dotted}` has no `{part}`"), near });
    }
    Ok(())
}

fn is_or_below(wanted: &str, symbol: &str) -> bool {
    wanted.strip_prefix(symbol).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
