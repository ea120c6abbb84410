//! The first content of a path, taken from a member.
//!
//! What new repositories start with and nothing is compared with becomes a template where the member's names are in it: as
//! it is, it would give every new repository the name of this one, and no check would say so. A word that may be something
//! else than a name is kept, and said.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::shape::Policy;
use crate::shape::infer::Substitution;
use crate::shape::lineage::Lineage;
use crate::shape::lineage::parts::Parts;
use crate::shape::pack::{HeldPath, Pack, PackFile, PackFiles, TEMPLATE_SUFFIX};
use crate::shape::quoting::Piece;
use crate::source::Text;
use crate::source::yaml::{Dialect, Document, Node};

use super::retemplate::{Old, Rendering, Scope as _};
use super::{Adoption, Own, Promotion, verify};

/// Minimum number of characters of a name that is unlikely to be another word.
const MIN_SURE: usize = 4;

/// Maximum depth of the keys that are compared with names.
const MAX_KEY_DEPTH: usize = 16;

/// Makes a member's content the first canon of its path, whose rule is in shape.yaml already. `files` has that content
/// in the file that was lacking.
///
/// # Errors
/// When the pack does not load, or no template can be made of the content.
pub fn begin(files: &PackFiles, source: &str, promotion: &Promotion<'_>) -> Result<Adoption> {
    let pack = Pack::load(files, source, Lineage::default())?;
    let held = pack.rules().iter().find(|held| held.rule.path == promotion.path);
    let held = held.ok_or_else(|| Error::failed("the rule is gone"))?;
    let literal = held.rule.canon_file();
    let names_template = held.rule.canon_files() == [format!("{literal}{TEMPLATE_SUFFIX}")];
    // What is compared whole shows in the other repositories where a word is no name.
    let is_whole = held.rule.policy == Policy::Templated;
    let content = std::str::from_utf8(&promotion.bytes).ok();
    let content = content.filter(|_| is_whole || names_template || is_spread_unseen(held));
    let keys = keys_of(promotion);
    let is_kept = |text: &str| !is_whole && may_be_a_word(text, &keys, promotion);
    let rendering = Rendering::new("", Parts::new(), promotion.values);
    let new = content.and_then(|content| {
        Old::new("", "", content, &rendering)
            .in_place(&own(&pack, promotion, &is_kept))
            .filter(|new| rendering.of(&new.source).as_deref() == Some(content))
    });
    let executable = promotion.executable;
    let mut adoption = Adoption { file: literal.clone(), ..Adoption::default() };
    let bytes = match new.filter(|new| names_template || !new.substituted.is_empty()) {
        Some(new) => {
            adoption.file = format!("{literal}{TEMPLATE_SUFFIX}");
            adoption.kept = names_in(&pack, promotion, &is_kept);
            adoption.substituted = new.substituted;
            new.source.into_bytes().into()
        }
        None => {
            adoption.kept = kept(&pack, held, promotion);
            Arc::clone(&promotion.bytes)
        }
    };
    adoption.changed.insert(adoption.file.clone(), PackFile { bytes, executable });
    let mut others = files.clone();
    others.remove(&literal);
    verify(&Pack::load(&adoption.applied(&others), source, Lineage::default())?, promotion)?;
    Ok(adoption)
}

/// The names in a content that becomes canon as it is, if no comparison shows them.
pub(super) fn kept(pack: &Pack, held: &HeldPath, promotion: &Promotion<'_>) -> Vec<Substitution> {
    match is_spread_unseen(held) {
        true => names_in(pack, promotion, &|_| true),
        false => Vec::new(),
    }
}

/// Whether new repositories start with all of a canon, of which nothing or only managed keys are compared with it.
fn is_spread_unseen(held: &HeldPath) -> bool {
    !held.rule.policy.is_compared() || !held.rule.keys.is_empty()
}

/// The names of the member in its content that are written like this.
fn names_in(
    pack: &Pack,
    promotion: &Promotion<'_>,
    is_meant: &dyn Fn(&str) -> bool,
) -> Vec<Substitution> {
    let names = own(pack, promotion, &|_| false).names("");
    let content = std::str::from_utf8(&promotion.bytes).ok();
    let source = content.and_then(|content| names.abstracted(&Piece::alone(content)));
    let mut found = source.map_or_else(Vec::new, |source| names.written_in(&source));
    found.retain(|it| is_meant(&it.text));
    found
}

fn own<'a>(
    pack: &'a Pack,
    promotion: &Promotion<'a>,
    is_kept: &'a dyn Fn(&str) -> bool,
) -> Own<'a> {
    let Promotion { path, values, .. } = *promotion;
    Own { pack, path, template: "", values, is_kept }
}

/// Whether a name is as likely a word: if it is short, or a key of the document, such as `test` of a package.json. Some
/// keys are the repository's name, such as that of a program.
fn may_be_a_word(text: &str, keys: &BTreeSet<String>, promotion: &Promotion<'_>) -> bool {
    let bare = text.trim_matches(['"', '\'']);
    let is_repository = promotion.values.get("repository") == Some(bare);
    bare.chars().count() < MIN_SURE || !is_repository && keys.contains(bare)
}

/// The keys of a content in JSON or TOML. In YAML, names are often keys, such as those of services.
fn keys_of(promotion: &Promotion<'_>) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let path = promotion.path;
    if matches!(path.rsplit('.').next(), Some("json" | "toml"))
        && let Ok(text) = Text::decode(&promotion.bytes)
        && let Ok(document) = Document::parse(&text, Dialect::of_file(path, Dialect::Yaml12))
    {
        add_keys(document.root(), MAX_KEY_DEPTH, &mut keys);
    }
    keys
}

fn add_keys(node: Node<'_>, depth: usize, keys: &mut BTreeSet<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for entry in node.entries() {
        keys.extend(entry.key.scalar_text().map(str::to_owned));
        add_keys(entry.value, depth, keys);
    }
    node.items().for_each(|item| add_keys(item, depth, keys));
}
