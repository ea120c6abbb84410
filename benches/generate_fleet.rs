//! Makes a fleet to measure with: bare, packed git repositories, the same for the same number.
//!
//! Each has 16 files: 12 that the fleet shares (the shape's own, and a module and a test beside it; one
//! workflow in four is edited, in one of two ways) and 4 texts of its own: `adapter.py` of about 10 KB, `README.md`
//! of 6 KB, and `config.yaml` and `Dockerfile` of 4 KB each, in the sizes of the reference fleet's larger
//! members. One commit, one pack, no loose objects. In one of ten the adapter is broken.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use git2::{Index, IndexEntry, IndexTime, Repository, RepositoryInitOptions, Signature, Time};
use rayon::prelude::*;
use shipshape::shape::variables::{Extracted, Given};
use shipshape::shape::{Pack, Variables, embedded};

/// Makes bare, packed template repositories to measure with.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    repositories: u32,

    /// A new or an empty folder.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,

    /// Another number makes other texts.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

type Files = BTreeMap<String, Vec<u8>>;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let folder = &arguments.into;
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(format!("{} is not empty", folder.display()).into());
    }
    let pack = embedded::load()?;
    let bytes: usize = (0..arguments.repositories)
        .into_par_iter()
        .map(|number| {
            let files = files(&pack, number, arguments.seed)?;
            write(&files, &folder.join(format!("workspace-template-{}.git", slug(number))))?;
            Ok(files.values().map(Vec::len).sum::<usize>())
        })
        .collect::<Outcome<Vec<usize>>>()?
        .into_iter()
        .sum();
    let line = format!("{} repositories, {} KB of files\n", arguments.repositories, bytes / 1_000);
    std::io::stdout().write_all(line.as_bytes())?;
    Ok(())
}

fn slug(number: u32) -> String {
    format!("agent-{number:05}")
}

/// Every file of one repository.
fn files(pack: &Pack, number: u32, seed: u64) -> Outcome<Files> {
    let mut random = Random(seed.wrapping_mul(0x1_0000_0001).wrapping_add(u64::from(number)));
    let slug = slug(number);
    let name = format!("workspace-template-{slug}");
    let mut variables = BTreeMap::new();
    // One class name for all, so that `__init__.py` is one blob, as it is in most of a real fleet.
    variables.insert("adapter_class".to_owned(), "WorkspaceAdapter".to_owned());
    let given = Given {
        slug: &slug,
        repository: &name,
        owner: "acme",
        forge_owner: "acme",
        fleet: &variables,
    };
    let nothing = |_: &_| Extracted::Nothing;
    let definitions = &pack.manifest.variables;
    let (mut values, _) = Variables::resolve(definitions, pack.templates(), &given, nothing)?;
    let unique = pack.render(&values)?;
    // What is not among the four unique texts is rendered for all alike.
    values.insert("slug", "agent");
    values.insert("repository", "workspace-template-agent");
    values.insert("runtime", "agent");
    values.insert("display_name", "Agent");
    values.insert("summary", "An agent as a workspace runtime");
    let shared = pack.render(&values)?;
    let own = ["adapter.py", "README.md", "config.yaml", "Dockerfile"];
    let mut files: Files = shared
        .iter()
        .map(|(path, canon)| {
            let canon = if own.contains(&path.as_str()) { unique.get(path) } else { Some(canon) };
            (path.clone(), canon.map(|canon| canon.bytes.to_vec()).unwrap_or_default())
        })
        .collect();
    edit(&mut files, &mut random);
    files.insert("agent_tools.py".to_owned(), prose_module());
    replace(&mut files, "Dockerfile", "COPY adapter.py", "COPY adapter.py agent_tools.py");
    files.insert("tests/test_adapter.py".to_owned(), TEST.into());
    grow(&mut files, "adapter.py", 10_000, method, &mut random);
    grow(&mut files, "README.md", 6_000, |random, text| paragraph("", random, text), &mut random);
    grow(
        &mut files,
        "config.yaml",
        4_000,
        |random, text| paragraph("# ", random, text),
        &mut random,
    );
    grow(
        &mut files,
        "Dockerfile",
        4_000,
        |random, text| paragraph("# ", random, text),
        &mut random,
    );
    if random.below(10) == 0 {
        replace(&mut files, "adapter.py", "\nAdapter = WorkspaceAdapter\n", "\n");
    }
    Ok(files)
}

const TEST: &str =
    "from adapter import Adapter\n\n\ndef test_it_has_a_name():\n    assert Adapter.name()\n";

/// A module of 8 KB that every repository has.
fn prose_module() -> Vec<u8> {
    let mut random = Random(0);
    let mut text = String::from("\"\"\"Tools that every agent of the fleet brings along.\"\"\"\n");
    while text.len() < 8_000 {
        let (name, value) = (random.word(), random.below(1_000));
        text.push_str(&format!(
            "\n\ndef {name}_{value}(value: int) -> int:\n    return value + {value}\n"
        ));
    }
    text.into_bytes()
}

/// One workflow in four is edited, in one of two ways, so that its content too is shared.
fn edit(files: &mut Files, random: &mut Random) {
    let path = ".github/workflows/ci.yml";
    match random.below(8) {
        0 => replace(files, path, "  cancel-in-progress: true\n", "  cancel-in-progress: false\n"),
        1 => replace(files, path, "  contents: read\n", "  contents: read\n  actions: read\n"),
        _ => {}
    }
}

fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    if let Some(bytes) = files.get_mut(path) {
        *bytes = String::from_utf8_lossy(bytes).replace(from, to).into_bytes();
    }
}

/// Lengthens a text to a size, by a tenth more or less.
fn grow(
    files: &mut Files,
    path: &str,
    size: usize,
    add: impl Fn(&mut Random, &mut String),
    random: &mut Random,
) {
    let Some(bytes) = files.get_mut(path) else { return };
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let spread = usize::try_from(random.below(200)).unwrap_or_default();
    while text.len() < size * (900 + spread) / 1_000 {
        add(random, &mut text);
    }
    *bytes = text.into_bytes();
}

/// A function of Python, with a few of the forms that a parser meets.
fn method(random: &mut Random, text: &mut String) {
    let (name, other, number) = (random.word(), random.word(), random.below(10_000));
    text.push_str(&format!(
        "\n\ndef _{name}_{number}({other}: dict, limit: int = {number}) -> list:\n    \"\"\"The {other} that {name} wants.\"\"\"\n    found = []\n    for key, value in {other}.items():\n        if isinstance(value, str) and len(value) < limit:\n            found.append(f\"{{key}}: {{value}}\")\n        elif value is None:\n            continue\n    return sorted(found)[:limit]\n"
    ));
}

fn paragraph(lead: &str, random: &mut Random, text: &mut String) {
    text.push('\n');
    for _ in 0..3 {
        text.push_str(lead);
        let words: Vec<&str> = (0..12).map(|_| random.word()).collect();
        text.push_str(&words.join(" "));
        text.push('\n');
    }
}

/// SplitMix64: the same numbers everywhere, and no dependency. <https://prng.di.unimi.it/splitmix64.c>
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 16] = [
            "anchor", "beacon", "cargo", "deck", "ensign", "fathom", "galley", "harbour", "island",
            "jetty", "keel", "lantern", "mast", "noon", "oar", "pilot",
        ];
        let index = usize::try_from(self.below(16)).unwrap_or_default();
        WORDS.get(index).copied().unwrap_or("quay")
    }
}

/// Writes files as the one commit of a bare repository, all objects in one pack.
fn write(files: &Files, place: &Path) -> Outcome<()> {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).initial_head("main").external_template(false);
    let git = Repository::init_opts(place, &options)?;
    let database = git.odb()?;
    // Objects are kept in memory until they go into the pack: loose ones would take as many files.
    let memory = database.add_new_mempack_backend(1_000)?;
    let mut index = Index::new()?;
    for (path, bytes) in files {
        index.add(&IndexEntry {
            ctime: IndexTime::new(0, 0),
            mtime: IndexTime::new(0, 0),
            dev: 0,
            ino: 0,
            mode: 0o100_644,
            uid: 0,
            gid: 0,
            file_size: 0,
            id: git.blob(bytes)?,
            flags: 0,
            flags_extended: 0,
            path: path.as_bytes().to_owned(),
        })?;
    }
    let tree = git.find_tree(index.write_tree_to(&git)?)?;
    let who = Signature::new("Bench", "bench@example.com", &Time::new(1_767_225_600, 0))?;
    let commit = git.commit(None, &who, &who, "Everything", &tree, &[])?;
    let mut pack = git2::Buf::new();
    memory.dump(&git, &mut pack)?;
    let mut writer = database.packwriter()?;
    writer.write_all(&pack)?;
    writer.commit()?;
    git.reference("refs/heads/main", commit, true, "generated")?;
    Ok(())
}
