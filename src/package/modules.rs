//! The Python modules of a distribution, decoded and parsed once, in parallel.
//!
//! [`Modules`] contains for each `*.py` its text and summary, or the reason that there is none, and builds the symbol
//! table. A file is decoded as in Python: UTF-8, or what the comment in its first two lines declares (PEP 263). Other
//! encodings are read only if they have one byte per character; their non-ASCII characters do not matter for the names
//! that are compared here.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::distribution::{Distribution, site_path};
use super::rewrite::{MAX_MODULE_BYTES, Reason, encoding};
use super::symbols::{Place, SymbolTable, Unread};
use crate::snapshot::RepoPath;
use crate::source::python::Module;
use crate::source::{Position, SyntaxError, Text};

/// Why there is no summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is invalid in the encoding in which Python would read it.
    #[error("{reason}{}", .position.map(|at| format!(" (line {})", at.line)).unwrap_or_default())]
    Undecodable {
        /// The reason.
        reason: Reason,
        /// The position, if there is one.
        position: Option<Position>,
    },
    /// It exceeds the limit for parsing.
    #[error("has {0} bytes, more than the limit of {MAX_MODULE_BYTES}")]
    TooLarge(usize),
    /// Its encoding is not supported here.
    #[error("is in the encoding `{0}`, which is not supported")]
    Encoding(String),
    /// It is not valid Python.
    #[error("{0}")]
    Syntax(SyntaxError),
}

/// A `*.py` file.
#[derive(Clone, Debug)]
pub struct PythonFile {
    /// Its path in the distribution.
    pub path: RepoPath,
    /// Its path relative to the folder that Python searches.
    pub site: RepoPath,
    /// Its text, if it could be decoded.
    pub text: Option<Text>,
    /// Its summary.
    pub module: Result<Arc<Module>, Broken>,
}

/// All modules of a distribution.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    /// Its `*.py` files by site path.
    pub files: BTreeMap<RepoPath, PythonFile>,
    /// The site paths of its extension modules and compiled ones.
    pub binaries: Vec<RepoPath>,
    /// The site paths of modules in the archive that were not read.
    pub withheld: Vec<RepoPath>,
}

impl Modules {
    /// Reads the modules of a wheel or a tree. For an sdist there are none: it has to be built first.
    #[must_use]
    pub fn of(distribution: &Distribution) -> Self {
        let mut modules = Self::read(distribution.site_files());
        let withheld = distribution.withheld.iter().filter_map(site_path);
        modules.withheld = withheld.filter(|site| Place::of(site).is_some()).collect();
        modules
    }

    /// Reads modules, given as site path, display path and content.
    pub fn read<'f>(
        files: impl IntoIterator<Item = (RepoPath, &'f RepoPath, &'f Arc<[u8]>)>,
    ) -> Self {
        let mut sources = Vec::new();
        let mut binaries = Vec::new();
        for (site, path, bytes) in files {
            if site.as_str().ends_with(".py") {
                sources.push((site, path, bytes));
            } else if Place::of(&site).is_some_and(|place| place.is_binary) {
                binaries.push(site);
            }
        }
        let files = sources.into_par_iter().map(|(site, path, bytes)| {
            let (text, module) = read(bytes);
            (site.clone(), PythonFile { path: path.clone(), site, text, module })
        });
        Self { files: files.collect(), binaries, withheld: Vec::new() }
    }

    /// The symbol table of the modules.
    #[must_use]
    pub fn symbols(&self) -> SymbolTable {
        let mut parsed = Vec::new();
        let mut unread: Vec<(RepoPath, Unread)> =
            self.binaries.iter().map(|site| (site.clone(), Unread::Binary)).collect();
        unread.extend(self.withheld.iter().map(|site| (site.clone(), Unread::Unparsable)));
        for (site, file) in &self.files {
            match &file.module {
                Ok(module) => parsed.push((site.clone(), Arc::clone(module))),
                Err(_) => unread.push((site.clone(), Unread::Unparsable)),
            }
        }
        SymbolTable::of(parsed, unread)
    }
}

/// Decodes a file as the rewriter does, so that the two cannot differ: non-ASCII characters of a single-byte encoding
/// are masked, since no name that is compared here can contain one.
fn read(bytes: &[u8]) -> (Option<Text>, Result<Arc<Module>, Broken>) {
    if bytes.len() > MAX_MODULE_BYTES {
        return (None, Err(Broken::TooLarge(bytes.len())));
    }
    let decoded = match encoding::decode(bytes) {
        Ok(decoded) => decoded,
        Err((Reason::Encoding(name), _)) => return (None, Err(Broken::Encoding(name))),
        Err((reason, position)) => return (None, Err(Broken::Undecodable { reason, position })),
    };
    let text = Text::new(decoded.as_str());
    let module = Module::parse_within(&text, MAX_MODULE_BYTES).map(Arc::new);
    let module = module.map_err(|error| match decoded.syntax_error(&error) {
        // Python may accept a name there that is masked here.
        Reason::NotAsciiCode(cookie) => Broken::Encoding(cookie),
        _ => Broken::Syntax(error),
    });
    (Some(text), module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_decoded_as_python_does() {
        assert!(read("x = 'é'\n".as_bytes()).1.is_ok());
        assert!(read(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n").1.is_ok());
        assert!(
            read(b"#!/usr/bin/python\n# vim: set fileencoding=ISO_8859-15 :\nx = '\xe9'\n")
                .1
                .is_ok()
        );
        for bytes in [
            &b"x = '\xe9'\n"[..],
            b"x = 1\n# coding: latin-1\n'\xe9'\n",
            b"# coding: utf-8\n'\xe9'\n",
        ] {
            assert!(matches!(read(bytes).1, Err(Broken::Undecodable { .. })));
        }
        let broken = read(b"# coding: shift_jis\n'\xe9'\n").1;
        assert_eq!(broken, Err(Broken::Encoding("shift_jis".into())));
        let named = read(b"# coding: cp1251\n\xef\xf0 = 1\n").1;
        assert_eq!(named, Err(Broken::Encoding("cp1251".into())));
        assert!(matches!(read(b"x = (\n").1, Err(Broken::Syntax(_))));
        assert!(matches!(read(b"x = '\0'\n").1, Err(Broken::Undecodable { .. })));
    }
}
