//! Line-based files of formats that [`ordered_lines`](super::ordered_lines) does not know: missing lines can only be
//! appended.
//!
//! That is safe for a list of requirements, where each line stands alone. Elsewhere the meaning of a line may depend on
//! its place: below a target of a Makefile, in a section, in a block of a script. There the edit needs a review, and
//! none is offered where the place is known to matter.

use super::ordered_lines::Standing;
use super::structured::managed_lines;
use crate::source::ignore_lines::Lines;
use crate::source::{Text, TextEdit};

/// Compares a text with the lines of a canon.
pub(super) fn compare(path: &str, canon: &str, text: &Text) -> Standing {
    let present = Lines::of(path, text.as_str());
    let missing: Vec<String> =
        managed_lines(canon).filter(|line| !present.have(line)).map(str::to_owned).collect();
    let body = text.as_str();
    // A file without managed lines takes the canon as it is.
    let is_blank = managed_lines(body).next().is_none();
    let has_place = !is_blank
        && (missing.iter().any(|line| line.starts_with([' ', '\t']))
            || has_sections(body)
            || is_continued(body));
    let edits = (!has_place).then(|| vec![at_the_end(text, &missing)]);
    let safe = !has_place && is_list_of_requirements(path) && stand_alone(body, &missing);
    Standing { missing, overruled: Vec::new(), edits, safe }
}

fn at_the_end(text: &Text, lines: &[String]) -> TextEdit {
    let (body, line_end) = (text.as_str(), text.line_end());
    let mut addition = String::new();
    if !body.is_empty() && !body.ends_with(['\n', '\r']) {
        addition.push_str(line_end);
    }
    for line in lines {
        addition.push_str(line);
        addition.push_str(line_end);
    }
    TextEdit::insert(body.len(), addition)
}

/// Whether a text has sections (`[section]`), to the last of which an appended line would belong.
fn has_sections(text: &str) -> bool {
    managed_lines(text).any(|line| line.starts_with('[') && line.ends_with(']'))
}

/// Whether the last line of a text is continued, so that an appended line would be a part of it.
fn is_continued(body: &str) -> bool {
    body.trim_end().ends_with('\\')
}

/// Whether the file at a path is a list of package requirements, in any order: `requirements-dev.txt`,
/// `constraints.in`.
fn is_list_of_requirements(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let Some((stem, "txt" | "in")) = name.rsplit_once('.') else { return false };
    let is_so_called = |name: &str| name.contains("requirements") || name.contains("constraints");
    is_so_called(stem) || folder.rsplit('/').next().is_some_and(is_so_called)
}

/// Whether the missing lines mean nothing for the other lines of the body: no option, no package that it names, no
/// continuation of its last line, and a hash where the others have one.
fn stand_alone(body: &str, missing: &[String]) -> bool {
    let named: Vec<String> = managed_lines(body).map(package).collect();
    let is_option = |line: &String| line.starts_with('-');
    // With one hash in a file, pip demands one of every line: <https://pip.pypa.io/en/stable/topics/secure-installs/>.
    let has_hashes = match named.is_empty() {
        true => missing.iter().any(|line| is_hashed(line)),
        false => managed_lines(body).any(is_hashed),
    };
    !is_continued(body)
        && !managed_lines(body).any(is_opaque)
        && !missing.iter().any(|line| {
            is_option(line) || named.contains(&package(line)) || is_hashed(line) != has_hashes
        })
}

/// Whether a line installs packages that it does not name at its start: another file, an editable, a URL or a path.
fn is_opaque(line: &str) -> bool {
    const OPTIONS: [&str; 6] = ["-r", "--requirement", "-c", "--constraint", "-e", "--editable"];
    let line = line.trim_start();
    let first = line.split([' ', '@']).next().unwrap_or_default();
    OPTIONS.iter().any(|option| line.starts_with(option)) || first.contains('/')
}

/// Whether a line gives a hash, or demands hashes.
fn is_hashed(line: &str) -> bool {
    line.contains("--hash") || line.trim_start().starts_with("--require-hashes")
}

/// The normalized name of the package that a line begins with.
fn package(line: &str) -> String {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = line.trim_start().chars().take_while(is_part).map(|c| c.to_ascii_lowercase());
    name.map(|c| if matches!(c, '_' | '.') { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(path: &str, canon: &str, text: &str) -> (Option<String>, bool) {
        let text = Text::new(text);
        let standing = compare(path, canon, &text);
        let edited =
            |edits: Vec<TextEdit>| text.edited(&edits).expect("edited").as_str().to_owned();
        (standing.edits.map(edited), standing.safe)
    }

    #[test]
    fn only_a_list_of_requirements_takes_a_line_at_its_end_unseen() {
        let safe = |path: &str, text: &str| compared(path, "acme-core>=2\n", text).1;
        for path in
            ["requirements.txt", "requirements-dev.txt", "requirements/dev.in", "constraints.txt"]
        {
            assert!(safe(path, "flask\n"), "{path}");
        }
        for path in ["run.sh", "settings.env", "notes.txt", "Makefile"] {
            assert!(!safe(path, "flask\n"), "{path}");
        }
        assert!(!safe("requirements.txt", "Acme_Core==1\n"), "two lines of one package");
        assert!(!safe("requirements.txt", "flask \\\n"), "the line would go on with it");
        let hashed = "six==1.0 --hash=sha256:00\n";
        for (canon, text) in [
            ("acme-core>=2\n", hashed),
            ("acme-core>=2\n", "--require-hashes\n-r base.txt\n"),
            (hashed, "flask\n"),
            ("--require-hashes\n", hashed),
            ("--index-url https://a.example/simple\n", "flask\n"),
            ("-r more.txt\n", ""),
        ] {
            assert!(!compared("requirements.txt", canon, text).1, "{canon} in {text}");
        }
        for text in ["", "flask==3 \\\n    --hash=sha256:00\n"] {
            assert!(compared("requirements.txt", hashed, text).1, "{text}");
        }
        let (edited, _) = compared("run.sh", "set -e\n", "echo a");
        assert_eq!(edited.as_deref(), Some("echo a\nset -e\n"));
    }

    #[test]
    fn where_its_place_says_what_a_line_means_none_is_put_in() {
        let (edited, _) =
            compared("Makefile", "test:\n\tgo test ./...\n", "clean:\n\trm -rf build\n");
        assert_eq!(edited, None);
        let (edited, _) = compared("app.ini", "[log]\nlevel = warn\n", "[log]\n[db]\nhost = x\n");
        assert_eq!(edited, None);
        let (edited, safe) = compared("Makefile", "test:\n\tgo test ./...\n", "");
        assert_eq!((edited.as_deref(), safe), (Some("test:\n\tgo test ./...\n"), false));
        for (path, text) in [("run.sh", "echo a \\"), ("requirements.txt", "flask \\\n\n")] {
            assert_eq!(compared(path, "acme-core>=2\n", text).0, None, "{text}");
        }
    }
}
