//! Python modules: places, names, inheritance, and edits that lead to a module that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::Text;
use shipshape::source::python::{
    Bound, Class, ClassId, EditError, Function, Imported, Module, PythonVersion, append_alias,
    apply, prefix_import,
};
use shipshape_fuzz::{assert_sound, text_of};

/// Names and classes that are looked into: each look-up goes through all bindings.
const MAX_LOOKED_UP: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let text = text_of(bytes);
    let module = match Module::parse(&text) {
        Ok(module) => module,
        Err(error) => return assert_sound(&text, error.span, "syntax error"),
    };
    module_is_sound(&text, &module);
    module_answers(&text, &module);
    imports_are_prefixed(&text, &module);
    alias_is_appended(&text, &module);
});

fn module_is_sound(text: &Text, module: &Module) {
    for binding in &module.bindings {
        assert_sound(text, binding.span, "binding");
        match binding.bound {
            Bound::Class(id) => assert!(module.class(id).is_some()),
            Bound::Function(id) => assert!(module.function(id).is_some()),
            _ => {}
        }
    }
    for star in &module.star_imports {
        assert_sound(text, star.span, "star import");
    }
    for (_, span) in module.exports.iter().flat_map(|exports| &exports.names) {
        assert_sound(text, *span, "export");
    }
    for class in &module.classes {
        class_is_sound(text, class);
    }
    for function in &module.functions {
        function_is_sound(text, function);
    }
    for import in &module.imports {
        assert_sound(text, import.span, "import");
        let names = match &import.imported {
            Imported::Modules(names) => names,
            Imported::From { module_span, names, .. } => {
                assert_sound(text, *module_span, "module");
                names
            }
        };
        for name in names {
            assert_sound(text, name.name_span, "imported name");
            assert_sound(text, name.span, "imported name with its alias");
            assert!(!name.bound().is_empty());
        }
    }
    let dynamic = module.dynamic_imports.iter().map(|import| import.span);
    let facts = module.boot_facts.iter().map(|fact| fact.span);
    let uses = module.attribute_uses.iter().map(|used| used.span);
    let newer = module.newer_than(PythonVersion::new(3, 8)).map(|syntax| syntax.span);
    let escapes = module.escapes.iter().copied();
    for span in dynamic.chain(facts).chain(uses).chain(newer).chain(escapes) {
        assert_sound(text, span, "fact");
    }
}

fn class_is_sound(text: &Text, class: &Class) {
    assert_sound(text, class.name_span, "name of a class");
    assert_sound(text, class.span, "class");
    for base in &class.bases {
        assert_sound(text, base.span, "base");
    }
    for attribute in &class.attributes {
        assert_sound(text, attribute.span, "attribute");
    }
    for method in &class.methods {
        function_is_sound(text, method);
    }
}

fn function_is_sound(text: &Text, function: &Function) {
    assert_sound(text, function.name_span, "name of a function");
    assert_sound(text, function.span, "function");
    for decorator in &function.decorators {
        assert_sound(text, decorator.span, "decorator");
    }
    for parameter in &function.parameters {
        assert_sound(text, parameter.span, "parameter");
    }
    let _ = (function.kind(), function.is_abstract());
}

fn module_answers(text: &Text, module: &Module) {
    for binding in module.bindings.iter().take(MAX_LOOKED_UP) {
        let _ = module.resolve(&binding.name);
        let _ = module.resolve_before(&binding.name, text.as_str().len() / 2);
    }
    for index in 0..module.classes.len().min(MAX_LOOKED_UP) {
        let inheritance = module.methods_with_inherited(ClassId(index));
        let _ = inheritance.method("__init__");
        assert!(inheritance.lineage.contains(&ClassId(index)));
    }
    let _ = module.resolve("Adapter");
}

fn imports_are_prefixed(text: &Text, module: &Module) {
    let mut edits = Vec::new();
    for import in &module.imports {
        match prefix_import(import, "package", |_| true) {
            Ok(more) => edits.extend(more),
            Err(EditError::LazySubmodule { span, .. }) => assert_sound(text, span, "lazy import"),
            Err(error) => panic!("{error}"),
        }
    }
    let (after, edited) = match apply(text, &edits) {
        Ok(applied) => applied,
        Err(error) => panic!("{error}: {edits:?}"),
    };
    module_is_sound(&after, &edited);
    assert_eq!(edited.imports.len(), module.imports.len(), "{:?}", after.as_str());
}

fn alias_is_appended(text: &Text, module: &Module) {
    for target in ["Other", "package.Other"] {
        match append_alias(text, module, "Adapter", target) {
            Ok(edits) => {
                let Ok((after, edited)) = apply(text, &edits) else {
                    panic!("does not read again")
                };
                module_is_sound(&after, &edited);
                assert!(edited.resolve("Adapter").certain);
            }
            Err(EditError::Unbound(_) | EditError::Unparsable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
