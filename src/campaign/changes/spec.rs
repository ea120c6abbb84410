//! One entry of `changes` in campaign.yaml.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Add, FixRules, MigrateConfig, Move, Nowhere, Pin, PinImage, PinUses, Remove, RenameSymbol,
    Restore, Run, Surroundings, YamlChange,
};
use crate::snapshot::Snapshot;
use crate::source::typed::Step;

/// One change: a map with a single key. Changes apply in order, each to the result of the previous one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChangeSpec {
    /// Restores paths to the shape.
    Restore(Restore),
    /// Applies the repairs that rules offer.
    Fix(FixRules),
    /// Migrates documents to a version of their schema.
    MigrateConfig(MigrateConfig),
    /// Adds a file or a symbolic link.
    Add(Add),
    /// Removes files.
    Remove(Remove),
    /// Moves a file or a folder.
    Move(Move),
    /// Edits YAML, JSON and TOML files by path. Comments and all other bytes are kept.
    Yaml(YamlChange),
    /// Renames a symbol of a Python package wherever it is imported or used.
    RenameSymbol(RenameSymbol),
    /// Runs a command in a checkout.
    Run(Run),
    /// Sets the version of a distribution.
    Pin(Pin),
    /// Sets the revisions of actions and of reusable workflows.
    PinUses(PinUses),
    /// Sets the digests of base images.
    PinImage(PinImage),
}

/// Something in a change that no repository could take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecProblem {
    /// Where, from the change's own map on: `[restore, paths, 2]`.
    pub at: Vec<Step>,
    /// The problem, in one line.
    pub message: String,
}

impl ChangeSpec {
    /// Whether it leaves waived paths and findings alone, so that a waiver alone changes what it does.
    #[must_use]
    pub fn keeps_to_waivers(&self) -> bool {
        match self {
            Self::Restore(_) | Self::Fix(_) => true,
            Self::MigrateConfig(_)
            | Self::Add(_)
            | Self::Remove(_)
            | Self::Move(_)
            | Self::Yaml(_)
            | Self::RenameSymbol(_)
            | Self::Run(_)
            | Self::Pin(_)
            | Self::PinUses(_)
            | Self::PinImage(_) => false,
        }
    }

    /// Its key in campaign.yaml.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Restore(_) => "restore",
            Self::Fix(_) => "fix",
            Self::MigrateConfig(_) => "migrate_config",
            Self::Add(_) => "add",
            Self::Remove(_) => "remove",
            Self::Move(_) => "move",
            Self::Yaml(_) => "yaml",
            Self::RenameSymbol(_) => "rename_symbol",
            Self::Run(_) => "run",
            Self::Pin(_) => "pin",
            Self::PinUses(_) => "pin_uses",
            Self::PinImage(_) => "pin_image",
        }
    }

    /// The file beside campaign.yaml with the content to add.
    #[must_use]
    pub fn brings(&self) -> Option<&str> {
        match self {
            Self::Add(add) => add.file.as_deref(),
            Self::Restore(_)
            | Self::Fix(_)
            | Self::MigrateConfig(_)
            | Self::Remove(_)
            | Self::Move(_)
            | Self::Yaml(_)
            | Self::RenameSymbol(_)
            | Self::Run(_)
            | Self::Pin(_)
            | Self::PinUses(_)
            | Self::PinImage(_) => None,
        }
    }

    /// The files, and the places of its edits, that it names and the tree or its shape does not have. Kinds that name none of their own have
    /// none.
    pub(super) fn nowhere(&self, surroundings: &Surroundings<'_>, tree: &Snapshot) -> Vec<Nowhere> {
        match self {
            Self::Yaml(yaml) => yaml.nowhere(surroundings, tree),
            Self::Remove(remove) => remove.nowhere(tree),
            Self::Move(moves) => moves.nowhere(tree),
            Self::Restore(restore) => restore.nowhere(surroundings, tree),
            Self::Fix(_)
            | Self::MigrateConfig(_)
            | Self::Add(_)
            | Self::RenameSymbol(_)
            | Self::Run(_)
            | Self::Pin(_)
            | Self::PinUses(_)
            | Self::PinImage(_) => Vec::new(),
        }
    }

    /// Problems that no repository could cope with: invalid globs, paths, rules and names. They are found before any
    /// repository is read.
    #[must_use]
    pub fn problems(&self) -> Vec<SpecProblem> {
        let mut found = Vec::new();
        let mut say = |at: &[Step], message: String| {
            let at = [&[Step::from(self.name())], at].concat();
            found.push(SpecProblem { at, message });
        };
        match self {
            Self::Restore(restore) => restore.check(&mut say),
            Self::Fix(fix) => fix.check(&mut say),
            Self::MigrateConfig(migrate) => migrate.check(&mut say),
            Self::Add(add) => add.check(&mut say),
            Self::Remove(remove) => remove.check(&mut say),
            Self::Move(moves) => moves.check(&mut say),
            Self::Yaml(yaml) => yaml.check(&mut say),
            Self::RenameSymbol(rename) => rename.check(&mut say),
            Self::Run(run) => run.check(&mut say),
            Self::Pin(pin) => pin.check(&mut say),
            Self::PinUses(pin) => pin.check(&mut say),
            Self::PinImage(pin) => pin.check(&mut say),
        }
        found
    }
}

/// Reports a problem: where it is below the change's key, and what it is.
pub(super) type Say<'a> = dyn FnMut(&[Step], String) + 'a;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::typed;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct File {
        changes: Vec<ChangeSpec>,
    }

    const EVERY_KIND: &str = "\
changes:
  - restore: {}
  - restore: { paths: [.github/**], verdicts: [stale, diverged] }
  - fix: { rules: [bare-runtime-import], unsafe: true }
  - migrate_config: { to: 2, opt_in: true }
  - add: { path: LICENSE, file: LICENSE, existing: replace, executable: false }
  - remove: { paths: [.molecule-ci/**] }
  - move: { from: docs, to: runbooks }
  - yaml:
      paths: [.github/workflows/*.yml]
      dialect: yaml-1.2
      edits:
        - set: { at: permissions.contents, value: read, only: absent }
        - append: { at: on.push.branches, value: { any: [thing, 1, null] } }
        - rename: { at: jobs.x, to: y }
        - remove: { at: env }
  - rename_symbol: { from: molecule_runtime.old.Name, to: molecule_runtime.new.Name }
  - pin: { version: 0.2.0, style: floor, lower: true, bounds: { hermes: 0.1.7 }, breaks: { crewai: 'it would' }, unchecked: { langgraph: it is empty } }
  - pin_uses: { uses: [actions/checkout@v4.2.2, acme/ci/.github/workflows/x.yml@v2], as: commit }
  - pin_image: { images: ['python:3.11-slim'] }
";

    #[test]
    fn every_kind_is_in_a_row_of_the_page() {
        let schema = schemars::schema_for!(ChangeSpec).to_value();
        let page = include_str!("../../../docs/campaigns.md");
        let (_, after) = page.split_once("### What can be changed\n").expect("the section");
        let section = after.split("\n#").next().unwrap_or_default();
        let keys: Vec<&str> = section
            .lines()
            .filter_map(|row| row.strip_prefix("| `")?.split(" | ").next())
            .collect();
        let kinds = schema["oneOf"].as_array().expect("one for each kind");
        assert!(kinds.len() > 10, "{kinds:?}");
        for kind in kinds {
            let name = kind["required"][0].as_str().expect("its key");
            let is_named = |cell: &&str| cell.split('`').any(|word| word == name);
            assert!(keys.iter().any(is_named), "`{name}` is no row of docs/campaigns.md");
        }
    }

    fn read(yaml: &str) -> Result<typed::Reading<File>, Vec<String>> {
        typed::read(Path::new("campaign.yaml"), yaml.as_bytes(), 1)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_kind_is_read_and_written_again() {
        let reading = read(EVERY_KIND).expect("readable");
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        let changes = reading.value.changes;
        assert!(changes.iter().all(|change| change.problems().is_empty()));
        let written = serde_json::to_value(&changes).expect("JSON");
        for (value, change) in written.as_array().expect("a list").iter().zip(&changes) {
            assert!(value.get(change.name()).is_some(), "{value}");
        }
        let again: Vec<ChangeSpec> = serde_json::from_value(written).expect("the same");
        assert_eq!(again, changes);
    }

    #[test]
    fn an_unknown_key_or_kind_has_its_place() {
        let problems = |yaml: &str| match read(yaml) {
            Ok(reading) => reading.problems.iter().map(ToString::to_string).collect(),
            Err(errors) => errors,
        };
        insta::assert_debug_snapshot!(problems("changes:\n  - restore: { pths: [a] }\n"), @r#"
        [
            "unknown key `pths` (campaign.yaml:2:16)",
        ]
        "#);
        insta::assert_debug_snapshot!(problems("changes:\n  - restroe: {}\n"), @r#"
        [
            "unknown key `restroe` (campaign.yaml:2:5)",
        ]
        "#);
        insta::assert_debug_snapshot!(problems("changes:\n  - restore:\n"), @r#"
        [
            "`restore` must be a mapping, not empty (campaign.yaml:2:12)",
        ]
        "#);
        insta::assert_debug_snapshot!(
            problems("changes:\n  - add: { path: a, existing: overwrite }\n"), @r#"
        [
            "`existing` must be one of `keep`, `replace`, `refuse`, not `overwrite` (campaign.yaml:2:31)",
        ]
        "#);
    }

    #[test]
    fn what_no_repository_could_take_is_found_before_any_is_read() {
        let yaml = "\
changes:
  - restore: { paths: ['[a'] }
  - fix: { rules: [path-stael] }
  - migrate_config: { opt_in: true }
  - add: { path: ../a, content: x, link: /etc/passwd, executable: true }
  - add: { path: .git/config, template: '{{ x' }
  - remove: { paths: [] }
  - move: { from: a, to: a/b }
  - yaml: { paths: [], edits: [] }
  - rename_symbol: { from: Name, to: a.b c }
  - run: { command: [] }
  - pin: { version: '>=1', bounds: { x: one }, hashes: [md5], distribution: -e }
  - pin: { version: 1.0+cpu }
  - pin_uses: { uses: [actions/checkout, a/b@v1], commits: { a/b@v1: abc, c/d@v1: x } }
  - pin_image: { images: ['python:', 'a@sha256:0'], digests: { x: y } }
";
        let changes = read(yaml).expect("readable").value.changes;
        let said = changes.iter().flat_map(ChangeSpec::problems).map(|problem| {
            let at = problem.at.iter().map(|step| match step {
                Step::Key(key) => key.clone(),
                Step::Index(index) => index.to_string(),
            });
            format!("{}: {}\n", at.collect::<Vec<_>>().join("."), problem.message)
        });
        insta::assert_snapshot!(said.collect::<String>(), @"
        restore.paths.0: `[a` is not a glob: unclosed character class; missing ']'
        fix.rules.0: there is no rule `path-stael`; did you mean `path-stale` (SHP012)?
        migrate_config.opt_in: an opt-in version has to be named with `to`
        add.path: `../a` is not a path inside a repository: write it relative to the root, with `/`, without `..` and without `.git`
        add: give exactly one of `content`, `template`, `file` and `link`
        add.link: the link to `/etc/passwd` would point outside the repository
        add.executable: `executable` does not apply to a link
        add.path: `.git/config` is not a path inside a repository: write it relative to the root, with `/`, without `..` and without `.git`
        add.template: the template does not compile: expected `or`, `and`, `not`, `<=`, `>=`, `<`, `>`, `==`, `!=`, `+`, `-`, `*`, `/`, `%`, a filter, or a variable end (`}}`)
        remove.paths: no path is named
        move.to: `a/b` is inside `a`
        yaml.paths: no file is named
        rename_symbol.from: `Name` is not a dotted Python name
        rename_symbol.to: `a.b c` is not a dotted Python name
        run.command: no program is named
        pin.version: `>=1` is not a version
        pin.bounds.x: `one` is not a version
        pin.hashes.0: `md5` is not a digest: write it as `sha256:` and 64 digits
        pin.distribution: `-e` is not the name of a distribution
        pin.version: `1.0+cpu` is a local version, which no index has
        pin_uses.uses.0: `actions/checkout` is not an `owner/repository@revision`
        pin_uses.commits.a/b@v1: `abc` is not a commit: a commit has 40 hexadecimal digits
        pin_uses.commits.c/d@v1: `c/d@v1` is not one of `uses`
        pin_image.images.0: `python:` is not an image
        pin_image.images.1: `a@sha256:0` is not an image
        pin_image.digests.x: `x` is not one of `images`
        ");
    }
}
