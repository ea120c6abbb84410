//! Maps paths of the image back to the paths of the build context copied there.

use crate::source::text::Span;

/// `NAME_MAX` of Linux, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// A part of the build context that is copied into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied<'d> {
    /// Path or pattern in the context, without a leading `./` or slash; empty for the whole
    /// context.
    pub source: String,
    /// The span of the source.
    pub source_span: Span,
    /// Absolute path in the image.
    pub destination: &'d str,
    /// Whether the destination is a directory, into which a file is copied under its own name.
    pub into_folder: bool,
    /// The span of the whole instruction.
    pub span: Span,
}

impl Copied<'_> {
    /// Returns the context paths that this copy may put at a path of the image.
    pub(super) fn candidates(&self, path: &str) -> Vec<String> {
        let folder = self.destination.trim_end_matches('/');
        let inside = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let mut found = Vec::new();
        if self.source.is_empty() {
            found.extend(inside.map(str::to_owned));
            return found;
        }
        let (parent, name) = match self.source.rsplit_once('/') {
            Some((parent, name)) => (format!("{parent}/"), name),
            None => (String::new(), self.source.as_str()),
        };
        if is_pattern(&self.source) {
            let first = inside.map(|inside| inside.split('/').next().unwrap_or(inside));
            if let Some(inside) = inside.filter(|_| first.is_some_and(|f| matches_pattern(name, f)))
            {
                found.push(format!("{parent}{inside}"));
            }
            return found;
        }
        if !self.into_folder && path == self.destination {
            found.push(self.source.clone());
        }
        if let Some(inside) = inside {
            // A file keeps its name in a directory; of a directory the content is copied.
            if self.into_folder && inside == name {
                found.push(self.source.clone());
            }
            found.push(format!("{}/{inside}", self.source));
        }
        found
    }
}

/// Whether Docker treats a source as a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Go's `filepath.Match`, except that a character class matches any one character.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    if name.len() > MAX_NAME_BYTES {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let last_close = pattern.iter().rposition(|c| *c == ']').unwrap_or(0);
    let (mut at, mut pos, mut star) = (0, 0, None);
    while pos < name.len() {
        let class = at < last_close && pattern.get(at) == Some(&'[');
        let class_end = if class {
            pattern.iter().skip(at).position(|c| *c == ']').map(|length| at + length + 1)
        } else {
            None
        };
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, pos));
                at += 1;
            }
            Some('[') if class_end.is_some() => {
                at = class_end.unwrap_or(at + 1);
                pos += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(pos) => {
                at += 1;
                pos += 1;
            }
            _ => match star {
                Some((star_at, star_pos)) => {
                    at = star_at + 1;
                    pos = star_pos + 1;
                    star = Some((star_at, star_pos + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}
