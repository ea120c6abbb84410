use super::*;

const ADAPTER: &str = "\
from runtime import Base as Root
import abc

class Middle(Root, metaclass=abc.ABCMeta):
    @abc.abstractmethod
    async def setup(self, config): ...

    @staticmethod
    def name() -> str:
        return ''

class Mine(Middle):
    kind: str = 'mine'

    @staticmethod
    def name() -> str:
        \"\"\"Says its name.\"\"\"
        return 'mi' 'ne'

    async def setup(self, config: 'Config', /, a=1, *rest, b, **more) -> None:
        await x

    if DEBUG:
        def debug(self): raise NotImplementedError('later')
";

#[test]
fn classes_know_bases_keywords_and_attributes() {
    let found = module(ADAPTER);
    let middle = &found.classes[0];
    assert_eq!(middle.bases[0].name.as_deref(), Some("Root"));
    assert_eq!(middle.keywords, [("metaclass".to_owned(), Some("abc.ABCMeta".to_owned()))]);
    let mine = &found.classes[1];
    assert_eq!(mine.attributes[0].value, Value::Str("mine".into()));
    assert_eq!(Text::new(ADAPTER).slice(mine.name_span), "Mine");
    assert_eq!(
        module("class A(B[int], c.D): ...\n").classes[0].bases[0].name.as_deref(),
        Some("B")
    );
}

#[test]
fn methods_know_their_signature() {
    let found = module(ADAPTER);
    let setup = found.classes[1].method("setup").expect("is defined");
    assert!(setup.is_async);
    assert_eq!(setup.returns.as_deref(), Some("None"));
    let parameters: Vec<_> = setup
        .parameters
        .iter()
        .map(|parameter| (parameter.name.as_str(), parameter.kind, parameter.is_required()))
        .collect();
    let expected = [
        ("self", ParameterKind::PositionalOnly, true),
        ("config", ParameterKind::PositionalOnly, true),
        ("a", ParameterKind::PositionalOrKeyword, false),
        ("rest", ParameterKind::VariadicPositional, false),
        ("b", ParameterKind::KeywordOnly, true),
        ("more", ParameterKind::VariadicKeyword, false),
    ];
    assert_eq!(parameters, expected);
    assert_eq!(setup.parameters[1].annotation.as_deref(), Some("'Config'"));
    assert!(Text::new(ADAPTER).slice(setup.span).starts_with("async def setup"));
}

#[test]
fn bodies_are_told_apart() {
    let found = module(ADAPTER);
    let body = |class: usize, name: &str| found.classes[class].method(name).map(|m| m.body.clone());
    let Some(Body::ReturnsText { value, .. }) = body(1, "name") else { panic!("returns text") };
    assert_eq!(value, "mine");
    assert_eq!(body(0, "setup"), Some(Body::Empty));
    assert_eq!(body(1, "setup"), Some(Body::Other));
    assert_eq!(body(1, "debug"), Some(Body::NotImplemented));
    assert!(found.classes[1].method("debug").is_some_and(|method| method.conditional));
}

#[test]
fn kinds_follow_decorators() {
    let source = "class A:\n    @property\n    def a(self): ...\n    @classmethod\n    def b(c): ...\n    \
                  @x.staticmethod\n    def c(): ...\n    @functools.wraps(f)\n    def d(self): ...\n";
    let found = module(source);
    let kinds: Vec<_> = found.classes[0].methods.iter().map(Function::kind).collect();
    let expected =
        [MethodKind::Property, MethodKind::Class, MethodKind::Static, MethodKind::Instance];
    assert_eq!(kinds, expected);
    assert!(module(ADAPTER).classes[0].methods[0].is_abstract());
}

#[test]
fn decorated_definitions_begin_at_def() {
    let source = "@x # def\n# async def\nasync  def\\\n f(): ...\n";
    let found = module(source);
    assert!(Text::new(source).slice(found.functions[0].span).starts_with("async  def"));
}

#[test]
fn inheritance_within_the_module_is_followed_and_leads_out_of_it() {
    let found = module(ADAPTER);
    let inheritance = found.methods_with_inherited(ClassId(1));
    assert_eq!(inheritance.lineage, [ClassId(1), ClassId(0)]);
    assert_eq!(inheritance.method("setup").map(|owned| owned.owner), Some(ClassId(1)));
    let foreign = &inheritance.foreign[0];
    let expected = Bound::Import { module: "runtime".into(), name: "Base".into(), level: 0 };
    assert_eq!(foreign.binding.map(|binding| binding.bound.clone()), Some(expected));
}

#[test]
fn diamonds_circles_and_shadowed_bases_end() {
    let diamond = "class A:\n    def f(self): ...\nclass B(A): ...\nclass C(A):\n    \
                   def f(self): ...\nclass D(B, C): ...\n";
    let found = module(diamond);
    let inheritance = found.methods_with_inherited(ClassId(3));
    assert_eq!(inheritance.lineage, [ClassId(3), ClassId(1), ClassId(2), ClassId(0)]);
    assert_eq!(inheritance.method("f").map(|owned| owned.owner), Some(ClassId(2)));
    let shadowed = module("from x import A\nclass A(A): ...\n");
    let inheritance = shadowed.methods_with_inherited(ClassId(0));
    assert_eq!((inheritance.lineage.len(), inheritance.foreign.len()), (1, 1));
    assert_eq!(module("class A(A): ...\n").methods_with_inherited(ClassId(0)).lineage.len(), 1);
}

#[test]
fn a_wide_ladder_of_diamonds_is_followed_in_linear_time() {
    let mut source = "class C0: ...\n".to_owned();
    for index in 1..200 {
        let below = index - 1;
        source.push_str(&format!("class L{index}(C{below}): ...\nclass R{index}(C{below}): ...\n"));
        source.push_str(&format!("class C{index}(L{index}, R{index}): ...\n"));
    }
    let found = module(&source);
    let last = ClassId(found.classes.len() - 1);
    assert_eq!(found.methods_with_inherited(last).lineage.len(), found.classes.len());
}

#[test]
fn the_subclass_is_the_one_that_a_name_means_or_the_most_derived() {
    let of = |source: &str, names: &[&str]| {
        module(source).subclass_of("Base", names).only().map(|class| class.name.clone())
    };
    let one = "import r\nclass A(r.Base): ...\n";
    let shared = "from r import Base\nclass Mid(Base): ...\nclass A(Mid): ...\nAdapter = A\n";
    let two = "class A(Base): ...\nclass B(A): ...\nclass C(A): ...\nAdapter = B\n";
    assert_eq!(of(one, &["Adapter"]).as_deref(), Some("A"));
    assert_eq!(of(shared, &["Adapter"]).as_deref(), Some("A"));
    assert_eq!(of(shared, &[]).as_deref(), Some("A"));
    assert_eq!(of(&shared.replace("= A", "= Mid"), &["Adapter"]).as_deref(), Some("Mid"));
    assert_eq!(of(two, &["Adapter"]).as_deref(), Some("B"));
    assert_eq!(of(two, &[]), None);
    assert!(matches!(module(two).subclass_of("Base", &[]), Derived::Several));
    assert!(matches!(module(two).subclass_of("Other", &[]), Derived::Nothing));
    assert_eq!(of("class A: ...\n", &["A"]), None);
}
