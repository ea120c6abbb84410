//! Names that nothing has bound when the module reads them.

use super::{Certainty, Forecast};
use crate::checks::Finding;
use crate::checks::python::image_python::{Answer, ImagePython};
use crate::source::Span;
use crate::source::python::{Provider, PythonVersion, UnboundName, Versions};

/// The first version of Python that evaluates annotations on demand only (PEP 649).
const EVALUATES_LATER: PythonVersion = PythonVersion { major: 3, minor: 14 };

/// What is said of a name that the module does not bind.
pub(super) enum Unbound {
    /// The module ends where it reads the name.
    Raises(Finding),
    /// It may, or may not.
    Perhaps(Finding),
}

impl Forecast<'_> {
    /// What is said of such a name, if its reading fails, or may do so.
    pub(super) fn unbound(
        &self,
        unbound: &UnboundName,
        span: Span,
        certainty: Certainty,
    ) -> Option<Unbound> {
        let name = &unbound.name;
        let is_evaluated = match unbound.in_annotation {
            true => self.evaluates_annotations(),
            false => Answer::Yes,
        };
        if is_evaluated == Answer::No || self.adapter.siblings.has_submodule(self.sibling, name) {
            return None;
        }
        // A class has its name only once its body has run.
        let own = self.sibling.module.classes.iter().find(|class| class.span.contains(span));
        let own = own.map_or("", |class| class.name.as_str());
        let remedy = self.sibling.remedy_for_undefined(name, span.start, own, None);
        let (why, help) = match unbound.bound_below {
            None => (format!("nothing binds `{name}`"), remedy.as_str()),
            Some(below) if below > span.start => {
                let line = self.sibling.text.position(below).line;
                (format!("`{name}` is bound only below, on line {line}"), "move this below it")
            }
            Some(_) => (format!("nothing binds `{name}` before"), "give it a value first"),
        };
        let doubt = match self.source_of_more(unbound) {
            Some(source) => Some(format!("unless {source}")),
            None => (is_evaluated == Answer::Perhaps)
                .then(|| format!("and only Python before {EVALUATES_LATER} reads it here")),
        };
        if let Some(doubt) = doubt {
            let message =
                format!("whether the import fails with a `NameError` is not known: {why}, {doubt}");
            let finding = self.finding(message, span, certainty.max(Certainty::Open));
            return Some(Unbound::Perhaps(finding.help(help).unchecked()));
        }
        let raises = if certainty == Certainty::Certain { "raises" } else { "may raise" };
        let message = format!("the module {raises} a `NameError` while it is imported: {why}");
        Some(Unbound::Raises(self.finding(message, span, certainty).help(help)))
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

    /// Whether the Python of the image evaluates annotations with their statement; it is not known to do so where that is
    /// not known.
    fn evaluates_annotations(&self) -> Answer {
        let earlier = Versions::before(EVALUATES_LATER);
        self.python.map_or(Answer::No, |python: &ImagePython| python.is_of(earlier))
    }

    /// Whether a base is the one that the shape demands, an ordinary class.
    fn is_demanded_base(&self, provider: &Provider) -> bool {
        let Provider::Base(written) = provider else { return false };
        let last = written.rsplit('.').next();
        last.is_some() && last == self.adapter.demand.base.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    #[test]
    fn a_name_that_is_bound_below_is_not_said_to_be_bound_by_nothing() {
        let source = "def f(x: Later): ...\n\n\nclass Later: ...\n";
        let found = Case::conformant()
            .file("adapter.py", source)
            .replace("Dockerfile", "FROM python:3.11-slim", "FROM python:3.14-slim\nRUN uv sync")
            .findings("import-time-failure");
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert!(found.unchecked);
        assert!(found.message.ends_with(
            "is not known: `Later` is bound only below, on line 4, and only Python before 3.14 reads it here"
        ));
        assert_eq!(found.help.as_deref(), Some("move this below it"));
    }
}
