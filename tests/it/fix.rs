//! `shipshape fix`: byte-exact, judged before it is written, and done after one run.

use crate::world::World;

#[test]
fn safe_repairs_leave_every_other_byte_alone_and_a_second_run_changes_nothing() {
    let world = World::new();
    let name = world.conformant("acme");
    let before = world.read(&format!("{name}/adapter.py"));
    world.replace(&format!("{name}/adapter.py"), "\nAdapter = AcmeAdapter\n", "\n");
    world
        .remove(&format!("{name}/.gitattributes"))
        .write(&format!("{name}/.molecule-ci/old.py"), "x = 1\n");
    world.commit(&name);
    let diff = world.run(&["fix", "--diff", &name]);
    assert!(diff.stdout.contains("+Adapter = AcmeAdapter"), "{}", diff.stdout);
    assert!(!world.path(&format!("{name}/.gitattributes")).exists(), "--diff writes nothing");
    world.run(&["fix", &name]).exits(0);
    assert!(world.path(&format!("{name}/.gitattributes")).exists());
    assert!(!world.path(&format!("{name}/.molecule-ci")).exists());
    assert_eq!(world.read(&format!("{name}/adapter.py")).trim_end(), before.trim_end());
    world.run(&["validate", &name]).exits(0);
    let again = world.run(&["fix", "--diff", &name]).exits(0);
    assert_eq!(again.stdout, "");
}

#[test]
fn what_was_hidden_behind_a_repair_is_named() {
    let world = World::new();
    let name = world.conformant("acme");
    let file = format!("{name}/adapter.py");
    world.replace(&file, "\nAdapter = AcmeAdapter\n", "\n");
    world.replace(&file, "async def setup(self, config", "async def setup(self, config, more");
    world.commit(&name);
    let ran = world.run(&["fix", &name]).exits(1);
    let said = ": hidden until now: adapter.py:";
    let line = ran.stderr.lines().find(|line| line.contains(said)).expect("it is named");
    assert!(line.ends_with("(adapter-signatures)"), "{line}");
    assert!(ran.stderr.contains("1 repair; 1 finding left"), "{}", ran.stderr);
}

/// What could be parsed hid nothing: a canon that cannot be is not put in its place.
#[test]
fn a_canon_that_does_not_parse_replaces_nothing_that_does() {
    let world = World::new();
    world.write("shape/shape.yaml", "schema: 1\nname: s\npaths: [{ path: app.json, policy: exact }]\ndemands: { documents: [{ path: app.json }] }\nextras: ['**']\n");
    world.write("shape/files/app.json", "{ \"a\": 1 }\n");
    world.commit("shape");
    world.write("one/app.json", "{ \"a\": 1 }\n");
    world.commit("one");
    world.write("shape/files/app.json", "{ \"a\": 1, }\n");
    world.commit("shape");
    let before = world.read("one/app.json");
    let ran = world.run(&["fix", "one", "--shape", "shape"]).exits(1);
    assert!(ran.stderr.contains("it would add syntax-error"), "{}", ran.stderr);
    assert_eq!(world.read("one/app.json"), before);
}

#[test]
fn edits_of_a_person_are_replaced_only_when_asked() {
    let world = World::new();
    let name = world.conformant("acme");
    let file = format!("{name}/.github/workflows/ci.yml");
    let canon = world.read(&file);
    world.write(&file, format!("{canon}# mine\n"));
    world.run(&["fix", &name]).exits(1);
    assert!(world.read(&file).ends_with("# mine\n"));
    let ran = world.run(&["fix", "--unsafe-fixes", &name]).exits(0);
    assert_eq!(world.read(&file), canon);
    let says =
        "HEAD does not have what was in `.github/workflows/ci.yml`: the previous content is gone";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn a_bare_repository_is_looked_at_and_never_written() {
    let world = World::new();
    let name = world.conformant("acme");
    world.remove(&format!("{name}/.gitattributes"));
    world.commit(&name);
    let bare = world.bare(&name);
    let ran = world.run(&["fix", &bare]).exits(2);
    assert!(ran.stderr.contains("--diff"), "{}", ran.stderr);
    let ran = world.run(&["fix", "--diff", &bare]);
    assert!(ran.stdout.contains("+++ b/.gitattributes"), "{}", ran.stdout);
}

#[test]
fn what_git_does_not_have_is_never_taken_away_unasked() {
    let world = World::new();
    let name = world.conformant("acme");
    world.commit(&name);
    world.write(&format!("{name}/.molecule-ci/notes"), "mine\n");
    let ran = world.run(&["fix", &name]).exits(1);
    assert!(ran.stderr.contains("`.molecule-ci/notes` is not at HEAD"), "{}", ran.stderr);
    assert_eq!(world.read(&format!("{name}/.molecule-ci/notes")), "mine\n");
    world.run(&["fix", "--unsafe-fixes", &name]).exits(0);
    assert!(!world.path(&format!("{name}/.molecule-ci")).exists());
}

#[test]
fn a_report_promises_no_more_than_fix_does() {
    let world = World::new();
    world.write_readme_shape();
    for name in ["a", "b"] {
        // Only the last line's end differs, so the repair itself is safe.
        world.write(&format!("{name}/README.md"), "hello");
    }
    let drift = ["drift", "--local", "a", "b", "--shape", "shape"];
    let ran = world.run(&drift).exits(1);
    let kept = "`shipshape fix` leaves this out, since the content of `README.md` is not at HEAD: commit it first, or replace it \
                with --unsafe-fixes";
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(kept) && said.contains("fix available: unsafe"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("automatically"), "{}", ran.stdout);
    let next = "  shipshape fix --diff --unsafe-fixes a b --shape shape\n";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
    let report = world.run(&[&drift[..], &["--format", "json"]].concat()).exits(1).json();
    let finding = &report["repositories"][0]["findings"][0];
    assert_eq!((&finding["fix"], &finding["help"]), (&"unsafe".into(), &kept.into()));
    // What git has can be replaced, whatever is on disk elsewhere.
    world.commit("b");
    let ran = world.run(&drift).exits(1);
    for said in [
        "automatically          1 finding in 1 repository; 1 needs nothing else\n",
        "after a review         1 finding in 1 repository: a\n",
        "  shipshape fix --diff b --shape shape\n",
    ] {
        assert!(ran.stdout.contains(said), "{said}\n{}", ran.stdout);
    }
    world.run(&["fix", "a", "--shape", "shape"]).exits(1);
    world.run(&["fix", "b", "--shape", "shape"]).exits(0);
    assert_eq!(
        (world.read("a/README.md").as_str(), world.read("b/README.md").as_str()),
        ("hello", "hello\n")
    );
}

#[test]
fn nobody_is_told_to_commit_what_must_not_be_there() {
    let world = World::new();
    let shape = "schema: 1\nname: x\npaths: [{ path: .env, policy: forbidden, because: credentials are never committed }]\nextras: ['**']\n";
    world.write("shape/shape.yaml", shape).write("r/README.md", "x\n");
    world.commit("r");
    let token = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
    world.write("r/.env", format!("TOKEN={token}\n"));
    let ran = world.run(&["fix", "r", "--shape", "shape"]).exits(1);
    assert!(!ran.stderr.contains("commit it"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`git rm --cached -- .env`"), "{}", ran.stderr);
    // Nor does what is next go round in a circle.
    let judged = world.run(&["validate", "r", "--shape", "shape"]).exits(1);
    let next = "shipshape fix --diff --unsafe-fixes r --shape shape";
    assert!(judged.stdout.contains(next), "{}", judged.stdout);
    let diff = world.run(&["fix", "--diff", "--unsafe-fixes", "r", "--shape", "shape"]);
    assert!(diff.stdout.contains("deleted file"), "{}", diff.stdout);
}

#[test]
fn what_may_still_be_used_is_removed_only_after_a_review() {
    let world = World::new();
    let shape = "schema: 1\nname: x\npaths: [{ path: scripts/old.sh, policy: forbidden }, { path: Makefile, policy: forbidden }]\nextras: ['**']\n";
    let workflow = "name: ci\non: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ./scripts/old.sh\n";
    world.write("shape/shape.yaml", shape).write("r/README.md", "x\n");
    world.write("r/scripts/old.sh", "#!/bin/sh\n").write("r/Makefile", "all:\n");
    world.write("r/.github/workflows/ci.yml", workflow);
    world.commit("r");
    let judged = world.run(&["validate", "r", "--shape", "shape"]).exits(1);
    for said in [
        "`.github/workflows/ci.yml:8` still names `scripts/old.sh`: correct that file first",
        "tools look for a file of this name: remove it if nothing uses it",
    ] {
        assert!(judged.stdout.contains(said), "{said}: {}", judged.stdout);
    }
    assert!(!judged.stdout.contains(": safe (remove"), "{}", judged.stdout);
    world.run(&["fix", "r", "--shape", "shape"]).exits(1);
    assert!(world.path("r/scripts/old.sh").exists() && world.path("r/Makefile").exists());
    // What nothing names any more goes without one.
    world.replace("r/.github/workflows/ci.yml", "./scripts/old.sh", "true");
    world.commit("r");
    world.run(&["fix", "r", "--shape", "shape"]).exits(1);
    assert!(!world.path("r/scripts/old.sh").exists() && world.path("r/Makefile").exists());
    world.run(&["fix", "r", "--shape", "shape", "--unsafe-fixes"]).exits(0);
    assert!(!world.path("r/Makefile").exists());
}

#[test]
fn what_stays_for_a_review_keeps_what_it_names() {
    let world = World::new();
    let shape = "schema: 1\nname: x\npaths: [{ path: scripts/old.sh, policy: forbidden }, { path: Makefile, policy: forbidden }]\nextras: ['**']\n";
    world.write("shape/shape.yaml", shape).write("r/README.md", "x\n");
    world.write("r/scripts/old.sh", "#!/bin/sh\n").write("r/Makefile", "all:\n\tscripts/old.sh\n");
    world.commit("r");
    let judged = world.run(&["validate", "r", "--shape", "shape"]).exits(1);
    let said = "`Makefile:2` still names `scripts/old.sh`: correct that file first";
    assert!(judged.stdout.contains(said), "{}", judged.stdout);
    world.run(&["fix", "r", "--shape", "shape"]).exits(1);
    assert!(world.path("r/scripts/old.sh").exists() && world.path("r/Makefile").exists());
    world.run(&["fix", "r", "--shape", "shape", "--unsafe-fixes"]).exits(0);
    assert!(!world.path("r/scripts/old.sh").exists() && !world.path("r/Makefile").exists());
}

#[test]
fn what_stays_because_it_would_be_lost_keeps_what_it_names() {
    let world = World::new();
    let shape = "schema: 1\nname: x\npaths: [{ path: scripts/old.sh, policy: forbidden }, { path: run.sh, policy: forbidden }]\nextras: ['**']\n";
    world.write("shape/shape.yaml", shape).write("r/README.md", "x\n");
    world.write("r/scripts/old.sh", "#!/bin/sh\n");
    world.commit("r");
    world.write("r/run.sh", "scripts/old.sh\n");
    let ran = world.run(&["fix", "r", "--shape", "shape"]).exits(1);
    let said = "`run.sh:1` stays, and still names `scripts/old.sh`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(world.path("r/scripts/old.sh").exists() && world.path("r/run.sh").exists());
}

#[test]
fn several_repairs_of_one_file_hold_though_another_is_refused() {
    let world = World::new();
    let name = world.conformant("acme");
    let adapter = world.read(&format!("{name}/adapter.py"));
    let lazy =
        "\n\ndef one():\n    from plugins import a\n\n\ndef two():\n    from heartbeat import b\n";
    world.write(&format!("{name}/adapter.py"), format!("{adapter}{lazy}"));
    world.write(&format!("{name}/.molecule-ci/x.sh"), "true\n");
    world.replace(
        &format!("{name}/Dockerfile"),
        "ENTRYPOINT",
        "COPY .molecule-ci/x.sh /x.sh\nENTRYPOINT",
    );
    world.commit(&name);
    let ran = world.run(&["fix", &name, "--unsafe-fixes"]).exits(1);
    assert!(ran.stderr.contains("docker-copy-missing"), "{}", ran.stderr);
    let mended = world.read(&format!("{name}/adapter.py"));
    assert!(mended.contains("from molecule_runtime.plugins import a"), "{mended}");
    assert!(mended.contains("from molecule_runtime.heartbeat import b"), "{mended}");
    assert!(world.path(&format!("{name}/.molecule-ci/x.sh")).exists());
    let again = world.run(&["fix", "--diff", &name]);
    assert_eq!(again.stdout, "");
}

#[test]
fn a_canon_that_would_be_a_guess_is_not_written() {
    let world = World::new();
    let name = world.conformant("acme");
    world.remove(&format!("{name}/__init__.py"));
    world.write(&format!("{name}/adapter.py"), "class Broken(\n");
    let ran = world.run(&["fix", "--diff", &name]);
    assert!(!ran.stdout.contains("__init__.py"), "{}", ran.stdout);
}

#[test]
fn a_name_that_is_not_utf8_is_left_to_a_person_and_holds_nothing_up() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let world = World::new();
    world
        .write(
            "shape/shape.yaml",
            "schema: 1\nname: x\npaths: [{ path: '*.bak', policy: forbidden }]\nextras: ['**']\n",
        )
        .write("r/ok.bak", "x\n")
        .write("r/bidi\u{202e}gnp.bak", "x\n");
    let odd = world.path("r").join(OsStr::from_bytes(b"caf\xe9.bak"));
    std::fs::write(&odd, "x\n").expect("written");
    world.commit("r");
    let judged = world.run(&["validate", "r", "--shape", "shape"]).exits(1);
    assert!(
        judged.stdout.contains("its name is not UTF-8: remove it manually"),
        "{}",
        judged.stdout
    );
    assert!(!judged.stdout.contains("safe (remove `caf"), "{}", judged.stdout);
    // What a reader cannot see is written as git does.
    let diff = world.run(&["fix", "r", "--shape", "shape", "--diff"]).exits(1);
    assert!(diff.stdout.contains("--- \"a/bidi\\342\\200\\256gnp.bak\"\n"), "{}", diff.stdout);
    world.run(&["fix", "r", "--shape", "shape"]).exits(1);
    assert!(odd.exists() && !world.path("r/ok.bak").exists());
    assert!(!world.path("r/bidi\u{202e}gnp.bak").exists());
}

#[test]
fn one_that_cannot_be_repaired_stops_no_other() {
    let world = World::new();
    let (one, two) = (world.conformant("one"), world.conformant("two"));
    for name in [&one, &two] {
        world.remove(&format!("{name}/.gitattributes"));
        world.commit(name);
    }
    let bare = world.bare(&one);
    let ran = world.run(&["fix", &one, &bare, &two]).exits(3);
    assert!(ran.stderr.contains("a bare repository has no files to repair"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("--> {bare}")), "{}", ran.stderr);
    for name in [&one, &two] {
        assert!(world.path(&format!("{name}/.gitattributes")).exists(), "{name}");
    }
    // Shown, all of them can be.
    let ran = world.run(&["fix", "--diff", &one, &bare, &two]).exits(0);
    assert!(ran.stdout.contains("+++ b/.gitattributes"), "{}", ran.stdout);
}

#[test]
fn a_last_instruction_that_a_backslash_leaves_open_takes_no_line() {
    let world = World::new();
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: t\npaths: [{ path: Dockerfile, policy: seeded }]\nextras: ['**']\n\
         demands: { dockerfiles: [{ path: Dockerfile, labels: [{ name: a.b, from_arg: V }] }] }\n",
    );
    let open = "RUN useradd -u 1000 app \\\n";
    world.write("one/Dockerfile", format!("FROM a\nARG V\n{open}"));
    world.commit("one");
    let ran = world.run(&["fix", "one", "--shape", "shape"]).exits(0);
    assert!(ran.stderr.contains("1 repair; 0 findings left"), "{}", ran.stderr);
    let expected = format!("FROM a\nARG V\nLABEL a.b=\"${{V}}\"\n{open}");
    assert_eq!(world.read("one/Dockerfile"), expected);
    // A place where the argument is known and the line is its own: there is none.
    world.write("one/Dockerfile", "FROM a\nARG V \\\n");
    world.commit("one");
    world.run(&["fix", "one", "--shape", "shape"]).exits(1);
    assert_eq!(world.read("one/Dockerfile"), "FROM a\nARG V \\\n");
}

#[test]
fn a_canon_with_a_marker_of_its_own_shape_is_not_promised() {
    let world = World::new();
    let pack = "schema: 1\nname: own\npaths:\n- { path: a.md, policy: exact }\nextras: ['**']\n\
                demands: { markers: ['TODO:'] }\n";
    world
        .write("pack/shape.yaml", pack)
        .write("pack/files/a.md", "TODO: this\n")
        .write("r/b.md", "B\n");
    world.commit("r");
    let ran = world.run(&["validate", "r", "--shape", "pack"]).exits(1);
    assert!(!ran.stdout.contains("fix available: safe"), "{}", ran.stdout);
    assert!(ran.stdout.contains("holds the marker `TODO:`"), "{}", ran.stdout);
    world.run(&["fix", "r", "--shape", "pack"]).exits(1);
    assert!(!world.path("r/a.md").exists());
    // Where the shape permits it, it is written.
    let permitted = "markers: ['TODO:'], marker_exclusions: [a.md]";
    world.replace("pack/shape.yaml", "markers: ['TODO:']", permitted);
    world.run(&["fix", "r", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("r/a.md"), "TODO: this\n");
}
