//! Names that nothing has bound when the module reads them.

use super::Forecast;
use crate::checks::Finding;
use crate::source::Span;
use crate::source::python::{Provider, PythonVersion, UnboundName};

/// The first version of Python that evaluates annotations on demand only (PEP 649).
const EVALUATES_LATER: (u8, u8) = (3, 14);

impl Forecast<'_> {
    /// What is said of such a name, if its reading fails, or may do so.
    pub(super) fn unbound(&self, unbound: &UnboundName, span: Span) -> Option<Finding> {
        let name = &unbound.name;
        if self.adapter.siblings.has_submodule(self.sibling, name)
            || (unbound.in_annotation && !self.evaluates_annotations())
        {
            return None;
        }
        // A class has its name only once its body has run.
        let own = self.sibling.module.classes.iter().find(|class| class.span.contains(span));
        let own = own.map_or("", |class| class.name.as_str());
        let remedy = self.sibling.remedy_for_undefined(name, span.start, own, None);
        if let Some(source) = self.source_of_more(unbound) {
            let message = format!(
                "whether the import fails with a `NameError` is not known: nothing binds `{name}`, unless {source}"
            );
            return Some(self.finding(message, span, true).help(remedy).unchecked());
        }
        let (why, help) = match unbound.bound_below {
            None => (format!("nothing binds `{name}`"), remedy.as_str()),
            Some(below) if below > span.start => {
                let line = self.sibling.text.position(below).line;
                (format!("`{name}` is bound only below, on line {line}"), "move this below it")
            }
            Some(_) => (format!("nothing binds `{name}` before"), "give it a value first"),
        };
        let raises = if self.is_open() { "may raise" } else { "raises" };
        let message = format!("the module {raises} a `NameError` while it is imported: {why}");
        Some(self.finding(message, span, false).help(help))
    }

    /// What else may have bound such a name, in words.
    fn source_of_more(&self, unbound: &UnboundName) -> Option<String> {
        let mut providers = unbound.providers.iter();
        match providers.find(|it| !self.is_demanded_base(it)) {
            Some(Provider::Base(base)) => {
                return Some(format!("the metaclass of `{base}` provides it"));
            }
            Some(Provider::Metaclass(own)) => {
                return Some(format!("the metaclass `{own}` provides it"));
            }
            None => {}
        }
        // The module itself has no hold of them, or nothing would have been said of it.
        let mut reached = self.reached.iter().map(|(sibling, _)| sibling);
        let adds = reached.find(|sibling| sibling.module.may_add_builtins())?;
        Some(format!("`{}` makes a builtin of it", adds.path))
    }

    /// Whether the Python of the image is known to evaluate annotations with their statement.
    fn evaluates_annotations(&self) -> bool {
        let (major, minor) = EVALUATES_LATER;
        let later = PythonVersion::new(major, minor);
        !self.pythons.is_empty() && self.pythons.iter().all(|python| *python < later)
    }

    /// Whether a base is the one that the shape demands, an ordinary class.
    fn is_demanded_base(&self, provider: &Provider) -> bool {
        let Provider::Base(written) = provider else { return false };
        let last = written.rsplit('.').next();
        last.is_some() && last == self.adapter.demand.base.as_deref()
    }
}
