//! Which Python runs the modules of a repository: the one of the image's base, where the Dockerfile says it, else the
//! one that the shape demands.
//!
//! That the base is the demanded one is `docker-base-image`'s: where it is another, and accepted, the modules run on it
//! all the same.

use std::collections::BTreeSet;
use std::fmt;

use crate::checks::Repository;
use crate::shape::demands::python::Adapter;
use crate::source::dockerfile::{Base, Dockerfile, ImageReference, Value};
use crate::source::python::PythonVersion;
use crate::source::shell::{Entry, Program, Script, programs_with_substituted};
use crate::source::{Span, Text};

/// The official image, by its whole name.
const PYTHON: &str = "docker.io/library/python";

/// Programs that bring Pythons of their own, wherever their names occur.
const BRINGERS: [&str; 2] = ["conda", "pyenv"];

/// The same, with names that occur in other words too. `uv` has its own rule.
const BRINGING_PROGRAMS: [&str; 6] = ["asdf", "mamba", "micromamba", "mise", "pixi", "rye"];

/// A version of Python, which shows itself as where it is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::checks) struct ImagePython {
    pub(in crate::checks) version: PythonVersion,
    /// The tag of the image's base, if that says it; otherwise the shape does.
    tag: Option<String>,
}

impl fmt::Display for ImagePython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tag {
            Some(tag) => write!(f, "the image's base is `python:{tag}`"),
            None => write!(f, "the shape demands {}", self.version),
        }
    }
}

impl ImagePython {
    /// That of the repository's images; of several the newest, since which module is in which is not told apart.
    pub(in crate::checks) fn of(repository: &Repository<'_>) -> Option<Self> {
        let demands = &repository.pack.manifest.demands;
        if !demands.python.is_any() {
            return None;
        }
        let adapters = demands.python.adapters.iter().filter_map(|it| it.named_by.as_ref());
        let named = adapters.map(|named| named.dockerfile.as_str());
        let demanded = demands.dockerfiles.iter().map(|demand| demand.path.as_str());
        Self::among(repository, &named.chain(demanded).collect())
    }

    /// That of the image whose Dockerfile names this adapter.
    pub(in crate::checks) fn of_adapter(
        repository: &Repository<'_>,
        adapter: &Adapter,
    ) -> Option<Self> {
        match &adapter.named_by {
            Some(named) => Self::among(repository, &BTreeSet::from([named.dockerfile.as_str()])),
            None => Self::of(repository),
        }
    }

    fn among(repository: &Repository<'_>, dockerfiles: &BTreeSet<&str>) -> Option<Self> {
        let files = dockerfiles.iter().filter_map(|path| repository.dockerfile(path));
        let known: Option<Vec<Self>> = files.map(|file| Self::of_base(&file)).collect();
        let newest = known.into_iter().flatten().max_by_key(|it| it.version);
        newest.or_else(|| Self::demanded(repository))
    }

    fn demanded(repository: &Repository<'_>) -> Option<Self> {
        let written = repository.pack.manifest.demands.python.version.as_deref()?;
        Some(Self { version: PythonVersion::parse(written)?, tag: None })
    }

    /// The Python of the last stage's base, unless something in the image may bring another one.
    fn of_base(file: &Dockerfile) -> Option<Self> {
        let base = file.final_stage().base_image()?;
        let version = version_of(base)?;
        let tag = base.tag.clone();
        (!may_bring_another(file, version)).then_some(Self { version, tag })
    }
}

/// The version in the tag of an official image of Python, such as `3.12-slim` or `3.12.4`; `None` for `3-slim`.
fn version_of(image: &ImageReference) -> Option<PythonVersion> {
    let tag = image.tag.as_deref().filter(|_| image.repository == PYTHON)?;
    PythonVersion::parse(tag.split('-').next()?)
}

/// Whether the last stage may have another Python than its base, in which the modules may run.
fn may_bring_another(file: &Dockerfile, version: PythonVersion) -> bool {
    let view = file.final_stage();
    let mut copies = view.copies().filter_map(|(_, copy)| copy.from.as_ref());
    let mut scripts: Vec<Script> = view.scripts().into_iter().map(|(_, script)| script).collect();
    scripts.extend(view.entry().map(|entry| match entry {
        Entry::Exec(words) => {
            Script::of_words(words.iter().map(|word| (word.as_str(), Span::at(0))))
        }
        Entry::Shell(text) => Script::of_text(&Text::new(&text)),
    }));
    let mut programs = scripts.iter().flat_map(programs_with_substituted);
    copies.any(|from| is_of_another(file, from, version))
        || programs.any(|program| brings_another(&program, version))
}

/// Whether what a COPY takes files from is built from another official image of Python.
fn is_of_another(file: &Dockerfile, from: &Value, version: PythonVersion) -> bool {
    let Some(named) = from.text.as_deref() else { return true };
    let by_index = || named.parse::<usize>().ok().and_then(|index| file.stages.get(index));
    let image = match (file.stage(named), by_index()) {
        (Some(stage), _) => stage.base_image().cloned(),
        (None, Some(stage)) => match &stage.from.base {
            Base::Image(image) => Some(image.clone()),
            _ => None,
        },
        (None, None) => Some(ImageReference::parse(named)),
    };
    image.is_some_and(|image| image.repository == PYTHON && version_of(&image) != Some(version))
}

/// Whether a program of the image may bring another Python, or is of another one.
fn brings_another(program: &Program, version: PythonVersion) -> bool {
    let uv_resolves = program.name() == "uv"
        && program.arguments.first().is_none_or(|command| command.as_str() != "pip");
    let mut words = std::iter::once(&program.word).chain(&program.arguments);
    uv_resolves
        || BRINGING_PROGRAMS.contains(&program.name())
        || words.any(|word| {
            let word = word.as_str();
            BRINGERS.iter().any(|bringer| word.contains(bringer)) || is_of_other(word, version)
        })
}

/// Whether a word names another Python 3, as `python3.12-venv` does.
fn is_of_other(word: &str, version: PythonVersion) -> bool {
    let mut named = word.split("python3.").skip(1).map(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..digits).and_then(|minor| minor.parse().ok())
    });
    named.any(|minor| minor.is_some_and(|minor| PythonVersion::new(3, minor) != version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(dockerfile: &str) -> Option<String> {
        let file = Dockerfile::parse(&Text::new(dockerfile)).expect("a Dockerfile");
        ImagePython::of_base(&file).map(|python| python.version.to_string())
    }

    #[test]
    fn the_last_stage_says_which_python_it_has() {
        for (dockerfile, version) in [
            ("FROM python:3.12-slim", "3.12"),
            ("FROM --platform=linux/amd64 docker.io/library/python:3.12.4@sha256:abc", "3.12"),
            ("ARG PY=3.10\nFROM python:${PY}-slim", "3.10"),
            ("FROM python:3.14.0b1-alpine AS base\nFROM node AS web\nFROM base", "3.14"),
            ("FROM python:3.12\nRUN python3.12 -m venv /venv && uv pip install x", "3.12"),
            ("FROM python:3.12 AS b\nFROM python:3.12-slim\nCOPY --from=b /venv /venv", "3.12"),
            ("FROM python:3.12\nCOPY --from=ghcr.io/astral-sh/uv /uv /bin/", "3.12"),
        ] {
            assert_eq!(base(dockerfile).as_deref(), Some(version), "{dockerfile}");
        }
    }

    #[test]
    fn what_may_have_another_python_says_nothing() {
        for dockerfile in [
            "FROM python:3-slim",
            "FROM python",
            "FROM python@sha256:abc",
            "FROM acme/python:3.12",
            "FROM debian:12",
            "ARG BASE\nFROM $BASE",
            "FROM python:3.12\nRUN uv sync",
            "FROM python:3.12\nRUN curl https://pyenv.run | sh",
            "FROM python:3.12\nRUN apt-get install -y python3.11-venv",
            "FROM python:3.12\nCMD [\"uv\", \"run\", \"app\"]",
            "FROM python:3.12\nENTRYPOINT exec python3.11 -m app",
            "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=b /usr/local /usr/local",
            "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=0 /usr/local /usr/local",
            "FROM python:3.12\nCOPY --from=python:3.13 /usr/local /usr/local",
        ] {
            assert_eq!(base(dockerfile), None, "{dockerfile}");
        }
    }
}
