//! Writes the draft: fleet.yaml with a comment wherever something was guessed.

use std::fmt::Write as _;

use crate::source::yaml::quote_scalar as quoted;

use super::kinds::GroupedBy;
use super::sort::{Sorted, SortedKind, SortedMember};
use super::{Contents, Draft, DraftedKind, List, Observed, SHAPES, Seen, Wishes, images, runtime};
use crate::shape::Kinship;
use crate::snapshot::RepoPath;

/// The public forge, whose URL is the default.
const PUBLIC_HOST: &str = "github.com";

pub(super) fn write(observed: &Observed, wishes: &Wishes, sorted: &Sorted<'_>) -> Draft {
    // A pack may be named, too.
    let is_named = |shape: &&Seen| observed.repositories.iter().any(|it| it.place == shape.place);
    let shapes = observed.shapes.iter().filter(|shape| !is_named(shape));
    let packs = observed.repositories.iter().chain(shapes).filter(|seen| seen.is_pack()).collect();
    let taken = observed.shapes.iter().filter_map(|seen| seen.place.as_deref()).collect();
    let (text, guesses, kinds) = (String::new(), Vec::new(), Vec::new());
    let mut writer = Writer { text, guesses, kinds, packs, taken };
    writer.head(observed, wishes, sorted);
    writer.kinds(wishes, sorted);
    writer.runtime(sorted);
    writer.images(sorted);
    writer.members(sorted);
    writer.registrations(observed, sorted);
    Draft {
        text: writer.text,
        members: sorted.members().count(),
        kinds: writer.kinds,
        guesses: writer.guesses,
        left_out: sorted.left_out.clone(),
    }
}

struct Writer<'a> {
    text: String,
    guesses: Vec<String>,
    kinds: Vec<DraftedKind>,
    /// The shape packs that were seen beside the repositories.
    packs: Vec<&'a Seen>,
    /// The places of folders that are there already.
    taken: Vec<&'a str>,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Writes a comment about a guess, and records it for the user.
    fn guess(&mut self, indent: &str, key: &str, what: &str) {
        let what = one_line(what);
        self.line(&format!("{indent}# guessed: {what}"));
        self.guesses.push(format!("{key}: {what}"));
    }

    fn head(&mut self, observed: &Observed, wishes: &Wishes, sorted: &Sorted<'_>) {
        let source = one_line(&observed.source);
        self.line(&format!("# A first draft by `shipshape init`, made from {source}."));
        self.line(
            "# Read it, correct it, and commit it: from then on it is the one list of the members.",
        );
        self.line("schema: 1");
        let name = wishes.name.clone().unwrap_or_else(|| sorted.owner.to_lowercase());
        self.line(&format!("name: {}", quoted(&name)));
        self.line("\nforge:");
        let host = sorted.host.as_deref().filter(|host| *host != PUBLIC_HOST);
        match (&wishes.url, host) {
            (Some(url), _) => self.line(&format!("  url: {}", quoted(url))),
            (None, Some(host)) => {
                self.guess("  ", "forge.url", "the host of most repositories' remotes");
                let scheme = if sorted.is_plain { "http" } else { "https" };
                self.line(&format!("  url: {}", quoted(&format!("{scheme}://{host}"))));
                self.line("  # kind: gitea # unless it runs GitHub Enterprise Server");
            }
            (None, None) => {}
        }
        if let Some(from) = &sorted.owner_from {
            self.guess("  ", "forge.owner", from);
        }
        self.line(&format!("  owner: {}", quoted(&sorted.owner)));
    }

    fn kinds(&mut self, wishes: &Wishes, sorted: &Sorted<'_>) {
        self.line("\nkinds:");
        for kind in &sorted.kinds {
            let has_ending =
                |name: &str| name.starts_with(&kind.prefix) && name.ends_with(&kind.suffix);
            let count = of_kind(kind).filter(|seen| has_ending(&seen.name)).count();
            if !kind.suffix.is_empty() {
                let why = format!("{count} names end in {}", quoted(&kind.suffix));
                self.guess("  ", &format!("kinds.{}", kind.name), &why);
            } else if kind.by == GroupedBy::Files {
                let why = format!(
                    "{count} repositories have a third or more of their files in common, and less with the others"
                );
                self.guess("  ", &format!("kinds.{}", kind.name), &why);
            } else if kind.prefix.is_empty() {
                let why = match (kind.by, sorted.kinds.as_slice()) {
                    (GroupedBy::Folders, _) => "folders in a larger repository are one kind",
                    (_, [_]) if count == 1 => "the whole name of the only repository is its slug",
                    (_, [_]) => "the names have no prefix in common, so all are one kind",
                    _ => "these names have no prefix in common with others",
                };
                self.guess("  ", "kinds", why);
            } else if wishes.prefixes.is_empty() {
                let why = if count == 1 {
                    format!("one name begins with {}", quoted(&kind.prefix))
                } else {
                    format!("{count} names begin with {}", quoted(&kind.prefix))
                };
                self.guess("  ", &format!("kinds.{}", kind.name), &why);
            }
            self.line(&format!("  {}:", quoted(&kind.name)));
            if !kind.prefix.is_empty() {
                self.line(&format!("    prefix: {}", quoted(&kind.prefix)));
            }
            if !kind.suffix.is_empty() {
                let glob = format!("*{}", kind.suffix);
                self.line(&format!("    select: {{ glob: {} }}", quoted(&glob)));
            }
            self.starter(kind);
        }
    }

    fn starter(&mut self, kind: &SortedKind<'_>) {
        let pack = kind.starter.filter(|it| it.contents.as_ref().is_some_and(|it| it.has_pack));
        if let Some(starter) = kind.starter {
            let why = if pack.is_some() {
                "it contains a shape pack"
            } else if starter.is_template {
                "it is a template on the forge, and is called so"
            } else {
                "it is called so"
            };
            self.guess("    ", &format!("kinds.{}.starter", kind.name), why);
            self.line(&format!("    starter: {}", quoted(&starter.name)));
        }
        let here = match pack {
            Some(_) => None,
            None => shape_of_a_member(kind)
                .map(|folder| (folder, "a member contains a shape pack in this folder"))
                .or_else(|| {
                    Some((
                        self.pack_of(kind)?,
                        "most of them have at least half of the paths of this shape pack",
                    ))
                }),
        };
        let own = (pack.is_none() && here.is_none()).then(|| self.own_shape(kind)).flatten();
        let folders = of_kind(kind).filter_map(|seen| seen.folder.clone()).collect();
        let prefix = kind.prefix.clone();
        self.kinds.push(DraftedKind { prefix, shape: own.clone(), folders });
        match pack.map(|starter| (starter, &starter.place)) {
            Some((_, Some(place))) => {
                let folder = if place.is_empty() {
                    ".shipshape".to_owned()
                } else {
                    format!("{place}/.shipshape")
                };
                self.line(&format!("    shape: {{ folder: {} }}", quoted(&folder)));
            }
            Some((starter, None)) => {
                let branch = starter.branch.as_deref().unwrap_or("main");
                let name = quoted(&starter.name);
                self.line(&format!("    shape: {{ repository: {name}, ref: {} }}", quoted(branch)));
            }
            None if let Some((folder, why)) = &here => {
                self.guess("    ", &format!("kinds.{}.shape", kind.name), why);
                self.line(&format!("    shape: {{ folder: {} }}", quoted(folder)));
            }
            None if own.is_some() => {
                let own = own.unwrap_or_default();
                let why = "they have hardly any file of the shape inside shipshape, so they need their own";
                self.guess("    ", &format!("kinds.{}.shape", kind.name), why);
                self.line(&format!(
                    "    # To be made: shipshape shape init --from DIR… --out {own}"
                ));
                self.line(&format!("    shape: {{ folder: {} }}", quoted(&own)));
            }
            None => {
                self.line("    # The pack inside shipshape. `shipshape shape init --from …` makes one from these");
                self.line("    # repositories; then write `shape: { folder: … }` instead.");
                self.line("    shape: embedded");
            }
        }
        self.line("    # owner: \"@team\" # who is responsible for its members");
    }

    /// The folder of the only pack beside the repositories to whose kind most of these belong.
    fn pack_of(&self, kind: &SortedKind<'_>) -> Option<String> {
        let is_of = |wanted: &[String], contents: &Contents| {
            let has = |path: &str| contents.paths.contains(&RepoPath::new(path));
            !Kinship::by(wanted.iter().map(String::as_str), &has).is_stranger()
        };
        let holds = |seen: &&&Seen| {
            let wanted = seen.contents.as_ref().and_then(|it| it.wanted.as_deref());
            // A pack that wants nothing would fit everything.
            let Some(wanted) = wanted.filter(|paths| !paths.is_empty()) else { return false };
            let read: Vec<&Contents> =
                of_kind(kind).filter_map(|seen| seen.contents.as_ref()).collect();
            let of_it = read.iter().filter(|contents| is_of(wanted, contents));
            of_it.count() * 2 > read.len()
        };
        let mut fitting = self.packs.iter().filter(holds);
        let place = fitting.next()?.place.clone().filter(|place| !place.is_empty());
        place.filter(|_| fitting.next().is_none())
    }

    /// Returns a folder that is not there yet for the kind's own shape, if most of its repositories are of another kind
    /// than the embedded shape describes.
    fn own_shape(&self, kind: &SortedKind<'_>) -> Option<String> {
        let read = of_kind(kind).filter_map(|seen| seen.contents.as_ref());
        let (mut all, mut strangers) = (0_usize, 0_usize);
        for contents in read {
            all += 1;
            strangers += usize::from(contents.is_stranger);
        }
        let is_free = |folder: &String| {
            !self.taken.contains(&folder.as_str())
                && !self.kinds.iter().any(|kind| kind.shape.as_ref() == Some(folder))
        };
        let first = format!("{SHAPES}/{}", kind.name);
        let mut others = (2_usize..).map(|number| format!("{first}-{number}"));
        (strangers * 2 > all)
            .then(|| Some(first.clone()).filter(is_free).or_else(|| others.find(is_free)))
            .flatten()
    }

    fn runtime(&mut self, sorted: &Sorted<'_>) {
        let read: Vec<_> =
            sorted.members().filter_map(|member| member.seen.contents.as_ref()).collect();
        if read.is_empty() {
            return;
        }
        let prefixes = sorted.kinds.iter().map(|kind| kind.prefix.as_str());
        let names: Vec<&str> = prefixes.chain([sorted.owner.as_str()]).collect();
        match runtime::guess(&read, &names) {
            Ok(found) => {
                self.line("");
                self.guess("", "runtime_package", &found.why);
                self.line("runtime_package:");
                self.line(&format!("  distribution: {}", quoted(&found.distribution)));
                self.line(&format!("  import: {}", quoted(&found.import)));
                self.line("  # source: { repository: …, path: … } # where it is developed");
            }
            // Without candidates, the fleet needs no such section.
            Err(candidates) if candidates.is_empty() => {}
            Err(candidates) => {
                let shown: Vec<&str> = candidates.iter().take(8).map(String::as_str).collect();
                self.line("\n# The Python package that all members run on, when there is one:");
                self.line(&format!("# nearly all install {}", one_line(&shown.join(", "))));
                self.line("# runtime_package: { distribution: …, import: … }");
            }
        }
    }

    fn images(&mut self, sorted: &Sorted<'_>) {
        let subject = |member: &'_ SortedMember<'_>| -> (Vec<String>, String) {
            let seen = member.seen;
            let named = seen.contents.iter().flat_map(|contents| contents.images.iter().cloned());
            let given = seen.image.as_deref().and_then(super::observe::image_name);
            let owner = seen.owner.clone().unwrap_or_else(|| sorted.owner.clone());
            (named.chain(given).collect(), owner)
        };
        let facts: Vec<_> = sorted.members().map(|member| (member, subject(member))).collect();
        let subjects: Vec<images::Subject<'_>> = facts
            .iter()
            .map(|(member, (images, owner))| images::Subject {
                slug: &member.slug,
                repository: member
                    .seen
                    .within
                    .as_ref()
                    .map_or(&member.seen.name, |it| &it.repository),
                owner,
                images: images.iter().map(String::as_str).collect(),
            })
            .collect();
        match images::guess(&subjects) {
            Some(found) => {
                self.line("");
                self.guess("", "images", &found.why);
                self.line("images:");
                self.line(&format!("  registry: {}", quoted(&found.registry)));
                self.line(&format!("  name: {}", quoted(&found.name)));
                self.line("  # containers: { prefix: … } # how the platform names those that it creates from them");
            }
            // Without images of its own, the fleet needs no such section.
            None if !images::any_own(&subjects) => {}
            None => {
                self.line("\n# The members' container images, when they have some:");
                self.line("# images: { registry: ghcr.io, name: \"ghcr.io/…/{slug}\" }");
            }
        }
    }

    fn members(&mut self, sorted: &Sorted<'_>) {
        self.line("\nmembers:");
        let prefixes: Vec<&str> = sorted.kinds.iter().map(|kind| kind.prefix.as_str()).collect();
        for kind in &sorted.kinds {
            for member in &kind.members {
                let line = member_line(kind, member, sorted, &prefixes);
                self.line(&format!("  - {line}"));
            }
        }
        if !sorted.left_out.is_empty() {
            self.line("  # Left out:");
            for (name, why) in &sorted.left_out {
                self.line(&format!("  # - {} # {}", one_line(name), one_line(why)));
            }
        }
    }

    fn registrations(&mut self, observed: &Observed, sorted: &Sorted<'_>) {
        let mut begun = false;
        for list in &observed.lists {
            if let Some(text) = super::registration::write(list, sorted) {
                if !begun {
                    self.line("\n# Other places that keep the list, each compared with the members above.");
                    self.line("registrations:");
                    begun = true;
                }
                self.text.push_str(&text);
                self.guesses.push(format!("registrations: {}", described(list)));
            }
        }
    }
}

/// Returns the repositories of a kind to infer a shape from: its members and its starter.
fn of_kind<'a>(kind: &'a SortedKind<'_>) -> impl Iterator<Item = &'a Seen> {
    kind.members.iter().map(|member| member.seen).chain(kind.starter)
}

/// Returns the folder of the shape pack in a member below fleet.yaml, relative to it.
fn shape_of_a_member(kind: &SortedKind<'_>) -> Option<String> {
    of_kind(kind).find_map(|seen| {
        let folder = seen.contents.as_ref()?.shape?;
        Some(match seen.place.as_deref()? {
            "" => folder.to_owned(),
            place => format!("{place}/{folder}"),
        })
    })
}

fn described(list: &List) -> String {
    match &list.symbol {
        Some(symbol) => format!("`{symbol}` of {} keeps the list too", list.file),
        None => format!("{} keeps the list too", list.file),
    }
}

/// Formats a member on one line, as a single word if possible.
fn member_line(
    kind: &SortedKind<'_>,
    member: &SortedMember<'_>,
    sorted: &Sorted<'_>,
    prefixes: &[&str],
) -> String {
    let seen = member.seen;
    let elsewhere = seen.owner.as_ref().filter(|owner| !owner.eq_ignore_ascii_case(&sorted.owner));
    let name = seen.within.as_ref().map_or(&seen.name, |within| &within.repository);
    let repository = match elsewhere {
        Some(owner) => format!("{owner}/{name}"),
        None => name.clone(),
    };
    if let Some(within) = &seen.within {
        let (path, slug) = (quoted(&within.path), quoted(&member.slug));
        let kind = match sorted.kinds.len() {
            1 => String::new(),
            _ => format!(", kind: {}", quoted(&kind.name)),
        };
        return format!(
            "{{ slug: {slug}, repository: {}, path: {path}{kind} }}",
            quoted(&repository)
        );
    }
    // A word is read as a repository if it begins with a prefix, and as a slug otherwise.
    let nearest = prefixes.iter().filter(|prefix| seen.name.starts_with(**prefix));
    let by_prefix = nearest.max_by_key(|prefix| prefix.len()) == Some(&kind.prefix.as_str())
        && (!kind.prefix.is_empty() || sorted.kinds.len() == 1);
    if member.follows && by_prefix {
        return quoted(&repository).into_owned();
    }
    let mut line = format!("{{ repository: {}", quoted(&repository));
    if !member.follows {
        let _ = write!(line, ", slug: {}", quoted(&member.slug));
    }
    if !by_prefix {
        let _ = write!(line, ", kind: {}", quoted(&kind.name));
    }
    line + " }"
}

/// Makes a text safe for a comment, which a line end would terminate.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
