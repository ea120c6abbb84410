//! What a script installs with pip or uv.

use super::{Program, Script, Word, programs_of};
use crate::source::text::Span;

/// A `pip install` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipInstall {
    /// Files given with `-r`.
    pub requirement_files: Vec<Word>,
    /// Files given with `-c`.
    pub constraint_files: Vec<Word>,
    /// Requirements, paths and URLs given as arguments.
    pub requirements: Vec<Word>,
    /// The program, as it is called.
    pub program: Word,
    /// The folder that it installs into, where that is not one of its Python: `--target` and the like.
    pub elsewhere: Option<Word>,
    /// Whether it installs for the user who runs it (`--user`).
    pub is_for_user: bool,
    /// Whether it only tells what it would install.
    pub is_dry: bool,
    /// The span of the whole command.
    pub span: Span,
}

/// A `pip uninstall` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipUninstall {
    /// The distributions.
    pub names: Vec<Word>,
    /// The program, as it is called.
    pub program: Word,
    /// Whether it asks no one before.
    pub asks_no_one: bool,
    /// The span of the whole command.
    pub span: Span,
}

/// Options that name another folder to install into.
const ELSEWHERE: [&str; 4] = ["-t", "--target", "--prefix", "--root"];

const WITH_VALUE: [&str; 20] = [
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--python",
    "-p",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--no-binary",
    "--only-binary",
    "--trusted-host",
    "--cache-dir",
    "--upgrade-strategy",
    "--progress-bar",
    "--timeout",
    "--proxy",
    "--index-strategy",
];

/// Returns the installs of a script, in order: `pip`, `pip3`, `python -m pip`, `uv pip` and
/// `python -m uv pip`, but not `uv add`.
#[must_use]
pub fn pip_installs(script: &Script) -> Vec<PipInstall> {
    let programs = programs_of(script);
    let installs =
        programs.iter().filter_map(|program| Some(read(arguments(program, "install")?, program)));
    installs.collect()
}

/// Returns the removals of a script, in order.
#[must_use]
pub fn pip_uninstalls(script: &Script) -> Vec<PipUninstall> {
    let programs = programs_of(script);
    let removals = programs.iter().filter_map(|program| {
        let words = arguments(program, "uninstall")?;
        let is_option = |word: &&Word| word.as_str().starts_with('-');
        // Those of uv do not ask.
        let is_of_uv = program.name() == "uv" || position(&program.arguments, "uv").is_some();
        let agrees = |word: &Word| matches!(word.as_str(), "-y" | "--yes");
        Some(PipUninstall {
            names: words.iter().filter(|word| !is_option(word)).cloned().collect(),
            program: program.word.clone(),
            asks_no_one: is_of_uv || words.iter().any(agrees),
            span: program.span,
        })
    });
    removals.collect()
}

/// The words after the subcommand of pip or uv that a program runs, if it is this one.
fn arguments<'p>(program: &'p Program, subcommand: &str) -> Option<&'p [Word]> {
    let arguments = &program.arguments;
    let start = match program.name() {
        name if is_versioned(name, "pip") => 0,
        "uv" => 1 + position(arguments, "pip")?,
        name if is_versioned(name, "python") => {
            let module = position(arguments, "-m")? + 1;
            match arguments.get(module)?.as_str() {
                "pip" => module + 1,
                "uv" => module + 1 + position(arguments.get(module..)?, "pip")?,
                _ => return None,
            }
        }
        _ => return None,
    };
    let arguments = arguments.get(start..)?;
    let at = position(arguments, subcommand)?;
    // Only options may precede it, else it is an argument of another subcommand.
    let options_only = arguments.iter().take(at).all(|word| word.as_str().starts_with('-'));
    arguments.get(at + 1..).filter(|_| options_only)
}

fn position(words: &[Word], text: &str) -> Option<usize> {
    words.iter().position(|word| word.as_str() == text)
}

/// Whether a name is that of the program, optionally versioned: `pip`, `pip3`, `pip3.11`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn read(words: &[Word], program: &Program) -> PipInstall {
    let mut install = PipInstall {
        requirement_files: Vec::new(),
        constraint_files: Vec::new(),
        requirements: Vec::new(),
        program: program.word.clone(),
        elsewhere: None,
        is_for_user: false,
        is_dry: false,
        span: program.span,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.as_str();
        match text {
            "-r" | "--requirement" | "--requirements" => {
                install.requirement_files.extend(words.next().cloned())
            }
            "-c" | "--constraint" | "--constraints" => {
                install.constraint_files.extend(words.next().cloned())
            }
            "--dry-run" => install.is_dry = true,
            "--user" => install.is_for_user = true,
            _ if ELSEWHERE.contains(&text) => install.elsewhere = words.next().cloned(),
            "-e" | "--editable" => install.requirements.extend(words.next().cloned()),
            _ if WITH_VALUE.contains(&text) => {
                words.next();
            }
            _ if text.starts_with("--") => match text.split_once('=') {
                Some(("--requirement", file)) => install.requirement_files.push(tail(word, file)),
                Some(("--constraint", file)) => install.constraint_files.push(tail(word, file)),
                Some((option, folder)) if ELSEWHERE.contains(&option) => {
                    install.elsewhere = Some(tail(word, folder));
                }
                _ => {}
            },
            _ if text.starts_with("-r") => {
                install.requirement_files.push(tail(word, text.get(2..).unwrap_or_default()));
            }
            _ if text.starts_with("-c") => {
                install.constraint_files.push(tail(word, text.get(2..).unwrap_or_default()));
            }
            _ if text.starts_with("-t") => {
                install.elsewhere = Some(tail(word, text.get(2..).unwrap_or_default()));
            }
            _ if text.starts_with('-') => {}
            _ => install.requirements.push(word.clone()),
        }
    }
    install
}

/// Returns the end of a word as a word of its own.
fn tail(word: &Word, end: &str) -> Word {
    let length = word.as_str().len();
    let text = word.text.part(length - end.len()..length);
    Word { span: text.whole_span(), text, dynamic: word.dynamic, quoted: word.quoted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::text::Text;

    #[test]
    fn files_and_requirements_of_every_spelling() {
        let script = "pip install --no-cache-dir -r requirements.txt && \\\n \
            if [ -n \"$V\" ]; then pip3 install -U \"pkg==${V}\"; fi\n\
            python3 -m pip install -rother.txt -c c.txt\nuv pip install --system --requirement=x.txt a 'b[c]>1'\n\
            pip download -r no.txt; echo pip install no";
        let found = pip_installs(&Script::of_text(&Text::new(script)));
        let shown: Vec<(Vec<&str>, Vec<&str>)> = found
            .iter()
            .map(|install| {
                let files = install.requirement_files.iter().map(Word::as_str).collect();
                (files, install.requirements.iter().map(Word::as_str).collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                (vec!["requirements.txt"], vec![]),
                (vec![], vec!["pkg==${V}"]),
                (vec!["other.txt"], vec![]),
                (vec!["x.txt"], vec!["a", "b[c]>1"]),
            ]
        );
        assert!(found[1].requirements[0].dynamic);
        assert_eq!(found[2].constraint_files[0].as_str(), "c.txt");
    }

    #[test]
    fn where_it_installs_and_what_it_removes() {
        for (script, folder) in [
            ("pip install a", None),
            ("pip install -t /x a", Some("/x")),
            ("pip install -t/x a", Some("/x")),
            ("pip install a --target=/x", Some("/x")),
            ("uv pip install --prefix /x a", Some("/x")),
            ("pip install --root=/x a", Some("/x")),
        ] {
            let found = pip_installs(&Script::of_text(&Text::new(script)));
            assert_eq!(found[0].elsewhere.as_ref().map(Word::as_str), folder, "{script}");
            assert_eq!(found[0].requirements.len(), 1, "{script}");
            assert!(!found[0].is_dry, "{script}");
        }
        assert!(pip_installs(&Script::of_text(&Text::new("pip install a --dry-run")))[0].is_dry);
        assert!(pip_installs(&Script::of_text(&Text::new("pip install --user a")))[0].is_for_user);
        for (script, asks_no_one) in [
            ("pip uninstall -y a", true),
            ("python3 -m pip uninstall a --yes", true),
            ("uv pip uninstall a", true),
            ("pip uninstall a", false),
        ] {
            let found = pip_uninstalls(&Script::of_text(&Text::new(script)));
            assert_eq!(found[0].names[0].as_str(), "a", "{script}");
            assert_eq!(found[0].asks_no_one, asks_no_one, "{script}");
        }
        assert_eq!(pip_uninstalls(&Script::of_text(&Text::new("pip install uninstall"))), []);
    }
}
