//! Adds a new member to the manifest as a single entry, preserving comments, order and everything else. The result is
//! parsed again, and rejected if anything else changed.

use std::path::Path;

use super::manifest::{FullMember, MemberEntry};
use super::{Fleet, Member};
use crate::error::Error;
use crate::source::Text;
use crate::source::secrets::masked;
use crate::source::yaml::{self, Dialect, Document, edit, quote_scalar};

/// A manifest with another member.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The file's new content.
    pub bytes: Vec<u8>,
    /// The fleet described by it.
    pub fleet: Fleet,
    /// The new member.
    pub member: Member,
    /// The new entry, as one line of YAML.
    pub entry: String,
}

/// Adds a member after the last one of its kind.
///
/// # Errors
/// When the manifest or the member is invalid, or the list is written in a way that does not allow adding to it.
pub fn enrol(file: &Path, bytes: &[u8], new: &FullMember) -> Result<Enrolled, Vec<Error>> {
    let before = Fleet::parse(file, bytes)?;
    let by_hand = |entry: &str, why: String| {
        vec![
            Error::usage("cannot add the member without changing more")
                .in_file(file)
                .caused_by(why)
                .hint(format!("add this to `members` by hand: {}", masked(entry))),
        ]
    };
    let entry = entry(new, &before);
    let text = Text::decode(bytes).map_err(|why| by_hand(&entry, why.to_string()))?;
    let document = Document::parse(&text, Dialect::Yaml12)
        .map_err(|why| by_hand(&entry, why.message.clone()))?;
    let members = yaml::Path::keys(["members"]);
    let edits = match place(new, &before) {
        Some(index) => edit::insert_item_after(&document, &members, index, &entry),
        None => edit::append_item(&document, &members, &entry),
    };
    let edits = edits.map_err(|refused| by_hand(&entry, refused.message))?;
    let edited =
        text.edited(&edits).map_err(|_| by_hand(&entry, "the edits overlap".to_owned()))?;
    let bytes = edited.to_bytes();
    let fleet = Fleet::parse(file, &bytes)?;
    let added = fleet.members.iter().filter(|member| !before.members.contains(member));
    let added: Vec<&Member> = added.collect();
    match added[..] {
        [member] if fleet.members.len() == before.members.len() + 1 => {
            let member = member.clone();
            Ok(Enrolled { bytes, fleet, member, entry })
        }
        _ => Err(by_hand(&entry, "other members would change".to_owned())),
    }
}

/// Returns the unchanged manifest if the member has joined already. Members of different kinds may have the same slug.
#[must_use]
pub fn enrolled(file: &Path, bytes: &[u8], new: &FullMember) -> Option<Enrolled> {
    let fleet = Fleet::parse(file, bytes).ok()?;
    let slug = new.slug.as_deref().unwrap_or_default();
    let kind = kind(new, &fleet)?;
    let is_it = |member: &&Member| member.slug == slug && member.kind == kind;
    let member = fleet.members.iter().find(is_it)?.clone();
    Some(Enrolled { bytes: bytes.to_vec(), fleet, member, entry: slug.to_owned() })
}

/// Returns the fleet without a member that joined it, for continuing a run that has enrolled it already.
#[must_use]
pub fn without(fleet: &Fleet, joined: &Member) -> Option<Fleet> {
    let mut before = fleet.clone();
    before.members.retain(|member| member != joined);
    (before.members.len() + 1 == fleet.members.len()).then_some(before)
}

/// Returns the kind of the new member; the first one by default.
fn kind<'a>(new: &'a FullMember, fleet: &'a Fleet) -> Option<&'a str> {
    match &new.kind {
        Some(kind) => Some(kind.as_str()),
        None => Some(fleet.manifest.kinds.keys().next()?.as_str()),
    }
}

/// Returns the index of the last entry of the same kind.
fn place(new: &FullMember, fleet: &Fleet) -> Option<usize> {
    let kind = kind(new, fleet)?;
    // Each entry corresponds to a member, so the indices of both lists agree.
    fleet.members.iter().rposition(|member| member.kind == kind)
}

/// Formats a member on one line, as short as possible and in the style of the existing entries.
fn entry(new: &FullMember, fleet: &Fleet) -> String {
    let kinds = &fleet.manifest.kinds;
    let kind = match &new.kind {
        Some(kind) => kinds.get(kind),
        None => kinds.values().next(),
    };
    let prefix = kind.and_then(|kind| kind.prefix.as_deref()).unwrap_or_default();
    let slug = new.slug.as_deref().unwrap_or_default();
    let derived = format!("{prefix}{slug}");
    let owner = &fleet.manifest.forge.owner;
    let usual = new.repository.as_ref().is_none_or(|repository| {
        *repository == derived || *repository == format!("{owner}/{derived}")
    });
    let bare = new.owner.is_none()
        && new.profile.is_none()
        && new.path.is_none()
        && new.aliases.is_empty()
        && new.variables.is_empty();
    // A repository's prefix implies its kind; a slug does so only if there is a single kind.
    if usual && bare && !slug.is_empty() && !prefix.is_empty() {
        let as_slugs = fleet.manifest.members.iter().any(|member| {
            matches!(member, MemberEntry::Word(word) if !word.contains('/') && !word.starts_with(prefix))
        });
        if kinds.len() == 1 && as_slugs {
            return quote_scalar(slug).into_owned();
        }
        let longest = kinds.values().filter_map(|kind| kind.prefix.as_ref());
        let longest =
            longest.filter(|other| derived.starts_with(other.as_str())).map(String::len).max();
        if longest == Some(prefix.len()) {
            return quote_scalar(&derived).into_owned();
        }
    }
    let mut parts = Vec::new();
    let mut add = |key: &str, value: &str| parts.push(format!("{key}: {}", quote_scalar(value)));
    if !slug.is_empty() {
        add("slug", slug);
    }
    if let Some(repository) = new.repository.as_ref().filter(|_| !usual) {
        add("repository", repository.strip_prefix(&format!("{owner}/")).unwrap_or(repository));
    }
    let texts = [("path", &new.path), ("owner", &new.owner), ("profile", &new.profile)];
    if let Some(kind) = new.kind.as_ref().filter(|_| kinds.len() > 1) {
        add("kind", kind);
    }
    for (key, value) in texts {
        if let Some(value) = value {
            add(key, value);
        }
    }
    if !new.aliases.is_empty() {
        let aliases: Vec<_> = new.aliases.iter().map(|alias| quote_scalar(alias)).collect();
        parts.push(format!("aliases: [{}]", aliases.join(", ")));
    }
    if !new.variables.is_empty() {
        let pair = |(name, value): (&String, &String)| {
            format!("{}: {}", quote_scalar(name), quote_scalar(value))
        };
        let variables: Vec<String> = new.variables.iter().map(pair).collect();
        parts.push(format!("variables: {{ {} }}", variables.join(", ")));
    }
    format!("{{ {} }}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_KIND: &str = "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  t: { prefix: t- }\n# all of \
                            them\nmembers:\n  - alpha # first\n  # the last\n  - t-beta\n\nregistrations: []\n";

    fn enrolled(manifest: &str, new: &FullMember) -> Result<String, Vec<Error>> {
        enrol(Path::new("fleet.yaml"), manifest.as_bytes(), new)
            .map(|enrolled| String::from_utf8(enrolled.bytes).expect("UTF-8"))
    }

    fn new(slug: &str) -> FullMember {
        FullMember { slug: Some(slug.to_owned()), ..FullMember::default() }
    }

    #[test]
    fn a_member_comes_behind_its_kin_and_every_comment_stays() {
        let wanted = ONE_KIND.replace("  - t-beta\n", "  - t-beta\n  - gamma\n");
        assert_eq!(enrolled(ONE_KIND, &new("gamma")), Ok(wanted));
        let full = FullMember {
            owner: Some("@acme/x".to_owned()),
            profile: Some("wrapped".to_owned()),
            aliases: vec!["g".to_owned()],
            repository: Some("acme/other".to_owned()),
            variables: [("a".to_owned(), "b: c".to_owned())].into(),
            ..new("gamma")
        };
        let text = enrolled(ONE_KIND, &full).expect("added");
        let entry = "  - { slug: gamma, repository: other, owner: \"@acme/x\", profile: wrapped, aliases: [g], \
                     variables: { a: \"b: c\" } }\n";
        assert!(text.contains(entry), "{text}");
    }

    #[test]
    fn among_several_kinds_the_name_or_the_entry_tells_which() {
        let several = "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  a: { prefix: a- }\n  b: { prefix: b- }\n  \
                       c: { select: { topic: c } }\nmembers: [a-one, b-one, { slug: x, kind: c }]\n";
        let of = |kind: &str| FullMember { kind: Some(kind.to_owned()), ..new("two") };
        let text = enrolled(several, &of("a")).expect("added");
        assert!(text.contains("[a-one, a-two, b-one,"), "{text}");
        let text = enrolled(several, &of("c")).expect("added");
        assert!(text.contains("{ slug: x, kind: c }, { slug: two, kind: c }]"), "{text}");
    }

    #[test]
    fn the_first_member_of_all_is_added_to_an_empty_list() {
        let manifest = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: []\n";
        let text = enrolled(manifest, &new("gamma")).expect("added");
        assert!(text.ends_with("members:\n  - t-gamma\n"), "{text}");
    }

    #[test]
    fn a_member_that_is_there_is_not_added() {
        assert!(enrolled(ONE_KIND, &new("beta")).is_err());
        assert!(enrolled(ONE_KIND, &new("Not a slug")).is_err());
    }

    #[test]
    fn line_ends_and_a_missing_last_one_stay() {
        let windows = ONE_KIND.replace('\n', "\r\n");
        let text = enrolled(&windows, &new("gamma")).expect("added");
        assert!(text.contains("- t-beta\r\n  - gamma\r\n"), "{text:?}");
        let bare = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers:\n- a";
        assert_eq!(enrolled(bare, &new("b")), Ok(format!("{bare}\n- b")));
    }
}
