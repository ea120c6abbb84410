//! SHP201: the keys of a document have values that its readers accept.

use crate::change::FileEdit;
use crate::checks::document::ahead::Ahead;
use crate::checks::document::{self, Missing, Sheet, Site, listed, type_name};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Fix, Location, Repository, Rule, Severity};
use crate::shape::demands::document::{Demand, Key, Type};
use crate::source::typed::nearest;
use crate::source::yaml::{Node, Style, Value, edit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP201",
    id: "document-key",
    severity: Severity::Error,
    summary: "Required keys are there, and every key has a value that its readers take.",
    protects: "the program that loads the document, which stops at a list where it expects a string.",
    details: "The shape's `documents` say of each key which types it may have, whether it is required, which values \
              are allowed (`one_of`) and between which bounds a number must be. Values are read in the document's \
              dialect; aliases and merge keys are followed. An integer is neither `true` nor `\"1\"`; a key without a \
              value is null. An optional string key that is null is a warning, because most readers treat null as \
              absent. Nothing is judged below a key that no program reads. A plain word that only lacks its quotes is \
              `document-scalar-trap`'s, the version of the document `document-version`'s. A number or a truth value \
              in quotes can be fixed.",
    fails: ("yaml", "runtime: [billing]\nruntime_config:\ntier: \"2\""),
    passes: ("yaml", "runtime: billing\nruntime_config:\n  timeout: 0\ntier: 2"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentKey;

impl Check for DocumentKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            let root = sheet.document.root();
            let nothing_wanted = root.is_null() && sheet.missing.is_empty();
            if !root.is_mapping() && !nothing_wanted {
                let what = if root.is_null() { "is empty" } else { "is not a mapping" };
                let message = format!("the document {what}, so that none of its keys can be read");
                let finding = Finding::new(&RULE, message).in_file(sheet.demand.path.as_str());
                findings.push(finding.help(begun(sheet.demand)));
                return;
            }
            let version = sheet.demand.version.as_ref().map(|version| version.key.as_str());
            let missing = sheet.missing.iter();
            let missing =
                missing.filter(|missing| missing.parent != root || version != Some(missing.name));
            let ahead = Ahead::of(sheet).filter(|_| !sheet.missing.is_empty());
            findings.extend(missing.map(|missing| {
                let finding = absent(sheet, missing);
                match ahead.as_ref().filter(|ahead| ahead.adds(missing.name)) {
                    Some(ahead) => ahead.repairs(finding),
                    None => finding,
                }
            }));
            let sites = sheet.sites.iter().filter(|site| {
                !site.below_unread && !sheet.is_version(site) && site.trap().is_none()
            });
            findings.extend(sites.filter_map(|site| unfit(sheet, site)));
        });
    }
}

/// What to write in a document that has no keys at all.
fn begun(demand: &Demand) -> String {
    let required = demand.keys.iter().filter(|(_, key)| key.required);
    let required: Vec<String> = required.map(|(name, _)| name.clone()).collect();
    let lines = "write it as lines `key: value`";
    match required.as_slice() {
        [] => lines.to_owned(),
        [one] => format!("{lines}; `{one}` is required"),
        several => format!("{lines}; {} are required", listed(several, "and")),
    }
}

fn absent(sheet: &Sheet<'_>, missing: &Missing<'_>) -> Finding {
    let path = missing.parent.path().key(missing.name);
    let mut finding = Finding::new(&RULE, format!("`{path}` is missing"));
    finding.location = Some(if missing.parent == sheet.document.root() {
        Location::file(sheet.demand.path.as_str())
    } else {
        sheet.location(missing.parent.span())
    });
    if let Some(near) = misspelled(sheet, missing) {
        return finding.help(format!("is `{}` meant to be this key? Rename it", shown(near)));
    }
    let value = wanted_value(missing.demand);
    let readers = readers(missing.demand).map(|readers| format!(", read by {readers}"));
    finding.help(format!("add it: {value}{}", readers.unwrap_or_default()))
}

/// An unknown key next to the missing one, with a similar name.
fn misspelled<'d>(sheet: &Sheet<'d>, missing: &Missing<'d>) -> Option<&'d str> {
    let known = if missing.parent == sheet.document.root() {
        &sheet.demand.keys
    } else {
        &sheet.sites.iter().find(|site| site.value == missing.parent)?.demand.keys
    };
    let keys = missing.parent.entries().filter_map(|entry| entry.key.scalar_text());
    nearest(missing.name, keys.filter(|key| !known.contains_key(*key)))
}

fn readers(demand: &Key) -> Option<String> {
    demand.read_by.as_ref().filter(|readers| !readers.is_empty()).map(|readers| {
        let plural = if readers.len() > 1 { "each of " } else { "" };
        format!("{plural}{}", listed(readers, "and"))
    })
}

fn wanted(demand: &Key) -> String {
    let names: Vec<&str> =
        demand.types.as_slice().iter().map(|wanted| type_name(*wanted)).collect();
    if names.is_empty() { "any value".to_owned() } else { names.join(" or ") }
}

/// What the value of a key may be: its type, the allowed values, the bounds.
fn wanted_value(demand: &Key) -> String {
    let allowed = demand.allowed();
    let bounds = match (demand.minimum, demand.maximum) {
        (None, None) if !allowed.is_empty() => return listed(allowed, "or"),
        (None, None) => return wanted(demand),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (Some(least), Some(most)) => format!("from {least} to {most}"),
    };
    let others = match allowed {
        [] => String::new(),
        // Values that are allowed outside the bounds.
        allowed => format!(", or {}", listed(allowed, "or")),
    };
    format!("{}, {bounds}{others}", wanted(demand))
}

fn unfit(sheet: &Sheet<'_>, site: &Site<'_>) -> Option<Finding> {
    if !site.has_wanted_type() {
        return Some(of_wrong_type(sheet, site));
    }
    let text = site.value.scalar_text()?;
    let demand = site.demand;
    let allowed = demand.allowed();
    let listed_value = allowed.iter().any(|one| one == text);
    let bounded = demand.minimum.is_some() || demand.maximum.is_some();
    if listed_value || (allowed.is_empty() && !bounded) {
        return None;
    }
    let name = site.name();
    let message = match number(site.value).filter(|_| bounded) {
        Some(number) if demand.minimum.is_some_and(|least| number < least) => {
            format!("`{name}` is {}, but must not be below {}", shown(text), bound(demand.minimum))
        }
        Some(number) if demand.maximum.is_some_and(|most| number > most) => {
            format!("`{name}` is {}, but must not be above {}", shown(text), bound(demand.maximum))
        }
        Some(_) => return None,
        None if allowed.is_empty() => return None,
        None => {
            let known = listed(allowed, "or");
            format!("`{name}` is `{}`, but must be {known}", shown(text))
        }
    };
    let mut finding = Finding::new(&RULE, message);
    finding.location = Some(sheet.location(site.value.span()));
    // A number with similar digits is unlikely to be the one that was meant, be it written as a text.
    let is_number = number(site.value).is_some() || !text.contains(char::is_alphabetic);
    let near = nearest(text, allowed.iter().map(String::as_str)).filter(|_| !is_number);
    if let Some(near) = near {
        finding = finding.help(format!("did you mean `{}`?", shown(near)));
    } else if bounded && !allowed.is_empty() {
        finding = finding.help(format!("{} is allowed as well", listed(allowed, "or")));
    }
    Some(finding)
}

fn bound(bound: Option<f64>) -> String {
    bound.map_or_else(String::new, |bound| bound.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "bounds are small numbers")]
fn number(value: Node<'_>) -> Option<f64> {
    match value.value()? {
        Value::Int(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        Value::BigInt(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}

fn of_wrong_type(sheet: &Sheet<'_>, site: &Site<'_>) -> Finding {
    let (value, demand) = (site.value, site.demand);
    let message =
        format!("`{}` is {}, but must be {}", site.name(), value.type_name(), wanted(demand));
    let mut finding = Finding::new(&RULE, message);
    let place = match site.key {
        Some(key) if value.span().is_empty() => key.span(),
        _ => value.span(),
    };
    finding.location = Some(sheet.location(place));
    if value.is_null() {
        let only_text = demand.types.as_slice().iter().all(|wanted| *wanted == Type::String);
        if only_text && !demand.required && site.key.is_some() {
            finding = finding.severity(Severity::Warning);
        }
        return finding.help("give it a value, or remove the key");
    }
    match without_quotes(sheet, site) {
        Some(fix) => finding.help("remove the quotes").fix(fix),
        None => finding.help(format!("write {}", wanted_value(demand))),
    }
}

/// The fix that turns a quoted number or boolean into a plain one.
fn without_quotes(sheet: &Sheet<'_>, site: &Site<'_>) -> Option<Fix> {
    let node = site.value;
    if !matches!(node.style(), Some(Style::SingleQuoted | Style::DoubleQuoted)) {
        return None;
    }
    let text = node.as_str()?;
    let wanted = |one: Type| site.demand.types.as_slice().contains(&one);
    let value = match text {
        "true" if wanted(Type::Bool) => Value::Bool(true),
        "false" if wanted(Type::Bool) => Value::Bool(false),
        _ if wanted(Type::Int) || wanted(Type::Number) => {
            let number: i64 = text.parse().ok()?;
            // `007` and `+7` may be intended as they are.
            (number.to_string() == text).then_some(Value::Int(number))?
        }
        _ => return None,
    };
    let edits = sheet.propose(|| edit::set_scalar(sheet.document, &node.path(), value))?;
    let edits = vec![FileEdit::text(sheet.demand.path.as_str(), edits)];
    Some(Fix::safe(format!("remove the quotes from `{}`", site.name()), edits))
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn config(from: &str, to: &str) -> Case {
        Case::conformant().replace("config.yaml", from, to)
    }

    #[test]
    fn the_shape_itself_is_silent() {
        assert_eq!(Case::conformant().said("document-key"), "");
    }

    #[test]
    fn a_list_where_a_string_is_wanted_is_a_finding_and_no_crash() {
        insta::assert_snapshot!(
            config("runtime: acme-agent", "runtime: [x]").said("document-key"),
            @"config.yaml:12:10: `runtime` is a list, but must be a string"
        );
    }

    #[test]
    fn null_and_scalar_where_a_mapping_is_wanted() {
        let case = Case::conformant().file(
            "config.yaml",
            "name: a\nruntime: b\ntemplate_schema_version: 1\nruntime_config:\na2a: 8000\nskills: ~\nrole:\n",
        );
        insta::assert_snapshot!(case.said("document-key"), @"
        config.yaml:4:1: `runtime_config` is null, but must be a mapping
        config.yaml:5:6: `a2a` is an integer, but must be a mapping
        config.yaml:6:9: `skills` is null, but must be a list
        config.yaml:7:1: `role` is null, but must be a string
        ");
        let severities: Vec<_> =
            case.findings("document-key").iter().map(|finding| finding.severity).collect();
        use crate::checks::Severity::{Error, Warning};
        assert_eq!(severities, [Error, Error, Error, Warning]);
    }

    #[test]
    fn the_help_for_a_missing_key_names_its_values() {
        use super::{Key, Type, wanted_value};
        use crate::shape::demands::document::OneOrMany;
        let tier = Key {
            types: OneOrMany::One(Type::String),
            one_of: Some(vec!["gold".to_owned(), "silver".to_owned()]),
            ..Key::default()
        };
        assert_eq!(wanted_value(&tier), "`gold` or `silver`");
        let port = Key {
            types: OneOrMany::One(Type::Int),
            one_of: Some(vec!["0".to_owned()]),
            minimum: Some(20000.0),
            ..Key::default()
        };
        assert_eq!(wanted_value(&port), "an integer, at least 20000, or `0`");
        assert_eq!(wanted_value(&Key::default()), "any value");
    }

    #[test]
    fn numbers_in_quotes_are_unquoted() {
        let case = config("tier: 2", "tier: '2'").replace(
            "config.yaml",
            "escalate: true",
            "escalate: \"true\"",
        );
        let fixed = case.fixed("document-key", "config.yaml");
        assert!(fixed.contains("\ntier: 2\n") && fixed.contains("escalate: true\n"), "{fixed}");
        insta::assert_snapshot!(
            config("tier: 2", "tier: T2").said("document-key"),
            @"config.yaml:9:7: `tier` is a string, but must be an integer"
        );
        assert!(config("tier: 2", "tier: '007'").findings("document-key")[0].fix.is_none());
        let help = |from: &str, to: &str| config(from, to).findings("document-key").remove(0).help;
        let tier = help("tier: 2", "tier: T2");
        assert_eq!(tier.as_deref(), Some("write an integer, at least 1"));
        let name = help("runtime: acme-agent", "runtime: [x]");
        assert_eq!(name.as_deref(), Some("write a string"));
    }

    #[test]
    fn truth_values_and_floats_are_no_integers() {
        for wrong in ["true", "1.5", "yes", "2024-01-02"] {
            let case = config("tier: 2", &format!("tier: {wrong}"));
            assert_eq!(case.findings("document-key").len(), 1, "{wrong}");
        }
        assert_eq!(config("retry_delay: 5", "retry_delay: 0.5").said("document-key"), "");
    }

    #[test]
    fn bounds_and_what_is_allowed_beside_them() {
        let budget = |value: &str| {
            config("tier: 2", &format!("tier: 2\ntask_budget: {value}")).said("document-key")
        };
        insta::assert_snapshot!(budget("100"), @"config.yaml:10:14: `task_budget` is 100, but must not be below 20000");
        assert_eq!(budget("0"), "");
        assert_eq!(budget("20000"), "");
        insta::assert_snapshot!(
            config("port: 8000", "port: 99999").said("document-key"),
            @"config.yaml:35:9: `a2a.port` is 99999, but must not be above 65535"
        );
    }

    #[test]
    fn values_outside_the_list_are_told_the_nearest() {
        let case = config("tier: 2", "tier: 2\neffort: hihg");
        insta::assert_snapshot!(
            case.said("document-key"),
            @r#"config.yaml:10:9: `effort` is `hihg`, but must be `""`, `low`, `medium`, `high`, `xhigh` or `max`"#
        );
        assert_eq!(case.findings("document-key")[0].help.as_deref(), Some("did you mean `high`?"));
        assert_eq!(
            config("tier: 2", "tier: 2\nsecurity_scan: {mode: block}").said("document-key"),
            ""
        );
        assert_eq!(
            config("tier: 2", "tier: 2\nsecurity_scan: blok").findings("document-key").len(),
            1
        );
    }

    #[test]
    fn a_number_written_as_a_text_is_not_meant_to_be_another_one() {
        let shape = "demands:\n  documents:\n    - { path: c.yaml, keys: { edition: { one_of: ['2018', '2024'] } } }\n";
        let case = Case::with_shape(shape).file("c.yaml", "edition: '2021'\n");
        let [finding] = &case.findings("document-key")[..] else { panic!("one finding") };
        assert_eq!(finding.help, None);
    }

    #[test]
    fn the_help_for_a_document_without_keys_names_those_that_are_required() {
        let help = |keys: &str, text: &str| {
            let shape = format!("demands:\n  documents:\n    - {{ path: c.yaml, keys: {keys} }}\n");
            let found = Case::with_shape(&shape).file("c.yaml", text).findings("document-key");
            found[0].help.clone().unwrap_or_default()
        };
        let (one, two) = (
            "{ a: { required: true }, c: {} }",
            "{ a: { required: true }, b: { required: true } }",
        );
        let lines = "write it as lines `key: value`";
        assert_eq!(help(one, ""), format!("{lines}; `a` is required"));
        assert_eq!(help(two, "- x\n"), format!("{lines}; `a` and `b` are required"));
        assert_eq!(help("{ c: {} }", "- x\n"), lines);
    }

    #[test]
    fn required_keys_are_asked_for_where_they_belong() {
        let case = Case::conformant().file(
            "config.yaml",
            "runtime: b\nruntime_config:\n  models:\n    - name: x\n    - *m\n"
                .replace("    - *m\n", ""),
        );
        insta::assert_snapshot!(case.said("document-key"), @"
        config.yaml: `name` is missing
        config.yaml:4:7: `runtime_config.models[0].id` is missing
        ");
    }

    #[test]
    fn no_mapping_at_all() {
        for text in ["", "# nothing\n", "[a]\n", "text\n"] {
            let case = Case::conformant().file("config.yaml", text);
            assert_eq!(case.findings("document-key").len(), 1, "{text:?}");
        }
    }

    #[test]
    fn aliases_and_merge_keys_are_followed_and_end() {
        let shape = "demands:\n  documents:\n    - path: a.yaml\n      dialect: yaml-1.1\n      keys:\n        \
                     base: { type: map, keys: { n: { type: int, required: true } } }\n        \
                     more: { type: map, keys: { n: { type: int, required: true } } }\n        \
                     list: { type: list, items: { type: map, keys: { n: { type: int } } } }\n";
        let case = |yaml: &str| Case::with_shape(shape).file("a.yaml", yaml);
        assert_eq!(case("base: &b { n: 1 }\nmore: { <<: *b }\n").said("document-key"), "");
        assert_eq!(case("base: &b { n: 1 }\nmore: *b\n").said("document-key"), "");
        insta::assert_snapshot!(
            case("base: &b { n: x }\nmore: { <<: [*b] }\n").said("document-key"),
            @"
        a.yaml:1:15: `base.n` is a string, but must be an integer
        a.yaml:1:15: `base.n` is a string, but must be an integer
        "
        );
        let cycle = case("base: &b\n  n: 1\n  <<: *b\nlist: &l [*l, *l, {n: 1}]\n");
        insta::assert_snapshot!(cycle.said("document-key"), @"
        a.yaml:4:11: `list[0]` is a list, but must be a mapping
        a.yaml:4:15: `list[1]` is a list, but must be a mapping
        ");
    }

    #[test]
    fn what_nobody_reads_is_not_judged() {
        let case = config("tier: 2", "tier: 2\nmodels:\n  - id: [1]\n");
        assert_eq!(case.said("document-key"), "");
    }
}
