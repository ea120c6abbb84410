//! Opens a place with the library.

use bollard::{ClientVersion, Docker};

use crate::images::engine::{EngineFault, EngineFaultKind, Place};

/// Seconds to wait for the head of an answer; pulls have no such limit.
const ANSWER: u64 = 120;

/// The library requires a version but does not send it: each engine uses its own.
const VERSION: &ClientVersion = &ClientVersion { major_version: 1, minor_version: 41 };

/// Opens a place without connecting yet.
pub(super) fn open(place: &Place) -> Result<Docker, EngineFault> {
    let unreachable = |why: &str| EngineFault::new(EngineFaultKind::Unreachable, why);
    match place {
        Place::Socket(path) => {
            let text = path.to_str().ok_or_else(|| unreachable("its path is not UTF-8"))?;
            // The library reports a socket without permission as missing.
            match path.metadata() {
                Ok(_) => Ok(Docker::connect_with_unix(text, ANSWER, VERSION)?),
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    Err(EngineFault::new(EngineFaultKind::Denied, &error.to_string()))
                }
                Err(_) => Err(unreachable("there is no such socket")),
            }
        }
        Place::Port(address) => Ok(Docker::connect_with_http(address, ANSWER, VERSION)?),
    }
}
