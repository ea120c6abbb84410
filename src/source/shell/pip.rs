//! What a script installs with pip or uv.

use super::{Script, Word, programs_of};
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
    /// The span of the whole command.
    pub span: Span,
}

const WITH_VALUE: [&str; 24] = [
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
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
    programs_of(script)
        .iter()
        .filter_map(|program| {
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
            let install = position(arguments, "install")?;
            // Only options may precede `install`, else it is an argument of another subcommand.
            let options_only =
                arguments.iter().take(install).all(|word| word.as_str().starts_with('-'));
            options_only
                .then(|| read(arguments.get(install + 1..).unwrap_or_default(), program.span))
        })
        .collect()
}

fn position(words: &[Word], text: &str) -> Option<usize> {
    words.iter().position(|word| word.as_str() == text)
}

/// Whether a name is that of the program, optionally versioned: `pip`, `pip3`, `pip3.11`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn read(words: &[Word], span: Span) -> PipInstall {
    let mut install = PipInstall {
        requirement_files: Vec::new(),
        constraint_files: Vec::new(),
        requirements: Vec::new(),
        span,
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
            "-e" | "--editable" => install.requirements.extend(words.next().cloned()),
            _ if WITH_VALUE.contains(&text) => {
                words.next();
            }
            _ if text.starts_with("--") => match text.split_once('=') {
                Some(("--requirement", file)) => install.requirement_files.push(tail(word, file)),
                Some(("--constraint", file)) => install.constraint_files.push(tail(word, file)),
                _ => {}
            },
            _ if text.starts_with("-r") => {
                install.requirement_files.push(tail(word, text.get(2..).unwrap_or_default()));
            }
            _ if text.starts_with("-c") => {
                install.constraint_files.push(tail(word, text.get(2..).unwrap_or_default()));
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
}
