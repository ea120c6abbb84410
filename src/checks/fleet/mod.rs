//! Rules about the fleet itself: registrations and waivers. `fleet` decides them.

pub mod registration_duplicate;
pub mod registration_missing;
pub mod registration_spelling;
pub mod registration_unexpected;
pub mod registration_unreadable;
pub mod registration_value;
pub mod waiver_expired;
pub mod waiver_reopened;
pub mod waiver_unused;
