//! `shipshape` without a command: suggests what to do next.
//!
//! Looks at local files and at state of earlier runs, without network access or writes. [`guide`] decides what to
//! suggest.

mod bad;
mod fleet;
mod look;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Context, Exit};
use crate::cli::shared::next::line_of;
use crate::edge::terminal::{lines_of, visible_line};
use crate::error::Result;
use crate::guide::{self, Guide};

pub(super) fn run(context: &Context) -> Result<Exit> {
    let facts = look::around(context)?;
    let guide = guide::guide(&facts);
    context.terminal.output(&shown(&guide, context.terminal.width()))?;
    Ok(Exit::Clean)
}

fn shown(guide: &Guide, width: usize) -> String {
    let (heading, command) = (Style::new().bold(), AnsiColor::Cyan.on_default());
    let mut text = String::new();
    for line in lines_of(&visible_line(&guide.here), width) {
        let _ = writeln!(text, "{heading}{line}{heading:#}");
    }
    text.push_str("\nNext:\n");
    for suggestion in &guide.next {
        let _ = writeln!(text, "  {command}{}{command:#}", visible_line(&line_of(suggestion)));
        for line in lines_of(&visible_line(&suggestion.why), width.saturating_sub(4)) {
            let _ = writeln!(text, "    {line}");
        }
    }
    if !guide.further.is_empty() {
        text.push_str("\nMore campaigns:\n");
    }
    for suggestion in &guide.further {
        let _ = writeln!(text, "  {command}{}{command:#}", visible_line(&line_of(suggestion)));
    }
    text.push_str("\n`shipshape --help` lists all commands.\n");
    text
}
