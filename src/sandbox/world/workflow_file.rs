//! The parts of a workflow file that runs depend on: its name, the name of its runs, and the
//! dispatches that trigger it.

use serde_json::Value as Json;
use serde_yaml::Value;

/// A parsed workflow file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct WorkflowFile {
    /// The value of `name`.
    pub(in crate::sandbox) name: Option<String>,
    /// The value of `run-name`.
    pub(in crate::sandbox) run_name: Option<String>,
    /// The types of `repository_dispatch` that trigger it: `None` for none, all if the list is
    /// empty.
    dispatches: Option<Vec<String>>,
}

impl WorkflowFile {
    /// Parses a file; an invalid one is treated as empty.
    pub(super) fn read(text: &[u8]) -> Self {
        let value: Value = serde_yaml::from_slice(text).unwrap_or_default();
        let word = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        Self { name: word("name"), run_name: word("run-name"), dispatches: dispatches(&value) }
    }

    /// Whether a dispatch of a type triggers it.
    pub(super) fn hears(&self, event: &str) -> bool {
        let types = self.dispatches.as_ref();
        types.is_some_and(|types| types.is_empty() || types.iter().any(|known| known == event))
    }

    /// Returns the name of a run started by a dispatch; `None` for the default, the name of the
    /// event. Only GitHub expressions that refer to a part of the event are supported; a name with
    /// any other is ignored.
    pub(in crate::sandbox) fn dispatched_name(
        &self,
        event: &str,
        payload: &Json,
    ) -> Option<String> {
        let mut rest = self.run_name.as_deref()?;
        let mut name = String::new();
        while let Some((before, after)) = rest.split_once("${{") {
            let (expression, after) = after.split_once("}}")?;
            name.push_str(before);
            name.push_str(&evaluated(expression.trim(), event, payload)?);
            rest = after;
        }
        name.push_str(rest);
        Some(name).filter(|name| !name.trim().is_empty())
    }
}

fn evaluated(expression: &str, event: &str, payload: &Json) -> Option<String> {
    let path = expression.strip_prefix("github.event.")?;
    if path == "action" {
        return Some(event.to_owned());
    }
    let key = path.strip_prefix("client_payload.")?;
    Some(match payload.get(key) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    })
}

fn dispatches(file: &Value) -> Option<Vec<String>> {
    const EVENT: &str = "repository_dispatch";
    match file.get("on")? {
        Value::String(event) => (event == EVENT).then(Vec::new),
        Value::Sequence(events) => {
            events.iter().any(|event| event.as_str() == Some(EVENT)).then(Vec::new)
        }
        events => {
            let types = events.get(EVENT)?.get("types");
            Some(match types {
                Some(Value::String(only)) => vec![only.clone()],
                Some(Value::Sequence(types)) => {
                    types.iter().filter_map(|known| known.as_str().map(str::to_owned)).collect()
                }
                _ => Vec::new(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dispatch_starts_what_hears_it() {
        let hears = |text: &str| WorkflowFile::read(text.as_bytes()).hears("go");
        for text in [
            "on: repository_dispatch",
            "on: [push, repository_dispatch]",
            "on: { repository_dispatch: }",
            "on: { repository_dispatch: { types: [stop, go] } }",
            "on: { repository_dispatch: { types: go } }",
        ] {
            assert!(hears(text), "{text}");
        }
        for text in
            ["on: push", "on: { repository_dispatch: { types: [stop] } }", "name: x", "[", ""]
        {
            assert!(!hears(text), "{text}");
        }
    }

    #[test]
    fn a_run_is_called_as_its_file_says() {
        let payload = json!({ "id": "a1", "version": 2 });
        let name = |run_name: &str| {
            let file = WorkflowFile { run_name: Some(run_name.to_owned()), ..Default::default() };
            file.dispatched_name("go", &payload)
        };
        let said = "${{ github.event.action }} ${{github.event.client_payload.version}} of ${{ github.event.client_payload.id }}";
        assert_eq!(name(said).as_deref(), Some("go 2 of a1"));
        assert_eq!(name("${{ github.event.client_payload.none }}"), None);
        assert_eq!(name("${{ format('x') }}"), None);
        assert_eq!(WorkflowFile::default().dispatched_name("go", &payload), None);
    }
}
