//! Lists of targets: one member per line, from a file or from standard input.

use std::path::Path;

use crate::error::Error;
use crate::fleet::{Fleet, Member};
use crate::source::typed::nearest;
use crate::source::{Span, Text};

/// The members that a list names, each once, in the order of the list. Empty lines and what follows `#` are ignored.
/// `named` is the name of the list in errors.
///
/// # Errors
/// Every line that does not name exactly one member, with its number.
pub fn read<'f>(
    named: &Path,
    bytes: &[u8],
    fleet: &'f Fleet,
) -> Result<Vec<&'f Member>, Vec<Error>> {
    let text = Text::decode(bytes)
        .map_err(|error| vec![Error::usage(format!("the list {error}")).in_file(named)])?;
    let (mut members, mut problems): (Vec<&Member>, Vec<Error>) = (Vec::new(), Vec::new());
    let mut start = 0;
    for line in text.as_str().split_inclusive('\n') {
        let word = line.split('#').next().unwrap_or_default();
        let at = start + (word.len() - word.trim_start().len());
        start += line.len();
        let word = word.trim();
        if word.is_empty() {
            continue;
        }
        match one(fleet, word) {
            Ok(member) if members.iter().any(|known| std::ptr::eq(*known, member)) => {}
            Ok(member) => members.push(member),
            Err(problem) => {
                let place = Span::new(at, at + word.len());
                let error = Error::usage(problem.0).at(named, &text, place);
                problems.push(error.hint(problem.1));
            }
        }
    }
    if problems.is_empty() { Ok(members) } else { Err(problems) }
}

/// The one member that a word names, or else what is wrong and a hint.
fn one<'f>(fleet: &'f Fleet, word: &str) -> Result<&'f Member, (String, String)> {
    if word.split_whitespace().count() > 1 {
        let hint = "one member per line; `#` starts a comment".to_owned();
        return Err((format!("`{word}` is more than one word"), hint));
    }
    let word = word.strip_prefix("https://").map_or(word, after_host).trim_end_matches(".git");
    let mut found = fleet.meant(word);
    match (found.next(), found.next()) {
        (Some(member), None) => Ok(member),
        (Some(_), Some(_)) => {
            Err((format!("several members are called `{word}`"), "name the repository".to_owned()))
        }
        (None, _) => {
            let known: Vec<String> = fleet.members.iter().flat_map(Member::names).collect();
            let hint = match nearest(word, known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`shipshape fleet list` names them".to_owned(),
            };
            Err((format!("no member of the fleet is called `{word}`"), hint))
        }
    }
}

/// The `owner/name` part of an address.
fn after_host(address: &str) -> &str {
    address.split_once('/').map_or(address, |(_, path)| path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet() -> Fleet {
        let text = "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { w: { prefix: t- } }\nmembers: [alpha, beta]\n";
        Fleet::parse(Path::new("fleet.yaml"), text.as_bytes()).expect("a fleet")
    }

    fn slugs(list: &str) -> Result<Vec<String>, Vec<String>> {
        let fleet = fleet();
        read(Path::new("targets.txt"), list.as_bytes(), &fleet)
            .map(|members| members.iter().map(|member| member.slug.clone()).collect())
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn comments_are_ignored_and_repetitions_count_once() {
        let list = "# all\nbeta  # first\n\n  t-alpha\nacme/t-beta\nhttps://forge.example/acme/t-alpha.git\n";
        assert_eq!(slugs(list), Ok(vec!["beta".to_owned(), "alpha".to_owned()]));
    }

    #[test]
    fn every_wrong_line_is_told() {
        let errors = slugs("alpha\nalpa\nalpha beta\n").expect_err("two wrong lines");
        assert_eq!(errors.len(), 2);
        assert!(errors[0].contains("alpa"), "{errors:?}");
    }
}
