//! A place, opened by the library.

use bollard::{ClientVersion, Docker};

use crate::images::engine::{EngineFault, EngineFaultKind, Place};

/// Seconds that an engine has for the head of an answer; a pull then takes as long as it takes.
const ANSWER: u64 = 120;

/// The library wants a version and sends none: each engine then speaks its own.
const VERSION: &ClientVersion = &ClientVersion { major_version: 1, minor_version: 41 };

/// Opens a place. Nothing is asked there yet.
pub(super) fn open(place: &Place) -> Result<Docker, EngineFault> {
    let unreachable = |why: &str| EngineFault::new(EngineFaultKind::Unreachable, why);
    match place {
        Place::Socket(path) => {
            let text = path.to_str().ok_or_else(|| unreachable("its path is no UTF-8"))?;
            // The library takes a socket that may not be looked at for one that is not there.
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
