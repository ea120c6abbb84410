//! `shipshape drift A B`: compares the files of two trees.

use std::path::Path;

use crate::cli::shared::options::{ReportOptions, SubjectOptions};
use crate::cli::{Context, Exit, json_text};
use crate::drift::trees::{self, Difference};
use crate::error::{Error, Result};
use crate::report::Format;
use crate::snapshot;

pub(super) fn compare(
    context: &Context,
    one: &Path,
    other: &Path,
    subject: &SubjectOptions,
    report: &ReportOptions,
) -> Result<Exit> {
    if !report.also.is_empty() {
        return Err(Error::usage("two trees are compared in one format")
            .hint("leave out --also, or run it again with another --format"));
    }
    let left = snapshot::open(one, subject.reference.as_deref())?;
    let right = snapshot::open(other, subject.reference.as_deref())?;
    let comparison = trees::compare(&left, &right);
    let text = match report.format {
        Format::Human => human(one, other, &comparison),
        Format::Json => json_text(&trees::Document::new(one, other, &comparison))?,
        _ => {
            return Err(Error::usage("two trees are compared as `human` or `json`")
                .hint("leave --format out"));
        }
    };
    context.terminal.output_to(report.output.as_ref(), &text)?;
    Ok(if !comparison.unchecked.is_empty() {
        Exit::Unchecked
    } else if comparison.differences.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

fn human(one: &Path, other: &Path, comparison: &trees::Comparison) -> String {
    use crate::edge::terminal::visible_line;
    let mut text = String::new();
    for (path, difference) in &comparison.differences {
        let mark = match difference {
            Difference::OnlyLeft => "only in the first ",
            Difference::OnlyRight => "only in the second",
            Difference::Content => "differs           ",
            Difference::Mode => "differs in mode   ",
            Difference::Moved(_) => "moved             ",
        };
        let to = match difference {
            Difference::Moved(to) => format!(" -> {}", visible_line(to.as_str())),
            _ => String::new(),
        };
        text.push_str(&format!("{mark}  {}{to}\n", visible_line(path.as_str())));
    }
    for (path, why) in &comparison.unchecked {
        text.push_str(&format!(
            "could not compare   {}: {}\n",
            visible_line(path.as_str()),
            visible_line(why)
        ));
    }
    text.push_str(&format!(
        "{} of {} paths differ between {} and {}\n",
        comparison.differences.len(),
        comparison.paths,
        visible_line(&one.display().to_string()),
        visible_line(&other.display().to_string())
    ));
    text
}
