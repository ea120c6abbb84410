//! What `.gitattributes` and git's settings say of a path: how git turns the bytes on disk into those that it keeps, and
//! back. Pure.
//!
//! Nothing is run: of a filter or an encoding only the name is known ([`Conversion::Other`]).

use std::collections::BTreeMap;

use crate::source::ignore_lines::{Kind, Reach, without_blanks};

/// The name of the files.
pub(super) const FILE: &str = ".gitattributes";

/// How git converts a file between the disk and its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// Not at all.
    None,
    /// A text: git keeps line feeds, and writes these line ends.
    Text(LineEnds),
    /// A text if it looks like one, and if what git has of it has no CRLF.
    Guessed(LineEnds),
    /// In a way that only git can carry out. The attribute as it is written: `filter=lfs`.
    Other(String),
}

/// The line ends that git writes to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// LF.
    Lf,
    /// CRLF.
    CrLf,
}

/// `core.autocrlf`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AutoCrLf {
    /// Line ends are not converted.
    #[default]
    Off,
    /// CRLF on disk, LF in git.
    On,
    /// LF in git, and nothing is converted at checkout.
    Input,
}

/// The settings that decide where attributes do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineEndSettings {
    pub(super) auto: AutoCrLf,
    /// `core.eol`, if it is neither missing nor `native`.
    pub(super) eol: Option<LineEnds>,
}

impl LineEndSettings {
    fn of_text(self) -> LineEnds {
        match (self.auto, self.eol) {
            (AutoCrLf::On, _) => LineEnds::CrLf,
            (AutoCrLf::Input, _) => LineEnds::Lf,
            (AutoCrLf::Off, Some(eol)) => eol,
            (AutoCrLf::Off, None) if cfg!(windows) => LineEnds::CrLf,
            (AutoCrLf::Off, None) => LineEnds::Lf,
        }
    }
}

/// The attributes of a work tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    /// By the folder of the file, from the root of the work tree, without a trailing slash.
    folders: BTreeMap<String, Vec<Line>>,
    /// Those of `.git/info/attributes`, which overrule all others.
    info: Vec<Line>,
}

/// One line: the files that it is about, and its words by attribute.
#[derive(Clone, Debug)]
struct Line {
    reach: Reach,
    words: Vec<String>,
}

impl Attributes {
    /// Whether they say nothing of any path.
    pub(super) fn is_empty(&self) -> bool {
        self.info.is_empty() && self.folders.values().all(Vec::is_empty)
    }

    /// Sets the content of the file in a folder.
    pub(super) fn set(&mut self, folder: &str, content: &[u8]) {
        self.folders.insert(folder.to_owned(), lines(content));
    }

    /// Removes the file of a folder.
    pub(super) fn remove(&mut self, folder: &str) {
        self.folders.remove(folder);
    }

    /// Sets the content of `.git/info/attributes`.
    pub(super) fn set_info(&mut self, content: &[u8]) {
        self.info = lines(content);
    }

    /// How git converts the file at a path from the root of the work tree.
    pub(super) fn conversion(&self, path: &str, settings: LineEndSettings) -> Conversion {
        if let Some(word) = self.opaque(path) {
            return Conversion::Other(word);
        }
        let eol = self.said(path, "eol").and_then(|word| match word {
            "eol=crlf" => Some(LineEnds::CrLf),
            "eol=lf" => Some(LineEnds::Lf),
            _ => None,
        });
        let line_ends = eol.unwrap_or_else(|| settings.of_text());
        // `crlf` is the old spelling, and counts where `text` says nothing.
        match self.said(path, "text").or_else(|| self.said(path, "crlf")) {
            Some("-text" | "-crlf") => Conversion::None,
            Some("text=auto") => Conversion::Guessed(line_ends),
            Some("text" | "crlf") => Conversion::Text(line_ends),
            Some("crlf=input") => Conversion::Text(LineEnds::Lf),
            _ if eol.is_some() => Conversion::Text(line_ends),
            _ => match settings.auto {
                AutoCrLf::Off => Conversion::None,
                AutoCrLf::On => Conversion::Guessed(LineEnds::CrLf),
                AutoCrLf::Input => Conversion::Guessed(LineEnds::Lf),
            },
        }
    }

    fn opaque(&self, path: &str) -> Option<String> {
        let has_value = |word: &&str| word.contains('=');
        let filter = self.said(path, "filter").filter(has_value);
        let encoding = || self.said(path, "working-tree-encoding").filter(has_value);
        filter.or_else(encoding).map(str::to_owned)
    }

    /// Whether git writes the blob's id into `$Id$` of the file at a path, and keeps it without.
    pub(super) fn expands_ids(&self, path: &str) -> bool {
        self.said(path, "ident") == Some("ident")
    }

    /// The word that decides an attribute of a path; `None` if nothing is said or it is taken back.
    fn said(&self, path: &str, attribute: &str) -> Option<&str> {
        let around = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let ends = around.rmatch_indices('/').map(|(end, _)| end);
        let mut folders: Vec<&str> =
            std::iter::once(around.len()).chain(ends).filter_map(|end| around.get(..end)).collect();
        if !around.is_empty() {
            folders.push("");
        }
        let of_folder = |folder: &&str| {
            let inside = match *folder {
                "" => path,
                folder => path.strip_prefix(folder)?.strip_prefix('/')?,
            };
            word_in(self.folders.get(*folder)?, inside, attribute)
        };
        let word =
            word_in(&self.info, path, attribute).or_else(|| folders.iter().find_map(of_folder))?;
        (!word.starts_with('!')).then_some(word)
    }
}

/// The word of the last line that is about a path and says something of an attribute.
fn word_in<'l>(lines: &'l [Line], path: &str, attribute: &str) -> Option<&'l str> {
    lines.iter().rev().filter(|line| line.reach.is_at(path, Kind::File)).find_map(|line| {
        let mut words = line.words.iter().rev().map(String::as_str);
        words.find(|word| name_of(word) == attribute)
    })
}

fn name_of(word: &str) -> &str {
    let name = word.trim_start_matches(['-', '!']);
    name.split('=').next().unwrap_or(name)
}

fn lines(content: &[u8]) -> Vec<Line> {
    let text = String::from_utf8_lossy(content);
    let mut macros = BTreeMap::from([("binary", vec!["-diff", "-merge", "-text"])]);
    let mut lines = Vec::new();
    for line in text.lines().map(|line| without_blanks(line).trim_start()) {
        let (pattern, rest) = match line.strip_prefix('"').and_then(|it| it.split_once('"')) {
            Some(quoted) => quoted,
            None => line.split_once(char::is_whitespace).unwrap_or((line, "")),
        };
        let words = rest.split_whitespace();
        if let Some(name) = pattern.strip_prefix("[attr]") {
            macros.insert(name, words.collect());
            continue;
        }
        // A pattern that takes back is not one of attributes.
        if pattern.starts_with('!') {
            continue;
        }
        let Some(reach) = Reach::of(pattern) else { continue };
        let words = words.flat_map(|word| {
            let meant = macros.get(word).into_iter().flatten().copied();
            meant.chain([word]).map(str::to_owned)
        });
        lines.push(Line { reach, words: words.collect() });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversion(attributes: &str, path: &str, auto: AutoCrLf) -> Conversion {
        let mut all = Attributes::default();
        all.set("", attributes.as_bytes());
        all.conversion(path, LineEndSettings { auto, eol: Some(LineEnds::Lf) })
    }

    #[test]
    fn attributes_say_how_a_file_is_converted() {
        use Conversion::{Guessed, Text};
        use LineEnds::{CrLf, Lf};
        for (attributes, converted) in [
            ("", Conversion::None),
            ("* text=auto", Guessed(Lf)),
            ("* text", Text(Lf)),
            ("*.bat eol=crlf", Text(CrLf)),
            ("* text=auto eol=crlf\n", Guessed(CrLf)),
            ("* text\r\n*.bat -text\r\n", Conversion::None),
            ("* text\na.bat !text", Conversion::None),
            ("* text\n*.bat binary", Conversion::None),
            ("[attr]script text eol=crlf\n*.bat script", Text(CrLf)),
            ("\"a.bat\" crlf=input", Text(Lf)),
            ("* text\n/d/*.bat -text", Text(Lf)),
            ("*.bat filter=up text", Conversion::Other("filter=up".to_owned())),
            ("*.bat filter=up\n*.bat -filter", Conversion::None),
            ("*.bat ident", Conversion::None),
        ] {
            assert_eq!(conversion(attributes, "a.bat", AutoCrLf::Off), converted, "{attributes}");
        }
        assert_eq!(conversion("", "a", AutoCrLf::On), Guessed(CrLf));
        assert_eq!(conversion("", "a", AutoCrLf::Input), Guessed(Lf));
        assert_eq!(conversion("* -text", "a", AutoCrLf::On), Conversion::None);
    }

    #[test]
    fn the_nearest_file_decides_and_the_one_of_the_clone_before_it() {
        let mut all = Attributes::default();
        all.set("", b"* text eol=crlf\n");
        all.set("d/e", b"*.txt -text\n");
        let of = |all: &Attributes, path| all.conversion(path, LineEndSettings::default());
        assert_eq!(of(&all, "d/e/f.txt"), Conversion::None);
        assert_eq!(of(&all, "d/e/f.md"), Conversion::Text(LineEnds::CrLf));
        assert_eq!(of(&all, "d/f.txt"), Conversion::Text(LineEnds::CrLf));
        all.set_info(b"/d/e/* eol=lf text\n");
        assert_eq!(of(&all, "d/e/f.txt"), Conversion::Text(LineEnds::Lf));
        all.remove("");
        assert_eq!(of(&all, "d/f.txt"), Conversion::None);
    }
}
