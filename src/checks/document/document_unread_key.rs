//! SHP203: no key is in a place where nothing reads it.

use crate::change::FileEdit;
use crate::checks::document::{self, Sheet, Site, listed};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::document::Key;
use crate::shape::migration::{self, Outcome, Step};
use crate::source::yaml::{self, Path, same_value};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP203",
    id: "document-unread-key",
    severity: Severity::Warning,
    summary: "Every key is where its readers look.",
    protects: "authors, who change a value and see nothing happen.",
    details: "The shape says of each key which programs read it; `read_by: []` means no program, and `moved_to` is \
              where its readers look instead. The fix moves the entry there with its comments; where the same value \
              is there already it removes the old one. Where another value is there, a person has to decide, and \
              there is no fix. Keys of one document are moved together. A map that a move leaves empty goes too.",
    fails: ("yaml", "runtime_config:\n  model: sonnet\nmodels:\n  - id: sonnet"),
    passes: ("yaml", "runtime_config:\n  model: sonnet\n  models:\n    - id: sonnet"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentUnreadKey;

impl Check for DocumentUnreadKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            let unread = |site: &&Site<'_>| {
                let nobody = site.demand.read_by.as_ref().is_some_and(Vec::is_empty);
                nobody && !site.below_unread && site.key.is_some()
            };
            let mut sites: Vec<&Site<'_>> = sheet.sites.iter().filter(unread).collect();
            // Keys are moved in the order of the text, so that their order is kept.
            sites.sort_by_key(|site| site.value.span());
            let steps: Vec<Option<Step>> = sites.iter().map(|site| step(site)).collect();
            let wanted: Vec<Step> = steps.iter().flatten().cloned().collect();
            if sites.is_empty() {
                return;
            }
            let (edits, outcomes) = migration::make(sheet.document, &wanted);
            let path = sheet.demand.path.as_str();
            let title = if wanted.len() > 1 {
                "move the keys that no program reads"
            } else {
                "move the key"
            };
            let fix = Fix::safe(
                format!("{title} to where their readers look"),
                vec![FileEdit::text(path, edits)],
            );
            let mut outcomes = outcomes.into_iter();
            for (site, step) in sites.into_iter().zip(steps) {
                let made = step.and_then(|_| outcomes.next()) == Some(Outcome::Made);
                let finding = unread_key(sheet, site);
                findings.push(if made { finding.fix(fix.clone()) } else { finding });
            }
        });
    }
}

/// The move that would fix a site. Only values that are reached through keys alone can be moved.
fn step(site: &Site<'_>) -> Option<Step> {
    let from = site.value.path();
    let keys_only = from.steps().iter().all(|step| matches!(step, yaml::Step::Key(_)));
    let to = site.demand.moved_to.clone().filter(|_| keys_only)?;
    Some(Step::Move { from: from.to_string(), to })
}

fn unread_key(sheet: &Sheet<'_>, site: &Site<'_>) -> Finding {
    let name = site.name();
    let nobody = format!("`{name}` is not read by any program");
    let place = site.key.map_or_else(|| site.value.span(), |key| key.span());
    let located = |message: String| {
        let mut finding = Finding::new(&RULE, message);
        finding.location = Some(sheet.location(place));
        finding
    };
    let Some((moved_to, target)) =
        site.demand.moved_to.as_ref().and_then(|to| Some((to, to.parse::<Path>().ok()?)))
    else {
        return located(nobody).help("remove it");
    };
    let readers = demand_at(sheet, &target).and_then(|key| key.read_by.as_ref());
    let readers = readers.filter(|readers| !readers.is_empty());
    let message = match readers.map(|readers| (listed(readers, "and"), readers.len())) {
        Some((readers, 1)) => format!("{nobody}; {readers} reads `{moved_to}`"),
        Some((readers, _)) => format!("{nobody}; {readers} read `{moved_to}`"),
        None => format!("{nobody}; its place is `{moved_to}`"),
    };
    match sheet.document.at(&target) {
        None => located(message).help(format!("move it to `{moved_to}`")),
        Some(there) if same_value(there, site.value) => located(message)
            .help("remove it: the same value is already there")
            .related(sheet.location(there.span()), "what is read"),
        Some(there) => located(format!("{message}, which has another value"))
            .help("decide which of the two values is right, and remove this one")
            .related(sheet.location(there.span()), "what is read"),
    }
}

/// The demand that applies to a path of keys.
fn demand_at<'d>(sheet: &Sheet<'d>, path: &Path) -> Option<&'d Key> {
    let mut keys = &sheet.demand.keys;
    let mut found = None;
    for step in path.steps() {
        let yaml::Step::Key(name) = step else { return None };
        let key = keys.get(name)?;
        keys = &key.keys;
        found = Some(key);
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const CONFIG: &str =
        "name: A\nruntime: acme-agent\nmodel: m # default\ntemplate_schema_version: 1\n";

    fn config(rest: &str) -> Case {
        Case::conformant().file("config.yaml", format!("{CONFIG}{rest}"))
    }

    #[test]
    fn keys_that_nobody_reads_move_together_with_their_comments() {
        let case = config(
            "# needs\nenv:\n  # the key\n  required:\n  - KEY # k\n# offered\nmodels:\n- id: m # first\n",
        );
        insta::assert_snapshot!(case.said("document-unread-key"), @"
        config.yaml:8:3: `env.required` is not read by any program; `runtime`, `platform` and `canvas` read `runtime_config.required_env`
        config.yaml:11:1: `models` is not read by any program; `platform` reads `runtime_config.models`
        ");
        insta::assert_snapshot!(case.fixed("document-unread-key", "config.yaml"), @"
        name: A
        runtime: acme-agent
        model: m # default
        template_schema_version: 1
        runtime_config:
          # the key
          required_env:
          - KEY # k
          # offered
          models:
          - id: m # first
        ");
    }

    #[test]
    fn the_target_decides() {
        let same = config("runtime_config:\n  models:\n    - { id: m }\nmodels: [{id: m}]\n");
        assert_eq!(
            same.fixed("document-unread-key", "config.yaml"),
            format!("{CONFIG}runtime_config:\n  models:\n    - {{ id: m }}\n")
        );
        let other = config("runtime_config:\n  models: [{id: n}]\nmodels: [{id: m}]\n");
        insta::assert_snapshot!(
            other.said("document-unread-key"),
            @"config.yaml:7:1: `models` is not read by any program; `platform` reads `runtime_config.models`, which \
              has another value"
        );
        let finding = other.findings("document-unread-key").remove(0);
        assert!(finding.fix.is_none());
        assert_eq!(finding.related.len(), 1);
    }

    #[test]
    fn keys_that_are_read_are_left_alone() {
        assert_eq!(Case::conformant().said("document-unread-key"), "");
        assert_eq!(config("env: { other: 1 }\nbridge: { x: 1 }\n").said("document-unread-key"), "");
    }

    #[test]
    fn what_lies_behind_an_alias_is_reported_and_not_moved() {
        let case = config("env: &e\n  required: [KEY]\nbridge: *e\n");
        assert_eq!(case.findings("document-unread-key").len(), 1);
        let case = config(
            "runtime_config: &r { timeout: 0 }\nbridge: *r\nmodels: &m [{id: m}]\na2a: *m\n",
        );
        assert!(case.findings("document-unread-key")[0].message.contains("`models`"));
    }
}
