//! Multipart forms (RFC 7578).

/// A part of a form.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) value: &'a [u8],
}

/// Splits a body into its parts, in order; `None` if it is not a multipart form.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = rest.trim().strip_prefix("boundary=")?.trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let first = format!("--{boundary}\r\n");
    let between = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        let head_end = find(rest, b"\r\n\r\n")?;
        let (head, behind) = rest.split_at(head_end);
        let behind = behind.get(4..)?;
        let end = find(behind, between.as_bytes())?;
        let (value, after) = behind.split_at(end);
        parts.push(part(std::str::from_utf8(head).ok()?, value)?);
        let after = after.get(between.len()..)?;
        if after.starts_with(b"--") {
            return Some(parts);
        }
        rest = after.strip_prefix(b"\r\n")?;
    }
}

fn part<'a>(head: &str, value: &'a [u8]) -> Option<Part<'a>> {
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    })?;
    let of = |wanted: &str| {
        disposition.split(';').skip(1).find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == wanted).then(|| value.trim_matches('"').to_owned())
        })
    };
    disposition.starts_with("form-data").then_some(())?;
    Some(Part { name: of("name")?, file_name: of("filename"), value })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_form_is_taken_apart_and_a_broken_one_is_none() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            Content-Disposition: form-data; name=\"content\"; filename=\"f.whl\"\r\n\r\n\r\n--\r\n--x--\r\n";
        let read = parts("multipart/form-data; boundary=x", body).expect("a form");
        assert_eq!((read[0].name.as_str(), read[0].value), ("a", &b"1"[..]));
        assert_eq!((read[1].file_name.as_deref(), read[1].value), (Some("f.whl"), &b"\r\n--"[..]));
        let cut = body.get(..body.len() - 8).expect("shorter");
        assert!(parts("multipart/form-data; boundary=x", cut).is_none());
        assert!(parts("application/json", body).is_none());
    }
}
