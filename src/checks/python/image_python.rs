//! Which Python runs the modules of a repository: the one of the image's base, where the Dockerfile says it, else the
//! one that the shape demands.
//!
//! That the base is the demanded one is `docker-base-image`'s: where it is another, and accepted, the modules run on it
//! all the same. Where the Dockerfile may bring another one, or runs one, it may be that one too: the one that it names,
//! or else the one that the shape demands, and perhaps one that neither says.

use std::collections::BTreeSet;
use std::fmt;

use crate::checks::Repository;
use crate::checks::dockerfile::build_context::{is_pattern, normal};
use crate::shape::demands::python::Adapter;
use crate::source::dockerfile::{Copy, Dockerfile, ImageReference, Mount};
use crate::source::python::{PythonVersion, Versions};
use crate::source::shell::{Entry, Program, Script, programs_with_substituted};
use crate::source::{Span, Text};

/// The official image, by its whole name.
const PYTHON: &str = "docker.io/library/python";

/// Programs that bring Pythons of their own, wherever their names occur as words, in a path or an address too.
const BRINGERS: [&str; 4] = ["anaconda", "conda", "miniconda", "pyenv"];

/// The same, with names that occur in other words too. `uv` has its own rule.
const BRINGING_PROGRAMS: [&str; 6] = ["asdf", "mamba", "micromamba", "mise", "pixi", "rye"];

/// The oldest and the newest Python that one may be of which nothing says which it is.
const ANY: [PythonVersion; 2] =
    [PythonVersion { major: 3, minor: 8 }, PythonVersion { major: 3, minor: u8::MAX }];

/// The Pythons of which one runs the modules. They show themselves as where the oldest of them is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::checks) struct ImagePython {
    /// The oldest one.
    pub(in crate::checks) version: PythonVersion,
    known_from: KnownFrom,
    /// Newer ones that it may be all the same.
    or_newer: Vec<PythonVersion>,
    /// Whether it may be yet another one, of which nothing says which it is.
    or_any: bool,
}

/// Where a Python is known from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KnownFrom {
    /// The tag of the image's base.
    Base(String),
    /// Words of the Dockerfile.
    Dockerfile,
    /// What the shape demands.
    Shape,
}

/// A Python that an image may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    version: PythonVersion,
    known_from: KnownFrom,
}

/// The Pythons of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OfImage {
    /// That of its base.
    base: Candidate,
    /// Those that the modules may run on instead.
    others: Vec<Other>,
}

/// A Python that an image may have besides that of its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    /// It is named.
    Named(PythonVersion),
    /// The one that the project asks for, which is the demanded one.
    OfProject,
    /// Nothing says which one it is: the demanded one is as likely as any.
    Unknown,
}

/// An answer about the image's Python, which may be one of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks) enum Answer {
    /// It is so for none of those that are known.
    No,
    /// It is so for some of them only, or perhaps not for the one of which nothing says which it is.
    Perhaps,
    /// It is so for all.
    Yes,
}

impl fmt::Display for ImagePython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.known_from {
            KnownFrom::Base(tag) => write!(f, "the image's base is `python:{tag}`"),
            KnownFrom::Dockerfile => write!(f, "the Dockerfile names Python {}", self.version),
            KnownFrom::Shape => write!(f, "the shape demands {}", self.version),
        }
    }
}

impl ImagePython {
    /// Whether it is one of these versions.
    pub(in crate::checks) fn is_of(&self, versions: Versions) -> Answer {
        let mut known = std::iter::once(&self.version).chain(&self.or_newer).copied();
        if !known.clone().any(|version| versions.contains(version)) {
            return Answer::No;
        }
        let is_of_any = !self.or_any || ANY.into_iter().all(|version| versions.contains(version));
        match is_of_any && known.all(|version| versions.contains(version)) {
            true => Answer::Yes,
            false => Answer::Perhaps,
        }
    }

    /// Whether it runs what only these versions run. So it is where it is not known.
    pub(in crate::checks) fn runs(python: Option<&Self>, versions: Versions) -> Answer {
        python.map_or(Answer::Yes, |python| python.is_of(versions))
    }

    /// That of the repository's images.
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
        let images: Option<Vec<OfImage>> = files.map(|file| OfImage::read(&file)).collect();
        let written = repository.pack.manifest.demands.python.version.as_deref();
        Self::decided(images.unwrap_or_default(), written.and_then(PythonVersion::parse))
    }

    /// That of the images, if all of their bases are known. Of several it is no older than each of them may be, since
    /// which module is in which is not told apart.
    fn decided(images: Vec<OfImage>, demanded: Option<PythonVersion>) -> Option<Self> {
        let or_any = images.iter().any(|image| image.others.contains(&Other::Unknown));
        let demanded = demanded.map(|it| Candidate { version: it, known_from: KnownFrom::Shape });
        let candidates: Vec<BTreeSet<Candidate>> = match images.is_empty() {
            true => vec![BTreeSet::from([demanded?])],
            false => {
                let of_images = images.into_iter().map(|image| image.candidates(demanded.as_ref()));
                of_images.collect::<Option<_>>()?
            }
        };
        let oldest = candidates.iter().filter_map(|image| Some(image.first()?.version)).max()?;
        let mut left: BTreeSet<Candidate> = candidates.into_iter().flatten().collect();
        left.retain(|candidate| candidate.version >= oldest);
        let Candidate { version, known_from } = left.pop_first()?;
        let newer = left.into_iter().map(|candidate| candidate.version);
        let or_newer = newer.filter(|newer| *newer != version).collect();
        Some(Self { version, known_from, or_newer, or_any })
    }
}

impl OfImage {
    /// The Pythons of the last stage.
    fn read(file: &Dockerfile) -> Option<Self> {
        let image = file.final_stage().base_image()?;
        let version = version_of(image)?;
        let base = Candidate { version, known_from: KnownFrom::Base(image.tag.clone()?) };
        let others = others(file).into_iter().filter(|other| *other != Other::Named(version));
        Some(Self { base, others: others.collect() })
    }

    /// All that are known; `None` if the demanded one is among them and the shape demands none.
    fn candidates(self, demanded: Option<&Candidate>) -> Option<BTreeSet<Candidate>> {
        let mut candidates = BTreeSet::from([self.base]);
        for other in self.others {
            candidates.insert(match other {
                Other::Named(version) => Candidate { version, known_from: KnownFrom::Dockerfile },
                Other::OfProject | Other::Unknown => demanded?.clone(),
            });
        }
        Some(candidates)
    }
}

/// The version in the tag of an official image of Python, such as `3.12-slim` or `3.12.4`; `None` for `3-slim`.
fn version_of(image: &ImageReference) -> Option<PythonVersion> {
    let tag = image.tag.as_deref().filter(|_| image.repository == PYTHON)?;
    PythonVersion::parse(tag.split('-').next()?)
}

/// The Pythons that the last stage may bring, or runs.
fn others(file: &Dockerfile) -> Vec<Other> {
    let view = file.final_stage();
    let brings_it =
        |copy: &&Copy| copy.sources.iter().any(|source| may_hold_a_python(source.text.as_deref()));
    let copied = view.copies().map(|(_, copy)| copy).filter(brings_it);
    let copied = copied.filter_map(|copy| copy.from.as_ref()).map(|from| from.text.as_deref());
    // A RUN may copy some of what it mounts into the image.
    let known = |text: &'_ str| !text.contains('$');
    let mounted = view.runs().flat_map(|(_, run)| run.mounts());
    let mounted = mounted.filter(|mount| {
        let source = mount.source().unwrap_or("/");
        may_hold_a_python(known(source).then_some(source))
    });
    let mounted = mounted.filter_map(Mount::origin).map(|from| known(from).then_some(from));
    let mut scripts: Vec<Script> = view.scripts().into_iter().map(|(_, script)| script).collect();
    scripts.extend(view.entry().map(|entry| match entry {
        Entry::Exec(words) => {
            Script::of_words(words.iter().map(|word| (word.as_str(), Span::at(0))))
        }
        Entry::Shell(text) => Script::of_text(&Text::new(&text)),
    }));
    let programs = scripts.iter().flat_map(programs_with_substituted);
    let taken = copied.chain(mounted).filter_map(|from| of_another(file, from));
    taken.chain(programs.flat_map(|program| brought(&program))).collect()
}

/// Whether a path of an image may have a Python in it, of which artefacts are built elsewhere. That of an official image is in
/// `/usr/local`; others are installed into `/opt` or at home. `/usr/src` is for what is built.
fn may_hold_a_python(path: Option<&str>) -> bool {
    let Some(path) = path.map(normal) else { return true };
    let mut parts = path.split('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("" | "opt" | "root", _) => true,
        ("usr", within) => within != Some("src"),
        (first, _) => is_pattern(first),
    }
}

/// The Python of what a COPY or a mount takes files from, if that is built from an official image of Python.
fn of_another(file: &Dockerfile, from: Option<&str>) -> Option<Other> {
    let Some(named) = from else { return Some(Other::Unknown) };
    let by_index = || named.parse().ok().and_then(|index| file.stage_at(index));
    let image = match file.stage(named).or_else(by_index) {
        Some(stage) => stage.base_image().cloned()?,
        None => ImageReference::parse(named),
    };
    if image.repository != PYTHON {
        return None;
    }
    match version_of(&image) {
        Some(version) => may_run_modules(version).then_some(Other::Named(version)),
        None => Some(Other::Unknown),
    }
}

/// Whether modules may run on a Python that is named besides the base's; older ones are there for something else.
fn may_run_modules(version: PythonVersion) -> bool {
    version >= ANY[0]
}

/// The Pythons that a program of the image may bring, or is of.
fn brought(program: &Program) -> Vec<Other> {
    if program.name() == "rm" {
        return Vec::new();
    }
    let words = || std::iter::once(&program.word).chain(&program.arguments).map(|it| it.as_str());
    let named: Vec<Other> = words().flat_map(named).map(Other::Named).collect();
    if !named.is_empty() {
        return named;
    }
    if BRINGING_PROGRAMS.contains(&program.name()) || words().any(names_a_bringer) {
        return vec![Other::Unknown];
    }
    let first = program.arguments.first().map(|word| word.as_str());
    match program.name() {
        // It installs into what is there.
        "uv" if first == Some("pip") => Vec::new(),
        "uv" if first == Some("python") || words().any(chooses_a_python) => vec![Other::Unknown],
        "uv" => vec![Other::OfProject],
        _ => Vec::new(),
    }
}

/// Whether a word tells `uv` which Python it is to take.
fn chooses_a_python(word: &str) -> bool {
    word == "-p" || word.split('=').next() == Some("--python")
}

/// Whether a word names a program that brings Pythons, as `/opt/conda/bin/pip` and `Miniconda3-latest.sh` do.
fn names_a_bringer(word: &str) -> bool {
    let mut parts = word.split(|c: char| !c.is_alphanumeric());
    parts.any(|part| {
        let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
        BRINGERS.iter().any(|bringer| name.eq_ignore_ascii_case(bringer))
    })
}

/// The Pythons that a word names, as `python3.12-venv` does.
fn named(word: &str) -> impl Iterator<Item = PythonVersion> {
    word.split("python3.").skip(1).filter_map(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let minor = rest.get(..digits)?.parse().ok()?;
        Some(PythonVersion::new(3, minor)).filter(|version| may_run_modules(*version))
    })
}

#[cfg(test)]
mod tests;
