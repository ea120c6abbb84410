//! Python modules: the adapter that the runtime looks up, and what they import.

pub mod adapter;
pub mod adapter_base;
pub mod adapter_class;
pub mod adapter_methods;
pub mod adapter_name;
pub mod adapter_signatures;
pub mod adapter_values;
pub mod bare_runtime_import;
mod image_python;
pub mod import_time_failure;
pub mod python_too_new;

use super::Check;

/// The checks of this folder, in the order in which they run. A new one needs a `pub mod` above and a line here.
pub(super) const CHECKS: &[&dyn Check] = &[
    &adapter_name::AdapterName,
    &adapter_class::AdapterClass,
    &adapter_methods::AdapterMethods,
    &adapter_signatures::AdapterSignatures,
    &adapter_values::AdapterValues,
    &import_time_failure::ImportTimeFailure,
    &bare_runtime_import::BareRuntimeImport,
    &python_too_new::PythonTooNew,
    &adapter_base::AdapterBase,
];
