//! The waves of a campaign: how many repositories go first, and when the next ones start.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Waves of repositories. A wave starts when the previous one has come as far as `advance` says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Waves {
    /// Sizes of the waves: a number of repositories or a percentage of all, such as `[1, 25%]`. The last wave
    /// has the rest. Default: one wave.
    pub sizes: Vec<Size>,
    /// Members that come before all others, in this order.
    pub first: Vec<String>,
    /// What a wave must reach before the next one starts.
    pub advance: Advance,
    /// The campaign starts no further wave after this many failures: repositories that failed, or whose pull
    /// request was declined or has failing checks.
    #[schemars(range(min = 1))]
    pub stop_at_failures: Option<u32>,
}

/// A number of repositories, or a percentage of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Size {
    /// A number.
    Count(u32),
    /// A percentage.
    Percent(u8),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u32),
    Text(String),
}

impl TryFrom<Written> for Size {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(0) => Err("a wave has at least one repository".to_owned()),
            Written::Number(count) => Ok(Self::Count(count)),
            Written::Text(text) => text.parse(),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|part| part.parse::<u8>().ok());
        match percent {
            Some(part) if (1..=100).contains(&part) => Ok(Self::Percent(part)),
            _ => {
                text.parse::<u32>().ok().filter(|count| *count > 0).map(Self::Count).ok_or_else(
                    || format!("`{text}` is not a size of a wave: it is a number from 1, or a percentage from 1% to 100%"),
                )
            }
        }
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        match size {
            Size::Count(count) => count.to_string(),
            Size::Percent(part) => format!("{part}%"),
        }
    }
}

impl JsonSchema for Size {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number, or a part of all (`25%`).",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "pattern": "^([1-9][0-9]?|100)%$|^[1-9][0-9]*$" }
            ]
        })
    }
}

/// What a wave must reach before the next one starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Advance {
    /// Each pull request is merged, or needs a person: it was declined, is blocked, or failed.
    #[default]
    Merged,
    /// Each pull request has passed its checks, or is merged. Where no check has run, or not each that is required or that
    /// `checks` names, it has not.
    Green,
    /// Each pull request is open.
    Opened,
}
