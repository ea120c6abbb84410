//! The accounts that a script adds with `useradd` or either `adduser`.

use super::{Program, Script, Word, programs_of};
use crate::source::text::Span;

/// An added account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// The user id as written; `None` if the system chooses it.
    pub uid: Option<String>,
    /// The span of the user id.
    pub uid_span: Option<Span>,
    /// Whether its user id may be that of another account, by `useradd --non-unique`.
    pub shares_uid: bool,
    /// Whether it may be content with an account of its name that exists: Debian's `adduser --system`.
    pub keeps_existing: bool,
    /// Whether it is one of the system, whose user id is chosen below those of others.
    pub is_system: bool,
    /// Whether it may be an existing account that joins a group: `adduser $NAME GROUP`, unless `$NAME` holds options.
    pub may_exist: bool,
    /// The span of the whole command.
    pub span: Span,
    /// Whether the name or user id contains an expansion.
    pub dynamic: bool,
}

/// The long options with a value, of shadow's useradd, Debian's and BusyBox's adduser.
const LONG_WITH_VALUE: [&str; 24] = [
    "--base-dir",
    "--comment",
    "--home-dir",
    "--home",
    "--expiredate",
    "--inactive",
    "--gid",
    "--groups",
    "--ingroup",
    "--key",
    "--password",
    "--root",
    "--shell",
    "--uid",
    "--gecos",
    "--prefix",
    "--conf",
    "--skel",
    "--selinux-user",
    "--selinux-range",
    "--firstuid",
    "--lastuid",
    "--firstgid",
    "--lastgid",
];

/// Returns the accounts that a script's commands add, in order.
#[must_use]
pub fn accounts_added(script: &Script) -> Vec<Account> {
    programs_of(script).iter().filter_map(account).collect()
}

/// The account that a command adds.
fn account(program: &Program) -> Option<Account> {
    // The options with a value differ. `-h`, `-g` and `-G` mean other things to BusyBox but take a value in both; `-D`
    // is a flag in both when a name follows. Only useradd has `-o`, for `--non-unique`.
    let (short_with_value, sharing) = match program.name() {
        "useradd" => ("bcdefgGkKpRPsuZ", Some('o')),
        // On Fedora it is another name of useradd.
        "adduser" => ("bcdefghGkKpPRsuZ", None),
        _ => return None,
    };
    let is_adduser = program.name() == "adduser";
    let mut is_system = false;
    let mut keeps_existing = false;
    let mut shares_uid = false;
    let mut uid: Option<(String, Span, bool)> = None;
    let mut operands: Vec<&Word> = Vec::new();
    let mut words = program.arguments.iter();
    while let Some(word) = words.next() {
        let text = word.as_str();
        if let Some((option, value)) = text.split_once('=').filter(|_| text.starts_with("--")) {
            if option == "--uid" {
                let at = word.text.offset(text.len() - value.len());
                uid = Some((value.to_owned(), Span::new(at, at + value.len()), word.dynamic));
            }
        } else if text.starts_with("--") {
            shares_uid |= text == "--non-unique";
            is_system |= text == "--system";
            keeps_existing |= is_adduser && text == "--system";
            if LONG_WITH_VALUE.contains(&text) {
                let value = words.next();
                if text == "--uid" {
                    uid = value.map(|value| (value.as_str().to_owned(), value.span, value.dynamic));
                }
            }
        } else if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let valued = letters.find(|letter| short_with_value.contains(letter));
            let flags = letters.get(..valued.unwrap_or(letters.len())).unwrap_or_default();
            shares_uid |= sharing.is_some_and(|letter| flags.contains(letter));
            // The letters of useradd and of BusyBox.
            is_system |= flags.contains(['r', 'S']);
            let Some(at) = valued else { continue };
            let is_uid = letters.get(at..).is_some_and(|rest| rest.starts_with('u'));
            let attached = letters.get(at + 1..).unwrap_or_default();
            if attached.is_empty() {
                let value = words.next();
                if is_uid {
                    uid = value.map(|value| (value.as_str().to_owned(), value.span, value.dynamic));
                }
            } else if is_uid {
                let start = word.text.offset(text.len() - attached.len());
                uid = Some((attached.to_owned(), Span::new(start, word.span.end), word.dynamic));
            }
        } else {
            operands.push(word);
        }
    }
    let name = *operands.first()?;
    // With a second operand `adduser` adds no account: that is the group that an existing one joins.
    let joins = is_adduser && operands.len() > 1;
    if joins && !name.dynamic {
        return None;
    }
    Some(Account {
        name: name.as_str().to_owned(),
        name_span: name.span,
        dynamic: name.dynamic || uid.as_ref().is_some_and(|(_, _, dynamic)| *dynamic),
        uid_span: uid.as_ref().map(|(_, span, _)| *span),
        uid: uid.map(|(uid, _, _)| uid),
        shares_uid,
        keeps_existing,
        is_system,
        may_exist: joins,
        span: program.span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::text::Text;

    fn added(script: &str) -> Vec<(String, Option<String>)> {
        accounts_added(&Script::of_text(&Text::new(script)))
            .into_iter()
            .map(|account| (account.name, account.uid))
            .collect()
    }

    #[test]
    fn every_spelling_of_a_uid() {
        for script in [
            "useradd -u 1000 -m -s /bin/bash agent",
            "useradd --uid 1000 agent",
            "useradd --uid=1000 --create-home agent",
            "useradd -mu 1000 agent",
            "useradd -u1000 agent",
            "useradd -m agent -u 1000",
            "adduser --uid 1000 --disabled-password --gecos '' agent",
            "adduser -u 1000 -D agent",
            "apt-get update && useradd \\\n  -m \\\n  -u 1000 agent",
        ] {
            assert_eq!(added(script), [("agent".into(), Some("1000".into()))], "{script}");
        }
    }

    #[test]
    fn a_shared_uid_is_an_option_of_useradd() {
        let shares =
            |script: &str| accounts_added(&Script::of_text(&Text::new(script)))[0].shares_uid;
        for script in ["useradd -o -u 1000 a", "useradd -mou1000 a", "useradd a --non-unique"] {
            assert!(shares(script), "{script}");
        }
        for script in ["useradd -u 1000 a", "useradd -d /o -so a", "adduser -o a"] {
            assert!(!shares(script), "{script}");
        }
    }

    #[test]
    fn who_joins_a_group_is_not_added() {
        for script in ["adduser agent audio", "adduser --quiet agent audio", "adduser a $GROUP"] {
            assert_eq!(added(script), [], "{script}");
        }
        let may_exist =
            |script: &str| accounts_added(&Script::of_text(&Text::new(script)))[0].may_exist;
        assert!(may_exist("adduser $NAME audio"));
        for script in ["adduser $NAME", "adduser --firstuid 1000 a", "adduser -k /skel a"] {
            assert!(!may_exist(script), "{script}");
        }
    }

    #[test]
    fn accounts_of_the_system_are_told_apart() {
        let is_system =
            |script: &str| accounts_added(&Script::of_text(&Text::new(script)))[0].is_system;
        for script in ["useradd -r a", "useradd -mr a", "useradd --system a", "adduser -SDH a"] {
            assert!(is_system(script), "{script}");
        }
        for script in ["useradd -m a", "useradd -R /root a", "useradd -s r a", "adduser -D a"] {
            assert!(!is_system(script), "{script}");
        }
    }

    #[test]
    fn other_accounts_are_other_accounts() {
        assert_eq!(added("useradd -u 1001 not-agent"), [("not-agent".into(), Some("1001".into()))]);
        assert_eq!(added("useradd -g 1000 agent"), [("agent".into(), None)]);
        assert_eq!(added("# useradd -u 1000 agent\necho useradd -u 1000 agent"), []);
        assert_eq!(added("useradd -c 1000 -d /home/agent x"), [("x".into(), None)]);
        assert_eq!(added("adduser -c 1000 -d /home/agent x"), [("x".into(), None)]);
        assert_eq!(added("useradd --skel /etc/skel x"), [("x".into(), None)]);
    }
}
