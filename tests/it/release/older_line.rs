//! Releases from an older line: what they would lose, and whom they would take back.

use serde_json::json;

use super::chain::{GOOD, RUN, chain};
use super::stage::Stage;

/// A branch that stays behind: 0.2.0 is released from the commit after it, and a fix is on the branch.
fn with_a_line() -> (Stage, String) {
    let stage = chain(GOOD);
    let at = json!({ "ref": "refs/heads/line", "sha": stage.head() });
    stage.ask("ann", "POST", "/repos/acme/core/git/refs", at);
    let later = stage.push("workspace/big.py", "BIG = 1\n", "Big feature");
    stage.tag_by_hand("runtime-v0.2.0", &later);
    stage.write_on("line", "workspace/fix.py", "FIX = 1\n", "Security fix");
    (stage, later)
}

#[test]
fn changes_of_the_last_release_that_a_commit_lacks_are_lost_only_with_force() {
    let (stage, later) = with_a_line();
    let tags = stage.tags();
    let lost = format!(
        "1 change of 0.2.0 ({}) or before would be lost: the commit is on another line",
        &later[..12]
    );
    let line = ["--commit", "line"];
    for (words, nothing) in [
        (&RUN[..], "nothing was done"),
        (&["run", "--dry-run"], "nothing was done"),
        (&["tag"], "nothing was tagged"),
        (&["tag", "--yes"], "nothing was tagged"),
        (&["tag", "--dry-run"], "nothing would be tagged"),
    ] {
        let ran = stage.beside_index(&[words, &line].concat()).exits(2);
        assert!(ran.stderr.contains(&format!("{lost}, so {nothing}")), "{}", ran.stderr);
        let hint = "a patch of an older line needs a --version below 0.2.0";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
    for words in [&["run", "--until", "tag"][..], &["tag"]] {
        let ran = stage.beside_index(&[words, &line, &["--force"]].concat()).exits(2);
        assert!(ran.stderr.contains("if 0.2.1 is intended: add --yes"), "{}", ran.stderr);
        assert!(ran.stderr.contains(&lost), "{}", ran.stderr);
    }
    assert_eq!(stage.tags(), tags);
    let insists = ["tag", "--commit", "line", "--force", "--yes"];
    let ran = stage.beside_index(&insists).exits(0);
    assert_eq!(ran.stdout, "runtime-v0.2.1\n");
    assert!(ran.stderr.contains(&format!("--force sets aside: {lost}")), "{}", ran.stderr);
    // Now the branch that is released from lacks the fix.
    stage.push("workspace/more.py", "MORE = 1\n", "More");
    let ran = stage.beside_index(&["tag"]).exits(2);
    // With the change that the line was made of.
    assert!(ran.stderr.contains("1 change of 0.2.1 ("), "{}", ran.stderr);
    assert_eq!(stage.beside_index(&["plan", "--no-compat"]).exits(1).code, 1);
}
