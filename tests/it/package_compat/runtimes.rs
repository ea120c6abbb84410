//! What may be asked about, and what may not.

use super::{BASE, compat, said, world};
use crate::wheels::Wheel;

#[test]
fn a_wheel_and_a_source_folder_are_runtimes_too() {
    let world = world();
    let files = [
        ("acme_runtime/__init__.py", ""),
        ("acme_runtime/adapter_base.py", BASE),
        ("acme_runtime/plugins.py", ""),
    ];
    let wheel =
        world.wheel("dist", ("acme_runtime", "0.2.0"), &["httpx>=0.27 ; extra == 'http'"], &files);
    let run = |runtime: &str, code: i32| {
        let arguments = [
            "package", "compat", runtime, "--local", "hermes", "--shape", "pack", "--format",
            "json",
        ];
        world.run(&arguments).exits(code).json()
    };
    let found = said(&run(&wheel, 1));
    assert!(
        found[0].ends_with("`acme_runtime.plugins` has no `load_plugins` in acme-runtime 0.2.0"),
        "{found:?}"
    );
    assert!(said(&run("mono/workspace", 0)).is_empty());
}

#[test]
fn what_is_no_runtime_is_refused() {
    let world = world();
    for (runtime, code, why) in [
        ("nowhere", 2, "no such folder or wheel"),
        ("0.1.9", 2, "it is not known which distribution"),
        ("hermes/adapter.py", 2, "neither a wheel nor an sdist"),
    ] {
        let ran = world
            .run(&["package", "compat", runtime, "--local", "hermes", "--shape", "pack"])
            .exits(code);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    world.write("dist/acme_runtime-1.0-py3-none-any.whl", "no zip");
    let arguments = [
        "package",
        "compat",
        "dist/acme_runtime-1.0-py3-none-any.whl",
        "--local",
        "hermes",
        "--shape",
        "pack",
    ];
    assert!(world.run(&arguments).exits(3).stderr.contains("acme_runtime-1.0"));
    world.write("mono/workspace/plugins.py", "def broken(:\n");
    let ran = world.run(&["package", "compat", "mono", "--local", "hermes", "--shape", "pack"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("plugins.py"), "{}", ran.stderr);
}

#[test]
fn the_fleet_decides_how_much_a_rule_counts() {
    let world = world();
    world.replace("mono/workspace/plugins.py", "def load_plugins", "def load_all");
    let fleet = "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { template: { shape: { folder: pack } } }\n\
                 runtime_package: { distribution: acme-runtime, import: acme_runtime }\nmembers: [acme/hermes]\n";
    let arguments = ["package", "compat", "mono", "--local", "hermes", "--format", "json"];
    world.write("fleet.yaml", fleet);
    assert_eq!(said(&world.run(&arguments).exits(1).json()).len(), 1);
    world.write(
        "fleet.yaml",
        format!("{fleet}rules: {{ runtime-symbol-missing: {{ severity: \"off\" }} }}\n"),
    );
    assert!(said(&world.run(&arguments).exits(0).json()).is_empty());
}

#[test]
fn a_wheel_that_lost_the_module_of_the_runtime_breaks_who_imports_it() {
    let world = world();
    world.write("pack/shape.yaml", "schema: 1\nname: acme\npaths: []\nextras: ['**']\n");
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { template: { shape: { folder: pack } } }\n\
         runtime_package: { distribution: acme-runtime, import: acme_runtime }\nmembers: [acme/hermes]\n",
    );
    let files = [("acme_rt/__init__.py", ""), ("acme_rt/plugins.py", "def load_plugins(): ...\n")];
    let wheel = world.wheel("dist", ("acme_runtime", "0.5.0"), &[], &files);
    let arguments = ["package", "compat", &wheel, "--local", "hermes", "--format", "json"];
    let ran = world.run(&arguments).exits(1);
    let told = "acme-runtime 0.5.0 has `acme_rt`, not `acme_runtime`, which `runtime_package.import` of fleet.yaml names";
    assert_eq!(ran.stderr.matches(told).count(), 1, "{}", ran.stderr);
    let found = said(&ran.json());
    let starts = [
        "runtime-symbol-missing adapter.py:1 breaks `hermes` when `adapter.py` is imported: there is no module `acme_runtime` in acme-runtime 0.5.0",
        "runtime-symbol-missing adapter.py:2 breaks `hermes`",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}\n{start}");
    }
    // It may come from what is named after it.
    world.write("hermes/requirements.txt", "acme-runtime>=0.1.0\nacme-runtime-core\n");
    let found = said(&world.run(&arguments).exits(3).json());
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert!(one.contains("works with acme-runtime 0.5.0 is not known"), "{one}");
}

#[test]
fn a_repository_that_cannot_be_read_stops_nobody_else() {
    let world = world();
    let report = compat(&world, &["--local", "nowhere"], 3);
    assert_eq!(report["repositories"][0]["verdict"], "conformant");
    assert_eq!(report["repositories"][1]["verdict"], "unchecked");
}

#[test]
fn a_wheel_that_installers_may_read_in_another_way_proves_nothing() {
    let world = world();
    let mut wheel = Wheel::good();
    wheel.put("../evil.py", "x = 1\n");
    world.write(&format!("dist/{}", wheel.file_name), wheel.bytes());
    let path = format!("dist/{}", wheel.file_name);
    let compat = ["package", "compat", &path, "--local", "hermes", "--shape", "pack"];
    let smoke = ["package", "smoke", &path, "--python", "nowhere"];
    for arguments in [&compat[..], &smoke[..]] {
        let said = world.run(arguments).exits(3).stderr;
        assert!(said.contains("how an installer would treat this archive is not known"), "{said}");
        assert!(said.contains("evil.py` leaves its folder"), "{said}");
        assert!(said.contains("`shipshape package check`"), "{said}");
    }
}

/// A server that knows nothing and remembers what it was asked for.
fn empty_index() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = std::io::BufReader::new(stream.try_clone().expect("a stream"));
            let _ = reader.read_line(&mut line);
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            if sender.send(path).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/simple/"), asked)
}

#[test]
fn a_version_is_one_of_the_distribution_that_package_yaml_names() {
    let world = world();
    let (index, asked) = empty_index();
    let hermes = world.path("hermes").to_string_lossy().into_owned();
    let pack = world.path("pack").to_string_lossy().into_owned();
    let arguments =
        ["package", "compat", "0.1.9", "--local", &hermes, "--shape", &pack, "--index-url", &index];
    let ran = world.run_in(&world.path("mono"), &arguments, &[]).exits(3);
    assert!(
        ran.stderr.contains("cannot read `acme-runtime` from the package index"),
        "{}",
        ran.stderr
    );
    assert_eq!(asked.recv().expect("it asked"), "/simple/acme-runtime/");
    let ran = world.run_in(&world.path(""), &arguments, &[]).exits(2);
    assert!(ran.stderr.contains("it is not known which distribution 0.1.9"), "{}", ran.stderr);
}

#[test]
fn what_is_not_there_is_a_slip_of_the_command_line_everywhere() {
    let world = world();
    let of_hermes = ["--local", "hermes", "--shape", "pack"];
    let compat = |more: &[&'static str]| [&["package", "compat"], more, &of_hermes[..]].concat();
    let sdist = ["package", "build", "--from-sdist", "gone.tar.gz", "--out", "out"];
    let build = ["package", "build", "--version", "1", "--out", "out", "--package", "mono"];
    for (arguments, said) in [
        (vec!["package", "check", "gone.whl"], "there is no such distribution"),
        (
            vec!["package", "check", "--wheels", "gone", "--package", "mono/package.yaml"],
            "there is no such folder of wheels",
        ),
        (vec!["package", "smoke", "gone.whl"], "there is no such wheel"),
        (compat(&["gone"]), "there is no such folder or wheel"),
        (compat(&["mono", "--wheels", "gone"]), "there is no such folder of wheels"),
        (sdist.to_vec(), "there is no such sdist"),
        ([&build[..], &["--source", "gone"]].concat(), "there is no such source folder"),
    ] {
        let ran = world.run(&arguments).exits(2);
        assert!(ran.stderr.contains(said), "{arguments:?}\n{}", ran.stderr);
        assert!(!ran.stderr.contains("pattern"), "{}", ran.stderr);
    }
    let pattern = "no file matches this pattern";
    for arguments in [
        vec!["package", "check", "dist/*"],
        vec!["package", "smoke", "d?.whl"],
        compat(&["dist/*.whl"]),
    ] {
        let ran = world.run(&arguments).exits(2);
        assert!(ran.stderr.contains(pattern), "{arguments:?}\n{}", ran.stderr);
    }
    for command in ["compat", "smoke"] {
        let mut arguments = vec!["package", command, "a.whl", "b.whl"];
        if command == "compat" {
            arguments.extend(of_hermes);
        }
        let ran = world.run(&arguments).exits(2);
        assert!(ran.stderr.contains("too many") && ran.stderr.contains("b.whl"), "{}", ran.stderr);
    }
}
