//! HTTP: connections within bounds, who may ask, and what is answered.

mod answer;
mod app;
mod background;
mod budget;
#[cfg(any(test, fuzzing))]
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
