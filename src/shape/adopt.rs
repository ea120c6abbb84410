//! Changes to a pack that follow from its repositories: making a member's content canon, or declaring a member's
//! difference in a profile.
//!
//! Each change yields the files of the pack to write, after checking that the changed pack loads. The caller reads the
//! member and writes the pack.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::snapshot::BlobId;
use crate::source::Text;
use crate::source::yaml::edit::{Edits, Placement, append_item, insert_entry};
use crate::source::yaml::{Dialect, Document, Path, quote_scalar};

use super::infer::{Names, Substitution};
use super::lineage::parts::Parts;
use super::lineage::{LOG, LOG_FOLDER, Lineage, LogEntry};
use super::pack::{
    HeldPath, MANIFEST, Pack, PackFile, PackFiles, ProfileGlobs, TEMPLATE_SUFFIX,
    check_profile_name, parts_in,
};
use super::variables::{Origin, Variables};
use super::{HeldBy, Policy};
pub use begin::begin;
pub use managed::Taken;
use retemplate::{Candidate, Old, Rendering, Scope};
use tags::{lost_blocks, lost_expressions};

mod begin;
mod managed;
mod retemplate;
mod tags;

/// A member's content to make canon.
#[derive(Clone, Debug)]
pub struct Promotion<'a> {
    /// The path.
    pub path: &'a str,
    /// The member's content.
    pub bytes: Arc<[u8]>,
    /// Whether the member's file is executable.
    pub executable: bool,
    /// The member's variables.
    pub values: &'a Variables,
    /// The member's profile.
    pub profile: &'a ProfileGlobs,
    /// The label of the replaced content in the lineage: a date.
    pub label: &'a str,
}

/// The result of a change to a pack.
#[derive(Clone, Debug, Default)]
pub struct Adoption {
    /// The files to change, with their new content.
    pub changed: PackFiles,
    /// The file of the pack that holds the canon, or shape.yaml.
    pub file: String,
    /// What was replaced by expressions in the new parts of a template.
    pub substituted: Vec<Substitution>,
    /// Words that may be the repository's names and stay as they are in a content that new repositories start with.
    pub kept: Vec<Substitution>,
    /// What of the content was taken, if only a part of the file is managed.
    pub taken: Option<Taken>,
    /// Conditions, loops and the like of the old template that the new one lacks.
    pub lost: Vec<String>,
    /// Expressions of the old template that the new one lacks.
    pub lost_expressions: Vec<String>,
}

/// Makes a member's content the canon of its path, and records the old canon in the lineage. Changes nothing if it is
/// the canon already.
///
/// # Errors
/// When the pack holds no content for the path, or no template can be made that renders the member's content.
pub fn promote(files: &PackFiles, source: &str, promotion: &Promotion<'_>) -> Result<Adoption> {
    let pack = Pack::load(files, source, Lineage::default())?;
    let path = promotion.path;
    let held = pack.rules().iter().find(|held| held.rule.path == path);
    let held = held.ok_or_else(|| {
        Error::usage(format!("the shape does not hold `{path}`"))
            .in_file(format!("{source}/{MANIFEST}"))
            .hint(format!("add a rule for it under `paths`: `- {{ path: {path}, policy: exact }}`"))
    })?;
    let (file, template) = canon_file(held, files).ok_or_else(|| {
        Error::usage(format!("the shape requires no particular content at `{path}`"))
            .in_file(format!("{source}/{MANIFEST}"))
            .hint(format!("only {} paths have a canon", Policy::with_canon()))
    })?;
    let old = files.get(&file).cloned().ok_or_else(|| Error::failed("the canon is gone"))?;
    let (promotion, taken) = managed::of(&pack, held, &old, promotion)?;
    let promotion = &promotion;
    let mut made = Adoption { file, taken, ..Adoption::default() };
    let parts = if template { parts_in(files, &old.bytes) } else { Parts::new() };
    let bytes = if template {
        let new = retemplated(&pack, held, &old, &parts, promotion)?;
        let template = String::from_utf8_lossy(&old.bytes);
        made.lost = lost_blocks(&template, &new.source);
        made.lost_expressions = lost_expressions(&template, &new.source);
        made.substituted = new.substituted;
        new.source.into_bytes().into()
    } else {
        made.kept = begin::kept(&pack, held, promotion);
        Arc::clone(&promotion.bytes)
    };
    // What shape.yaml requires is not up to the mode of the pack's file.
    let is_required = held.rule.must_be_executable();
    let executable = if is_required { old.executable } else { promotion.executable };
    if bytes == old.bytes && is_required && !promotion.executable {
        return Err(Error::usage(format!(
            "`{path}` is not executable in the repository, but shape.yaml requires it to be"
        ))
        .in_file(format!("{source}/{MANIFEST}"))
        .hint("remove `executable: true` from its rule, or make the file executable in the repository"));
    }
    if bytes == old.bytes {
        // The content stays, so the lineage has nothing to remember.
        if executable != old.executable {
            made.changed.insert(made.file.clone(), PackFile { bytes, executable });
        }
        return Ok(made);
    }
    let id = BlobId::of(&old.bytes).to_string();
    let shape = template.then(|| files.get(MANIFEST)).flatten();
    let shape_id = shape.map(|shape| BlobId::of(&shape.bytes).to_string());
    let part_id = |part: &Arc<str>| BlobId::of(part.as_bytes()).to_string();
    let entry = LogEntry {
        path: path.to_owned(),
        content: id.clone(),
        template,
        shape: shape_id.clone(),
        parts: parts.iter().map(|(name, part)| (name.clone(), part_id(part))).collect(),
        label: promotion.label.to_owned(),
    };
    let changed = &mut made.changed;
    changed.insert(LOG.to_owned(), plain(appended(files, &entry)?.into()));
    for part in parts.values() {
        changed.insert(format!("{LOG_FOLDER}{}", part_id(part)), plain(part.as_bytes().into()));
    }
    if let (Some(shape), Some(id)) = (shape, shape_id) {
        changed.insert(format!("{LOG_FOLDER}{id}"), plain(Arc::clone(&shape.bytes)));
    }
    changed.insert(format!("{LOG_FOLDER}{id}"), plain(old.bytes));
    changed.insert(made.file.clone(), PackFile { bytes, executable });
    let adopted = Pack::load(&made.applied(files), source, Lineage::default())?;
    verify(&adopted, promotion)?;
    Ok(made)
}

/// A difference to declare in a profile.
#[derive(Clone, Debug)]
pub struct Acceptance<'a> {
    /// The path.
    pub path: &'a str,
    /// The profile, created if it does not exist.
    pub profile: &'a str,
    /// Whether the member has the path.
    pub present: bool,
}

/// Declares that a path may differ for members of a profile: `seeded` if wanted and present, `without` if wanted and
/// absent, and permitted if the shape does not know or forbids it. Keeps the comments of shape.yaml.
///
/// # Errors
/// When the profile declares it already, when there is no difference to accept, or when shape.yaml cannot be edited.
pub fn accept(files: &PackFiles, source: &str, acceptance: &Acceptance<'_>) -> Result<Adoption> {
    let pack = Pack::load(files, source, Lineage::default())?;
    let place = format!("{source}/{MANIFEST}");
    let Acceptance { path, profile, present } = *acceptance;
    let (key, fragment) = match pack.rule_for(path) {
        Some(held) if held.rule.policy.is_wanted() && present => ("policies", "seeded"),
        Some(held) if held.rule.policy.is_wanted() => ("without", ""),
        _ if present => ("permits", ""),
        _ => {
            return Err(Error::usage(format!(
                "`{path}` is neither in the repository nor required by the shape"
            ))
            .in_file(place)
            .hint("there is no difference to accept"));
        }
    };
    let globs = pack.profile(Some(profile));
    if let Some(globs) = &globs {
        let declared = match key {
            "policies" => globs.profile.policies.get(path) == Some(&Policy::Seeded),
            "without" => globs.does_without(path),
            _ => globs.permits(path),
        };
        if declared {
            return Err(Error::usage(format!("profile `{profile}` already accepts `{path}`"))
                .in_file(place)
                .hint("give the repository this profile in fleet.yaml"));
        }
    }
    if let (Some(held), "policies") = (pack.rule_for(path), key) {
        let of_profile = globs.as_ref().and_then(|globs| globs.profile.policies.get(path));
        has_a_canon(*of_profile.unwrap_or(&held.rule.policy), path)
            .map_err(|it| it.in_file(&place))?;
    }
    let manifest = files.get(MANIFEST).ok_or_else(|| Error::failed("the shape.yaml is gone"))?;
    let wrong = |message: String| {
        Error::failed("cannot edit the shape pack")
            .in_file(&place)
            .caused_by(message)
            .hint(format!("write it yourself: `profiles: {{ {profile}: {{ {key}: … }} }}`"))
    };
    let mut text = Text::decode(&manifest.bytes).map_err(|error| wrong(error.to_string()))?;
    check_profile_name(profile, &text, &place)?;
    // Unescaped glob characters would permit other paths too.
    let literal = if key == "policies" { path.to_owned() } else { globset::escape(path) };
    for step in steps(profile, key) {
        let document =
            Document::parse(&text, Dialect::Yaml12).map_err(|error| wrong(error.to_string()))?;
        let edits = step.edits(&document, &literal, fragment);
        let edits = edits.map_err(|refused| wrong(refused.to_string()))?;
        text =
            text.edited(&edits).map_err(|_| wrong("two edits are at the same place".to_owned()))?;
    }
    let mut changed = PackFiles::new();
    changed.insert(MANIFEST.to_owned(), plain(text.to_bytes().into()));
    let file = MANIFEST.to_owned();
    let adoption = Adoption { changed, file, ..Adoption::default() };
    Pack::load(&adoption.applied(files), source, Lineage::default())?;
    Ok(adoption)
}

/// Refuses a path whose content no canon is compared with: a profile cannot make it freer. What the pack's demands and
/// other checks say of it holds under every policy.
fn has_a_canon(policy: Policy, path: &str) -> Result<()> {
    match policy.held_by() {
        HeldBy::Text(_) | HeldBy::Absence => Ok(()),
        HeldBy::Checks | HeldBy::Presence => Err(Error::usage(format!(
            "`{path}` is compared with no canon (`policy: {policy}`), so its content is free already, except for what \
             the checks say"
        ))
        .hint(
            "`shipshape waive` accepts findings of one repository; `without_rules` of a profile leaves rules out; or \
             change the pack's `demands`",
        )),
    }
}

impl Adoption {
    /// Returns the whole pack with the change applied.
    #[must_use]
    pub fn applied(&self, files: &PackFiles) -> PackFiles {
        let mut applied = files.clone();
        applied.extend(self.changed.iter().map(|(path, file)| (path.clone(), file.clone())));
        applied
    }
}

/// One of the edits of shape.yaml that declare a difference.
enum Step {
    /// Creates a mapping or list if it is missing.
    Parent(Path, String),
    /// Adds the entry itself.
    Entry { parent: Path, list: bool },
}

fn steps(profile: &str, key: &str) -> [Step; 4] {
    let profiles = Path::keys(["profiles"]);
    let own = profiles.clone().key(profile);
    let target = own.clone().key(key);
    [
        Step::Parent(Path::root(), "profiles".to_owned()),
        Step::Parent(profiles, profile.to_owned()),
        Step::Parent(own, key.to_owned()),
        Step::Entry { parent: target, list: key != "policies" },
    ]
}

impl Step {
    fn edits(&self, document: &Document, path: &str, fragment: &str) -> Edits {
        match self {
            Self::Parent(parent, key) => {
                if document.at(&parent.clone().key(key)).is_some() {
                    return Ok(Vec::new());
                }
                // The next step turns the empty list or mapping into a block.
                let list = matches!(key.as_str(), "without" | "permits");
                let empty = if list { "[]" } else { "{}" };
                let before = parent.steps().is_empty() && document.root().get("paths").is_some();
                let place = if before { Placement::Before("paths") } else { Placement::End };
                insert_entry(document, parent, key, empty, place)
            }
            Self::Entry { parent, list: true } => {
                append_item(document, parent, &quote_scalar(path))
            }
            Self::Entry { parent, list: false } => {
                insert_entry(document, parent, path, fragment, Placement::End)
            }
        }
    }
}

fn plain(bytes: Arc<[u8]>) -> PackFile {
    PackFile { bytes, executable: false }
}

/// Returns the pack file with a path's canon, and whether it is a template.
#[must_use]
pub fn canon_file(held: &HeldPath, files: &PackFiles) -> Option<(String, bool)> {
    held.canon.as_ref()?;
    let literal = held.rule.canon_file();
    if files.contains_key(&literal) {
        return Some((literal, false));
    }
    Some((format!("{literal}{TEMPLATE_SUFFIX}"), true))
}

fn appended(files: &PackFiles, entry: &LogEntry) -> Result<Vec<u8>> {
    let mut log = files.get(LOG).map(|log| log.bytes.to_vec()).unwrap_or_default();
    if !log.is_empty() && !log.ends_with(b"\n") {
        log.push(b'\n');
    }
    let line = serde_json::to_string(entry)
        .map_err(|error| Error::failed("cannot write the lineage").caused_by(error))?;
    log.extend_from_slice(line.as_bytes());
    log.push(b'\n');
    Ok(log)
}

/// Returns the template with the member's change merged in.
fn retemplated(
    pack: &Pack,
    held: &HeldPath,
    old: &PackFile,
    parts: &Parts,
    promotion: &Promotion<'_>,
) -> Result<Candidate> {
    let refused = |why: String| {
        Error::failed(format!("cannot create a template from `{}`", promotion.path))
            .caused_by(why)
            .hint("edit the template in the pack yourself")
    };
    let template = std::str::from_utf8(&old.bytes).map_err(|error| refused(error.to_string()))?;
    let content =
        std::str::from_utf8(&promotion.bytes).map_err(|error| refused(error.to_string()))?;
    let values = promotion.values;
    let rendered = pack.rendered(held, values).map_err(|error| refused(error.to_string()))?;
    let rendered = rendered.map(|canon| String::from_utf8_lossy(&canon.bytes).into_owned());
    let rendered = rendered.unwrap_or_default();
    let scope = Own { pack, path: promotion.path, template, values };
    let rendering = Rendering::new(template, parts.clone(), values);
    let old = Old::new(template, &rendered, content, &rendering);
    let fits = |it: &Candidate| rendering.of(&it.source).as_deref() == Some(content);
    let (in_place, line_by_line) = (old.in_place(&scope), old.line_by_line(&scope));
    if in_place.is_none() && line_by_line.is_none() {
        return Err(refused("it contains text that a template cannot contain".to_owned()));
    }
    if let Some(fitting) = in_place.filter(fits) {
        return Ok(fitting);
    }
    let fitting = line_by_line.filter(fits).ok_or_else(|| {
        refused("its rendered content would differ from the repository's".to_owned())
    })?;
    // Line by line, tags are lost wherever they are. What another template gives is not written out unasked.
    let lost = lost_blocks(template, &fitting.source);
    match lost.iter().find(|tag| takes_in(tag)) {
        Some(tag) => Err(refused(format!(
            "it would no longer have `{{% {tag} %}}`, since the change is inside a construct of several lines"
        ))),
        None => Ok(fitting),
    }
}

/// Whether a tag takes in another template.
fn takes_in(tag: &str) -> bool {
    ["include", "import", "extends"].iter().any(|word| tag.starts_with(word))
}

/// What may become a variable: what is the repository's own.
struct Own<'a> {
    pack: &'a Pack,
    path: &'a str,
    template: &'a str,
    values: &'a Variables,
}

impl Scope for Own<'_> {
    /// The default of a variable that is the same in every repository is a word like any other, such as `stable`; it
    /// becomes the variable only where the replaced text had it.
    fn names(&self, replaced: &str) -> Names {
        let replaced: String = replaced.split_whitespace().collect();
        Names::as_in(self.template, self.path, self.values).only(&|name| {
            let origin = self.values.origins().find(|(known, ..)| *known == name);
            let plain = self.pack.variable(name).and_then(|(_, it)| it.plain_default());
            let is_common =
                plain.is_some() && origin.is_some_and(|(.., origin)| origin == Origin::Default);
            !is_common
                || ["}}", "|"].iter().any(|end| replaced.contains(&format!("{{{{{name}{end}")))
        })
    }
}

/// Verifies that the new pack renders exactly the promoted content for the member.
fn verify(pack: &Pack, promotion: &Promotion<'_>) -> Result<()> {
    let held = pack.rules().iter().find(|held| held.rule.path == promotion.path);
    // What is the same everywhere is what was promoted, in whatever language it is.
    let canon = held.map(|held| match held.literal() {
        Some(canon) => Ok(Some(canon)),
        None => pack.canon(held, promotion.values),
    });
    let error =
        Error::failed(format!("the new canon of `{}` is not what was promoted", promotion.path));
    match canon.transpose() {
        Ok(Some(Some(canon))) if canon.bytes == promotion.bytes => Ok(()),
        Ok(_) => Err(error),
        Err(why) => Err(error.caused_by(why)),
    }
}

#[cfg(test)]
mod tests;
