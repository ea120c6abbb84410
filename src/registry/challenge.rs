//! Parses a registry's challenge: `WWW-Authenticate` (RFC 9110, section 11.6.1).

/// What the registry demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token that is issued at another address.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
    /// A user name and a password.
    Basic,
}

/// Parses the first challenge of a header, if its scheme is supported.
pub(super) fn parse(header: &str) -> Option<Challenge> {
    let header = header.trim();
    let (scheme, rest) = header.split_once(char::is_whitespace).unwrap_or((header, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service, mut scope) = (None, None, None);
    for (name, value) in parameters(rest) {
        match name.to_ascii_lowercase().as_str() {
            "realm" => realm = Some(value),
            "service" => service = Some(value),
            "scope" => scope = Some(value),
            _ => {}
        }
    }
    Some(Challenge::Bearer { realm: realm?, service, scope })
}

/// Parses `name="value", name=value`; a quoted value may contain commas and escaped quotes.
fn parameters(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches(|c: char| c == ',' || c.is_whitespace()).to_owned();
        let after = after.trim_start();
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = after.find([',', ' ']).unwrap_or(after.len());
                let (value, behind) = after.split_at(end);
                (value.to_owned(), behind)
            }
        };
        found.push((name, value));
        rest = behind;
    }
    found
}

/// A value up to its closing quote, and the rest.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            plain => value.push(plain),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Option<Challenge> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Some(Challenge::Bearer {
            realm: realm.to_owned(),
            service: owned(service),
            scope: owned(scope),
        })
    }

    #[test]
    fn challenges_of_registries() {
        assert_eq!(
            parse(
                r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull""#
            ),
            bearer("https://ghcr.io/token", Some("ghcr.io"), Some("repository:a/b:pull"))
        );
        assert_eq!(
            parse(r#"bearer error="x,y" , Realm=https://a/t,scope="r:\"q\",pull""#),
            bearer("https://a/t", None, Some("r:\"q\",pull"))
        );
        assert_eq!(parse("Basic realm=\"x\""), Some(Challenge::Basic));
        for other in
            ["", "Negotiate", "Bearer", "Bearer realm", "Bearer service=\"x\"", "Bearer =\""]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
