//! Checks whether a slug is available for a new member: its spelling, and collisions within the fleet.
//!
//! Returns the first problem, with a slug that would be valid. Whether the repository exists is up to the forge.

use crate::fleet::registration::Registration;
use crate::fleet::{Fleet, Member, RepositoryName, is_slug};
use crate::source::is_hidden;
use crate::source::secrets::masked;

/// Maximum length of a slug: that of Kubernetes labels and host names.
pub const MAX_LENGTH: usize = 63;

/// What is wrong with an answer, and how to correct it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do, or a valid answer.
    pub hint: String,
}

impl Problem {
    /// Of a refused answer, what is secret in it is not repeated.
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let [message, hint] = [message.into(), hint.into()].map(|it| masked(&it).into_owned());
        Self { message, hint }
    }
}

/// Words with a special meaning where slugs are used: for registries and forges, in the lists of members, and as file
/// names on Windows.
const RESERVED: &[&str] = &[
    "all",
    "aux",
    "con",
    "default",
    "external",
    "git",
    "head",
    "latest",
    "main",
    "master",
    "new",
    "none",
    "nul",
    "null",
    "prn",
    "shipshape",
    "starter",
    "template",
];

/// The language whose keywords a slug must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keywords {
    /// None: a slug is only a name.
    None,
    /// Python, where slugs become names of list items and modules.
    Python,
}

impl Keywords {
    fn contain(self, slug: &str) -> bool {
        match self {
            Self::None => false,
            Self::Python => PYTHON_KEYWORDS.contains(&slug),
        }
    }
}

/// The keywords of Python 3 in lower case.
const PYTHON_KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def", "del",
    "elif", "else", "except", "false", "finally", "for", "from", "global", "if", "import", "in",
    "is", "lambda", "match", "none", "nonlocal", "not", "or", "pass", "raise", "return", "true",
    "try", "type", "while", "with", "yield",
];

/// Returns what is wrong with the spelling of a slug.
#[must_use]
pub fn misspelled(slug: &str, keywords: Keywords) -> Option<Problem> {
    // A credential that was cut off, or is in small letters, would no longer be known for one.
    let hidden = masked(slug);
    let proposed = proposal(slug, keywords).filter(|_| hidden == slug);
    let instead = |reason: &str| {
        let shown: String = hidden.chars().take(40).collect();
        let shown = if shown.len() < hidden.len() { format!("{shown}…") } else { shown };
        let hint = match &proposed {
            Some(proposed) => format!("`{proposed}` would be a slug"),
            None => {
                "write lowercase letters and digits, with single hyphens between words".to_owned()
            }
        };
        Some(Problem::new(format!("`{shown}` is not a slug: {reason}"), hint))
    };
    if slug.is_empty() {
        return Some(Problem::new("a slug is needed", "lowercase words with single hyphens"));
    }
    if slug.chars().any(char::is_uppercase) {
        return instead("it has capitals");
    }
    if slug.contains('_') {
        return instead("it has underscores");
    }
    if slug.contains('.') {
        return instead("it has dots");
    }
    if slug.len() > MAX_LENGTH {
        return instead(&format!(
            "it has {} characters, more than {MAX_LENGTH}",
            slug.chars().count()
        ));
    }
    if !is_slug(slug) {
        return instead("it is not lowercase words with single hyphens");
    }
    let means = |what: &str| {
        let hint = format!("`{}` would be allowed", beside(slug));
        Some(Problem::new(format!("`{slug}` is {what}"), hint))
    };
    if keywords.contain(slug) {
        return means("a keyword of Python");
    }
    if RESERVED.contains(&slug) {
        return means("a reserved name");
    }
    None
}

/// Returns the valid slug closest to a text, whose spelling is not refused; `None` if that would lose letters.
pub(super) fn proposal(text: &str, keywords: Keywords) -> Option<String> {
    let lower = text.to_lowercase();
    if lower.chars().any(|c| c.is_alphanumeric() && !c.is_ascii()) {
        return None;
    }
    let mut slug = String::new();
    for word in lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > MAX_LENGTH {
            if slug.is_empty() {
                slug = word.chars().take(MAX_LENGTH).collect();
            }
            break;
        }
        if hyphen > 0 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    if !is_slug(&slug) {
        return None;
    }
    let has_meaning = keywords.contain(&slug) || RESERVED.contains(&&*slug);
    Some(if has_meaning { beside(&slug) } else { slug })
}

/// The slug to propose beside a word that has a meaning of its own.
fn beside(word: &str) -> String {
    format!("{word}-app")
}

/// Returns what a new member would be confused with: another member, its image, or an entry of a registration.
#[must_use]
pub fn collision(fleet: &Fleet, new: &Member) -> Option<Problem> {
    namesake(fleet, new).or_else(|| repository(fleet, &new.repository)).or_else(|| used(fleet, new))
}

/// Returns what a new member would be confused with since `before`. What it would have been confused with then was accepted:
/// the repository around its folder has other members, and one that was named may be another's by intention.
#[must_use]
pub fn collision_since(before: &Fleet, fleet: &Fleet, new: &Member) -> Option<Problem> {
    type Asked = fn(&Fleet, &Member) -> Option<Problem>;
    let asked: [Asked; 3] = [namesake, |fleet, new| repository(fleet, &new.repository), used];
    asked.iter().find_map(|asked| asked(fleet, new).filter(|_| asked(before, new).is_none()))
}

/// Returns the member that a new one would be confused with by its slug alone.
#[must_use]
pub fn namesake(fleet: &Fleet, new: &Member) -> Option<Problem> {
    let kin = || fleet.members.iter().filter(|member| member.kind == new.kind);
    for member in kin() {
        let is = |name: &String| name.eq_ignore_ascii_case(&new.slug);
        let retired =
            member.retired.map(|day| format!(", retired since {day}")).unwrap_or_default();
        if member.slug == new.slug {
            let hint = if member.retired.is_some() {
                "use another slug; a retired member stays listed so that its slug is not reused"
            } else {
                "use another slug; `shipshape fleet list` shows those that are taken"
            };
            return Some(Problem::new(
                format!("`{}` is already a member: {}{retired}", new.slug, member.repository),
                hint,
            ));
        }
        if member.aliases.iter().any(is) {
            return Some(Problem::new(
                format!("`{}` is an alias of the member `{}`{retired}", new.slug, member.slug),
                "use another slug, or remove the alias from fleet.yaml first",
            ));
        }
        if fold(&member.slug) == fold(&new.slug) {
            return Some(Problem::new(
                format!("`{}` and the member `{}` differ only in hyphens", new.slug, member.slug),
                "use a slug that cannot be confused with it",
            ));
        }
    }
    None
}

/// Returns what a new member's image or its name in the lists is already.
#[must_use]
pub fn used(fleet: &Fleet, new: &Member) -> Option<Problem> {
    image(fleet, new).or_else(|| {
        let of_kind = |registration: &&Registration| {
            registration.of.as_ref().is_none_or(|kind| *kind == new.kind)
        };
        fleet
            .manifest
            .registrations
            .iter()
            .filter(of_kind)
            .find_map(|it| registered(fleet, it, new))
    })
}

/// Returns what is wrong with an alias of a new member: it is no single word, or another name already.
#[must_use]
pub fn alias_problem(fleet: &Fleet, new: &Member, alias: &str) -> Option<Problem> {
    if alias.is_empty() || alias.chars().any(|c| c.is_whitespace() || is_hidden(c)) {
        return Some(Problem::new(
            format!("`{alias}` cannot be an alias"),
            "write one word, as the lists and commands that use it do",
        ));
    }
    alias_collision(fleet, new, alias)
}

/// Returns what an alias of a new member would be confused with: the member itself, or another of its kind.
#[must_use]
fn alias_collision(fleet: &Fleet, new: &Member, alias: &str) -> Option<Problem> {
    if alias.eq_ignore_ascii_case(&new.slug) {
        return Some(Problem::new(
            format!("the alias `{alias}` is the slug of the new member itself"),
            "leave this alias out",
        ));
    }
    let same = |name: &String| name.eq_ignore_ascii_case(alias);
    let mut kin = fleet.members.iter().filter(|member| member.kind == new.kind);
    let message = kin.find_map(|member| {
        if same(&member.slug) {
            Some(format!("`{alias}` is already a member: {}", member.repository))
        } else if member.aliases.iter().any(same) {
            Some(format!("`{alias}` is already an alias of the member `{}`", member.slug))
        } else {
            None
        }
    })?;
    Some(Problem::new(message, "give another alias, or none"))
}

/// Returns what the manifest uses a repository for already.
#[must_use]
pub fn repository(fleet: &Fleet, new: &RepositoryName) -> Option<Problem> {
    let owner = &fleet.manifest.forge.owner;
    let same = |name: &String| RepositoryName::parse(name, owner).is_some_and(|it| it.same(new));
    let member = fleet.members.iter().find(|member| member.repository.same(new));
    let mut starters = fleet.manifest.kinds.values().filter_map(|kind| kind.starter_in(owner));
    let starter = starters.any(|starter| starter.same(new));
    let holder =
        fleet.manifest.registrations.iter().filter_map(|it| it.repository.as_ref()).any(same);
    let whose = match member {
        Some(member) => format!("that of the member `{}`", member.slug),
        None if starter => "the starter".to_owned(),
        None if holder => "one that keeps a list of the members".to_owned(),
        None => return None,
    };
    Some(Problem::new(
        format!("the repository `{new}` is {whose}"),
        "use another slug, or name another repository with --repository",
    ))
}

fn image(fleet: &Fleet, new: &Member) -> Option<Problem> {
    let wanted = fleet.image(new)?;
    let taken =
        fleet.members.iter().find(|member| fleet.image(member).as_ref() == Some(&wanted))?;
    Some(Problem::new(
        format!("its image `{wanted}` is that of the member `{}`", taken.slug),
        "use another slug, or make `images.name` of fleet.yaml distinguish them",
    ))
}

fn registered(fleet: &Fleet, registration: &Registration, new: &Member) -> Option<Problem> {
    let spelled = |member: &Member| match registration.exceptions.get(&member.slug) {
        Some(exception) => exception.clone(),
        None => registration.spelling.render(member, fleet.image(member).as_deref()),
    };
    let wanted = fold(&spelled(new));
    let of_kind =
        |member: &&Member| registration.of.as_ref().is_none_or(|kind| *kind == member.kind);
    let members = fleet.members.iter().filter(of_kind);
    let whose = members
        .map(|member| (spelled(member), format!("the member `{}`", member.slug)))
        .chain(
            registration
                .aliases
                .iter()
                .map(|(name, slug)| (name.clone(), format!("the member `{slug}`"))),
        )
        .chain(registration.extras.iter().map(|extra| (extra.clone(), "no member".to_owned())))
        .find(|(name, _)| fold(name) == wanted);
    let (name, whose) = whose?;
    Some(Problem::new(
        format!("`{name}` in `{}` already stands for {whose}", registration.name),
        "use another slug, or correct `registrations` of fleet.yaml",
    ))
}

/// Normalizes a name, ignoring what people commonly confuse: case and separators.
fn fold(name: &str) -> String {
    name.to_lowercase().replace(['_', '.', ' ', '-'], "")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn wrong(slug: &str) -> String {
        misspelled(slug, Keywords::Python)
            .map_or_else(|| "nothing".to_owned(), |it| format!("{}; {}", it.message, it.hint))
    }

    #[test]
    fn what_is_no_slug_says_why_and_proposes_one() {
        for right in ["gemini-cli", "a", "4o-mini", "none-such", "a-class"] {
            assert_eq!(misspelled(right, Keywords::Python), None, "{right}");
        }
        assert_eq!(misspelled("class", Keywords::None), None);
        assert_eq!(proposal("Try", Keywords::None).as_deref(), Some("try"));
        assert_eq!(
            wrong("GeminiCLI"),
            "`GeminiCLI` is not a slug: it has capitals; `geminicli` would be a slug"
        );
        assert_eq!(
            wrong("a_b.c"),
            "`a_b.c` is not a slug: it has underscores; `a-b-c` would be a slug"
        );
        assert_eq!(wrong("a.b"), "`a.b` is not a slug: it has dots; `a-b` would be a slug");
        assert_eq!(
            wrong("-a--b"),
            "`-a--b` is not a slug: it is not lowercase words with single hyphens; `a-b` would be a slug"
        );
        assert_eq!(wrong(""), "a slug is needed; lowercase words with single hyphens");
        assert_eq!(wrong("class"), "`class` is a keyword of Python; `class-app` would be allowed");
        assert_eq!(wrong("latest"), "`latest` is a reserved name; `latest-app` would be allowed");
        let key = wrong(&format!("{}QYLPMN5HHHFPZAM2", "AKIA"));
        assert!(key.contains("***` is not a slug: it has capitals; write lowercase"), "{key}");
        let long = wrong(&"word-".repeat(40));
        assert!(long.contains("it has 200 characters, more than 63; `word-word-"), "{long}");
        assert!(wrong("ünï").contains("write lowercase letters"), "{}", wrong("ünï"));
        assert!(wrong("日本").contains("write lowercase letters"), "{}", wrong("日本"));
        assert!(wrong("Class").ends_with("`class-app` would be a slug"), "{}", wrong("Class"));
    }

    const MANIFEST: &str = "schema: 1
name: f
forge: { owner: acme }
kinds: { t: { prefix: t-, starter: t-starter-kit } }
images: { registry: ghcr.io, name: 'ghcr.io/acme/{snake_case}' }
members: [alpha-x, { slug: beta, aliases: [b2] }, { slug: old, retired: 2026-01-01 }]
registrations:
  - { name: list, path: l.txt, language: text, form: array, spelling: '{slug}-default', extras: [spare-default], aliases: { second-default: beta }, exceptions: { beta: zeta-default } }
";

    fn fleet(manifest: &str) -> Fleet {
        Fleet::parse(Path::new("fleet.yaml"), manifest.as_bytes()).expect("sound")
    }

    fn new(slug: &str, repository: &str) -> Member {
        Member {
            slug: slug.to_owned(),
            repository: RepositoryName::new("acme", repository),
            kind: "t".to_owned(),
            ..Member::default()
        }
    }

    fn met(slug: &str, repository: &str) -> String {
        let met = collision(&fleet(MANIFEST), &new(slug, repository));
        met.map_or_else(|| "nothing".to_owned(), |it| it.message)
    }

    #[test]
    fn of_what_a_new_member_is_mistaken_for_only_what_came_since_counts() {
        let before = fleet(MANIFEST);
        let after = fleet(&MANIFEST.replace("[alpha-x,", "[alpha-x, foobar,"));
        let met = |slug: &str, repository: &str| {
            let met = collision_since(&before, &after, &new(slug, repository));
            met.map(|it| it.message)
        };
        let says = "`foo-bar` and the member `foobar` differ only in hyphens";
        assert_eq!(met("foo-bar", "t-foo-bar").as_deref(), Some(says));
        // It was accepted that the repository has another member, and nothing else is.
        assert_eq!(met("gamma", "t-beta"), None);
        assert_eq!(met("foo-bar", "t-beta").as_deref(), Some(says));
        assert_eq!(met("alphax", "t-alphax"), None);
    }

    #[test]
    fn a_new_member_is_mistaken_for_nobody() {
        assert_eq!(met("gamma", "t-gamma"), "nothing");
        assert_eq!(met("beta", "x"), "`beta` is already a member: acme/t-beta");
        assert_eq!(
            met("old", "x"),
            "`old` is already a member: acme/t-old, retired since 2026-01-01"
        );
        assert_eq!(met("b2", "x"), "`b2` is an alias of the member `beta`");
        assert_eq!(met("alphax", "x"), "`alphax` and the member `alpha-x` differ only in hyphens");
        assert_eq!(
            met("gamma", "T-Beta"),
            "the repository `acme/T-Beta` is that of the member `beta`"
        );
        assert_eq!(
            met("starter-kit", "t-starter-kit"),
            "the repository `acme/t-starter-kit` is the starter"
        );
        assert_eq!(met("spare", "x"), "`spare-default` in `list` already stands for no member");
        assert_eq!(
            met("second", "x"),
            "`second-default` in `list` already stands for the member `beta`"
        );
        assert_eq!(
            met("zeta", "x"),
            "`zeta-default` in `list` already stands for the member `beta`"
        );
    }
}
