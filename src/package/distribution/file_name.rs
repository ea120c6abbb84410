//! Parses the file name of a wheel or an sdist.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::Kind;

/// The parts of a wheel's name (PEP 427).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelName {
    /// The distribution as written.
    pub distribution: String,
    /// The version as written.
    pub version: String,
    /// The build tag, which starts with a digit.
    pub build: Option<String>,
    /// The Python tags, split at `.`.
    pub python: Vec<String>,
    /// The ABI tags.
    pub abi: Vec<String>,
    /// The platform tags.
    pub platform: Vec<String>,
}

/// The parts of an sdist's name (PEP 625).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdistName {
    /// The distribution as written.
    pub distribution: String,
    /// The version as written.
    pub version: String,
}

/// A well-formed file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileName {
    /// The name of a wheel.
    Wheel(WheelName),
    /// The name of an sdist.
    Sdist(SdistName),
    /// The name of a tree, which is not a file.
    Tree(String),
}

/// Why a file name is malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// A wheel's name does not have five parts, or six with a build tag.
    #[error("has {0} parts between its dashes, not five, or six with a build tag")]
    Parts(usize),
    /// The distribution's name contains characters other than letters, digits, `_` and `.`.
    #[error("`{0}` is not the name of a distribution")]
    Distribution(String),
    /// The version is invalid according to PEP 440.
    #[error("`{0}` is not a version")]
    Version(String),
    /// The build tag does not start with a digit.
    #[error("the build tag `{0}` does not begin with a digit")]
    Build(String),
    /// A tag is empty or contains characters other than letters, digits and `_`.
    #[error("`{0}` is not a tag")]
    Tag(String),
    /// An sdist's name is not `NAME-VERSION.tar.gz`.
    #[error("has no dash between a name and a version")]
    NoVersion,
}

impl FileName {
    /// Parses a file name.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(kind: Kind, file_name: &str) -> Result<Self, FileNameError> {
        match kind {
            Kind::Wheel => WheelName::parse(without_end(file_name, ".whl")).map(Self::Wheel),
            Kind::Sdist => SdistName::parse(without_end(file_name, ".tar.gz")).map(Self::Sdist),
            Kind::Tree => Ok(Self::Tree(file_name.to_owned())),
        }
    }

    /// The distribution as written.
    #[must_use]
    pub fn distribution(&self) -> &str {
        match self {
            Self::Wheel(name) => &name.distribution,
            Self::Sdist(name) => &name.distribution,
            Self::Tree(name) => name,
        }
    }

    /// The version as written; `None` for a tree.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Wheel(name) => Some(&name.version),
            Self::Sdist(name) => Some(&name.version),
            Self::Tree(_) => None,
        }
    }
}

fn without_end<'n>(name: &'n str, end: &str) -> &'n str {
    let stem = name.len().saturating_sub(end.len());
    name.get(..stem).unwrap_or(name)
}

impl WheelName {
    fn parse(stem: &str) -> Result<Self, FileNameError> {
        let parts: Vec<&str> = stem.split('-').collect();
        let (distribution, version, build, tags) = match *parts {
            [distribution, version, python, abi, platform] => {
                (distribution, version, None, [python, abi, platform])
            }
            [distribution, version, build, python, abi, platform] => {
                (distribution, version, Some(build), [python, abi, platform])
            }
            _ => return Err(FileNameError::Parts(parts.len())),
        };
        check_distribution(distribution)?;
        check_version(version)?;
        if let Some(build) = build
            && !build.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(FileNameError::Build(build.to_owned()));
        }
        let [python, abi, platform] = tags.map(tags_of);
        Ok(Self {
            distribution: distribution.to_owned(),
            version: version.to_owned(),
            build: build.map(str::to_owned),
            python: python?,
            abi: abi?,
            platform: platform?,
        })
    }

    /// Every tag that the name expands to, such as `py3-none-any`, in order.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        let mut tags = Vec::new();
        for python in &self.python {
            for abi in &self.abi {
                tags.extend(
                    self.platform.iter().map(|platform| format!("{python}-{abi}-{platform}")),
                );
            }
        }
        tags
    }
}

impl SdistName {
    fn parse(stem: &str) -> Result<Self, FileNameError> {
        let (distribution, version) = stem.rsplit_once('-').ok_or(FileNameError::NoVersion)?;
        // PEP 625 demands `_` for `-` in the name, which another rule reports.
        check_distribution(&distribution.replace('-', "_"))?;
        check_version(version)?;
        Ok(Self { distribution: distribution.to_owned(), version: version.to_owned() })
    }
}

fn check_distribution(name: &str) -> Result<(), FileNameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let sound = !name.is_empty()
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if sound { Ok(()) } else { Err(FileNameError::Distribution(name.to_owned())) }
}

/// In a file name, a version has `_` for `-`, and by an old convention for the `+` of a local version.
fn check_version(version: &str) -> Result<(), FileNameError> {
    match Version::from_str(&version.replace('_', "-")).or_else(|_| Version::from_str(version)) {
        Ok(_) => Ok(()),
        Err(_) => Err(FileNameError::Version(version.to_owned())),
    }
}

fn tags_of(text: &str) -> Result<Vec<String>, FileNameError> {
    let sound =
        |tag: &str| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    // The tags are expanded to their product. No real file has this many.
    if text.split('.').count() > 32 {
        return Err(FileNameError::Tag(text.to_owned()));
    }
    match text.split('.').find(|tag| !sound(tag)) {
        Some(_) => Err(FileNameError::Tag(text.to_owned())),
        None => Ok(text.split('.').map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wheel(name: &str) -> Result<FileName, FileNameError> {
        FileName::parse(Kind::Wheel, name)
    }

    #[test]
    fn names_are_taken_apart() {
        let Ok(FileName::Wheel(name)) = wheel("a_b-1.0-2x-py2.py3-none-any.whl") else {
            panic!("a wheel's name");
        };
        assert_eq!((name.distribution.as_str(), name.version.as_str()), ("a_b", "1.0"));
        assert_eq!(name.build.as_deref(), Some("2x"));
        assert_eq!(name.tags(), ["py2-none-any", "py3-none-any"]);
        let sdist = FileName::parse(Kind::Sdist, "my-name-1.0rc1.tar.gz").expect("an sdist's name");
        assert_eq!((sdist.distribution(), sdist.version()), ("my-name", Some("1.0rc1")));
    }

    #[test]
    fn names_that_are_none_say_why() {
        use FileNameError::{Build, Distribution, NoVersion, Parts, Tag, Version};
        assert_eq!(wheel("a-1.0-any.whl"), Err(Parts(3)));
        assert_eq!(wheel(".whl"), Err(Parts(1)));
        assert_eq!(wheel("a b-1.0-py3-none-any.whl"), Err(Distribution("a b".into())));
        assert_eq!(wheel("a-x-py3-none-any.whl"), Err(Version("x".into())));
        assert_eq!(wheel("a-1-b-py3-none-any.whl"), Err(Build("b".into())));
        assert_eq!(wheel("a-1-py3-no+ne-any.whl"), Err(Tag("no+ne".into())));
        assert_eq!(FileName::parse(Kind::Sdist, "a.tar.gz"), Err(NoVersion));
        assert!(wheel("a-1.0+local.1-py3-none-any.whl").is_ok());
        assert!(wheel("a-1.0_local.1-py3-none-any.whl").is_err());
    }
}
