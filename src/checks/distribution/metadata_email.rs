//! Email addresses that are not valid.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP868",
    id: "metadata-email",
    severity: Severity::Error,
    summary: "Mail addresses of authors and maintainers are addresses.",
    protects: "whoever publishes: the index refuses the file. And users, who cannot reach the authors.",
    details: "`name@example.com` or `A Person <name@example.com>`, several with commas between them (RFC 822). A \
              domain needs a dot. Whether mail to it is read is not checked.",
    fails: ("text", "Author-email: Acme Team <team at acme>"),
    passes: ("text", "Author-email: Acme Team <team@acme.example>"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for name in ["Author-email", "Maintainer-email"] {
        let Some(field) = metadata.value.one(name) else { continue };
        if field.value.is_empty() || field.value == "UNKNOWN" {
            continue;
        }
        for address in addresses(&field.value) {
            if !is_address(&address) {
                let message = format!("`{address}` is not a mail address");
                let help = "write it like `A Person <person@example.com>`";
                findings.push(at_field(&RULE, metadata, field, message).help(help));
            }
        }
    }
}

/// The addresses of a list, without names and comments.
fn addresses(list: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in list.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => parts.push(String::new()),
            // A quoted name may contain commas and other special characters.
            _ if quoted => {}
            _ => parts.iter_mut().last().into_iter().for_each(|part| part.push(character)),
        }
    }
    let address = |part: &String| {
        let inner = part.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        inner.map_or(part.as_str(), |(address, _)| address).trim().to_owned()
    };
    // An unquoted name with a comma yields a part without an address; mail readers split it the same way.
    let all: Vec<String> = parts.iter().map(address).filter(|part| !part.is_empty()).collect();
    let real: Vec<String> = all.iter().filter(|part| part.contains('@')).cloned().collect();
    if real.is_empty() { all } else { real }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let sound = |c: char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '(' | ')' | '@')
    };
    !local.is_empty()
        && local.chars().all(sound)
        && domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_behind_names() {
        let list = "\"Person, A\" <a@example.com>, b@example.org, Person, C <c@example.net>";
        assert_eq!(addresses(list), ["a@example.com", "b@example.org", "c@example.net"]);
        assert!(addresses(list).iter().all(|address| is_address(address)));
        for text in
            ["team at acme", "a@b", "@example.com", "a b@example.com", "a@-x.com", "a@x..com"]
        {
            assert!(!is_address(text), "{text}");
        }
    }
}
