//! The wizard of a new repository, and what it makes.
