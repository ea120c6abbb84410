//! The policies by which paths are held to the shape, and the resulting verdicts.
//!
//! A new policy begins with a file that none of these judges rightly. *It must contain these lines, anywhere* is
//! [`Policy::Structured`] without `keys`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// How a path is compared with the shape.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// The file must be identical to the canon.
    Exact,
    /// The file must equal the canon rendered with the repository's variables.
    Templated,
    /// Managed keys or lines must equal the canon. The rest is free.
    Structured,
    /// The effect of a Dockerfile is checked, not its text.
    Facts,
    /// Only the checks apply.
    Contract,
    /// The file must exist. Its content is free.
    Seeded,
    /// The path must not exist.
    Forbidden,
}

/// How much of a text is compared with its canon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// All of it.
    Whole,
    /// Managed keys or lines.
    Managed,
}

/// What decides whether a path conforms to its policy. A new policy only has to answer this; judging, fixing and
/// displaying paths depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// Its text, compared with a canon.
    Text(Comparison),
    /// The findings of checks.
    Checks,
    /// Its presence.
    Presence,
    /// Its absence.
    Absence,
}

impl Policy {
    /// Returns its name in shape.yaml and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Templated => "templated",
            Self::Structured => "structured",
            Self::Facts => "facts",
            Self::Contract => "contract",
            Self::Seeded => "seeded",
            Self::Forbidden => "forbidden",
        }
    }

    /// Returns what decides whether a path conforms.
    #[must_use]
    pub const fn held_by(self) -> HeldBy {
        match self {
            Self::Exact | Self::Templated => HeldBy::Text(Comparison::Whole),
            Self::Structured => HeldBy::Text(Comparison::Managed),
            Self::Facts | Self::Contract => HeldBy::Checks,
            Self::Seeded => HeldBy::Presence,
            Self::Forbidden => HeldBy::Absence,
        }
    }

    /// Whether the path should exist.
    #[must_use]
    pub const fn is_wanted(self) -> bool {
        match self.held_by() {
            HeldBy::Text(_) | HeldBy::Checks | HeldBy::Presence => true,
            HeldBy::Absence => false,
        }
    }

    /// All policies, in the order of their definition.
    pub const ALL: [Self; 7] = [
        Self::Exact,
        Self::Templated,
        Self::Structured,
        Self::Facts,
        Self::Contract,
        Self::Seeded,
        Self::Forbidden,
    ];

    /// Whether the canon may be a template.
    #[must_use]
    pub const fn takes_template(self) -> bool {
        match self {
            Self::Exact => false,
            Self::Templated
            | Self::Structured
            | Self::Facts
            | Self::Contract
            | Self::Seeded
            | Self::Forbidden => true,
        }
    }

    /// Whether shape.yaml may name the `keys` that are held; without any, the canon's lines are.
    #[must_use]
    pub const fn takes_keys(self) -> bool {
        match self {
            Self::Structured => true,
            Self::Exact
            | Self::Templated
            | Self::Facts
            | Self::Contract
            | Self::Seeded
            | Self::Forbidden => false,
        }
    }

    /// Whether a conforming file has the very bytes of the pack's canon, the same in every repository.
    #[must_use]
    pub const fn equals_its_canon(self) -> bool {
        match self {
            Self::Exact => true,
            Self::Templated
            | Self::Structured
            | Self::Facts
            | Self::Contract
            | Self::Seeded
            | Self::Forbidden => false,
        }
    }

    /// Whether the whole text is compared with a canon.
    #[must_use]
    pub const fn is_compared_whole(self) -> bool {
        match self.held_by() {
            HeldBy::Text(Comparison::Whole) => true,
            HeldBy::Text(Comparison::Managed)
            | HeldBy::Checks
            | HeldBy::Presence
            | HeldBy::Absence => false,
        }
    }

    /// Whether the file only has to exist, whatever is in it.
    #[must_use]
    pub const fn is_free(self) -> bool {
        match self.held_by() {
            HeldBy::Presence => true,
            HeldBy::Text(_) | HeldBy::Checks | HeldBy::Absence => false,
        }
    }

    /// Whether paths are held by checks of their content instead of a canon.
    #[must_use]
    pub fn is_held_by_checks(self) -> bool {
        self.held_by() == HeldBy::Checks
    }

    /// Lists the policies with a canon, for use in a sentence.
    #[must_use]
    pub fn with_canon() -> String {
        let compared: Vec<String> =
            Self::ALL.iter().filter(|it| it.is_compared()).map(|it| format!("`{it}`")).collect();
        match compared.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!("{} and {last}", before.join(", "))
            }
            _ => compared.concat(),
        }
    }

    /// Whether the text is compared with a canon.
    #[must_use]
    pub fn is_compared(self) -> bool {
        matches!(self.held_by(), HeldBy::Text(_))
    }

    /// Whether earlier contents of the path at the root of a starter repository were canons verbatim.
    #[must_use]
    pub const fn has_literal_lineage(self) -> bool {
        match self {
            Self::Exact | Self::Structured => true,
            Self::Templated | Self::Facts | Self::Contract | Self::Seeded | Self::Forbidden => {
                false
            }
        }
    }

    /// Whether an edit and a new canon are merged line by line. Managed keys have a merge of their own.
    #[must_use]
    pub const fn merges_by_lines(self) -> bool {
        match self {
            Self::Exact | Self::Templated => true,
            Self::Structured | Self::Facts | Self::Contract | Self::Seeded | Self::Forbidden => {
                false
            }
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The verdict on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PathVerdict {
    /// The path conforms to the shape.
    Conformant,
    /// The file equals an earlier canon. It is safe to replace.
    Stale,
    /// The file was edited since a canon. A three-way merge restores it.
    Modified,
    /// The file never was canon.
    Diverged,
    /// The path is required and missing.
    Missing,
    /// The path exists and is not permitted.
    Forbidden,
    /// The path exists, is unknown to the shape, and nothing refers to it.
    Extra,
    /// The path differs, and a waiver accepts it.
    Waived,
    /// The path could not be checked.
    Unchecked,
}

impl PathVerdict {
    /// All verdicts, in the order of legends.
    pub const ALL: [Self; 9] = [
        Self::Conformant,
        Self::Stale,
        Self::Modified,
        Self::Diverged,
        Self::Missing,
        Self::Forbidden,
        Self::Extra,
        Self::Waived,
        Self::Unchecked,
    ];

    /// The name of the verdict in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Stale => "stale",
            Self::Modified => "modified",
            Self::Diverged => "diverged",
            Self::Missing => "missing",
            Self::Forbidden => "forbidden",
            Self::Extra => "extra",
            Self::Waived => "waived",
            Self::Unchecked => "unchecked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_listed() {
        let schema = schemars::schema_for!(Policy).to_value();
        let known = schema["oneOf"].as_array().expect("one for each policy").len();
        assert_eq!(Policy::ALL.len(), known);
        for policy in Policy::ALL {
            let written = serde_json::to_value(policy).expect("a name");
            assert_eq!(written, policy.as_str(), "reports and messages name it alike");
        }
        assert_eq!(Policy::with_canon(), "`exact`, `templated` and `structured`");
    }
}
