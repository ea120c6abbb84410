//! SHP103: the image has the demanded user, with its uid.

use crate::change::FileEdit;
use crate::checks::dockerfile::added_accounts::{
    Added, First, Outcome, Twice, Uid, added, added_twice,
};
use crate::checks::dockerfile::base_accounts::{self, OfBase};
use crate::checks::dockerfile::changed_accounts::{self, Since};
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::{Commands, Judged, Values, commands_of, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::dockerfile::User;
use crate::source::dockerfile::{Action, CommandLine, Run};
use crate::source::shell::accounts_added;
use crate::source::{Span, TextEdit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP103",
    id: "docker-user",
    severity: Severity::Error,
    summary: "The image creates the user that the shape demands, with its uid.",
    protects: "whoever runs the image: volumes belong to that uid and cannot be written by another.",
    details: "Demanded by `user` of a Dockerfile in the shape pack. A RUN of the image, or a script of the \
              repository that it runs, must add the account with `useradd` or `adduser`, in any order of \
              options; `$UID` counts as the default of its ARG. An account without a uid gets one from the \
              system: reported as a warning, since on a bare base it often is 1000. A second account of that \
              name, or with that uid and without `--non-unique`, makes the build fail; where either may be \
              skipped or forgiven (`|| true`), that is unchecked, and so is an account to which the system may \
              give that uid before. The images `node`, and `ubuntu` since 23.04, have an account with uid \
              1000, which counts as added before all others; what other base images have is not known. \
              Accounts of stages that are not part of the image do not count. Other \
              ways to change accounts are not understood and reported as unchecked: `usermod`, `newusers` and \
              writing or copying /etc/passwd where no such account is added; `userdel`, `deluser` and a new \
              name or uid by `usermod` after it is added. So are scripts that cannot be read or that a shell \
              reads from elsewhere (`curl … | sh`), where nothing else adds the account.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\n# useradd -u 1000 agent\nRUN useradd -u 1001 agent",
    ),
    passes: ("dockerfile", "FROM python:3.11-slim\nRUN useradd --uid 1000 --create-home agent"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerUser;

impl Check for DockerUser {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if let Some(wanted) = &judged.demand.user {
                let context = judged.context(repository);
                let files = ImageFiles { view: judged.view(), context: &context };
                findings.extend(decide(&judged, &commands_of(&files), wanted));
            }
        }
    }
}

/// How much an account resembles the demanded one, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// It may be the demanded one.
    Undecided,
    SameName,
    SameUid,
}

fn decide(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Option<Finding> {
    let values = Values::of(judged.view());
    // One of each is kept: a value may be long, and used by thousands of commands.
    let mut last: Option<Added> = None;
    let mut nearest: Option<(Nearness, Added)> = None;
    for (run, command) in commands.iter().enumerate() {
        for added in added(&values, command, run) {
            if added.is(wanted) {
                last = Some(added);
            } else if let Some(nearness) = nearness(&added, wanted)
                && nearest.as_ref().is_none_or(|(best, _)| nearness < *best)
            {
                nearest = Some((nearness, added));
            }
        }
    }
    let undone = |added: &Added| {
        let runs = commands.get(added.run..).unwrap_or_default();
        let since = Since { runs, script: added.script, offset: added.account.span.end };
        changed_accounts::undone(&values, &since, added.name.as_deref()?)
    };
    let base = base_of(judged);
    let changed = changed_accounts::changed_otherwise(judged.view(), commands);
    let twice = added_twice(&values, commands, wanted, (base, changed));
    if let Some(twice) = twice.as_ref().filter(|twice| twice.outcome == Outcome::Fails) {
        return Some(collides(judged, twice, wanted));
    }
    let Some(last) = last else {
        // The account of the base is there, whatever else resembles it.
        let is_of_base = base.is_some_and(|base| base.is(wanted)) && changed.is_none();
        let Some((nearness, added)) = nearest.filter(|_| !is_of_base) else {
            return absent(judged, commands, (base, changed), wanted);
        };
        // What gives it another name or uid may make it the demanded one.
        return Some(match undone(&added) {
            Some(place) => undetermined(judged, place, wanted),
            None => compared(judged, commands, (nearness, &added), wanted),
        });
    };
    // What undoes an account comes after it: where the last that fits is undone, so is each before it.
    if let Some(place) = undone(&last) {
        return Some(undetermined(judged, place, wanted));
    }
    twice.map(|twice| collides(judged, &twice, wanted))
}

/// The account with which the base image is known to come.
fn base_of(judged: &Judged<'_>) -> Option<OfBase> {
    judged.view().base_image().and_then(base_accounts::of)
}

/// How much an account resembles the demanded one; `None` if not at all.
fn nearness(added: &Added, wanted: &User) -> Option<Nearness> {
    if added.is_skipped {
        return (added.has_name(wanted) && added.has_uid(wanted)).then_some(Nearness::Undecided);
    }
    match (&added.name, &added.uid) {
        (Some(name), Uid::Is(_)) if *name != wanted.name => {
            added.has_uid(wanted).then_some(Nearness::SameUid)
        }
        (Some(name), _) if *name != wanted.name => None,
        (None, _) | (_, Uid::Unknown) => Some(Nearness::Undecided),
        (Some(_), Uid::Is(_) | Uid::Chosen) => Some(Nearness::SameName),
    }
}

/// The finding about an account that resembles the demanded one.
fn compared(
    judged: &Judged<'_>,
    commands: &[Commands<'_>],
    (nearness, added): (Nearness, &Added),
    wanted: &User,
) -> Finding {
    let User { name, uid } = wanted;
    let account = &added.account;
    let at = |span, message: String| judged.at(&RULE, added.place(span), message);
    let creator = creator(judged, added);
    let in_the_way = in_the_way(judged, commands, added, wanted);
    let first = in_the_way.map_or_else(String::new, |base| {
        let removal = base_accounts::removal(judged.view(), base);
        format!("remove `{}` of the base image before it, by `{removal}`, and ", base.name)
    });
    match (nearness, &added.name, &added.uid) {
        (Nearness::SameName, _, Uid::Is(other)) => {
            let span = account.uid_span.unwrap_or(account.span);
            let written = account.uid.as_ref().unwrap_or(other);
            at(span, format!("`{name}` gets uid {other}, but {uid} is required")).help(format!(
                "{first}write `{uid}` for `{written}` in {creator}: to create it again would fail"
            ))
        }
        (Nearness::SameName, _, _) => {
            let message =
                format!("`{name}` gets the uid that the system chooses, but {uid} is required");
            let mut finding = at(account.name_span, message).severity(Severity::Warning);
            let run = commands.get(added.run);
            let run = run.filter(|_| added.script == 0 && in_the_way.is_none());
            if let Some(edit) = run.and_then(|run| given_uid(judged, run.run, added, *uid)) {
                let edits = vec![FileEdit::text(judged.path(), vec![edit])];
                finding = finding.fix(Fix::risky(format!("give `{name}` uid {uid}"), edits));
            }
            finding.help(format!(
                "{first}add `--uid {uid}` in {creator}: to create it again would fail"
            ))
        }
        (Nearness::SameUid, Some(other), _) => {
            let message = format!("uid {uid} is given to `{other}`, but `{name}` is required");
            at(account.name_span, message).help(format!(
                "name it `{name}` in {creator}, or give `{other}` another uid there and add `{}`",
                creation(judged, wanted)
            ))
        }
        (Nearness::Undecided, _, _) if added.is_skipped => {
            let message = format!(
                "whether this creates `{name}` with uid {uid} cannot be determined: what is before it keeps it from \
                 running"
            );
            let help = format!("create it in a command of its own: `{}`", creation(judged, wanted));
            at(account.span, message).unchecked().help(help)
        }
        (Nearness::Undecided | Nearness::SameUid, _, _) => {
            let message = format!(
                "whether this creates `{name}` with uid {uid} cannot be determined: its words are known only when it runs"
            );
            at(account.span, message)
                .unchecked()
                .help(format!("{first}write `--uid {uid}` and `{name}` themselves in {creator}"))
        }
    }
}

/// The edit that gives an account of a RUN a uid, in the form of that RUN.
fn given_uid(judged: &Judged<'_>, run: &Run, added: &Added, uid: u32) -> Option<TextEdit> {
    let name = added.account.name_span;
    let inserted = match &run.command {
        CommandLine::Exec(words) if words.iter().any(|word| word.span == name) => {
            format!("\"--uid\", \"{uid}\", ")
        }
        // In a script inside the array, what JSON escapes is elsewhere than its text says.
        CommandLine::Exec(_) if judged.text.slice(name) != added.account.name => return None,
        CommandLine::Exec(_) | CommandLine::Shell(_) => format!("--uid {uid} "),
    };
    Some(TextEdit::insert(name.start, inserted))
}

/// The account of the base that keeps the demanded one from being added, unless something before may have removed it.
fn in_the_way(
    judged: &Judged<'_>,
    commands: &[Commands<'_>],
    added: &Added,
    wanted: &User,
) -> Option<OfBase> {
    let before = commands.get(..=added.run).unwrap_or_default();
    base_of(judged)
        .filter(|base| base.is_in_the_way(wanted))
        .filter(|_| !before.iter().any(changed_accounts::may_free))
}

/// The RUN that creates the demanded account, in place of one of the base that leaves no room for it.
fn creation(judged: &Judged<'_>, wanted: &User) -> String {
    let view = judged.view();
    let base = base_of(judged).filter(|base| base.is_in_the_way(wanted));
    let removal =
        base.map_or_else(String::new, |base| format!("{} && ", base_accounts::removal(view, base)));
    format!("RUN {removal}{}", base_accounts::addition(view, wanted))
}

/// Where an account is created, in words.
fn creator(judged: &Judged<'_>, added: &Added) -> String {
    let line = judged.line_of(added.place(added.account.name_span));
    match added.script {
        0 => format!("line {line}, which creates it"),
        _ => format!("the script that line {line} runs, which creates it"),
    }
}

/// The finding about two accounts of which the image can have only one.
fn collides(judged: &Judged<'_>, twice: &Twice, wanted: &User) -> Finding {
    let Twice { first, second, outcome } = twice;
    match (first, outcome) {
        (First::OfBase(base), _) => after_base(judged, *base, (second, *outcome), wanted),
        (First::Added(first), Outcome::Fails) => fails(judged, (first, second), wanted),
        (First::Added(first), Outcome::Depends) => depends(judged, (first, second), wanted),
    }
}

/// The finding about an account that cannot be added because of one before it.
fn fails(judged: &Judged<'_>, (first, second): (&Added, &Added), wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    // What a name is at run time is not known; then it is shown as it is written.
    let shown = |added: &Added| added.name.clone().unwrap_or_else(|| added.account.name.clone());
    let line = judged.line_of(first.place(first.account.name_span));
    let (message, help) = if first.has_name(wanted) && second.has_name(wanted) {
        let message = format!("the build fails here: `{name}` exists since line {line}");
        let help = if first.is(wanted) {
            "create it once: remove this command".to_owned()
        } else {
            format!("create it once: with `--uid {uid}` in line {line}, and not here")
        };
        (message, help)
    } else {
        let taken = shown(first);
        let other = if first.is(wanted) { shown(second) } else { taken.clone() };
        let message =
            format!("the build fails here: uid {uid} is that of `{taken}` since line {line}");
        (message, format!("give `{other}` another uid"))
    };
    let place = second.place(second.account.name_span);
    let before = judged.place(first.place(first.account.name_span));
    judged.at(&RULE, place, message).related(before, "the account before it").help(help)
}

/// The finding about an account whose name or uid is that of one of the base.
fn after_base(
    judged: &Judged<'_>,
    base: OfBase,
    (added, outcome): (&Added, Outcome),
    wanted: &User,
) -> Finding {
    let OfBase { name, uid } = base;
    let is_it = added.name.as_deref() == Some(name);
    let why = match is_it {
        true => format!("`{name}` exists in the base image"),
        false => format!("uid {uid} is that of `{name}` in the base image"),
    };
    let message = match outcome {
        Outcome::Fails => format!("the build fails here: {why}"),
        Outcome::Depends => format!("whether this account is added cannot be determined: {why}"),
    };
    let help = match (base.is(wanted), is_it) {
        (true, true) => "remove this command: the base image has the account".to_owned(),
        (true, false) => "give this account another uid".to_owned(),
        (false, _) => format!(
            "remove that account first, `RUN {}`, or build from another image",
            base_accounts::removal(judged.view(), base)
        ),
    };
    let found = judged.at(&RULE, added.place(added.account.name_span), message).help(help);
    let from = judged.view().from().map(|from| judged.place(from.image.span));
    let found = match from {
        Some(from) => found.related(from, "the base image"),
        None => found,
    };
    if outcome == Outcome::Depends { found.unchecked() } else { found }
}

/// The finding about two accounts of which the image has one.
fn depends(judged: &Judged<'_>, (first, second): (&Added, &Added), wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let before = first.place(first.account.name_span);
    let line = judged.line_of(before);
    let other = first.name.as_deref().filter(|_| !first.has_name(wanted));
    let (why, help) = match (other, &first.uid) {
        (Some(other), Uid::Chosen) => (
            format!("`{other}` of line {line} may have got uid {uid}, since nothing gives it one"),
            format!("create `{other}` after `{name}`, or with another uid by `--uid`"),
        ),
        _ => (
            format!("line {line} may leave no room for this account"),
            format!("create one account with the name `{name}` or the uid {uid}, and only once"),
        ),
    };
    let message = format!(
        "whether the image has the user `{name}` with uid {uid} cannot be determined: {why}"
    );
    judged
        .at(&RULE, second.place(second.account.name_span), message)
        .unchecked()
        .related(judged.place(before), "the account before it")
        .help(help)
}

/// The finding for accounts that an instruction changes in a way that is not understood.
fn undetermined(judged: &Judged<'_>, place: Span, wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let message = format!(
        "whether the image has the user `{name}` with uid {uid} cannot be determined: accounts are changed here in another way"
    );
    let instead = format!(
        "create the account with `{}`, and change it in no other way",
        creation(judged, wanted)
    );
    judged.at(&RULE, place, message).unchecked().help(instead)
}

/// The finding for when no added account resembles the demanded one, unless the base has it.
fn absent(
    judged: &Judged<'_>,
    commands: &[Commands<'_>],
    (base, changed): (Option<OfBase>, Option<Span>),
    wanted: &User,
) -> Option<Finding> {
    if let Some(place) = changed {
        return Some(undetermined(judged, place, wanted));
    }
    if base.is_some_and(|base| base.is(wanted)) {
        return None;
    }
    let unseen = commands.iter().find_map(|run| Some((run.instruction.span, run.unseen.as_ref()?)));
    Some(match unseen {
        Some((place, why)) => {
            let User { name, uid } = wanted;
            let message = format!(
                "whether the image has the user `{name}` with uid {uid} cannot be determined: {why}"
            );
            let help = format!("create it where that can be seen: `{}`", creation(judged, wanted));
            judged.at(&RULE, place, message).unchecked().help(help)
        }
        None => uncreated(judged, wanted),
    })
}

/// The finding for when nothing creates the demanded account.
fn uncreated(judged: &Judged<'_>, wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let message = format!("no RUN of the image creates the user `{name}` with uid {uid}");
    let mut finding = judged
        .at(&RULE, judged.last_from(), message)
        .help(format!("add `{}`", creation(judged, wanted)));
    for (stage, instruction) in judged.elsewhere() {
        let Action::Run(run) = &instruction.action else { continue };
        if accounts_added(&run.script()).iter().any(|account| account.name == *name) {
            let why = format!("stage `{stage}` creates it, but is not part of the image");
            return finding.related(judged.place(instruction.span), why);
        }
    }
    finding = judged.pointing_at_comment(finding, &["useradd", name]);
    if finding.related.is_empty() {
        finding = judged.pointing_at_comment(finding, &["adduser", name]);
    }
    finding
}

#[cfg(test)]
mod tests;
