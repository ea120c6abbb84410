//! HTTP: connections within bounds, who may ask, and what is answered.

mod admin;
mod answer;
mod app;
mod background;
mod budget;
mod entry;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod guard;
mod metrics;
mod rates;
mod routes;
mod seats;
mod server;
mod sessions;
mod stream;
mod webhooks;

pub use server::Server;
