//! Where two answers differ.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use super::Answer;

/// One place in which two answers differ.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    pub(super) call: String,
    /// `status`, a place of the body as a JSON pointer, or `all` of it.
    pub(super) place: String,
    pub(super) ours: Option<Value>,
    pub(super) theirs: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, place, ours, theirs } = self;
        write!(
            f,
            "| `{call}` | `{place}` | {} | {} |",
            shown(ours.as_ref()),
            shown(theirs.as_ref())
        )
    }
}

/// A value as a cell of the table has it.
pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or("absent".to_owned(), |value| format!("`{value}`"))
}

/// Ids of objects that differ since a date does: which of ours is which of theirs.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    ours: BTreeMap<String, String>,
    theirs: BTreeMap<String, String>,
}

impl Pairs {
    /// Where the answers to a call differ.
    pub(super) fn differences(
        &mut self,
        call: &str,
        ours: &Answer,
        theirs: &Answer,
    ) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut add = |place: &str, ours: Option<&Value>, theirs: Option<&Value>| {
            let whole = if place.starts_with('/') || place == "status" { "" } else { "all" };
            found.push(Difference {
                call: call.to_owned(),
                place: format!("{whole}{place}"),
                ours: ours.cloned(),
                theirs: theirs.cloned(),
            });
        };
        if ours.status != theirs.status {
            add("status", Some(&json!(ours.status)), Some(&json!(theirs.status)));
        } else if ours.status >= 400 {
            let (ours, theirs) = (refused(&ours.body), refused(&theirs.body));
            self.walk("/errors", Some(&ours), Some(&theirs), &mut add);
        } else {
            self.walk("", Some(&ours.body), Some(&theirs.body), &mut add);
        }
        found
    }

    fn walk<'a>(
        &mut self,
        place: &str,
        ours: Option<&'a Value>,
        theirs: Option<&'a Value>,
        add: &mut impl FnMut(&str, Option<&Value>, Option<&Value>),
    ) {
        match (ours, theirs) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
                names.sort();
                names.dedup();
                for name in names {
                    let inside = format!("{place}/{}", name.replace('/', "~1"));
                    if is_inner(place, name) {
                        let (one, other) = (whose(one.get(name)), whose(other.get(name)));
                        if one != other {
                            add(&inside, one, other);
                        }
                    } else if is_base64(name, one, other) {
                        let (one, other) = (plain(one.get(name)), plain(other.get(name)));
                        self.walk(&inside, Some(&one), Some(&other), add);
                    } else if !is_apart(name) {
                        self.walk(&inside, one.get(name), other.get(name), add);
                    }
                }
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                match (named(one), named(other)) {
                    (Some(one), Some(other)) => {
                        let order = |items: &[(&str, &Value)]| -> Value {
                            items.iter().map(|(name, _)| *name).collect()
                        };
                        let mut names: Vec<&str> =
                            one.iter().chain(&other).map(|it| it.0).collect();
                        names.sort_unstable();
                        names.dedup();
                        if one.len() == other.len()
                            && names.len() == one.len()
                            && order(&one) != order(&other)
                        {
                            add(
                                &format!("{place} in order"),
                                Some(&order(&one)),
                                Some(&order(&other)),
                            );
                        }
                        for name in names {
                            let inside = format!("{place}/{}", name.replace('/', "~1"));
                            let of = |items: &[(&str, &'a Value)]| {
                                items.iter().find(|item| item.0 == name).map(|item| item.1)
                            };
                            self.walk(&inside, of(&one), of(&other), add);
                        }
                    }
                    _ => {
                        for index in 0..one.len().max(other.len()) {
                            let inside = format!("{place}/{index}");
                            self.walk(&inside, one.get(index), other.get(index), add);
                        }
                    }
                }
            }
            (Some(Value::String(one)), Some(Value::String(other))) if self.are_pair(one, other) => {
            }
            _ if ours == theirs => {}
            _ => add(place, ours, theirs),
        }
    }

    /// Whether both are ids that stand for one another wherever they occur.
    fn are_pair(&mut self, one: &str, other: &str) -> bool {
        let is_id =
            |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id(one) || !is_id(other) {
            return false;
        }
        let mine = self.ours.entry(one.to_owned()).or_insert_with(|| other.to_owned());
        let yours = self.theirs.entry(other.to_owned()).or_insert_with(|| one.to_owned());
        mine == other && yours == one
    }
}

/// Items by what they are called, when all of them are called something.
fn named(items: &[Value]) -> Option<Vec<(&str, &Value)>> {
    items
        .iter()
        .map(|item| {
            let known = ["path", "filename", "full_name", "ref", "name", "title"];
            let name = known.iter().find_map(|key| item.get(key)?.as_str())?;
            Some((name, item))
        })
        .collect()
}

/// Whether a field holds an owner or a repository that another answer is about.
fn is_inner(place: &str, name: &str) -> bool {
    let of_end = place.ends_with("/head") || place.ends_with("/base");
    matches!(name, "owner" | "user") || (of_end && name == "repo")
}

/// Whether a field is Base64 in both.
fn is_base64(name: &str, one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let said = |all: &Map<String, Value>| all.get("encoding").is_some_and(|said| said == "base64");
    name == "content" && said(one) && said(other)
}

/// Base64 without its line ends, which are everybody's own.
fn plain(value: Option<&Value>) -> Value {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<String>().into()
}

/// Whose name it is, or which repository.
fn whose(value: Option<&Value>) -> Option<&Value> {
    value.and_then(|value| value.get("full_name").or_else(|| value.get("login")))
}

/// Ids, dates and addresses.
fn is_apart(name: &str) -> bool {
    matches!(name, "id" | "date" | "url" | "_links")
        || name.ends_with("_id")
        || name.ends_with("_at")
        || name.ends_with("_url")
}

/// What clients read of a refusal: which field of what is wrong, and how. Messages are for people.
fn refused(body: &Value) -> Value {
    let errors = body.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    let read = |error: &Value| json!({ "resource": error.get("resource"), "field": error.get("field"), "code": error.get("code") });
    errors.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer { status, body }
    }

    fn found(ours: &Answer, theirs: &Answer) -> Vec<String> {
        let found = Pairs::default().differences("a call", ours, theirs);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn values_lists_and_orders_are_told_apart() {
        let ours =
            json!({ "id": 1, "title": "a", "tree": [{ "path": "x", "size": 1 }, { "path": "y" }] });
        let theirs =
            json!({ "id": 2, "title": "a", "tree": [{ "path": "y" }, { "path": "x", "size": 2 }] });
        assert_eq!(
            found(&answer(200, ours), &answer(200, theirs)),
            [
                r#"| `a call` | `/tree in order` | `["x","y"]` | `["y","x"]` |"#,
                "| `a call` | `/tree/x/size` | `1` | `2` |",
            ]
        );
    }

    #[test]
    fn refusals_differ_by_status_and_by_what_is_wrong() {
        let refusal = |code: &str| json!({ "message": code, "errors": [{ "code": code }] });
        assert!(found(&answer(404, json!({ "message": "a" })), &answer(404, json!({}))).is_empty());
        assert_eq!(found(&answer(422, refusal("a")), &answer(422, refusal("b"))).len(), 1);
        assert_eq!(found(&answer(404, json!({})), &answer(422, json!({}))).len(), 1);
    }

    #[test]
    fn an_id_has_one_partner() {
        let id = |digit: &str| json!([digit.repeat(40)]);
        let mut pairs = Pairs::default();
        let mut differ = |ours: &str, theirs: &str| {
            pairs.differences("", &answer(200, id(ours)), &answer(200, id(theirs))).len()
        };
        assert_eq!(
            [differ("a", "b"), differ("a", "b"), differ("a", "c"), differ("d", "b")],
            [0, 0, 1, 1]
        );
    }
}
