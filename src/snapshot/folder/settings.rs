//! The settings of git that decide how a work tree differs from what git keeps.
//!
//! Only four keys of `core` are looked at. Of the repository's configuration, which may be anybody's, includes are not
//! followed; the user's and the system's are read as git reads them.

use std::fs;
use std::path::Path;

use crate::snapshot::LineEnds;
use crate::snapshot::attributes::{AutoCrLf, LineEndSettings};

/// A larger configuration is not read, in bytes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

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
        let config = common_dir.join("config");
        // Reading a pipe would block forever.
        let is_small = |found: fs::Metadata| found.is_file() && found.len() <= MAX_CONFIG_BYTES;
        if config.metadata().is_ok_and(is_small)
            && let Ok(text) = fs::read(&config)
        {
            settings.read(&String::from_utf8_lossy(&text));
        }
        settings
    }

    fn read(&mut self, text: &str) {
        let mut is_core = false;
        for line in text.lines().map(str::trim) {
            let mut rest = line;
            if let Some((section, behind)) =
                line.strip_prefix('[').and_then(|it| it.split_once(']'))
            {
                is_core = section.trim().eq_ignore_ascii_case("core");
                rest = behind.trim();
            }
            if !is_core || rest.is_empty() || rest.starts_with(['#', ';']) {
                continue;
            }
            let (key, value) = rest.split_once('=').unwrap_or((rest, "true"));
            let value = value.split(['#', ';']).next().unwrap_or_default().trim();
            self.set(&key.trim().to_ascii_lowercase(), value.trim_matches('"'));
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        let value = value.to_ascii_lowercase();
        let is_on = matches!(value.as_str(), "true" | "yes" | "on" | "1");
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
        read.read("[user]\n\tautocrlf = input\n[Core] # here\n\tfileMode = false ; no\n");
        assert!(!read.heeds_modes && read.writes_links);
        assert_eq!(read.line_ends, LineEndSettings::default());
        read.read("[core]\n\tsymlinks=false\n\tautoCRLF\n\tEOL = \"crlf\"\n[core \"x\"]\nfilemode = true\n");
        assert!(!read.heeds_modes && !read.writes_links);
        assert_eq!(
            read.line_ends,
            LineEndSettings { auto: AutoCrLf::On, eol: Some(LineEnds::CrLf) }
        );
    }
}
