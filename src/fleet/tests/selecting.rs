//! Members that are meant by names, kinds, owners.

use super::*;

const MEMBERS: &str = "kinds:
  workspace: { prefix: w-, owner: platform }
  plugin: { prefix: p- }
members: [w-a, w-ab, p-c, { slug: d, kind: workspace, owner: agents, profile: wrapped }, { repository: w-old, retired: 2026-01-01 }]
";

fn select(terms: &[&str]) -> String {
    let fleet = fleet(MEMBERS);
    match Selection::parse(terms).and_then(|selection| {
        let members = selection.of(&fleet)?;
        Ok(members.iter().map(|member| member.slug.as_str()).collect::<Vec<_>>().join(" "))
    }) {
        Ok(slugs) => slugs,
        Err(error) => format!("{error} [{}]", error.hints().join("; ")),
    }
}

#[test]
fn terms_of_one_field_add_up_and_of_several_must_all_hold() {
    assert_eq!(select(&[]), "a ab c d");
    assert_eq!(select(&["a", "acme/p-c"]), "a c");
    assert_eq!(select(&["kind=workspace"]), "a ab d");
    assert_eq!(select(&["kind=workspace", "owner=platform"]), "a ab");
    assert_eq!(select(&["!w-a*", "!profile=wrapped"]), "c");
    assert_eq!(select(&["a*", "kind=plugin"]), "");
}

#[test]
fn retired_members_are_meant_only_by_name() {
    assert_eq!(select(&["old"]), "old");
    assert_eq!(select(&["w-*"]), "a ab d");
}

#[test]
fn a_term_that_selects_nothing_is_an_error() {
    assert_eq!(
        select(&["kind=worspace"]),
        "`kind=worspace` selects no member of the fleet [did you mean `workspace`?]"
    );
    assert_eq!(
        select(&["kid=plugin"]),
        "cannot select members by `kid` [did you mean `kind=plugin`?]"
    );
    assert!(select(&["!"]).starts_with("`!` selects nothing"));
}

#[test]
fn a_glob_that_is_none_is_refused() {
    let errors = errors("kinds: { k: { select: { glob: 'setup-[' } } }\nmembers: [a]\n");
    let is_it = |error: &String| error.starts_with("`setup-[` is not a glob: ");
    assert!(matches!(&errors[..], [only] if is_it(only)), "{errors:?}");
}
