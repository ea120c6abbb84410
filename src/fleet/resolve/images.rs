//! Validates `images` and `consumers`.

use super::{Problems, address, relative};
use crate::fleet::manifest::{Consumer, Containers, ImageSmoke, Manifest};
use crate::fleet::member::Member;
use crate::fleet::one::name_one;
use crate::source::typed::{Step, nearest};

/// The path at which `serve` always accepts refresh requests.
const OWN_REFRESH: &str = "/admin/images/refresh";

/// The value of an empty mount.
const EMPTY: &str = "empty";

/// Maximum length of a tag, according to the OCI distribution specification.
const MAX_TAG: usize = 128;

/// Validates `images`.
pub(super) fn check(manifest: &Manifest, problems: &mut Problems) {
    let Some(images) = &manifest.images else { return };
    let path = |key: &str| ["images".into(), key.into()];
    if let Err((message, hint)) = images.name.check() {
        problems.add(&path("name"), message, hint);
    } else if images.name.uses("image") {
        problems.add(&path("name"), "an image's name cannot be made from itself", "use `{slug}`");
    } else if !["slug", "snake_case", "repository"].iter().any(|name| images.name.uses(name)) {
        let message = "every member would have the same image";
        problems.add(&path("name"), message, "put `{slug}` where they differ");
    } else if !images.name.as_str().starts_with(&format!("{}/", images.registry)) {
        let message = format!("`{}` is not on `{}`", images.name, images.registry);
        let hint = format!("start it with `{}/`", images.registry);
        problems.add(&path("name"), message, hint);
    }
    if !is_tag(&images.tag) {
        let message = format!("`{}` cannot be an image's tag", images.tag);
        problems.add(&path("tag"), message, "tags are letters, digits, `_`, `.` and `-`");
    }
    if images.version_label.as_ref().is_some_and(|label| label.trim().is_empty()) {
        let hint = "name the label that the build stamps, or leave it out";
        problems.add(&path("version_label"), "this names no label", hint);
    }
    if let Some(kind) = &images.of
        && !manifest.kinds.contains_key(kind)
    {
        let hint = match nearest(kind, manifest.kinds.keys().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "name one of `kinds`".to_owned(),
        };
        problems.add(&path("of"), format!("there is no kind `{kind}`"), hint);
    }
    if let Some(containers) = &images.containers {
        check_containers(containers, problems);
    }
    check_smoke(&images.smoke, problems);
    for (index, asked) in images.refresh_paths.iter().enumerate() {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let inside = asked.strip_prefix("/admin/").unwrap_or_default();
        let is_sound = inside.split('/').all(|part| !part.is_empty() && part.chars().all(plain));
        let again = images.refresh_paths.iter().take(index).any(|before| before == asked);
        if !is_sound || again || asked == OWN_REFRESH {
            let message = format!("`{asked}` cannot be another path for requesting a refresh");
            let hint = "write words below `/admin/`, each path once: `/admin/runtimes/refresh`";
            problems.add(&["images".into(), "refresh_paths".into(), index.into()], message, hint);
        }
    }
}

fn check_containers(containers: &Containers, problems: &mut Problems) {
    let path = |keys: &[&str]| -> Vec<Step> {
        ["images", "containers"].iter().chain(keys).map(|key| (*key).into()).collect()
    };
    let Containers { prefix, user, environment, mounts } = containers;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if prefix.is_empty() || !prefix.chars().all(named) {
        // An empty prefix would match every container on the host.
        let message = format!("`{prefix}` is not the beginning of a container's name");
        let hint = "give what only these containers' names start with: `ws-`";
        problems.add(&path(&["prefix"]), message, hint);
    }
    if let Some(user) = user
        && !user.split(':').all(|part| !part.is_empty() && part.chars().all(named))
    {
        let message = format!("`{user}` is not a user of a container");
        problems.add(&path(&["user"]), message, "write it as `agent`, `1000` or `1000:1000`");
    }
    for name in environment.keys().filter(|name| !is_variable(name)) {
        let message = format!("`{name}` is not the name of a variable");
        problems.add(&path(&["environment", name]), message, "letters, digits and `_`");
    }
    for (place, content) in mounts {
        let step = path(&["mounts", place]);
        let mut parts = place.split('/').skip(1);
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains([':', ',']);
        if !place.starts_with('/') || !parts.clone().all(plain) || parts.next().is_none() {
            let message = format!("`{place}` is not a folder of a container");
            problems.add(&step, message, "write its whole path: `/configs`");
        }
        if content != EMPTY {
            relative(content, &step, problems);
        }
    }
}

fn check_smoke(smoke: &ImageSmoke, problems: &mut Problems) {
    let path = |key: &str| ["images".into(), "smoke".into(), key.into()];
    let is_module = |name: &str| {
        let part = |part: &str| {
            !part.is_empty()
                && !part.starts_with(|c: char| c.is_ascii_digit())
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        name.split('.').all(part)
    };
    for name in smoke.imports.iter().flatten() {
        let fine = match name.strip_prefix('$') {
            Some(variable) => is_variable(variable),
            None => is_module(name),
        };
        if !fine {
            let message = format!("`{name}` is not the name of a module");
            let hint = "write it as `acme_runtime`, or `$NAME` for the value of a variable";
            problems.add(&path("imports"), message, hint);
        }
    }
    if smoke.skip.values().any(|reason| reason.trim().is_empty()) {
        let hint = "give a reason why it is not imported";
        problems.add(&path("skip"), "a module is skipped without a reason", hint);
    }
    if smoke.python.trim().is_empty() || smoke.python.contains(['\0', '\n']) {
        problems.add(&path("python"), "this names no program", "leave it out for `python3`");
    }
    for (key, seconds, most) in
        [("seconds", smoke.seconds, 3_600), ("boot", smoke.boot.seconds, 600)]
    {
        if !(1..=most).contains(&seconds) {
            let message = format!("{seconds} seconds is not between 1 and {most}");
            problems.add(&path(key), message, "give a number of seconds in this range");
        }
    }
}

fn is_variable(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(inside)
}

/// Whether a text is a tag according to the OCI distribution specification.
fn is_tag(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    first && text.len() <= MAX_TAG && text.chars().all(inside)
}

/// Validates `consumers`.
pub(super) fn check_consumers(manifest: &Manifest, members: &[Member], problems: &mut Problems) {
    for (index, consumer) in manifest.consumers.iter().enumerate() {
        let path = |key: &str| -> [Step; 3] { ["consumers".into(), index.into(), key.into()] };
        if consumer.name.trim().is_empty() {
            problems.add(
                &path("name"),
                "the consumer has no name",
                "reports tell them apart by it",
            );
        }
        let same = |other: &&Consumer| {
            other.name == consumer.name && other.runtime.eq_ignore_ascii_case(&consumer.runtime)
        };
        if manifest.consumers.iter().take(index).any(|other| same(&other)) {
            let message =
                format!("there are two consumers `{}` of `{}`", consumer.name, consumer.runtime);
            problems.add(&path("name"), message, "give one of them another name");
        }
        // Invalid members were reported, and are not in `members`.
        let whole = members.len() == manifest.members.len();
        if whole && !members.iter().any(|member| member.is_called(&consumer.runtime)) {
            let slugs = members.iter().map(|member| member.slug.as_str());
            let hint = match nearest(&consumer.runtime, slugs) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "give the slug of a member".to_owned(),
            };
            let message = format!("no member is called `{}`", consumer.runtime);
            problems.add(&path("runtime"), message, hint);
        }
        let of = manifest.images.as_ref().and_then(|images| images.of.as_ref());
        let has_image = |member: &&Member| of.is_none_or(|kind| *kind == member.kind);
        let called = members.iter().filter(|member| member.is_called(&consumer.runtime));
        let called: Vec<&Member> = called.filter(has_image).collect();
        if called.len() > 1 {
            let message = format!("several members are called `{}`", consumer.runtime);
            problems.add(&path("runtime"), message, name_one(&called));
        }
        place(consumer, &path, problems);
    }
}

/// Requires exactly one way to query a consumer.
fn place(consumer: &Consumer, path: &impl Fn(&str) -> [Step; 3], problems: &mut Problems) {
    let ways = [consumer.file.is_some(), consumer.url.is_some(), consumer.command.is_some()];
    if ways.iter().filter(|given| **given).count() != 1 {
        let message = "a consumer is queried in one way: `file`, `url` or `command`";
        let [consumers, index, _] = path("name");
        problems.add(&[consumers, index], message, "give one of the three");
    }
    if let Some(file) = &consumer.file {
        relative(file, &path("file"), problems);
    }
    if let Some(url) = &consumer.url {
        address(url, &path("url"), problems);
    }
    if let Some(command) = &consumer.command
        && command.first().is_none_or(|program| program.trim().is_empty())
    {
        let hint = "give the program and its arguments, one word each";
        problems.add(&path("command"), "the command names no program", hint);
    }
    if let Some(key) = &consumer.key
        && key.split('.').any(|part| part.trim().is_empty())
    {
        let message = format!("`{key}` is not a path of keys");
        problems.add(&path("key"), message, "write keys with dots between them: `images.api`");
    }
}
