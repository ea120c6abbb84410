//! Rules about the fleet itself: registrations and waivers. They are decided in `fleet`.

pub mod registration_duplicate;
pub mod registration_missing;
pub mod registration_spelling;
pub mod registration_unexpected;
pub mod registration_unreadable;
pub mod registration_value;
pub mod waiver_expired;
pub mod waiver_reopened;
pub mod waiver_unused;

use super::Rule;

/// The rules of this folder. A new one needs a `pub mod` above and a line here.
pub(super) const RULES: &[&Rule] = &[
    &registration_missing::RULE,
    &registration_unexpected::RULE,
    &registration_spelling::RULE,
    &registration_value::RULE,
    &registration_duplicate::RULE,
    &registration_unreadable::RULE,
    &waiver_expired::RULE,
    &waiver_unused::RULE,
    &waiver_reopened::RULE,
];
