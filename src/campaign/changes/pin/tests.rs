use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};
use proptest::prelude::*;

use super::super::testing::told;
use super::style::{Stays, Style, Wish, restyled};
use crate::checks::testing::Case;
use crate::source::Text;
use crate::source::requirements::{Entry, Requirements};

fn wish(version: &str) -> Wish {
    let version = Version::from_str(version).expect("a version");
    Wish { version, style: Style::Keep, lower: false, bound: None }
}

fn said(before: &str, wish: &Wish) -> String {
    match restyled(before, wish) {
        Ok(Some(after)) => after,
        Ok(None) => "same".to_owned(),
        Err(why) => why.to_string(),
    }
}

#[test]
fn each_operator_stays_what_it_is() {
    for (before, version, after) in [
        ("==0.1.4", "0.2.0", "==0.2.0"),
        ("===0.1.4", "0.2.0", "===0.2.0"),
        (" == 0.1.4 ", "0.2.0", " == 0.2.0 "),
        ("==0.2", "0.2.0", "same"),
        (">=0.1.0", "0.2.0", ">=0.2.0"),
        (">=0.1.0", "0.2.0rc1", ">=0.2.0rc1"),
        (">0.1.0", "0.2.0", ">=0.2.0"),
        (">=0.1.0, <1", "0.2.0", ">=0.2.0, <1"),
        ("<1,>=0.1.0,!=0.1.5", "0.2.0", "<1,>=0.2.0,!=0.1.5"),
        ("~=0.1.4", "0.2.0", "~=0.2.0"),
        ("~=0.1.4", "2", "~=2.0.0"),
        ("~=1.4", "1.9.0", "~=1.9"),
        ("~=1.4", "1.9.3", "~=1.9,>=1.9.3"),
        ("~=1.9,>=1.9.3", "1.9.3", "same"),
        ("~=1.9,>=1.9.3", "1.9.5", "~=1.9,>=1.9.5"),
        ("==0.1.*", "0.2.3", "==0.2.*"),
        ("==0.1.*", "0.1.9", "same"),
        ("==0.1.*,>=0.1.7", "0.1.9", "same"),
        (">=0.1.0 \\\n  ,<1", "0.2.0", ">=0.2.0   ,<1"),
        ("", "0.2.0", "it asks for no version that could be raised"),
        ("<1", "0.2.0", "it asks for no version that could be raised"),
        (">=0.1.0,<0.2", "0.2.0", "`<0.2` excludes it"),
        ("==0.1.4,!=0.2.0", "0.2.0", "`!=0.2.0` excludes it"),
        ("==0.3.0", "0.2.0", "0.3.0 is newer"),
        (">0.2.0", "0.2.0", "0.2.0 is newer"),
        ("==0.3.*", "0.2.0", "0.3 is newer"),
        (">=a", "0.2.0", "its versions cannot be read"),
    ] {
        assert_eq!(said(before, &wish(version)), after, "{before} to {version}");
    }
}

#[test]
fn a_style_that_is_named_replaces_what_is_there() {
    let to = |style, before: &str| said(before, &Wish { style, ..wish("0.2.0") });
    assert_eq!(to(Style::Floor, "==0.1.4"), ">=0.2.0");
    assert_eq!(to(Style::Floor, "<1"), "<1,>=0.2.0");
    assert_eq!(to(Style::Floor, ""), ">=0.2.0");
    assert_eq!(to(Style::Exact, ">=0.1.0,<1"), "==0.2.0");
    assert_eq!(to(Style::Exact, "<1"), "==0.2.0");
    assert_eq!(to(Style::Compatible, ">=0.1.0, <1"), "~=0.2.0, <1");
    assert_eq!(to(Style::Compatible, "~=0.2.0"), "same");
    let two = Wish { style: Style::Compatible, ..wish("2") };
    assert_eq!(said("==1", &two), "~=2.0");
}

#[test]
fn versions_are_lowered_only_when_told() {
    let lowering = Wish { lower: true, ..wish("0.2.0") };
    for (before, after) in [
        ("==0.3.0", "==0.2.0"),
        (">=0.3", ">=0.2.0"),
        ("~=0.3.1", "~=0.2.0"),
        ("==0.3.*", "==0.2.*"),
    ] {
        assert_eq!(said(before, &lowering), after);
        assert!(matches!(restyled(before, &wish("0.2.0")), Err(Stays::Newer(_))), "{before}");
    }
}

#[test]
fn what_a_member_needs_becomes_its_floor() {
    let bound = Version::from_str("0.1.7").ok();
    let needing = Wish { bound, ..wish("0.1.9") };
    assert_eq!(said("", &needing), ">=0.1.9");
    assert_eq!(said("<1", &needing), "<1,>=0.1.9");
    assert_eq!(said("==0.1.*", &needing), "==0.1.*,>=0.1.7");
    assert_eq!(said("==0.1.*,>=0.1.8", &needing), "same");
    assert_eq!(said(">=0.1.0", &needing), ">=0.1.9");
}

/// A requirements file with one line, pinned.
fn line(line: &str) -> String {
    let case = Case::conformant().file("requirements.txt", format!("# top\n{line}\nother==1\n"));
    let said = told(&case, "pin: { version: 0.2.0 }");
    said.replace("= requirements.txt\n  # top\n", "").replace("  other==1\n", "")
}

#[test]
fn every_form_of_a_requirement() {
    for (before, after) in [
        ("molecule-ai-workspace-runtime>=0.1.0", "  molecule-ai-workspace-runtime>=0.2.0\n"),
        (
            "Molecule_AI.workspace-runtime[a, b] == 0.1.0 ; python_version > '3'  # why",
            "  Molecule_AI.workspace-runtime[a, b] == 0.2.0 ; python_version > '3'  # why\n",
        ),
        (
            "molecule-ai-workspace-runtime (>=0.1.0, <1)",
            "  molecule-ai-workspace-runtime (>=0.2.0, <1)\n",
        ),
        (
            "molecule-ai-workspace-runtime \\\n  ==0.1.0 # x",
            "  molecule-ai-workspace-runtime \\\n    ==0.2.0 # x\n",
        ),
        (
            "molecule-ai-workspace-runtime==0.1.0; extra=='b'\nmolecule.ai.workspace.runtime==0.1.1; extra!='b'",
            "  molecule-ai-workspace-runtime==0.2.0; extra=='b'\n  molecule.ai.workspace.runtime==0.2.0; extra!='b'\n",
        ),
        ("# molecule-ai-workspace-runtime==0.1.0\nmolecule-ai-workspace-runtime==0.2", ""),
        ("molecule-ai-workspace-runtime-extras==0.1.0", ""),
    ] {
        assert_eq!(line(before), after, "{before}");
    }
}

#[test]
fn what_cannot_be_set_is_told() {
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime @ https://user:pass@h/x.whl"), @"
    hindered: `requirements.txt` does not say which version of molecule-ai-workspace-runtime is wanted: it is installed from `https://h/x.whl` (requirements.txt:2:1)
      set it by hand, or choose how to ask for it with `style: floor` or `style: exact`
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime"), @"
    hindered: `requirements.txt` does not say which version of molecule-ai-workspace-runtime is wanted: it asks for no version that could be raised (requirements.txt:2:1)
      set it by hand, or choose how to ask for it with `style: floor` or `style: exact`
    ");
    insta::assert_snapshot!(line("-e git+https://h/molecule-ai-workspace-runtime.git@main"), @"
    hindered: `requirements.txt` does not say which version of molecule-ai-workspace-runtime is wanted: it is installed from `git+https://h/molecule-ai-workspace-runtime.git@main` (requirements.txt:2:1)
      set it by hand, or choose how to ask for it with `style: floor` or `style: exact`
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime==${V}"), @"
    hindered: `requirements.txt` does not say which version of molecule-ai-workspace-runtime is wanted: an environment variable names the version (requirements.txt:2:1)
      set it by hand, or choose how to ask for it with `style: floor` or `style: exact`
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime==0.1.x"), @"
    hindered: `requirements.txt` cannot be read: it does not parse: is not a version specifier (requirements.txt)
      repair the file first
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime>=0.1,<0.2"), @"
    hindered: `requirements.txt` asks for `>=0.1,<0.2` of molecule-ai-workspace-runtime, not for 0.2.0: `<0.2` excludes it (requirements.txt:2:1)
      widen the bound once the member suits the version, or leave the member out
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime==0.3"), @"
    hindered: `requirements.txt` asks for `==0.3` of molecule-ai-workspace-runtime, not for 0.2.0: it is at 0.3 already, which is newer (requirements.txt:2:1)
      versions are lowered only on request: `lower: true`, or `shipshape pin --lower`
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime==0.1 --hash=sha256:00"), @"
    hindered: `requirements.txt` asks for `==0.1` of molecule-ai-workspace-runtime, not for 0.2.0: it is held to the hashes of another version (requirements.txt:2:1)
      name the new ones under `hashes`; `shipshape pin` takes them from the index
    ");
    insta::assert_snapshot!(line("molecule-ai-workspace-runtime==0.1\n./molecule_ai_workspace_runtime"), @"
      molecule-ai-workspace-runtime==0.2.0
      ./molecule_ai_workspace_runtime
    (`requirements.txt`, line 3, stays as it is: it is installed from `./molecule_ai_workspace_runtime`)
    ");
}

#[test]
fn hashes_are_replaced_with_those_of_the_version() {
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let change =
        format!("pin: {{ version: 0.2.0, hashes: ['{}', '{}'] }}", digest("a"), digest("b"));
    let before = "molecule-ai-workspace-runtime==0.1.0 \\\r\n    --hash=sha256:00 \\\r\n    --hash sha256:11  # why\r\nb==1 --hash=sha256:22\r\n";
    let case = Case::conformant().file("requirements.txt", before);
    let after = told(&case, &change).replace(&digest("a"), "AAA").replace(&digest("b"), "BBB");
    insta::assert_snapshot!(after, @r"
    = requirements.txt
      molecule-ai-workspace-runtime==0.2.0 \\r
          --hash=AAA \\r
          --hash=BBB  # why\r
      b==1 --hash=sha256:22\r
    ");
    let one = Case::conformant().file(
        "requirements.txt",
        "molecule-ai-workspace-runtime==0.1.0 --hash=sha256:00 --config-settings=x=y --hash=sha256:11\n",
    );
    insta::assert_snapshot!(told(&one, &change), @"
    hindered: `requirements.txt` asks for `==0.1.0` of molecule-ai-workspace-runtime, not for 0.2.0: its hashes are written in an unknown way (requirements.txt:1:1)
      replace them by hand
    ");
}

#[test]
fn what_is_included_is_followed_inside_the_repository() {
    let case = Case::conformant()
        .file("requirements.txt", "-r reqs/base.txt\n-c limits.txt\n-r ../outside.txt\n")
        .file("reqs/base.txt", "molecule-ai-workspace-runtime>=0.1.0\n")
        .file("limits.txt", "molecule-ai-workspace-runtime<1,>=0.1\n")
        .file("requirements-dev.txt", "molecule-ai-workspace-runtime==0.1.0\n")
        .file("Dockerfile", "FROM a\nRUN pip install -r /tmp/image.txt -c ./deep/in/limits.txt\n")
        .file("image.txt", "molecule-ai-workspace-runtime==0.1.1\n")
        .file("deep/in/limits.txt", "molecule-ai-workspace-runtime<=1\n")
        .file("elsewhere.txt", "molecule-ai-workspace-runtime==0.1.0\n");
    insta::assert_snapshot!(told(&case, "pin: { version: 0.2.0 }"), @"
    = image.txt
      molecule-ai-workspace-runtime==0.2.0
    = limits.txt
      molecule-ai-workspace-runtime<1,>=0.2.0
    = reqs/base.txt
      molecule-ai-workspace-runtime>=0.2.0
    = requirements-dev.txt
      molecule-ai-workspace-runtime==0.2.0
    (`deep/in/limits.txt`, line 1, stays as it is: it asks for no version that could be raised)
    ");
}

#[test]
fn a_project_says_it_too() {
    let project = "[project]\nname = \"x\"\ndependencies = [\n  'molecule-ai-workspace-runtime>=0.1.0', # why\n  \"other==1; python_version < '3'\",\n]\n\n[project.optional-dependencies]\nall = [\"Molecule.AI-workspace_runtime[x] == 0.1.0 ; python_version < '3'\"]\n\n[dependency-groups]\ntest = [{ include-group = \"x\" }, \"molecule-ai-workspace-runtime<1\"]\n\n[tool.poetry.dependencies]\nmolecule_ai_workspace_runtime = \"^0.1\"\n";
    let case = Case::conformant().file("pyproject.toml", project).file("requirements.txt", "x\n");
    insta::assert_snapshot!(told(&case, "pin: { version: 0.2.0 }"), @r#"
    = pyproject.toml
      [project]
      name = "x"
      dependencies = [
        'molecule-ai-workspace-runtime>=0.2.0', # why
        "other==1; python_version < '3'",
      ]

      [project.optional-dependencies]
      all = ["Molecule.AI-workspace_runtime[x] == 0.2.0 ; python_version < '3'"]

      [dependency-groups]
      test = [{ include-group = "x" }, "molecule-ai-workspace-runtime<1"]

      [tool.poetry.dependencies]
      molecule_ai_workspace_runtime = "^0.1"
    (`pyproject.toml`, line 12, stays as it is: it asks for no version that could be raised)
    (`pyproject.toml`, line 15, stays as it is: Poetry has a notation of its own)
    "#);
    let broken = Case::conformant().file("pyproject.toml", "molecule-ai-workspace-runtime = [");
    insta::assert_snapshot!(told(&broken, "pin: { version: 0.2.0 }"), @"
    = requirements.txt
      # The workspace runtime. Each release rebuilds the image with the version just published; this line
      # bounds which versions the adapter can work with.
      molecule-ai-workspace-runtime>=0.2.0
    (`pyproject.toml`, line 1, stays as it is: the file is not TOML)
    ");
}

/// A Dockerfile, pinned.
fn docker(dockerfile: &str, more: &str) -> String {
    let case = Case::conformant()
        .file("requirements.txt", "molecule-ai-workspace-runtime==0.2.0\n")
        .file("Dockerfile", dockerfile);
    told(&case, &format!("pin: {{ version: 0.2.0{more} }}"))
}

#[test]
fn a_dockerfile_says_it_in_words_arguments_and_variables() {
    let dockerfile = "ARG V=0.1.0\nFROM python:3.11-slim AS one\nARG RUNTIME_VERSION=0.1.4\nENV V=\"0.1.4\" OTHER=0.1.4\nARG OTHER=1\nRUN pip install -r requirements.txt molecule-ai-workspace-runtime==0.1.4 'molecule_ai_workspace_runtime[x]>=0.1' \"molecule-ai-workspace-runtime==${V}\"\n# pip install molecule-ai-workspace-runtime==0.1.4\nFROM one\nRUN [\"pip\", \"install\", \"molecule-ai-workspace-runtime==0.1.4\", \"other==0.1.4\"]\nRUN echo molecule-ai-workspace-runtime==0.1.4\n";
    insta::assert_snapshot!(docker(dockerfile, ""), @r#"
    = Dockerfile
      ARG V=0.2.0
      FROM python:3.11-slim AS one
      ARG RUNTIME_VERSION=0.2.0
      ENV V="0.2.0" OTHER=0.1.4
      ARG OTHER=1
      RUN pip install -r requirements.txt molecule-ai-workspace-runtime==0.2.0 'molecule_ai_workspace_runtime[x]>=0.2.0' "molecule-ai-workspace-runtime==${V}"
      # pip install molecule-ai-workspace-runtime==0.1.4
      FROM one
      RUN ["pip", "install", "molecule-ai-workspace-runtime==0.2.0", "other==0.1.4"]
      RUN echo molecule-ai-workspace-runtime==0.1.4
    "#);
    // A shell would read `>` as its own.
    let bare =
        "FROM python:3.11-slim\nRUN pip install molecule-ai-workspace-runtime==0.1.4 && true\n";
    insta::assert_snapshot!(docker(bare, ", style: floor"), @r#"
    = Dockerfile
      FROM python:3.11-slim
      RUN pip install "molecule-ai-workspace-runtime>=0.2.0" && true
    = requirements.txt
      molecule-ai-workspace-runtime>=0.2.0
    "#);
}

#[test]
fn no_quotes_are_added_inside_others() {
    for run in [
        "[\"sh\", \"-c\", \"pip install molecule-ai-workspace-runtime==0.1.4\"]",
        "sh -c 'pip install molecule-ai-workspace-runtime==0.1.4'",
    ] {
        let dockerfile = format!("FROM python:3.11-slim\nRUN {run}\n");
        let pinned = docker(&dockerfile, "");
        assert!(pinned.contains(&run.replace("0.1.4", "0.2.0")), "{pinned}");
        let hindered = docker(&dockerfile, ", style: floor");
        assert!(hindered.contains("its script is in quotes"), "{hindered}");
    }
}

#[test]
fn what_a_build_passes_is_not_written() {
    assert_eq!(
        docker(
            "FROM a\nARG RUNTIME_VERSION\nARG RUNTIME_VERSION=\nRUN pip install \"molecule-ai-workspace-runtime${RUNTIME_VERSION:+==${RUNTIME_VERSION}}\"\n",
            ""
        ),
        ""
    );
    insta::assert_snapshot!(docker("FROM a\nARG RUNTIME_VERSION=latest\nRUN pip install molecule-ai-workspace-\\\nruntime==0.1\n", ""), @"
    (`Dockerfile`, line 3, stays as it is: it is written in pieces)
    (`Dockerfile`, line 2, stays as it is: `latest` is not a version)
    ");
    insta::assert_snapshot!(docker("FROM a\nARG RUNTIME_VERSION=0.3.0\n", ""), @"
    hindered: `Dockerfile` asks for `==0.3.0` of molecule-ai-workspace-runtime, not for 0.2.0: it is at 0.3.0 already, which is newer (Dockerfile:2:21)
      versions are lowered only on request: `lower: true`, or `shipshape pin --lower`
    ");
}

#[test]
fn the_version_file_is_the_runtimes_alone() {
    let case = Case::conformant().file(".runtime-version", "# the cascade\r\nv0.1.4  # x\r\n");
    insta::assert_snapshot!(told(&case, "pin: { version: 0.2.0 }"), @r"
    = .runtime-version
      # the cascade\r
      v0.2.0  # x\r
    = requirements.txt
      # The workspace runtime. Each release rebuilds the image with the version just published; this line
      # bounds which versions the adapter can work with.
      molecule-ai-workspace-runtime>=0.2.0
    ");
    assert_eq!(told(&case, "pin: { version: 0.2.0, distribution: other }"), "");
    let case = Case::conformant().file(".runtime-version", "latest\n");
    insta::assert_snapshot!(told(&case, "pin: { version: 0.2.0 }"), @"
    = requirements.txt
      # The workspace runtime. Each release rebuilds the image with the version just published; this line
      # bounds which versions the adapter can work with.
      molecule-ai-workspace-runtime>=0.2.0
    (`.runtime-version`, line 1, stays as it is: `latest` is not a version)
    ");
}

#[test]
fn a_member_that_would_break_is_left_out_and_one_that_needs_more_gets_it() {
    let case = Case::conformant();
    let breaks =
        "pin: { version: 0.2.0, breaks: { acme-agent: 'adapter.py:3: there is no module `x.y`' } }";
    insta::assert_snapshot!(told(&case, breaks), @"
    hindered: molecule-ai-workspace-runtime 0.2.0 would break it: adapter.py:3: there is no module `x.y`
      make it suit the version first
    ");
    let unchecked = "pin: { version: 0.2.0, unchecked: { acme-agent: the repository is empty } }";
    insta::assert_snapshot!(told(&case, unchecked), @"
    hindered: whether molecule-ai-workspace-runtime 0.2.0 suits it could not be judged when this campaign was written: the repository is empty
      check it again: `shipshape pin 0.2.0 --write FILE` writes the campaign again
    ");
    let case = case.file("requirements.txt", "molecule-ai-workspace-runtime\n");
    insta::assert_snapshot!(told(&case, "pin: { version: 0.2.0, bounds: { acme-agent: 0.1.7 } }"), @"
    = requirements.txt
      molecule-ai-workspace-runtime>=0.2.0
    ");
    let unread = Case::conformant().file("requirements.txt", b"\xff\n");
    insta::assert_snapshot!(told(&unread, "pin: { version: 0.2.0 }"), @"
    hindered: `requirements.txt` cannot be read: it is not UTF-8 (line 1, byte offset 0) (requirements.txt)
      repair the file first
    ");
}

fn specifier() -> impl Strategy<Value = String> {
    let operators = prop::sample::select(vec!["==", ">=", ">", "~=", "<", "!=", "==="]);
    let version = (0..3u8, 0..4u8, 0..4u8).prop_map(|(a, b, c)| format!("{a}.{b}.{c}"));
    (operators, prop::sample::select(vec!["", " "]), version)
        .prop_map(|(operator, gap, version)| format!("{operator}{gap}{version}"))
}

fn requirement() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "molecule-ai-workspace-runtime",
        "Molecule_AI_workspace.runtime",
        "other",
    ]);
    let extras = prop::sample::select(vec!["", "[a]", " [a, b]"]);
    let end = prop::sample::select(vec!["", " ; extra == 'b'", "  # why", " \\\n   # x"]);
    let specifiers = prop::collection::vec(specifier(), 0..3);
    (name, extras, specifiers, end)
        .prop_map(|(name, extras, all, end)| format!("{name}{extras}{}{end}", all.join(", ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What is not the pin reads as it did, and the pin admits the version.
    #[test]
    fn an_edited_file_is_the_same_but_for_the_pin(lines in prop::collection::vec(requirement(), 1..5)) {
        let before = format!("{}\n", lines.join("\n"));
        let case = Case::conformant().file("requirements.txt", before.clone());
        let told = told(&case, "pin: { version: 1.2.3, lower: true }");
        if let Some(after) = told.strip_prefix("= requirements.txt\n") {
            let after = after.lines().take_while(|line| !line.starts_with('('));
            let after: String = after.map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
            let (one, other) = (Requirements::parse(&Text::new(&before)), Requirements::parse(&Text::new(&after)));
            prop_assert_eq!(one.entries.len(), other.entries.len(), "{}", after);
            let version = Version::from_str("1.2.3").expect("a version");
            for (one, other) in one.entries.iter().zip(&other.entries) {
                let (Entry::Requirement(one), Entry::Requirement(other)) = (one, other) else { continue };
                let same = |text: &str, marker: &Option<(String, crate::source::Span)>| (text.to_owned(), marker.as_ref().map(|(raw, _)| raw.clone()));
                prop_assert_eq!(same(&one.name, &one.marker), same(&other.name, &other.marker));
                prop_assert_eq!(&one.extras, &other.extras);
                prop_assert_eq!(one.comment.is_some(), other.comment.is_some());
                let pinned = |specifiers: &Option<VersionSpecifiers>| specifiers.as_ref().is_some_and(|all| all.iter().any(|it| !matches!(it.operator(), pep440_rs::Operator::LessThan | pep440_rs::Operator::NotEqual)));
                if one.name == "other" {
                    prop_assert_eq!(&one.specifiers, &other.specifiers);
                } else if pinned(&one.specifiers) {
                    prop_assert_eq!(other.admits(&version), Some(true), "{}", after);
                }
            }
        }
    }
}
