//! A request that failed: whether the forge gave no answer, or one that refuses it.

use crate::doctor::{Examined, Group, State};
use crate::forge::{ForgeError, ForgeErrorKind};

/// What to do about a limit.
const LIMITED: &str = "the forge answers: try again once its limit is over";

/// What to do about a request of the examination that failed.
pub(super) fn what_to_do(error: &ForgeError) -> &'static str {
    if error.kind == ForgeErrorKind::Limited {
        return LIMITED;
    }
    match error.status {
        // An error of the server passes; what it refuses, it refuses again.
        Some(400..=499) => {
            "the forge answers, and refuses this: `shipshape doctor --permissions` lists what each command needs of a token"
        }
        _ => "try again: the forge did not answer this",
    }
}

/// The forge, which was asked and does not do what it was asked for.
pub(super) fn of_forge(address: &str, error: &ForgeError) -> Examined {
    let examined = |found: String| Examined::new(Group::Forge, "forge", State::Fails, found);
    match error.kind {
        // An App that got no token.
        ForgeErrorKind::Unauthorized if error.hint.is_some() => {
            examined(format!("{address} does not accept the credential: {error}"))
                .hint(error.hint.clone().unwrap_or_default())
        }
        ForgeErrorKind::Unauthorized => {
            examined(format!("{address} does not accept the token: {}", error.said))
                .hint("it has expired or was revoked: create a new one")
        }
        ForgeErrorKind::Limited => examined(format!("{address} limits requests: {error}")).hint(LIMITED),
        _ if let Some(status @ 400..=499) = error.status => {
            let said = match error.said.as_str() {
                "" => String::new(),
                said => format!(": {said}"),
            };
            examined(format!("{address} answers `{}` with {status}{said}", error.request))
                .hint(
                    "is it the address of a forge's API, and may the token, if one is given, do this? A proxy is taken \
                     from HTTPS_PROXY, and may refuse as well",
                )
        }
        _ => examined(format!("{address} did not answer: {error}"))
            .hint(match &error.hint {
                // This hint names the proxy, if there is one.
                Some(hint) if error.kind == ForgeErrorKind::Unreachable => hint.clone(),
                _ => "is the address right, and can this machine reach it? A proxy is taken from HTTPS_PROXY".to_owned(),
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: Option<u16>, kind: ForgeErrorKind, said: &str) -> ForgeError {
        ForgeError { status, ..ForgeError::new(kind, "GET /rate_limit", said) }
    }

    #[test]
    fn who_refuses_has_answered() {
        let refused = failed(Some(403), ForgeErrorKind::Forbidden, "SSO is required");
        let found = of_forge("https://forge.example", &refused).found;
        let says = "https://forge.example answers `GET /rate_limit` with 403: SSO is required";
        assert_eq!(found, says);
        assert!(what_to_do(&refused).starts_with("the forge answers, and refuses this"));
        let limited = failed(Some(403), ForgeErrorKind::Limited, "the hourly limit is used up");
        assert_eq!(what_to_do(&limited), LIMITED);
        let found = of_forge("https://forge.example", &limited).found;
        assert!(found.starts_with("https://forge.example limits requests: "), "{found}");
        let down = failed(Some(502), ForgeErrorKind::Unavailable, "it answered 502");
        let lost = failed(None, ForgeErrorKind::Unreachable, "connection refused");
        for error in [down, lost] {
            let found = of_forge("https://forge.example", &error).found;
            assert!(found.starts_with("https://forge.example did not answer: "), "{found}");
            assert_eq!(what_to_do(&error), "try again: the forge did not answer this");
        }
    }
}
