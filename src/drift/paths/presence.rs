//! Judges which paths are missing or forbidden, but not their content.

use super::ignored::IgnoringLine;
use super::touched::{self, Touched};
use super::{Judge, ignored, write_canon};
use crate::change::FileEdit;
use crate::checks::python::adapter::{Located, located};
use crate::checks::{Finding, Fix, Found, Safety, Severity, StillNamed};
use crate::checks::{path_rules as rules, still_named};
use crate::drift::model::PathReport;
use crate::shape::breakout::Breakout;
use crate::shape::demands::{Demands, document};
use crate::shape::lineage::SHAPE_FOLDERS;
use crate::shape::pack::{Canon, HeldPath, MANIFEST};
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::{EntryKind, RepoPath};
use crate::source::ignore_lines::without_blanks;
use crate::source::languages::is_found_by_name;
use crate::source::shell::quoted;

impl Judge<'_, '_> {
    pub(super) fn forbidden(&mut self, held: &HeldPath) {
        let repository = self.repository;
        // A starter's pack is a leftover in a member; one at these places may be the member's own.
        let is_pack =
            |folder: &&str| repository.snapshot.entry(&format!("{folder}/{MANIFEST}")).is_some();
        let pack = SHAPE_FOLDERS.into_iter().find(is_pack);
        let pack = pack.map(|folder| (folder, format!("{folder}/")));
        for (path, entry) in repository.snapshot.entries.iter() {
            let wanted = |path: &str| {
                let rule = repository.pack.rule_for(path);
                rule.is_some_and(|rule| rule.rule.policy.is_wanted())
            };
            let path_text = path.as_str();
            // A link or a submodule in place of a forbidden folder hides the content.
            let hides = matches!(entry.kind, EntryKind::Link | EntryKind::Submodule)
                && held.matches(&format!("{path_text}/any"));
            if !(held.matches(path_text) || hides)
                || repository.profile.permits(path_text)
                || repository.identity.is_ours(path_text)
                || wanted(path_text)
            {
                continue;
            }
            let why = held.rule.because.as_deref().map(|because| format!(": {because}"));
            let message = format!("`{path}` must not be here{}", why.unwrap_or_default());
            let mut finding = Finding::new(&rules::PATH_FORBIDDEN, message).in_file(path.clone());
            finding = if path.may_stand_for_bytes() {
                finding.help("its name is not UTF-8: remove it manually, or give the repository a profile that permits it")
            } else if entry.kind == EntryKind::Submodule {
                finding
                    .help("remove the submodule, or give the repository a profile that permits it")
            } else {
                let edits = vec![FileEdit::Delete { path: path.clone() }];
                let title = format!("remove `{path}`");
                // Its shape may be meant to be that one.
                match pack.as_ref().filter(|(_, within)| path_text.starts_with(within)) {
                    Some((folder, _)) => finding.fix(Fix::risky(title, edits)).help(format!(
                        "`{folder}` is a shape pack: is the repository to be judged by it (`--shape {folder}`)? \
                         Otherwise remove it"
                    )),
                    None => finding
                        .fix(Fix::safe(title, edits))
                        .help("remove it, or give the repository a profile that permits it"),
                }
            };
            finding.evidence = Some(entry.id);
            self.judged.findings.push(finding);
            self.judged.paths.push(PathReport {
                path: path.clone(),
                policy: Some(held.rule.policy),
                verdict: PathVerdict::Forbidden,
                behind: None,
                actual: Some(entry.id),
                difference: None,
            });
        }
    }

    /// Leaves the removal of a forbidden file to a person while something may still use it.
    pub(super) fn removals_that_need_review(&mut self) {
        // A fix that is not safe says already what there is to review.
        let is_made = |finding: &Finding| {
            std::ptr::eq(finding.rule, &rules::PATH_FORBIDDEN)
                && finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe)
        };
        // Nothing has to name what tools find at the root, where they are run.
        let is_found =
            |path: &str| is_found_by_name(path) && !path.contains('/') && !path.starts_with('.');
        let removals = self.judged.findings.iter().filter(|finding| is_made(finding));
        let paths: Vec<RepoPath> = removals.filter_map(Finding::path).cloned().collect();
        // What stays until somebody has looked at it may use what goes.
        let going = paths.iter().map(RepoPath::as_str).filter(|path| !is_found(path)).collect();
        let named = still_named(self.repository, &going);
        let but = "or give the repository a profile that permits it";
        for finding in self.judged.findings.iter_mut().filter(|finding| is_made(finding)) {
            let Some(path) = finding.path().map(RepoPath::as_str) else { continue };
            let help = match named.get(path) {
                Some(StillNamed { by, line, named }) => {
                    format!("`{by}:{line}` still names `{named}`: correct that file first, {but}")
                }
                None if is_found(path) => format!(
                    "tools look for a file of this name: remove it if nothing uses it, {but}"
                ),
                None => continue,
            };
            finding.help = Some(help);
            if let Some(fix) = &mut finding.fix {
                fix.safety = Safety::Unsafe;
            }
        }
    }

    /// Judges a seeded path, whose content is free: a link must not be dangling, and a submodule's content is unknown.
    pub(super) fn seeded(&mut self, path: &str, report: &mut PathReport) {
        let why = match self.repository.find(path) {
            Found::File(_) => return,
            Found::Nothing => "is a symbolic link whose target does not exist".to_owned(),
            Found::Unusable(why) => why.to_string(),
        };
        report.verdict = PathVerdict::Unchecked;
        self.unchecked(path, format!("`{path}` {why}"), "put a file there");
    }

    /// Why the repository cannot do without a file, if so: the shape has demands on it that an empty file would not
    /// meet.
    fn demanded(&self, path: &str) -> Option<&'static str> {
        // Destructured so that a new demand has to be considered here: can a repository do without its file?
        let Demands {
            dockerfiles,
            python,
            documents,
            requirements,
            version_files: _,
            workflows: _,
            markers: _,
            marker_exclusions: _,
            secrets: _,
            forwarders: _,
        } = &self.repository.pack.manifest.demands;
        if dockerfiles.iter().any(|demand| demand.path == path) {
            return Some("no image is built without it");
        }
        if python.adapters.iter().any(|adapter| adapter.path == path) {
            return Some("the adapter is searched for in it");
        }
        let mut documents = documents.iter().filter(|demand| demand.path == path);
        let wants_content = documents.any(document::Demand::wants_content)
            || requirements.iter().any(|demand| demand.path == path);
        wants_content.then_some("the shape has demands on its content")
    }

    /// The file that has the adapter which the shape holds at this path, if the Dockerfile names another one.
    fn adapter_elsewhere(&self, path: &str) -> Option<String> {
        located(self.repository).find_map(|located| match located {
            Located::Here(adapter) if adapter.demand.path == path => {
                Some(adapter.module.path.clone()).filter(|file| file != path)
            }
            _ => None,
        })
    }

    /// What a person has to do first, if something else is in a path's place, so that no file can be created there.
    fn taken(&self, path: &str) -> Option<String> {
        let tree = self.repository.snapshot;
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            if let Some(entry) = tree.entry(folder) {
                let what = match entry.kind {
                    EntryKind::Link => "a symbolic link",
                    EntryKind::Submodule => "a submodule",
                    EntryKind::File | EntryKind::Executable => "a file",
                };
                return Some(format!(
                    "`{folder}` is {what}, but a folder is needed there: remove it first"
                ));
            }
        }
        let inside = format!("{path}/");
        if tree.entries.keys().any(|known| known.as_str().starts_with(&inside)) {
            return Some(format!(
                "`{path}` is a folder, but a file is needed there: remove it first"
            ));
        }
        let alike = self.alike(path)?;
        Some(format!("`{alike}` exists: rename it to `{path}`"))
    }

    /// The file that a person takes for the one at this path: its name differs only in case, or in how the extension of
    /// YAML is spelled.
    fn alike(&self, path: &str) -> Option<&str> {
        let respelled = other_extension_of_yaml(path);
        // The shape may hold both.
        let is_another = |known: &str| {
            self.repository.pack.rule_for(known).is_some_and(|held| held.rule.path == known)
        };
        self.repository.snapshot.entries.keys().map(|known| known.as_str()).find(|known| {
            known.eq_ignore_ascii_case(path)
                || (respelled.as_ref().is_some_and(|name| known.eq_ignore_ascii_case(name))
                    && !is_another(known))
        })
    }

    /// What a person has to do first, if git ignores a file at this path: `fix` would write it in vain, or over one.
    /// A commit that is made without a work tree has the file all the same.
    fn ignored(&self, path: &str) -> Option<String> {
        let tree = self.repository.snapshot;
        let work_tree = tree.work_tree.as_ref().filter(|it| !it.lost(path))?;
        let is_on_disk = work_tree.ignores(path);
        let add = format!("`git add -f {}`", quoted(path));
        let (state, add) = if is_on_disk {
            ("git ignores it, although it is on disk", format!("run {add}"))
        } else {
            ("git would ignore it", format!("create it and run {add}"))
        };
        match ignored::line_for(path, tree) {
            Some(line) if self.shape_has(&line) => {
                Some(format!("{state}, and the shape has {line}: {add}"))
            }
            Some(line) => Some(format!("{state}: remove {line}, or {add}")),
            None if is_on_disk => Some(format!(
                "{state}: `git check-ignore -v {}` shows the line; remove it, or {add}",
                quoted(path)
            )),
            None => None,
        }
    }

    /// Whether the shape has a line of a `.gitignore` too, so that a repository cannot do without it.
    fn shape_has(&self, line: &IgnoringLine) -> bool {
        let held = self.repository.pack.rule_for(&line.file);
        let held = held.filter(|held| held.rule.policy.is_compared());
        let canon = held.and_then(|held| self.canons.canon(held).ok().flatten());
        canon.is_some_and(|canon| {
            let text = String::from_utf8_lossy(&canon.bytes);
            text.lines().any(|it| without_blanks(it) == line.text)
        })
    }

    pub(super) fn missing(&mut self, held: &HeldPath, policy: Policy) {
        let path = held.rule.path.as_str();
        let why = held.rule.because.as_deref().map(|because| format!(": {because}"));
        let why = why.unwrap_or_default();
        let elsewhere = self.adapter_elsewhere(path);
        let demanded = self.demanded(path).filter(|_| elsewhere.is_none());
        let message = match (demanded, &elsewhere) {
            (_, Some(file)) => {
                format!(
                    "`{path}` is not here: the adapter is in `{file}`, as the Dockerfile says{why}"
                )
            }
            (Some(what), None) => format!("`{path}` is not here, and {what}{why}"),
            (None, None) => format!("`{path}` is not here{why}"),
        };
        let mut finding = Finding::new(&rules::PATH_MISSING, message).in_file(path);
        if demanded.is_some() {
            finding = finding.severity(Severity::Error);
        }
        if let Some(help) = self.taken(path).or_else(|| self.ignored(path)) {
            finding = finding.help(help);
        } else if let Some(file) = &elsewhere {
            // The shape's own beside it would be a second adapter that nothing runs.
            finding = finding.help(format!(
                "rename `{file}` to `{path}` and name that in the Dockerfile, or waive this"
            ));
        } else if self.canons.guessed(held).is_some() {
            finding = finding.help(
                "add it; its content cannot be derived while a file that determines it is broken or ambiguous",
            );
        } else {
            finding = match self.canons.canon(held) {
                Ok(Some(canon)) => {
                    let touches = touched::by_new(path, &canon.bytes, self.repository.snapshot);
                    let breakout = self.canons.breakout(held);
                    with_canon(finding, &Missing { path, policy, canon, touches, breakout })
                }
                Ok(None) => finding.help("add it; the shape has no content for it"),
                Err(error) if policy.is_compared() => {
                    self.without_canon(held, &error);
                    finding.help("add it; the shape's content for it does not fit this repository")
                }
                // A canon that is not compared is only a starting point.
                Err(error) => finding.help(format!(
                    "add it; the shape's content for it does not fit this repository: {error}"
                )),
            };
        }
        self.judged.findings.push(finding);
        self.judged.paths.push(PathReport {
            path: path.into(),
            policy: Some(policy),
            verdict: PathVerdict::Missing,
            behind: None,
            actual: None,
            difference: None,
        });
    }

    pub(super) fn expected_by_profile(&mut self) {
        for path in &self.repository.profile.profile.expects {
            let known = self.judged.paths.iter().any(|report| report.path.as_str() == path);
            if known || self.repository.has(path) || self.repository.snapshot.may_hide(path) {
                continue;
            }
            let message = format!("`{path}` is missing, and the repository's profile expects it");
            let finding = Finding::new(&rules::PATH_MISSING, message)
                .in_file(path.as_str())
                .help("add it, or give the repository another profile");
            self.judged.findings.push(finding);
            self.judged.paths.push(PathReport {
                path: path.as_str().into(),
                policy: Some(Policy::Seeded),
                verdict: PathVerdict::Missing,
                behind: None,
                actual: None,
                difference: None,
            });
        }
    }
}

/// The path with the other of the two extensions that files of YAML have.
fn other_extension_of_yaml(path: &str) -> Option<String> {
    let long = |stem| format!("{stem}.yaml");
    path.strip_suffix(".yml").map(long).or_else(|| {
        let stem = path.strip_suffix(".yaml")?;
        Some(format!("{stem}.yml"))
    })
}

/// A missing path for which the shape has content.
struct Missing<'a> {
    path: &'a str,
    policy: Policy,
    canon: Canon,
    /// What the new file would do to a file that the repository has.
    touches: Option<Touched>,
    /// What values of the repository do to the document that the new file would be.
    breakout: Option<Breakout>,
}

/// Adds the fix that creates a missing path with its canonical content.
fn with_canon(finding: Finding, missing: &Missing<'_>) -> Finding {
    let Missing { path, policy, canon, touches, breakout } = missing;
    let edits = vec![write_canon(path, canon)];
    let title = format!("add the canonical `{path}`");
    if let Some(touched) = touches {
        let help =
            format!("{touched}: if that is right, `shipshape fix --unsafe-fixes` adds the file");
        return finding.fix(Fix::risky(title, edits)).help(help);
    }
    if let Some(breakout) = breakout {
        return finding.help(breakout.to_string()).fix(Fix::risky(title, edits));
    }
    if policy.is_compared() {
        finding.fix(Fix::safe(title, edits)).help("`shipshape fix` adds the canonical one")
    } else {
        finding
            .fix(Fix::risky(title, edits))
            .help("`shipshape fix --unsafe-fixes` of the repository adds one to start from")
    }
}
