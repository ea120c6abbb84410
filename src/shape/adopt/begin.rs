//! The first content of a path, taken from a member.
//!
//! What new repositories start with and nothing is compared with becomes a template where the member's names are in it: as
//! it is, it would give every new repository the name of this one, and no check would say so. Nor would one say so of an
//! expression where another word was meant: what may be something else than a name is kept, and said.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::shape::Policy;
use crate::shape::infer::{Names, Substitution};
use crate::shape::lineage::Lineage;
use crate::shape::lineage::parts::Parts;
use crate::shape::manifest::Extract;
use crate::shape::pack::{HeldPath, Pack, PackFile, PackFiles, TEMPLATE_SUFFIX};
use crate::shape::quoting::Piece;
use crate::shape::variables::{GIVEN, Variables};
use crate::source::Text;
use crate::source::yaml::{Dialect, Document, Node, Path};

use super::retemplate::{Candidate, Rendering, Scope as _};
use super::{Adoption, Own, Promotion, verify};

/// Minimum number of characters of a name that is unlikely to be another word.
const MIN_SURE: usize = 4;

/// Maximum depth of the keys that are compared with names.
const MAX_KEY_DEPTH: usize = 16;

/// The key of programs by their names, of which one often has the repository's.
const PROGRAMS: &str = "bin";

/// Where a document in JSON or TOML has the name of what it describes.
const NAMED: [&[&str]; 4] =
    [&["name"], &["project", "name"], &["package", "name"], &["tool", "poetry", "name"]];

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
    let names = own(&pack, promotion).names("");
    let rendering = Rendering::new("", Parts::new(), promotion.values);
    let new = content.and_then(|content| {
        let new = match is_whole {
            true => First::of(&[(Piece::alone(content), &names)], &names),
            false => first(content, &names, &pack, promotion),
        };
        new.filter(|new| rendering.of(&new.made.source).as_deref() == Some(content))
    });
    let executable = promotion.executable;
    let mut adoption = Adoption { file: literal.clone(), ..Adoption::default() };
    let bytes = match new.filter(|new| names_template || !new.made.substituted.is_empty()) {
        Some(new) => {
            adoption.file = format!("{literal}{TEMPLATE_SUFFIX}");
            adoption.kept = new.kept;
            adoption.substituted = new.made.substituted;
            new.made.source.into_bytes().into()
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
    if !is_spread_unseen(held) {
        return Vec::new();
    }
    let names = own(pack, promotion).names("");
    let content = std::str::from_utf8(&promotion.bytes).ok();
    let source = content.and_then(|content| names.abstracted(&Piece::alone(content)));
    source.map_or_else(Vec::new, |source| names.written_in(&source))
}

/// Whether new repositories start with all of a canon, of which nothing or only managed keys are compared with it.
fn is_spread_unseen(held: &HeldPath) -> bool {
    !held.rule.policy.is_compared() || held.manages_keys()
}

fn own<'a>(pack: &'a Pack, promotion: &Promotion<'a>) -> Own<'a> {
    let Promotion { path, values, .. } = *promotion;
    Own { pack, path, template: "", values }
}

/// A first content as a template.
struct First {
    made: Candidate,
    /// The names that stay as they are.
    kept: Vec<Substitution>,
}

impl First {
    /// Replaces names in the parts of a content, in each those that are given with it. `None` if a part cannot be in a
    /// template.
    fn of(parts: &[(Piece<'_>, &Names)], all: &Names) -> Option<Self> {
        let mut made = Candidate { source: String::new(), substituted: Vec::new() };
        let mut kept: Vec<Substitution> = Vec::new();
        for (piece, names) in parts {
            made.add(piece, names)?;
            let replaced = names.written_in(&names.abstracted(piece)?);
            let mut found = all.written_in(&all.abstracted(piece)?);
            found.retain(|it| !replaced.iter().any(|replaced| replaced.text == it.text));
            found.retain(|it| !kept.contains(it));
            kept.extend(found);
        }
        Some(Self { made, kept })
    }
}

/// The template of a content that nothing is compared with. A variable that the shape declares may have any value, such as
/// `true` or `main`, and a name of one word may be that word; only where a document says its name that is surely meant.
fn first(content: &str, names: &Names, pack: &Pack, promotion: &Promotion<'_>) -> Option<First> {
    let document = document_of(promotion);
    let keys = document.as_ref().map_or_else(BTreeSet::new, keys_of);
    let values = promotion.values;
    let given = names.clone().only(&|variable| GIVEN.contains(&variable));
    let sure = given
        .clone()
        .only(&|variable| values.get(variable).is_some_and(has_several_words))
        .without(&|text| may_be_a_word(text, &keys, values));
    let said = document.map_or_else(Vec::new, |it| names_in(&it, content, pack, promotion));
    let part = |part: Range<usize>| {
        let before = content.get(..part.start)?.rsplit('\n').next()?;
        let after = content.get(part.end..)?.split('\n').next()?;
        Some(Piece { before, text: content.get(part)?, after })
    };
    let (mut parts, mut end) = (Vec::new(), 0);
    for place in said {
        parts.push((part(end..place.start)?, &sure));
        end = place.end;
        parts.push((part(place)?, &given));
    }
    parts.push((part(end..content.len())?, &sure));
    First::of(&parts, names)
}

/// Whether a value consists of several words, as few words of a text do.
fn has_several_words(value: &str) -> bool {
    value.trim_matches(WORD_ENDS).contains(WORD_ENDS)
}

/// What joins the words of a name.
const WORD_ENDS: [char; 4] = ['-', '_', '.', ' '];

/// Whether a name is as likely a word: if it is short, written as one word (`backend` of `back-end`), or a key of the
/// document, such as `build-system` of a pyproject.toml. Some keys are the repository's name, if it is not only its slug.
fn may_be_a_word(text: &str, keys: &BTreeSet<String>, values: &Variables) -> bool {
    let bare = text.trim_matches(['"', '\'']);
    let repository = values.get("repository");
    let is_repository = repository == Some(bare) && repository != values.get("slug");
    let has_words = has_several_words(bare) || has_capital_inside(bare);
    bare.chars().count() < MIN_SURE || !has_words || !is_repository && keys.contains(bare)
}

/// Whether a word goes on with a capital, as `OrderSync` does.
fn has_capital_inside(word: &str) -> bool {
    word.chars()
        .zip(word.chars().skip(1))
        .any(|(one, next)| !one.is_uppercase() && next.is_uppercase())
}

/// A content in JSON, TOML or YAML.
fn document_of(promotion: &Promotion<'_>) -> Option<Document> {
    let path = promotion.path;
    let is_document = matches!(path.rsplit('.').next(), Some("json" | "toml" | "yaml" | "yml"));
    let text = Text::decode(&promotion.bytes).ok().filter(|_| is_document)?;
    Document::parse(&text, Dialect::of_file(path, Dialect::Yaml12)).ok()
}

/// Where a document says that it is of this repository, in order: by its own name, and by what a variable is extracted from
/// that must equal something of the repository. In YAML, `name` may be that of anything, such as a workflow.
fn names_in(
    document: &Document,
    content: &str,
    pack: &Pack,
    promotion: &Promotion<'_>,
) -> Vec<Range<usize>> {
    if document.text().as_str() != content {
        return Vec::new();
    }
    let says_so = matches!(promotion.path.rsplit('.').next(), Some("json" | "toml"));
    let places = NAMED.iter().filter(|_| says_so).map(|keys| Path::keys(keys.iter().copied()));
    let mut own = places.filter_map(|place| own_name(document.at(&place)?, content, promotion));
    let held = pack.manifest.variables.iter().filter_map(|(name, variable)| {
        let Extract::Yaml { path, key } = variable.extract.as_ref()? else { return None };
        let wanted = pack.must_equal(name, promotion.values)?.ok()?;
        let node = document.at(&key.parse().ok()?).filter(|_| path == promotion.path)?;
        let span = (node.scalar_text()? == wanted).then(|| node.span())?;
        Some(span.start..span.end)
    });
    let mut places: Vec<Range<usize>> = own.next().into_iter().chain(held).collect();
    places.sort_unstable_by_key(|place| place.start);
    // The same key may be both, and several variables may be extracted from it.
    let mut end = 0;
    places.retain(|place| {
        let is_apart = place.start >= end;
        end = end.max(place.end);
        is_apart
    });
    places
}

/// Where a scalar is the name of the repository: all of it, or what is behind the scope of a package of npm.
fn own_name(node: Node<'_>, content: &str, promotion: &Promotion<'_>) -> Option<Range<usize>> {
    let text = node.scalar_text()?;
    let scoped = text.strip_prefix('@').and_then(|text| text.split_once('/'));
    let name = scoped.map_or(text, |(_, name)| name);
    let mut known = ["repository", "slug"].iter().filter_map(|it| promotion.values.get(it));
    known.find(|known| *known == name)?;
    let span = node.span();
    if scoped.is_none() {
        return Some(span.start..span.end);
    }
    let start = span.start + content.get(span.start..span.end)?.rfind('/')? + 1;
    let place = start..start + name.len();
    // It may be written with escapes.
    (content.get(place.clone())? == name).then_some(place)
}

fn keys_of(document: &Document) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    add_keys(document.root(), MAX_KEY_DEPTH, &mut keys);
    keys
}

fn add_keys(node: Node<'_>, depth: usize, keys: &mut BTreeSet<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for entry in node.entries() {
        let key = entry.key.scalar_text();
        keys.extend(key.map(str::to_owned));
        if key != Some(PROGRAMS) {
            add_keys(entry.value, depth, keys);
        }
    }
    node.items().for_each(|item| add_keys(item, depth, keys));
}

#[cfg(test)]
mod tests;
