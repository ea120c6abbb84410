mod folders;
mod histories;

use std::sync::Arc;

use super::*;
use crate::shape::lineage::Lineage;
use crate::shape::pack::Pack;
use crate::shape::variables::Variables;
use crate::snapshot::{BlobId, Entry, EntryKind, ReadBlob, Unreadable};

struct Memory(BTreeMap<BlobId, Arc<[u8]>>);

impl ReadBlob for Memory {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.0.get(&id).cloned().ok_or_else(|| Unreadable::Absent("in a test".to_owned()))
    }
}

/// A repository without history; a leading `!` makes a file executable.
fn member(name: &str, files: &[(&str, &str)]) -> Member {
    let mut entries = BTreeMap::new();
    let mut blobs = BTreeMap::new();
    for (path, content) in files {
        let id = BlobId::of(content.as_bytes());
        let (kind, path) = match path.strip_prefix('!') {
            Some(path) => (EntryKind::Executable, path),
            None => (EntryKind::File, *path),
        };
        entries.insert(RepoPath::new(path), Entry { kind, id });
        blobs.insert(id, Arc::from(content.as_bytes()));
    }
    let snapshot = Snapshot::new(None, entries, Arc::new(Memory(blobs)));
    Member { name: name.to_owned(), snapshot, history: None }
}

fn path<'p>(proposal: &'p Proposal, path: &str) -> &'p ProposedPath {
    proposal.paths.iter().find(|held| held.path == path).unwrap_or_else(|| panic!("{path} is free"))
}

fn loaded(proposal: &Proposal) -> Pack {
    let shape = String::from_utf8_lossy(&proposal.files["shape.yaml"].bytes).into_owned();
    Pack::load(&proposal.files, "proposal", Lineage::default())
        .unwrap_or_else(|error| panic!("{error}\n{shape}"))
}

/// Whoever counts as equal to a canon gets exactly its bytes from the loaded pack.
fn assert_renders(proposal: &Proposal, members: &[Member]) {
    let pack = loaded(proposal);
    for held in pack.rules().iter().filter(|held| held.rule.policy != Policy::Structured) {
        let proposed = path(proposal, &held.rule.path);
        for name in &proposed.conforming {
            let member = members.iter().find(|member| member.name == *name).expect("a member");
            let slug = proposal.members.iter().find(|found| found.name == *name).expect("a slug");
            let mut values = Variables::default();
            values.insert("slug", &slug.slug);
            values.insert("repository", name);
            values.insert("owner", "");
            let canon = pack.canon(held, &values).expect("it renders").expect("a canon");
            let actual = member.snapshot.entry(&held.rule.path).expect("it is there");
            assert_eq!(canon.id, actual.id, "{} in {name}", held.rule.path);
        }
    }
}

const CI: &str = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: cargo test ${{ matrix.x }}\n";

fn crates() -> Vec<Member> {
    crates_of(&["alpha-core", "beta", "gamma"])
}

fn crates_of(slugs: &[&str]) -> Vec<Member> {
    slugs
        .iter()
        .map(|slug| {
            let cargo = format!("[package]\nname = \"acme-{slug}\"\nlicense = \"MIT\"\n");
            let library = format!("//! {slug} does what only it does.\n");
            let readme =
                format!("# acme-{slug}\n\n[CI](https://ci.example/acme-{slug}) ${{{{ x }}}}\n");
            member(
                &format!("acme-{slug}"),
                &[
                    (".github/workflows/ci.yml", CI),
                    ("Makefile", "Do what you like.\n"),
                    ("Cargo.toml", &cargo),
                    ("README.md", &readme),
                    ("src/lib.rs", &format!("{library}pub fn {}() {{}}\n", &slug[..1])),
                    ("!build.sh", "#!/bin/sh\ncargo build\n"),
                ],
            )
        })
        .collect()
}

#[test]
fn crates_of_a_family_get_a_pack_that_all_of_them_follow() {
    let members = crates();
    let proposal = propose(&members, None);
    assert_eq!(path(&proposal, ".github/workflows/ci.yml").policy, Policy::Exact);
    assert_eq!(path(&proposal, "Makefile").policy, Policy::Exact);
    // What it depends on is each crate's own; new ones start from it all the same.
    assert_eq!(path(&proposal, "Cargo.toml").policy, Policy::Contract);
    assert!(proposal.files.contains_key("files/Cargo.toml.tera"));
    assert_eq!(path(&proposal, "README.md").policy, Policy::Templated);
    assert_eq!(path(&proposal, "src/lib.rs").policy, Policy::Seeded);
    assert!(path(&proposal, "build.sh").executable);
    // Of a seeded file only the presence is checked.
    let licences = ["one", "two"].map(|name| member(name, &[("!LICENSE", "Free\n"), ("a", "a\n")]));
    assert!(!path(&propose(&licences, None), "LICENSE").executable);
    assert_eq!(loaded(&proposal).manifest.repository_names, ["acme-{slug}"]);
    assert_eq!(loaded(&proposal).manifest.name, "acme");
    assert!(proposal.paths.iter().all(|held| held.outliers.is_empty()), "{:?}", proposal.paths);
    assert!(proposal.paths.iter().all(|held| held.policy != Policy::Forbidden));
    assert_renders(&proposal, &members);
}

#[test]
fn the_majority_is_canon_and_the_others_are_outliers() {
    let mut members = crates_of(&["alpha", "beta", "gamma", "delta", "epsilon"]);
    members[2] = member("acme-gamma", &[("Makefile", "Mine.\n"), ("own.txt", "x")]);
    let proposal = propose(&members, None);
    let held = path(&proposal, "Makefile");
    assert_eq!((held.policy, held.present, held.contents), (Policy::Exact, 5, 2));
    assert_eq!(held.outliers, ["acme-gamma"]);
    let ci = path(&proposal, ".github/workflows/ci.yml");
    assert_eq!((ci.present, ci.of, ci.optional), (4, 5, false));
    let own = proposal.unheld.iter().find(|path| path.path == "own.txt").expect("listed");
    assert_eq!((own.present_in.as_slice(), own.expected), (&["acme-gamma".to_owned()][..], false));
    // Two of three are no majority of anything.
    let mut few = crates();
    few[2] = member("acme-gamma", &[("Makefile", "Mine.\n")]);
    let proposal = propose(&few, None);
    let held = path(&proposal, "Makefile");
    assert_eq!((held.policy, held.why.as_str()), (Policy::Seeded, "the same in 2 of 3 only"));
    assert_eq!(&*proposal.files["files/Makefile"].bytes, b"Do what you like.\n");
    // So a person is asked: the third may be the very drift that somebody came for.
    let asked = "`Makefile`: the same in 2 of 3, and other in acme-gamma: is that drift";
    let questions = &proposal.questions;
    assert!(questions.iter().any(|it| it.starts_with(asked)), "{questions:?}");
}

#[test]
fn what_each_fills_as_it_likes_is_asked_about_where_one_lacks_it() {
    let mut members = crates_of(&["alpha", "beta", "gamma", "delta", "epsilon"]);
    let entries = (*members[4].snapshot.entries).clone();
    let without = entries.into_iter().filter(|(path, _)| path.as_str() != "src/lib.rs").collect();
    members[4].snapshot.entries = Arc::new(without);
    let proposal = propose(&members, None);
    let held = path(&proposal, "src/lib.rs");
    assert_eq!((held.policy, held.optional), (Policy::Seeded, true));
    let asked = "`src/lib.rs`: 4 of 5 have it; it is optional until you say otherwise";
    let questions = &proposal.questions;
    assert!(questions.iter().any(|it| it.starts_with(asked)), "{questions:?}");
}

#[test]
fn what_half_have_is_not_held_and_asked_about() {
    let mut members = crates();
    members.push(member("acme-delta", &[("Makefile", "Do what you like.\n")]));
    for member in members.iter_mut().take(2) {
        let mut entries = (*member.snapshot.entries).clone();
        let licence = entries["Makefile"];
        entries.insert(RepoPath::new("justfile"), licence);
        member.snapshot.entries = Arc::new(entries);
    }
    let proposal = propose(&members, None);
    assert!(proposal.unheld.iter().any(|path| path.path == "justfile"));
    assert!(proposal.questions.iter().any(|question| question.contains("justfile")));
}

#[test]
fn what_speaks_for_one_repository_is_seeded_whatever_it_says() {
    let mut members = crates_of(&["alpha", "beta", "gamma", "delta", "epsilon"]);
    for (index, one) in members.iter_mut().enumerate() {
        let mine = if index == 4 { "Copyright 2014 Others\n" } else { "Do what you like.\n" };
        let given =
            member("x", &[("LICENSE", mine), ("Cargo.lock", "[[package]]\n"), ("a.dep.yml", "")]);
        let funding = member("x", &[(".github/FUNDING.yml", "github: one\n")]);
        let mut entries = (*one.snapshot.entries).clone();
        entries.extend((*given.snapshot.entries).clone());
        if index > 0 {
            entries.extend((*funding.snapshot.entries).clone());
        }
        one.snapshot.entries = Arc::new(entries);
    }
    let proposal = propose(&members, None);
    let licence = path(&proposal, "LICENSE");
    assert_eq!((licence.policy, licence.optional), (Policy::Seeded, false));
    assert!(licence.why.contains("the authors of the work"), "{}", licence.why);
    // Below the root what some have is theirs, and nobody is asked about it.
    assert!(proposal.unheld.iter().any(|path| path.path == ".github/FUNDING.yml"));
    assert!(
        !proposal.questions.iter().any(|it| it.contains("FUNDING")),
        "{:?}",
        proposal.questions
    );
    assert_eq!(path(&proposal, "Cargo.lock").policy, Policy::Seeded);
    assert!(!proposal.paths.iter().any(|it| it.path == "a.dep.yml"));
    for file in ["LICENSE", ".github/FUNDING.yml", "Cargo.lock"] {
        assert!(!proposal.files.contains_key(&format!("files/{file}")), "{file}");
    }
}

#[test]
fn documents_in_json_have_a_contract_and_sources_at_the_root_are_free() {
    let of = |slug: &str| {
        let package = format!("{{\n\t\"name\": \"{slug}\",\n\t\"main\": \"{}\"\n}}\n", slug.len());
        let own = format!("{slug}.js");
        let files = [
            ("package.json", package.as_str()),
            (own.as_str(), slug),
            ("CHANGELOG.md", "# Changes\n"),
            ("README.md", slug),
        ];
        member(slug, &files)
    };
    let proposal = propose(&["one", "two", "three"].map(of), None);
    let package = path(&proposal, "package.json");
    assert_eq!((package.policy, package.optional), (Policy::Contract, false));
    assert!(package.why.contains("2 common keys"), "{}", package.why);
    assert_eq!(path(&proposal, "CHANGELOG.md").policy, Policy::Seeded);
    assert!(proposal.extras.contains(&"*.js".to_owned()), "{:?}", proposal.extras);
}

#[test]
fn what_lies_in_a_free_folder_and_speaks_for_its_repository_makes_no_profile() {
    let mut members = crates_of(&["alpha", "beta", "gamma", "delta", "epsilon"]);
    for (index, one) in members.iter_mut().enumerate() {
        let names: Vec<String> =
            (0..15).map(|it| format!(".licenses/npm/{}-{it}.dep.yml", index % 3)).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|it| (it.as_str(), "name: x\n")).collect();
        let mut entries = (*one.snapshot.entries).clone();
        entries.extend((*member("x", &files).snapshot.entries).clone());
        one.snapshot.entries = Arc::new(entries);
    }
    let proposal = propose(&members, None);
    assert!(!proposal.paths.iter().any(|path| path.path.starts_with(".licenses")));
    assert!(
        !proposal.questions.iter().any(|it| it.contains(".licenses")),
        "{:?}",
        proposal.questions
    );
    assert!(proposal.profiles.is_empty(), "{:?}", proposal.profiles);
}

#[test]
fn repositories_of_two_kinds_are_told_apart() {
    let web = |slug: &str| {
        let files =
            [("package.json", "{}"), (".nvmrc", "22\n"), ("index.html", "x"), ("README.md", slug)];
        member(&format!("web-{slug}"), &files)
    };
    let mut members = crates();
    members.extend(["shop", "status"].map(web));
    members.push(member("handbook", &[("README.md", "# Handbook\n")]));
    assert_eq!(
        propose(&members, None).kinds,
        [&["acme-alpha-core", "acme-beta", "acme-gamma"][..], &["web-shop", "web-status"]]
    );
    assert!(propose(&crates(), None).kinds.is_empty());
}

#[test]
fn files_of_lines_are_held_by_what_they_share() {
    let ignore = |own: &str| format!("# Build\ntarget/\n*.log\n\n# Own\n{own}\n");
    let members: Vec<Member> = ["a", "b", "c"]
        .iter()
        .map(|name| member(&format!("t-{name}"), &[(".gitignore", &ignore(name))]))
        .collect();
    let proposal = propose(&members, None);
    let held = path(&proposal, ".gitignore");
    assert_eq!((held.policy, held.conforming.len()), (Policy::Structured, 3));
    assert_eq!(&*proposal.files["files/dot-gitignore"].bytes, b"# Build\ntarget/\n*.log\n");
}

#[test]
fn a_shared_variation_is_a_profile_and_a_lone_one_is_not() {
    let on = |forge: &'static str, slug: &str| {
        let (ci, readme) = (format!("{forge}/workflows/ci.yml"), format!("{slug} is {forge}\n"));
        member(&format!("t-{slug}"), &[(&ci, CI), ("README.md", &readme), ("Makefile", "x\n")])
    };
    let mut members: Vec<Member> = ["a", "b", "c"].iter().map(|slug| on(".github", slug)).collect();
    members.push(on(".gitea", "d"));
    assert_eq!(propose(&members, None).profiles, []);
    members.push(on(".gitea", "e"));
    let proposal = propose(&members, None);
    let [profile] = proposal.profiles.as_slice() else { panic!("{:?}", proposal.profiles) };
    assert_eq!(profile.name, "gitea");
    assert_eq!(profile.members, ["t-d", "t-e"]);
    assert_eq!(profile.without, [".github/**"]);
    assert_eq!(profile.permits, [".gitea/**"]);
    assert_eq!(proposal.members[3].profile.as_deref(), Some("gitea"));
    let ci = path(&proposal, ".github/workflows/ci.yml");
    assert_eq!((ci.present, ci.of, ci.optional), (3, 3, false));
    assert!(loaded(&proposal).profile(Some("gitea")).expect("it is there").permits(".gitea/x"));
}

fn images() -> Vec<Member> {
    ["one", "two", "three", "four"]
        .iter()
        .enumerate()
        .map(|(index, slug)| {
            let dockerfile = format!(
                "FROM python:3.11-slim\nARG KEY=\nRUN useradd -u 1000 app\nCOPY requirements.txt .\n\
                 RUN pip install -r requirements.txt {extra} # ${{KEY}}\nRUN echo ${{KEY}} && pip install run==${{KEY}}\n\
                 COPY main.py .\nENV MODULE=main\nENTRYPOINT [\"runner\"]\n# {index}\n",
                extra = if index == 0 { "-v" } else { "" },
            );
            let config = format!("name: {slug}\nport: {index}\nextra_{index}: 1\nnested:\n  on: true\n  list: [{index}]\n");
            let module = format!(
                "from base import Base\nclass C{index}(Base):\n    async def setup(self, config):\n        return {index}\n    @staticmethod\n    def name():\n        return {index}\nMain = C{index}\n"
            );
            let requirements = format!("Run_Time>=1\nown-{index}\n");
            member(
                &format!("t-{slug}"),
                &[
                    ("Dockerfile", &dockerfile),
                    ("config.yaml", &config),
                    ("main.py", &module),
                    ("requirements.txt", &requirements),
                ],
            )
        })
        .collect()
}

#[test]
fn files_that_all_differ_are_held_by_what_they_amount_to() {
    let proposal = propose(&images(), None);
    assert_eq!(path(&proposal, "Dockerfile").policy, Policy::Facts);
    for contract in ["config.yaml", "main.py", "requirements.txt"] {
        assert_eq!(path(&proposal, contract).policy, Policy::Contract, "{contract}");
    }
    let demands = loaded(&proposal).manifest.demands;
    let [docker] = demands.dockerfiles.as_slice() else { panic!("{demands:?}") };
    assert_eq!(docker.base_image.as_deref(), Some("python:3.11-slim"));
    assert_eq!(
        docker.user.as_ref().map(|user| (user.name.as_str(), user.uid)),
        Some(("app", 1000))
    );
    assert_eq!(docker.entrypoint.as_deref(), Some("runner"));
    assert_eq!(docker.installs.as_deref(), Some("run-time"));
    assert!(docker.environment.iter().any(|variable| variable.name == "MODULE" && variable.module));
    let [document] = demands.documents.as_slice() else { panic!("{demands:?}") };
    let keys: Vec<&str> = document.keys.keys().map(String::as_str).collect();
    assert_eq!(keys, ["name", "nested", "port"]);
    assert!(document.keys["nested"].keys["on"].required);
    let [adapter] = demands.python.adapters.as_slice() else { panic!("{demands:?}") };
    assert_eq!((adapter.name.as_str(), adapter.base.as_deref()), ("Main", Some("Base")));
    assert_eq!(adapter.methods.len(), 2);
    assert_eq!(demands.requirements[0].distribution, "run-time");
}

#[test]
fn a_key_that_follows_from_the_slug_is_a_variable() {
    let proposal = propose(&images(), None);
    let pack = loaded(&proposal);
    let (name, variable) = pack.manifest.variables.first().expect("a variable");
    assert_eq!((name.as_str(), variable.must_equal.as_deref()), ("name", Some("{{ slug }}")));
}

#[test]
fn hostile_names_neither_break_the_pack_nor_hold_other_paths() {
    let files =
        [("a*b", "x"), ("[id].ts", "x"), ("c: d # e", "x"), ("new\nline", "x"), ("{{ y }}", "x")];
    let members = [member("t-a", &files), member("t-b", &files)];
    let proposal = propose(&members, Some("- {a: b"));
    let pack = loaded(&proposal);
    assert_eq!(pack.manifest.name, "- {a: b");
    let held: Vec<&str> = pack.rules().iter().map(|held| held.rule.path.as_str()).collect();
    assert_eq!(held, ["[id].ts", "c: d # e", "new\nline", "{{ y }}"]);
    assert!(pack.rule_for("i.ts").is_none());
}

#[test]
fn repositories_with_nothing_in_common_give_a_pack_that_holds_nothing() {
    let members = [member("x", &[("a", "1")]), member("y", &[("b", "2")])];
    let proposal = propose(&members, None);
    assert!(proposal.paths.is_empty());
    assert!(loaded(&proposal).rules().is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever the files hold, the pack loads, and renders the bytes of whoever counts as equal.
    #[test]
    fn proposals_load_and_render_their_members(
        pieces in proptest::collection::vec("(SLUG|\\{\\{|\\}\\}|\\{%|%\\}|\\{#|[a-z\\{\\}#$ \n]{0,3})", 0..20),
    ) {
        let text = pieces.concat();
        let members: Vec<Member> = ["one-two", "three", "four"]
            .iter()
            .map(|slug| member(&format!("t-{slug}"), &[("f.txt", &text.replace("SLUG", slug))]))
            .collect();
        let proposal = propose(&members, None);
        assert_renders(&proposal, &members);
    }
}

#[test]
fn a_file_is_required_only_with_its_folder_where_nothing_else_there_is() {
    const FOUR: [(&str, Option<&str>); 4] = [
        ("acme-alpha", None),
        ("acme-beta", Some("red\n")),
        ("acme-gamma", Some("green\n")),
        ("acme-delta", Some("blue\n")),
    ];
    let of = |file: &str, other: &str| {
        let members: Vec<Member> = FOUR
            .iter()
            .map(|(name, own)| {
                let mut files = vec![("LICENSE", "MIT\n")];
                if let Some(own) = *own {
                    files.extend([(file, "target\n"), (other, own)]);
                }
                member(name, &files)
            })
            .collect();
        propose(&members, None)
    };
    let proposal = of("fuzz/.gitignore", "fuzz/fuzz_targets/parse.rs");
    assert!(path(&proposal, "fuzz/.gitignore").optional, "{:?}", proposal.paths);
    let says = "`fuzz/.gitignore`: 3 of 4 have it, and no other has `fuzz/`";
    assert!(proposal.questions.iter().any(|it| it.starts_with(says)), "{:?}", proposal.questions);
    // A folder of configuration is lacked because its files are.
    let proposal = of(".github/labels.txt", ".github/notes/own.txt");
    assert!(!path(&proposal, ".github/labels.txt").optional, "{:?}", proposal.paths);
}

#[test]
fn what_looks_like_a_version_is_not_held_to_be_a_number() {
    let of = |slug: &str, minimum: &str, weight: &str| {
        let text = format!(
            "name: {slug}\nmin_ansible_version: {minimum}\npython: {minimum}\nweight: {weight}\n"
        );
        member(&format!("t-{slug}"), &[("meta.yml", &text)])
    };
    let proposal = propose(
        &[of("ant", "2.10", "0.5"), of("bee", "2.9", "1.0"), of("cat", "2.9", "1.5")],
        None,
    );
    let demands = loaded(&proposal).manifest.demands;
    let keys = serde_json::to_value(&proposal.demands).expect("it is JSON").to_string();
    assert_eq!(demands.documents.len(), 1, "{keys}");
    assert!(keys.contains("\"weight\":{\"type\":\"number\",\"required\":true}"), "{keys}");
    assert!(keys.contains("\"min_ansible_version\":{\"required\":true}"), "{keys}");
    assert!(keys.contains("\"python\":{\"required\":true}"), "{keys}");
}
