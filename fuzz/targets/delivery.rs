//! Deliveries of webhooks: headers, signatures and bodies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::serve::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::delivery(bytes));
