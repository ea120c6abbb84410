//! Files that are made from the program. They are stale when they differ from what it would make;
//! `SHIPSHAPE_BLESS=1 cargo test --test it generated` makes them anew.

use std::path::Path;

use shipshape::checks::{Rule, catalogue};

pub(crate) fn holds(path: &str, content: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("SHIPSHAPE_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
        std::fs::write(&file, content).expect("writable");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == content,
        "{path} is stale: run `SHIPSHAPE_BLESS=1 cargo test --test it generated`"
    );
}

#[test]
fn generated_rule_reference() {
    let mut page = String::from(
        "# Rules\n\nMade from the program; `shipshape explain RULE` prints the same. A code is never given to another rule.\n",
    );
    let link = |rule: &Rule| format!("[{}](#{}-{})", rule.id, rule.code.to_lowercase(), rule.id);
    let of_any: Vec<String> = catalogue::OF_ANY_SHAPE.iter().map(|rule| link(rule)).collect();
    page.push_str(&format!(
        "\nThese apply under every shape, also one without `demands`: {}.\n",
        of_any.join(", ")
    ));
    page.push_str("\n| code | rule | severity | what holds |\n|---|---|---|---|\n");
    for rule in catalogue::rules() {
        page.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            rule.code,
            link(rule),
            rule.severity,
            rule.summary.replace('|', "\\|")
        ));
    }
    for rule in catalogue::rules() {
        let text = catalogue::documentation(rule);
        // Headings of a rule are one level down on a page of all rules.
        page.push('\n');
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.starts_with("```");
            if line.starts_with('#') && !fenced {
                page.push('#');
            }
            page.push_str(line);
            page.push('\n');
        }
    }
    holds("docs/rules.md", &page);
}

#[test]
fn generated_command_line_reference() {
    let mut page = String::from(
        "# Command line\n\nMade from the program: what `shipshape COMMAND --help` prints.\n",
    );
    let mut waiting = vec![shipshape::cli::tree().term_width(100)];
    while let Some(mut command) = waiting.pop() {
        command.build();
        let help = command.render_long_help().to_string();
        let name = command.get_bin_name().unwrap_or("shipshape").to_owned();
        let body: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", body.join("\n").trim_end()));
        let children: Vec<_> =
            command.get_subcommands().filter(|child| child.get_name() != "help").cloned().collect();
        waiting.extend(children.into_iter().rev());
    }
    holds("docs/cli.md", &page);
}

#[test]
fn generated_table_of_permissions() {
    holds("docs/permissions.md", &shipshape::forge::permissions::page());
}

/// The first digit of the codes of a room of `src/checks`, as docs/adding-a-check.md says.
fn hundred_of(file: &Path) -> char {
    let room = file.parent().and_then(Path::file_name).expect("a room").to_string_lossy();
    let name = file.file_name().expect("a name").to_string_lossy();
    match (&*room, &*name) {
        ("checks", _) => '0',
        ("dockerfile", _) => '1',
        ("document", _) => '2',
        ("python", _) => '3',
        ("requirements", _) => '4',
        ("workflow", _) => '5',
        ("hygiene", _) => '6',
        // They are about decisions, which had a hundred before packages shared it.
        ("fleet", name) if name.starts_with("waiver") => '8',
        ("fleet", _) => '7',
        ("distribution" | "compatibility" | "smoke", _) => '8',
        ("settings", _) => '9',
        (room, _) => panic!("which hundred are the codes of `{room}`?"),
    }
}

/// A file that no `mod` names is not compiled, and nothing would say so.
#[test]
fn every_file_of_a_rule_is_in_the_registry() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks")];
    let mut declared = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let Some((before, rule)) = text.split_once(" RULE: Rule = Rule {") else {
                continue;
            };
            assert!(before.ends_with("pub static"), "{} is not a static", path.display());
            declared += 1;
            let id = rule.split("id: \"").nth(1).and_then(|rest| rest.split('"').next());
            let file = path.file_stem().expect("a name").to_string_lossy().replace('_', "-");
            let code = rule.split("code: \"SHP").nth(1).and_then(|rest| rest.chars().next());
            assert_eq!(code, Some(hundred_of(&path)), "{}: the code's hundred", path.display());
            assert_eq!(id, Some(&*file), "{} is named after its rule", path.display());
            assert!(
                catalogue::find(&file).is_some(),
                "{} is in no list: `pub mod` and `CHECKS` of the mod.rs beside it",
                path.display()
            );
        }
    }
    assert!(declared > 140, "{declared} rules were found");
}

#[test]
fn codes_and_ids_are_unique_and_well_formed() {
    let rules: Vec<_> = catalogue::rules().collect();
    for (index, rule) in rules.iter().enumerate() {
        assert!(rule.code.len() == 6 && rule.code.starts_with("SHP"), "{}", rule.code);
        assert!(
            rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()),
            "{}",
            rule.id
        );
        for other in &rules[..index] {
            assert_ne!(rule.code, other.code);
            assert_ne!(rule.id, other.id);
        }
        for (what, text) in
            [("summary", rule.summary), ("protects", rule.protects), ("details", rule.details)]
        {
            assert!(text.len() > 20, "{} says too little in its {what}", rule.id);
        }
        assert_ne!(rule.fails.1, rule.passes.1, "{}", rule.id);
    }
}

/// The embedded pack has no git history of its own in a binary, so it carries a log of every content
/// that its paths have had. A file that changed without a line in the log would be `diverged` in every
/// repository that still has the old one.
#[test]
fn generated_lineage_of_the_embedded_pack() {
    use shipshape::shape::lineage::parts::Parts;
    use shipshape::shape::lineage::{EarlierContent, EarlierVariables, LOG, LOG_FOLDER, LogEntry};
    use shipshape::shape::pack::{CanonSource, MANIFEST};
    use shipshape::snapshot::BlobId;

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/starter");
    let files = shipshape::shape::embedded::files();
    let pack = shipshape::shape::embedded::load().expect("the embedded pack");
    let mut log = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
    let entries: Vec<LogEntry> =
        log.lines().map(|line| serde_json::from_str(line).expect("a line of the log")).collect();
    let shape = BlobId::of(&files[MANIFEST].bytes).to_string();
    let mut stored = Vec::new();
    let mut unlogged = Vec::new();
    for held in pack.rules() {
        let (bytes, template) = match &held.canon {
            None => continue,
            Some(CanonSource::Literal { bytes, .. }) => (bytes.clone(), false),
            Some(CanonSource::Template { name, .. }) => (files[name].bytes.clone(), true),
        };
        let id = BlobId::of(&bytes).to_string();
        let path = held.rule.path.clone();
        let last = entries.iter().rev().find(|entry| entry.path == path);
        // A template whose variables have other defaults renders something else.
        let means_the_same = |entry: &LogEntry| {
            let kept = |id: &String| {
                std::fs::read(folder.join(LOG_FOLDER).join(id)).expect("a stored content")
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into();
            let part = |(name, id): (&String, &String)| (name.clone(), text(&kept(id)));
            let variables = EarlierVariables::of(entry.shape.as_ref().map(|id| kept(id).into()));
            let parts = entry.parts.iter().map(part).collect();
            let logged = EarlierContent::Template { source: text(&bytes), parts, variables };
            pack.lineage.today(&path).is_some_and(|today| logged.same(today))
        };
        let is_logged = |entry: &LogEntry| {
            entry.content == id
                && entry.template == template
                && (!template || means_the_same(entry))
        };
        if last.is_some_and(is_logged) {
            continue;
        }
        let parts = match pack.lineage.today(&path) {
            Some(EarlierContent::Template { parts, .. }) => parts.clone(),
            _ => Parts::new(),
        };
        let parts = parts.into_iter().map(|(name, part)| (name, part.as_bytes().into()));
        let parts: Vec<(String, std::sync::Arc<[u8]>)> = parts.collect();
        let with_id = |(name, part): &(String, std::sync::Arc<[u8]>)| {
            (name.clone(), BlobId::of(part).to_string())
        };
        let entry = LogEntry {
            parts: parts.iter().map(with_id).collect(),
            path: path.clone(),
            content: id.clone(),
            template,
            shape: template.then(|| shape.clone()),
            label: env!("CARGO_PKG_VERSION").to_owned(),
        };
        log.push_str(&serde_json::to_string(&entry).expect("JSON"));
        log.push('\n');
        stored.push((id, bytes));
        stored.extend(parts.into_iter().map(|(_, part)| (BlobId::of(&part).to_string(), part)));
        if template {
            stored.push((shape.clone(), files[MANIFEST].bytes.clone()));
        }
        unlogged.push(path);
    }
    if std::env::var_os("SHIPSHAPE_BLESS").is_some() {
        std::fs::create_dir_all(folder.join(LOG_FOLDER)).expect("writable");
        std::fs::write(folder.join(LOG), &log).expect("writable");
        for (id, bytes) in &stored {
            std::fs::write(folder.join(LOG_FOLDER).join(id), bytes).expect("writable");
        }
        return;
    }
    assert!(
        unlogged.is_empty(),
        "{unlogged:?} changed and the lineage log does not know: run `SHIPSHAPE_BLESS=1 cargo test --test it generated`"
    );
    for entry in &entries {
        assert!(
            folder.join(LOG_FOLDER).join(&entry.content).is_file(),
            "{} is not stored",
            entry.content
        );
    }
}
