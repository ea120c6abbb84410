//! Whether importing the adapter's module succeeds, as far as the source shows.

mod absent_files;
mod circular;
mod guaranteed;
mod unbound;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::rc::Rc;

use crate::checks::python::adapter::sibling::{Circumstances, Sibling, Siblings, Target};
use crate::checks::python::adapter::{Adapter, adapters};
use crate::checks::python::image_python::{Answer, ImagePython};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::Span;
use crate::source::python::{Hazard, Imported, Versions, When};
use absent_files::Image;
use circular::circular_import;
use guaranteed::guaranteed;
use unbound::Unbound;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP306",
    id: "import-time-failure",
    severity: Severity::Error,
    summary: "The adapter's module can be imported.",
    protects: "the container, which stops while it boots, or ends silently when the module calls `sys.exit`.",
    details: "Nothing is run. The adapter's module is read, and every module of the repository that is imported along \
              with it. Errors: a `raise`, an exit (`sys.exit`, `SystemExit`), an `assert False` or an endless loop \
              outside of functions; a name that is certainly read (in a statement, the head of a class or function, \
              a class body) and that nothing in the module binds, or only further below; a relative \
              import in a module outside of packages; a name that a module of the repository does not have, or binds \
              only behind the import that led to this one (a circular import); a module of the repository that the \
              image, whose Dockerfile names the \
              adapter, does not hold where Python looks. Names in annotations count where Python evaluates them: up to 3.13 \
              (the image's base, else `demands.python.version`), without `from __future__ import annotations`. A name that only the metaclass \
              of a base from elsewhere, or a module of the repository that has hold of `builtins`, could provide is \
              unchecked. Where a RUN, another stage or a distribution may provide it, \
              that is unchecked. In a branch they are warnings, as are reads of `os.environ[…]` without a default for \
              variables that neither the Dockerfile, nor the script that a container starts with, nor Docker, nor the \
              platform (`demands.python.environment`) sets. What the module puts into `os.environ` \
              before, or another that is imported at any time, or may (`load_dotenv()`), counts as set. What an `if` on `sys.version_info` keeps from the image's \
              Python is not reported; what it keeps from some of those that the image may have is unchecked. Failures that are caught are not reported, and neither is a read in a branch that tests for the \
              variable. What the called functions do is not followed, and whether installed packages are there is not \
              decided. Source: the runtime's `importlib.import_module(…)`.",
    fails: ("python", "import os\n\nTOKEN = os.environ[\"ACME_TOKEN\"]"),
    passes: ("python", "import os\n\nTOKEN = os.environ.get(\"ACME_TOKEN\", \"\")"),
};

/// The check.
#[derive(Debug)]
pub struct ImportTimeFailure;

impl Check for ImportTimeFailure {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for adapter in adapters(repository) {
            let guaranteed = guaranteed(repository, &adapter);
            let python = ImagePython::of_adapter(repository, adapter.demand);
            let image = Image::of(repository, &adapter);
            let mut told = BTreeSet::new();
            let reached = reached(&adapter, python.as_ref());
            let forecasts: Vec<Forecast<'_>> = reached
                .iter()
                .map(|(sibling, circumstances)| Forecast {
                    adapter: &adapter,
                    sibling,
                    reached: &reached,
                    circumstances: *circumstances,
                    python: python.as_ref(),
                })
                .collect();
            for forecast in &forecasts {
                forecast.hazards(&guaranteed, findings);
                forecast.relative_imports(findings);
                forecast.absent_names(findings);
            }
            findings.extend(circular_import(&adapter));
            // Each missing file is reported once, at an import that certainly runs if there is one.
            let Some(image) = &image else { continue };
            for certainty in [Certainty::Certain, Certainty::Open, Certainty::Doubted] {
                for forecast in &forecasts {
                    forecast.absent_files(image, certainty, &mut told, findings);
                }
            }
        }
    }
}

/// The adapter's module and everything imported along with it, each under the circumstances of the first path that
/// leads to it.
fn reached(
    adapter: &Adapter<'_>,
    python: Option<&ImagePython>,
) -> Vec<(Rc<Sibling>, Circumstances)> {
    let mut found = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let mut pending = VecDeque::from([(Rc::clone(&adapter.module), Circumstances::default())]);
    let parents = adapter.module.dotted.match_indices('.');
    for (at, _) in parents {
        let parent = adapter.module.dotted.get(..at).unwrap_or_default();
        if let Target::Inside(parent) = adapter.siblings.find(parent) {
            pending.push_back((parent, Circumstances::default()));
        }
    }
    // Imports that only some of the Pythons run come last: what another leads to, too, is not in doubt.
    let mut doubted = VecDeque::new();
    while let Some((sibling, circumstances)) = pending.pop_front().or_else(|| doubted.pop_front()) {
        if !known.insert(sibling.path.clone()) {
            continue;
        }
        // Imports that certainly run are followed before those that may not.
        let (certain, open): (Vec<_>, Vec<_>) = adapter
            .siblings
            .imported_by(&sibling, python)
            .into_iter()
            .map(|(next, own)| {
                let conditional = circumstances.conditional || own.conditional;
                let guarded = circumstances.guarded || own.guarded;
                let doubted = circumstances.doubted || own.doubted;
                (next, Circumstances { conditional, guarded, doubted })
            })
            .partition(|(_, own)| *own == Circumstances::default());
        for next in certain.into_iter().rev() {
            pending.push_front(next);
        }
        let (in_doubt, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|(_, own)| own.doubted);
        pending.extend(open);
        doubted.extend(in_doubt);
        found.push((sibling, circumstances));
    }
    found
}

/// How certain it is that a statement of a module runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// It does.
    Certain,
    /// It may not, being in a branch for example.
    Open,
    /// Only some of the Pythons run it that the image may have.
    Doubted,
}

struct Forecast<'a> {
    adapter: &'a Adapter<'a>,
    sibling: &'a Rc<Sibling>,
    /// It and all the others that are imported.
    reached: &'a [(Rc<Sibling>, Circumstances)],
    circumstances: Circumstances,
    /// The Python of the image, if it is known.
    python: Option<&'a ImagePython>,
}

impl Forecast<'_> {
    fn is_open(&self) -> bool {
        self.circumstances != Circumstances::default()
    }

    /// How certain it is that a statement runs which is in a branch, or not, for these versions; `None` if it never does.
    fn certainty(&self, conditional: bool, versions: Versions) -> Option<Certainty> {
        match ImagePython::runs(self.python, versions) {
            Answer::No => None,
            Answer::Perhaps => Some(Certainty::Doubted),
            Answer::Yes if self.circumstances.doubted => Some(Certainty::Doubted),
            Answer::Yes if conditional || self.is_open() => Some(Certainty::Open),
            Answer::Yes => Some(Certainty::Certain),
        }
    }

    fn finding(&self, message: String, span: Span, certainty: Certainty) -> Finding {
        let mut finding =
            Finding::new(&RULE, message).at(self.sibling.path.as_str(), &self.sibling.text, span);
        if self.sibling.path != self.adapter.module.path {
            finding.message.push_str(&format!(", along with `{}`", self.adapter.module.dotted));
        }
        match certainty {
            Certainty::Certain => finding,
            Certainty::Open => finding.severity(Severity::Warning),
            Certainty::Doubted => {
                finding.message.push_str("; whether the image's Python runs this is not known");
                finding.severity(Severity::Warning).unchecked()
            }
        }
    }

    fn hazards(&self, guaranteed: &BTreeSet<String>, findings: &mut Vec<Finding>) {
        let mut read: BTreeSet<&str> = BTreeSet::new();
        let mut doubted: BTreeSet<&str> = BTreeSet::new();
        for fact in &self.sibling.module.boot_facts {
            let certainty = self.certainty(fact.conditional, fact.versions);
            let Some(certainty) = certainty.filter(|_| !fact.guarded) else { continue };
            if let Hazard::EnvironmentRead(variable) = &fact.hazard {
                let variable = variable.as_deref();
                // What only some of the Pythons read says nothing of the reads behind it.
                let is_gated = fact.conditional && certainty == Certainty::Doubted;
                let is_news = !is_gated && variable.is_none_or(|name| read.insert(name));
                if is_news && !fact.conditional {
                    let certainty = certainty.max(Certainty::Open);
                    let finding = self.environment_read(variable, fact.span, certainty, guaranteed);
                    findings.extend(finding);
                }
                continue;
            }
            if let Hazard::UnboundName(unbound) = &fact.hazard {
                match self.unbound(unbound, fact.span, certainty) {
                    Some(Unbound::Perhaps(finding)) => {
                        findings.extend(doubted.insert(&unbound.name).then_some(finding));
                    }
                    Some(Unbound::Raises(finding)) => {
                        findings.push(finding);
                        return;
                    }
                    None => {}
                }
                continue;
            }
            let may = if certainty == Certainty::Certain { "" } else { "may " };
            let verb = |certain: &'static str, open: &'static str| {
                if may.is_empty() { certain } else { open }
            };
            let (message, help) = match &fact.hazard {
                Hazard::Raise(exception) => {
                    let what = exception
                        .as_deref()
                        .map_or("an exception".to_owned(), |name| format!("`{name}`"));
                    let verb = verb("raises", "raise");
                    (format!("the module {may}{verb} {what} while it is imported"), RAISE)
                }
                Hazard::Exit(by) => {
                    let verb = verb("ends", "end");
                    let message =
                        format!("the module {may}{verb} the process (`{by}`) while it is imported");
                    (message, RAISE)
                }
                Hazard::AssertFalse => {
                    let verb = verb("fails", "fail");
                    (format!("the module {may}{verb} an assertion while it is imported"), RAISE)
                }
                Hazard::EndlessLoop => {
                    let verb = verb("loops", "loop");
                    (format!("the module {may}{verb} endlessly while it is imported"), LOOP)
                }
                Hazard::EnvironmentRead(_) | Hazard::UnboundName(_) => continue,
            };
            findings.push(self.finding(message, fact.span, certainty).help(help));
            if !fact.conditional {
                // Nothing after it runs.
                return;
            }
        }
    }

    fn environment_read(
        &self,
        variable: Option<&str>,
        span: Span,
        certainty: Certainty,
        guaranteed: &BTreeSet<String>,
    ) -> Option<Finding> {
        let Some(variable) = variable else {
            let message = "which variable is read while the module is imported is not known";
            let finding = self.finding(message.to_owned(), span, certainty);
            return Some(finding.help("read it when it is needed, with a default").unchecked());
        };
        if guaranteed.contains(variable) || self.is_set_by_another(variable) {
            return None;
        }
        let message = format!(
            "the import fails with a `KeyError` where the variable `{variable}` is not set"
        );
        let help = format!("read it as `os.environ.get(\"{variable}\")`, or in `setup`");
        Some(self.finding(message, span, certainty).help(help))
    }

    /// Whether another module that is imported may set a variable, before this one or behind it. What this one has set
    /// before is no read without a default to its summary.
    fn is_set_by_another(&self, variable: &str) -> bool {
        let mut others = self.reached.iter().filter(|(other, _)| other.path != self.sibling.path);
        others.any(|(other, _)| other.module.environment.may_have(Some(variable)))
    }

    /// Reports relative imports that fail: `importlib.import_module("adapter")` sets no package for `from .x` to
    /// start from.
    fn relative_imports(&self, findings: &mut Vec<Finding>) {
        for import in &self.sibling.module.imports {
            let Imported::From { module, level, .. } = &import.imported else { continue };
            let context = import.context;
            if *level == 0 || context.guarded || context.when == When::TypeChecking {
                continue;
            }
            let certainty = self.certainty(context.conditional, context.versions);
            let Some(certainty) = certainty else { continue };
            let has_package = !self.sibling.package().is_empty();
            if has_package && Siblings::absolute(self.sibling, module, *level).is_some() {
                continue;
            }
            let lazily = match context.when {
                When::ImportTime => "",
                _ => ", when it runs",
            };
            let message = format!(
                "the relative import fails{lazily}: `{}` is imported as a top-level module",
                self.sibling.dotted
            );
            let help = match module.as_str() {
                "" => "import the module by its own name".to_owned(),
                module => format!("write `from {module} import …`"),
            };
            findings.push(self.finding(message, import.span, certainty).help(help));
        }
    }

    /// Reports names that are imported from modules of the repository which do not have them.
    fn absent_names(&self, findings: &mut Vec<Finding>) {
        for import in &self.sibling.module.imports {
            let Imported::From { module, level, names, .. } = &import.imported else { continue };
            let context = import.context;
            if context.when != When::ImportTime || context.guarded || import.lazy_keyword {
                continue;
            }
            let certainty = self.certainty(context.conditional, context.versions);
            let Some(certainty) = certainty else { continue };
            let dotted = Siblings::absolute(self.sibling, module, *level);
            let Some(dotted) = dotted.filter(|dotted| !dotted.is_empty()) else { continue };
            let Target::Inside(target) = self.adapter.siblings.find(&dotted) else { continue };
            for name in names {
                if self.has(&target, &name.name) {
                    continue;
                }
                let message = format!("`{}` has no `{}` to import", target.path, name.name);
                findings.push(
                    self.finding(message, name.name_span, certainty)
                        .help("import a name that the module binds"),
                );
            }
        }
    }

    fn has(&self, target: &Rc<Sibling>, name: &str) -> bool {
        let special = name.starts_with("__") && name.ends_with("__");
        special
            || target.may_bind(name)
            || !target.module.star_imports.is_empty()
            || !target.module.resolve(name).candidates.is_empty()
            || self.adapter.siblings.has_submodule(target, name)
    }
}

const RAISE: &str = "raise it in `setup`, where the runtime reports it";
const LOOP: &str = "move the loop into a function that the runtime calls";

#[cfg(test)]
mod tests;
