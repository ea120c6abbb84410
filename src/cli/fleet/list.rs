//! `shipshape fleet list`: the members in fleet.yaml, without network access.

use clap::Args;

use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Member;
use crate::fleet::listing::Listing;

/// List the members of fleet.yaml, with the values that each takes from its kind.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fleet list
  shipshape fleet list --kind workspace --owner @acme/agents
  shipshape fleet list --format json | jq -r '.members[].repository'")]
pub(crate) struct Arguments {
    /// Only members of this kind.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Only members that this team or person owns.
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,

    /// Also list retired members.
    #[arg(long)]
    retired: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.required_fleet()?;
    if let Some(kind) = arguments.kind.as_ref().filter(|it| !fleet.manifest.kinds.contains_key(*it))
    {
        let known: Vec<&str> = fleet.manifest.kinds.keys().map(String::as_str).collect();
        return Err(Error::usage(format!("the fleet has no kind `{kind}`"))
            .in_file(&fleet.file)
            .hint(format!("kinds are {}", known.join(", "))));
    }
    let wanted = |member: &&Member| {
        (arguments.retired || member.retired.is_none())
            && arguments.kind.as_ref().is_none_or(|kind| *kind == member.kind)
            && arguments.owner.as_ref().is_none_or(|owner| member.owner.as_ref() == Some(owner))
    };
    let members: Vec<&Member> = fleet.members.iter().filter(wanted).collect();
    let text = match arguments.format {
        Form::Human => human(&members, context.terminal.columns()),
        Form::Json => json_text(&Listing::of(&fleet, &members))?,
    };
    context.terminal.output(&text)?;
    Ok(Exit::Clean)
}

fn human(members: &[&Member], columns: Option<usize>) -> String {
    let heads = ["MEMBER", "REPOSITORY", "KIND", "PROFILE", "OWNER"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for member in members {
        let place = match &member.path {
            Some(path) => format!("{}/{path}", member.repository),
            None => member.repository.to_string(),
        };
        let retired = member.retired.map(|date| format!(" (retired {date})")).unwrap_or_default();
        rows.push(vec![
            visible_line(&member.slug) + &retired,
            visible_line(&place),
            visible_line(&member.kind),
            visible_line(member.profile.as_deref().unwrap_or("-")),
            visible_line(member.owner.as_deref().unwrap_or("-")),
        ]);
    }
    let mut text = crate::cli::shared::columns::fitted(&rows, columns);
    text.push_str(&format!("\n{}\n", counted(members.len(), "member")));
    text
}
