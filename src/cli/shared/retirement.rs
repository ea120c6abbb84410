//! How a retirement goes on that was not finished, as its steps record it.

use crate::journal::{EffectRecord, Unfinished};

/// The key in the intent of each step that says whether the member is retired in spite of signs of life.
pub(in crate::cli) const ANYWAY: &str = "anyway";

/// The command, without its argument, that goes on with a retirement. Whoever retired the member in spite of signs of life
/// need not find out again that it takes an option.
pub(in crate::cli) fn to_go_on(begun: &Unfinished) -> &'static str {
    let is_anyway = |effect: &EffectRecord| effect.intent.get(ANYWAY).is_some_and(|it| it == true);
    match begun.effects.iter().any(is_anyway) {
        true => "fleet retire --apply --anyway",
        false => "fleet retire --apply",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::journal::EffectState;

    #[test]
    fn what_was_retired_anyway_goes_on_so() {
        let begun = |intent: Value| Unfinished {
            begun_at: "2026-11-30T09:00:00Z".to_owned(),
            input: Value::Null,
            effects: vec![EffectRecord {
                key: "archive".to_owned(),
                intent,
                state: EffectState::Failed("no".to_owned()),
                tries: 1,
                failed_before: None,
            }],
        };
        assert_eq!(to_go_on(&begun(json!({ "anyway": true }))), "fleet retire --apply --anyway");
        assert_eq!(to_go_on(&begun(json!({ "anyway": false }))), "fleet retire --apply");
    }
}
