//! What speaks against an install that names a distribution: it may never run, or put it where no Python searches.

use crate::checks::dockerfile::Commands;
use crate::checks::dockerfile::image_files::{ImageFiles, absolute};
use crate::checks::dockerfile::search_path::SearchPath;
use crate::source::dockerfile::StageView;
use crate::source::shell::{
    Command, Entry, PipInstall, Place, Script, Word, basename, skipped_commands,
};

/// Folders below which an install is where one without `--prefix` or `--root` is.
const USUAL: [&str; 3] = ["", "/usr", "/usr/local"];

/// Why it is not certain that an install of a script has its effect in the image.
pub(super) fn doubt(
    files: &ImageFiles<'_, '_, '_, '_>,
    commands: &[Commands<'_>],
    (run, script, places): (&Commands<'_>, &Script, &[Place]),
    install: &PipInstall,
) -> Option<String> {
    if skipped_commands(script).iter().any(|span| span.contains(install.span)) {
        return Some("what is before it in its line keeps it from running".to_owned());
    }
    if let Some(folder) = install.elsewhere.as_ref().filter(|folder| !is_usual(files.view, folder))
    {
        let folder = folder.as_str();
        return Some(format!("it is put into `{folder}`, where Python may not search"));
    }
    let own = own_folder(files, run, places, &install.program)?;
    let path = SearchPath::of(files.view);
    let is_used = !path.is_known
        || path.folders.contains(&own)
        || is_started_from(files.view, &own)
        || names_folder(commands, &own);
    let program = install.program.as_str();
    (!is_used).then(|| format!("it is put beside `{program}`, and `{own}` is not on PATH"))
}

/// Whether Python searches in what `--target` and the like name.
fn is_usual(view: StageView<'_>, folder: &Word) -> bool {
    let folder = folder.as_str().trim_end_matches('/');
    let environment = view.environment();
    let searched = environment.get("PYTHONPATH").is_some_and(|pair| {
        let written = pair.value.text.as_deref().unwrap_or(&pair.value.raw);
        written
            .trim_matches(['"', '\''])
            .split(':')
            .any(|part| part.trim_end_matches('/') == folder)
    });
    searched
        || USUAL.contains(&folder)
        || matches!(basename(folder), "site-packages" | "dist-packages")
}

/// The folder of a pip or Python that is called by its path: that of an environment, into which it installs.
fn own_folder(
    files: &ImageFiles<'_, '_, '_, '_>,
    run: &Commands<'_>,
    places: &[Place],
    program: &Word,
) -> Option<String> {
    let [place] = places else { return None };
    let is_uv = basename(program.as_str()) == "uv";
    if program.dynamic || is_uv || !program.as_str().contains('/') {
        return None;
    }
    let workdir = files.workdir_at(run.instruction.span.start);
    let path = absolute(workdir, &place.path(program.as_str())?)?;
    path.rsplit_once('/').map(|(folder, _)| folder.to_owned())
}

/// Whether a container starts something of a folder.
fn is_started_from(view: StageView<'_>, folder: &str) -> bool {
    match view.entry() {
        Some(Entry::Exec(words)) => words.iter().any(|word| word.contains(folder)),
        Some(Entry::Shell(text)) => text.contains(folder),
        None => false,
    }
}

/// Whether a command is given something of a folder, as `ln -s /venv/bin/serve /usr/local/bin` is.
fn names_folder(commands: &[Commands<'_>], folder: &str) -> bool {
    let names =
        |command: &Command| command.words.iter().skip(1).any(|word| word.as_str().contains(folder));
    let mut scripts = commands.iter().flat_map(|run| &run.scripts);
    scripts.any(|script| script.commands.iter().any(names))
}
