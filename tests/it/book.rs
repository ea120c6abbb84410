//! The book does what it says: every block of commands in it is run, every link leads somewhere, and no page is forgotten.
//!
//! What a page can ask for is in [`page`]. Pages that start from nothing and take moments run with every `cargo test`; the others
//! are the suite `commands_of_the_book`, which prints what is run and what is not, and why.

mod compare;
mod links;
mod page;
mod reference;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use page::{Page, Start, Step};

use crate::world::World;

/// Made from the program: what stands there is what it prints, and nothing to type.
const GENERATED: [&str; 2] = ["docs/cli.md", "docs/rules.md"];

/// Pages outside of the folder of the book that it includes, or that lead to it.
const OUTSIDE: [&str; 5] =
    ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benches/README.md", "fuzz/README.md"];

/// How long one page may take.
const LIMIT: Duration = Duration::from_secs(60);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages by their paths in the repository, in order.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = OUTSIDE.map(str::to_owned).to_vec();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("readable") {
            let path = folder.join(entry.expect("readable").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.to_string_lossy().into_owned());
            }
        }
    }
    pages.sort();
    pages
}

fn text(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Pages with something to run, or to hold against the demo.
fn typed_pages() -> Vec<(String, Page)> {
    let pages = pages().into_iter().filter(|page| !GENERATED.contains(&page.as_str()));
    let pages = pages.map(|name| (page::read(&text(&name)), name)).map(|(page, name)| (name, page));
    pages.filter(|(_, page)| !page.steps.is_empty()).collect()
}

/// Runs one page in a world; says what is not as it says.
fn run(name: &str, page: &Page, world: &World) -> Vec<String> {
    let mut commands: Vec<(String, Option<&page::Command>, usize)> = Vec::new();
    for step in &page.steps {
        match step {
            Step::File { name, content } => {
                let word = "END_OF_THE_FILE";
                let script = format!(
                    "mkdir -p \"$(dirname '{name}')\" && cat > '{name}' <<'{word}'\n{content}{word}"
                );
                commands.push((script, None, 0));
            }
            Step::Hidden { line, script } => commands.push((script.clone(), None, *line)),
            Step::Typed(typed) => {
                commands.extend(typed.iter().map(|it| (it.text.clone(), Some(it), it.line)));
            }
            Step::OfDemo { .. } | Step::NotRun { .. } => {}
        }
    }
    let scripts: Vec<String> = commands.iter().map(|(script, ..)| script.clone()).collect();
    let mut wrong = Vec::new();
    for (done, (script, shown, line)) in
        session::typed(world, &scripts, LIMIT).into_iter().zip(&commands)
    {
        let wanted = shown.map_or(0, page::Command::code);
        let mut say = |what: String| {
            wrong.push(format!("{name}:{line}: {script}\n{what}\n--- it said\n{}", done.said));
        };
        if done.code != Some(wanted) {
            let code = done.code.map_or("no end in time".to_owned(), |code| code.to_string());
            say(format!("exit code {code}, and not {wanted}"));
            // What comes behind it stands on it.
            break;
        }
        let Some(shown) = shown.filter(|shown| !shown.said.is_empty()) else { continue };
        if let Some(difference) = compare::difference(&shown.said, &done.said, shown.is_shortened) {
            say(difference);
        }
    }
    wrong
}

#[test]
fn pages_that_take_moments_run() {
    let wrong: Vec<String> = typed_pages()
        .iter()
        .filter(|(_, page)| page.start == Start::Empty)
        .flat_map(|(name, page)| run(name, page, &World::new()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What nobody runs is typed right, at least: the program knows each command and option.
#[test]
fn what_is_not_run_is_a_command_line() {
    let mut wrong = Vec::new();
    for (name, page) in typed_pages() {
        for step in &page.steps {
            let commands = match step {
                Step::NotRun { commands, .. } => commands,
                Step::Typed(commands) if matches!(page.start, Start::Nothing(_)) => commands,
                _ => continue,
            };
            for command in commands {
                let line = command.text.lines().next_back().unwrap_or_default();
                let words = words(line);
                let at = words.iter().rposition(|word| word == "shipshape");
                let Some(words) = at.map(|at| &words[at..]) else { continue };
                if let Err(error) = shipshape::cli::tree().try_get_matches_from(words) {
                    wrong.push(format!("{name}:{}: {line}\n{error}", command.line));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words of a simple command, without its comment and what a shell does with it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().expect("one at least").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    let end = words
        .iter()
        .position(|word| ["#", ">", "&"].contains(&word.as_str()))
        .unwrap_or(words.len());
    words.truncate(end);
    words
}

/// The rest of the book: all that is slow, and all that starts from the demo.
pub(crate) fn the_rest_runs() {
    let pages = typed_pages();
    for (name, page) in &pages {
        list(name, page);
    }
    let of = |start: Start| pages.iter().filter(move |(_, page)| page.start == start);
    // The demo waits for programs that it runs, and so do pages.
    let (mut wrong, demo) = std::thread::scope(|scope| {
        let slow = scope.spawn(|| several(of(Start::Slow).collect(), &World::new));
        let demo = Demo::new();
        (slow.join().expect("pages run"), demo)
    });
    wrong.extend(demo.next_commands());
    wrong.extend(several(of(Start::Demo).collect(), &|| demo.copy()));
    for (name, page) in &pages {
        for step in &page.steps {
            let Step::OfDemo { line, said } = step else { continue };
            if let Some(difference) = compare::difference(said, &demo.said, true) {
                wrong.push(format!("{name}:{line}: {difference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Says what of a page is run, and what is not.
#[expect(clippy::print_stdout, reason = "whoever runs the suite wants to know what nobody runs")]
fn list(name: &str, page: &Page) {
    let (mut typed, mut held) = (0, 0);
    for step in &page.steps {
        match step {
            Step::Typed(commands) => typed += commands.len(),
            Step::OfDemo { .. } => held += 1,
            Step::NotRun { reason, commands } => {
                println!("{name}:{}: not run: {reason}", commands[0].line);
            }
            Step::File { .. } | Step::Hidden { .. } => {}
        }
    }
    match &page.start {
        Start::Nothing(reason) => println!("{name}: {typed} commands not run: {reason}"),
        _ => println!("{name}: {typed} commands run, {held} blocks held against the demo"),
    }
}

/// Runs pages, two at a time.
fn several(pages: Vec<&(String, Page)>, world: &(dyn Fn() -> World + Sync)) -> Vec<String> {
    let waiting = std::sync::Mutex::new(pages);
    let next = || waiting.lock().expect("nobody panics with it").pop();
    let work = || {
        let mut wrong = Vec::new();
        while let Some((name, page)) = next() {
            wrong.extend(run(name, page, &world()));
        }
        wrong
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut wrong = work();
        wrong.extend(other.join().expect("pages run"));
        wrong
    })
}

/// The demo, once for all pages.
struct Demo {
    world: World,
    /// All that it said.
    said: String,
}

impl Demo {
    fn new() -> Self {
        let world = World::new();
        let commands = ["shipshape demo --into .".to_owned(), "cp -a . ../untouched".to_owned()];
        let mut done = session::typed(&world, &commands, 2 * LIMIT);
        assert!(done.iter().all(|done| done.code == Some(0)), "{}", done[0].said);
        Self { world, said: done.swap_remove(0).said }
    }

    /// A world whose folder is as the demo left its own.
    fn copy(&self) -> World {
        let world = World::new();
        let status = std::process::Command::new("cp")
            .arg("-a")
            .arg(self.world.path("untouched"))
            .arg(world.path("work"))
            .status();
        assert!(status.expect("cp runs").success(), "copied");
        world
    }

    /// Runs the commands that it ends with.
    fn next_commands(&self) -> Vec<String> {
        let behind = |words: &str| -> Vec<&str> {
            let (_, behind) = self.said.rsplit_once(words).expect("it ends with commands");
            behind.lines().take_while(|line| line.starts_with("  ")).map(str::trim).collect()
        };
        let [serves] = behind("Its forge again, in one terminal:\n")[..] else { panic!("one") };
        let [sources, makes] = behind("can be tried:\n")[..] else { panic!("two") };
        // The first keeps its terminal, and the last asks questions.
        let served = format!(
            "{serves} > forge.log 2>&1 &\nuntil [ -e sandbox.env ]; do sleep 0.05; done\n{sources}\n{makes} --defaults --dry-run"
        );
        let mut block: Vec<&str> = served.lines().collect();
        block.extend(behind("Next:\n"));
        let page = page::read(&format!("```sh\n{}\n```\n", block.join("\n")));
        assert!(block.len() > 8, "{block:?}");
        run("what the demo says to try next", &page, &self.world)
    }
}
