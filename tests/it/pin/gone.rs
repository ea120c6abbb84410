//! A version in which the package has another name.

use super::{Fleet, built};

/// 0.4.0 has only `acme_rt`.
fn renamed() -> Fleet {
    built(&[], Some(("0.4.0", "acme_rt")))
}

#[test]
fn a_version_without_the_module_is_offered_to_nobody_who_imports_it() {
    let fleet = renamed();
    let planned = fleet.pin(&["0.4.0", "--dry-run"]).exits(3);
    assert!(!planned.stdout.contains("+acme-runtime"), "{}", planned.stdout);
    assert!(
        planned.stdout.contains(
            "acme-runtime 0.4.0 would break it: adapter.py:1:6: breaks `alpha` when `adapter.py` is imported: \
             there is no module `acme_runtime` in acme-runtime 0.4.0"
        ),
        "{}",
        planned.stdout
    );
    let told = "acme-runtime 0.4.0 has `acme_rt`, not `acme_runtime`, which `runtime_package.import` of fleet.yaml names\n";
    assert_eq!(planned.stderr.matches(told).count(), 1, "{}", planned.stderr);
    // The same without older versions to compare.
    let planned = fleet.pin(&["0.4.0", "beta", "--earlier", "0", "--dry-run"]).exits(3);
    assert!(planned.stdout.contains("breaks `beta`"), "{}", planned.stdout);
    let written = fleet.pin(&["0.4.0", "--write", "pin.yaml"]).exits(0);
    assert!(!written.stderr.contains("could not be judged"), "{}", written.stderr);
    let text = fleet.stage.world.read("pin.yaml");
    for slug in ["alpha", "beta", "delta", "gamma"] {
        assert!(text.contains(&format!("      {slug}:")), "{text}");
    }
    assert_eq!(fleet.stage.writes(), 0);
}

#[test]
fn what_may_come_from_elsewhere_is_left_out_as_unchecked() {
    let fleet = renamed();
    let requirements = "acme-runtime>=0.1.0\nacme-runtime-core\n";
    fleet.stage.push("writer", "alpha", "main", "requirements.txt", requirements);
    fleet.stage.writes();
    let written = fleet.pin(&["0.4.0", "alpha", "--write", "pin.yaml"]).exits(3).stderr;
    assert!(written.contains("1 member could not be judged"), "{written}");
    let text = fleet.stage.world.read("pin.yaml");
    assert!(text.contains("unchecked:") && text.contains("`acme-runtime-core`"), "{text}");
    assert_eq!(fleet.stage.writes(), 0);
}
