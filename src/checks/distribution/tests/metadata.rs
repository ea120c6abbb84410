//! Metadata and entry points that an index refuses.

use super::*;

#[track_caller]
fn says(rule: &str, severity: Severity, from: &str, to: &str) {
    only(&of_wheel(&changed(|wheel| wheel.metadata(from, to))), rule, severity);
}

#[test]
fn fields() {
    use Severity::{Error, Warning};
    let cases = [
        ("metadata-malformed", Error, "Summary: An agent\n", "Summary: An agent\nno field\n"),
        ("metadata-field", Error, "Metadata-Version: 2.4\n", ""),
        ("metadata-field", Error, "Name: acme\n", ""),
        ("metadata-field", Error, "Version: 1.0\n", ""),
        ("metadata-field", Error, "Summary: An agent\n", "Summary: An agent\nSummary: Twice\n"),
        ("metadata-field", Error, "Summary: An agent\n", "Summary: An agent\nColour: blue\n"),
        ("metadata-field", Error, "Metadata-Version: 2.4", "Metadata-Version: 2.1"),
        ("metadata-version", Error, "Metadata-Version: 2.4", "Metadata-Version: 3.7"),
        ("version-invalid", Error, "Version: 1.0\n", "Version: 0.1.0-local\n"),
        ("requires-python-invalid", Error, ">=3.11", "^3.11"),
        ("requirement-invalid", Error, "PyYAML>=6", "PyYAML>=6\nRequires-Dist: httpx >= 0.27.*"),
        ("requirement-invalid", Error, "PyYAML>=6", "PyYAML>=6; python < '3'"),
        ("requirement-invalid", Error, "PyYAML>=6", "PyYAML>=6\nProvides-Extra: no extra"),
        ("requirement-url", Error, "PyYAML>=6", "PyYAML @ https://acme.example/PyYAML.whl"),
        ("classifier-unknown", Error, "Python :: 3.11", "Python :: 3.111"),
        (
            "classifier-unknown",
            Error,
            "Programming Language :: Python :: 3.11",
            "Private :: Do Not Upload",
        ),
        ("description-type", Error, "text/markdown", "markdown"),
        ("description-type", Error, "text/markdown", "text/markdown; variant=Acme"),
        ("description-type", Severity::Info, "text/markdown", "text/x-rst"),
        ("licence-fields", Error, "Expression: MIT\n", "Expression: MIT\nLicense: MIT\n"),
        (
            "licence-fields",
            Error,
            "Expression: MIT\n",
            "Expression: MIT\nClassifier: License :: OSI Approved :: MIT License\n",
        ),
        ("licence-expression", Error, "Expression: MIT", "Expression: BSL-1.1"),
        ("licence-file-missing", Error, "License-File: LICENSE", "License-File: COPYING"),
        ("licence-file-missing", Error, "License-File: LICENSE", "License-File: ../LICENSE"),
        ("metadata-dynamic", Error, "Summary: An agent\n", "Summary: An agent\nDynamic: Version\n"),
        ("metadata-dynamic", Error, "Summary: An agent\n", "Summary: An agent\nDynamic: Colour\n"),
        ("metadata-text", Error, "Summary: An agent\n", "Summary: An agent\n  of two lines\n"),
        ("metadata-text", Severity::Info, "agent, acme", "agent acme one two"),
        ("metadata-email", Error, "team@acme.example", "team at acme"),
        ("metadata-url", Error, "Homepage, https://acme.example/", "https://acme.example/"),
        ("metadata-url", Error, "Homepage, ", "A label that goes on and on for forty signs, "),
        ("metadata-url", Error, "https://acme.example/", "acme.example"),
    ];
    for (rule, severity, from, to) in cases {
        says(rule, severity, from, to);
    }
    let long = format!("Summary: {}\n", "a".repeat(513));
    says("metadata-text", Error, "Summary: An agent\n", &long);
    let old = changed(|wheel| {
        wheel.metadata("Metadata-Version: 2.4", "Metadata-Version: 2.1");
        wheel.metadata("License-Expression: MIT\n", "License: MIT\n");
    });
    only(&of_wheel(&old), "metadata-field", Warning);
}

#[test]
fn names_and_local_versions() {
    let named = changed(|wheel| wheel.metadata("Name: acme", "Name: acme_"));
    assert!(shown(&of_wheel(&named)).iter().any(|said| said.contains("metadata-name error")));
    let local = changed(|wheel| {
        wheel.metadata("Version: 1.0\n", "Version: 1.0+local\n");
        wheel.file_name = "acme-1.0+local-py3-none-any.whl".into();
        let info = std::mem::replace(&mut wheel.info, "acme-1.0+local.dist-info".into());
        let files = std::mem::take(&mut wheel.files);
        let moved = |path: String| path.replace(&info, "acme-1.0+local.dist-info");
        wheel.files = files.into_iter().map(|(path, content)| (moved(path), content)).collect();
    });
    only(&of_wheel(&local), "version-local", Severity::Error);
}

#[test]
fn places_are_lines_of_the_metadata() {
    let wheel = changed(|wheel| wheel.metadata("Expression: MIT", "Expression: BSL-1.1"));
    let findings = of_wheel(&wheel);
    assert!(
        shown(&findings)[0].starts_with("acme-1.0.dist-info/METADATA:6 licence-expression error")
    );
    assert_eq!(
        findings[0].help.as_deref(),
        Some("the Business Source License is `BUSL-1.1`; `BSL-1.0` is the Boost licence")
    );
}

#[test]
fn documents_that_are_not_utf_8() {
    for (file, rule) in [
        ("METADATA", "metadata-malformed"),
        ("WHEEL", "wheel-file-malformed"),
        ("entry_points.txt", "entry-points-malformed"),
    ] {
        let wheel =
            changed(|wheel| wheel.put(&format!("acme-1.0.dist-info/{file}"), b"Name: \xe9\n"));
        only(&of_wheel(&wheel), rule, Severity::Error);
    }
}

#[test]
fn entry_points() {
    let with = |text: &str| of_wheel(&changed(|wheel| wheel.info("entry_points.txt", text)));
    for text in [
        "acme = acme.main:main\n",
        "[console_scripts]\nacme/run = acme.main:main\n",
        "[console_scripts]\nacme = acme.main\n",
        "[console_scripts]\nacme = not a reference\n",
        "[console scripts]\nacme = acme.main:main\n",
        "[g]\na = acme.main:main\na = acme.main:main\n",
        "[g\n",
    ] {
        only(&with(text), "entry-points-malformed", Severity::Error);
    }
    for text in [
        "[console_scripts]\nacme = acme.main:run_forever\n",
        "[console_scripts]\nacme = acme.gone:main\n",
        "[console_scripts]\nacme = elsewhere:main\n",
        "[acme.plugins]\nx = acme.gone\n",
    ] {
        only(&with(text), "entry-point-absent", Severity::Error);
    }
    assert!(
        with("[acme.plugins]\nx = acme.tools\ny = yaml:load\nz = acme.main:os.path\n").is_empty()
    );
    let open = changed(|wheel| {
        wheel.put("acme/late.py", "def __getattr__(name): ...\n");
        wheel.info("entry_points.txt", "[console_scripts]\nacme = acme.late:main\n");
    });
    only(&of_wheel(&open), "entry-point-absent", Severity::Info);
}
