//! What tests of dispatches and their runs begin with.

use serde_json::json;

use crate::forge::calls::actions::Run;

use super::dispatch::Dispatch;

pub(super) const PATH: &str = ".github/workflows/publish-image.yml";

pub(super) fn run(id: u64, title: &str, path: &str) -> Run {
    serde_json::from_value(json!({ "id": id, "display_title": title, "path": path }))
        .expect("a run")
}

/// A dispatch of 0.1.6 that was sent after a run.
pub(super) fn dispatch(after: Option<u64>) -> Dispatch {
    let id = "0.1.6-0123456789abcdef".to_owned();
    Dispatch { id, after, run: None, unheard: false, at: Some(1000) }
}
