//! What the command line and the answers file say, brought together; and said again as one command.

use std::path::Path;

use crate::cli::{Context, judging};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::scaffold::answers::{AnswersFile, SCHEMA};
use crate::scaffold::{Ground, Subject, Typed};
use crate::source::typed::{self, nearest};

use super::Arguments;

/// The variable that says where the forge is.
const FORGE: &str = "SHIPSHAPE_FORGE";

/// Reads the answers file, if there is one.
pub(super) fn answers_file(context: &Context, file: Option<&Path>) -> Result<AnswersFile> {
    let Some(file) = file else { return Ok(AnswersFile::default()) };
    let bytes = whole_file::read(file)?
        .ok_or_else(|| Error::usage("there is no such file of answers").in_file(file))?;
    let read = typed::read::<AnswersFile>(file, &bytes, SCHEMA);
    let read = context.all(read)?;
    if read.problems.is_empty() { Ok(read.value) } else { context.all(Err(read.problems)) }
}

/// All that was said. The command line counts before the file.
pub(super) fn typed(arguments: &Arguments, file: &AnswersFile, ground: &Ground) -> Result<Typed> {
    let mut typed = file.typed(ground);
    let visibility = arguments.visibility.map(|it| it.as_str().to_owned());
    let said = [
        (Subject::Slug, &arguments.runtime),
        (Subject::Repository, &arguments.repository),
        (Subject::Profile, &arguments.profile),
        (Subject::Owner, &arguments.owner),
        (Subject::Visibility, &visibility),
        (Subject::Description, &arguments.description),
    ];
    for (subject, value) in said {
        typed.extend(value.clone().map(|value| (subject, value)));
    }
    for (name, value) in &arguments.set {
        typed.insert(Subject::Variable(name.clone()), value_of(value)?);
    }
    let known: Vec<&str> =
        ground.pack.manifest.variables.iter().map(|(name, _)| name.as_str()).collect();
    let unknown = typed.keys().find_map(|subject| match subject {
        Subject::Variable(name) if !known.contains(&name.as_str()) => Some(name),
        _ => None,
    });
    match unknown {
        None => Ok(typed),
        Some(name) => {
            let error = Error::usage(format!("the shape has no variable `{name}`"));
            Err(match nearest(name, known.iter().copied()) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint(format!("it has {}", known.join(", "))),
            })
        }
    }
}

/// The command that would make the same without a question.
pub(super) fn command(
    arguments: &Arguments,
    context: &Context,
    ground: &Ground,
    (typed, aliases): (&Typed, &[String]),
) -> String {
    let mut words = vec!["shipshape".to_owned(), "new".to_owned()];
    let mut say = |option: &str, value: &str| {
        words.push(option.to_owned());
        words.push(judging::quoted(value));
    };
    if let Some(file) = &context.fleet_file {
        say("--fleet", &file.display().to_string());
    }
    // What a variable says holds for the next run as well.
    let forge = arguments.forge.forge.as_deref().filter(|url| !url.trim().is_empty());
    if let Some(url) = forge.filter(|url| context.environment.get(FORGE) != Some(*url)) {
        say("--forge", url);
    }
    if let Some(file) = &arguments.state {
        say("--state", &file.display().to_string());
    }
    if let Some(folder) = &arguments.local {
        say("--local", &folder.display().to_string());
    }
    if let Some(shape) = &arguments.shape {
        say("--shape", &shape.display().to_string());
    }
    let several = ground.fleet.as_ref().is_some_and(|fleet| fleet.manifest.kinds.len() > 1);
    if several {
        say("--kind", &ground.kind_name);
    }
    for (subject, value) in typed {
        match subject {
            Subject::Slug => {}
            Subject::Repository => say("--repository", value),
            Subject::Profile => say("--profile", value),
            Subject::Owner => say("--owner", value),
            Subject::Visibility => say("--visibility", value),
            Subject::Description => say("--description", value),
            Subject::Variable(name) => say("--set", &format!("{name}={value}")),
        }
    }
    for alias in aliases {
        say("--alias", alias);
    }
    if arguments.wait != super::WAIT {
        say("--wait", &arguments.wait.to_string());
    }
    let flags = [("--git", arguments.git), ("--register", arguments.register)];
    words.extend(flags.iter().filter(|(_, given)| *given).map(|(flag, _)| (*flag).to_owned()));
    words.push("--defaults".to_owned());
    if let Some(slug) = typed.get(&Subject::Slug) {
        words.insert(2, judging::quoted(slug));
    }
    words.join(" ")
}

/// A value, or the text of the file that it names: `--set prompt=@prompt.md`.
fn value_of(value: &str) -> Result<String> {
    // `@acme/x` is an owner's or a package's name and no file.
    let file = value.strip_prefix('@').map(Path::new).filter(|file| file.is_file());
    let Some(file) = file else { return Ok(value.to_owned()) };
    let bytes = whole_file::read(file)?.unwrap_or_default();
    let text = String::from_utf8(bytes)
        .map_err(|cause| Error::usage("the file is no text").in_file(file).caused_by(cause))?;
    Ok(text.trim_end_matches('\n').to_owned())
}
