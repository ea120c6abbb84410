use super::contradicts;
use crate::checks::testing::Case;

const SHAPE: &str = "demands:\n  python:\n    adapters:\n      - path: a.py\n        name: Adapter\n        init_without_arguments: true\n        \
    methods:\n          - { name: label, kind: static, returns: str }\n          - { name: setup, kind: async, parameters: [config] }\n          - { name: stop, kind: plain }\n";

fn case(body: &str) -> Case {
    Case::with_shape(SHAPE).file("a.py", format!("class Adapter:\n{body}"))
}

fn said(body: &str) -> String {
    case(body).said("adapter-signatures")
}

#[test]
fn every_way_that_can_be_called_is_silent() {
    for body in [
        "    @staticmethod\n    def label(): ...\n",
        "    @classmethod\n    def label(cls, short=False): ...\n",
        "    @staticmethod\n    def label() -> \"str\": ...\n",
        "    async def setup(self, config): ...\n",
        "    async def setup(self, cfg, *, loud=False): ...\n",
        "    async def setup(*arguments): ...\n",
        "    async def setup(self, *a, **k): ...\n",
        "    @staticmethod\n    async def setup(config): ...\n",
        "    def stop(self): ...\n",
        "    def __init__(self, *a, x=1, **k): ...\n",
        "    @retry(3)\n    async def setup(self, config): ...\n",
        "    def setup(self, config):\n        return self._do(config)\n    async def _do(self, config): ...\n",
        "    def setup(self, config):\n        return super().setup(config)\n",
        "    def setup(self, config):\n        return asyncio.gather(*self.parts)\n",
        "    def setup(self, config):\n        return do(config)\nasync def do(config): ...\n",
    ] {
        assert_eq!(said(body), "", "{body}");
    }
    assert_eq!(Case::conformant().said("adapter-signatures"), "");
}

#[test]
fn the_help_says_what_becomes_of_the_calls_in_a_method() {
    let help = |body: &str| case(body).findings("adapter-signatures")[0].help.clone();
    let asynchronous = help("    def setup(self, config): ...\n");
    let each =
        "write `async def setup`, and `await` in front of each call in it that is asynchronous";
    assert_eq!(asynchronous.as_deref(), Some(each));
    let plain = help("    async def stop(self): ...\n");
    assert_eq!(plain.as_deref(), Some("write `def stop`, without `await` in it"));
}

#[test]
fn every_way_that_fails_is_named() {
    for (body, what) in [
        (
            "    def setup(self, config): ...\n",
            "`setup` is not asynchronous, but the runtime awaits it",
        ),
        (
            "    def setup(self, config):\n        return self._do(config)\n    def _do(self, config): ...\n",
            "`setup` is not asynchronous, but the runtime awaits it",
        ),
        (
            "    def setup(self, config):\n        return Executor(config)\n",
            "`setup` is not asynchronous, but the runtime awaits it",
        ),
        (
            "    def setup(self, config):\n        if config:\n            return\n        return self._do(config)\n    async \
             def _do(self, config): ...\n",
            "`setup` is not asynchronous, but the runtime awaits it",
        ),
        (
            "    async def stop(self): ...\n",
            "`stop` is asynchronous, but the runtime does not await it",
        ),
        (
            "    def label(self): ...\n",
            "`label` is not static: called on the class, it lacks `self`",
        ),
        (
            "    def label(): ...\n",
            "`label` is not static: called on an instance, it is passed `self`",
        ),
        (
            "    @property\n    def label(self): ...\n",
            "`label` is a property, but the runtime calls it",
        ),
        (
            "    async def setup(self): ...\n",
            "`setup` does not take `config`, which the runtime passes",
        ),
        (
            "    async def setup(self, *, config): ...\n",
            "`setup` takes `config` by name only, but the runtime passes it by position",
        ),
        (
            "    async def setup(self, config, *, other): ...\n",
            "`setup` requires `other`, which the runtime does not pass",
        ),
        (
            "    async def setup(self, a, b): ...\n",
            "`setup` requires `b`, which the runtime does not pass",
        ),
        ("    def stop(): ...\n", "`stop` takes no `self`"),
        (
            "    @staticmethod\n    def label(of): ...\n",
            "`label` requires `of`, which the runtime does not pass",
        ),
        (
            "    def __init__(self, config): ...\n",
            "`__init__` requires `config`, but the runtime constructs `Adapter` without arguments",
        ),
    ] {
        let said = said(body);
        assert!(said.ends_with(&format!("{what}\n")), "{body}: {said}");
    }
}

#[test]
fn what_a_decorator_may_mend_is_unchecked() {
    assert!(said("    @asyncify\n    def setup(self, config): ...\n").ends_with("(unchecked)\n"));
    assert!(said("    label = staticmethod(f)\n").ends_with("(unchecked)\n"));
    let generated =
        Case::with_shape(SHAPE).file("a.py", "@dataclass\nclass Adapter:\n    x: int\n");
    assert!(generated.said("adapter-signatures").ends_with("(unchecked)\n"));
}

#[test]
fn a_method_without_parameters_becomes_static() {
    let fixed = case("    def label():\n        return ''\n").fixed("adapter-signatures", "a.py");
    assert_eq!(fixed, "class Adapter:\n    @staticmethod\n    def label():\n        return ''\n");
}

#[test]
fn a_plain_method_becomes_asynchronous_under_a_persons_eyes() {
    let case = case("    @final\n    def setup(self, config): ...\n");
    let findings = case.findings("adapter-signatures");
    let fix = findings[0].fix.as_ref().expect("a fix");
    assert_eq!(fix.safety, crate::checks::Safety::Unsafe);
    assert!(case.fixed("adapter-signatures", "a.py").contains("    async def setup(self"));
}

#[test]
fn annotations_contradict_only_when_both_are_known() {
    for (written, wanted) in [
        ("int", "str"),
        ("None", "str"),
        ("dict[str, str]", "str"),
        ("typing.List[str]", "dict"),
        ("int | None", "str"),
        ("'bytes'", "str"),
    ] {
        assert!(contradicts(written, wanted), "{written}");
    }
    for (written, wanted) in [
        ("str", "str"),
        ("Dict[str, Any]", "dict"),
        ("dict[str, int | None]", "dict"),
        ("str | None", "str"),
        ("Optional[str]", "str"),
        ("Name", "str"),
        ("", "str"),
    ] {
        assert!(!contradicts(written, wanted), "{written}");
    }
}

#[test]
fn a_method_of_a_sibling_is_judged_where_it_stands() {
    let case = Case::with_shape(SHAPE)
        .file("a.py", "from m import M\nclass Adapter(M): ...\n")
        .file("m.py", "class M:\n    def setup(self, config): ...\n");
    assert!(case.said("adapter-signatures").starts_with("m.py:2:9: `setup` is not async"));
}
