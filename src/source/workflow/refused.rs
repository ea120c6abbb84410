//! What a forge refuses of a workflow that is YAML: it then runs nothing of it.

use super::expression::unclosed_below;
use super::known::{EVENTS, SCOPES};
use super::{Permissions, Problem, Workflow};
use crate::source::text::Span;
use crate::source::typed::nearest;
use crate::source::yaml::Node;

/// What is read otherwise by the forges: GitHub has a reader of its own, Gitea that of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub.
    GitHub,
    /// Gitea and Forgejo.
    Gitea,
}

impl Workflow {
    /// Returns what the forge refuses as a whole. What it would only not understand in a part is among
    /// [`Workflow::problems`].
    #[must_use]
    pub fn refused_by(&self, forge: Forge) -> Vec<Problem> {
        let document = self.document();
        let root = document.root();
        let mut found = Vec::new();
        let mut say = |span: Span, message: String| found.push(Problem { span, message });
        for duplicate in document.duplicate_keys() {
            let key = document.text().slice(duplicate.second);
            say(duplicate.second, format!("the key `{key}` is there twice"));
        }
        if !root.is_mapping() {
            say(Span::at(root.span().start), format!("it is {} and no mapping", root.type_name()));
            return found;
        }
        for key in ["on", "jobs"].into_iter().filter(|key| root.get(key).is_none()) {
            say(Span::at(root.span().start), format!("`{key}` is missing"));
        }
        if forge == Forge::GitHub {
            for further in document.further_documents() {
                say(*further, "a second document starts here".to_owned());
            }
            for job in root.get("jobs").into_iter().flat_map(Node::entries) {
                let has = |key: &str| job.value.get(key).is_some();
                // A job that is no mapping, or whose keys a merge key would bring, is told otherwise.
                if job.value.is_mapping() && !["runs-on", "uses", "<<"].into_iter().any(has) {
                    say(job.key.span(), "the job has no `runs-on`".to_owned());
                }
            }
            for key in document.merge_keys() {
                say(
                    key.span(),
                    "GitHub knows no merge key `<<`, but anchors and aliases".to_owned(),
                );
            }
        }
        if forge == Forge::GitHub {
            found.extend(self.misspelled());
            let jobs = root.get("jobs").into_iter().flat_map(unclosed_below);
            found.extend(jobs.map(|span| {
                let message = "the expression `${{` is never closed".to_owned();
                Problem { span, message }
            }));
        }
        found.sort_by_key(|problem| problem.span);
        found
    }

    /// Events and scopes that are written almost as GitHub knows them. It may know others by now, so what is like none of
    /// them passes.
    fn misspelled(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut say = |span: Span, what: &str, name: &str, known: &[&str]| {
            if known.contains(&name) {
                return;
            }
            if let Some(meant) = nearest(name, known.iter().copied()) {
                let message = format!("`{name}` is no {what}, did you mean `{meant}`?");
                found.push(Problem { span, message });
            }
        };
        for trigger in &self.triggers {
            say(trigger.event.span, "event", &trigger.event.text, &EVENTS);
        }
        let of_jobs = self.jobs.iter().map(|job| &job.permissions);
        for permissions in of_jobs.chain([&self.permissions]).flatten() {
            let Permissions::Scopes(_, scopes) = permissions else { continue };
            for scope in scopes {
                say(scope.key.span, "scope of a token", &scope.key.text, &SCOPES);
            }
        }
        found
    }
}
