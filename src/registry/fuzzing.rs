//! The properties that a fuzz target checks on a registry's responses.

use super::challenge::{self, Challenge};
use super::document::{Manifest, Platform, choose, configuration, manifest};
use super::reference::{Reference, is_digest};
use crate::edge::network::fuzzing::first_line;

/// Checks a line, parsed as a challenge and as an image's name, and a document.
///
/// A challenge survives being written and parsed again; everything that a manifest names is named by a digest; a valid
/// image name is parsed back from its display form and points to no other host.
pub fn answer(input: &[u8]) {
    let (line, document) = first_line(input);
    let line = String::from_utf8_lossy(line);
    if let Some(challenge) = challenge::parse(&line) {
        assert_eq!(challenge::parse(&written(&challenge)), Some(challenge));
    }
    if let Ok(reference) = Reference::parse(&line) {
        let text = reference.to_string();
        assert_eq!(Reference::parse(&text).ok(), Some(reference), "{text}");
    }
    match manifest(document) {
        Ok(Manifest::Index(listed)) => {
            let chosen = choose(&listed, &Platform::new("linux", "amd64"));
            assert_eq!(chosen.is_none(), listed.is_empty());
            assert!(listed.iter().all(|(_, blob)| is_digest(&blob.digest)));
        }
        Ok(Manifest::Image { configuration, layers }) => {
            let layers = layers.iter().map(|layer| &layer.blob);
            assert!(layers.chain([&configuration]).all(|blob| is_digest(&blob.digest)));
        }
        Err(why) => assert!(!why.is_empty()),
    }
    let _ = configuration(document).map(|configured| configured.platform.to_string());
}

fn written(challenge: &Challenge) -> String {
    let Challenge::Bearer { realm, service, scope } = challenge else { return "Basic".to_owned() };
    let quoted = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = format!("Bearer realm={}", quoted(realm));
    for (name, value) in [("service", service), ("scope", scope)] {
        if let Some(value) = value {
            text.push_str(&format!(",{name}={}", quoted(value)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::network::fuzzing::every_seed;

    #[test]
    fn seeds_hold() {
        every_seed("registry", answer);
    }
}
