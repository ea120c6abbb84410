//! The HTTP side: connections within bounds, access control, and answers.

mod answer;
mod app;
mod background;
mod budget;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod guard;
mod metrics;
mod rates;
mod refresh;
mod routes;
mod seats;
mod server;
mod sessions;
mod sign_in;
mod stream;
mod webhooks;

pub use server::Server;
