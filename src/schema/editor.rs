//! Schemas for editors: the schema of each file, and the line that names it.
//!
//! The line is that of yaml-language-server, which VS Code's YAML extension, Neovim, Helix, Zed and others run;
//! JetBrains reads it too. It names the schema by a path relative to the file, so that it is valid in every clone.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// The files that people write, by their usual names, each with its schema's name.
pub const FILES: &[(&str, &str)] = &[
    ("fleet.yaml", "fleet"),
    ("shape.yaml", "shape"),
    ("campaign.yaml", "campaign"),
    ("package.yaml", "package"),
    ("waivers.yaml", "waivers"),
    ("answers.yaml", "answers"),
    ("seed.yaml", "sandbox-seed"),
];

/// The start of the line.
const BEGINS: &str = "# yaml-language-server: $schema=";

/// The name of a file's schema, judging by the file's name: `wave-2.campaign.yaml` is a campaign.
#[must_use]
pub fn of_file(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".yml").map_or(name.clone(), |stem| format!("{stem}.yaml"));
    let fits = |usual: &str| name == usual || name.ends_with(&format!(".{usual}"));
    FILES.iter().find(|(usual, _)| fits(usual)).map(|(_, schema)| *schema)
}

/// Puts the line that names a schema at the start of a text, and removes an existing one.
#[must_use]
pub fn with_line(text: &str, address: &str) -> String {
    let (mark, rest) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let end = match rest.find('\n') {
        Some(at) if rest[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let is_line = |line: &str| {
        let said = line.strip_prefix('#').map(str::trim_start).unwrap_or_default();
        said.strip_prefix("yaml-language-server")
            .is_some_and(|said| said.trim_start().starts_with(':') && said.contains("$schema="))
    };
    // Only in comments above the content: further down, a `#` may be part of a string.
    let mut kept = String::with_capacity(text.len());
    let mut above = true;
    for line in rest.split_inclusive('\n') {
        above &= line.trim().is_empty() || line.starts_with('#');
        if !(above && is_line(line)) {
            kept.push_str(line);
        }
    }
    format!("{mark}{BEGINS}{address}{end}{kept}")
}

/// The address of one file in the line of another: relative, with `/`.
///
/// # Errors
/// When one of them is missing, or the path between them contains a blank, which would end the address.
pub fn address(file: &Path, schema: &Path) -> Result<String> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let whole = |path: &Path| -> Result<PathBuf> {
        path.canonicalize()
            .map_err(|error| Error::failed("cannot be found").in_file(path).caused_by(error))
    };
    let (folder, schema) = (whole(folder)?, whole(schema)?);
    let shared = folder
        .components()
        .zip(schema.components())
        .take_while(|(one, other)| one == other)
        .count();
    let mut parts: Vec<String> =
        folder.components().skip(shared).map(|_| "..".to_owned()).collect();
    for part in schema.components().skip(shared) {
        if let Component::Normal(part) = part {
            parts.push(part.to_string_lossy().into_owned());
        }
    }
    let address = parts.join("/");
    if address.contains(char::is_whitespace) {
        return Err(Error::usage(format!(
            "an editor reads no further than the blank in `{address}`"
        ))
        .in_file(file)
        .hint("write the schemas to a folder without blanks in its name"));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        assert_eq!(of_file(Path::new("a/fleet.yaml")), Some("fleet"));
        assert_eq!(of_file(Path::new("wave-2.campaign.yml")), Some("campaign"));
        assert_eq!(of_file(Path::new("campaign.plan.json")), None);
        assert_eq!(of_file(Path::new("myfleet.yaml")), None);
        assert_eq!(of_file(Path::new("..")), None);
    }

    #[test]
    fn every_file_has_a_schema_that_there_is() {
        for (file, schema) in FILES {
            assert!(crate::schema::print(schema).is_some(), "{file}");
        }
    }

    #[test]
    fn the_line_stands_first_and_once() {
        let wired = with_line("# Ours.\nschema: 1\n", "s/fleet.schema.json");
        assert_eq!(
            wired,
            "# yaml-language-server: $schema=s/fleet.schema.json\n# Ours.\nschema: 1\n"
        );
        assert_eq!(with_line(&wired, "s/fleet.schema.json"), wired);
        let elsewhere = "# Ours.\n#yaml-language-server : $schema=https://x/y\nschema: 1\n";
        assert_eq!(with_line(elsewhere, "a"), format!("{BEGINS}a\n# Ours.\nschema: 1\n"));
        assert_eq!(with_line("a: 1\r\n", "b"), format!("{BEGINS}b\r\na: 1\r\n"));
        assert_eq!(with_line("\u{feff}a: 1\n", "b"), format!("\u{feff}{BEGINS}b\na: 1\n"));
        assert_eq!(with_line("", "b"), format!("{BEGINS}b\n"));
    }

    #[test]
    fn a_line_in_a_text_stays() {
        let text = "a: |\n  x\n# yaml-language-server: $schema=kept\n";
        assert!(with_line(text, "b").ends_with(text));
    }

    #[test]
    fn addresses_lead_from_the_file_to_the_schema() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("shape")).expect("made");
        std::fs::create_dir_all(at("a b")).expect("made");
        for file in ["s.json", "shape/shape.yaml", "a b/s.json"] {
            std::fs::write(at(file), "").expect("written");
        }
        assert_eq!(address(&at("shape/shape.yaml"), &at("s.json")).as_deref(), Ok("../s.json"));
        assert_eq!(address(&at("fleet.yaml"), &at("s.json")).as_deref(), Ok("s.json"));
        assert!(address(&at("fleet.yaml"), &at("a b/s.json")).is_err());
    }

    proptest! {
        #[test]
        fn nothing_but_the_line_changes(text in "[a-z:#\r\n ]{0,60}") {
            let wired = with_line(&text, "x");
            prop_assert!(wired.ends_with(&text) && wired.starts_with(BEGINS));
            prop_assert_eq!(with_line(&wired, "x"), wired);
        }
    }
}
