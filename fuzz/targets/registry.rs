//! Challenges, names of images, manifests and configurations of a registry.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::registry::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::answer(bytes));
