//! Faults on request: what networks and GitHub do to a client on a bad day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// 502, and the request had no effect.
    BadGatewayBefore,
    /// 502, and the request took effect.
    BadGatewayAfter,
    /// The connection is reset, and the request had no effect.
    ResetBefore,
    /// The connection is reset, and the request took effect.
    ResetAfter,
    /// GraphQL: nulls for some of the requested data, with errors.
    PartialData,
    /// A secondary limit as 403, with `retry-after`.
    #[serde(rename = "secondary-403")]
    Secondary403,
    /// A secondary limit as 429, with `retry-after`.
    #[serde(rename = "secondary-429")]
    Secondary429,
    /// A secondary limit as 200 with errors, as in GraphQL.
    #[serde(rename = "secondary-200")]
    Secondary200,
    /// A secondary limit without a waiting time.
    SecondaryNoRetryAfter,
    /// The primary limit is used up.
    Primary,
    /// The repository was renamed.
    #[serde(rename = "moved-301")]
    Moved301,
    /// A redirect to the same place.
    #[serde(rename = "redirect-307")]
    Redirect307,
    /// The response is slow.
    Slow,
    /// The connection ends in the middle of the response. The request took effect.
    TruncatedBody,
    /// The token is no longer valid.
    Unauthorized,
}

impl Kind {
    /// Returns the name used in documents.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BadGatewayBefore => "bad-gateway-before",
            Self::BadGatewayAfter => "bad-gateway-after",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::PartialData => "partial-data",
            Self::Secondary403 => "secondary-403",
            Self::Secondary429 => "secondary-429",
            Self::Secondary200 => "secondary-200",
            Self::SecondaryNoRetryAfter => "secondary-no-retry-after",
            Self::Primary => "primary",
            Self::Moved301 => "moved-301",
            Self::Redirect307 => "redirect-307",
            Self::Slow => "slow",
            Self::TruncatedBody => "truncated-body",
            Self::Unauthorized => "unauthorized",
        }
    }
}

/// A fault for a later request.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// The number of the request that fails, counted since the faults were set. Default: any.
    #[serde(default)]
    pub(crate) at: Option<u64>,
    /// The route that fails, as written in the log: `POST /repos/{owner}/{repo}/pulls`.
    #[serde(default)]
    pub(crate) route: Option<String>,
    /// How often it occurs. Default: once.
    #[serde(default)]
    pub(crate) times: Option<u32>,
    /// The probability in percent that a request fails, drawn with the seed.
    #[serde(default)]
    pub(crate) percent: Option<u8>,
    /// The kind of fault.
    pub(crate) kind: Kind,
    /// Seconds that a slow response takes, or the value of `retry-after`.
    #[serde(default)]
    pub(crate) seconds: Option<f64>,
}

/// Faults for later requests.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Faults {
    /// The random seed for `percent`.
    #[serde(default)]
    pub(crate) seed: u64,
    /// The faults.
    #[serde(default)]
    pub(crate) faults: Vec<Fault>,
    /// Requests since they were set.
    #[serde(skip)]
    seen: u64,
}

/// The fault that a request meets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Struck {
    pub(super) kind: Kind,
    pub(super) seconds: Option<f64>,
}

impl Faults {
    /// Returns the fault that the next request meets, if any.
    pub(super) fn strike(&mut self, route: Option<&str>) -> Option<Struck> {
        self.seen += 1;
        let number = self.seen;
        let seed = self.seed;
        let fault = self.faults.iter_mut().enumerate().find_map(|(index, fault)| {
            let due = fault.times != Some(0)
                && fault.at.is_none_or(|at| at == number)
                && fault.route.as_deref().is_none_or(|wanted| Some(wanted) == route)
                && fault
                    .percent
                    .is_none_or(|percent| dice(seed, number, index as u64) < u64::from(percent));
            due.then_some(fault)
        })?;
        // Without a count a fault strikes once, unless it strikes at random.
        let once = if fault.percent.is_some() { None } else { Some(1) };
        fault.times = fault.times.or(once).map(|times| times - 1);
        Some(Struck { kind: fault.kind, seconds: fault.seconds })
    }
}

/// Returns a number below 100 that is the same for the same seed, request and fault (splitmix64).
fn dice(seed: u64, request: u64, fault: u64) -> u64 {
    let mut value = seed
        .wrapping_add(request.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(fault.wrapping_mul(0xd1b5_4a32_d192_ed03));
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (value ^ (value >> 31)) % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        serde_json::from_str(text).expect("faults")
    }

    #[test]
    fn a_fault_strikes_once_at_its_request_or_route() {
        let mut faults = faults(
            r#"{"faults": [{"at": 2, "kind": "reset-before"}, {"route": "GET /user", "kind": "primary"}]}"#,
        );
        let mut strikes = |route| faults.strike(Some(route)).map(|struck| struck.kind.name());
        assert_eq!(strikes("GET /meta"), None);
        assert_eq!(strikes("GET /meta"), Some("reset-before"));
        assert_eq!(strikes("GET /user"), Some("primary"));
        assert_eq!(strikes("GET /user"), None);
    }

    #[test]
    fn dice_fall_the_same_for_a_seed() {
        let roll = |seed| {
            let text =
                format!(r#"{{"seed": {seed}, "faults": [{{"percent": 30, "kind": "slow"}}]}}"#);
            let mut faults = faults(&text);
            (0..200).map(|_| faults.strike(None).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(roll(7), roll(7));
        assert_ne!(roll(7), roll(8));
        let struck = roll(7).into_iter().filter(|struck| *struck).count();
        assert!((30..90).contains(&struck), "{struck}");
    }
}
