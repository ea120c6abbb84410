//! Answers to documents, as every document that reads many repositories takes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::forge::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::document(bytes));
