//! What speaks against an install that names a distribution: it may never run, or put it where no Python searches.

use crate::checks::dockerfile::Commands;
use crate::checks::dockerfile::image_files::{ImageFiles, absolute};
use crate::checks::dockerfile::search_path::SearchPath;
use crate::source::Span;
use crate::source::dockerfile::StageView;
use crate::source::shell::{
    By, Called, Command, Entry, PipInstall, Places, Script, Word, basename, skipped_commands,
};

/// Folders below which an install is where one without `--prefix` or `--root` is.
const USUAL: [&str; 3] = ["", "/usr", "/usr/local"];

/// Why it is not certain that an install of a script has its effect in the image.
pub(super) fn doubt(
    files: &ImageFiles<'_, '_, '_, '_>,
    commands: &[Commands<'_>],
    (run, script, places): (&Commands<'_>, &Script, &Places),
    install: &PipInstall,
) -> Option<String> {
    if skipped_commands(script).iter().any(|span| span.contains(install.span)) {
        return Some("what is before it keeps it from running".to_owned());
    }
    if let Some(folder) = install.elsewhere.as_ref().filter(|folder| !is_usual(files.view, folder))
    {
        let folder = folder.as_str();
        return Some(format!("it is put into `{folder}`, where Python may not search"));
    }
    let path = SearchPath::of(files.view);
    if install.is_for_user && !is_searched_for_users(files, &path) {
        let why =
            "it is put into the home of the user who runs pip, whose `.local/bin` is not on PATH";
        return Some(why.to_owned());
    }
    let own = own_folder(files, run, (script, places), install)?;
    let is_used = !path.is_known
        || path.folders.contains(&own)
        || is_started_from(files, &own)
        || names_folder(commands, &own);
    let program = install.program.as_str();
    let beside = match program.contains('/') {
        true => format!("beside `{program}`"),
        false => "into an environment that is activated for it".to_owned(),
    };
    (!is_used).then(|| format!("it is put {beside}, and `{own}` is not on PATH"))
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

/// Whether programs may be searched for where `pip install --user` puts them.
fn is_searched_for_users(files: &ImageFiles<'_, '_, '_, '_>, path: &SearchPath) -> bool {
    let folder = "/.local/bin";
    !path.is_known
        || files.view.environment().contains_key("PYTHONUSERBASE")
        || path.folders.iter().any(|searched| searched.ends_with(folder))
        || is_started_from(files, folder)
}

/// The folder of a pip or Python that is called by its path, or of an environment that was activated before: that of an
/// environment, into which it installs.
fn own_folder(
    files: &ImageFiles<'_, '_, '_, '_>,
    run: &Commands<'_>,
    (script, places): (&Script, &Places),
    install: &PipInstall,
) -> Option<String> {
    let program = &install.program;
    let is_uv = basename(program.as_str()) == "uv";
    if program.dynamic {
        return None;
    }
    let (file, at) = match !is_uv && program.as_str().contains('/') {
        true => (program, install.span),
        false => activated_before(script, install)?,
    };
    let [place] = places.at(at) else { return None };
    let workdir = files.workdir_at(run.instruction.span.start);
    let path = absolute(workdir, &place.path(file.as_str())?)?;
    path.rsplit_once('/').map(|(folder, _)| folder.to_owned())
}

/// The script that activates an environment for an install, where its own shell reads it before, and its command.
fn activated_before<'s>(script: &'s Script, install: &PipInstall) -> Option<(&'s Word, Span)> {
    let mut before = script
        .commands
        .iter()
        .filter(|command| command.span.end <= install.span.start && command.function.is_none());
    let command = before.rfind(|command| {
        let [program, file, ..] = command.words.as_slice() else { return false };
        matches!(program.as_str(), "." | "source") && basename(file.as_str()) == "activate"
    })?;
    let file = command.words.get(1).filter(|file| !file.dynamic && !command.subshell)?;
    file.as_str().ends_with("/bin/activate").then_some((file, command.span))
}

/// Whether a container starts something of a folder, by itself or in a script of the repository.
fn is_started_from(files: &ImageFiles<'_, '_, '_, '_>, folder: &str) -> bool {
    let names = |text: &str| text.contains(folder) || text.contains("/bin/activate");
    let in_script = |word: &str| match files.called(word, By::Shell) {
        Called::Script(text) => names(text.as_str()),
        Called::Unknown(_) | Called::NotOnPath(_) | Called::Nothing => false,
    };
    match files.view.entry() {
        Some(Entry::Exec(words)) => words.iter().any(|word| names(word) || in_script(word)),
        Some(Entry::Shell(text)) => names(&text),
        None => false,
    }
}

/// Whether a command is given something of a folder, as `ln -s /venv/bin/serve /usr/local/bin` is.
fn names_folder(commands: &[Commands<'_>], folder: &str) -> bool {
    let names = |command: &Command| {
        let Some((program, arguments)) = command.words.split_first() else { return false };
        // What it activates, it only has for itself.
        !matches!(program.as_str(), "." | "source")
            && arguments.iter().any(|word| word.as_str().contains(folder))
    };
    let mut scripts = commands.iter().flat_map(|run| &run.scripts);
    scripts.any(|script| script.commands.iter().any(names))
}
