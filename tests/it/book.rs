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
const OUTSIDE: [&str; 4] = ["README.md", "CHANGELOG.md", "benches/README.md", "fuzz/README.md"];

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

/// The rest of the book: all that is slow, and all that starts from the demo.
pub(crate) fn the_rest_runs() {
    let demo = Demo::new();
    let mut wrong = demo.next_commands();
    for (name, page) in typed_pages() {
        let (mut run_here, mut held) = (0, 0);
        for step in &page.steps {
            match step {
                Step::Typed(commands) => run_here += commands.len(),
                Step::NotRun { line, reason } => println!("{name}:{line}: not run: {reason}"),
                Step::OfDemo { line, said } => {
                    held += 1;
                    if let Some(difference) = compare::difference(said, &demo.said, true) {
                        wrong.push(format!("{name}:{line}: {difference}"));
                    }
                }
                _ => {}
            }
        }
        match &page.start {
            Start::Nothing(reason) => {
                println!("{name}: not run: {reason}");
                continue;
            }
            Start::Empty => {}
            Start::Slow => wrong.extend(run(&name, &page, &World::new())),
            Start::Demo => wrong.extend(run(&name, &page, &demo.copy())),
        }
        println!("{name}: {run_here} commands run, {held} blocks held against the demo");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
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
        let next = self.said.split_once("Try next:\n").expect("it ends with commands").1;
        let next = next.lines().take_while(|line| line.starts_with("  ")).map(str::trim);
        let block: Vec<&str> = next.collect();
        let page = page::read(&format!("```sh\n{}\n```\n", block.join("\n")));
        assert!(block.len() > 8, "{block:?}");
        run("what the demo says to try next", &page, &self.world)
    }
}
