//! Files that RUNs put at paths of the image: copies of others and links to them (`cp`, `ln -s`, `install`), and what
//! programs write.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::dockerfile::image_files::{Held, ImageFiles, absolute, join};
use crate::checks::dockerfile::search_path::SearchPath;
use crate::source::shell::{
    By, Called, OwnFile, Place, Places, Program, Word, basename, programs_of,
};

/// Programs whose last operand is a file that they make of others, or the folder for it.
const COPYING: [&str; 4] = ["cp", "install", "ln", "mv"];

/// Their options with a value.
const WITH_VALUE: [&str; 8] = ["-m", "-o", "-g", "-S", "--mode", "--owner", "--group", "--suffix"];

/// What the RUNs of a stage put at paths. Read once: to read all RUNs for each name is quadratic.
#[derive(Default)]
pub(super) struct MadeFiles {
    /// Of which file, and at which offset of the Dockerfile, the one at a path is made, by the last RUN that does.
    sources: BTreeMap<String, (String, usize)>,
    /// Paths at which there is something that is not known.
    written: BTreeSet<String>,
}

impl MadeFiles {
    pub(super) fn of(files: &ImageFiles<'_, '_, '_, '_>) -> Self {
        let mut made = Self::default();
        for (instruction, run) in files.view.runs() {
            let script = run.script();
            let places = Places::of(&script, &[Place::Start], OwnFile::default());
            let before = instruction.span.start;
            let workdir = files.workdir_at(before);
            // Where output is redirected to is taken from where the script starts.
            let redirected = script.written.iter();
            made.written.extend(redirected.filter_map(|it| path_of(workdir, &Place::Start, it)));
            for program in programs_of(&script) {
                if let [place] = places.at(program.span) {
                    made.by(&program, (workdir, place), before);
                }
            }
        }
        made
    }

    /// Adds what a program makes that runs at a place.
    fn by(&mut self, program: &Program, (workdir, place): (Option<&str>, &Place), before: usize) {
        let path = |word: &Word| path_of(workdir, place, word);
        for pair in program.arguments.windows(2) {
            if let [option, file] = pair
                && names_output(option.as_str())
            {
                self.written.extend(path(file));
            }
        }
        let operands = operands(program);
        let Some((target, sources)) = operands.split_last() else { return };
        let Some(target) = path(target) else { return };
        if program.name() == "tee" {
            self.written.insert(target);
        } else if COPYING.contains(&program.name()) {
            let is_link = program.name() == "ln" && program.arguments.iter().any(is_symbolic);
            for source in sources {
                let inside = join(&target, basename(source.as_str()));
                // Whether the target is a folder is not known: where it is none, there is nothing inside.
                for made in [&target, &inside] {
                    // What a link names is searched for from the folder of the link.
                    let folder = made.rsplit_once('/').map(|(folder, _)| folder);
                    let source = match is_link {
                        true => absolute(folder, source.as_str()).filter(|_| !source.dynamic),
                        false => path(source),
                    };
                    self.written.insert(made.clone());
                    self.sources.extend(source.map(|source| (made.clone(), (source, before))));
                }
            }
        }
    }

    /// What is run under a name or path, where a RUN may have put it there.
    pub(super) fn called(
        &self,
        files: &ImageFiles<'_, '_, '_, '_>,
        called: &str,
        by: By,
    ) -> Called {
        if self.written.is_empty() {
            return files.called(called, by);
        }
        let places = match called.contains('/') || by == By::Shell {
            true => files.places_of_program(called, usize::MAX),
            false => {
                let folders = SearchPath::of(files.view).folders;
                folders.iter().map(|folder| join(folder, called)).collect()
            }
        };
        if let Some(script) = places.iter().find_map(|place| self.script(files, place)) {
            return script;
        }
        match files.called(called, by) {
            Called::Nothing => match places.iter().find(|place| self.is_unknown(place)) {
                Some(place) => {
                    Called::Unknown(format!("what a RUN puts at `{place}` is not known"))
                }
                None => Called::Nothing,
            },
            found => found,
        }
    }

    /// Whether a RUN puts something at a path that is not the program that its name says: `python` for `python3` is.
    fn is_unknown(&self, path: &str) -> bool {
        let program = |path: &str| {
            basename(path).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned()
        };
        let source = self.sources.get(path).map(|(source, _)| source);
        self.written.contains(path) && source.is_none_or(|source| program(source) != program(path))
    }

    /// The script that a RUN puts at a path to which no COPY brings anything.
    fn script(&self, files: &ImageFiles<'_, '_, '_, '_>, path: &str) -> Option<Called> {
        let (source, before) = self.sources.get(path)?;
        if !matches!(files.at(path, usize::MAX), Held::Nothing) {
            return None;
        }
        match files.at(source, *before) {
            Held::File(file) => Some(files.script_of(&file)),
            Held::Inline(text) => Some(Called::Script(text)),
            Held::Excluded(_) | Held::Nothing | Held::Unknown(_) => None,
        }
    }
}

/// The absolute path that a word names.
fn path_of(workdir: Option<&str>, place: &Place, word: &Word) -> Option<String> {
    let named = place.path(word.as_str()).filter(|_| !word.dynamic)?;
    absolute(workdir, &named)
}

/// Whether an option has the file that is written as its value: `curl -fsSLo FILE`, `wget -qO FILE`.
fn names_output(option: &str) -> bool {
    let letters = option.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
    matches!(option, "--output" | "--output-document")
        || letters.is_some_and(|letters| letters.ends_with(['o', 'O']))
}

fn is_symbolic(word: &Word) -> bool {
    let letters = word.as_str().strip_prefix('-');
    word.as_str() == "--symbolic"
        || letters.is_some_and(|letters| !letters.starts_with('-') && letters.contains('s'))
}

/// The arguments of a program that are no options.
fn operands(program: &Program) -> Vec<&Word> {
    let mut operands = Vec::new();
    let mut words = program.arguments.iter();
    while let Some(word) = words.next() {
        let text = word.as_str();
        if WITH_VALUE.contains(&text) {
            words.next();
        } else if !text.starts_with('-') || text == "-" {
            operands.push(word);
        }
    }
    operands
}
