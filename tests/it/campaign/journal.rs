//! A journal that cannot be trusted or written: said clearly, and nothing is lost or posted twice.

use std::process::{Command, Stdio};

use serde_json::json;

use super::stage::{BRANCH, Stage};

const APPLY: [&str; 3] = ["apply", "campaign.plan.json", "--yes"];

/// A fleet of which `alpha` has its pull request, and `beta` waits for it.
fn begun() -> Stage {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write("first.txt", "alpha\n");
    stage.campaign(&["apply", "-t", "first.txt", "--yes"]).exits(0);
    stage.campaign(&["plan"]).exits(0);
    stage.writes();
    stage
}

/// The run is refused before it does anything, with this; with another journal it goes on, and nothing is made twice.
fn refused(stage: &Stage, code: i32, said: &[&str]) {
    let ran = stage.campaign(&APPLY).exits(code);
    for said in said {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert_eq!(stage.writes(), 0);
    stage.campaign(&[&APPLY[..], &["--state", "other.db"]].concat()).exits(0);
    for slug in ["alpha", "beta"] {
        assert_eq!(stage.pulls(slug).len(), 1, "{slug}");
        assert_eq!(stage.commits(slug, BRANCH).len(), 2, "{slug}");
    }
}

#[test]
fn a_file_that_is_no_journal_is_not_written_over() {
    let stage = begun();
    let file = stage.journal();
    std::fs::write(&file, "not a database at all, but somebody's text\n".repeat(200))
        .expect("written");
    let before = std::fs::read(&file).expect("readable");
    refused(&stage, 3, &["cannot read the journal", "state.db", "--state FILE"]);
    assert_eq!(std::fs::read(&file).expect("readable"), before);
}

#[test]
fn a_journal_with_a_damaged_page_is_told() {
    let stage = begun();
    let file = stage.journal();
    let connection = rusqlite::Connection::open(&file).expect("a database");
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("checkpointed");
    drop(connection);
    let mut bytes = std::fs::read(&file).expect("readable");
    bytes[4096..].fill(0x5a);
    std::fs::write(&file, bytes).expect("written");
    refused(&stage, 3, &["the journal", "state.db", "malformed", "--state FILE"]);
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let stage = begun();
    let connection = rusqlite::Connection::open(stage.journal()).expect("a database");
    connection.pragma_update(None, "user_version", 99).expect("written");
    drop(connection);
    refused(&stage, 2, &["the journal has version 99", "update shipshape"]);
}

#[test]
fn on_a_full_disk_nothing_is_done_that_nobody_would_remember() {
    let slugs: Vec<String> = (0..12).map(|number| format!("m{number:02}")).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    let stage = Stage::of(&slugs);
    stage.campaign(&["plan"]).exits(0);
    let (mut refused, mut opened) = (0, Vec::new());
    for blocks in (16..400).step_by(16) {
        let ran = full(&stage, blocks);
        opened.push(slugs.iter().filter(|slug| !stage.pulls(slug).is_empty()).count());
        if ran.status.success() {
            break;
        }
        refused += 1;
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(3), "{said}");
        assert!(said.contains("cannot") && said.contains("hint"), "{blocks} blocks: {said}");
    }
    assert!(refused > 1, "the disk was never full: {opened:?}");
    assert!(opened.iter().any(|count| (1..12).contains(count)), "never in the middle: {opened:?}");
    stage.campaign(&APPLY).exits(0);
    for slug in slugs {
        assert_eq!(stage.pulls(slug).len(), 1, "{slug}");
        assert_eq!(stage.commits(slug, BRANCH).len(), 2, "{slug}");
    }
    let log =
        std::fs::read_to_string(stage.journal().with_file_name("audit.jsonl")).expect("a log");
    let whole = |line: &&str| serde_json::from_str::<serde_json::Value>(line).is_ok();
    // A line that was cut short takes none with it.
    assert!(log.lines().filter(whole).count() + refused >= log.lines().count(), "{log}");
    assert!(log.lines().last().is_some_and(|line| whole(&line)), "{log}");
}

/// Runs where no file may become longer than so many blocks of 512 bytes, which is what a full disk looks like.
fn full(stage: &Stage, blocks: u32) -> std::process::Output {
    let program = stage.world.command(&stage.world.path(""), &[]);
    let mut command = Command::new("/bin/sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(program.get_program()).args(["campaign"]).args(APPLY);
    command.current_dir(stage.world.path("")).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.envs(stage.forge.variables());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.output().expect("a shell")
}

#[test]
fn a_second_run_of_one_campaign_is_told_who_is_at_it() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.requests();
    stage
        .forge
        .fail(&json!([{ "route": "POST /graphql", "at": 2, "kind": "slow", "seconds": 600 }]));
    let mut first = stage.forge.start(&stage.world, &[&["campaign"], &APPLY[..]].concat());
    while stage.forge.count() < 2 {
        assert!(first.try_wait().expect("a child").is_none(), "it ended");
        crate::world::a_moment();
    }
    let holder =
        format!("another run is working on `campaign add-note`: process {} on ", first.id());
    for arguments in [&APPLY[..], &["merge"], &["close", "--yes"]] {
        let ran = stage.campaign(arguments).exits(3);
        assert!(ran.stderr.contains(&holder), "{holder}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: wait until it has ended"), "{}", ran.stderr);
    }
    // A run that is refused does not replace the plan that is kept.
    let kept = stage.world.read("campaign.plan.json");
    let ran = stage.campaign(&["apply", "-m", "alpha", "--yes"]).exits(3);
    assert!(ran.stderr.contains(&holder), "{holder}: {}", ran.stderr);
    assert_eq!(stage.world.read("campaign.plan.json"), kept);
    first.kill().expect("killed");
    first.wait().expect("ended");
    stage.forge.fail(&json!([]));
    stage.campaign(&APPLY).exits(0);
    for slug in ["alpha", "beta"] {
        assert_eq!(stage.pulls(slug).len(), 1, "{slug}");
    }
}

#[test]
fn of_two_who_apply_at_once_each_log_says_what_its_own_run_opened() {
    let slugs = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let stage = Stage::of(&slugs);
    stage.campaign(&["plan"]).exits(0);
    let apply = |who: &str| {
        let state = format!("of-{who}/state.db");
        let fast = ["--pace", "unlimited", "--state", &state];
        let words = [&["campaign"], &APPLY[..], &fast[..]].concat();
        stage.forge.run_as(&stage.world, who, &words).exits(0)
    };
    let [robots, anns] = std::thread::scope(|scope| {
        let runs = ["writer", "ann"].map(|who| scope.spawn(move || apply(who)));
        runs.map(|run| run.join().expect("a run"))
    });
    let mut opened = 0;
    for (who, login, ran) in [("writer", "robot", robots), ("ann", "ann", anns)] {
        let log = stage.world.read(&format!("of-{who}/audit.jsonl"));
        let entries = log.lines().map(|line| serde_json::from_str(line).expect("an object"));
        for entry in entries.filter(|entry: &serde_json::Value| entry["action"] == "open") {
            let slug = entry["repository"].as_str().and_then(|it| it.strip_prefix("acme/t-"));
            let pulls = stage.pulls(slug.expect("a member"));
            let is_mine = pulls[0]["user"]["login"] == login;
            let word = if is_mine { "done" } else { "found, done by another run" };
            assert_eq!((pulls.len(), &entry["outcome"]), (1, &json!(word)), "{who}: {entry}");
            let said = if is_mine { "opened" } else { "already open" };
            let line = format!("{}: {said} ", entry["repository"].as_str().unwrap_or_default());
            assert!(ran.stderr.contains(&line), "{line}: {}", ran.stderr);
            opened += usize::from(is_mine);
        }
    }
    assert_eq!(opened, slugs.len());
}
