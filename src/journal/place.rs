//! The location of a fleet's journal.
//!
//! Two fleets never share a journal, and a fleet finds its own from any working folder. Work on another forge belongs
//! to another fleet: nothing rehearsed in a sandbox exists on the real forge.

use std::path::{Path, PathBuf};

use sha2::Digest as _;

/// What distinguishes one fleet from another.
#[derive(Clone, Copy, Debug)]
pub enum FleetIdentity<'a> {
    /// A manifest and the forge it is used with.
    Manifest {
        /// The file.
        file: &'a Path,
        /// The forge's address.
        forge: &'a str,
    },
    /// An owner on a forge, without a manifest.
    Owner {
        /// The forge's address.
        forge: &'a str,
        /// The organisation or user.
        owner: &'a str,
    },
}

/// The path of a fleet's journal.
#[must_use]
pub fn state_file(state_folder: &Path, fleet_name: &str, identity: FleetIdentity<'_>) -> PathBuf {
    let identity = match identity {
        FleetIdentity::Manifest { file, forge } => {
            let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
            format!("manifest\0{}\0{}", forge.trim_end_matches('/'), file.display())
        }
        FleetIdentity::Owner { forge, owner } => {
            format!("owner\0{}\0{}", forge.trim_end_matches('/'), owner.to_lowercase())
        }
    };
    let hash = sha2::Sha256::digest(identity);
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    state_folder.join(format!("{}-{hash}", folder_name(fleet_name))).join("state.db")
}

/// A fleet's name reduced to what every file system accepts.
fn folder_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().take(40).map(plain).collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "fleet".to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fleet_has_a_file_of_its_own_whatever_it_is_called() {
        let folder = Path::new("/state");
        let owner = |owner| FleetIdentity::Owner { forge: "https://github.com/", owner };
        let one = state_file(folder, "../Acme's fleet", owner("acme"));
        assert!(one.starts_with("/state/"), "{}", one.display());
        assert_eq!(one.components().count(), 4, "{}", one.display());
        assert!(one.to_string_lossy().contains("/acme-s-fleet-"), "{}", one.display());
        assert_eq!(one, state_file(folder, "../Acme's fleet", owner("ACME")));
        assert_ne!(one, state_file(folder, "../Acme's fleet", owner("other")));
        let manifest = |forge| {
            let file = Path::new("/nowhere/fleet.yaml");
            state_file(folder, "../Acme's fleet", FleetIdentity::Manifest { file, forge })
        };
        assert_ne!(one, manifest("https://github.com"));
        assert_eq!(manifest("https://github.com/"), manifest("https://github.com"));
        assert_ne!(manifest("http://127.0.0.1:4321"), manifest("https://github.com"));
    }
}
