//! A page of Markdown as what is to be done with it: files to write, commands to run, outputs to hold them to.
//!
//! | in the page | means |
//! |---|---|
//! | a block `sh` | commands, one a line; a line that ends in `\`, indented lines and a here-document go on |
//! | a block `console`, or `text` with `$ ` in it | commands behind `$ `, each with what it says below it |
//! | a block `text` right behind one of `sh` | what its last command says |
//! | `exits with N` in a command's comment | its exit code, 0 unless said |
//! | `…,exits:1-3` | the exit codes of the block's commands, in order, where the page need not speak of them |
//! | `yaml,file:NAME` | the block is written to that file |
//! | `…,shortened` | lines were left out of what is shown; the others come in this order |
//! | `…,norun:WHY` | nobody runs it, and why |
//! | `text,demo` | lines of what `shipshape demo` says, in this order |
//! | `<!-- book: … -->` | what the page starts from: [`Start`] |
//! | `<!-- book:run … -->` | commands that no reader sees: what other people do meanwhile, and what a reader would wait for |

/// What a page is run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// An empty folder, with each test run.
    Empty,
    /// An empty folder, in the suite: it takes seconds, or needs programs that not every machine has.
    Slow,
    /// A copy of the folder that `shipshape demo` makes, in the suite.
    Demo,
    /// None of its commands are run, for this reason.
    Nothing(String),
}

/// A page, and what is to be done.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

/// One block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A file that the reader writes.
    File { name: String, content: String },
    /// Commands that the reader does not see.
    Hidden { line: usize, script: String },
    /// Commands that the reader types.
    Typed(Vec<Command>),
    /// Lines of the story that the demo tells.
    OfDemo { line: usize, said: Vec<String> },
    /// A block that nobody runs, and why.
    NotRun { reason: String, commands: Vec<Command> },
}

/// One command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Where it stands in the page, from 1.
    pub(super) line: usize,
    /// As it is typed.
    pub(super) text: String,
    /// The exit code that the block names for it.
    exits: Option<i32>,
    /// What it says, where the page shows that.
    pub(super) said: Vec<String>,
    /// Whether lines were left out of it.
    pub(super) is_shortened: bool,
}

impl Command {
    /// The exit code that the block or its comment names.
    pub(super) fn code(&self) -> i32 {
        if let Some(code) = self.exits {
            return code;
        }
        let said = self.text.rsplit_once("exits with ").map(|(_, rest)| rest);
        let digits = said.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
        digits.and_then(|digits: String| digits.parse().ok()).unwrap_or(0)
    }
}

/// Reads a page.
pub(super) fn read(text: &str) -> Page {
    let mut page = Page { start: Start::Empty, steps: Vec::new() };
    let mut lines = text.lines().enumerate().peekable();
    // Whether nothing but blank lines came since the last block of commands.
    let mut is_behind = false;
    while let Some((index, line)) = lines.next() {
        if let Some(start) = between(line, "<!-- book: ", " -->") {
            page.start = started(start);
        } else if line.trim() == "<!-- book:run" {
            let script = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "-->");
            let script = script.collect::<Vec<_>>().join("\n");
            page.steps.push(Step::Hidden { line: index + 1, script });
        } else if let Some(info) = line.trim_start().strip_prefix("```") {
            let indent = line.len() - line.trim_start().len();
            let body: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line.get(indent..).unwrap_or_default())
                .take_while(|line| !line.starts_with("```"))
                .collect();
            is_behind = block(&mut page, info, (index + 2, &body), is_behind);
        } else {
            is_behind &= line.trim().is_empty();
        }
    }
    page
}

fn started(text: &str) -> Start {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("slow", _) => Start::Slow,
        ("demo", _) => Start::Demo,
        ("norun", reason) => Start::Nothing(reason.to_owned()),
        _ => panic!("no page starts from `{text}`"),
    }
}

/// Takes one block into the page; says whether it is one of commands, so that what follows may be what they say.
fn block(page: &mut Page, info: &str, (line, body): (usize, &[&str]), is_behind: bool) -> bool {
    let (language, attributes) = info.split_once(',').unwrap_or((info, ""));
    let attribute = |name: &str| attributes.split(',').find_map(|it| it.strip_prefix(name));
    let is_shortened = attribute("shortened").is_some();
    let has_prompts = body.iter().any(|line| line.starts_with("$ "));
    if let Some(name) = attribute("file:") {
        let content = body.iter().map(|line| format!("{line}\n")).collect();
        page.steps.push(Step::File { name: name.to_owned(), content });
        return false;
    }
    if attribute("demo").is_some() {
        let said = body.iter().map(|line| (*line).to_owned()).collect();
        page.steps.push(Step::OfDemo { line, said });
        return false;
    }
    match language {
        "sh" | "console" => {}
        "text" | "" if has_prompts => {}
        "text" if is_behind && let Some(Step::Typed(commands)) = page.steps.last_mut() => {
            let last = commands.last_mut().expect("a block has commands");
            last.said = body.iter().map(|line| (*line).to_owned()).collect();
            last.is_shortened = is_shortened;
            return false;
        }
        _ => return false,
    }
    let mut commands = if has_prompts { prompted(line, body) } else { script(line, body) };
    let mut codes = attribute("exits:").into_iter().flat_map(|codes| codes.split('-'));
    for command in &mut commands {
        command.is_shortened = is_shortened;
        command.exits = codes.next().and_then(|code| code.parse().ok());
    }
    assert!(!commands.is_empty(), "line {line}: a block of commands without one");
    if let Some(reason) = attribute("norun:") {
        page.steps.push(Step::NotRun { reason: reason.replace('-', " "), commands });
        return false;
    }
    page.steps.push(Step::Typed(commands));
    true
}

/// Commands behind `$ `, with what they say.
fn prompted(first: usize, body: &[&str]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (index, line) in body.iter().enumerate() {
        if let Some(text) = line.strip_prefix("$ ") {
            let text = text.to_owned();
            goes_on = text.ends_with('\\');
            commands.push(Command { line: first + index, text, ..Command::default() });
        } else if let Some(command) = commands.last_mut() {
            if goes_on {
                command.text.push_str(&format!("\n{line}"));
                goes_on = line.ends_with('\\');
            } else {
                command.said.push((*line).to_owned());
            }
        }
    }
    commands
}

/// Commands of a script. Comments belong to the command below them.
fn script(first: usize, body: &[&str]) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut command = Command::default();
    let mut until: Option<String> = None;
    for (index, line) in body.iter().enumerate() {
        if command.text.is_empty() {
            command.line = first + index;
        } else {
            command.text.push('\n');
        }
        command.text.push_str(line);
        if let Some(word) = &until {
            if *line != word.as_str() {
                continue;
            }
            until = None;
        } else if let Some((_, word)) = line.split_once("<<") {
            let word = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
            until = Some(word.chars().take_while(|letter| letter.is_alphanumeric()).collect());
            continue;
        } else if line.ends_with('\\')
            || line.is_empty()
            || line.starts_with('#')
            || body.get(index + 1).is_some_and(|next| belongs_to_the_line_above(next))
        {
            continue;
        }
        commands.push(std::mem::take(&mut command));
    }
    commands
}

/// Whether a line is inside of a loop or a function, or ends one.
fn belongs_to_the_line_above(line: &str) -> bool {
    line.starts_with(' ') || ["done", "fi", "}", ")"].contains(&line)
}

fn between<'a>(line: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    line.trim().strip_prefix(before)?.strip_suffix(behind)
}

#[test]
fn a_page_is_read() {
    let page = read(
        "# A page\n<!-- book: norun it takes minutes -->\n```yaml,file:a.yaml\nx: 1\n```\n\
         ```sh\n# comment\none \\\n  more\ncat <<'E' > x\n# y\nE\ntwo  # exits with 3\n```\n\n```text,shortened\nsaid\n```\n\
         Prose.\n```text\nno output\n```\n<!-- book:run\nthree\nfour\n-->\n```console,norun:needs-GitHub\n$ five\n```\n\
         ```console\n$ six\nis\nsaid\n$ seven # exits with 1\n```\n```text,demo\na\n```\n",
    );
    assert_eq!(page.start, Start::Nothing("it takes minutes".to_owned()));
    let command = |line, text: &str, said: &[&str], is_shortened| Command {
        line,
        text: text.to_owned(),
        said: said.iter().map(|line| (*line).to_owned()).collect(),
        is_shortened,
        exits: None,
    };
    let wanted = [
        Step::File { name: "a.yaml".to_owned(), content: "x: 1\n".to_owned() },
        Step::Typed(vec![
            command(7, "# comment\none \\\n  more", &[], false),
            command(10, "cat <<'E' > x\n# y\nE", &[], false),
            command(13, "two  # exits with 3", &["said"], true),
        ]),
        Step::Hidden { line: 23, script: "three\nfour".to_owned() },
        Step::NotRun {
            reason: "needs GitHub".to_owned(),
            commands: vec![command(28, "five", &[], false)],
        },
        Step::Typed(vec![
            command(31, "six", &["is", "said"], false),
            command(34, "seven # exits with 1", &[], false),
        ]),
        Step::OfDemo { line: 37, said: vec!["a".to_owned()] },
    ];
    assert_eq!(page.steps, wanted);
    let Step::Typed(commands) = &wanted[1] else { unreachable!() };
    assert_eq!(commands.iter().map(Command::code).collect::<Vec<_>>(), [0, 0, 3]);
    let page = read("```sh,exits:1-3\none\ntwo\nthree\n```\n");
    let [Step::Typed(commands)] = page.steps.as_slice() else { unreachable!() };
    assert_eq!(commands.iter().map(Command::code).collect::<Vec<_>>(), [1, 3, 0]);
}
