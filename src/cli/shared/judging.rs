//! Judging targets and showing the report, for `validate`, `drift` and `demo`.

mod advice;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::checks::hygiene::secret_in_history;
use crate::checks::{
    Finding, Repository, Rule, Severity, catalogue, path_rules, syntax_error, unreadable_file,
};
use crate::cli::shared::ahead;
use crate::cli::shared::decisions;
use crate::cli::shared::observing::Source;
use crate::cli::shared::options::{FailOn, HistoryOptions, ReportOptions, SubjectOptions};
use crate::cli::shared::other_kinds::Strangers;
use crate::cli::shared::targets::Targets;
use crate::cli::{Context, Exit};
use crate::drift::model::{FleetName, Report, RepositoryReport, ShapeName, WorkTree};
use crate::drift::survey::{self, Target};
use crate::drift::{RepositoryVerdict, Settings, archived, judge, outliers};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::report::{self, Format, Style};

/// What to judge, and how.
pub(in crate::cli) struct Request {
    command: &'static str,
    keep_differences: bool,
    /// Whether paths are reported relative to the root of the checkout.
    locate: bool,
    history: bool,
    settings: bool,
    /// Whether the shape was chosen on the command line.
    chosen: bool,
    /// Whether the baseline is written afterwards, without what is gone from it.
    writes_baseline: bool,
    /// Whether waivers that cover nothing are notes of the report, rather than findings.
    notes_unused_waivers: bool,
    /// Whether the report's notes say which members have moved, in every format. Otherwise that is noted at once.
    keeps_moved: bool,
}

impl Request {
    pub(in crate::cli) fn new(command: &'static str, options: &ReportOptions) -> Self {
        let keep_differences = options.formats().any(Format::shows_differences);
        let locate = options.formats().any(Format::counts_paths_from_the_checkout);
        Self { keep_differences, locate, keeps_moved: true, ..Self::plain(command) }
    }

    /// Keeps both sides of differences, for pages that show them.
    pub(in crate::cli) fn with_differences(mut self) -> Self {
        self.keep_differences = true;
        self
    }

    /// Finds out where each repository lies in its checkout, if a comment needs it.
    pub(in crate::cli) fn locating(mut self, wanted: bool) -> Self {
        self.locate |= wanted;
        self
    }

    /// Also searches histories, if requested.
    pub(in crate::cli) fn searching(mut self, options: &HistoryOptions) -> Self {
        self.history = options.history;
        self
    }

    /// Also judges settings on the forge, if requested.
    pub(in crate::cli) fn with_settings(mut self, wanted: bool) -> Self {
        self.settings = wanted;
        self
    }

    /// Leaves out the note on what is gone from the baseline, if that is written afterwards.
    pub(in crate::cli) fn writing_baseline(mut self, wanted: bool) -> Self {
        self.writes_baseline = wanted;
        self
    }

    /// Notes the waivers that cover nothing, rather than finding them: for a check of members, whose authors mend what was
    /// waived and do not keep the fleet's file of waivers.
    pub(in crate::cli) fn noting_unused_waivers(mut self, wanted: bool) -> Self {
        self.notes_unused_waivers = wanted;
        self
    }

    /// Notes whether the shape was chosen on the command line, so that it applies even where it does not fit.
    pub(in crate::cli) fn chosen_by(mut self, subject: &SubjectOptions) -> Self {
        self.chosen = subject.shape.is_some();
        self
    }

    /// A request for a command that prints no report.
    pub(in crate::cli) fn plain(command: &'static str) -> Self {
        Self {
            command,
            keep_differences: false,
            locate: false,
            history: false,
            settings: false,
            chosen: false,
            writes_baseline: false,
            notes_unused_waivers: false,
            keeps_moved: false,
        }
    }
}

/// Judges targets on this machine.
pub(in crate::cli) fn judge_targets(
    context: &Context,
    targets: &Targets,
    request: &Request,
) -> Result<Report> {
    judge_from(context, targets, &mut Source::Here, request)
}

/// Judges targets read from this machine or the forge.
pub(in crate::cli) fn judge_from(
    context: &Context,
    targets: &Targets,
    source: &mut Source,
    request: &Request,
) -> Result<Report> {
    let settings = Settings { keep_differences: request.keep_differences };
    let noted = crate::cli::shared::settings::Noted::default();
    let judge = |repository: &Repository<'_>| {
        if request.settings {
            noted.note(repository);
        }
        judge::judge(repository, &settings)
    };
    if let (true, Source::Forge(session)) = (request.keeps_moved, &*source) {
        session.keep_moved();
    }
    let mut repositories = source.judge(context, &targets.targets, &judge)?;
    if request.settings
        && let Source::Forge(session) = source
    {
        crate::cli::shared::settings::add(session, targets, &noted, &mut repositories);
    }
    if request.history {
        search_histories(context, targets, &mut repositories)?;
    }
    if request.locate {
        for (target, report) in targets.targets.iter().zip(&mut repositories) {
            report.tree = Some(survey::tree_of(target));
        }
    }
    let judged: Vec<&Target> = targets.targets.iter().collect();
    let fleet = targets.fleet.as_ref();
    if source.is_forge() {
        repositories.iter_mut().flat_map(|it| &mut it.findings).for_each(mended_from_afar);
    }
    let mut fleet_findings = match request.writes_baseline {
        true => decisions::apply_without_note(context, fleet, &judged, &mut repositories)?,
        false => decisions::apply(context, fleet, &judged, &mut repositories)?,
    };
    let unused = match request.notes_unused_waivers {
        true => decisions::take_unused_waivers(&mut fleet_findings),
        false => Vec::new(),
    };
    repositories.iter_mut().for_each(judge::settle);
    let moved = match source {
        Source::Forge(session) => session.moved(),
        Source::Here => Vec::new(),
    };
    let ahead = match source.is_forge() {
        true => Vec::new(),
        false => ahead::look(&targets.targets, &mut repositories),
    };
    let strangers = Strangers::among(&targets.targets, &repositories);
    if !request.chosen && fleet.is_none() {
        strangers.spare(&mut repositories);
    }
    targets.spare_strays(&mut repositories);
    if !targets.unplaced.is_empty() {
        repositories.extend(targets.unplaced.iter().map(unplaced));
        repositories.sort_by(|one, other| one.name.cmp(&other.name));
    }
    let shapes: BTreeMap<&str, String> = targets
        .targets
        .iter()
        .map(|target| (target.shape.manifest.name.as_str(), place_of(&target.shape.source, fleet)))
        .collect();
    let mut report = Report {
        command: request.command,
        generated_at: context.clock.rfc3339(),
        shape: ShapeName {
            name: shapes.keys().copied().collect::<Vec<_>>().join(", "),
            source: shapes.values().cloned().collect::<Vec<_>>().join(", "),
        },
        fleet: fleet.map(|fleet| FleetName {
            name: fleet.manifest.name.clone(),
            prefixes: fleet.prefixes(),
            tree: (request.locate && !source.is_forge()).then(|| tree_of_fleet(fleet)),
        }),
        fleet_findings,
        outliers: Vec::new(),
        trend: Vec::new(),
        notes: moved
            .into_iter()
            .chain(targets.retired())
            .chain(archived::note(&repositories))
            .chain(unused)
            .chain(targets.told_strays(&repositories))
            .collect(),
        repositories,
        next: Vec::new(),
    };
    report.outliers = outliers::of(&report.repositories);
    targets.tell_unnamed(context);
    targets.tell_inside(context);
    strangers.tell_judged(context, request.chosen || fleet.is_some());
    let carried = |command: String| context.command(&context.given.carried_to(&command));
    let forge = match source {
        Source::Forge(session) => Some(session.client().address()),
        Source::Here => None,
    };
    let seen = advice::Seen { targets, strangers: &strangers, ahead: &ahead, context, forge };
    report.next = advice::next(&report, &seen, &carried);
    Ok(report)
}

/// Keeps only what some rules found; everything if no rules are named. The repositories stay: they were judged.
/// What could not be judged is always kept, since it may hide such findings; a file that does not parse, if one of the
/// rules reads it.
pub(in crate::cli) fn keep_rules(report: &mut Report, rules: &[String]) {
    if rules.is_empty() {
        return;
    }
    let is_named = |rule: &Rule| {
        let is = |name: &String| {
            name.eq_ignore_ascii_case(rule.id) || name.eq_ignore_ascii_case(rule.code)
        };
        rules.iter().any(is)
    };
    // Which files other rules read was not noted.
    let noted = catalogue::checks().map(|check| check.rule());
    let noted: Vec<&Rule> = noted.chain(path_rules::RULES.iter().copied()).collect();
    let is_elsewhere = |rule: &Rule| !noted.iter().any(|noted| noted.code == rule.code);
    let reads_unknown = catalogue::rules().any(|rule| is_named(rule) && is_elsewhere(rule));
    let is_meant = |finding: &Finding| {
        let is_blind = [&unreadable_file::RULE, &path_rules::PATH_UNCHECKED]
            .iter()
            .any(|rule| rule.code == finding.rule.code);
        let hinders = finding.rule.code == syntax_error::RULE.code
            && (reads_unknown
                || catalogue::rules()
                    .any(|rule| finding.hinders.contains(&rule.code) && is_named(rule)));
        finding.unchecked || is_blind || hinders || is_named(finding.rule)
    };
    report.fleet_findings.retain(is_meant);
    report.outliers.clear();
    for repository in &mut report.repositories {
        repository.findings.retain(is_meant);
        let about: BTreeSet<_> =
            repository.findings.iter().filter_map(|it| it.path().cloned()).collect();
        repository.paths.retain(|path| about.contains(&path.path));
        repository.verdict = judge::verdict(repository);
    }
    // The suggestions were made for all rules.
    report.next.clear();
}

/// Keeps only the repositories in which something was found, or that could not be read: of a fleet, those are asked for.
pub(in crate::cli) fn keep_found(report: &mut Report) {
    report.repositories.retain(|it| it.error.is_some() || !it.findings.is_empty());
}

/// A folder without a known shape, reported as unchecked.
fn unplaced((path, error): &(PathBuf, Error)) -> RepositoryReport {
    let hints = error.hints().iter().map(|hint| format!("; {hint}")).collect::<String>();
    RepositoryReport {
        name: path.display().to_string(),
        origin: path.display().to_string(),
        commit: None,
        tree: None,
        profile: None,
        owner: None,
        shape: String::new(),
        is_archived: false,
        verdict: RepositoryVerdict::Unchecked,
        error: Some(format!("{}{hints}", error.message())),
        paths: Vec::new(),
        findings: Vec::new(),
    }
}

/// Where the folder of fleet.yaml lies.
fn tree_of_fleet(fleet: &Fleet) -> WorkTree {
    let folder = fleet.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    survey::tree_around(folder.unwrap_or(Path::new(".")))
}

/// Rewrites help about `fix`, which needs a local folder, to name the campaign that repairs the same on the forge.
fn mended_from_afar(finding: &mut Finding) {
    const HERE: &str = "`shipshape fix`";
    if let Some(help) = finding.help.as_mut().filter(|help| help.starts_with(HERE)) {
        *help = help.replacen(HERE, "the campaign `safe-repairs`", 1);
    }
}

/// The place of a shape for reports that are shared: relative to fleet.yaml or the current folder.
fn place_of(source: &str, fleet: Option<&Fleet>) -> String {
    let path = Path::new(source);
    let beside = fleet.and_then(|fleet| path.strip_prefix(fleet.file.parent()?).ok());
    let here = || path.strip_prefix(std::env::current_dir().ok()?).ok();
    let place = beside.or_else(here).filter(|place| !place.as_os_str().is_empty());
    place.map_or_else(|| source.to_owned(), |place| place.display().to_string())
}

/// Searches each repository's whole history for credentials.
fn search_histories(
    context: &Context,
    targets: &Targets,
    repositories: &mut [RepositoryReport],
) -> Result<()> {
    let bar = context.terminal.progress(targets.targets.len(), "searching histories");
    for (target, report) in targets.targets.iter().zip(repositories) {
        if report.error.is_none() {
            let examples = &target.shape.manifest.demands.secrets.examples;
            let origin = target.origin.local()?;
            report.findings.extend(secret_in_history::of_repository(origin, examples));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Prints a report, and returns the exit status.
pub(in crate::cli) fn show(
    context: &Context,
    report: &Report,
    options: &ReportOptions,
) -> Result<Exit> {
    options.each_has_its_file()?;
    let style = Style {
        color: context.terminal.colors_output() && options.output.is_none(),
        unicode: context.terminal.unicode(),
        width: context.terminal.width(),
        wraps: context.terminal.columns().is_some() && options.output.is_none(),
        verbose: context.terminal.verbose(),
        fails: options.fail_on.into(),
    };
    let rendered = |format, style: &Style| {
        let mut text = Vec::new();
        report::render(report, format, style, &mut text)
            .map_err(|error| Error::failed("cannot render the report").caused_by(error))?;
        Ok::<_, Error>(String::from_utf8_lossy(&text).into_owned())
    };
    // The text on standard output has them itself.
    let has_notes = options.format == Format::Human && options.output.is_none();
    for note in report.notes.iter().filter(|_| !has_notes) {
        context.terminal.note(&visible_line(note));
    }
    // Files first, so that the report comes last on a terminal.
    for (format, file) in &options.also {
        let plain = Style { color: false, wraps: false, ..style };
        let text = rendered(*format, &plain)?;
        written(context, *format, Some(file), &text)?;
    }
    let text = rendered(options.format, &style)?;
    written(context, options.format, options.output.as_ref(), &text)?;
    let files = options.output.iter().chain(options.also.iter().map(|(_, file)| file));
    for file in files.filter(|file| file.as_os_str() != "-") {
        context.terminal.note(&format!("wrote the report to {}", file.display()));
    }
    Ok(exit(report, options.fail_on))
}

fn written(context: &Context, format: Format, file: Option<&PathBuf>, text: &str) -> Result<()> {
    match format.is_obeyed_by_a_job() {
        true => context.terminal.output_commands_to(file, text),
        false => context.terminal.output_to(file, text),
    }
}

/// The exit status of a report: anything unchecked prevents success, whatever the threshold.
pub(in crate::cli) fn exit(report: &Report, fail_on: FailOn) -> Exit {
    let findings = || {
        report
            .repositories
            .iter()
            .flat_map(|repository| &repository.findings)
            .chain(&report.fleet_findings)
    };
    let open = |finding: &&Finding| finding.waived.is_none();
    let unreadable = report.repositories.iter().any(|repository| {
        repository.verdict == RepositoryVerdict::Unchecked || repository.error.is_some()
    });
    if unreadable || findings().filter(open).any(|finding| finding.unchecked) {
        return Exit::Unchecked;
    }
    let fails = match fail_on {
        FailOn::Error => findings().filter(open).any(|finding| finding.severity == Severity::Error),
        FailOn::Warning => {
            findings().filter(open).any(|finding| finding.severity >= Severity::Warning)
        }
        FailOn::Info => findings().any(|finding| finding.waived.is_none()),
        FailOn::Drift => {
            let mut repositories = report.repositories.iter();
            let mut fleet = report.fleet_findings.iter().filter(open);
            repositories.any(|repository| repository.verdict != RepositoryVerdict::Conformant)
                || fleet.any(|finding| finding.severity >= Severity::Warning)
        }
    };
    if fails { Exit::Findings } else { Exit::Clean }
}
