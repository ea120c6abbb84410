//! A scene of the demo: one change for all members, in waves, with a person who makes decisions of her own.

use super::forge::Stage;
use super::person::{NAME, Person};
use crate::error::{Error, Result};

/// The campaign's file in the fleet's folder, and the plan next to it.
pub(super) const FILE: &str = "campaign.yaml";
const PLAN: &str = "campaign.plan.json";

/// The campaign's branch.
const BRANCH: &str = "shipshape/back-in-shape";

/// Plans the campaign and applies it as far as the person permits.
pub(super) fn tell(stage: &Stage<'_>) -> Result<()> {
    let token =
        stage.forge.token(NAME).ok_or_else(|| Error::failed("the demo has no token for ann"))?;
    let ann = Person::at(&stage.forge.url(), token)?;
    stage.says(
        "\nOne change for all\n\ncampaign.yaml says what is brought back into shape. A plan is shown before \
        anything is written; one repository goes\nfirst, the others follow when it is merged. ann, a person with \
        a token of her own, looks at what is offered.\n",
    )?;
    let apply = format!("campaign apply {PLAN} --yes");
    let merge = format!("campaign merge {FILE}");
    stage.types(&format!("campaign plan {FILE} --lines 6"))?;
    stage.types(&apply)?;
    ann.approves("deepagents")?;
    stage.says(&format!("\n{NAME} approves the pull request of deepagents.\n"))?;
    stage.types(&merge)?;
    stage.types(&apply)?;
    ann.approves("gemini-cli")?;
    ann.closes("hermes")?;
    ann.pushes("crewai", BRANCH, "decisions.md")?;
    stage.says(&format!(
        "\n{NAME} approves the one of gemini-cli, closes the one of hermes, and pushes a commit to the branch of \
         crewai.\n"
    ))?;
    stage.types(&merge)?;
    stage.types(&apply)?;
    stage.types(&format!("campaign status {FILE}"))?;
    stage.says("\nWhat was merged has no drift any more; what she closed and what she took over is hers.\n")?;
    stage.types("fleet status --no-images")?;
    Ok(())
}
