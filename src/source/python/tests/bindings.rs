use super::*;

fn bounds(module: &Module, name: &str) -> (Vec<Bound>, bool) {
    let resolution = module.resolve(name);
    let candidates = resolution.candidates.iter().map(|binding| binding.bound.clone());
    (candidates.collect(), resolution.certain)
}

fn certainty(source: &str, name: &str) -> Option<bool> {
    let found = module(source);
    let resolution = found.resolve(name);
    if resolution.candidates.is_empty() { None } else { Some(resolution.certain) }
}

#[test]
fn an_alias_leads_to_its_class() {
    let found = module("class Mine: ...\nOther = Mine\nAdapter = Other\n");
    assert_eq!(bounds(&found, "Adapter"), (vec![Bound::Class(ClassId(0))], true));
}

#[test]
fn aliases_in_a_circle_end() {
    let found = module("a = b\nb = a\na = b\n");
    assert_eq!(found.resolve("a").candidates.len(), 1);
    assert_eq!(bounds(&module("a = a\n"), "a").0, [Bound::Assigned(Value::Name("a".into()))]);
}

#[test]
fn an_alias_means_what_its_target_was_then() {
    let found = module("class A: ...\nX = A\nA = 1\n");
    assert_eq!(bounds(&found, "X").0, [Bound::Class(ClassId(0))]);
    assert_eq!(bounds(&found, "A").0, [Bound::Assigned(Value::Int)]);
}

#[test]
fn every_kind_of_binding_is_seen() {
    let source = "import a.b\nimport c.d as e\nfrom .f import g as h\nasync def i(): ...\n\
                  j, (k, *l) = 1, x\nm: int = 2\nn: int\no = p = None\nif (q := f()): ...\n\
                  for r, s in t: ...\nwith u() as (v, w): ...\nx += 1\ntype Y = int\n\
                  match z:\n    case {'k': aa, **bb}: ...\n    case [cc, *dd] as ee: ...\n";
    let found = module(source);
    let names: Vec<&str> = found.bindings.iter().map(|binding| binding.name.as_str()).collect();
    let expected = [
        "a", "e", "h", "i", "j", "k", "l", "m", "o", "p", "q", "r", "s", "v", "w", "x", "Y", "bb",
        "aa", "ee", "cc", "dd",
    ];
    assert_eq!(names, expected);
    let spans =
        found.bindings.iter().map(|binding| Text::new(source).slice(binding.span).to_owned());
    assert_eq!(spans.take(3).collect::<Vec<_>>(), ["a.b", "c.d as e", "g as h"]);
    let import = Bound::Import { module: "f".into(), name: "g".into(), level: 1 };
    assert_eq!(bounds(&found, "h").0, [import]);
    assert_eq!(bounds(&found, "j").0, [Bound::Assigned(Value::Int)]);
}

#[test]
fn a_name_bound_in_one_branch_is_uncertain_and_in_all_branches_certain() {
    assert_eq!(certainty("if x:\n    A = 1\n", "A"), Some(false));
    assert_eq!(certainty("if x:\n    A = 1\nelse:\n    A = 2\n", "A"), Some(true));
    assert_eq!(certainty("if x:\n    A = 1\nelif y:\n    A = 2\n", "A"), Some(false));
    assert_eq!(certainty("if x:\n    A = 1\nelse:\n    raise E\n", "A"), Some(true));
    assert_eq!(certainty("for x in y:\n    A = 1\n", "A"), Some(false));
    assert_eq!(certainty("with x:\n    A = 1\n", "A"), Some(true));
    assert_eq!(certainty("with suppress(E):\n    A = 1\n", "A"), Some(false));
    assert_eq!(certainty("x and (A := 1)\n", "A"), Some(false));
    assert_eq!(certainty("match x:\n    case 1: A = 1\n    case _: A = 2\n", "A"), Some(true));
    assert_eq!(certainty("match x:\n    case 1: A = 1\n    case 2: A = 2\n", "A"), Some(false));
}

#[test]
fn a_handler_that_binds_or_raises_keeps_the_name_certain() {
    let with_handler = |handler: &str| {
        certainty(&format!("try:\n    import A\nexcept ImportError:\n    {handler}\n"), "A")
    };
    assert_eq!(with_handler("A = None"), Some(true));
    assert_eq!(with_handler("raise"), Some(true));
    assert_eq!(with_handler("sys.exit(1)"), Some(true));
    assert_eq!(with_handler("pass"), Some(false));
    assert_eq!(certainty("try:\n    A = 1\nfinally:\n    x()\n", "A"), Some(true));
}

#[test]
fn both_branches_are_candidates_and_earlier_bindings_are_not() {
    let found = module("A = 0\nif x:\n    class A: ...\nelse:\n    A = None\n");
    let expected = vec![Bound::Class(ClassId(0)), Bound::Assigned(Value::None)];
    assert_eq!(bounds(&found, "A"), (expected, true));
}

#[test]
fn deleted_names_and_the_name_of_an_exception_are_unbound() {
    assert_eq!(certainty("A = 1\ndel A\n", "A"), None);
    assert_eq!(certainty("A = 1\nif x:\n    del A\n", "A"), Some(false));
    let found = module("e = 1\ntry: x()\nexcept E as e: pass\n");
    assert!(!found.resolve("e").certain);
}

#[test]
fn type_checking_and_main_bodies_bind_nothing() {
    let source = "if TYPE_CHECKING:\n    import A\nelse:\n    B = 1\n";
    assert_eq!(certainty(source, "A"), None);
    assert_eq!(certainty(source, "B"), Some(true));
    assert_eq!(certainty("if typing.TYPE_CHECKING:\n    A = 1\n", "A"), None);
    assert_eq!(certainty("if not TYPE_CHECKING:\n    A = 1\n", "A"), Some(true));
    assert_eq!(certainty("if __name__ == '__main__':\n    A = 1\n", "A"), None);
    assert_eq!(certainty("if '__main__' == __name__:\n    A = 1\n", "A"), None);
    assert_eq!(certainty("if __name__ != '__main__':\n    A = 1\n", "A"), Some(false));
}

#[test]
fn names_of_functions_and_class_bodies_are_not_the_modules() {
    let found = module("def f():\n    A = 1\n    import B\nclass C:\n    D = 1\n");
    for name in ["A", "B", "D"] {
        assert!(found.resolve(name).candidates.is_empty(), "{name}");
    }
}

#[test]
fn exports_are_read_as_far_as_they_are_literal() {
    let names = |source: &str| {
        let exports = module(source).exports.expect("has __all__");
        (exports.names.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), exports.exact)
    };
    let expected = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(names("__all__ = ['a']\n__all__ += ('b',)\n"), (expected.clone(), true));
    assert_eq!(names("__all__ = ['a']\n__all__.append('b')\n"), (expected.clone(), true));
    assert_eq!(names("__all__ = ['a', 'b']\n__all__ += x.__all__\n"), (expected.clone(), false));
    assert_eq!(names("if x:\n    __all__ = ['a', 'b']\n"), (expected, false));
    assert_eq!(module("x = 1\n").exports, None);
}

#[test]
fn stars_and_escapes_are_recorded() {
    let found = module("from .a import *\nglobals()['x'] = 1\nsys.modules['x'] = y\n");
    assert_eq!((found.star_imports[0].module.as_str(), found.star_imports[0].level), ("a", 1));
    assert_eq!(found.escapes.len(), 2);
    assert_eq!(found.reroutes.len(), 1);
}

#[test]
fn a_module_that_reaches_for_itself_escapes_and_finders_reroute() {
    let itself = module("import sys\nsetattr(sys.modules[__name__], 'a', 1)\n");
    assert_eq!((itself.escapes.len(), itself.reroutes.len()), (1, 0));
    let read = module("import sys\nx = sys.modules['other']\n");
    assert_eq!((read.escapes.len(), read.reroutes.len()), (0, 0));
    let finder = module(
        "import sys\nsys.meta_path.append(f)\n__path__.append('x')\n__path__ = g(__path__)\n",
    );
    assert_eq!(finder.reroutes.len(), 3);
}
