//! Reads the metadata in a wheel or an sdist, independently of the client's reader.

use std::io::Read as _;

/// The most bytes of metadata that are read.
const MAX: u64 = 4 << 20;

/// The fields in order, with names in lower case, and the description last.
pub(super) type Fields = Vec<(String, String)>;

/// Returns the metadata fields of a distribution; the error says what is wrong with it.
pub(super) fn metadata(file: &str, bytes: &[u8]) -> Result<Fields, String> {
    let text = if file.ends_with(".whl") { of_wheel(file, bytes) } else { of_sdist(file, bytes) };
    Ok(fields(&text?))
}

fn of_wheel(file: &str, bytes: &[u8]) -> Result<String, String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes))
        .map_err(|_| "Invalid distribution file. File is not a zipfile".to_owned())?;
    let stem: Vec<&str> = file.split('-').take(2).collect();
    let info = format!("{}.dist-info", stem.join("-"));
    for needed in ["WHEEL", "RECORD"] {
        if archive.by_name(&format!("{info}/{needed}")).is_err() {
            return Err(format!(
                "Invalid distribution file. {needed} not found at {info}/{needed}"
            ));
        }
    }
    let path = format!("{info}/METADATA");
    let entry = archive.by_name(&path).map_err(|_| {
        format!("Wheel '{file}' does not contain the required METADATA file: {path}")
    })?;
    read(entry)
}

fn of_sdist(file: &str, bytes: &[u8]) -> Result<String, String> {
    let invalid = || "Invalid distribution file. File is not a tarfile".to_owned();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let path = format!("{}/PKG-INFO", file.trim_end_matches(".tar.gz"));
    for entry in archive.entries().map_err(|_| invalid())? {
        let entry = entry.map_err(|_| invalid())?;
        if entry.path().is_ok_and(|found| found.to_string_lossy() == path) {
            return read(entry);
        }
    }
    Err(format!("Invalid distribution file. PKG-INFO not found at {path}"))
}

fn read(entry: impl std::io::Read) -> Result<String, String> {
    let mut text = String::new();
    entry
        .take(MAX)
        .read_to_string(&mut text)
        .map_err(|_| "Invalid distribution file. Metadata cannot be read".to_owned())?;
    Ok(text)
}

fn fields(text: &str) -> Fields {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut fields: Fields = Vec::new();
    for line in head.lines() {
        match (line.starts_with([' ', '\t']), line.split_once(':'), fields.last_mut()) {
            (true, _, Some((_, value))) => {
                value.push('\n');
                value.push_str(line);
            }
            (false, Some((name, value)), _) => {
                fields.push((name.to_lowercase(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    if !body.trim().is_empty() {
        fields.push(("description".to_owned(), body.to_owned()));
    }
    fields
}
