//! The form of an upload: `:action=file_upload`, core metadata as fields, and the file, as multipart/form-data.
//!
//! The fields have the names that PyPI reads: core metadata in lower case with `_`, in the plural where PyPI uses it. A
//! field that occurs several times is sent several times. Indexes ignore fields they do not know, so fields without a
//! name here are left out.

use super::Parcel;
use crate::digest::hexadecimal;
use crate::error::{Error, Result};
use crate::package::distribution::{Distribution, FileName, Kind};

/// Fields of core metadata (2.4, and those that 2.5 adds) with their names in the form.
const FIELDS: &[(&str, &str)] = &[
    ("Metadata-Version", "metadata_version"),
    ("Name", "name"),
    ("Version", "version"),
    ("Summary", "summary"),
    ("Description-Content-Type", "description_content_type"),
    ("Keywords", "keywords"),
    ("Home-page", "home_page"),
    ("Download-URL", "download_url"),
    ("Author", "author"),
    ("Author-email", "author_email"),
    ("Maintainer", "maintainer"),
    ("Maintainer-email", "maintainer_email"),
    ("License", "license"),
    ("License-Expression", "license_expression"),
    ("License-File", "license_file"),
    ("Classifier", "classifiers"),
    ("Platform", "platform"),
    ("Supported-Platform", "supported_platform"),
    ("Requires-Python", "requires_python"),
    ("Requires-Dist", "requires_dist"),
    ("Requires-External", "requires_external"),
    ("Provides-Dist", "provides_dist"),
    ("Obsoletes-Dist", "obsoletes_dist"),
    ("Provides-Extra", "provides_extra"),
    ("Project-URL", "project_urls"),
    ("Dynamic", "dynamic"),
    ("Import-Name", "import_names"),
    ("Import-Namespace", "import_namespaces"),
];

/// The metadata of a distribution as form fields.
///
/// # Errors
/// When it has no metadata, or its name does not say what kind it is.
pub(super) fn fields(read: &Distribution) -> Result<Vec<(&'static str, String)>> {
    let Some(metadata) = &read.metadata else {
        return Err(Error::failed("this distribution has no metadata, so no index accepts it")
            .hint("`shipshape package check` lists everything that is wrong with it"));
    };
    let mut fields =
        vec![(":action", "file_upload".to_owned()), ("protocol_version", "1".to_owned())];
    for field in &metadata.value.fields {
        let known = FIELDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field.name));
        if let Some((_, name)) = known {
            fields.push((name, field.value.clone()));
        }
    }
    if let Some(body) = metadata.value.body {
        fields.push(("description", metadata.text.slice(body).to_owned()));
    }
    let (kind, python) = match (read.kind, read.name()) {
        (Kind::Sdist, Ok(_)) => ("sdist", "source".to_owned()),
        (Kind::Wheel, Ok(FileName::Wheel(name))) => ("bdist_wheel", name.python.join(".")),
        (_, Err(why)) => {
            return Err(Error::failed(format!("the name `{}` {why}", read.file_name)));
        }
        _ => return Err(Error::failed(format!("`{}` is not a distribution", read.file_name))),
    };
    fields.push(("filetype", kind.to_owned()));
    fields.push(("pyversion", python));
    Ok(fields)
}

/// The document and its media type. Equal parcels result in equal bytes.
pub(super) fn document(parcel: &Parcel) -> (String, Vec<u8>) {
    let boundary = boundary(parcel);
    let mut body = Vec::with_capacity(parcel.bytes.len() + (16 << 10));
    for (name, value) in &parcel.fields {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    // The name was parsed as that of a distribution, so it contains no quote.
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        parcel.file_name
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&parcel.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A boundary that does not occur in the contents, which may be any bytes and are therefore searched.
fn boundary(parcel: &Parcel) -> String {
    use sha2::Digest as _;
    let holds = |bytes: &[u8], text: &str| {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let mut number = 0_u32;
    loop {
        let seed = format!("{}-{number}", parcel.sha256);
        let digits = hexadecimal(&sha2::Sha256::digest(seed));
        let boundary = format!("shipshape-{}", digits.get(..32).unwrap_or(&digits));
        let in_fields = parcel.fields.iter().any(|(_, value)| value.contains(&boundary));
        if !in_fields && !holds(&parcel.bytes, &boundary) {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::RepoPath;

    const METADATA: &str = "Metadata-Version: 2.4\nName: acme.runtime\nVersion: 1.0\nLicense-File: LICENSE\n\
        License-File: MIT.txt\nClassifier: A\nClassifier: B\nRequires-Dist: x>=1\nProject-URL: Home, https://a.example\n\
        X-Other: y\n\n# Naïve\n\ntext\n";

    fn wheel() -> Distribution {
        let mut read = Distribution::of_tree(
            "acme_runtime-1.0",
            [(RepoPath::new("acme_runtime/__init__.py"), std::sync::Arc::from(&b""[..]))],
            METADATA,
            None,
        );
        read.kind = Kind::Wheel;
        read.file_name = "acme_runtime-1.0-py2.py3-none-any.whl".to_owned();
        read
    }

    #[test]
    fn a_field_that_stands_twice_is_sent_twice_and_an_unknown_one_not() {
        let fields = fields(&wheel()).expect("fields");
        let of = |wanted: &str| -> Vec<&str> {
            let found = fields.iter().filter(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!(of("license_file"), ["LICENSE", "MIT.txt"]);
        assert_eq!(of("classifiers"), ["A", "B"]);
        assert_eq!(of("name"), ["acme.runtime"]);
        assert_eq!(of("description"), ["# Naïve\n\ntext\n"]);
        assert_eq!(of("pyversion"), ["py2.py3"]);
        assert_eq!(of("filetype"), ["bdist_wheel"]);
        assert!(!fields.iter().any(|(_, value)| value == "y"));
    }

    #[test]
    fn the_document_is_the_same_twice_and_its_boundary_stands_in_no_part() {
        let mut parcel = Parcel::new(&wheel(), b"bytes".to_vec(), &[]).expect("a parcel");
        let (kind, once) = document(&parcel);
        assert_eq!(document(&parcel).1, once);
        let (_, boundary) = kind.split_once("boundary=").expect("a boundary");
        let text = String::from_utf8(once).expect("UTF-8");
        assert!(text.ends_with(&format!("\r\n\r\nbytes\r\n--{boundary}--\r\n")), "{text}");
        assert!(text.contains("name=\"sha256_digest\"\r\n\r\n277089d91c0bdf4f"), "{text}");
        parcel.bytes = boundary.as_bytes().to_vec();
        assert!(!document(&parcel).0.ends_with(boundary));
    }
}
