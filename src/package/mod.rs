//! The packaging engine: builds a wheel and an sdist from a folder of modules, reproducible to the byte.
//!
//! From a [`Description`] (`package.yaml`) and a snapshot of its source folder, or from any finished distribution,
//! derives the contents of a build, the bytes of artefacts, and facts about them (symbols, imports, metadata). Rules
//! about those facts are in `checks::distribution` and `checks::compatibility`; uploading is for releases.
//!
//! | file | what it owns |
//! |---|---|
//! | [`description`] | `package.yaml`: what the package is, and the closed list of its modules |
//! | [`init`] | creating a first description from a folder, or updating one |
//! | [`distribution`] | any wheel or sdist, read without trusting it |
//! | [`modules`] | the Python modules of a distribution, decoded and parsed |
//! | [`symbols`] | the names that modules offer to each other and to others |
//! | [`inventory`] | the list compared with the folder: what is included, and where the two differ |
//! | [`tree`] | the files of the package, with their imports rewritten |
//! | [`project`] | a description with everything it names, read from disk or a commit |
//! | [`build`] | wheel, sdist and folder in one pass, and the gate before it |
//! | [`metadata`], [`pyproject`], [`dependencies`] | metadata for an index, an installer and a build backend |
//! | [`archive`] | zip, tar.gz, folder and listing, identical on every machine |
//! | [`name`], [`licence`] | names of distributions, modules and entry points; licence expressions |
//! | [`license_files`] | the files that a glob of `license-files` means |
//! | [`interface`] | a distribution at one version, as its importers see it |
//! | [`smoke`] | a wheel in a fresh environment: what can be imported |
//! | [`version`] | versions as given to a build |

pub mod archive;
pub mod build;
pub mod dependencies;
pub mod description;
pub mod distribution;
pub mod init;
pub mod interface;
pub mod inventory;
pub mod licence;
pub mod license_files;
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
