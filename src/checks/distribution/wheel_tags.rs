//! The tags of a wheel in its file name and in WHEEL.

use std::collections::BTreeSet;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::{FileName, Kind};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP850",
    id: "wheel-tags",
    severity: Severity::Error,
    summary: "The tags in the file name are those in WHEEL, and an index takes them.",
    protects: "users: an installer chooses by the name and gets files for another Python or system.",
    details: "The name's compressed tags are expanded (PEP 425) and compared as sets. `linux_x86_64` and its like say \
              which machine built the wheel, not where it runs: the public index refuses them. A wheel without an extension \
              module that is tagged for a platform is not reported: it may hold programs.",
    fails: ("text", "acme-1.0-py3-none-any.whl   WHEEL: Tag: cp311-cp311-linux_x86_64"),
    passes: ("text", "acme-1.0-py3-none-any.whl   WHEEL: Tag: py3-none-any"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Ok(FileName::Wheel(name)) = distribution.name() else { return };
    if let Some(wheel) = &distribution.wheel {
        let named: BTreeSet<String> = name.tags().into_iter().collect();
        // Some builders write a compressed set, as in the file name: `py2.py3-none-any`.
        let stated: BTreeSet<String> =
            wheel.value.all("Tag").flat_map(|field| expanded(&field.value)).collect();
        if let Some(field) = wheel.value.one("Tag")
            && named != stated
        {
            let list =
                |tags: &BTreeSet<String>| tags.iter().cloned().collect::<Vec<_>>().join(", ");
            let message = format!(
                "WHEEL has the tags {}, but the file name has {}",
                list(&stated),
                list(&named)
            );
            let finding =
                Finding::new(&RULE, message).at(wheel.path.clone(), &wheel.text, field.span);
            findings.push(finding.help("build it again: do not rename a wheel manually"));
        }
    }
    let of_builder = |tag: &&String| {
        tag.strip_prefix("linux_").is_some_and(|machine| !matches!(machine, "armv6l" | "armv7l"))
    };
    if let Some(platform) = name.platform.iter().find(of_builder) {
        let message = format!("an index refuses the platform `{platform}`");
        let help = "let auditwheel give it a manylinux or musllinux tag";
        findings.push(Finding::new(&RULE, message).help(help));
    }
    let binary = distribution
        .files
        .keys()
        .find(|path| path.as_str().ends_with(".so") || path.as_str().ends_with(".pyd"));
    if distribution.kind == Kind::Wheel
        && name.platform.iter().all(|platform| platform == "any")
        && let Some(path) = binary
    {
        let message =
            format!("the wheel declares that it runs on any system, but contains `{path}`");
        let finding = Finding::new(&RULE, message).in_file(path.clone());
        findings.push(finding.help("tag it for the system that it was built for"));
    }
}
/// Expands a compressed tag set into its tags.
fn expanded(set: &str) -> Vec<String> {
    let parts: Vec<Vec<&str>> =
        set.trim().split('-').map(|part| part.split('.').collect()).collect();
    let [pythons, abis, platforms] = parts.as_slice() else { return vec![set.trim().to_owned()] };
    let mut tags = Vec::new();
    for python in pythons {
        for abi in abis {
            tags.extend(platforms.iter().map(|platform| format!("{python}-{abi}-{platform}")));
        }
    }
    tags
}
