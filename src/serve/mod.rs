//! The server that watches a fleet: a dashboard, GitHub's webhooks, and an endpoint that refreshes images.
//!
//! In: [`Options`] (where to listen, for whom, which roles), and what the roles stand on: [`Facts`] judge the
//! fleet, a [`Refresher`] pulls images. The command line wires them, so that this room knows neither how a
//! fleet is read nor which engine runs containers. Out: answers over HTTP until somebody asks it to end.
//!
//! | module | what it owns |
//! |---|---|
//! | `options` | what may be listened to, and what is refused |
//! | `secret` | the token and the secret of the webhooks, compared in constant time |
//! | `facts` | what a dashboard is made of |
//! | `refresh` | refreshing images, one run at a time for each runtime |
//! | `known` | what was learnt last, and what could not be |
//! | `judging` | judging in the background: on an interval, and when a webhook asks for it |
//! | `deliveries` | what GitHub delivered: signed, seen before, wanted |
//! | `pages` | the pages, made when something is learnt and not when somebody asks |
//! | `http` | connections, who may ask, routes |
//!
//! Texts of repositories are hostile, and so is every request: sizes, times and rates are bounded before
//! anything is believed.

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
#[cfg(any(test, fuzzing))]
pub use http::fuzzing;
pub use options::{Limits, Options, Role, SECRET_VARIABLE, TOKEN_VARIABLE};
pub use refresh::{Answer, RefreshRequest, Refresher, Refreshing};
pub use secret::{SigningSecret, Token};

/// What is told while it runs: a line each, for whoever looks at its standard error.
pub type Teller = std::sync::Arc<dyn Fn(&str) + Send + Sync>;
