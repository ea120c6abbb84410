//! What moving a document to the current version of its schema would end.
//!
//! A document of an older version has keys that the shape no longer knows, and lacks new ones. Whoever removes and adds them
//! one by one leaves the migration nothing to move: such findings are the migration's.

use std::collections::BTreeSet;

use super::Sheet;
use crate::change::FileEdit;
use crate::checks::{Finding, Fix};
use crate::shape::migration;
use crate::source::yaml::Document;

/// How the help of such a finding begins.
const MIGRATES: &str = "`shipshape migrate` moves the document";

/// Whether `migrate` would end a finding.
#[must_use]
pub fn is_for_migrate(finding: &Finding) -> bool {
    finding.help.as_ref().is_some_and(|help| help.starts_with(MIGRATES))
}

/// A document as the shape's migrations leave it.
pub(super) struct Ahead {
    fix: Fix,
    to: i64,
    missing: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

impl Ahead {
    /// None where the document is of no older version, or no migration leads on from it.
    pub(super) fn of(sheet: &Sheet<'_>) -> Option<Self> {
        let version = sheet.demand.version.as_ref()?;
        version.deprecated.contains(&sheet.version?).then_some(())?;
        let plan = migration::plan(sheet.document, version, version.current, false).ok()?;
        let text = sheet.document.text().edited(&plan.edits).ok()?;
        let moved = Document::parse(&text, sheet.document.dialect()).ok()?;
        let after = Sheet::of(&moved, sheet.demand);
        let path = sheet.demand.path.as_str();
        let title = format!("move `{path}` from version {} to {}", plan.from, plan.to);
        Some(Self {
            fix: Fix::risky(title, vec![FileEdit::text(path, plan.edits)]),
            to: plan.to,
            missing: after.missing.iter().map(|it| it.name.to_owned()).collect(),
            unknown: after.unknown.iter().map(|it| it.name.to_owned()).collect(),
        })
    }

    /// The finding with the migration as its repair.
    pub(super) fn repairs(&self, finding: Finding) -> Finding {
        let help = format!("{MIGRATES} to version {}, comments kept", self.to);
        finding.help(help).fix(self.fix.clone())
    }

    /// Whether a required key is there afterwards.
    pub(super) fn adds(&self, key: &str) -> bool {
        !self.missing.contains(key)
    }

    /// Whether a key that no demand knows is gone afterwards.
    pub(super) fn takes(&self, key: &str) -> bool {
        !self.unknown.contains(key)
    }
}
