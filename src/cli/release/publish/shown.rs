//! The report of a publication for people.

use super::Arguments;
use crate::cli::package::options::grouped;
use crate::cli::shared::next;
use crate::cli::shared::options::Form;
use crate::cli::{Context, json_text};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::release::publish::State;
use crate::release::publish::document::Document;

pub(super) fn show(document: &Document, arguments: &Arguments, context: &Context) -> Result<()> {
    let text = match arguments.format {
        Form::Json => json_text(document)?,
        Form::Human => human(document),
    };
    context.terminal.output_to(arguments.output.as_ref(), &text)?;
    if arguments.wish.dry_run {
        context.terminal.note("nothing was changed (--dry-run)");
    }
    if arguments.format == Form::Human && !document.next.is_empty() {
        let next: Vec<String> = document.next.iter().map(|it| context.command(it)).collect();
        next::note(context, &next);
    }
    Ok(())
}

fn human(document: &Document) -> String {
    let mut text =
        format!("{} {}, to {}\n\n", document.distribution, document.version, document.upload);
    for stage in &document.stages {
        let line = format!(
            "  {:<8} {:<12} {}",
            stage.name.as_str(),
            stage.outcome.as_str(),
            visible_line(&stage.detail)
        );
        text.push_str(line.trim_end());
        text.push('\n');
        for finding in &stage.findings {
            let place =
                finding.place.as_deref().map(|place| format!(" {place}")).unwrap_or_default();
            let line = format!(
                "           {} {} {}{place}: {}",
                finding.severity, finding.rule, finding.of, finding.message
            );
            text.push_str(&visible_line(&line));
            text.push('\n');
        }
    }
    if !document.files.is_empty() {
        text.push('\n');
    }
    for file in &document.files {
        let state = match (file.state, document.dry_run) {
            (State::Uploaded, _) => "uploaded",
            (State::AlreadyPublished, _) => "already published",
            (State::NotSent, true) => "to be uploaded",
            (State::NotSent, false) => "not sent",
        };
        let attested = match file.attestations {
            0 => String::new(),
            1 => ", 1 attestation".to_owned(),
            many => format!(", {many} attestations"),
        };
        text.push_str(&format!(
            "  {state:<18} {}  {} bytes{attested}\n{:21}sha256 {}\n",
            file.name,
            grouped(file.size),
            "",
            file.sha256
        ));
    }
    text
}
