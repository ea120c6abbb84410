//! Python modules: the adapter that the runtime looks up, and what they import.

pub mod adapter;
pub mod adapter_base;
pub mod adapter_class;
pub mod adapter_methods;
pub mod adapter_name;
pub mod adapter_signatures;
pub mod adapter_values;
pub mod bare_runtime_import;
pub mod import_time_failure;
pub mod python_too_new;
