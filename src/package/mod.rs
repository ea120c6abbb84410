//! One packaging engine: a folder of modules in, a wheel and an sdist out, the same to the byte every time.
//!
//! In: a [`Description`] (`package.yaml`) and a snapshot of its source folder; or a finished distribution
//! of anybody's. Out: what a build would contain, bytes of artefacts, and facts about them (symbols,
//! imports, metadata). Rules about those facts stand in `checks::distribution` and
//! `checks::compatibility`; uploading is for releases.
//!
//! | file | what it owns |
//! |---|---|
//! | [`description`] | `package.yaml`: what the package is, and the closed list of its modules |
//! | [`distribution`] | a wheel or an sdist of anybody's, read without trust |
//! | [`modules`] | the Python modules of a distribution, decoded and parsed |
//! | [`rewrite`] | imports of its modules moved under the package, byte by byte |
//! | [`symbols`] | what modules offer to each other and to others |

pub mod description;
pub mod distribution;
pub mod modules;
pub mod rewrite;
pub mod symbols;

pub use description::Description;
pub use distribution::Distribution;
