//! SHP207: a default is among the values that are offered.

use crate::checks::document::{self, Sheet};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::document::{Key, Membership};
use crate::source::typed::nearest;
use crate::source::yaml::{Node, Path};
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP207",
    id: "document-default",
    severity: Severity::Warning,
    summary: "A default is one of the values that the document offers, each of them once.",
    protects: "users, who start with a value that they cannot select again, and whose requirements are not known.",
    details: "The shape's `models` pair the path of a default with the path of a list. Nothing is said while the list \
              is absent or empty. A list in a place that no program reads (`moved_to`) counts as if it had been \
              moved, so moving it adds no findings. Where the shape says what an entry `needs`, what the default's \
              own entry lists there must be named where the program looks before it starts: otherwise it waits for \
              the key of a model that is no longer the default. A value that is offered twice is reported at its \
              second place: readers differ in which of the two entries they use.",
    fails: ("yaml", "runtime_config:\n  model: gpt-5\n  models:\n    - id: gpt-5.5"),
    passes: ("yaml", "runtime_config:\n  model: gpt-5.5\n  models:\n    - id: gpt-5.5"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentDefault;

impl Check for DocumentDefault {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            let pairs = sheet.demand.models.iter();
            for pair in pairs {
                findings.extend(outside(sheet, pair).or_else(|| unmet(sheet, pair)));
            }
            let lists: BTreeSet<&str> =
                sheet.demand.models.iter().map(|pair| pair.list.as_str()).collect();
            for list in lists {
                repeated(sheet, list, findings);
            }
        });
    }
}

fn outside(sheet: &Sheet<'_>, pair: &Membership) -> Option<Finding> {
    let path: Path = pair.default.parse().ok()?;
    let default = sheet.document.at(&path)?;
    let value = default.as_str().filter(|value| !value.is_empty())?;
    let offered = offered(sheet, &pair.list)?;
    let values: Vec<&str> = offered.iter().filter_map(|node| node.as_str()).collect();
    if values.is_empty() || values.contains(&value) {
        return None;
    }
    let message = format!("`{}` is `{}`, which is not in its own list", pair.default, shown(value));
    let mut finding = Finding::new(&RULE, message);
    finding.location = Some(sheet.location(default.span()));
    // A list often includes the provider as a prefix: `google:gemini-2.5-pro`.
    let ends_so = values.iter().copied().find(|one| one.ends_with(value) || value.ends_with(one));
    finding.help = Some(match ends_so.or_else(|| nearest(value, values.iter().copied())) {
        Some(near) => format!("did you mean `{}`?", shown(near)),
        None => "use one from the list, or add it there".to_owned(),
    });
    let first = offered.first().map(|node| (sheet.location(node.span()), "the list".to_owned()));
    finding.related.extend(first);
    Some(finding)
}

/// Reports something that the default's entry needs but the document does not name.
fn unmet(sheet: &Sheet<'_>, pair: &Membership) -> Option<Finding> {
    let needs = pair.needs.as_ref()?;
    let root = sheet.document.root();
    let default = sheet.document.at(&pair.default.parse().ok()?)?;
    let value = default.as_str().filter(|value| !value.is_empty())?;
    let (entries, key) = pair.list.rsplit_once('.')?;
    let entries = root.all(&entries.parse().ok()?);
    let entry = entries.iter().find(|it| it.get(key).and_then(Node::as_str) == Some(value))?;
    let named = sheet.document.at(&needs.named_in.parse().ok()?);
    let named: Vec<&str> =
        named.iter().flat_map(|list| list.items()).filter_map(Node::as_str).collect();
    let needed = entry.get(&needs.key)?;
    let missing =
        needed.items().find(|it| it.as_str().is_some_and(|name| !named.contains(&name)))?;
    let name = shown(missing.as_str()?);
    let message =
        format!("`{}` needs `{name}`, which `{}` does not list", shown(value), needs.named_in);
    let mut finding = Finding::new(&RULE, message);
    finding.location = Some(sheet.location(default.span()));
    finding.help =
        Some(format!("list it in `{}`, in place of what only another model needs", needs.named_in));
    finding.related.push((sheet.location(missing.span()), "its entry".to_owned()));
    Some(finding)
}

/// Reports values that a list offers more than once.
fn repeated(sheet: &Sheet<'_>, list: &str, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, Node<'_>> = BTreeMap::new();
    for node in offered(sheet, list).unwrap_or_default() {
        let Some(value) = node.as_str() else { continue };
        let Some(earlier) = first.get(value) else {
            first.insert(value, node);
            continue;
        };
        let mut finding = Finding::new(&RULE, format!("`{}` is offered twice", shown(value)));
        finding.location = Some(sheet.location(node.span()));
        finding.help = Some("keep one, with what it needs".to_owned());
        finding
            .related
            .push((sheet.location(earlier.span()), "the first entry is here".to_owned()));
        findings.push(finding);
    }
}

/// The items of a list, in its place or in a former place that is no longer read.
fn offered<'d>(sheet: &Sheet<'d>, list: &str) -> Option<Vec<Node<'d>>> {
    let at = |path: &str| {
        let found = sheet.document.root().all(&path.parse().ok()?);
        (!found.is_empty()).then_some(found)
    };
    at(list).or_else(|| {
        let (from, to) = former_place(&sheet.demand.keys, list)?;
        at(&format!("{from}{}", list.strip_prefix(to)?))
    })
}

/// A path whose content has moved to a prefix of `list`, with that prefix.
fn former_place<'k>(keys: &'k BTreeMap<String, Key>, list: &str) -> Option<(String, &'k str)> {
    let mut waiting: Vec<(String, &Key)> =
        keys.iter().map(|(name, key)| (name.clone(), key)).collect();
    while let Some((path, key)) = waiting.pop() {
        let begins = |to: &&str| {
            list.strip_prefix(to)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if let Some(to) = key.moved_to.as_deref().filter(begins) {
            return Some((path, to));
        }
        waiting.extend(key.keys.iter().map(|(name, key)| (format!("{path}.{name}"), key)));
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn config(rest: &str) -> Case {
        Case::conformant().file(
            "config.yaml",
            format!("name: A\nruntime: acme-agent\ntemplate_schema_version: 1\n{rest}"),
        )
    }

    #[test]
    fn a_default_that_is_not_offered() {
        let case =
            config("model: n\nruntime_config:\n  model: m\n  models: [{id: x:m}, {id: n}]\n");
        insta::assert_snapshot!(
            case.said("document-default"),
            @"config.yaml:6:10: `runtime_config.model` is `m`, which is not in its own list"
        );
        let finding = case.findings("document-default").remove(0);
        assert_eq!(finding.help.as_deref(), Some("did you mean `x:m`?"));
        assert_eq!(finding.related.len(), 1);
    }

    #[test]
    fn a_list_where_nobody_reads_it_counts() {
        let case = config("model: m\nmodels: [{id: n}]\n");
        insta::assert_snapshot!(
            case.said("document-default"),
            @"config.yaml:4:8: `model` is `m`, which is not in its own list"
        );
    }

    #[test]
    fn what_the_default_needs_is_asked_for() {
        let models =
            "  models: [{id: a:m, required_env: [A_KEY]}, {id: b:m, required_env: [B_KEY]}]\n";
        let of = |model: &str, named: &str| {
            config(&format!("runtime_config:\n  model: {model}\n  required_env: {named}\n{models}"))
                .said("document-default")
        };
        insta::assert_snapshot!(
            of("b:m", "[A_KEY]"),
            @"config.yaml:5:10: `b:m` needs `B_KEY`, which `runtime_config.required_env` does not list"
        );
        // What is asked for beside it is the adapter's own.
        assert_eq!(of("b:m", "[A_KEY, B_KEY]"), "");
        assert_eq!(of("a:m", "[A_KEY]"), "");
    }

    #[test]
    fn what_is_offered_twice_is_told_once_for_all_defaults() {
        let models = "  models: [{id: m}, {id: n}, {id: m, required_env: [OTHER_KEY]}]\n";
        let case = config(&format!("model: m\nruntime_config:\n  model: m\n{models}"));
        insta::assert_snapshot!(
            case.said("document-default"),
            @"config.yaml:7:35: `m` is offered twice"
        );
    }

    #[test]
    fn nothing_is_said_without_a_list_or_a_default() {
        assert_eq!(Case::conformant().said("document-default"), "");
        for fine in [
            "model: m\n",
            "model: m\nruntime_config: {models: []}\n",
            "runtime_config: {models: [{id: m}]}\n",
            "model: ''\nruntime_config: {models: [{id: m}]}\n",
            "model: m\nruntime_config: {models: [{name: m}]}\n",
            "model: m\nruntime_config: {models: [{id: m}]}\n",
        ] {
            assert_eq!(config(fine).said("document-default"), "", "{fine}");
        }
    }
}
