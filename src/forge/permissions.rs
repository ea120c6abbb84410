//! Which permission each call needs.
