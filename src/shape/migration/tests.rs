use super::*;
use crate::source::Text;
use crate::source::yaml::Dialect;
use proptest::prelude::*;

/// Two migrations, of which the second is opt-in.
fn versions() -> Version {
    let declared = r"
key: v
current: 2
deprecated: [1]
opt_in: [3]
migrations:
  - from: 1
    to: 2
    steps:
      - move: { from: model, to: runtime.model }
      - remove: { key: unused }
      - wrap: { key: env }
  - from: 2
    to: 3
    steps:
      - rename: { key: runtime.model, to: default }
      - set: { key: runtime.kind.name, value: on }
      - set: { key: tier, value: 2 }
";
    serde_yaml::from_str(declared).expect("sound versions")
}

fn read(yaml: &str) -> Document {
    Document::parse(&Text::new(yaml), Dialect::Yaml11).expect(yaml)
}

fn migrated(yaml: &str, to: i64) -> Result<String, Refusal> {
    let document = read(yaml);
    let plan = plan(&document, &versions(), to, true)?;
    let text = plan.after(document.text()).expect("sound edits");
    Ok(text.as_str().to_owned())
}

const FIRST: &str = "# the name
name: X # x
# what it thinks with
model: m # default
v: 1
unused: [a] # gone
env: KEY # one
runtime:
  # seconds
  timeout: 0
# end
";

#[test]
fn a_step_keeps_comments_and_order() {
    insta::assert_snapshot!(migrated(FIRST, 2).expect("a way"), @"
    # the name
    name: X # x
    v: 2
    env: [KEY] # one
    runtime:
      # seconds
      timeout: 0
      # what it thinks with
      model: m # default
    # end
    ");
}

#[test]
fn migrations_compose() {
    let directly = migrated(FIRST, 3).expect("a way");
    let in_two = migrated(&migrated(FIRST, 2).expect("a way"), 3).expect("a way");
    assert_eq!(directly, in_two);
    insta::assert_snapshot!(directly, @r#"
    # the name
    name: X # x
    v: 3
    env: [KEY] # one
    runtime:
      # seconds
      timeout: 0
      # what it thinks with
      default: m # default
      kind:
        name: "on"
    # end
    tier: 2
    "#);
}

#[test]
fn what_has_arrived_stays() {
    let third = migrated(FIRST, 3).expect("a way");
    assert_eq!(migrated(&third, 3), Ok(third.clone()));
    assert_eq!(migrated("v: 1\n", 2), Ok("v: 2\n".to_owned()));
    let crlf = "model: m\r\nv: 1\r\n";
    assert_eq!(migrated(crlf, 2), Ok("runtime:\r\n  model: m\r\nv: 2\r\n".to_owned()));
}

#[test]
fn the_same_value_in_both_places_is_one() {
    assert_eq!(
        migrated("v: 1\nmodel: m\nruntime: {model: 'm'}\n", 2),
        Ok("v: 2\nruntime: {model: 'm'}\n".to_owned())
    );
}

#[test]
fn nothing_is_lost_silently() {
    let fault = migrated("v: 1\nmodel: m\nruntime: {model: n}\n", 2).expect_err("two models");
    assert_eq!(
        fault.to_string(),
        "`model` and `runtime.model` are both there and differ, so version 2 cannot be reached"
    );
    let fault = migrated("v: 1\nmodel: m\nruntime: text\n", 2).expect_err("no map to move into");
    assert!(matches!(fault, Refusal::Blocked { to: 2, .. }), "{fault}");
    let fault = migrated("v: 1\nenv: {a: b}\n", 2).expect_err("no scalar");
    assert!(matches!(fault, Refusal::Blocked { .. }), "{fault}");
}

#[test]
fn versions_are_asked_for_and_known() {
    let refusal =
        |yaml: &str, to, opted| plan(&read(yaml), &versions(), to, opted).expect_err(yaml);
    assert_eq!(refusal("v: 1\n", 3, false), Refusal::OptIn { to: 3 });
    assert_eq!(refusal("v: 2\n", 1, true), Refusal::NoWay { from: 2, to: 1 });
    assert_eq!(refusal("v: 1\n", 9, true), Refusal::NoWay { from: 1, to: 9 });
    for yaml in ["a: 1\n", "v: '1'\n", "v: true\n", "", "[v]\n"] {
        let refusal = refusal(yaml, 2, true);
        assert!(matches!(refusal, Refusal::NoVersion { .. }), "{yaml}: {refusal}");
    }
    assert_eq!(plan(&read("v: 3\n"), &versions(), 3, false).map(|plan| plan.is_empty()), Ok(true));
}

#[test]
fn scalars_become_lists_of_one() {
    let wrapped = |yaml: &str| migrated(&format!("v: 1\nenv: {yaml}\n"), 2).expect(yaml);
    assert_eq!(wrapped("'a b' # c"), "v: 2\nenv: ['a b'] # c\n");
    assert_eq!(wrapped("a, b"), "v: 2\nenv: [\"a, b\"]\n");
    assert_eq!(wrapped("12"), "v: 2\nenv: [12]\n");
    assert_eq!(wrapped("!!int 12"), "v: 2\nenv: [!!int 12]\n");
    assert_eq!(wrapped("!!str a, b"), "v: 2\nenv: [!!str \"a, b\"]\n");
    assert_eq!(wrapped("&e 1\nf: *e"), "v: 2\nenv: [&e 1]\nf: *e\n");
    assert_eq!(wrapped("[a]"), "v: 2\nenv: [a]\n");
    assert_eq!(wrapped(""), "v: 2\nenv: \n");
}

#[test]
fn a_document_that_is_json_stays_json() {
    let json = "{\n  \"v\": 1,\n  \"model\": \"m\",\n  \"unused\": [],\n  \"env\": \"KEY\"\n}\n";
    insta::assert_snapshot!(migrated(json, 3).expect("a way"), @r#"
    {
      "v": 3,
      "env": ["KEY"],
      "runtime": {
        "default": "m",
        "kind": {
          "name": "on"
        }
      },
      "tier": 2
    }
    "#);
    assert_eq!(
        migrated("{\"v\": 1, \"model\": \"m\"}\n", 2).as_deref(),
        Ok("{\"v\": 2, \"runtime\": {\"model\": \"m\"}}\n")
    );
    assert_eq!(
        migrated("{\n  // which one\n  \"v\": 1, // for now\n  \"env\": \"A\"\n}\n", 2).as_deref(),
        Ok("{\n  // which one\n  \"v\": 2, // for now\n  \"env\": [\"A\"]\n}\n")
    );
}

#[test]
fn a_map_that_is_left_empty_goes() {
    let step = Step::Move { from: "env.required".into(), to: "runtime.required".into() };
    let (edits, outcomes) =
        make(&read("env:\n  required: [a]\nx: 1\n"), &[step.clone(), step.clone()]);
    let text = Text::new("env:\n  required: [a]\nx: 1\n").edited(&edits).expect("sound");
    assert_eq!(text.as_str(), "x: 1\nruntime:\n  required: [a]\n");
    assert_eq!(outcomes, [Outcome::Made, Outcome::Nothing]);
    let commented = "env:\n  # why\n  required: [a]\n  # and\n  other: 1\n";
    let (edits, _) = make(&read(commented), &[step]);
    let text = Text::new(commented).edited(&edits).expect("sound");
    assert!(text.as_str().starts_with("env:\n  # and\n  other: 1\n"), "{}", text.as_str());
}

/// The entries of a folder by name, sorted.
fn entries(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<String> =
        entries.map(|entry| name(entry).into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// `tests/migrations` has a folder for each migration, named for its versions: `1-to-2`. Each case in it holds a document
/// before and after.
#[test]
fn the_embedded_shape_migrates_its_documents() {
    use crate::shape::{embedded, lineage::Lineage, pack::Pack};
    let pack = Pack::load(&embedded::files(), "test", Lineage::default()).expect("a sound pack");
    let demand = &pack.manifest.demands.documents[0];
    let versions = demand.version.as_ref().expect("versions");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrations");
    let mut named: Vec<String> =
        versions.migrations.iter().map(|it| format!("{}-to-{}", it.from, it.to)).collect();
    named.sort();
    assert_eq!(entries(&folder), named, "one folder of tests/migrations for each migration");
    for Migration { from, to, .. } in &versions.migrations {
        let folder = folder.join(format!("{from}-to-{to}"));
        let cases = entries(&folder);
        assert!(!cases.is_empty(), "{} has no case", folder.display());
        for case in cases {
            let case = folder.join(case);
            let read = |name: &str| std::fs::read_to_string(case.join(name)).expect(name);
            let text = Text::new(&read("in.yaml"));
            let document = Document::parse(&text, demand.dialect.into()).expect("YAML");
            if versions.opt_in.contains(to) {
                let refused = plan(&document, versions, *to, false);
                assert_eq!(refused, Err(Refusal::OptIn { to: *to }));
            }
            let plan = plan(&document, versions, *to, true).expect("a way");
            assert_eq!((plan.from, plan.to), (*from, *to), "{}", case.display());
            let after = plan.after(&text).expect("sound edits");
            assert_eq!(after.as_str(), read("out.yaml"), "{}", case.display());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_stands_there_is_migrated_once_or_refused(
        lines in prop::collection::vec("(model|runtime|env|unused|x|  a|- b): ?[a-z0-9\\[\\]{}:,'#&* ]{0,8}", 0..6),
    ) {
        let yaml = format!("v: 1\n{}\n", lines.join("\n"));
        let Ok(document) = Document::parse(&Text::new(&yaml), Dialect::Yaml11) else { return Ok(()) };
        let Ok(first) = plan(&document, &versions(), 3, true) else { return Ok(()) };
        let text = first.after(document.text()).expect("sound edits");
        let after = Document::parse(&text, Dialect::Yaml11).expect("still YAML");
        let again = plan(&after, &versions(), 3, true).expect("it has arrived");
        prop_assert!(again.is_empty());
        prop_assert!(after.at(&Path::keys(["model"])).is_none());
    }
}
