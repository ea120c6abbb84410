//! Which findings moving a document to the current version of its schema would resolve.
//!
//! A document of an older version has keys that the shape no longer knows, and lacks new ones. Fixing those one by
//! one would leave the migration nothing to move, so such findings offer the migration instead.

use std::collections::BTreeSet;

use super::Sheet;
use crate::checks::{Finding, Fix};
use crate::shape::migration;
use crate::source::yaml::Document;

/// The beginning of the help of such a finding.
const MIGRATES: &str = "`shipshape migrate` moves the document";

/// Whether `migrate` would resolve a finding.
#[must_use]
pub fn is_for_migrate(finding: &Finding) -> bool {
    finding.help.as_ref().is_some_and(|help| help.starts_with(MIGRATES))
}

/// What a document looks like after the shape's migrations.
pub(super) struct Ahead {
    fix: Fix,
    to: i64,
    missing: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

impl Ahead {
    /// `None` unless the document has an older version from which a migration leads to the current one. `migrate` moves
    /// no file of several documents.
    pub(super) fn of(sheet: &Sheet<'_>) -> Option<Self> {
        let version = sheet.demand.version.as_ref()?;
        sheet.document.further_documents().is_empty().then_some(())?;
        version.deprecated.contains(&sheet.version?).then_some(())?;
        let plan = migration::plan(sheet.document, version, version.current, false).ok()?;
        let text = plan.after(sheet.document.text()).ok()?;
        let moved = Document::parse(&text, sheet.document.dialect()).ok()?;
        let after = Sheet::of(&moved, sheet.demand);
        let path = sheet.demand.path.as_str();
        let title = format!("move `{path}` from version {} to {}", plan.from, plan.to);
        Some(Self {
            fix: Fix::risky(title, plan.file_edits(path)),
            to: plan.to,
            missing: after.missing.iter().map(|it| it.name.to_owned()).collect(),
            unknown: after.unknown.iter().map(|it| it.name.to_owned()).collect(),
        })
    }

    /// The finding, with the migration as its fix.
    pub(super) fn repairs(&self, finding: Finding) -> Finding {
        let help = format!("{MIGRATES} to version {}, comments kept", self.to);
        finding.help(help).fix(self.fix.clone())
    }

    /// Whether a required key exists after the migration.
    pub(super) fn adds(&self, key: &str) -> bool {
        !self.missing.contains(key)
    }

    /// Whether an unknown key is gone after the migration.
    pub(super) fn takes(&self, key: &str) -> bool {
        !self.unknown.contains(key)
    }
}
