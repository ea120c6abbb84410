//! `shipshape sandbox` as a program: what it prints, how it ends, what it refuses to begin with.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::rehearsal::Rehearsal;
use crate::world::World;

/// A sandbox that runs until it is told to end.
struct Program {
    child: Child,
    exports: Vec<String>,
}

impl Program {
    /// Starts it, and waits until it has said where it is.
    fn start(world: &World, arguments: &[&str]) -> Self {
        let arguments = [&["sandbox"], arguments].concat();
        let mut command = world.command(&world.path(""), &arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let output = child.stdout.take().expect("a pipe");
        let first = BufReader::new(output).lines().map_while(Result::ok).take(1).collect();
        Self { child, exports: first }
    }

    fn url(&self) -> String {
        let line = self.exports.first().expect("an export");
        line.strip_prefix("export SHIPSHAPE_FORGE=").expect("an address").to_owned()
    }

    /// Sends it a signal; how it ended.
    fn signalled(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        Command::new("kill").args([signal, &pid]).status().expect("kill runs");
        self.child.wait().expect("it ends").code()
    }
}

/// A sandbox that has said where it listens, and nothing more yet, with this folder for what is temporary.
fn with_temporary_folder(world: &World, folder: &Path) -> Program {
    let mut command = world.command(&world.path(""), &["sandbox"]);
    command.env("TMPDIR", folder).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    let mut line = String::new();
    let output = child.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("a line");
    Program { child, exports: vec![line.trim().to_owned()] }
}

#[test]
fn it_ends_cleanly_from_the_moment_its_address_is_known() {
    for signal in ["-INT", "-TERM"] {
        let world = World::new();
        let folder = world.path("temporary");
        std::fs::create_dir(&folder).expect("a folder");
        for _ in 0..4 {
            let program = with_temporary_folder(&world, &folder);
            assert_eq!(program.signalled(signal), Some(0), "{signal}");
        }
        let left = std::fs::read_dir(&folder).expect("readable").count();
        assert_eq!(left, 0, "what it kept for a while is gone");
    }
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let world = World::new();
    let program = Program::start(&world, &[]);
    let url = program.url();
    let port = url.rsplit(':').next().expect("a port");
    let ran = world.run(&["sandbox", "--port", port]).exits(3);
    assert!(ran.stderr.contains("--port"), "{}", ran.stderr);
    assert_eq!(program.signalled("-TERM"), Some(0));
}

#[test]
fn a_seed_that_is_wrong_is_told_with_its_place_and_nothing_is_served() {
    let world = World::new();
    world.write("seed.yaml", "repositories:\n  - name: acme/..\ntokens:\n  - nam: x\n");
    let ran = world.run(&["sandbox", "--seed", "seed.yaml"]).exits(2);
    assert!(ran.stderr.contains("seed.yaml:"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    world.run(&["sandbox", "--seed", "gone.yaml"]).exits(2);
    world.write("seed.yaml", "repositories: [{ name: acme/one, from: gone }]\n");
    let ran = world.run(&["sandbox", "--seed", "seed.yaml"]).exits(3);
    assert!(ran.stderr.contains("--> gone"), "{}", ran.stderr);
    world.write("full/file", "mine");
    let ran = world.run(&["sandbox", "--data", "full"]).exits(2);
    assert!(ran.stderr.contains("not empty"), "{}", ran.stderr);
    assert_eq!(world.read("full/file"), "mine");
}

#[test]
fn what_it_prints_for_a_shell_is_one_word_each() {
    let world = World::new();
    world.write(
        "seed.yaml",
        "tokens:\n- { name: \"a\\nexport X=1\", value: \"it's; $(touch x)\" }\n",
    );
    let program = Program::start(&world, &["--seed", "seed.yaml"]);
    assert!(program.url().starts_with("http://127.0.0.1:"), "{:?}", program.exports);
    assert_eq!(program.signalled("-INT"), Some(0));
    let mut command = world.command(&world.path(""), &["sandbox", "--seed", "seed.yaml"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
    let output = child.stdout.take().expect("a pipe");
    let lines: Vec<String> = BufReader::new(output).lines().map_while(Result::ok).take(2).collect();
    assert_eq!(lines[1], "export GH_ENTERPRISE_TOKEN='it'\\''s; $(touch x)' # aexport X=1");
    let program = Program { child, exports: lines };
    assert_eq!(program.signalled("-TERM"), Some(0));
}

#[test]
fn what_it_kept_can_be_gone_on_with_by_a_seed() {
    let world = World::new();
    world.write("seed.yaml", "repositories: [{ name: acme/one, files: { README.md: hello } }]\n");
    let program = Program::start(&world, &["--seed", "seed.yaml", "--data", "kept"]);
    assert_eq!(program.signalled("-TERM"), Some(0));
    let ran = world.run(&["sandbox", "--data", "kept"]).exits(2);
    let hint = ran.stderr.split_once("in a seed: `").expect("a hint").1;
    let seed = hint.split_once('`').expect("an end").0;
    assert!(seed.contains("name: acme/one"), "{seed}");
    let folder = world.path("").display().to_string();
    world.write("again.yaml", seed.replace("[world]", folder.trim_end_matches('/')));
    let program = Program::start(&world, &["--seed", "again.yaml", "--data", "more"]);
    assert_eq!(program.signalled("-TERM"), Some(0));
    let owner = std::fs::read_dir(world.path("more/acme")).expect("a folder");
    let git = owner.map(|entry| entry.expect("an entry").path()).next().expect("a repository");
    let git = git2::Repository::open(git).expect("bare");
    let tree = git.revparse_single("main:README.md").expect("a file");
    assert_eq!(tree.as_blob().expect("a blob").content(), b"hello");
    // A folder of somebody has no such hint.
    world.write("mine/notes.txt", "x");
    let ran = world.run(&["sandbox", "--data", "mine"]).exits(2);
    assert!(!ran.stderr.contains("in a seed"), "{}", ran.stderr);
}

#[test]
fn its_exports_are_in_a_file_while_it_runs() {
    let world = World::new();
    let program = Program::start(&world, &["--exports", "sandbox.env"]);
    let exports = world.read("sandbox.env");
    assert!(
        exports.starts_with(&format!("export SHIPSHAPE_FORGE={}\n", program.url())),
        "{exports}"
    );
    assert_eq!(program.signalled("-TERM"), Some(0));
    assert!(!world.path("sandbox.env").exists());
    // A terminal that is closed ends it as well.
    let program = Program::start(&world, &["--exports", "sandbox.env"]);
    assert_eq!(program.signalled("-HUP"), Some(0));
    assert!(!world.path("sandbox.env").exists());
    // One that is another's by then stays.
    let program = Program::start(&world, &["--exports", "sandbox.env"]);
    world.write("sandbox.env", "mine\n");
    assert_eq!(program.signalled("-INT"), Some(0));
    assert_eq!(world.read("sandbox.env"), "mine\n");
}

#[test]
fn its_file_is_gone_before_another_can_have_its_port() {
    let world = World::new();
    let mut program = Program::start(&world, &["--exports", "sandbox.env"]);
    let address = program.url().trim_start_matches("http://").to_owned();
    let pid = program.child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    while std::net::TcpListener::bind(&address).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert!(!world.path("sandbox.env").exists(), "a new one would write the same there");
    assert_eq!(program.child.wait().expect("it ends").code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn no_other_user_of_the_machine_is_answered_or_reads_the_tokens() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let world = World::new();
    let program = Program::start(&world, &["--exports", "sandbox.env", "--data", "kept"]);
    let mode =
        |path: &str| world.path(path).metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!((mode("sandbox.env"), mode("kept")), (0o600, 0o700));
    let address = program.url().replace("http://", "").replace(':', "/");
    let script = format!(
        "exec 3<>/dev/tcp/{address}; printf 'GET /_sandbox/state HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3; head -n1 <&3"
    );
    let asked = |user: Option<u32>| {
        let mut command = Command::new("bash");
        command.args(["-c", &script]).current_dir("/");
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let output = command.output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let ours = asked(None).expect("bash runs");
    assert!(ours.ends_with("200 OK"), "{ours}");
    // Only root can be another.
    if let Some(theirs) = asked(Some(64_321)) {
        assert!(theirs.ends_with("403 Forbidden"), "{theirs}");
    }
    assert_eq!(program.signalled("-TERM"), Some(0));
}

#[test]
fn no_other_user_of_the_machine_enters_a_temporary_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let folder = world.path("temporary");
    std::fs::create_dir(&folder).expect("a folder");
    let program = with_temporary_folder(&world, &folder);
    let modes: Vec<u32> = std::fs::read_dir(&folder)
        .expect("readable")
        .map(|entry| entry.and_then(|entry| entry.metadata()).expect("there"))
        .map(|metadata| metadata.permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o700]);
    assert_eq!(program.signalled("-TERM"), Some(0));
    // A campaign's command sees the folder above its checkout.
    let campaign = "schema: 1\nname: look\nchanges:\n  - run: { command: [/bin/sh, -c, '/usr/bin/stat -c %a .. > mode'] }\n\
                    pull_request: { title: Look }\n";
    world
        .write("campaign.yaml", campaign)
        .write("shape/shape.yaml", "schema: 1\nname: small\npaths: []\nextras: ['**']\n")
        .write(
            "fleet.yaml",
            "schema: 1\nname: test\nforge: { owner: acme }\n\
             kinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [a]\n",
        );
    let seed =
        "repositories:\n- { name: acme/t-a, visibility: private, files: { README.md: x } }\n";
    let forge = Rehearsal::new(&world, seed);
    let path = std::env::var("PATH").unwrap_or_default();
    let plan = ["campaign", "plan", "--trust"];
    let ran = forge.run_with(&world, &plan, &[("PATH", path.as_str())]).exits(0);
    let planned = world.read("campaign.plan.json");
    assert!(planned.contains("700\\n") || ran.stdout.contains("+700"), "{}{planned}", ran.stdout);
}
