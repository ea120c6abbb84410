//! Ranks repositories by how much they need a person: the one answer to which of them are worst.
//!
//! Pure. Reports, `fleet status` and suggested commands all use this order, so that they name the same repository.

use std::cmp::Reverse;

use super::RepositoryVerdict;
use super::model::RepositoryReport;
use super::triage::{Mender, Replaced};
use crate::checks::hygiene::is_about_credentials;

/// The most repositories that are listed as the worst.
const LISTED: usize = 5;

/// Up to this many repositories are seen at a glance, without a list of the worst.
const AT_A_GLANCE: usize = 8;

/// How much a repository needs a person; of two, the greater is worse. Its fields are compared in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Whether something is left when a machine has made its safe repairs. What a campaign repairs unattended is not bad,
    /// whatever its verdict.
    needs_person: bool,
    /// Whether a credential is in it: nothing is more urgent than revoking that.
    has_credential: bool,
    /// The verdict.
    pub verdict: RepositoryVerdict,
    /// Number of open findings without a known repair.
    pub by_hand: usize,
    /// Number of open findings that could not be decided.
    pub undecided: usize,
    /// Number of open findings whose repair has to be reviewed.
    pub after_review: usize,
    /// Number of open findings.
    open: usize,
}

/// A repository that needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worst<'a> {
    /// Its name.
    pub name: &'a str,
    /// How much it needs one.
    pub need: Need,
}

impl Need {
    /// How much a repository needs a person; `None` if nothing is known of it, since it could not be read.
    #[must_use]
    pub fn of(repository: &RepositoryReport) -> Option<Self> {
        if repository.error.is_some() {
            return None;
        }
        let replaced = Replaced::of(repository);
        let open = repository.findings.iter().filter(|finding| finding.waived.is_none());
        let has_credential = open.clone().any(|finding| is_about_credentials(finding.rule));
        let menders: Vec<Mender> = open.map(|finding| Mender::among(finding, &replaced)).collect();
        let count = |mender| menders.iter().filter(|it| **it == mender).count();
        let [by_hand, undecided, after_review] =
            [Mender::Person, Mender::Nobody, Mender::MachineAndLook].map(count);
        Some(Self {
            needs_person: by_hand + undecided + after_review > 0,
            has_credential,
            verdict: repository.verdict,
            by_hand,
            undecided,
            after_review,
            open: menders.len(),
        })
    }

    /// What is left for a person in words: `6 by hand, 1 after a review`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let parts = [
            (self.by_hand, Mender::Person),
            (self.undecided, Mender::Nobody),
            (self.after_review, Mender::MachineAndLook),
        ];
        let some = parts.into_iter().filter(|(count, _)| *count > 0);
        some.map(|(count, mender)| format!("{count} {}", mender.beside_others()))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The repository that most needs attention, the first of equals by name; `None` if there is no open finding. What could
/// not be read is skipped.
#[must_use]
pub fn worst_of(repositories: &[RepositoryReport]) -> Option<&RepositoryReport> {
    let known = repositories.iter().filter_map(|it| Some((Need::of(it)?, it)));
    let with_findings = known.filter(|(need, _)| need.open > 0);
    let (_, worst) = with_findings.max_by_key(|(need, it)| (*need, Reverse(&it.name)))?;
    Some(worst)
}

/// The repositories that most need a person, worst first.
#[must_use]
pub fn most_in_need(repositories: &[RepositoryReport]) -> Vec<Worst<'_>> {
    let known =
        repositories.iter().filter_map(|it| Some(Worst { name: &it.name, need: Need::of(it)? }));
    let is_bad =
        |it: &Worst<'_>| it.need.needs_person && it.need.verdict != RepositoryVerdict::Conformant;
    let mut worst: Vec<Worst<'_>> = known.filter(is_bad).collect();
    worst.sort_by_key(|it| (Reverse(it.need), it.name));
    worst.truncate(LISTED);
    worst
}

/// The same for readers: none where all repositories are seen at a glance.
#[must_use]
pub fn listed(repositories: &[RepositoryReport]) -> Vec<Worst<'_>> {
    match repositories.len() > AT_A_GLANCE {
        true => most_in_need(repositories),
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Finding, Safety, Severity, path_rules};
    use crate::report::sample;

    fn with(name: &str, verdict: RepositoryVerdict, menders: &[Mender]) -> RepositoryReport {
        let mut repository = sample::large(1).repositories.remove(0);
        let found = |mender: &Mender| {
            let finding = Finding::new(&path_rules::PATH_MISSING, "x").severity(Severity::Warning);
            let fix = |safety| crate::checks::Fix {
                title: "add it".to_owned(),
                safety,
                edits: Vec::new(),
            };
            match mender {
                Mender::Machine => Finding { fix: Some(fix(Safety::Safe)), ..finding },
                Mender::MachineAndLook => Finding { fix: Some(fix(Safety::Unsafe)), ..finding },
                Mender::Nobody => Finding { unchecked: true, ..finding },
                Mender::Person | Mender::Archived => finding,
            }
        };
        repository.findings = menders.iter().map(found).collect();
        RepositoryReport {
            name: name.to_owned(),
            verdict,
            error: None,
            is_archived: menders.contains(&Mender::Archived),
            ..repository
        }
    }

    #[test]
    fn the_worst_is_what_a_person_has_most_to_do_in() {
        use Mender::{Archived, Machine, MachineAndLook, Nobody, Person};
        use RepositoryVerdict::{Broken, Conformant, Drifted, Unchecked};
        let mut all = vec![
            with("a-automatic", Broken, &[Machine, Machine, Machine]),
            with("b-archived", Broken, &[Archived, Archived]),
            with("c-drifted", Drifted, &[Person, Person, Person]),
            with("d-broken", Broken, &[Person, MachineAndLook]),
            with("e-broken", Broken, &[Person, Person, Machine]),
            with("f-same", Broken, &[Person, Person, Machine]),
            with("g-remark", Conformant, &[Person]),
            with("h-unchecked", Unchecked, &[Nobody]),
        ];
        let worst: Vec<(&str, String)> =
            most_in_need(&all).iter().map(|it| (it.name, it.need.in_words())).collect();
        let wanted = [
            ("e-broken", "2 by hand"),
            ("f-same", "2 by hand"),
            ("d-broken", "1 by hand, 1 after a review"),
            ("h-unchecked", "1 not known"),
            ("c-drifted", "3 by hand"),
        ];
        assert_eq!(worst, wanted.map(|(name, left)| (name, left.to_owned())));
        assert!(listed(&all).is_empty(), "eight are seen at a glance");
        assert_eq!(worst_of(&all).map(|it| it.name.as_str()), Some("e-broken"));
        let mut leaking = with("z-leaking", Drifted, &[Person]);
        let found = Finding::new(&crate::checks::hygiene::secret::RULE, "a key")
            .severity(Severity::Warning);
        leaking.findings = vec![found];
        all.push(leaking);
        assert_eq!(worst_of(&all).map(|it| it.name.as_str()), Some("z-leaking"));
        all.pop();
        all.push(with("i-fine", Conformant, &[]));
        assert_eq!(listed(&all).len(), 5);
        all.drain(2..);
        assert_eq!(worst_of(&all).map(|it| it.name.as_str()), Some("a-automatic"));
        assert!(worst_of(&all[2..]).is_none());
    }
}
