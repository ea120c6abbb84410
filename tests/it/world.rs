//! A world of its own for each test: an empty environment, a fixed clock, real git in a temporary
//! folder, and the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::ValueEnum as _;
use git2::{IndexAddOption, Repository, Signature, Time};
use shipshape::report::Format;
use tempfile::TempDir;

/// The moment at which every run takes place.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

/// The name of each form that a report can take, a new one included.
pub(crate) fn report_formats() -> impl Iterator<Item = String> {
    let named =
        |format: &Format| format.to_possible_value().map(|value| value.get_name().to_owned());
    Format::value_variants().iter().filter_map(named)
}

/// A temporary folder with repositories in it.
pub(crate) struct World {
    folder: TempDir,
}

/// How a run ended.
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Requires an exit code; shows everything when it is another.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Takes any end.
    pub(crate) fn ends(self) {}

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with its folders.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, content).expect("writable");
        self
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        self
    }

    /// Forgets what commands remembered: another machine.
    pub(crate) fn remove_state(&self) -> &Self {
        let _ = std::fs::remove_dir_all(self.path(".local"));
        self
    }

    /// Replaces the one occurrence of a text in a file.
    #[track_caller]
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) -> &Self {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "`{from}` once in {path}:\n{text}");
        self.write(path, text.replace(from, to))
    }

    /// A wheel of these files, with METADATA of these requirements; its path in the world.
    pub(crate) fn wheel(
        &self,
        folder: &str,
        (name, version): (&str, &str),
        requires: &[&str],
        files: &[(&str, &str)],
    ) -> String {
        let path = format!("{folder}/{name}-{version}-py3-none-any.whl");
        let info = format!("{name}-{version}.dist-info");
        let requires: String =
            requires.iter().map(|line| format!("Requires-Dist: {line}\n")).collect();
        let metadata =
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}");
        let tags =
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
        let mut files: Vec<(String, String)> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        files.push((format!("{info}/METADATA"), metadata));
        files.push((format!("{info}/WHEEL"), tags.to_owned()));
        let listed: String = files.iter().map(|(path, _)| format!("{path},,\n")).collect();
        files.push((format!("{info}/RECORD"), format!("{listed}{info}/RECORD,,\n")));
        self.write(&path, "");
        let mut archive =
            zip::ZipWriter::new(std::fs::File::create(self.path(&path)).expect("writable"));
        for (path, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(path, options).expect("a file");
            std::io::Write::write_all(&mut archive, text.as_bytes()).expect("writable");
        }
        archive.finish().expect("a wheel");
        path
    }

    /// The smallest shape, in `shape/`: a README that says hello, and whatever else.
    pub(crate) fn write_readme_shape(&self) -> &Self {
        let rules = "paths:\n  - { path: README.md, policy: exact }\nextras: ['**']\n";
        self.write("shape/shape.yaml", format!("schema: 1\nname: t\n{rules}"));
        self.write("shape/files/README.md", "hello\n")
    }

    /// A folder that conforms to the embedded shape: a template repository for a slug.
    pub(crate) fn conformant(&self, slug: &str) -> String {
        let name = format!("molecule-ai-workspace-template-{slug}");
        let files = shipshape::shape::embedded::load().expect("the embedded shape");
        let variables = std::collections::BTreeMap::new();
        let given = shipshape::shape::variables::Given {
            slug,
            repository: &name,
            owner: "",
            forge_owner: "",
            fleet: &variables,
        };
        let (values, _) = shipshape::shape::Variables::resolve(
            &files.manifest.variables,
            files.templates(),
            &given,
            |_| shipshape::shape::variables::Extracted::Nothing,
        )
        .expect("defaults render");
        for (path, canon) in files.render(&values).expect("the shape renders") {
            self.write(&format!("{name}/{path}"), &canon.bytes);
        }
        name
    }

    /// Makes a folder a git repository with all of it in one commit; says the commit.
    pub(crate) fn commit(&self, folder: &str) -> String {
        let path = self.path(folder);
        let repository = Repository::open(&path)
            .or_else(|_| {
                let mut options = git2::RepositoryInitOptions::new();
                options.initial_head("main").external_template(false);
                let repository = Repository::init_opts(&path, &options)?;
                // What the machine's own git is set to does not reach it: line ends, what is ignored, attributes.
                let mut config = repository.config()?;
                config.set_bool("core.autocrlf", false)?;
                config.set_str("core.excludesFile", "/dev/null")?;
                config.set_str("core.attributesFile", "/dev/null")?;
                Ok::<_, git2::Error>(repository)
            })
            .expect("a repository");
        let mut index = repository.index().expect("an index");
        index.add_all(["*"], IndexAddOption::FORCE, None).expect("added");
        index.update_all(["*"], None).expect("updated");
        index.write().expect("written");
        let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("a tree");
        let who = Signature::new("A Person", "person@example.com", &Time::new(1_763_800_000, 0))
            .expect("a person");
        let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        let id = repository
            .commit(Some("HEAD"), &who, &who, "a change", &tree, &parents)
            .expect("committed");
        id.to_string()
    }

    /// A bare clone of a repository.
    pub(crate) fn bare(&self, folder: &str) -> String {
        let name = format!("{folder}.git");
        git2::build::RepoBuilder::new()
            .bare(true)
            .clone(&self.path(folder).to_string_lossy(), &self.path(&name))
            .expect("cloned");
        name
    }

    /// Runs the binary here.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(self.folder.path(), arguments, &[])
    }

    /// Runs the binary in a folder of the world, with variables.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn run_in(
        &self,
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Ran {
        let mut command = self.command(folder, arguments);
        command.envs(variables.iter().copied());
        self.ran(command.output().expect("the binary runs"))
    }

    /// Runs the binary here, with lines on its standard input.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn run_typing(&self, arguments: &[&str], lines: &[&str]) -> Ran {
        self.typed(self.command(self.folder.path(), arguments), lines)
    }

    /// Runs a command, with lines on its standard input.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn typed(&self, mut command: Command, lines: &[&str]) -> Ran {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut input = child.stdin.take().expect("a pipe");
        let typed: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // A run that wants no more lines has closed the pipe.
        let _ = std::io::Write::write_all(&mut input, typed.as_bytes());
        drop(input);
        self.ran(child.wait_with_output().expect("the binary ends"))
    }

    /// Runs a command at a terminal (util-linux's `script` makes one), with lines typed there; what is shown there is
    /// standard output.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn typed_at_a_terminal(&self, command: &Command, lines: &[&str]) -> Ran {
        self.typed(at_a_terminal(command), lines)
    }

    /// Runs a command at a terminal, and presses Enter there until it ends: what is typed before a question is asked
    /// may be discarded.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn entered_at_a_terminal(&self, command: &Command) -> Ran {
        let mut script = at_a_terminal(command);
        script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = script.spawn().expect("`script` runs");
        let mut input = child.stdin.take().expect("a pipe");
        let typing = std::thread::spawn(move || {
            while std::io::Write::write_all(&mut input, b"\n").is_ok() {
                std::thread::sleep(std::time::Duration::from_millis(250));
            }
        });
        let output = child.wait_with_output().expect("the binary ends");
        typing.join().expect("it ends with the pipe");
        self.ran(output)
    }

    /// The binary in a folder, in this world's environment.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipshape"));
        command.args(arguments).current_dir(folder).env_clear();
        command
            .env("SHIPSHAPE_NOW", NOW)
            .env("HOME", self.folder.path())
            .env("PATH", "")
            // One authority, of no one: no test speaks TLS, and the machine's own hundreds are read at each start.
            .env(
                "SSL_CERT_FILE",
                Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/authority.pem"),
            )
            .env("LANG", "C.UTF-8");
        command
    }

    fn ran(&self, output: Output) -> Ran {
        let Output { status, stdout, stderr } = output;
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("output is UTF-8");
            text.replace(&*self.folder.path().to_string_lossy(), "[world]")
        };
        Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }
}

/// The same command at a terminal, which util-linux's `script` makes.
fn at_a_terminal(command: &Command) -> Command {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> =
        words.map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))).collect();
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &words.join(" "), "/dev/null"]).env_clear();
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    script
        .envs(variables)
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .env("PATH", "/usr/bin:/bin");
    script.current_dir(command.get_current_dir().expect("a folder"));
    script
}

/// A moment of waiting for something that others do: short, and theirs is the processor.
pub(crate) fn a_moment() {
    std::thread::sleep(std::time::Duration::from_micros(200));
}
