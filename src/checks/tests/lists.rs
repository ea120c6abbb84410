//! Examples of the fleet's lists and waivers.

use std::path::Path;

use crate::checks::{Finding, Fingerprint, catalogue};
use crate::fleet::waivers::{Circumstances, Judged, Waivers};
use crate::fleet::{Date, Fleet, registrations};
use crate::source::Text;

const FLEET: &str = "\
schema: 1
name: acme
forge: { owner: acme }
kinds: { workspace: { prefix: template- } }
images: { registry: ghcr.io, name: \"ghcr.io/acme/template-{slug}\" }
members: [claude-code, hermes]
";

/// How fleet.yaml registers the list of an example.
fn registration(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "registration-missing" => {
            "language: go, symbol: Images, form: map, values: \"{image}:latest\""
        }
        "registration-unexpected" => "language: bash, symbol: RUNTIMES, form: array",
        "registration-spelling" => "language: python, symbol: KNOWN, form: set",
        "registration-value" => {
            "language: json, form: array, field: name, fields: { repo: \"{owner}/{repository}\" }"
        }
        "registration-duplicate" => "language: yaml, symbol: TEMPLATES, form: words",
        "registration-unreadable" => "language: typescript, symbol: RUNTIMES, form: array",
        _ => return None,
    })
}

pub(super) fn judged(rule: &str, example: &str) -> Option<Vec<Finding>> {
    if rule.starts_with("waiver-") {
        return Some(of_waivers(rule, example));
    }
    let registration = registration(rule)?;
    // An example may say what its registration says besides.
    let extras = match example.contains("`extras: [external]`") {
        true => ", extras: [external]",
        false => "",
    };
    let manifest = format!(
        "{FLEET}registrations: [{{ name: list, path: list.txt, {registration}{extras} }}]\n"
    );
    let fleet = Fleet::parse(Path::new("fleet.yaml"), manifest.as_bytes()).expect("sound");
    Some(registrations::judge(&fleet, &|_| Ok(Text::new(example))))
}

/// What is found in a file of waivers, beside an edited ci.yml unless they are about another path.
fn of_waivers(rule: &str, example: &str) -> Vec<Finding> {
    let modified = catalogue::find("path-modified").expect("a rule");
    let finding = Finding::new(modified, "edited").in_file(".github/workflows/ci.yml");
    // A hash that holds depends on the finding; the example has that of some repository.
    let example = example.replace("90b7e6514cc2a8d1", &Fingerprint::of(&finding).short());
    let waivers = Waivers::parse(Path::new("waivers.yaml"), example.as_bytes()).expect("sound");
    let mut findings = if rule == "waiver-unused" { Vec::new() } else { vec![finding] };
    let mut judged = [Judged {
        names: vec!["workspace-template-hermes".to_owned()],
        findings: &mut findings,
        is_whole: true,
    }];
    let today = Date("2026-06-01".parse().expect("a day"));
    waivers.apply(
        &mut judged,
        Circumstances { today, whole_fleet: true, is_part: false, path: "waivers.yaml" },
    )
}
