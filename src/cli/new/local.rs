//! Puts a draft into a folder, completely or not at all.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use git2::{IndexAddOption, RepositoryInitOptions, Signature, Time};

use super::given::Said;
use super::plan::{self, Plan, Stage, Wish};
use super::register::{self, ManifestChange};
use super::{Arguments, document, ending, given, prepare, repeated};
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::next;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit};
use crate::edge::fs::write_change_set;
use crate::edge::made_folder::{Loose, MARKER, Making};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::kin;
use crate::scaffold::ChosenKind;
use crate::scaffold::creation::{Creation, State};
use crate::scaffold::draft::Draft;
use crate::scaffold::interview::Next;
use crate::snapshot;
use crate::source::secrets::masked;

/// The state of the target folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It does not exist, or is empty.
    Free,
    /// It contains the draft already, from an earlier run.
    Made,
}

/// Creates the folder only, and nothing on the forge.
pub(super) fn run(
    arguments: &Arguments,
    context: &Context,
    folder: &Path,
    last_words: &LastWords,
) -> Result<Exit> {
    is_free(folder)?;
    let file = given::answers_file(context, arguments.answers.as_deref())?;
    let mut asker = prepare::asker(arguments, context);
    let fleet = context.fleet_to_fill(None)?.map(Arc::new);
    if arguments.register && fleet.is_none() {
        return Err(Error::usage("there is no fleet to register the member in")
            .hint("leave --register out, or name the manifest with --fleet FILE"));
    }
    let named = arguments.said.kind.as_ref().or(file.value.kind.as_ref());
    let chosen = prepare::chosen(arguments, context, fleet, &file, named, asker.as_mut(), None)?;
    let mut said = Said::of(arguments, &file, &chosen)?;
    let question = format!("Create {}?", visible_line(&folder.display().to_string()));
    let wish = Wish {
        arguments,
        context,
        chosen: &chosen,
        file: &file,
        question: &question,
        forge: None,
        stage: Stage::New,
        taken: None,
        enter: Next::Make,
        last_words,
    };
    let look = |plan: Plan| {
        let has_files = place(folder, &plan.draft)? == Place::Made;
        Ok(Plan { has_files, ..plan })
    };
    let plan = match plan::settle(&wish, &mut said, asker, &look)? {
        ControlFlow::Continue(plan) => plan,
        ControlFlow::Break(exit) => return Ok(exit),
    };
    let exit = if plan.is_clean(&plan.draft.report) { Exit::Clean } else { Exit::Findings };
    let repeat = repeated::command(arguments, context, &chosen, &said);
    // Neither a folder nor fleet.yaml is on the forge, but a run that was asked only to read writes nothing.
    if arguments.dry_run || arguments.forge.read_only {
        let said = match arguments.forge.read_only {
            true => {
                "Nothing was created, because --read-only or SHIPSHAPE_READ_ONLY is set. To create it:"
            }
            false => "Nothing was created. The same without --dry-run:",
        };
        context.terminal.note(&format!("{said}\n  {}", visible_line(&repeat)));
        if arguments.format == Form::Json {
            let left = by_hand(arguments, &chosen, &plan).collect();
            let planned = Creation { left, next: vec![repeat], ..document::of(arguments, &plan) };
            document::print(context, &planned)?;
        }
        return Ok(exit);
    }
    last_words.are("Interrupted: the same command creates what is missing.".to_owned());
    let note = put(arguments, context, folder, &chosen, &plan)?;
    let mut next = steps(arguments, folder, &chosen, &plan);
    // A folder of a repository is created nowhere else.
    if arguments.register && plan.joining.is_some() && plan.draft.member.path.is_none() {
        // The entry in fleet.yaml has not all of the answers.
        let said = said.with_empty(&plan.answers);
        next.push(repeated::on_forge(arguments, context, &chosen, &said));
    }
    match arguments.format {
        Form::Human => next::note(context, next),
        Form::Json => {
            let left = note.into_iter().chain(by_hand(arguments, &chosen, &plan)).collect();
            let next = next.into_iter().map(|step| next::command(context, step)).collect();
            let state = State::Created;
            let made = Creation { state, left, next, ..document::of(arguments, &plan) };
            document::print(context, &made)?;
        }
    }
    context.terminal.note(&format!("\nThe same without a question:\n  {repeat}"));
    Ok(exit)
}

fn is_free(folder: &Path) -> Result<()> {
    let file = folder.symlink_metadata().is_ok_and(|it| !it.is_dir() && !it.is_symlink());
    if file {
        return Err(Error::usage("this is a file, but a folder has to be created").in_file(folder));
    }
    Ok(())
}

/// Whether the draft can be put into the folder.
fn place(folder: &Path, draft: &Draft) -> Result<Place> {
    is_free(folder)?;
    let mut entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Place::Free),
        Err(cause) => {
            return Err(Error::failed("cannot read the folder").in_file(folder).caused_by(cause));
        }
    };
    if entries.next().is_none() {
        return Ok(Place::Free);
    }
    let there = snapshot::folder::read(folder)?;
    let same = |path: &str| path == MARKER || draft.tree.entry(path) == there.entry(path);
    let all_there = draft.tree.entries.keys().all(|path| same(path.as_str()));
    if all_there && there.entries.keys().all(|path| same(path.as_str())) {
        // A run that was killed at its very end leaves its marker.
        let _ = std::fs::remove_file(folder.join(MARKER));
        return Ok(Place::Made);
    }
    Err(Error::usage("the folder is not empty")
        .in_file(folder)
        .hint("name one that does not exist yet; this one is left as it is"))
}

/// What is left to a person of joining the fleet.
fn joined_by_hand(arguments: &Arguments, plan: &Plan) -> Option<String> {
    let joining = plan.joining.as_ref()?;
    if !arguments.register {
        // The manifest comes last.
        let lists: Vec<&str> = joining.changes.iter().map(|it| it.name.as_str()).collect();
        let (all, lists) = match lists.split_last() {
            Some((_, others @ [_, ..])) => (ending::enumerated(&lists), ending::enumerated(others)),
            _ => ("fleet.yaml".to_owned(), String::new()),
        };
        let lists = if lists.is_empty() { lists } else { format!(", and bring it into {lists}") };
        return Some(format!(
            "not in the fleet yet: --register adds it to {all}; or add this to `members`{lists}: {}",
            masked(&joining.enrolled.entry)
        ));
    }
    let home = joining.enrolled.fleet.manifest.home.as_ref()?;
    (!joining.changes.is_empty()).then(|| {
        format!(
            "commit what was changed, and offer fleet.yaml to `{}` as a pull request: until that is merged, other \
             clones lack the member",
            home.repository
        )
    })
}

/// What is left to a person: what values change beside their places, what empty answers leave, the lists to change, each
/// with the reason, and joining the fleet.
fn by_hand(
    arguments: &Arguments,
    chosen: &ChosenKind,
    plan: &Plan,
) -> impl Iterator<Item = String> {
    let lists = plan.joining.iter().flat_map(|joining| &joining.left);
    let lists = lists.map(|(name, why)| format!("{name}: {why}"));
    let unwritten = plan.unwritten(chosen);
    plan.broken_out().chain(unwritten).chain(lists).chain(joined_by_hand(arguments, plan))
}

/// Creates the folder; with a message, as a git repository with one commit. Returns a note, if any.
fn make(
    context: &Context,
    folder: &Path,
    draft: &Draft,
    message: Option<&str>,
) -> Result<Option<String>> {
    let making = Making::begin(folder, Loose::none())?;
    write_change_set(making.folder(), &draft.files)?;
    let mut note = None;
    if let Some(message) = message {
        note = commit(context, making.folder(), message).map_err(|cause| {
            Error::failed("cannot create the git repository")
                .in_file(folder)
                .caused_by(cause.message())
                .hint("leave --git out, and run `git init` yourself")
        })?;
    }
    making.give()?;
    Ok(note)
}

/// Creates a repository with everything in one commit, or only staged if git has no identity to commit with.
fn commit(context: &Context, folder: &Path, message: &str) -> Result<Option<String>, git2::Error> {
    let mut options = RepositoryInitOptions::new();
    options.initial_head("main").external_template(false);
    let repository = git2::Repository::init_opts(folder, &options)?;
    let mut index = repository.index()?;
    let ours = |path: &Path, _: &[u8]| i32::from(path == Path::new(MARKER));
    index.add_all(["*"], IndexAddOption::FORCE, Some(&mut |path, matched| ours(path, matched)))?;
    index.write()?;
    let tree = repository.find_tree(index.write_tree()?)?;
    let Ok(known) = repository.signature() else {
        return Ok(Some(
            "git has no name and address for commits, so everything is staged but not committed"
                .to_owned(),
        ));
    };
    let time = Time::new(context.clock.seconds(), 0);
    let (name, email) = (known.name().unwrap_or("unknown"), known.email().unwrap_or("unknown"));
    let who = Signature::new(name, email, &time)?;
    repository.commit(Some("HEAD"), &who, &who, message, &tree, &[])?;
    Ok(None)
}

/// Creates the folder and, on request, joins the fleet. Returns a note, if any.
fn put(
    arguments: &Arguments,
    context: &Context,
    folder: &Path,
    chosen: &ChosenKind,
    plan: &Plan,
) -> Result<Option<String>> {
    let shown = folder.display();
    let from = match chosen.kind.starter {
        Some(_) => "the starter".to_owned(),
        None => format!("the shape `{}`", chosen.pack.manifest.name),
    };
    let message = format!("Create {} from {from}", plan.draft.identity.slug);
    let mut note = None;
    if place(folder, &plan.draft)? == Place::Made {
        context.terminal.note(&format!("{shown} exists already, as wanted"));
    } else {
        let message = Some(message.as_str()).filter(|_| arguments.git);
        note = make(context, folder, &plan.draft, message)?;
        context.terminal.note(&format!("created {shown}"));
        note.iter().for_each(|note| context.terminal.note(note));
    }
    if arguments.register {
        let told = |file: &Path| {
            context.terminal.note(&format!("added it to {}", file.display()));
        };
        register::joined(context, chosen, plan, ManifestChange::Here, &told)?;
    }
    if let Some(left) = joined_by_hand(arguments, plan) {
        let head = if arguments.register { "left to you: " } else { "" };
        context.terminal.note(&visible_line(&format!("{head}{left}")));
    }
    Ok(note)
}

/// The next commands.
fn steps(arguments: &Arguments, folder: &Path, chosen: &ChosenKind, plan: &Plan) -> Vec<String> {
    let quoted = next::quoted(&folder.display().to_string());
    let slug = &plan.draft.identity.slug;
    let mut next = Vec::new();
    // Answered values are kept in fleet.yaml; until they are there, the new files would look edited.
    let is_member = arguments.register && plan.joining.is_some();
    if is_member || plan.draft.member.variables.is_empty() {
        let held = held_to(arguments, folder, chosen, plan);
        let name = called(plan).unwrap_or(slug);
        // The folder of a member is known by the name that it shares with the repository.
        let is_named = plan.joining.as_ref().filter(|_| is_member).is_some_and(|joining| {
            let folder = folder.file_name().unwrap_or_default();
            folder == joining.enrolled.member.repository.name.as_str()
        });
        let slug = if is_named { String::new() } else { format!(" --slug {name}") };
        next.push(format!("shipshape validate {quoted}{slug}{held}"));
    }
    let has_images = chosen.fleet.as_ref().is_none_or(|fleet| fleet.manifest.images.is_some());
    if has_images && plan.draft.tree.entry("Dockerfile").is_some() {
        next.push(format!("docker build -t {slug} {quoted}"));
    }
    next
}

/// A name that only the new member has: its slug, or its repository if another kind has the same slug.
fn called(plan: &Plan) -> Option<&str> {
    let enrolled = &plan.joining.as_ref()?.enrolled;
    let slug = enrolled.member.slug.as_str();
    let is_shared = enrolled.fleet.named(slug).nth(1).is_some();
    Some(if is_shared { &enrolled.member.repository.name } else { slug })
}

/// The options needed to judge the folder by the shape and profile that it was made from. For a member, fleet.yaml says
/// so.
fn held_to(arguments: &Arguments, folder: &Path, chosen: &ChosenKind, plan: &Plan) -> String {
    let is_member = arguments.register && plan.joining.is_some();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let follows = chosen.fleet.as_ref().is_none_or(|fleet| {
        let kinds = &fleet.manifest.kinds;
        let of_name = kin::of_name(kinds, &name);
        kinds.len() == 1 || is_member || of_name.is_some_and(|(kind, _)| kind == chosen.kind_name)
    });
    let made_of = Some(Path::new(&chosen.pack.source)).filter(|it| !follows && it.is_dir());
    let mut options = String::new();
    if let Some(shape) = arguments.shape.as_deref().or(made_of) {
        options.push_str(&format!(" --shape {}", next::quoted(&shape.display().to_string())));
    }
    let usual = chosen.kind.profile.as_ref();
    let profile = plan.draft.identity.profile.as_ref().filter(|it| Some(*it) != usual);
    if let Some(profile) = profile.filter(|_| !is_member) {
        options.push_str(&format!(" --profile {}", next::quoted(profile)));
    }
    options
}
