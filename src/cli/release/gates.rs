//! The gates that files must pass before they are published: check, smoke, compat, with the engines of `package`.

use std::path::PathBuf;

use clap::Args;

use crate::checks::{Finding, Severity};
use crate::cli::package::{check, compat, options, smoke};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::judging;
use crate::cli::shared::options::FailOn;
use crate::cli::{Context, Exit, counted};
use crate::drift::model::Report;
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::publish::document::{Outcome, StageReport, Told};
use crate::release::publish::{Kept, Passed};

/// The most findings of one gate that are reported.
const TOLD: usize = 50;

/// Checks of files before they are published.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct GateOptions {
    /// Do not import the modules in a fresh environment; the stage is then `unchecked`.
    #[arg(long, help_heading = "Gates")]
    no_smoke: bool,

    /// The Python to import them with (default: python3 on PATH).
    #[arg(long, value_name = "PATH", conflicts_with = "no_smoke", help_heading = "Gates")]
    python: Option<PathBuf>,

    /// Import them without their dependencies: stubs replace third-party modules.
    #[arg(long, conflicts_with = "no_smoke", help_heading = "Gates")]
    no_deps: bool,

    /// Also allow dependencies as sdists, whose builds run code with your home and your proxies.
    #[arg(long, conflicts_with_all = ["no_smoke", "no_deps"], help_heading = "Gates")]
    allow_sdists: bool,

    /// Do not check the version against the templates; the stage is then `unchecked`.
    #[arg(long, help_heading = "Gates")]
    no_compat: bool,

    /// Check it against repositories on this machine, instead of the fleet on its forge.
    #[arg(
        long,
        value_name = "DIR",
        num_args = 1..,
        conflicts_with = "no_compat",
        help_heading = "Gates"
    )]
    local: Vec<PathBuf>,

    /// A folder with the shape pack that templates follow, instead of the fleet's or the embedded one.
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_compat", help_heading = "Gates")]
    shape: Option<PathBuf>,

    /// What fails a gate: findings of this severity or above.
    #[arg(long, value_enum, default_value = "error", value_name = "WHAT", help_heading = "Gates")]
    fail_on: FailOn,
}

/// What gates need besides the files.
pub(super) struct Ground<'a> {
    pub(super) context: &'a Context,
    /// The description of the package.
    pub(super) package: Option<PathBuf>,
    pub(super) forge: &'a ForgeOptions,
}

/// How the gates are run.
pub(super) struct Holding<'a> {
    /// The last gate to run; all if `None`.
    pub(super) until: Option<Stage>,
    /// The stage from which on everything is repeated, even if the files have passed it.
    pub(super) from: Option<Stage>,
    /// Whether passed gates are recorded, and skipped if already recorded.
    pub(super) remembers: bool,
    /// Called with the report of each gate as soon as it is over.
    pub(super) told: &'a mut dyn FnMut(StageReport),
}

type Gate = fn(&GateOptions, &Kept, &Ground<'_>) -> Result<(StageReport, Exit)>;

impl GateOptions {
    /// Refuses impossible options before anything is built.
    pub(super) fn possible(&self, has_fleet: bool) -> Result<()> {
        for folder in &self.local {
            options::present(folder, "repository")?;
        }
        if has_fleet || self.no_compat || !self.local.is_empty() {
            return Ok(());
        }
        Err(Error::usage("no templates are given that the version has to suit")
            .hint("name fleet.yaml with `--fleet`, or repositories on this machine with `--local`")
            .hint("or leave that gate out: `--no-compat`"))
    }

    /// Runs the gates in order up to the last one wanted; the first that fails ends it.
    pub(super) fn pass(
        &self,
        kept: &Kept,
        ground: &Ground<'_>,
        holding: Holding<'_>,
    ) -> Result<Exit> {
        let gates: [(Stage, Gate); 3] = [
            (Stage::Check, Self::check),
            (Stage::Smoke, Self::smoke),
            (Stage::Compat, Self::compat),
        ];
        let Holding { until, from, remembers, told } = holding;
        let known = if remembers { kept.passed() } else { Vec::new() };
        for (name, gate) in gates {
            let asked = self.asked(name);
            let is_again = from.is_some_and(|from| from <= name);
            // Members' templates change while the files stay the same, so an earlier result of `compat` proves nothing.
            let stands = !is_again && name != Stage::Compat;
            let counts = |it: &&Passed| {
                it.gate == name.as_str() && (self.leaves(name) || (stands && it.asked == asked))
            };
            let exit = match known.iter().rev().find(counts) {
                Some(passed) => {
                    told(before(name, passed));
                    Exit::Clean
                }
                None => match gate(self, kept, ground) {
                    Ok((stage, exit)) => {
                        let detail = stage.detail.clone();
                        let is_passed = stage.outcome == Outcome::Done && exit == Exit::Clean;
                        let is_closed = stage.outcome == Outcome::Failed;
                        told(stage);
                        // Otherwise a later run that skips this gate would show the earlier result.
                        if remembers && is_closed {
                            kept.forget(name.as_str())?;
                        }
                        if remembers && is_passed {
                            let at = ground.context.clock.again().rfc3339();
                            kept.pass(Passed {
                                gate: name.as_str().to_owned(),
                                asked,
                                at,
                                detail,
                            })?;
                        }
                        exit
                    }
                    Err(error) => {
                        told(StageReport::new(name, Outcome::Failed, error.message()));
                        return Err(error);
                    }
                },
            };
            if exit != Exit::Clean || until == Some(name) {
                return Ok(exit);
            }
        }
        Ok(Exit::Clean)
    }

    /// The stages of gates that are not run now: passed if that is recorded, otherwise unchecked for this reason.
    pub(super) fn left(kept: &Kept, why: &str) -> Vec<StageReport> {
        let known = kept.passed();
        let left =
            |name: Stage| match known.iter().rev().find(|passed| passed.gate == name.as_str()) {
                Some(passed) => before(name, passed),
                None => StageReport::new(name, Outcome::Unchecked, why),
            };
        Stage::GATES.map(left).into()
    }

    /// Whether the members on the forge are checked.
    pub(super) fn asks_the_fleet(&self) -> bool {
        !self.no_compat && self.local.is_empty()
    }

    /// Whether a gate is skipped on request.
    fn leaves(&self, gate: Stage) -> bool {
        match gate {
            Stage::Smoke => self.no_smoke,
            Stage::Compat => self.no_compat,
            _ => false,
        }
    }

    /// What a gate asks of the files; equal strings mean equal questions.
    fn asked(&self, gate: Stage) -> String {
        let Self { python, no_deps, allow_sdists, local, shape, fail_on, .. } = self;
        match gate {
            Stage::Smoke => format!("{fail_on:?}, {python:?}, {no_deps}, {allow_sdists}"),
            Stage::Compat => format!("{fail_on:?}, {local:?}, {shape:?}"),
            _ => format!("{fail_on:?}"),
        }
    }

    fn check(&self, kept: &Kept, ground: &Ground<'_>) -> Result<(StageReport, Exit)> {
        let report = check::of_files(kept.paths(), ground.package.clone(), ground.context)?;
        let files = counted(report.repositories.len(), "file");
        Ok(self.judged(Stage::Check, &report, &files))
    }

    fn smoke(&self, kept: &Kept, ground: &Ground<'_>) -> Result<(StageReport, Exit)> {
        if self.no_smoke {
            return Ok((
                StageReport::new(Stage::Smoke, Outcome::Unchecked, "--no-smoke"),
                Exit::Clean,
            ));
        }
        let Some(wheel) = kept.wheel() else {
            let stage =
                StageReport::new(Stage::Smoke, Outcome::Failed, "there is no wheel to import");
            return Ok((stage, Exit::Unchecked));
        };
        // It takes a while without any output.
        ground.context.terminal.note("smoke: importing every module in a fresh environment");
        let wish = smoke::Wish {
            package: ground.package.clone(),
            python: self.python.clone(),
            no_deps: self.no_deps,
            allow_sdists: self.allow_sdists,
        };
        let report = smoke::of_wheel(wheel, wish, ground.context)
            .map_err(|error| error.hint("`--no-smoke` publishes without it, and says so"))?;
        Ok(self.judged(Stage::Smoke, &report, "every module imported"))
    }

    fn compat(&self, kept: &Kept, ground: &Ground<'_>) -> Result<(StageReport, Exit)> {
        if self.no_compat {
            return Ok((
                StageReport::new(Stage::Compat, Outcome::Unchecked, "--no-compat"),
                Exit::Clean,
            ));
        }
        let Some(wheel) = kept.wheel() else {
            let stage = StageReport::new(
                Stage::Compat,
                Outcome::Failed,
                "there is no wheel to compare with",
            );
            return Ok((stage, Exit::Unchecked));
        };
        let (local, shape, forge) = (self.local.clone(), self.shape.clone(), ground.forge.clone());
        let report = compat::of_wheel(wheel, local, shape, forge, ground.context)
            .map_err(|error| error.hint("`--no-compat` publishes without it, and says so"))?;
        let members = counted(report.repositories.len(), "template");
        Ok(self.judged(Stage::Compat, &report, &members))
    }

    /// The stage for a report of a gate.
    fn judged(&self, name: Stage, report: &Report, of: &str) -> (StageReport, Exit) {
        let exit = judging::exit(report, self.fail_on);
        let mut told = Vec::new();
        let (mut errors, mut warnings) = (0, 0);
        let repositories = report.repositories.iter();
        let mut findings: Vec<(&str, &Finding)> = repositories
            .clone()
            .flat_map(|it| it.findings.iter().map(|finding| (it.name.as_str(), finding)))
            .chain(report.fleet_findings.iter().map(|finding| ("fleet", finding)))
            .filter(|(_, finding)| finding.waived.is_none())
            .collect();
        findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        for (of, finding) in findings {
            match finding.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
                Severity::Info => continue,
            }
            if told.len() < TOLD {
                told.push(in_short(of, finding));
            }
        }
        let unread = repositories.filter(|it| it.error.is_some()).map(|it| Told {
            of: it.name.clone(),
            rule: "unchecked".to_owned(),
            severity: Severity::Error.to_string(),
            message: it.error.clone().unwrap_or_default(),
            place: None,
        });
        told.extend(unread);
        let (outcome, detail) = match exit {
            Exit::Clean if warnings + errors == 0 => (Outcome::Done, of.to_owned()),
            Exit::Clean => (Outcome::Done, format!("{of}, {}", counted(warnings, "warning"))),
            Exit::Findings => {
                let found = [counted(errors, "error"), counted(warnings, "warning")].join(", ");
                // The description of success does not apply: some modules did not import.
                let detail = match name {
                    Stage::Smoke => found,
                    _ => format!("{of}, {found}"),
                };
                (Outcome::Failed, detail)
            }
            Exit::Unchecked => (Outcome::Failed, format!("{of}: some of it could not be checked")),
        };
        let mut stage = StageReport::new(name, outcome, detail);
        stage.findings = told;
        stage.is_undecided = exit == Exit::Unchecked;
        (stage, exit)
    }
}

/// The stage of a gate that was passed earlier.
fn before(name: Stage, passed: &Passed) -> StageReport {
    StageReport::new(name, Outcome::Done, format!("{}, at {}", passed.detail, passed.at))
}

fn in_short(of: &str, finding: &Finding) -> Told {
    let location = finding.location.as_ref();
    let line = location.and_then(|location| location.region.as_ref()).map(|it| it.start.line);
    let place = finding.path().map(|path| match line {
        Some(line) => format!("{path}:{line}"),
        None => path.to_string(),
    });
    Told {
        of: of.to_owned(),
        rule: finding.rule.id.to_owned(),
        severity: finding.severity.to_string(),
        message: finding.message.clone(),
        place,
    }
}
