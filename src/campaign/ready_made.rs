//! Ready-made campaigns: `templates/campaigns/`, embedded in the binary.
//!
//! Each is an ordinary campaign file, to be read and adapted. Each does nothing where nothing needs to be done, and
//! nothing a second time.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/campaigns");

/// The header line of a campaign that concerns files of the embedded shape.
const OF_EMBEDDED: &str = "# For fleets that are held to the shape inside shipshape.";

/// A ready-made campaign.
#[derive(Clone, Copy, Debug)]
pub struct ReadyMade {
    /// Its name.
    pub name: &'static str,
    /// The text of its campaign.yaml.
    pub text: &'static str,
}

impl ReadyMade {
    /// What it does: the first line of its text.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }

    /// Its text under another name, which is that of its branch too.
    #[must_use]
    pub fn called(&self, name: &str) -> String {
        self.text.replacen(&format!("\nname: {}\n", self.name), &format!("\nname: {name}\n"), 1)
    }

    /// Whether it concerns files of the embedded shape, and is of no use to fleets with shapes of their own.
    #[must_use]
    pub fn is_of_embedded(&self) -> bool {
        self.text.lines().take_while(|line| line.starts_with('#')).any(|line| line == OF_EMBEDDED)
    }
}

/// The ready-made campaigns, ordered by name.
#[must_use]
pub fn every() -> Vec<ReadyMade> {
    let read = |file: &'static include_dir::File<'static>| {
        let name = file.path().file_name()?.to_str()?.strip_suffix(".yaml")?;
        Some(ReadyMade { name, text: file.contents_utf8()? })
    };
    let mut found: Vec<ReadyMade> = FILES.files().filter_map(read).collect();
    found.sort_by_key(|campaign| campaign.name);
    found
}

/// The ready-made campaign of this name.
#[must_use]
pub fn find(name: &str) -> Option<ReadyMade> {
    every().into_iter().find(|campaign| campaign.name == name)
}

#[cfg(test)]
mod tests;
