//! Pages of package indexes: the simple API as HTML and as JSON, and the older JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::index::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::page(bytes));
