//! Shell completion for arguments that are validated later.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use crate::checks::catalogue;

/// Accepts any text but offers words for completion. Unknown words are reported where they are used, with suggestions.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct KnownWords(pub(in crate::cli) fn() -> Vec<&'static str>);

impl TypedValueParser for KnownWords {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// The ids and codes of all rules.
pub(in crate::cli) fn rules() -> Vec<&'static str> {
    catalogue::rules().flat_map(|rule| [rule.id, rule.code]).collect()
}
