//! What must be there, what must not, and what is there without a reason; not what it holds.

use super::{Judge, write_canon};
use crate::change::FileEdit;
use crate::checks::{Finding, Fix, Found, path_rules as rules};
use crate::drift::model::PathReport;
use crate::shape::pack::HeldPath;
use crate::shape::{HeldBy, PathVerdict, Policy};
use crate::snapshot::EntryKind;

impl Judge<'_, '_> {
    pub(super) fn forbidden(&mut self, held: &HeldPath) {
        let repository = self.repository;
        for (path, entry) in repository.snapshot.entries.iter() {
            let wanted = |path: &str| {
                let rule = repository.pack.rule_for(path);
                rule.is_some_and(|rule| rule.rule.policy != Policy::Forbidden)
            };
            let path_text = path.as_str();
            // A link or a submodule in the place of a forbidden folder hides what it holds.
            let hides = matches!(entry.kind, EntryKind::Link | EntryKind::Submodule)
                && held.matches(&format!("{path_text}/any"));
            if !(held.matches(path_text) || hides)
                || repository.profile.permits(path_text)
                || wanted(path_text)
            {
                continue;
            }
            let why = held.rule.because.as_deref().map(|because| format!(": {because}"));
            let message = format!("`{path}` must not be here{}", why.unwrap_or_default());
            let fix = Fix::safe(
                format!("remove `{path}`"),
                vec![FileEdit::Delete { path: path.clone() }],
            );
            let mut finding = Finding::new(&rules::PATH_FORBIDDEN, message)
                .in_file(path.clone())
                .help("remove it, or give the repository a profile that permits it")
                .fix(fix);
            finding.evidence = Some(entry.id);
            self.judged.findings.push(finding);
            self.judged.paths.push(PathReport {
                path: path.clone(),
                policy: Some(Policy::Forbidden),
                verdict: PathVerdict::Forbidden,
                behind: None,
                actual: Some(entry.id),
                difference: None,
            });
        }
    }

    /// A seeded path is free, but it has to be there: a link must lead somewhere, and a submodule's content
    /// is not known.
    pub(super) fn seeded(&mut self, path: &str, report: &mut PathReport) {
        let why = match self.repository.find(path) {
            Found::File(_) => return,
            Found::Nothing => "is a symbolic link that leads to nothing".to_owned(),
            Found::Unusable(why) => why,
        };
        report.verdict = PathVerdict::Unchecked;
        self.unchecked(path, format!("`{path}` {why}"), "put a file there");
    }

    pub(super) fn missing(&mut self, held: &HeldPath, policy: Policy) {
        let path = held.rule.path.as_str();
        let why = held.rule.because.as_deref().map(|because| format!(": {because}"));
        let message = format!("`{path}` is not here{}", why.unwrap_or_default());
        let mut finding = Finding::new(&rules::PATH_MISSING, message).in_file(path);
        if self.canons.guessed(held).is_some() {
            finding = finding.help(
                "add it; what it should hold cannot be derived while a file that says so is broken",
            );
        } else if let Ok(Some(canon)) = self.canons.canon(held) {
            let edit = write_canon(path, &canon);
            let title = format!("add the canonical `{path}`");
            let whole = policy.held_by() == HeldBy::Text;
            let (fix, help) = if whole {
                (Fix::safe(title, vec![edit]), "`shipshape fix` adds the canonical one")
            } else {
                let help = "`shipshape fix --unsafe-fixes` adds one to start from";
                (Fix::risky(title, vec![edit]), help)
            };
            finding = finding.fix(fix).help(help);
        } else {
            finding = finding.help("add it; the shape has no content for it");
        }
        self.judged.findings.push(finding);
        self.judged.paths.push(PathReport {
            path: path.into(),
            policy: Some(policy),
            verdict: PathVerdict::Missing,
            behind: None,
            actual: None,
            difference: None,
        });
    }

    pub(super) fn expected_by_profile(&mut self) {
        for path in &self.repository.profile.profile.expects {
            let known = self.judged.paths.iter().any(|report| report.path.as_str() == path);
            if known || self.repository.has(path) {
                continue;
            }
            let message = format!("`{path}` is not here, and the repository's profile expects it");
            let finding = Finding::new(&rules::PATH_MISSING, message)
                .in_file(path.as_str())
                .help("add it, or give the repository another profile");
            self.judged.findings.push(finding);
            self.judged.paths.push(PathReport {
                path: path.as_str().into(),
                policy: Some(Policy::Seeded),
                verdict: PathVerdict::Missing,
                behind: None,
                actual: None,
                difference: None,
            });
        }
    }
}
