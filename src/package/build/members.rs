//! Members of artefacts besides the package itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};
use crate::package::archive::{Listed, Member};
use crate::package::metadata::{self, Metadata};
use crate::package::project::Project;
use crate::package::pyproject;

/// The members around the package.
#[derive(Debug)]
pub(super) struct Parts {
    /// Name and version, `acme_runtime-0.1.6`.
    pub(super) stem: String,
    /// The first members of an sdist.
    pub(super) head: Vec<Member>,
    /// The last members of a wheel, except `RECORD`.
    pub(super) tail: Vec<Member>,
}

impl Parts {
    pub(super) fn of(project: &Project, metadata: &Metadata) -> Result<Self> {
        let core = metadata.core();
        let package = &project.document.description.package;
        let mut head = vec![
            Member::new("PKG-INFO", core.clone().into_bytes()),
            Member::new("pyproject.toml", pyproject::render(metadata, package).into_bytes()),
        ];
        if let Some((file, readme)) = &metadata.readme {
            head.push(Member::new(file.as_str(), readme.clone().into_bytes()));
        }
        for (path, bytes) in &project.licenses {
            // One file may be both the readme and the licence.
            if !head.iter().any(|member| member.path == *path && *member.bytes == **bytes) {
                head.push(Member::new(path.as_str(), Arc::clone(bytes)));
            }
        }
        collisions(&head, package, project)?;
        let stem = metadata.stem();
        let tail = tail(&stem, &core, metadata.entry_points(), &project.licenses);
        Ok(Self { stem, head, tail })
    }

    /// `RECORD`: every member of the wheel with its hash and size, and itself without them.
    pub(super) fn record(&self, members: &[Listed]) -> Member {
        let mut text = String::with_capacity(members.len() * 96);
        for member in members {
            text.push_str(&field(&member.path));
            text.push_str(",sha256=");
            // URL-safe base64 without padding (PEP 376).
            URL_SAFE_NO_PAD.encode_string(member.sha256, &mut text);
            text.push_str(&format!(",{}\n", member.size));
        }
        let path = format!("{}.dist-info/RECORD", self.stem);
        text.push_str(&format!("{},,\n", field(&path)));
        Member::new(path, text.into_bytes())
    }
}

/// The `.dist-info` of a wheel, without `RECORD`.
pub(super) fn tail(
    stem: &str,
    core: &str,
    entry_points: Option<String>,
    licenses: &[(String, Arc<[u8]>)],
) -> Vec<Member> {
    let named = |name: &str, bytes: Vec<u8>| Member::new(format!("{stem}.dist-info/{name}"), bytes);
    let mut tail = vec![
        named("METADATA", core.to_owned().into_bytes()),
        named("WHEEL", metadata::wheel_file().into_bytes()),
    ];
    tail.extend(entry_points.map(|text| named("entry_points.txt", text.into_bytes())));
    tail.extend(licenses.iter().map(|(path, bytes)| {
        Member::new(format!("{stem}.dist-info/licenses/{path}"), Arc::clone(bytes))
    }));
    tail
}

/// Checks that no file beside the package collides with another.
fn collisions(head: &[Member], package: &str, project: &Project) -> Result<()> {
    let mut seen = BTreeSet::from([package.to_lowercase(), "dist".to_owned()]);
    for member in head {
        let path = member.path.to_lowercase();
        let first = path.split('/').next().unwrap_or_default();
        let below = first != path
            && seen.contains(first)
            && (first == "dist" || first == package.to_lowercase());
        if below || !seen.insert(path) {
            let message = format!("`{}` would replace another file of the sdist", member.path);
            let error = Error::usage(message).in_file(&project.document.file);
            return Err(error.hint("give the readme or the licence another name"));
        }
    }
    Ok(())
}

/// A field of a line in `RECORD`, which is CSV.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_comma_is_quoted() {
        assert_eq!(field("a/b.py"), "a/b.py");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
