//! Uses of the runtime's own module, from a version that does not have it at all: its package was renamed, say.
//!
//! A symbol table only answers for the modules that it owns. Whose a module is that it does not own is decided here: the
//! runtime's, if fleet.yaml says that the runtime is imported by this name, or another version of it has the module.

use super::usage::{Missing, Use, is_spare};
use super::{Question, Subject};
use crate::package::interface::Offer;
use crate::package::symbols::{Doubt, ModuleKind, Presence, ReferenceKind};
use crate::source::python::is_standard;
use crate::source::requirements::normalize;

/// The most top-level modules that are named.
const NAMES: usize = 3;

/// What a version has none of, though a use needs it.
pub(super) enum Absence {
    /// The use fails.
    Certain(Missing),
    /// The module may come from elsewhere: its name, and from where.
    Doubtful(String, String),
}

/// Whether the judged version has the whole module that a use takes from the runtime; `None` if it has, or if the
/// module is not the runtime's.
pub(super) fn of(subject: &Subject<'_>, used: &Use) -> Option<Absence> {
    // Import statements and look-ups are enough: what is used later, they have imported.
    if matches!(used.reference.kind, ReferenceKind::Attribute { .. }) {
        return None;
    }
    let question = subject.question;
    let table = &question.runtime.table;
    if is_spare(table, used) {
        return None;
    }
    let root = used.root();
    let named = question.import.as_deref().filter(|import| is_of(used, import));
    if table.owns(root) {
        return match table.find(named?) {
            Presence::Maybe(doubt @ Doubt::Namespace(_)) => {
                Some(Absence::Doubtful(named?.to_owned(), doubt.to_string()))
            }
            _ => None,
        };
    }
    let had = versions(question).any(|offer| offer.table.owns(root));
    let module = named.or_else(|| had.then_some(root))?;
    let own = own_module(subject, root);
    if named.is_none() && (own.is_some() || is_standard(root)) {
        // Other versions have a module of this name too, as when `utils` was packaged by mistake, or a backport.
        return None;
    }
    let doubt = own.or_else(|| elsewhere(subject, (module, root)));
    let doubt = doubt.or_else(|| match named {
        Some(import) => misnamed_in_all(question, import),
        // The other version may have had a copy of what others distribute: `yaml`, say.
        None => not_read(subject),
    });
    let doubt = doubt.or_else(|| under_condition(used));
    Some(match doubt {
        Some(why) => Absence::Doubtful(module.to_owned(), why),
        None => Absence::Certain(Missing::Module(module.to_owned())),
    })
}

/// Whether a use takes this module, or something in it.
fn is_of(used: &Use, module: &str) -> bool {
    let reference = &used.reference;
    let taken = reference.module.as_deref().unwrap_or_default();
    let is_it = |dotted: &str| {
        dotted.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let by_name = || {
        let name = reference.name.as_deref()?;
        Some(is_it(&format!("{taken}.{name}")))
    };
    is_it(taken) || by_name() == Some(true)
}

/// The other versions of the runtime that were read.
fn versions(question: &Question) -> impl Iterator<Item = &Offer> {
    question.versions(&question.runtime.distribution).iter()
}

/// A module of the repository itself by this name, in words. In a folder below the root it may be found or not: that
/// depends on where Python searches.
fn own_module(subject: &Subject<'_>, root: &str) -> Option<String> {
    let file = format!("{root}.py");
    let mut paths = subject.repository.snapshot.entries.keys().map(|path| path.as_str());
    let is_it = |path: &&str| {
        let (folders, name) = path.rsplit_once('/').unwrap_or_default();
        let name = if folders.is_empty() { *path } else { name };
        name == file || name.ends_with(".py") && folders.split('/').any(|folder| folder == root)
    };
    paths.find(is_it).map(|path| format!("the repository has `{path}`"))
}

/// From where else the module may be installed, in words.
fn elsewhere(subject: &Subject<'_>, (module, root): (&str, &str)) -> Option<String> {
    let question = subject.question;
    let runtime = &question.runtime;
    let names = [normalize(module), normalize(root)];
    // `acme-runtime-core` may hold `acme_runtime`, as distributions are mostly named after their modules.
    let may_have = |name: &str| {
        let named_after = |module: &String| {
            name.strip_prefix(module.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        name != runtime.distribution && (name == names[1] || named_after(&names[0]))
    };
    let mut pinned = subject.pins.iter().map(|pin| pin.requirement.normalized.as_str());
    if let Some(name) = pinned.find(|name| may_have(name)) {
        return Some(format!("`{name}`, which the repository requires, may have it"));
    }
    let required = runtime.requires.iter().flatten();
    let mut required = required.map(|requirement| requirement.normalized.as_str());
    if let Some(name) = required.find(|name| may_have(name)) {
        return Some(format!("`{name}`, which it requires, may have it"));
    }
    let others = question.others.iter().filter(|(name, _)| **name != runtime.distribution);
    if let Some(offer) = others.flat_map(|(_, offers)| offers).find(|it| it.table.owns(root)) {
        return Some(format!("{} has a module of that name", offer.label));
    }
    // A part of a namespace package may be installed by any distribution.
    let known = versions(question).filter_map(|offer| offer.table.module(root));
    let kinds: Vec<ModuleKind> = known.map(|module| module.kind).collect();
    if kinds.contains(&ModuleKind::Namespace) || module != root && kinds.is_empty() {
        return Some(format!("other distributions may extend `{root}`"));
    }
    let is_empty = runtime.table.top_level().next().is_none();
    let requires_nothing = runtime.requires.as_ref().is_some_and(Vec::is_empty);
    (is_empty && !requires_nothing)
        .then(|| "it has no module at all, and may get it from what it requires".to_owned())
}

/// A distribution that is installed beside the runtime and was not read, in words. Whose modules it has cannot be told
/// from its name: `pyyaml` has `yaml`.
fn not_read(subject: &Subject<'_>) -> Option<String> {
    let question = subject.question;
    let runtime = &question.runtime;
    let unread =
        |name: &&str| *name != runtime.distribution && !question.others.contains_key(*name);
    let mut pinned = subject.pins.iter().map(|pin| pin.requirement.normalized.as_str());
    if let Some(name) = pinned.find(unread) {
        return Some(format!(
            "`{name}`, which the repository requires, was not read and may have it"
        ));
    }
    let required = runtime.requires.iter().flatten();
    let name = required.map(|it| it.normalized.as_str()).find(unread)?;
    Some(format!("`{name}`, which it requires, was not read and may have it"))
}

/// In words, that an import may not run: the condition may ask which of two names there is. Where a failure is caught,
/// that does not matter.
fn under_condition(used: &Use) -> Option<String> {
    (used.reference.conditional && !used.reference.guarded)
        .then(|| format!("`{}` imports it only under a condition", used.path))
}

/// In words, that no version has the module by which fleet.yaml says that the runtime is imported: then the name is
/// more likely wrong than the module gone.
fn misnamed_in_all(question: &Question, import: &str) -> Option<String> {
    let mut others = versions(question).peekable();
    others.peek()?;
    let has = |offer: &Offer| offer.table.owns(import);
    (!others.any(has)).then(|| {
        "no other version that was read has it, so `runtime_package.import` of fleet.yaml may be wrong".to_owned()
    })
}

impl Question {
    /// In words, that the version does not have the module by which fleet.yaml says that it is imported, and what it
    /// has instead. It is about the fleet: it is told once, not for each member.
    #[must_use]
    pub fn misnamed(&self) -> Option<String> {
        let import = self.import.as_deref()?;
        let table = &self.runtime.table;
        let may_have = match table.find(import) {
            Presence::Present => true,
            Presence::Maybe(doubt) => !matches!(doubt, Doubt::Namespace(_)),
            Presence::Absent | Presence::NoModule => false,
        };
        if may_have {
            return None;
        }
        let all: Vec<String> = table.top_level().map(|name| format!("`{name}`")).collect();
        let more = match all.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let has = match all.get(..NAMES).unwrap_or(&all).join(", ") {
            none if none.is_empty() => "no module".to_owned(),
            some => format!("{some}{more}"),
        };
        Some(format!(
            "{} has {has}, not `{import}`, which `runtime_package.import` of fleet.yaml names",
            self.runtime.label
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Question, judge};
    use crate::checks::testing::Case;
    use crate::checks::{Finding, Severity};
    use crate::package::interface::Offer;
    use crate::package::version::read as version;
    use crate::source::Text;
    use crate::source::requirements::Requirements;

    const SHAPE: &str =
        "demands:\n  requirements: [{ path: requirements.txt, distribution: acme-runtime }]\n";

    fn offer(at: &str, texts: &[(&str, &str)]) -> Offer {
        let mut offer = Offer::of_texts("acme-runtime", texts);
        offer.requires = Some(Vec::new());
        offer.at_version(version(at).expect("a version"))
    }

    fn renamed() -> Offer {
        offer("0.5.0", &[("acme_rt/__init__.py", "def start(): ...\n")])
    }

    fn earlier() -> Offer {
        offer("0.4.0", &[("acme_runtime/__init__.py", "def start(): ...\n")])
    }

    fn member(app: &str) -> Case {
        Case::with_shape(SHAPE).file("app.py", app).file("requirements.txt", "acme-runtime>=0.5\n")
    }

    const STARTS: &str = "import os\nfrom acme_runtime import start, stop\n";

    fn judged(case: &Case, question: Question, import: Option<&str>) -> Vec<Finding> {
        let question = question.imported_as(import);
        case.judged(|repository| judge(repository, &question))
    }

    fn about(runtime: Offer, beside: Vec<Offer>) -> Question {
        Question::new(runtime, beside, &[])
    }

    /// The one finding, which is certain, and what it says.
    fn breaks(findings: &[Finding]) -> &str {
        let [one] = findings else { panic!("{findings:#?}") };
        assert_eq!((one.rule.id, one.unchecked), ("runtime-symbol-missing", false), "{one:#?}");
        &one.message
    }

    /// The one finding, which is not certain, and what it says.
    fn unsure(findings: &[Finding]) -> &str {
        let [one] = findings else { panic!("{findings:#?}") };
        assert_eq!((one.rule.id, one.unchecked), ("runtime-symbol-missing", true), "{one:#?}");
        &one.message
    }

    #[test]
    fn a_version_without_the_module_breaks_who_imports_it() {
        let import = Some("acme_runtime");
        let found = judged(&member(STARTS), about(renamed(), Vec::new()), import);
        assert_eq!(
            breaks(&found),
            "breaks `acme-agent` when `app.py` is imported: there is no module `acme_runtime` in acme-runtime 0.5.0"
        );
        assert_eq!(found[0].severity, Severity::Error);
        let region = found[0].location.as_ref().and_then(|it| it.region.as_ref()).expect("a place");
        assert_eq!((region.start.line, region.start.column), (2, 6));
        // An earlier version proves as well whose module it is.
        let found = judged(&member(STARTS), about(renamed(), vec![earlier()]), None);
        breaks(&found);
        let help = found[0].help.as_deref().expect("a help");
        assert!(help.starts_with("acme-runtime 0.4.0 had it"), "{help}");
        for app in ["import acme_runtime.plugins as p\n", "__import__('acme_runtime')\n"] {
            breaks(&judged(&member(app), about(renamed(), Vec::new()), import));
        }
        let caught = "try:\n    import acme_runtime\nexcept ImportError:\n    pass\n";
        let found = judged(&member(caught), about(renamed(), Vec::new()), import);
        assert_eq!(found[0].severity, Severity::Info);
        breaks(&found);
    }

    #[test]
    fn modules_of_others_are_not_the_runtimes() {
        let app = "import acme_rt\nimport acme_runtime_tools\nfrom flask import Flask\n";
        for beside in [Vec::new(), vec![earlier()]] {
            let question = about(renamed(), beside);
            assert!(judged(&member(app), question, Some("acme_runtime")).is_empty());
        }
        assert!(judged(&member(STARTS), about(renamed(), Vec::new()), None).is_empty());
        // An older version had a module by mistake that the repository has itself.
        let careless = offer("0.4.0", &[("acme_rt/__init__.py", ""), ("utils.py", "")]);
        let case = member("from utils import x\n").file("src/utils.py", "x = 1\n");
        assert!(judged(&case, about(renamed(), vec![careless]), Some("acme_rt")).is_empty());
    }

    #[test]
    fn what_may_come_from_elsewhere_is_not_known() {
        let import = Some("acme_runtime");
        let ask = |case: &Case| judged(case, about(renamed(), Vec::new()), import);
        let found = ask(&member(STARTS).file("src/acme_runtime/__init__.py", ""));
        assert_eq!(
            unsure(&found),
            "whether `acme-agent` works with acme-runtime 0.5.0 is not known: it has no module `acme_runtime`, but \
             the repository has `src/acme_runtime/__init__.py`"
        );
        unsure(&ask(&member(STARTS).file("acme_runtime/plugins.py", "")));
        // What Python finds first is the repository's own.
        for own in ["acme_runtime.py", "acme_runtime/__init__.py"] {
            assert!(ask(&member(STARTS).file(own, "")).is_empty(), "{own}");
        }
        // A test alone does not make the container uncertain.
        let case = member("").file("tests/test_app.py", STARTS);
        let [one] = &ask(&case.file("src/acme_runtime/__init__.py", ""))[..] else { panic!() };
        assert_eq!((one.severity, one.unchecked), (Severity::Info, false));
        let both = "acme-runtime>=0.5\nacme-runtime-core\n";
        let found = ask(&member(STARTS).file("requirements.txt", both));
        assert!(unsure(&found).contains("`acme-runtime-core`, which the repository requires"));
        // Something that merely begins alike is something else.
        breaks(&ask(&member(STARTS).file("requirements.txt", "acme-runtime\nacme-runtimes\n")));
        let with_requirements = |mut runtime: Offer| {
            let listed = Requirements::parse(&Text::new("httpx\nacme-runtime-core\n"));
            runtime.requires = Some(listed.requirements().cloned().collect());
            runtime
        };
        let question = about(with_requirements(renamed()), Vec::new());
        let found = judged(&member(STARTS), question, import);
        assert!(unsure(&found).contains("`acme-runtime-core`, which it requires"));
        let mut empty = offer("0.5.0", &[]);
        breaks(&judged(&member(STARTS), about(empty, Vec::new()), import));
        empty = offer("0.5.0", &[]);
        let listed = Requirements::parse(&Text::new("httpx\n"));
        empty.requires = Some(listed.requirements().cloned().collect());
        let found = judged(&member(STARTS), about(empty, Vec::new()), import);
        assert!(unsure(&found).contains("it has no module at all"));
    }

    #[test]
    fn a_fallback_that_is_not_needed_does_not_break() {
        let tries = |first: &str, then: &str| {
            format!(
                "try:\n    from {first} import start\nexcept ImportError:\n    from {then} import start\n"
            )
        };
        let import = Some("acme_runtime");
        let ask = |app: &str| judged(&member(app), about(renamed(), vec![earlier()]), import);
        assert!(ask(&tries("acme_rt", "acme_runtime")).is_empty());
        let found = ask(&tries("acme_runtime", "acme_rt"));
        assert!(
            found.iter().all(|it| it.severity == Severity::Info && !it.unchecked),
            "{found:#?}"
        );
        // The version before the rename works as well, in both orders.
        for app in [tries("acme_rt", "acme_runtime"), tries("acme_runtime", "acme_rt")] {
            let mut found = judged(&member(&app), about(earlier(), vec![renamed()]), None);
            found.retain(|it| it.rule.id == "runtime-symbol-missing");
            assert!(
                found.iter().all(|it| it.severity == Severity::Info && !it.unchecked),
                "{found:#?}"
            );
        }
        // Inside of one module it is the same.
        assert!(ask(&tries("acme_rt", "acme_rt.old")).is_empty());
        let both_gone = tries("acme_rt.new", "acme_rt.old");
        assert!(ask(&both_gone).iter().any(|it| it.severity == Severity::Error));
        let asks = "from importlib.util import find_spec\nif find_spec('acme_rt'):\n    import acme_rt\n\
                    else:\n    import acme_runtime\n";
        assert!(unsure(&ask(asks)).contains("`app.py` imports it only under a condition"));
    }

    #[test]
    fn a_module_that_was_only_copied_may_be_that_of_others() {
        let copies = || {
            offer(
                "0.4.0",
                &[("acme_rt/__init__.py", ""), ("yaml/__init__.py", ""), ("tomllib.py", "")],
            )
        };
        let ask = |app: &str, listed: &str| {
            let case = member(app).file("requirements.txt", listed);
            judged(&case, about(renamed(), vec![copies()]), None)
        };
        assert!(ask("import tomllib\n", "acme-runtime>=0.5\n").is_empty());
        let found = ask("import yaml\n", "acme-runtime>=0.5\npyyaml\n");
        assert!(unsure(&found).contains("`pyyaml`, which the repository requires, was not read"));
        breaks(&ask("import yaml\n", "acme-runtime>=0.5\n"));
    }

    #[test]
    fn a_namespace_package_may_be_that_of_others() {
        let app = "from acme import runtime\nimport acme.other\n";
        let rest = || offer("0.5.0", &[("acme/rt.py", "")]);
        for runtime in [renamed(), rest()] {
            let found = judged(&member(app), about(runtime, Vec::new()), Some("acme.runtime"));
            let said = unsure(&found);
            assert!(said.contains("it has no module `acme.runtime`, but "), "{said}");
            assert!(said.ends_with("extend") || said.ends_with("extend `acme`"), "{said}");
        }
        let earlier = offer("0.4.0", &[("acme_runtime/start.py", "")]);
        let question = about(renamed(), vec![earlier]);
        unsure(&judged(&member(STARTS), question, Some("acme_runtime")));
    }

    #[test]
    fn a_name_that_no_version_has_is_doubted_and_told_once() {
        let question = || about(renamed(), vec![offer("0.4.0", &[("acme_rt/__init__.py", "")])]);
        let found = judged(&member(STARTS), question(), Some("acme_runtime"));
        assert!(unsure(&found).contains("`runtime_package.import` of fleet.yaml may be wrong"));
        let told = |import: &str| question().imported_as(Some(import)).misnamed();
        assert_eq!(
            told("acme_runtime").as_deref(),
            Some(
                "acme-runtime 0.5.0 has `acme_rt`, not `acme_runtime`, which `runtime_package.import` of fleet.yaml names"
            )
        );
        assert_eq!(told("acme_rt"), None);
        assert_eq!(question().misnamed(), None);
    }
}
