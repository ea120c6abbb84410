//! The settings of git that decide how a work tree differs from what git keeps.
//!
//! Only four keys of `core` are looked at. Of the repository's configuration, which may be anybody's, includes are not
//! followed; the user's and the system's are read as git reads them.

use std::path::Path;

use crate::snapshot::LineEnds;
use crate::snapshot::attributes::{AutoCrLf, LineEndSettings};
use crate::snapshot::git::config;

/// The settings of a work tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) line_ends: LineEndSettings,
    /// `core.fileMode`: whether git heeds the executable bit on disk.
    pub(super) heeds_modes: bool,
    /// `core.symlinks`: whether git writes links as links. Otherwise each is a file with the target as content.
    pub(super) writes_links: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { line_ends: LineEndSettings::default(), heeds_modes: true, writes_links: true }
    }
}

impl Settings {
    /// Those of a repository, given the folder that its configuration is in.
    pub(super) fn of(common_dir: &Path) -> Self {
        let mut settings = Self::default();
        if let Ok(of_user) = git2::Config::open_default() {
            for key in ["autocrlf", "eol", "filemode", "symlinks"] {
                if let Ok(value) = of_user.get_string(&format!("core.{key}")) {
                    settings.set(key, &value);
                }
            }
        }
        config::each_of_core(&common_dir.join("config"), |key, value| settings.set(key, value));
        settings
    }

    fn set(&mut self, key: &str, value: &str) {
        let value = value.to_ascii_lowercase();
        let is_on = config::is_on(&value);
        match key {
            "filemode" => self.heeds_modes = is_on,
            "symlinks" => self.writes_links = is_on,
            "autocrlf" if value == "input" => self.line_ends.auto = AutoCrLf::Input,
            "autocrlf" => self.line_ends.auto = if is_on { AutoCrLf::On } else { AutoCrLf::Off },
            "eol" => {
                self.line_ends.eol = match value.as_str() {
                    "crlf" => Some(LineEnds::CrLf),
                    "lf" => Some(LineEnds::Lf),
                    _ => None,
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_key_in_core_counts() {
        let mut read = Settings::default();
        config::each_in(
            "[user]\n\tautocrlf = input\n[Core] # here\n\tfileMode = false ; no\n",
            |key, value| read.set(key, value),
        );
        assert!(!read.heeds_modes && read.writes_links);
        assert_eq!(read.line_ends, LineEndSettings::default());
        config::each_in(
            "[core]\n\tsymlinks=false\n\tautoCRLF\n\tEOL = \"crlf\"\n[core \"x\"]\nfilemode = true\n",
            |key, value| read.set(key, value),
        );
        assert!(!read.heeds_modes && !read.writes_links);
        assert_eq!(
            read.line_ends,
            LineEndSettings { auto: AutoCrLf::On, eol: Some(LineEnds::CrLf) }
        );
    }
}
