//! A plan that is not carried out because of errors in its files: nothing is there to be put right afterwards.

use super::given::Said;
use super::plan::{Plan, Stage, Wish};
use super::{document, repeated};
use crate::cli::shared::options::Form;
use crate::cli::{Exit, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::scaffold::creation::Creation;
use crate::scaffold::hindrance::Hindrances;

/// Why a plan is not carried out unless somebody says otherwise.
pub(super) struct Refusal {
    /// Whether nobody can say otherwise.
    pub(super) is_certain: bool,
    /// The errors, and what to do about them.
    pub(super) error: Error,
}

impl Refusal {
    /// The one of a plan, if it has errors.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let Hindrances { certain, others } = plan.hindrances();
        let all: Vec<&String> = certain.iter().chain(&others).collect();
        if all.is_empty() {
            return None;
        }
        let name = plan.draft.repository.to_string();
        let (name, errors) = (name.trim_start_matches('/'), counted(all.len(), "error"));
        let refused = match plan.stage {
            // Its repository may be there already.
            Stage::Begun => {
                format!("the files of `{name}` are not committed: they would begin with {errors}")
            }
            _ => format!("`{name}` is not created: it would begin with {errors}"),
        };
        let error = Error::failed(refused);
        let error = all.into_iter().fold(error, Error::caused_by);
        let error = match plan.stage {
            // The answers of the run that is continued are recorded.
            Stage::Begun => error.hint(
                "correct the shape, or begin again with other answers: `--start-over` commits their files instead",
            ),
            _ => error.hint("give other answers, or correct the shape that they go into"),
        };
        let is_certain = !certain.is_empty();
        Some(Self { is_certain, error })
    }

    /// Ends a run that creates nothing because of it. A person was asked before, if `is_asked`.
    pub(super) fn told(
        self,
        wish: &Wish<'_>,
        plan: &Plan,
        said: &Said,
        is_asked: bool,
    ) -> Result<Exit> {
        let Wish { arguments, context, chosen, .. } = wish;
        let anyway = Said { anyway: true, ..said.clone() };
        let command = repeated::command(arguments, context, chosen, &anyway);
        let next: Vec<String> = (!self.is_certain).then_some(command).into_iter().collect();
        let [create, creates] = match plan.stage {
            Stage::Begun => ["commit the files", "commits them"],
            _ => ["create it", "creates it"],
        };
        let error = match next.first() {
            Some(command) => {
                self.error.hint(format!("or {create} with them: {}", visible_line(command)))
            }
            None => self.error.hint(format!(
                "no option {creates} with a credential, or with what does not parse"
            )),
        };
        let error = match self.is_certain && is_asked {
            // Nothing else has the answers that were typed.
            true => {
                let again = repeated::asking(arguments, context, chosen, said);
                error.hint(format!(
                    "to give your answers again, corrected: {}",
                    visible_line(&again)
                ))
            }
            false => error,
        };
        if arguments.format == Form::Json {
            let forge = wish.forge.clone().map(|address| document::on_forge(address, plan));
            let left = vec![error.in_one_line()];
            document::print(
                context,
                &Creation { forge, left, next, ..document::of(arguments, plan) },
            )?;
        }
        context.terminal.error(&error);
        Ok(Exit::Findings)
    }
}
