//! `shipshape images watch`: refreshes images when their tags move in the registry.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use clap::Args;

use super::host::{ChosenOptions, HostOptions, Loaded, PullOptions, Session, at_once};
use super::show;
use crate::cli::{Context, Exit};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::{Terminal, visible_line};
use crate::error::Result;
use crate::images::refresh::Request;
use crate::images::watch::{Patience, Round, jittered, round};

/// Watch the registry, and refresh images when they change.
///
/// Each check sends one request without a body per image, which the registry answers with "not modified" if
/// nothing changed. The first check of an image only records its digest; later changes are refreshed as by
/// `images refresh`. Failures are retried with increasing pauses. Held runtimes are not touched. Ctrl-C ends
/// the command after the current round.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images watch
  shipshape images watch hermes --interval 30s
  shipshape images watch --once                         one check, for a system timer")]
pub(crate) struct Arguments {
    #[command(flatten)]
    chosen: ChosenOptions,

    /// Time between checks, varied by up to a tenth: `30s`, `5m`, `1h`.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = interval)]
    interval: Duration,

    /// Check once. Exit code 3 when something could not be checked or done.
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    pull: PullOptions,

    #[command(flatten)]
    host: HostOptions,
}

/// Parses a duration between a second and a day.
fn interval(text: &str) -> Result<Duration, String> {
    let wrong =
        || "write it as `30s`, `5m` or `1h`: at least one second, at most one day".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match text.get(digits.len()..).unwrap_or_default() {
        "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3_600),
        _ => None,
    };
    seconds.filter(|it| (1..=86_400).contains(it)).map(Duration::from_secs).ok_or_else(wrong)
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = Loaded::load(context)?;
    loaded.may_recreate(!arguments.pull.no_recreate)?;
    let request = Request {
        runtimes: loaded.named(&arguments.chosen.names())?,
        canary: None,
        smoke: None,
        recreate: !arguments.pull.no_recreate,
        dry_run: false,
        at_once: at_once(arguments.pull.pulls),
    };
    let mut session = Session::open(context, &arguments.host, &loaded)?;
    if arguments.once {
        let progress = show::Progress::new(context, request.runtimes.len());
        let done = session.run(round(&session.host, &request, &progress.listener()));
        progress.finish();
        return Ok(tell(&done?, &context.terminal));
    }
    let mut patience = Patience::default();
    let terminal = context.terminal.clone();
    let interrupt = session.run(async {
        Interrupt::listening(move || {
            terminal.note("stopping after this round; Ctrl-C again exits at once")
        })
    });
    while !interrupt.is_asked() {
        let runtimes = request.runtimes.iter().filter(|it| patience.is_ready(&it.slug)).cloned();
        let request = Request { runtimes: runtimes.collect(), ..request.clone() };
        session.host.now = context.clock.again().rfc3339();
        let progress = show::Progress::new(context, request.runtimes.len());
        let done = session.run(round(&session.host, &request, &progress.listener()));
        progress.finish();
        match done {
            Ok(done) => {
                tell(&done, &context.terminal);
                patience.note(&done);
            }
            Err(error) => context.terminal.error(&error),
        }
        session.run(rest(jittered(arguments.interval, chance()), &interrupt));
    }
    Ok(Exit::Clean)
}

/// A random number, from the key of a standard-library map.
fn chance() -> u64 {
    RandomState::new().hash_one(0_u8)
}

/// Waits, or until somebody asks to stop.
async fn rest(pause: Duration, interrupt: &Interrupt) {
    const GLANCE: Duration = Duration::from_millis(200);
    let end = tokio::time::Instant::now() + pause;
    while !interrupt.is_asked() && tokio::time::Instant::now() < end {
        tokio::time::sleep(GLANCE.min(pause)).await;
    }
}

fn tell(round: &Round, terminal: &Terminal) -> Exit {
    let say = |line: String| terminal.note(&visible_line(&line));
    for runtime in &round.seeded {
        say(format!("{runtime}: checked for the first time"));
    }
    for it in &round.outcome.pulled {
        let version = it.version.as_ref().map(|version| format!(", version {version}"));
        say(format!("{}: pulled {}{}", it.runtime, it.digest, version.unwrap_or_default()));
    }
    for it in &round.outcome.held {
        // Logged as a detail, since it recurs in every round until the hold ends.
        terminal.detail(&format!("{}: it moved, and is held", it.runtime));
    }
    for it in &round.outcome.recreated {
        say(format!("{}: removed {}, to be recreated", it.runtime, it.container));
    }
    let failed: Vec<_> = round.unseen.iter().chain(&round.outcome.failed).collect();
    show::all_told(failed.iter().copied()).iter().for_each(|line| terminal.note(line));
    if failed.is_empty() { Exit::Clean } else { Exit::Unchecked }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(interval("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(interval("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(interval("24h"), Ok(Duration::from_secs(86_400)));
        for wrong in
            ["", "5", "0s", "25h", "m", "-1m", "1.5h", "99999999999999999999h", "5 m", "5d"]
        {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
