//! Words that a shell can complete, of an argument that we judge ourselves.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

/// Takes any text, and names the words that a shell completes: what is wrong with another one is said where it is used, with
/// what was meant.
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
