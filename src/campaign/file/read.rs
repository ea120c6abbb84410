//! Reading and validating a campaign file.

use std::path::{Component, Path, PathBuf};

use super::indentation::with_indentation;
use super::{Brake, CampaignFile, Requirement, SCHEMA};
use crate::campaign::changes::{ChangeSpec, unwritable_numbers};
use crate::campaign::identity::digest_of;
use crate::campaign::plan::Plan;
use crate::campaign::windows;
use crate::checks::catalogue;
use crate::edge::whole_file;
use crate::error::Error;
use crate::fleet::is_slug;
use crate::source::text::MAX_OWN_BYTES;
use crate::source::{Text, typed};

/// A campaign file that was read.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The file.
    pub file: PathBuf,
    /// Its content.
    pub says: CampaignFile,
    /// The digest of it and of the files that it includes: a plan belongs to exactly one version of these.
    pub digest: String,
}

/// How the names of campaigns begin that revert others.
const REVERT: &str = "revert-";

/// The name of the campaign that reverts another one.
#[must_use]
pub fn inverse_name(name: &str) -> String {
    format!("{REVERT}{name}")
}

impl Campaign {
    /// Parses a campaign. `file` is only named in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, ordered by line.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Vec<Error>> {
        let reading = typed::read::<CampaignFile>(file, bytes, SCHEMA)
            .map_err(|problems| with_numbers(problems, file, bytes))
            .map_err(|problems| with_indentation(problems, bytes))
            .map_err(|problems| {
                problems.into_iter().map(with_kind_of_format).collect::<Vec<_>>()
            })?;
        let mut problems = reading.problems.clone();
        problems.extend(numbers(file, &reading.text, &reading.root));
        let says = &reading.value;
        let mut wrong = |path: &[typed::Step], message: String, hint: &str| {
            problems.push(reading.problem(file, path, message).hint(hint));
        };
        if !is_slug(&says.name) || says.name.len() > 60 {
            wrong(
                &["name".into()],
                format!("`{}` is not the name of a campaign", says.name),
                "lowercase letters and digits with single hyphens, 60 at most",
            );
        }
        // Each would take the branch and the pull requests of the other for its own.
        if let Some(reverted) = says.name.strip_prefix(REVERT) {
            wrong(
                &["name".into()],
                format!("`{}` is the name of the revert of a campaign `{reverted}`", says.name),
                "choose another name",
            );
        }
        if says.changes.is_empty() {
            wrong(&["changes".into()], "nothing is changed".to_owned(), "name at least one change");
        }
        if says.pull_request.title.trim().is_empty() {
            let path = ["pull_request".into(), "title".into()];
            wrong(&path, "a pull request needs a title".to_owned(), "say what it does");
        }
        for (index, change) in says.changes.iter().enumerate() {
            for problem in change.problems() {
                let path = [&["changes".into(), index.into()], &problem.at[..]].concat();
                let hint = "`shipshape schema campaign` describes each kind of change";
                wrong(&path, problem.message, hint);
            }
        }
        for (index, name) in says.select.findings.iter().enumerate() {
            if let Err(error) = catalogue::known(name) {
                let path = ["select".into(), "findings".into(), index.into()];
                let hint = error.hints().first().map_or("", String::as_str);
                wrong(&path, error.message().to_owned(), hint);
            }
        }
        for (index, requirement) in says.requires.iter().enumerate() {
            if let Requirement::Campaign(other) = requirement
                && !is_slug(other)
            {
                let path = ["requires".into(), index.into()];
                let hint = "name it as its own file does: `{ campaign: add-note }`";
                wrong(&path, format!("`{other}` is not the name of a campaign"), hint);
            }
        }
        for (index, window) in says.windows.iter().enumerate() {
            if let Err(why) = windows::check(window) {
                let hint = "write it as `{ days: [mon, fri], from: '09:00', to: '17:00' }`";
                wrong(&["windows".into(), index.into()], why, hint);
            }
        }
        if problems.is_empty() {
            let digest = digest_of(bytes);
            Ok(Self { file: file.to_owned(), says: reading.value, digest })
        } else {
            problems.sort_by_key(|error| error.place().and_then(|place| place.position));
            Err(problems.into_iter().map(with_kind_of_format).collect())
        }
    }

    /// Reads a campaign from a file.
    ///
    /// # Errors
    /// When it cannot be read, and everything that is wrong with it.
    pub fn load(file: &Path) -> Result<Self, Vec<Error>> {
        let wrong = |error: Error| vec![error];
        let bytes = whole_file::read(file).map_err(wrong)?.ok_or_else(|| {
            wrong(
                Error::usage("there is no such campaign")
                    .in_file(file)
                    .hint("`shipshape campaign init NAME` writes one to start from"),
            )
        })?;
        if let Some(error) = Plan::instead_of_campaign(file, &bytes) {
            return Err(wrong(error));
        }
        let campaign = Self::parse(file, &bytes)?;
        Ok(Self { digest: campaign.digest_with_files(), ..campaign })
    }

    /// The digest of the file and of those that it includes, since their contents are part of the campaign.
    fn digest_with_files(&self) -> String {
        let brought = self.says.changes.iter().filter_map(ChangeSpec::brings);
        let mut names: Vec<&str> = brought.chain(self.says.select.targets.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        let mut digest = self.digest.clone();
        for name in names {
            // A file that is missing or not allowed is reported where it is used.
            let file = self.beside(name).ok();
            let bytes = file.and_then(|file| whole_file::read(&file).ok().flatten());
            let content = bytes.map_or_else(String::new, |bytes| digest_of(&bytes));
            digest = digest_of(format!("{digest}\0{name}\0{content}").as_bytes());
        }
        digest
    }

    /// Whether its selection or its changes depend on what the fleet's owners accept, by a waiver or the baseline.
    #[must_use]
    pub fn rests_on_decisions(&self) -> bool {
        self.says.select.judges() || self.says.changes.iter().any(ChangeSpec::keeps_to_waivers)
    }

    /// The campaign that reverts this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let mut says = self.says.clone();
        says.name = inverse_name(&says.name);
        let words = &mut says.pull_request;
        // What the campaign's own templates refer to may be gone.
        words.title = "Revert: {{ taken_back }}".to_owned();
        words.commit = None;
        // Other campaigns find by the list of files what is about the same ones.
        words.body = Some(format!(
            "Takes back what the campaign {{{{ '{}' | code }}}} changed here.\n\n\
             {{% for file in files %}}- {{{{ file | code }}}}\n{{% endfor %}}",
            self.says.name
        ));
        says.requires.clear();
        Self { file: self.file.clone(), says, digest: self.digest.clone() }
    }

    /// Whether one run opens all of its pull requests: neither waves nor limits make some of them wait.
    #[must_use]
    pub fn goes_at_once(&self) -> bool {
        let Brake { open, pending_checks, each_run } = self.says.limits;
        let is_limited = [open, pending_checks, each_run].iter().any(Option::is_some);
        self.says.waves.sizes.is_empty() && !is_limited
    }

    /// Resolves a path in the file, which is relative to its folder. What a campaign includes is shown in pull
    /// requests, and its author may not be trusted, so it can read nothing outside its folder, not even through links.
    ///
    /// # Errors
    /// When the path leads outside.
    pub fn beside(&self, relative: &str) -> Result<PathBuf, Error> {
        let is_below =
            |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let file = folder.join(relative);
        let leads_out = match (folder.canonicalize(), file.canonicalize()) {
            (Ok(folder), Ok(target)) => !target.starts_with(folder),
            _ => false,
        };
        if leads_out || !Path::new(relative).components().all(is_below) {
            return Err(Error::usage(format!("`{relative}` is outside the campaign's folder"))
                .in_file(&self.file)
                .hint("a campaign reads files beside it and below only: put a copy there"));
        }
        Ok(file)
    }
}

/// What is wrong with the numbers that edits are to write.
fn numbers(file: &Path, text: &Text, root: &typed::Node) -> Vec<Error> {
    let found = unwritable_numbers(root).into_iter();
    let hint = "a text is written in quotes; `run` sets what no value here can be";
    found.map(|(span, why)| Error::usage(why).at(file, text, span).hint(hint)).collect()
}

/// The error, with the kind of change by which files are edited whose format was taken for one.
fn with_kind_of_format(error: Error) -> Error {
    match error.message() {
        "unknown key `json`" | "unknown key `toml`" => {
            error.hint("`yaml` edits JSON and TOML files as well")
        }
        _ => error,
    }
}

/// The problems of a file that could not be read, with those of its numbers: of one, the reader only says that it is out of
/// range.
fn with_numbers(problems: Vec<Error>, file: &Path, bytes: &[u8]) -> Vec<Error> {
    let Ok(text) = Text::decode_within(bytes, MAX_OWN_BYTES) else { return problems };
    let Ok(root) = typed::outline::read(&text) else { return problems };
    let mut found = numbers(file, &text, &root);
    if found.is_empty() {
        return problems;
    }
    let is_of_them = |problem: &Error| problem.message().ends_with("JSON number out of range");
    found.extend(problems.into_iter().filter(|problem| !is_of_them(problem)));
    found.sort_by_key(|error| error.place().and_then(|place| place.position));
    found
}
