//! Requests to the dashboard: hosts, origins, cookies, queries and forms.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::serve::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::request(bytes));
