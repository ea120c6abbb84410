//! What fuzz targets share: a message of HTTP out of bytes, and the committed seeds of a target.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers and the body of an input: lines `name: value`, an empty line, the body. A line that can be no
/// header is left out.
pub(crate) fn message(input: &[u8]) -> (HeaderMap, &[u8]) {
    let (mut headers, mut rest) = (HeaderMap::new(), input);
    loop {
        let (line, behind) = first_line(rest);
        rest = behind;
        if line.is_empty() {
            return (headers, rest);
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = parts.next().map(<[u8]>::trim_ascii);
        let value = value.and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            // More headers than a map can hold are left out too.
            let _ = headers.try_append(name, value);
        }
    }
}

/// A line without its end, and what follows it.
pub(crate) fn first_line(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, behind) = input.split_at(end);
    (line, behind.get(1..).unwrap_or_default())
}

/// Hands each committed seed of a target to its door, so that they hold in every build, and each seed cut short.
#[cfg(test)]
pub(crate) fn every_seed(target: &str, door: impl Fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut count = 0;
    for file in files {
        let bytes = std::fs::read(file.expect("an entry").path()).expect("a seed");
        (0..=bytes.len()).for_each(|end| door(&bytes[..end]));
        count += 1;
    }
    assert!(count > 1, "{folder:?} has no seeds");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_headers_and_a_body() {
        let (headers, body) = message(b"host: a\nno header\nx-y:1 \nX-Y:2\n\nbody\n\nmore");
        assert_eq!(headers.get("host").map(HeaderValue::as_bytes), Some(&b"a"[..]));
        assert_eq!(headers.get_all("x-y").iter().count(), 2);
        assert_eq!(body, b"body\n\nmore");
        assert_eq!(message(b"host: a").1, b"");
    }
}
