//! Campaigns that are ready to be run: `templates/migrations/`, inside the binary.
//!
//! Each is one file of the format that everybody writes, to be looked at and changed. Each does nothing where
//! there is nothing to do, and nothing a second time.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/migrations");

/// A campaign of the library.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its name.
    pub name: &'static str,
    /// campaign.yaml.
    pub text: &'static str,
}

impl Migration {
    /// What it does: the first line of its text.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

/// The library, by name.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    let read = |file: &'static include_dir::File<'static>| {
        let name = file.path().file_name()?.to_str()?.strip_suffix(".yaml")?;
        Some(Migration { name, text: file.contents_utf8()? })
    };
    let mut found: Vec<Migration> = FILES.files().filter_map(read).collect();
    found.sort_by_key(|migration| migration.name);
    found
}

/// A migration by its name.
#[must_use]
pub fn find(name: &str) -> Option<Migration> {
    migrations().into_iter().find(|migration| migration.name == name)
}

#[cfg(test)]
mod tests;
