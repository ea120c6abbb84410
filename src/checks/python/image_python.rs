//! Which Python runs the modules of a repository: the one of the image's base, where the Dockerfile says it, else the
//! one that the shape demands.
//!
//! That the base is the demanded one is `docker-base-image`'s: where it is another, and accepted, the modules run on it
//! all the same. Where a RUN or COPY may bring another one, it may be either.

use std::collections::BTreeSet;
use std::fmt;

use crate::checks::Repository;
use crate::shape::demands::python::Adapter;
use crate::source::dockerfile::{Dockerfile, ImageReference, Run};
use crate::source::python::PythonVersion;
use crate::source::shell::{Entry, Program, Script, programs_with_substituted};
use crate::source::{Span, Text};

/// The official image, by its whole name.
const PYTHON: &str = "docker.io/library/python";

/// Programs that bring Pythons of their own, wherever their names occur as words, in a path or an address too.
const BRINGERS: [&str; 4] = ["anaconda", "conda", "miniconda", "pyenv"];

/// The same, with names that occur in other words too. `uv` has its own rule.
const BRINGING_PROGRAMS: [&str; 6] = ["asdf", "mamba", "micromamba", "mise", "pixi", "rye"];

/// A version of Python, which shows itself as where it is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::checks) struct ImagePython {
    pub(in crate::checks) version: PythonVersion,
    /// The tag of the image's base, if that says it; otherwise the shape does.
    tag: Option<String>,
    /// A newer one that it may be all the same: of the base and the demanded one the other, where the image may have
    /// another one than its base.
    pub(in crate::checks) or_newer: Option<PythonVersion>,
}

impl fmt::Display for ImagePython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tag {
            Some(tag) => write!(f, "the image's base is `python:{tag}`"),
            None => write!(f, "the shape demands {}", self.version),
        }
    }
}

/// The Python of an image's base.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OfBase {
    version: PythonVersion,
    tag: Option<String>,
    /// Whether something in the image may bring another one.
    is_doubted: bool,
}

impl ImagePython {
    /// All that it may be.
    pub(in crate::checks) fn versions(&self) -> Vec<PythonVersion> {
        std::iter::once(self.version).chain(self.or_newer).collect()
    }

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
        let bases: Option<Vec<OfBase>> = files.map(|file| OfBase::read(&file)).collect();
        Self::decided(bases.unwrap_or_default(), Self::demanded(repository))
    }

    /// The newest of the bases, if all of them are known. If one is doubted, the demanded one is as likely.
    fn decided(bases: Vec<OfBase>, demanded: Option<Self>) -> Option<Self> {
        let is_doubted = bases.iter().any(|base| base.is_doubted);
        let Some(newest) = bases.into_iter().max_by_key(|base| base.version) else {
            return demanded;
        };
        let of_base = Self { version: newest.version, tag: newest.tag, or_newer: None };
        if !is_doubted {
            return Some(of_base);
        }
        let demanded = demanded?;
        let (older, newer) = match demanded.version < of_base.version {
            true => (demanded, of_base),
            false => (of_base, demanded),
        };
        let or_newer = Some(newer.version).filter(|newer| *newer != older.version);
        Some(Self { or_newer, ..older })
    }

    fn demanded(repository: &Repository<'_>) -> Option<Self> {
        let written = repository.pack.manifest.demands.python.version.as_deref()?;
        let version = PythonVersion::parse(written)?;
        Some(Self { version, tag: None, or_newer: None })
    }
}

impl OfBase {
    /// The Python of the last stage's base.
    fn read(file: &Dockerfile) -> Option<Self> {
        let base = file.final_stage().base_image()?;
        let version = version_of(base)?;
        let is_doubted = may_bring_another(file, version);
        Some(Self { version, tag: base.tag.clone(), is_doubted })
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
    let copied = view.copies().filter_map(|(_, copy)| copy.from.as_ref());
    let mut copies = copied.map(|from| from.text.as_deref());
    let mut mounts = view.runs().flat_map(|(_, run)| mounted_from(run));
    let mut scripts: Vec<Script> = view.scripts().into_iter().map(|(_, script)| script).collect();
    scripts.extend(view.entry().map(|entry| match entry {
        Entry::Exec(words) => {
            Script::of_words(words.iter().map(|word| (word.as_str(), Span::at(0))))
        }
        Entry::Shell(text) => Script::of_text(&Text::new(&text)),
    }));
    let mut programs = scripts.iter().flat_map(programs_with_substituted);
    copies.any(|from| is_of_another(file, from, version))
        || mounts.any(|from| is_of_another(file, from, version))
        || programs.any(|program| brings_another(&program, version))
}

/// What the mounts of a RUN take files from, of which it may copy some into the image; `None` for what is not known.
fn mounted_from(run: &Run) -> impl Iterator<Item = Option<&str>> {
    let mounts = run.flags.iter().filter(|flag| flag.name == "mount");
    let fields =
        mounts.filter_map(|flag| flag.value.as_ref()).flat_map(|it| it.as_str().split(','));
    let named = fields.filter_map(|field| field.strip_prefix("from="));
    named.map(|from| (!from.contains('$')).then_some(from))
}

/// Whether what a COPY or a mount takes files from is built from another official image of Python.
fn is_of_another(file: &Dockerfile, from: Option<&str>, version: PythonVersion) -> bool {
    let Some(named) = from else { return true };
    let by_index = || named.parse().ok().and_then(|index| file.stage_at(index));
    let image = match file.stage(named).or_else(by_index) {
        Some(stage) => stage.base_image().cloned(),
        None => Some(ImageReference::parse(named)),
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
            names_a_bringer(word) || is_of_other(word, version)
        })
}

/// Whether a word names a program that brings Pythons, as `/opt/conda/bin/pip` and `Miniconda3-latest.sh` do.
fn names_a_bringer(word: &str) -> bool {
    let mut parts = word.split(|c: char| !c.is_alphanumeric());
    parts.any(|part| {
        let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
        BRINGERS.iter().any(|bringer| name.eq_ignore_ascii_case(bringer))
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

    /// The Python of the base, unless the image may have another one.
    fn base(dockerfile: &str) -> Option<String> {
        let file = Dockerfile::parse(&Text::new(dockerfile)).expect("a Dockerfile");
        let known = OfBase::read(&file).filter(|base| !base.is_doubted);
        known.map(|base| base.version.to_string())
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
            ("FROM python:3.12\nRUN --mount=from=ghcr.io/astral-sh/uv,target=/uv true", "3.12"),
            ("FROM python:3.12 AS b\nFROM python:3.12\nRUN --mount=from=b,target=/b true", "3.12"),
            ("FROM python:3.12\nRUN echo secondary", "3.12"),
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
            "FROM python:3.13 AS a\nFROM a\nFROM python:3.12\nCOPY --from=1 /usr/local /usr/local",
            "FROM python:3.12\nRUN --mount=from=python:3.13,target=/p cp -r /p/usr /",
            "FROM python:3.12\nRUN --mount=type=bind,from=$IMAGE,target=/p cp -r /p/usr /",
            "FROM python:3.12\nRUN curl -O https://repo.anaconda.com/miniconda/Miniconda3-latest.sh",
            "FROM python:3.12\nRUN /opt/conda/bin/pip install x",
        ] {
            assert_eq!(base(dockerfile), None, "{dockerfile}");
        }
    }

    #[test]
    fn where_another_may_be_brought_it_is_the_base_or_the_demanded_one() {
        let decided = |base: u8, is_doubted: bool, demanded: Option<u8>| {
            let of_minor = |minor| PythonVersion::new(3, minor);
            let tag = Some(format!("3.{base}"));
            let base = OfBase { version: of_minor(base), tag, is_doubted };
            let demanded = demanded.map(of_minor);
            let demanded =
                demanded.map(|it| ImagePython { version: it, tag: None, or_newer: None });
            let python = ImagePython::decided(vec![base], demanded)?;
            Some((python.to_string(), python.versions().len()))
        };
        let base = |tag: &str, count| Some((format!("the image's base is `python:{tag}`"), count));
        assert_eq!(decided(12, false, Some(11)), base("3.12", 1));
        assert_eq!(decided(12, true, Some(11)), Some(("the shape demands 3.11".to_owned(), 2)));
        assert_eq!(decided(11, true, Some(12)), base("3.11", 2));
        assert_eq!(decided(12, true, Some(12)), base("3.12", 1));
        assert_eq!(decided(12, true, None), None);
    }
}
