//! Copies a scalar of another document as it is spelled there.

use serde::de::IgnoredAny;

use super::super::same::spelling;
use super::super::{Dialect, Document, Node, Path, Style};
use super::verify::Tree;
use super::{EditRefused, Edits, json, set_scalar, write_scalar};

/// Changes a scalar into that of another document of the same dialect, in the other's spelling: `0644` stays `0644` and
/// `1.20` stays `1.20`, whatever value they have in the dialect, and quotes stay those of the source.
///
/// A block scalar, one of several lines, a string that would not stay itself where it goes, and what is not JSON where
/// that is wanted are written as [`set_scalar`] does, unless readers take it differently: then nothing but its spelling is right.
///
/// # Errors
/// As for [`set_scalar`], when the source is not a scalar, and when its spelling cannot be kept.
pub fn copy_scalar(document: &Document, path: &Path, source: Node<'_>) -> Edits {
    let source = source.resolved();
    let Some(value) = source.value() else {
        let span = document.root().span();
        return Err(EditRefused::new(span, "the value to copy is not a scalar"));
    };
    let is_json = json::is_json(document)?;
    let fits = |written: &&str| !is_json || serde_json::from_str::<IgnoredAny>(written).is_ok();
    let copied = as_written(source).filter(fits).map(|written| {
        write_scalar(
            document,
            path,
            value,
            |_| written.to_owned(),
            |tree| match document.dialect() {
                // There the type of a date is kept like a tag, which comes with the text.
                Dialect::Toml => *tree = Tree::of_node(source.document(), source.id()),
                Dialect::Yaml11 | Dialect::Yaml12 => tree.set_value(value),
            },
        )
    });
    match (copied, spelling(source)) {
        (Some(Ok(edits)), _) => Ok(edits),
        (Some(refused), Some(_)) => refused,
        (None, Some(_)) => {
            let span = document.root().span();
            Err(EditRefused::new(span, "the spelling of the value to copy cannot be kept"))
        }
        (_, None) => set_scalar(document, path, value),
    }
}

/// Returns the source text of a scalar that can stand on any line.
fn as_written(source: Node<'_>) -> Option<&str> {
    let written = source.document().text().slice(source.body());
    let is_block = matches!(source.style(), Some(Style::Literal | Style::Folded));
    (!is_block && !written.is_empty() && !written.contains(['\n', '\r'])).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;

    fn read(text: &str, dialect: Dialect) -> Document {
        Document::parse(&Text::new(text), dialect).expect(text)
    }

    /// The text after the scalar `a` of `from` was copied into `to`.
    #[track_caller]
    fn copied(from: &str, to: &str, dialect: Dialect) -> Result<String, EditRefused> {
        let (source, target) = (read(from, dialect), read(to, dialect));
        let at: Path = "a".parse().expect("a path");
        let edits = copy_scalar(&target, &at, source.at(&at).expect(from))?;
        Ok(target.text().edited(&edits).expect("sound edits").as_str().to_owned())
    }

    #[test]
    fn a_scalar_keeps_its_spelling() {
        for spelled in [
            "0644",
            "1.20",
            "3.10",
            "010",
            "007",
            "no",
            "y",
            "0xFE",
            "2024-01-01",
            "12:30:45",
            "1e3",
            "True",
            "~",
            "word",
            "'quoted'",
            "\"quo\\x74ed\"",
        ] {
            for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
                for old in ["5", "old", "'old'", "\"old\""] {
                    let after = copied(
                        &format!("a: {spelled} # canon\n"),
                        &format!("# own\na: {old} # own\nb: 1\n"),
                        dialect,
                    );
                    let wanted = format!("# own\na: {spelled} # own\nb: 1\n");
                    assert_eq!(after, Ok(wanted), "{spelled} for {old}");
                }
            }
        }
    }

    #[test]
    fn toml_and_json_keep_it_too() {
        for spelled in ["0o640", "0xFE", "1.20", "1_000", "2e3", "2024-01-01", "'C:\\x'", "\"x\""] {
            for old in ["5", "true", "\"old\"", "1999-12-31"] {
                let after =
                    copied(&format!("a = {spelled}\n"), &format!("a = {old} # b\n"), Dialect::Toml);
                assert_eq!(after, Ok(format!("a = {spelled} # b\n")), "{spelled} for {old}");
            }
        }
        for spelled in ["1.20", "2e3", "null", "true", "\"x\"", "\"\\u00e9\""] {
            let (from, to) = (format!("{{\"a\": {spelled}}}\n"), "{\"a\": 5}\n");
            assert_eq!(copied(&from, to, Dialect::Yaml12), Ok(from.clone()));
        }
    }

    #[test]
    fn what_cannot_be_copied_is_written_only_where_it_is_the_same_to_every_reader() {
        let copied = |from: &str, to: &str| copied(from, to, Dialect::Yaml12);
        assert_eq!(copied("a: |-\n  x\n", "a: y\n"), Ok("a: x\n".to_owned()));
        assert_eq!(copied("a: x\n  y\n", "a: y\n"), Ok("a: x y\n".to_owned()));
        assert_eq!(copied("a:\n", "a: y\n"), Ok("a: null\n".to_owned()));
        assert_eq!(copied("a: x, y\n", "{a: z}\n"), Ok("{a: \"x, y\"}\n".to_owned()));
        assert_eq!(copied("a: !!str 010\n", "a: y\n"), Ok("a: \"010\"\n".to_owned()));
        assert_eq!(copied("a: 010\n", "a: !!str 10\n"), Ok("a: 010\n".to_owned()));
        assert_eq!(copied("a: abc\n", "a: !!int 2 # b\n"), Ok("a: abc # b\n".to_owned()));
        assert_eq!(copied("a: 3\n", "a: !!int 2\n"), Ok("a: !!int 3\n".to_owned()));
        assert_eq!(copied("a: b\n", "a: &c !!null\n"), Ok("a: &c b\n".to_owned()));
        assert_eq!(copied("a: word\n", "{\"a\": 5}\n"), Ok("{\"a\": \"word\"}\n".to_owned()));
        assert!(copied("a: 010\n", "{\"a\": 5}\n").is_err());
        assert!(copied("a: [010]\n", "a: 10\n").is_err());
    }
}
