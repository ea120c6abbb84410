//! Answers of a forge: statuses, limits, redirects, what it says of a failure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::forge::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::answer(bytes));
