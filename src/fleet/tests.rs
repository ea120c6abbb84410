mod rules;
mod selecting;

use std::path::Path;

use super::*;

const HEAD: &str = "schema: 1\nname: acme\nforge: { owner: acme }\n";
const KIND: &str = "kinds: { workspace: { prefix: template- } }\n";

fn parse(content: &str) -> Result<Fleet, Vec<String>> {
    Fleet::parse(Path::new("fleet.yaml"), content.as_bytes()).map_err(|errors| {
        let line = |error: &Error| {
            let hints = error.hints().join("; ");
            let hint = if hints.is_empty() { hints } else { format!(" [{hints}]") };
            format!("{error}{hint}").replace("fleet.yaml:", "")
        };
        errors.iter().map(line).collect()
    })
}

fn fleet(rest: &str) -> Fleet {
    parse(&format!("{HEAD}{rest}")).expect("sound")
}

fn errors(rest: &str) -> Vec<String> {
    parse(&format!("{HEAD}{rest}")).expect_err("wrong")
}

fn member_errors(members: &str) -> Vec<String> {
    errors(&format!("{KIND}members:\n{members}"))
}

fn members(rest: &str) -> Vec<String> {
    let slugs = |member: &Member| {
        let owner = &member.repository.owner;
        format!("{} {} {owner}/{}", member.kind, member.slug, member.name())
    };
    fleet(rest).members.iter().map(slugs).collect()
}

#[test]
fn slugs_and_repositories_follow_from_each_other() {
    assert_eq!(
        members(&format!(
            "{KIND}members:
  - claude-code
  - template-hermes
  - other/template-remote
  - {{ slug: crewai }}
  - {{ repository: odd-name, slug: odd }}
  - {{ repository: mono, path: templates/foo/ }}
"
        )),
        [
            "workspace claude-code acme/template-claude-code",
            "workspace hermes acme/template-hermes",
            "workspace remote other/template-remote",
            "workspace crewai acme/template-crewai",
            "workspace odd acme/odd-name",
            "workspace foo acme/mono/templates/foo",
        ]
    );
}

#[test]
fn a_member_is_of_the_kind_with_the_longest_prefix_that_fits() {
    let kinds = "kinds:\n  plain: { prefix: t- }\n  long: { prefix: t-x- }\n";
    assert_eq!(
        members(&format!("{kinds}members: [t-a, t-x-b, {{ slug: c, kind: plain }}]\n")),
        ["plain a acme/t-a", "long b acme/t-x-b", "plain c acme/t-c"]
    );
    assert_eq!(
        errors(&format!("{kinds}members: [c, d, t-a]\n")),
        [
            "the kind of 2 members is not known; this is the first (7:11) [write the repository, such as \
            `t-x-c`, whose prefix implies the kind; or add `kind:` with one of long, plain]"
        ]
    );
}

#[test]
fn a_kind_without_a_prefix_takes_the_name_as_it_is() {
    let kinds = "kinds: { crate: { select: { topic: rust } } }\n";
    assert_eq!(members(&format!("{kinds}members: [tool]\n")), ["crate tool acme/tool"]);
}

#[test]
fn members_inherit_from_their_kind() {
    let fleet = fleet(
        "kinds:
  k: { owner: platform, profile: plain, variables: { a: one, b: two } }
members:
  - x
  - { slug: y, owner: agents, profile: wrapped, variables: { b: three } }
",
    );
    let seen = |member: &Member| {
        let variables: Vec<&str> = member.variables.values().map(String::as_str).collect();
        format!("{:?} {:?} {}", member.owner, member.profile, variables.join("+"))
    };
    assert_eq!(
        fleet.members.iter().map(seen).collect::<Vec<_>>(),
        [
            "Some(\"platform\") Some(\"plain\") one+two",
            "Some(\"agents\") Some(\"wrapped\") one+three"
        ]
    );
}

#[test]
fn kinds_take_what_they_leave_open_from_the_fleet() {
    let fleet = fleet(
        "defaults: { owner: platform }
kinds: { a: { prefix: a- }, b: { prefix: b-, owner: agents } }
members: [a-x, b-x, { repository: a-y, owner: ann }]
",
    );
    let owners = fleet.members.iter().map(|it| it.owner.as_deref());
    assert_eq!(owners.collect::<Vec<_>>(), [Some("platform"), Some("agents"), Some("ann")]);
    // The wizard asks the kind alone.
    assert_eq!(fleet.manifest.kinds["a"].owner.as_deref(), Some("platform"));
}

#[test]
fn shapes_are_embedded_a_folder_or_a_repository() {
    let fleet = fleet(
        "kinds:
  a: { prefix: a- }
  b: { prefix: b-, shape: embedded }
  c: { prefix: c-, shape: { folder: shapes/c } }
  d: { prefix: d-, shape: { repository: starter, ref: v1 } }
members: [a-x]
",
    );
    let shape = |kind: &str| fleet.manifest.kinds[kind].shape.clone();
    assert_eq!(shape("a"), shape("b"));
    assert_eq!(
        shape("c"),
        manifest::Shape::Folder(manifest::ShapeFolder { folder: "shapes/c".into() })
    );
    let manifest::Shape::Repository(repository) = shape("d") else { panic!("{:?}", shape("d")) };
    assert_eq!(
        (repository.path.as_str(), repository.reference.as_deref()),
        (".shipshape", Some("v1"))
    );
}

#[test]
fn a_shape_that_is_written_as_text_is_answered_with_its_forms() {
    let found = errors("kinds: { a: { prefix: a-, shape: shapes/a } }\nmembers: [a-x]\n");
    let says = "`shape` must be `embedded` or a mapping, not `shapes/a` (4:34) [or: `{ folder: … }`, `{ repository: … }`]";
    assert_eq!(found, [says]);
}

#[test]
fn images_are_named_in_lower_case() {
    let images = "images: { registry: ghcr.io, name: \"ghcr.io/{owner}/t-{slug}\" }\n";
    let fleet = fleet(&format!("{KIND}{images}members: [Acme-AI/template-a]\n"));
    assert_eq!(fleet.image(&fleet.members[0]).as_deref(), Some("ghcr.io/acme-ai/t-a"));
}

#[test]
fn every_problem_of_the_members_is_told_in_the_order_of_lines() {
    assert_eq!(
        member_errors(
            "  - Claude_Code
  - { repository: other-name }
  - { slug: a, kind: plugin }
  - { slug: b, path: ../b }
  - { slug: c, path: /c }
  - { profile: x }
  - ../evil
  - { slug: d, retired: 2027-02-30 }
"
        ),
        [
            "`retired` must be a date, not `2027-02-30` (13:25) [write it as YYYY-MM-DD, for example 2027-01-31]"
        ]
    );
    assert_eq!(
        member_errors(
            "  - Claude_Code
  - { repository: other-name }
  - { slug: a, kind: workspaces }
  - { slug: b, path: ../b }
  - { slug: c, path: /c }
  - { profile: x }
  - ../evil
  - { slug: My_Repo, path: a }
  - { slug: My_Tool }
"
        ),
        [
            "`Claude_Code` is not a slug (6:5) [`claude-code` would be one; of the repository `template-Claude_Code`, write `{ repository: template-Claude_Code, slug: claude-code }`]",
            "`other-name` does not begin with `template-` (7:19) [give it a `slug`, or another `kind`]",
            "unknown kind `workspaces` (8:22) [did you mean `workspace`?]",
            "`../b` leaves the folder that it is relative to (9:22) [give a folder of the repository; leave it out for the root]",
            "`/c` is an absolute path (10:22) [give a folder of the repository; leave it out for the root]",
            "a member needs `repository` or `slug` (11:5)",
            "`../evil` cannot be a repository (12:5) [write `name` or `owner/name`]",
            "`My_Repo` is not a slug (13:13) [`my-repo` would be one]",
            "`My_Tool` is not a slug (14:13) [`my-tool` would be one; of the repository `template-My_Tool`, write `{ repository: template-My_Tool, slug: my-tool }`]",
        ]
    );
}

#[test]
fn names_belong_to_one_member() {
    assert_eq!(
        member_errors(
            "  - a
  - template-a
  - { slug: a, repository: other }
  - { slug: b, aliases: [A] }
  - { repository: ACME/Template-b, slug: c }
"
        ),
        [
            "`template-a` is already member 1 (7:5) [remove one of the two]",
            "`a` is already the slug of member 1 (8:13) [a name belongs to one member of a kind]",
            "`A` is already the slug of member 3 (9:25) [a name belongs to one member of a kind]",
            "`Template-b` is already member 4 (10:19) [remove one of the two]",
        ]
    );
}

#[test]
fn unknown_keys_do_not_hide_other_problems() {
    assert_eq!(
        errors(&format!("{KIND}image: {{}}\nmembers: [{{ slug: a, path: /x, ower: me }}]\n")),
        [
            "unknown key `image` (5:1) [did you mean `images`?]",
            "`/x` is an absolute path (6:28) [give a folder of the repository; leave it out for the root]",
            "unknown key `ower` (6:32) [did you mean `owner`?]",
        ]
    );
}

#[test]
fn what_is_of_a_wrong_type_is_told_once() {
    assert_eq!(errors(&format!("{KIND}members:\n")), ["`members` must be a list, not empty (5:8)"]);
}

#[test]
fn keys_given_twice_are_refused_in_every_mapping() {
    let doubled =
        errors("kinds:\n  a: {}\n  a: {}\nmembers: [{slug: x, variables: {v: a, v: b}}]\n");
    assert_eq!(
        doubled,
        [
            "`a` is given twice (6:3) [remove one of the two]",
            "`v` is given twice (7:39) [remove one of the two]",
        ]
    );
}

#[test]
fn the_sections_are_checked() {
    assert_eq!(
        parse(
            "schema: 1
name: ''
forge: { kind: gitea, owner: a/b }
kinds: { a: { prefix: x-, shape: { folder: ../up } }, b: { prefix: x- } }
images: { registry: ghcr.io, name: docker.io/acme/x }
waivers: /etc/waivers.yaml
rules: { some-rule: {} }
members: []
"
        )
        .expect_err("wrong"),
        [
            "the fleet has no name (2:7) [reports begin with it]",
            "a Gitea forge needs its address (3:8) [add `url: https://…`]",
            "`a/b` cannot be an owner on a forge (3:30) [give the organisation or user alone]",
            "`../up` leaves the folder that it is relative to (4:44) [give a path below the folder, with `/`]",
            "kinds `a` and `b` have the same prefix (4:68) [tell them apart by their prefixes]",
            "every member would have the same image (5:36) [put `{slug}` where they differ]",
            "`/etc/waivers.yaml` is an absolute path (6:10) [give a path below the folder, with `/`]",
            "rule `some-rule` is given nothing (7:21) [give it `severity` or `enforce_from`]",
        ]
    );
}

#[test]
fn how_a_runtime_is_released_has_defaults() {
    let fleet = fleet(&format!(
        "runtime_package: {{ distribution: acme-runtime, import: acme_runtime }}\n{KIND}members: [a]\n"
    ));
    let package = fleet.manifest.runtime_package.as_ref().expect("there");
    let release = &package.release;
    assert_eq!(release.tag_of("1.2.3"), "runtime-v1.2.3");
    assert_eq!(release.labels.major, "release:major");
    assert_eq!(release.skip, ["[skip-release]", "[no-release]"]);
    // What tells members of a release is for their shape to say.
    assert_eq!((&release.event, &release.payload, &release.workflow), (&None, &None, &None));
    assert_eq!(package.index, None);
}

#[test]
fn how_a_runtime_is_released_is_checked() {
    assert_eq!(
        errors(&format!(
            "{KIND}members: [a]
runtime_package:
  distribution: acme-runtime
  import: acme_runtime
  source: {{ repository: core, path: workspace }}
  index: {{ simple: 'https://me:hunter2@packages.example/simple/', upload: 'http://packages.example/' }}
  release:
    tag: v1
    branch: a b
    labels: {{ major: big, minor: Big }}
    skip: ['', '[no]']
    event: ''
    workflow: ci/publish.yml
    publisher: {{ repository: a/b/c, workflow: x }}
    mirror: {{ repository: acme/core }}
images: {{ registry: ghcr.io, name: 'ghcr.io/x-{{slug}}', tag: ':latest', version_label: '', containers: {{ prefix: '' }} }}
consumers:
  - {{ name: production, runtime: b, file: ../pins.json }}
  - {{ name: two, runtime: a, file: x.json, url: 'https://a.example', key: a..b }}
  - {{ name: two, runtime: A, command: [] }}
"
        )),
        [
            "the address contains credentials, which others can see (10:20) [leave them out: they belong in the environment]",
            "the address is plain http, which is allowed for this machine only (10:75) [write it as `https://packages.example/simple/`]",
            "`v1` has no `{version}` in it (12:10) [write `v{version}`]",
            "`a b` cannot be a branch (13:13) [leave it out for the default branch]",
            "one label cannot stand for both (14:34) [give each its own label]",
            "this would keep everything from being released (15:12) [leave it out]",
            "an event's type has 1 to 100 characters (16:12)",
            "`ci/publish.yml` is not a workflow's file (17:15) [give the file's name alone: `publish.yml`]",
            "`a/b/c` cannot be a repository (18:30) [write `name` or `owner/name`]",
            "`x` is not a workflow's file (18:47) [give the file's name alone: `publish.yml`]",
            "the source cannot be its own mirror (19:27) [what is published would overwrite what is edited]",
            "`:latest` cannot be an image's tag (20:61) [tags are letters, digits, `_`, `.` and `-`]",
            "this names no label (20:87) [name the label that the build stamps, or leave it out]",
            "`` is not the beginning of a container's name (20:113) [give what only these containers' names start with: `ws-`]",
            "no member is called `b` (22:34) [did you mean `a`?]",
            "`../pins.json` leaves the folder that it is relative to (22:43) [give a path below the folder, with `/`]",
            "a consumer is queried in one way: `file`, `url` or `command` (23:5) [give one of the three]",
            "`a..b` is not a path of keys (23:75) [write keys with dots between them: `images.api`]",
            "there are two consumers `two` of `A` (24:13) [give one of them another name]",
            "the command names no program (24:39) [give the program and its arguments, one word each]",
        ]
    );
}

#[test]
fn images_are_those_of_a_kind_and_are_tried_as_it_is_written() {
    let text = |images: &str| {
        format!(
            "{KIND}images: {{ registry: ghcr.io, name: 'ghcr.io/acme/{{slug}}', {images} }}\nmembers: [a]\n"
        )
    };
    let found = fleet(&text("of: workspace"));
    assert_eq!(found.image(&found.members[0]).as_deref(), Some("ghcr.io/acme/a"));
    let mut member = found.members[0].clone();
    member.kind = "plugin".to_owned();
    assert_eq!(found.image(&member), None);
    let messages = |images: &str| -> Vec<String> {
        let errors = errors(&text(images));
        errors.iter().map(|it| it.split(" (").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(messages("of: workspaces"), ["there is no kind `workspaces`"]);
    let odd = "containers: { prefix: ws-, user: 'a b', environment: { '1': x }, mounts: { configs: empty, /a/../b: empty, /c: ../d } }";
    assert_eq!(
        messages(odd),
        [
            "`a b` is not a user of a container",
            "`1` is not the name of a variable",
            "`configs` is not a folder of a container",
            "`/a/../b` is not a folder of a container",
            "`../d` leaves the folder that it is relative to",
        ]
    );
    let odd = "smoke: { imports: [acme, 'a b', $X, '$a-b'], skip: { acme.x: ' ' }, python: '', seconds: 0, boot: { seconds: 601 } }";
    assert_eq!(
        messages(odd),
        [
            "`a b` is not the name of a module",
            "`$a-b` is not the name of a module",
            "a module is skipped without a reason",
            "this names no program",
            "`seconds` must be at least 1",
            "601 seconds is not between 1 and 600",
        ]
    );
}

#[test]
fn the_source_of_a_runtime_is_a_folder_of_its_own() {
    for root in [".", "./", "''", "' '"] {
        let found = errors(&format!(
            "{KIND}members: [a]\nruntime_package:\n  distribution: d\n  import: d\n  source: {{ path: {root} }}\n"
        ));
        let [error] = found.as_slice() else { panic!("{root}: {found:?}") };
        assert!(error.starts_with("the root of the repository cannot be the source ("), "{error}");
        assert!(error.ends_with("[move the modules into a folder, and name that]"), "{error}");
    }
}

#[test]
fn registrations_are_checked() {
    assert_eq!(
        errors(&format!(
            "{KIND}members: [a]
registrations:
  - {{ name: one, path: ../x.go, language: go, symbol: X, form: set }}
  - {{ name: one, path: x.go, language: go, form: map, of: plugin, spelling: alike }}
  - {{ name: two, repository: core, path: x.py, language: python, symbol: X, form: set, values: \"{{image}}\" }}
  - {{ name: three, path: x.json, language: json, form: array, exceptions: {{ b: B }}, without: [c] }}
"
        )),
        [
            "`../x.go` leaves the folder that it is relative to (7:24) [give a path below fleet.yaml's folder, or name the `repository` that holds it]",
            "the file's language has no such form (7:64) [there it can be map, slice, array, words]",
            "`symbol` is missing (8:5) [name the variable that contains the list]",
            "there are two registrations named `one` (8:13) [reports tell them apart by their names]",
            "unknown kind `plugin` (8:59)",
            "every member would be written alike (8:77) [write `{slug}` where they differ: \"{slug}\", not \"alike\"]",
            "only a map has values (9:96) [use `form: map`, or leave `values` out]",
            "`{image}` has no meaning in a fleet without images (9:96) [add `images:`, or write the name itself]",
            "no member has the slug `b` (10:80) [name members by slug, or by repository]",
            "no member has the slug `c` (10:94) [name members by slug, or by repository]",
        ]
    );
}

#[test]
fn a_missing_file_says_what_to_do() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let errors = Fleet::load(&folder.path().join("fleet.yaml")).expect_err("not there");
    assert!(errors[0].hints()[0].contains("--fleet FILE"), "{errors:?}");
}
