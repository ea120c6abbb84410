//! The change `rename_symbol`: renames a symbol of a Python package.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::{self, Chosen};
use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit};
use crate::checks::Repository;
use crate::snapshot::{EntryKind, RepoPath, Snapshot};
use crate::source::python::{Bound, Imported, RenameError, is_identifier, rename};
use crate::source::{Span, Text, typed};

/// Renames a symbol of a Python package wherever it is imported or used: at module level, in functions, in
/// `try` blocks and through aliases. Other names that shadow it are recognised and kept. Mentions in strings
/// and comments are reported and not changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameSymbol {
    /// The dotted name of the symbol, `package.module.Name`, or of a module.
    pub from: String,
    /// The new dotted name.
    pub to: String,
    /// Globs of the files to edit. Default: every `*.py`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

impl RenameSymbol {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        for (key, name) in [("from", &self.from), ("to", &self.to)] {
            if !(name.contains('.') && name.split('.').all(is_identifier)) {
                say(&[typed::Step::from(key)], format!("`{name}` is not a dotted Python name"));
            }
        }
        if format!("{}.", self.to).starts_with(&format!("{}.", self.from)) {
            let why = format!("`{}` is `{}`, or is inside it", self.to, self.from);
            say(&[typed::Step::from("to")], why);
        }
        paths::check_globs("paths", &self.paths, say);
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let chosen = Chosen::of(&self.paths)?;
        let repository = surroundings.repository(tree);
        let modules = || {
            let files = tree.entries.iter().filter(|(path, entry)| {
                let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Executable);
                is_file && path.as_str().ends_with(".py")
            });
            files.map(|(path, _)| path)
        };
        let mut taken: Option<BTreeSet<(String, String)>> = None;
        let mut made = Step::default();
        let mut edits = Vec::new();
        for path in modules().filter(|path| chosen.takes(path.as_str())) {
            let Some(text) = repository.text(path.as_str()) else {
                made.remarks.push(format!("`{path}` cannot be read, and was not searched"));
                continue;
            };
            // Skip modules that do not contain the words at all: parsing thousands of them takes long.
            if !self.may_be_named(&text) {
                continue;
            }
            let taken = taken.get_or_insert_with(|| taken_from_siblings(&repository, modules()));
            let own = module_name(path);
            let is_taken = |name: &str| taken.contains(&(own.to_owned(), name.to_owned()));
            let renamed = rename(&text, &self.from, &self.to, &is_taken);
            let renamed = renamed.map_err(|error| self.hindrance(path, &text, error))?;
            if !renamed.edits.is_empty() {
                edits.push(FileEdit::text(path.clone(), renamed.edits));
            }
            for span in renamed.texts {
                let at = text.position(span.start);
                let speaks = format!("{path}:{at}: a text mentions `{}`", self.from);
                made.remarks.push(format!("{speaks}, and was left alone"));
            }
        }
        if !edits.is_empty() {
            self.refuse_only_uses(&repository)?;
        }
        made.changes = ChangeSet::compose(tree, &edits)?;
        Ok(made)
    }

    /// Refuses to rename the uses of what the repository defines itself, and does not define by the new name: they would
    /// lead nowhere. A name in another package is taken to be there.
    fn refuse_only_uses(&self, repository: &Repository<'_>) -> Result<(), Hindrance> {
        let package = |name: &str| name.split('.').next().map(str::to_owned);
        let Some(definition) = Definition::of(repository, &self.from) else { return Ok(()) };
        if package(&self.from) != package(&self.to)
            || Definition::of(repository, &self.to).is_some()
        {
            return Ok(());
        }
        let why = format!("`{}` is defined here, and only its uses would be renamed", self.from);
        let hindrance = Hindrance::new(why);
        let path = &definition.path;
        Err(match (definition.name, repository.text(path.as_str())) {
            (Some(name), Some(text)) => hindrance
                .at(path, &text, name)
                .hint("rename the definition first, in a change before this one or by hand"),
            _ => hindrance
                .in_file(path)
                .hint("move the module first, with `move` in a change before this one"),
        })
    }

    fn may_be_named(&self, text: &Text) -> bool {
        let last = self.from.rsplit('.').next().unwrap_or_default();
        let first = self.from.split('.').next().unwrap_or_default();
        text.as_str().contains(first)
            && (text.as_str().contains(last) || text.as_str().contains('*'))
    }

    fn hindrance(&self, path: &RepoPath, text: &Text, error: RenameError) -> Hindrance {
        let (span, why) = match error {
            RenameError::Syntax(error) => (error.span, format!("`{path}` does not parse: {error}")),
            RenameError::ByHand { span, why } => {
                (span, format!("`{}` cannot be renamed here: {why}", self.from))
            }
        };
        let hint = "edit this module by hand first, or leave it out with `paths`";
        Hindrance::new(why).at(path, text, span).hint(hint)
    }
}

/// Where the repository defines a dotted name.
struct Definition {
    /// The file of the module.
    path: RepoPath,
    /// The span of the name in it; `None` for the module itself.
    name: Option<Span>,
}

impl Definition {
    fn of(repository: &Repository<'_>, dotted: &str) -> Option<Self> {
        if let Some(path) = module_file(repository.snapshot, dotted) {
            return Some(Self { path, name: None });
        }
        let (module, name) = dotted.rsplit_once('.')?;
        let path = module_file(repository.snapshot, module)?;
        let module = repository.python(path.as_str())?;
        let binding = module.bindings_of(name).find(|binding| binding.bound != Bound::Deleted)?;
        Some(Self { path, name: Some(binding.span) })
    }
}

/// The file of a module, with packages at the root or in `src`, where Python projects have them.
fn module_file(tree: &Snapshot, dotted: &str) -> Option<RepoPath> {
    let path = dotted.replace('.', "/");
    let files = ["", "src/"]
        .into_iter()
        .flat_map(|root| [".py", "/__init__.py"].map(|end| format!("{root}{path}{end}")));
    let mut there = files.filter(|file| tree.entry(file).is_some());
    there.next().map(|file| RepoPath::new(&file))
}

/// The name by which sibling modules import a module: that of its file, or of its folder.
fn module_name(path: &RepoPath) -> &str {
    match path.file_name() {
        "__init__.py" => path.parent().rsplit('/').next().unwrap_or_default(),
        name => name.strip_suffix(".py").unwrap_or(name),
    }
}

/// The names that modules of the repository import from each other, with the last part of the module's name.
fn taken_from_siblings<'t>(
    repository: &Repository<'_>,
    modules: impl Iterator<Item = &'t RepoPath>,
) -> BTreeSet<(String, String)> {
    let mut taken = BTreeSet::new();
    for path in modules {
        let Some(module) = repository.python(path.as_str()) else { continue };
        for import in &module.imports {
            let Imported::From { module, names, .. } = &import.imported else { continue };
            let last = module.rsplit('.').next().unwrap_or_default();
            taken.extend(names.iter().map(|name| (last.to_owned(), name.name.clone())));
        }
        // `sibling.name` uses it as well.
        for used in &module.attribute_uses {
            let name = used.path.split('.').next().unwrap_or_default();
            taken.insert((used.root.clone(), name.to_owned()));
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;
    use crate::checks::testing::Case;

    const MOVE: &str =
        "rename_symbol: { from: molecule_runtime.old.Tool, to: molecule_runtime.new.Kit }";

    #[test]
    fn every_module_of_the_repository_is_renamed() {
        let case = Case::with_shape("")
            .file("adapter.py", "from molecule_runtime.old import Tool\n\nTool()\n")
            .file("deep/lazy.py", "def f():\n    import molecule_runtime.old as o\n    o.Tool()\n")
            .file("shared.py", "from molecule_runtime.old import Tool\n")
            .file("user.py", "from shared import Tool\n'molecule_runtime.old.Tool'\n")
            .file("README.md", "molecule_runtime.old.Tool")
            .link("link.py", "adapter.py");
        insta::assert_snapshot!(told(&case, MOVE), @"
        = adapter.py
          from molecule_runtime.new import Kit

          Kit()
        = deep/lazy.py
          def f():
              import molecule_runtime.new as o
              o.Kit()
        = shared.py
          from molecule_runtime.new import Kit as Tool
        (user.py:2:1: a text mentions `molecule_runtime.old.Tool`, and was left alone)
        ");
        assert_eq!(told(&case, &MOVE.replace(" }", ", paths: ['docs/**'] }")), "");
    }

    #[test]
    fn the_uses_of_what_is_defined_here_are_not_renamed_alone() {
        let rename = "rename_symbol: { from: app.core.old_name, to: app.core.new_name }";
        for core in ["app/core.py", "src/app/core/__init__.py"] {
            let case = |definitions: &str| {
                Case::with_shape("")
                    .file(core, definitions)
                    .file("main.py", "from app.core import old_name\n\nold_name()\n")
            };
            let old = "def old_name():\n    pass\n";
            let hindered = told(&case(old), rename);
            let why =
                "hindered: `app.core.old_name` is defined here, and only its uses would be renamed";
            assert_eq!(hindered.lines().next(), Some(format!("{why} ({core}:1:5)").as_str()));
            // The old name may stay for other users.
            for known in ["def new_name():\n    pass\n", "new_name = old_name = print\n"] {
                let made = told(&case(known), rename);
                assert!(made.starts_with("= main.py\n  from app.core import new_name\n"), "{made}");
            }
            let elsewhere = rename.replace("app.core.new_name", "other.new_name");
            let made = told(&case(old), &elsewhere);
            assert!(made.starts_with("= main.py\n  from other import new_name\n"), "{made}");
        }
        let module = Case::with_shape("").file("app/a.py", "").file("main.py", "import app.a\n");
        let hindered = told(&module, "rename_symbol: { from: app.a, to: app.b }");
        assert!(hindered.starts_with("hindered: `app.a` is defined here"), "{hindered}");
    }

    #[test]
    fn what_is_left_for_a_person_hinders_the_repository() {
        let star = Case::with_shape("").file("a.py", "from molecule_runtime.old import *\n");
        insta::assert_snapshot!(told(&star, MOVE), @"
        hindered: `molecule_runtime.old.Tool` cannot be renamed here: `*` may import `Tool` here (a.py:1:34)
          edit this module by hand first, or leave it out with `paths`
        ");
        let broken = Case::with_shape("").file("a.py", "molecule_runtime.Tool(\n");
        insta::assert_snapshot!(told(&broken, MOVE), @"
        hindered: `a.py` does not parse: unexpected EOF while parsing (a.py:2:1)
          edit this module by hand first, or leave it out with `paths`
        ");
    }
}
