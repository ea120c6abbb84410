//! SHP889: a template's requirement admits only versions that have what the template uses.

use pep440_rs::Version;

use super::Subject;
use super::requirement::Pinned;
use super::usage::{Missing, Use, missing, missing_or_foreign};
use crate::change::FileEdit;
use crate::checks::{Finding, Fix, Location, Rule, Severity};
use crate::package::interface::Offer;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP889",
    id: "pin-admits-too-old",
    severity: Severity::Error,
    summary: "A requirement admits no version that lacks what the template uses.",
    protects: "every build that finds an older version first, in a cache, a mirror or beside another pin.",
    details: "The available versions (`--wheels`, or the index) that the requirement admits are compared with \
              everything that the template uses of the distribution. The finding names the first thing that is \
              missing and the lower bound to set: the lowest available version from which on everything is there. \
              Uses whose failure is caught do not count; it is a warning where only tests fail. What no available \
              version has is reported by `runtime-symbol-missing` and `third-party-symbol-missing`.",
    fails: ("text", "acme-runtime>=0.1.0  # adapter.py imports what came with 0.1.9"),
    passes: ("text", "acme-runtime>=0.1.9"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let question = subject.question;
    let runtime = &question.runtime;
    for pin in subject.pins.iter().filter(|pin| pin.installs) {
        let name = &pin.requirement.normalized;
        let others = question.versions(name);
        let mut offers: Vec<&Offer> = others.iter().collect();
        // A runtime without a version is about to be published, so it counts as the newest.
        if *name == runtime.distribution {
            offers.push(runtime);
            if let Some(version) = &runtime.version {
                offers.sort_by_key(|offer| offer.version.as_ref().unwrap_or(version).clone());
            }
        }
        findings.extend(judge(subject, pin, &offers));
    }
}

/// What one version lacks.
struct Lack<'s> {
    version: &'s Version,
    used: &'s Use,
    missing: Missing,
    fatal: bool,
}

fn judge(subject: &Subject<'_>, pin: &Pinned, offers: &[&Offer]) -> Option<Finding> {
    let newest = offers.last()?;
    // What the newest version lacks too cannot be cured by a lower bound.
    let uses: Vec<&Use> = subject
        .uses
        .iter()
        .filter(|used| !used.reference.guarded && newest.table.owns(used.root()))
        .filter(|used| missing(&newest.table, used).is_none())
        .collect();
    let lacks: Vec<Option<Lack<'_>>> = offers.iter().map(|offer| lack(offer, &uses, pin)).collect();
    let last = lacks.iter().rposition(Option::is_some)?;
    let worst = lacks.iter().flatten().max_by_key(|lack| lack.fatal)?;
    let bound = offers.iter().skip(last + 1).find_map(|offer| offer.version.as_ref());
    let message = format!(
        "`{}` admits {} {}, in which {}: `{}` breaks {}",
        pin.written(),
        pin.requirement.name,
        worst.version,
        worst.missing.in_words(),
        subject.called(),
        worst.used.moment()
    );
    let place = Location::span(
        worst.used.path.as_str(),
        &worst.used.text,
        worst.used.place_of(&worst.missing),
    );
    let mut finding = pin.at(Finding::new(&RULE, message)).related(place, "used here");
    if !worst.fatal {
        finding = finding.severity(Severity::Warning);
    }
    finding.help = Some(match bound {
        Some(bound) => format!("set the lower bound: `{}>={bound}`", pin.requirement.name),
        None => "set the lower bound to the version that is about to be published".to_owned(),
    });
    finding.fix = bound.and_then(|bound| repair(pin, bound));
    Some(finding)
}

fn lack<'s>(offer: &'s Offer, uses: &[&'s Use], pin: &Pinned) -> Option<Lack<'s>> {
    let version = offer.version.as_ref()?;
    if pin.requirement.admits(version) != Some(true) {
        return None;
    }
    let lacks = uses.iter().filter_map(|used| {
        // The distribution may have had another top-level package then, and none of this one.
        let missing = missing_or_foreign(&offer.table, used)?;
        Some(Lack { version, used, missing, fatal: used.is_fatal() })
    });
    lacks.max_by_key(|lack| lack.fatal)
}

/// Replaces a lower bound with this one. Requirements with other kinds of specifier are left for a person to change.
fn repair(pin: &Pinned, bound: &Version) -> Option<Fix> {
    use pep440_rs::Operator;
    let specifiers = pin.requirement.specifiers.as_ref().filter(|_| pin.editable)?;
    let is_lower = |operator: &Operator| {
        matches!(operator, Operator::GreaterThanEqual | Operator::GreaterThan)
    };
    let mut kept = vec![format!(">={bound}")];
    for specifier in specifiers.iter().filter(|it| !is_lower(it.operator())) {
        if !matches!(
            specifier.operator(),
            Operator::LessThan | Operator::LessThanEqual | Operator::NotEqual
        ) {
            return None;
        }
        kept.push(specifier.to_string().replace(' ', ""));
    }
    let edit = pin.requirement.set_specifier(&kept.join(",")).ok()?;
    let path = pin.location.path.clone();
    let title = format!("require `>={bound}`");
    (!edit.stale_hashes)
        .then(|| Fix::risky(title, vec![FileEdit::text(path.as_str(), vec![edit.edit])]))
}
