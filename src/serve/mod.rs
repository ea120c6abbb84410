//! The server that watches a fleet: a dashboard, GitHub webhooks, and an endpoint that refreshes images.
//!
//! It takes [`Options`] (the address, the callers to admit, and the roles), [`Facts`], which judges the fleet, and a
//! [`Refresher`], which pulls images. The command line provides the latter two, so this module knows neither how a
//! fleet is read nor which engine runs containers. The server answers HTTP requests until it is asked to end.
//!
//! | module | contents |
//! |---|---|
//! | `options` | what the server listens to, and which settings it refuses |
//! | `secret` | the token and the webhook secret, compared in constant time |
//! | `facts` | the data behind the dashboard |
//! | `refresh` | refreshing images, one run at a time per runtime |
//! | `known` | the latest results, and the failures |
//! | `judging` | judging in the background: at an interval, and when a webhook asks for it |
//! | `deliveries` | what a webhook delivery asks for, and whether it was seen before |
//! | `pages` | the pages, rendered when something changes rather than per request |
//! | `http` | connections, access control, routes |
//!
//! Texts from repositories and all requests are untrusted: sizes, times and rates are bounded before anything else.

mod deliveries;
mod facts;
mod http;
mod judging;
mod known;
mod options;
mod pages;
mod refresh;
mod secret;

pub use facts::{CampaignSight, Facts, ImageSight, MemberSight, Members, ReleaseSight, Which};
pub use http::Server;
#[cfg(any(test, feature = "fuzzing"))]
pub use http::fuzzing;
pub use options::{Limits, Options, Role, SECRET_VARIABLE, TOKEN_VARIABLE};
pub use refresh::{Answer, RefreshRequest, Refresher, Refreshing};
pub use secret::{SigningSecret, Token};

/// Writes one line of log to standard error.
pub type Teller = std::sync::Arc<dyn Fn(&str) + Send + Sync>;
