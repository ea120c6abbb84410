//! Examples of templates beside the runtime that they use.

use super::framed;
use crate::checks::Finding;
use crate::checks::compatibility::{Question, judge, judge_shapes, users};
use crate::checks::testing::Case;
use crate::package::interface::Offer;
use crate::package::version::read as version;
use crate::source::Text;
use crate::source::requirements::Requirements;

const SHAPE: &str = "\
demands:
  requirements: [{ path: requirements.txt, distribution: acme-runtime }]
  python:
    package: acme_runtime
    adapters:
      - path: adapter.py
        name: Adapter
        base: BaseAdapter
        EXAMPLE
";

const BASE: &str = "\
from abc import ABC, abstractmethod


class AdapterConfig:
    tools: list


class BaseAdapter(ABC):
    @abstractmethod
    async def teardown(self): ...

    async def setup(self, config: AdapterConfig): ...
";

/// What an adapter is in whose place the example stands.
const ADAPTER: &str = "\
from acme_runtime.base import BaseAdapter


EXAMPLE


Adapter = AcmeAdapter
";

const METHOD: &str = "\
class AcmeAdapter(BaseAdapter):
    async def teardown(self): ...

    EXAMPLE
";

fn offer(distribution: &str, at: &str, texts: &[(&str, &str)]) -> Offer {
    Offer::of_texts(distribution, texts).at_version(version(at).expect("a version"))
}

fn runtime(base: &str) -> Offer {
    let plugins = "def load_plugins(): ...\ndef load(): ...\ndef other(): ...\n";
    let texts = [
        ("acme_runtime/__init__.py", ""),
        ("acme_runtime/plugins.py", plugins),
        ("acme_runtime/base.py", base),
    ];
    let listed = Requirements::parse(&Text::new("httpx>=0.27\n"));
    let mut runtime = offer("acme-runtime", "0.2.0", &texts);
    runtime.requires = Some(listed.requirements().cloned().collect());
    runtime
}

pub(super) fn judged(rule: &str, example: &str) -> Option<Vec<Finding>> {
    let imports = "from acme_runtime.plugins import load_plugins\n";
    let (mut shape, mut base, mut beside) = (framed(SHAPE, ""), BASE, Vec::new());
    let mut files = vec![("requirements.txt", "acme-runtime>=0.1\nhttpx>=0.20\n".to_owned())];
    match rule {
        "runtime-symbol-missing" | "symbol-in-use" => {
            files.push(("executor.py", example.to_owned()));
        }
        "third-party-symbol-missing" => {
            beside.push(offer("httpx", "0.28", &[("httpx/__init__.py", "class Client: ...\n")]));
            files.push(("executor.py", example.to_owned()));
        }
        "runtime-contract" => files.push(("adapter.py", framed(ADAPTER, example))),
        "runtime-config-field" => {
            files.push(("adapter.py", framed(ADAPTER, &framed(METHOD, example))));
        }
        "shape-behind-runtime" => {
            shape = framed(SHAPE, example);
            base = "class BaseAdapter:\n    async def setup(self): ...\n";
        }
        "pin-admits-too-old" => {
            beside.push(offer("acme-runtime", "0.1.0", &[("acme_runtime/__init__.py", "")]));
            let plugins = ("acme_runtime/plugins.py", "def load_plugins(): ...\n");
            beside.push(offer(
                "acme-runtime",
                "0.1.9",
                &[("acme_runtime/__init__.py", ""), plugins],
            ));
            files.extend([
                ("requirements.txt", example.to_owned()),
                ("executor.py", imports.to_owned()),
            ]);
        }
        "pin-excludes-runtime" | "dependency-ranges-disjoint" | "compatibility-unread" => {
            files.extend([
                ("requirements.txt", example.to_owned()),
                ("base.txt", "httpx>=0.27\n".to_owned()),
            ]);
        }
        _ => return None,
    }
    let mut case = Case::with_shape(&shape);
    for (path, text) in files {
        case = case.file(path, text);
    }
    Some(case.judged(|repository| {
        let packs = [repository.pack];
        let question = Question::new(runtime(base), beside, &packs);
        let mut found = judge(repository, &question);
        found.extend(judge_shapes(&packs, &question));
        found.extend(users(repository, "acme_runtime.plugins.load"));
        found
    }))
}
