//! Checks what the variables of a pack are extracted from: a misspelled file or key is there in no repository, so that the
//! default would count in each of them, and nobody would notice.
//!
//! A file that the pack does not hold, and a key that it knows nothing of, are as good as any other: only those that are one
//! slip away from what the pack has are taken for misspelled.

mod slips;

use std::collections::{BTreeMap, BTreeSet};

use super::{CanonSource, HeldPath, PackFiles, TEMPLATE_SUFFIX, demanded};
use crate::error::{Error, Result};
use crate::shape::demands::document::Key;
use crate::shape::manifest::{Extract, Manifest};
use crate::shape::render::Templates;
use crate::shape::variables::{GIVEN, Variables};
use crate::snapshot::RepoPath;
use crate::source::Text;
use crate::source::yaml::{Dialect, Document, Node, Path, Step};
use slips::{key_meant, path_meant};

/// A pack, as far as it says what a file of a repository has.
pub(super) struct Known<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) rules: &'a [HeldPath],
    pub(super) templates: &'a Templates,
    pub(super) files: &'a PackFiles,
}

/// What is wrong with what a variable is extracted from.
struct Fault {
    message: String,
    /// The key of the extraction that says so.
    key: &'static str,
    cause: Option<String>,
    hint: String,
}

/// Checks what each variable is extracted from.
pub(super) fn check(known: &Known<'_>, text: &Text, place: &str) -> Result<()> {
    for (name, variable) in &known.manifest.variables {
        let Some(extract) = &variable.extract else { continue };
        let Some(fault) = unsound(name, extract).or_else(|| known.misspelled(name, extract)) else {
            continue;
        };
        let way = match extract {
            Extract::Yaml { .. } => "yaml",
            Extract::Subclass { .. } => "subclass",
        };
        let keys = ["variables", name, "extract", way, fault.key].map(str::to_owned);
        let error = demanded::at(Error::usage(fault.message), text, place, &keys);
        let error = fault.cause.iter().fold(error, |error, cause| error.caused_by(cause));
        return Err(error.hint(fault.hint));
    }
    Ok(())
}

/// What no file or key could be.
fn unsound(name: &str, extract: &Extract) -> Option<Fault> {
    let fault = |key, message: String, hint: &str| {
        Some(Fault { message, key, cause: None, hint: hint.to_owned() })
    };
    let path = extract.path();
    if !RepoPath::new(path).is_sound() {
        return fault(
            "path",
            format!(
                "the variable `{name}` is extracted from `{path}`, which is not a path inside a repository"
            ),
            "write it relative to the root, with `/`, without `..` and without `.git`",
        );
    }
    match extract {
        Extract::Subclass { of, .. } if of.trim().is_empty() => fault(
            "of",
            format!("the variable `{name}` is extracted from a class that derives from none"),
            "name the base class as the module writes it",
        ),
        Extract::Subclass { .. } => None,
        Extract::Yaml { key, .. } if key.trim().is_empty() => fault(
            "key",
            format!("the variable `{name}` is extracted from a key without a name"),
            "name the key of one value: `a.b`",
        ),
        Extract::Yaml { key, .. } => match key.parse::<Path>() {
            Err(error) => Some(Fault {
                message: format!("the key of the variable `{name}` is not valid"),
                key: "key",
                cause: Some(error.to_string()),
                hint: "name the key of one value: `a.b`".to_owned(),
            }),
            Ok(path) if path.steps().contains(&Step::Each) => fault(
                "key",
                format!("the variable `{name}` is extracted from `{key}`, which is many values"),
                "name one of them, as in `a[0].b`",
            ),
            Ok(_) => None,
        },
    }
}

impl Known<'_> {
    /// A file or key that was probably meant to be another one.
    fn misspelled(&self, name: &str, extract: &Extract) -> Option<Fault> {
        let path = extract.path();
        if !self.has_a_place_for(path) {
            let wanted = self.rules.iter().filter(|held| held.rule.policy.is_wanted());
            let meant = path_meant(path, wanted.map(|held| held.rule.path.as_str()))?;
            return Some(Fault {
                message: format!(
                    "the variable `{name}` is extracted from `{path}`, which no entry of `paths` holds"
                ),
                key: "path",
                cause: None,
                hint: format!(
                    "did you mean `{meant}`? If not, add it to `paths`: `- {{ path: {path}, policy: contract, \
                     optional: true }}`"
                ),
            });
        }
        let Extract::Yaml { key, .. } = extract else { return None };
        let meant = self.key_meant(path, &key.parse().ok()?)?;
        Some(Fault {
            message: format!(
                "the variable `{name}` is extracted from the key `{key}` of `{path}`, which neither the pack's content of \
                 it nor a demand has"
            ),
            key: "key",
            cause: None,
            hint: format!(
                "did you mean `{meant}`? If not, list `{key}` in `keys` of `{path}` under `demands.documents`"
            ),
        })
    }

    /// Whether the pack names a file, be it as one that repositories may have.
    fn has_a_place_for(&self, path: &str) -> bool {
        let profiles = self.manifest.profiles.values();
        let named = profiles.flat_map(|it| it.expects.iter().chain(&it.permits));
        self.rules.iter().any(|held| held.matches(path))
            || named.chain(&self.manifest.extras).any(|named| named == path)
    }

    /// The key that was probably meant by one that neither the pack's content of a file nor its demands have.
    fn key_meant(&self, path: &str, key: &Path) -> Option<Path> {
        let demand = self.manifest.demands.documents.iter().find(|it| it.path == path);
        let dialect = demand
            .map_or_else(|| Dialect::of_file(path, Dialect::Yaml12), |demand| demand.read_as());
        let content = self.content(path, dialect);
        let mut node = content.as_ref().map(Document::root);
        let mut demanded = demand.map(|demand| Level { keys: &demand.keys, items: None });
        let mut walked = Path::root();
        for step in key.steps() {
            match step {
                Step::Key(name) => {
                    let mut names: BTreeSet<&str> = BTreeSet::new();
                    names.extend(node.into_iter().flat_map(keys_of));
                    let listed = demanded.iter().flat_map(|level| level.keys.keys());
                    names.extend(listed.map(String::as_str));
                    if !names.contains(name.as_str()) {
                        let meant = key_meant(name, names)?;
                        return (!self.may_write(name)).then(|| walked.key(meant));
                    }
                    node = node.and_then(|node| node.get(name));
                    demanded = demanded.and_then(|level| level.keys.get(name)).map(Level::below);
                    walked = walked.key(name);
                }
                Step::Index(index) => {
                    node = node.and_then(|node| node.items().nth(*index));
                    demanded = demanded.and_then(|level| level.items).map(Level::below);
                    walked = walked.index(*index);
                }
                Step::Each => return None,
            }
        }
        None
    }

    /// The pack's content of a path, with words in place of values; `None` if there is none, or it is no document.
    fn content(&self, path: &str, dialect: Dialect) -> Option<Document> {
        let held = self.rules.iter().find(|held| held.rule.path == path)?;
        let text = match held.canon.as_ref()? {
            CanonSource::Literal { bytes, .. } => Text::decode(bytes).ok()?,
            CanonSource::Template { name, .. } => {
                Text::new(&self.templates.render(name, &self.words()).ok()?)
            }
        };
        Document::parse(&text, dialect).ok()
    }

    /// A value for each variable, which none of a repository need resemble.
    fn words(&self) -> Variables {
        let mut values = Variables::default();
        for name in GIVEN {
            values.insert(name, name);
        }
        for (name, variable) in &self.manifest.variables {
            let plain = variable.placeholder.as_deref().or_else(|| variable.plain_default());
            values.insert(name, plain.unwrap_or(name));
        }
        values
    }

    /// Whether a template may write a key with other values than those [`words`](Self::words).
    fn may_write(&self, key: &str) -> bool {
        let templates = self.files.iter().filter(|(path, _)| path.ends_with(TEMPLATE_SUFFIX));
        templates
            .filter_map(|(_, file)| std::str::from_utf8(&file.bytes).ok())
            .any(|template| writes_key(template, key))
    }
}

/// The keys at some depth of a document, as the pack demands them.
#[derive(Clone, Copy)]
struct Level<'k> {
    keys: &'k BTreeMap<String, Key>,
    /// What is demanded of the items, if this is a list.
    items: Option<&'k Key>,
}

impl<'k> Level<'k> {
    fn below(key: &'k Key) -> Self {
        Self { keys: &key.keys, items: key.items.as_deref() }
    }
}

fn keys_of(node: Node<'_>) -> impl Iterator<Item = &str> {
    node.entries().filter_map(|entry| entry.key.scalar_text())
}

/// Whether a text has a word before the mark that ends a key in YAML, JSON and TOML.
fn writes_key(text: &str, key: &str) -> bool {
    text.match_indices(key).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at + key.len()..).unwrap_or_default();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let ends = behind.trim_start_matches(['"', '\'', ' ']).starts_with([':', '=']);
        ends && !before.ends_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use crate::shape::lineage::Lineage;
    use crate::shape::pack::{FILES, MANIFEST, Pack, PackFile, PackFiles};

    /// What is wrong with a pack that holds this content of `d.yaml` or, rendered, of `t.yaml`, and extracts a variable.
    fn wrong(content: &str, extract: &str) -> Option<String> {
        let shape = format!(
            "schema: 1\nname: x\npaths:\n- {{ path: d.yaml, policy: seeded }}\n- {{ path: t.yaml, policy: templated }}\n\
             extras: ['**']\nvariables:\n  team: {{}}\n  one: {{ extract: {{ {extract} }} }}\n"
        );
        let file = |text: &str| PackFile { bytes: text.as_bytes().into(), executable: false };
        let files = PackFiles::from([
            (MANIFEST.to_owned(), file(&shape)),
            (format!("{FILES}d.yaml"), file(content)),
            (format!("{FILES}t.yaml.tera"), file(content)),
        ]);
        let error = Pack::load(&files, "x", Lineage::default()).err()?;
        Some(format!("{} [{}]", error.message(), error.hints().join("; ")))
    }

    #[test]
    fn a_key_that_the_content_has_not_is_told_where_it_is_near_to_one() {
        let content = "title: x\nlist:\n- {name: {{ team }}, port: 80}\n{% if starter %}tytle: y\n{% endif %}";
        let plain = "title: x\nlist:\n- {name: a, port: 80}\n";
        for (path, content) in [("d.yaml", plain), ("t.yaml", content)] {
            let of = |key: &str| wrong(content, &format!("yaml: {{ path: {path}, key: '{key}' }}"));
            for key in ["title", "list[0].name", "list[3].nmae", "team", "list.nmae", "title.x"] {
                assert_eq!(of(key), None, "{path} {key}");
            }
            for (key, meant) in [("titel", "title"), ("list[0].nmae", "list[0].name")] {
                let wrong = of(key).expect("it is wrong");
                let says = format!(
                    "the variable `one` is extracted from the key `{key}` of `{path}`, which neither the pack's content of \
                     it nor a demand has [did you mean `{meant}`?"
                );
                assert!(wrong.starts_with(&says), "{wrong}");
            }
        }
        // Another value may let the template write it.
        assert_eq!(wrong(content, "yaml: { path: t.yaml, key: tytle }"), None);
    }

    #[test]
    fn a_file_is_told_where_it_is_near_to_a_held_one() {
        let wrong = |path: &str| wrong("a: 1\n", &format!("yaml: {{ path: {path}, key: a }}"));
        let told = wrong("d.yml").expect("it is wrong");
        let says = "the variable `one` is extracted from `d.yml`, which no entry of `paths` holds [did you mean `d.yaml`?";
        assert!(told.starts_with(says), "{told}");
        for path in ["d.yaml", "pyproject.toml", "deploy/d.yml"] {
            assert_eq!(wrong(path), None, "{path}");
        }
    }

    #[test]
    fn what_no_key_or_class_could_be_is_refused() {
        for (extract, says) in [
            ("yaml: { path: ../d.yaml, key: a }", "which is not a path inside a repository"),
            ("yaml: { path: d.yaml, key: '' }", "from a key without a name"),
            ("yaml: { path: d.yaml, key: 'a[].b' }", "from `a[].b`, which is many values"),
            ("yaml: { path: d.yaml, key: 'a b' }", "the key of the variable `one` is not valid"),
            ("subclass: { path: a.py, of: '' }", "from a class that derives from none"),
        ] {
            let wrong = wrong("a: 1\n", extract).expect("it is wrong");
            assert!(wrong.contains(says), "{extract}: {wrong}");
        }
    }
}
