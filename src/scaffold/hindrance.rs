//! What keeps a draft from being created: errors that would be in the repository from its first commit on. Pure.

use super::draft::Draft;
use crate::checks::hygiene::secret;
use crate::checks::{Finding, syntax_error};
use crate::severity::Severity;
use crate::source::secrets::secrets_in;

/// The errors of a draft, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hindrances {
    /// Those that nobody can want: a credential, and a file of the shape that does not parse.
    pub certain: Vec<String>,
    /// All others, which a person may accept.
    pub others: Vec<String>,
}

impl Hindrances {
    /// Returns those of a draft whose report is decided: what is waived hinders nothing, and neither does what could not be
    /// checked.
    #[must_use]
    pub fn of(draft: &Draft) -> Self {
        let is_error = |finding: &&Finding| {
            finding.severity >= Severity::Error && !finding.unchecked && finding.waived.is_none()
        };
        let errors = draft.report.findings.iter().filter(is_error);
        let (certain, others): (Vec<&Finding>, Vec<&Finding>) =
            errors.partition(|finding| is_certain(finding, draft));
        // No rule looks at what the forge shows beside the files, nor at what only fleet.yaml gets.
        let description = [("the description", &draft.description)];
        let aliases = draft.member.aliases.iter().map(|alias| ("an alias", alias));
        let beside = description.into_iter().chain(aliases).flat_map(|(what, text)| {
            let secrets = secrets_in(text.as_bytes()).into_iter();
            secrets.map(move |it| format!("{what}: {}", it.kind))
        });
        Self {
            certain: certain.into_iter().map(in_words).chain(beside).collect(),
            others: others.into_iter().map(in_words).collect(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certain.is_empty() && self.others.is_empty()
    }
}

/// Whether a finding is of something that nobody can want. A file that the starter has beside the shape may be an example of
/// what does not parse.
fn is_certain(finding: &Finding, draft: &Draft) -> bool {
    let code = finding.rule.code;
    let is_rendered = || finding.path().is_some_and(|it| draft.files.changes.contains_key(it));
    code == secret::RULE.code || code == syntax_error::RULE.code && is_rendered()
}

fn in_words(finding: &Finding) -> String {
    let path = finding.path().map(|path| format!("{path}: ")).unwrap_or_default();
    format!("{path}{} ({})", finding.message, finding.rule.id)
}
