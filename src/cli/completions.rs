//! `shipshape completions`: shell completion scripts.

use clap::Args;
use clap_complete::Shell;

use super::{Context, Exit};
use crate::error::Result;

/// Print completions for a shell.
///
/// Write them to `~/.local/share/bash-completion/completions/shipshape` for Bash, to `_shipshape` in a folder
/// of `$fpath` for Zsh, and to `~/.config/fish/completions/shipshape.fish` for Fish. Create folders that do not
/// exist first.
///
/// Commands, options, rules and formats are completed. The script for Bash also completes the members of the
/// fleet.yaml here or in a folder above, after `--repository` and `--member`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  shipshape completions bash > ~/.local/share/bash-completion/completions/shipshape
  mkdir -p ~/.config/fish/completions
  shipshape completions fish > ~/.config/fish/completions/shipshape.fish")]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::tree(), "shipshape", &mut script);
    let script = String::from_utf8_lossy(&script);
    match arguments.shell {
        Shell::Bash => context.terminal.output(&for_bash(&script))?,
        _ => context.terminal.output(&script)?,
    }
    Ok(Exit::Clean)
}

/// A bash test: whether the candidates include anything but options.
const MORE_THAN_OPTIONS: &str = "\" ${opts}\" == *\" \"[!-]*";

/// Lines for the script: Bash takes the `=` of `--option=value` for a word of its own, so that the option is two words
/// back.
const BEHIND_AN_EQUALS_SIGN: &str = "    if [[ \"${prev}\" == \"=\" && ${COMP_CWORD} -ge 2 ]]; then
        prev=\"${COMP_WORDS[COMP_CWORD-2]}\"
    fi
";

/// A Bash function that prints the members of the fleet.yaml here. The program is the one that is being completed.
const MEMBERS: &str = "_shipshape_members() {
    \"${COMP_WORDS[0]}\" fleet list --format json 2>/dev/null | sed -n 's/^ *\"slug\": \"\\(.*\\)\",*$/\\1/p'
}

";

/// The options that take members.
const TAKE_MEMBERS: [&str; 3] = ["--repository)", "--member)", "-m)"];

/// The command whose `--repository` is not a member yet.
const NOT_OF_MEMBERS: &str = "shipshape__subcmd__new)";

/// What the script does for an option that takes any word.
const FILES: &str = "COMPREPLY=($(compgen -f \"${cur}\"))";

/// What it does for one that takes members.
const OF_MEMBERS: &str =
    "                    COMPREPLY=($(compgen -W \"$(_shipshape_members)\" -- \"${cur}\"))";

/// Keeps Bash from adding a space behind a word that goes on, such as `sarif=`.
const GOES_ON: &str = "                    compopt -o nospace 2>/dev/null\n";

/// The script of `clap_complete`, changed so that an empty word completes to files where a command takes a path.
/// Otherwise it would complete to options and insert a dash, since all of them begin with one. And changed so that a
/// value is completed also behind `--option=`, and members where an option takes them.
fn for_bash(script: &str) -> String {
    let mut text = String::with_capacity(script.len() + (script.len() >> 4));
    text.push_str(MEMBERS);
    let (mut command, mut option) = ("", "");
    for line in script.lines() {
        let word = line.trim();
        if word.starts_with("shipshape__subcmd__") {
            command = word;
        } else if word.starts_with('-') && word.ends_with(')') {
            option = word;
        }
        let takes_members = TAKE_MEMBERS.contains(&option) && command != NOT_OF_MEMBERS;
        let line = match line.strip_prefix("            ") {
            Some(begin) if begin.starts_with("if [[ ${cur} == -* || ${COMP_CWORD} -eq ") => {
                line.replace(" ]] ; then", &format!(" && {MORE_THAN_OPTIONS} ]] ; then"))
            }
            Some(offer) if offer.starts_with("COMPREPLY=( $(compgen -W \"${opts}\"") => {
                format!("            [[ {MORE_THAN_OPTIONS} ]] && {offer}")
            }
            _ if takes_members && word == FILES => OF_MEMBERS.to_owned(),
            _ => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
        if word.contains("= ") && word.starts_with("COMPREPLY=($(compgen -W ") {
            text.push_str(GOES_ON);
        }
        if line.trim() == "prev=\"$3\"" {
            text.push_str(BEHIND_AN_EQUALS_SIGN);
        }
    }
    text
}
