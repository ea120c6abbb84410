use super::*;
use crate::forge::Token;

fn states(scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let uses = Uses::of(None);
    of_scopes(&scopes, uses, &|_| String::new())
        .iter()
        .map(|it| format!("{} {:?}\n", it.name, it.state))
        .collect()
}

#[test]
fn scopes_include_others_and_some_are_too_much() {
    assert_eq!(
        states(&["repo", "workflow", "admin:org", "write:packages", "delete_repo"]),
        "scope repo Works\nscope workflow Works\nscope read:org Works\nscope read:packages Works\nscopes Limited\n"
    );
    assert_eq!(
        states(&["public_repo"]),
        "scope repo Limited\nscope workflow Missing\nscope read:org Missing\nscope read:packages Missing\n"
    );
}

#[test]
fn every_permission_that_is_tried_is_one_that_some_command_needs() {
    for permission in PROBES.map(|(permission, _)| permission).into_iter().chain(UNTOLD) {
        let commands = commands_with(permission);
        assert!(!commands.is_empty() && commands.len() < 400, "{permission}: {commands}");
    }
    assert!(commands_with("contents").contains("; writing in "));
    assert!(
        commands_with("secrets").contains("`drift --settings`"),
        "{}",
        commands_with("secrets")
    );
}

#[test]
fn a_member_that_is_not_seen_is_named_and_all_green_is_said_of_all() {
    let name = RepositoryName::new("acme", "hidden");
    let one = [(&name, "it is not there".to_owned())];
    assert_eq!(seen(12, 12, 12, &[]).found, "12 of 12 can be read");
    let some = seen(11, 12, 12, &one);
    assert_eq!(
        (some.state, some.found.as_str()),
        (State::Limited, "11 of 12 can be read; not `acme/hidden`: it is not there")
    );
    assert_eq!(seen(0, 1, 1, &one).state, State::Fails);
    // A disabled member says nothing of the token; an empty one is seen.
    assert_eq!(seen(0, 2, 1, &one).state, State::Fails);
    assert_eq!(seen(0, 2, 2, &one).state, State::Limited);
}

#[test]
fn a_budget_is_low_before_it_is_empty() {
    let budgets = |remaining| Budgets {
        core: Budget { limit: 5000, remaining, reset: 160 },
        ..Budgets::default()
    };
    assert_eq!(left(&budgets(4000), 100.0).state, State::Works);
    let low = left(&budgets(100), 100.0);
    assert_eq!(
        (low.state, low.hint.as_deref()),
        (State::Limited, Some("the limit is reset in 1 min; commands wait for it"))
    );
    assert_eq!(left(&budgets(0), 100.0).state, State::Fails);
}

#[test]
fn where_a_token_was_found_is_told_and_never_the_token() {
    let address = ForgeAddress::parse("https://github.com").expect("an address");
    let token = Token::new("ghp_hunter2").expect("a token");
    let found =
        Found { credential: Credential::Token(token), place: "GH_TOKEN".to_owned(), but: None };
    let examined = credential(&address, &found);
    assert_eq!(examined.found, "personal access token (classic), from GH_TOKEN");
    let but = Some("`gh auth token`: exit code 1: the keyring is locked".to_owned());
    let none = Found { credential: Credential::Anonymous, place: "nowhere".to_owned(), but };
    let examined = credential(&address, &none);
    let says = "no token was found; `gh auth token`: exit code 1: the keyring is locked";
    assert_eq!((examined.state, examined.found.as_str()), (State::Fails, says));
}
