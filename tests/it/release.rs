//! Releases through the binary, against the sandbox forge and an index and a registry on loopback.

mod back;
mod cascade;
mod chain;
mod consumers;
mod continued;
mod gates;
mod hints;
mod killed;
mod last_told;
mod mirror;
mod night;
mod older_line;
mod overtaken;
mod permissions;
mod plan;
mod races;
mod rehearsed;
mod split;
pub(crate) mod stage;
mod superseded;
mod tag;
mod tagged;
mod taken_back;
mod undone;
mod unlisted;
mod unread;
mod untold;
mod withdrawal;
mod workflows;

/// What the commands of a release ask of a forge.
pub(crate) fn exchanges() -> Vec<serde_json::Value> {
    let stage = stage::Stage::new();
    stage.merge("workspace/one.py", "ONE = 1\n", &["release:minor"]);
    for arguments in [
        &["plan"][..],
        &["tag"],
        &["tag"],
        &["freeze", "--reason", "wait"],
        &["thaw"],
        &["cascade", "0.1.5", "--watch"],
    ] {
        stage.release(arguments).ends();
    }
    stage.forge.exchanges()
}
