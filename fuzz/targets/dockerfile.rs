//! Dockerfiles: places, and every question that is asked of the final stage.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::Text;
use shipshape::source::dockerfile::{
    Action, Argument, Base, CommandLine, Copy, Dockerfile, Flag, Heredoc, Instruction, Pair, Run,
    StageView, Value, Word,
};
use shipshape_fuzz::shell::script_is_sound;
use shipshape_fuzz::{assert_sound, assert_within, text_of};

/// Copies whose destination is looked up again: each look-up goes through all copies.
const MAX_LOOKED_UP: usize = 8;

/// Scripts that a walk from the entry point may read.
const MAX_SCRIPTS: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let text = text_of(bytes);
    let file = match Dockerfile::parse(&text) {
        Ok(file) => file,
        Err(error) => return assert_sound(&text, error.span, "syntax error"),
    };
    arguments_are_sound(&text, &file.global_arguments);
    assert!(!file.stages.is_empty(), "a Dockerfile has a stage");
    for stage in &file.stages {
        assert_sound(&text, stage.from.span, "FROM");
        value_is_sound(&text, &stage.from.image);
        if let Base::Stage(base) = stage.from.base {
            assert!(base < stage.index, "a base comes before its stage");
        }
        for platform in stage.from.platform.iter() {
            value_is_sound(&text, platform);
        }
        for name in stage.name.iter() {
            assert_sound(&text, name.span, "stage name");
        }
        for instruction in &stage.instructions {
            instruction_is_sound(&text, instruction);
        }
    }
    stage_answers(&text, file.final_stage());
    let _ = file.stage("build");
});

fn stage_answers(text: &Text, stage: StageView<'_>) {
    for pair in stage.environment().values().chain(stage.labels().values()) {
        pair_is_sound(text, pair);
    }
    let _ = (stage.index(), stage.chain(), stage.from(), stage.base_image(), stage.workdir());
    let _ = (stage.user(), stage.cmd(), stage.entrypoint(), stage.entry());
    for place in [0, text.as_str().len() / 2, text.as_str().len()] {
        let _ = stage.arguments_visible_at(shipshape::source::Span::at(place));
    }
    for copied in stage.copied() {
        assert_sound(text, copied.source_span, "copied source");
        assert_sound(text, copied.span, "copied");
        assert!(!copied.source.starts_with('/'), "{copied:?}");
    }
    for copied in stage.copied().iter().take(MAX_LOOKED_UP) {
        let _ = stage.context_paths_of(copied.destination);
        let _ = stage.inline_file(copied.destination);
    }
    let _ = stage.context_paths_of("/app/adapter.py");
    let _ = stage.lands_at("adapter.py", "/app/adapter.py");
    let _ = stage.inline_file("/entrypoint.sh");
    let _ = stage.reaches(&|_| Some(text.clone()), "molecule-runtime", MAX_SCRIPTS);
    let _ = stage.reaches(&|_| None, "molecule-runtime", MAX_SCRIPTS);
    for (_, script) in stage.scripts() {
        // The strings of a JSON array may hold escapes, which makes their inner places approximate.
        script_is_sound(&script, &|span, what| assert_within(text, span, what));
    }
}

fn instruction_is_sound(text: &Text, instruction: &Instruction) {
    assert_sound(text, instruction.keyword_span, "keyword");
    assert_sound(text, instruction.span, "instruction");
    match &instruction.action {
        Action::Arg(arguments) => arguments_are_sound(text, arguments),
        Action::Run(run) => run_is_sound(text, run),
        Action::Copy(copy) => copy_is_sound(text, copy),
        Action::Env(pairs) | Action::Label(pairs) => {
            for pair in pairs {
                pair_is_sound(text, pair);
            }
        }
        Action::User(value) | Action::Workdir(value, _) => value_is_sound(text, value),
        Action::Entrypoint(command) | Action::Cmd(command) => command_is_sound(text, command),
        Action::Shell(words) => words_are_sound(text, words),
        Action::Healthcheck(flags, command) => {
            flags_are_sound(text, flags);
            for command in command.iter() {
                command_is_sound(text, command);
            }
        }
        Action::Onbuild(spliced) | Action::Other(spliced) => {
            assert_sound(text, spliced.whole_span(), "arguments");
        }
    }
}

fn run_is_sound(text: &Text, run: &Run) {
    flags_are_sound(text, &run.flags);
    command_is_sound(text, &run.command);
    heredocs_are_sound(text, &run.heredocs);
}

fn copy_is_sound(text: &Text, copy: &Copy) {
    flags_are_sound(text, &copy.flags);
    heredocs_are_sound(text, &copy.heredocs);
    value_is_sound(text, &copy.destination);
    for value in copy.sources.iter().chain(&copy.from).chain(&copy.chown) {
        value_is_sound(text, value);
    }
    for absolute in copy.absolute.iter() {
        assert!(absolute.starts_with('/'), "{absolute}");
    }
}

fn command_is_sound(text: &Text, command: &CommandLine) {
    match command {
        CommandLine::Exec(words) => words_are_sound(text, words),
        CommandLine::Shell(spliced) => assert_sound(text, spliced.whole_span(), "command"),
    }
}

fn words_are_sound(text: &Text, words: &[Word]) {
    for word in words {
        assert_sound(text, word.span, "word");
    }
}

fn flags_are_sound(text: &Text, flags: &[Flag]) {
    for flag in flags {
        assert_sound(text, flag.span, "flag");
        for value in flag.value.iter() {
            assert_sound(text, value.whole_span(), "value of a flag");
        }
    }
}

fn heredocs_are_sound(text: &Text, heredocs: &[Heredoc]) {
    for heredoc in heredocs {
        assert_sound(text, heredoc.mark, "mark");
        assert_sound(text, heredoc.body.whole_span(), "here-document");
        assert_sound(text, heredoc.span, "here-document with its end");
    }
}

fn pair_is_sound(text: &Text, pair: &Pair) {
    assert_sound(text, pair.name_span, "name");
    value_is_sound(text, &pair.value);
}

fn arguments_are_sound(text: &Text, arguments: &[Argument]) {
    for argument in arguments {
        assert_sound(text, argument.name_span, "argument");
        assert_sound(text, argument.span, "ARG");
        for value in argument.default.iter() {
            value_is_sound(text, value);
        }
    }
}

fn value_is_sound(text: &Text, value: &Value) {
    assert_sound(text, value.span, "value");
    for mention in &value.mentions {
        assert_sound(text, mention.span, "mention");
    }
}
