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
//! | [`init`] | a first description out of a folder, or one brought up to date |
//! | [`distribution`] | a wheel or an sdist of anybody's, read without trust |
//! | [`modules`] | the Python modules of a distribution, decoded and parsed |
//! | [`symbols`] | what modules offer to each other and to others |
//! | [`inventory`] | the list against the folder: what goes in, and where the two differ |
//! | [`tree`] | the files of the package, with their imports moved |
//! | [`project`] | a description with all that it names, read from disk or a commit |
//! | [`build`] | wheel, sdist and folder in one pass; the gate before it |
//! | [`metadata`], [`pyproject`], [`dependencies`] | what an index, an installer and a build backend are told |
//! | [`archive`] | zip, tar.gz, folder and listing, the same to the byte on every machine |
//! | [`name`], [`licence`] | names of distributions, modules and entry points; licence expressions |
//! | [`interface`] | a distribution at one version, as those see it who import it |
//! | [`smoke`] | a wheel in a fresh environment: what can be imported |
//! | [`version`] | versions as a build is given them |

pub mod archive;
pub mod build;
pub mod dependencies;
pub mod description;
pub mod distribution;
pub mod init;
pub mod interface;
pub mod inventory;
pub mod licence;
pub mod metadata;
pub mod modules;
pub mod name;
pub mod project;
pub mod pyproject;
pub mod rewrite;
pub mod smoke;
pub mod symbols;
pub mod tree;
pub mod version;

pub use description::Description;
pub use distribution::Distribution;
pub use inventory::Inventory;
pub use tree::PackageTree;
