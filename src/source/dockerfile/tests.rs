use proptest::prelude::*;

use super::*;
use crate::source::shell::{Entry, Reach, accounts_added, pip_installs};

fn read(content: &str) -> Dockerfile {
    Dockerfile::parse(&Text::new(content)).expect("a Dockerfile")
}

fn refused(content: &str) -> String {
    Dockerfile::parse(&Text::new(content)).expect_err("no Dockerfile").message
}

fn base(content: &str) -> String {
    let file = read(content);
    let image = file.final_stage().base_image().cloned();
    image.map_or("none".to_owned(), |image| {
        format!("{}:{}", image.repository, image.tag.unwrap_or_default())
    })
}

fn entry(content: &str) -> Option<Entry> {
    read(content).final_stage().entry()
}

fn exec(words: &[&str]) -> Option<Entry> {
    Some(Entry::Exec(words.iter().map(|word| (*word).to_owned()).collect()))
}

const SLIM: &str = "docker.io/library/python:3.11-slim";

#[test]
fn every_spelling_of_the_same_base() {
    for content in [
        "FROM python:3.11-slim",
        "from python:3.11-slim as final",
        "FROM --platform=$BUILDPLATFORM python:3.11-slim",
        "FROM --platform=linux/amd64 docker.io/library/python:3.11-slim AS x",
        "ARG TAG=3.11-slim\nFROM python:${TAG}",
        "ARG V=3.11\nARG TAG=${V}-slim\nFROM python:$TAG",
        "ARG BASE\nFROM ${BASE:-python:3.11-slim}",
        "FROM \\\n  # the base\n  python:3.11-slim",
        "\u{feff}FROM python:3.11-slim\r\nRUN a\r\n",
        "# escape=`\nFROM `\n python:3.11-slim",
        "FROM python:3.11-slim AS one\nFROM one AS two\nFROM TWO",
    ] {
        assert_eq!(base(content), SLIM, "{content}");
    }
}

#[test]
fn other_bases() {
    assert_eq!(
        base("FROM python:3.11-slim AS build\nFROM debian:12"),
        "docker.io/library/debian:12"
    );
    assert_eq!(base("FROM scratch"), "none");
    let unknown = read("ARG BASE\nFROM $BASE");
    assert_eq!(unknown.stages[0].from.base, Base::Unresolved);
    assert_eq!(unknown.stages[0].from.image.unresolved, ["BASE"]);
    // An ARG of a stage is not seen by FROM.
    let inner = read("FROM a\nARG TAG=1\nFROM b:$TAG");
    assert_eq!(inner.stages[1].from.base, Base::Unresolved);
}

#[test]
fn what_docker_refuses() {
    assert_eq!(refused(""), "has no FROM instruction");
    assert_eq!(refused("# only a comment\n"), "has no FROM instruction");
    assert_eq!(refused("RUN a\nFROM b"), "RUN is before the first FROM");
    assert_eq!(refused("FROM a\nRUNN b"), "unknown instruction `RUNN`, did you mean `RUN`?");
    assert_eq!(refused("FROM a\nENV A=1 B"), "`B` is not NAME=value");
    assert_eq!(refused("FROM a\nRUN <<EOF\nx\n"), "the here-document `EOF` is never closed");
    assert_eq!(refused("FROM a\nCOPY x"), "COPY needs a source and a destination");
    assert_eq!(refused("# escape=x\nFROM a"), "the escape must be ` or \\");
    assert_eq!(refused("FROM a b c d"), "FROM needs an image and at most `AS name`");
    assert!(refused(&"FROM a\n".repeat(1000)).contains("more than the 200 stages"));
}

#[test]
fn flags_that_docker_does_not_know_are_refused() {
    for (line, message) in [
        ("COPY --chwon=1000 a b", "COPY takes no flag `--chwon`, did you mean `--chown`?"),
        ("ADD --from=x a b", "ADD takes no flag `--from`"),
        (
            "RUN --mout=type=cache,target=/x a",
            "RUN takes no flag `--mout`, did you mean `--mount`?",
        ),
        (
            "HEALTHCHECK --intervall=1s CMD a",
            "HEALTHCHECK takes no flag `--intervall`, did you mean `--interval`?",
        ),
        ("FROM --platfrom=x b", "FROM takes no flag `--platfrom`, did you mean `--platform`?"),
    ] {
        assert_eq!(refused(&format!("# syntax=docker/dockerfile:1\nFROM a\n{line}")), message);
        // Another frontend may know it.
        let _ = read(&format!("# syntax=acme/frontend\nFROM a\n{line}"));
    }
    let _ = read(
        "FROM --platform=x a\nRUN --network=none --security=insecure --mount=type=cache,target=/x pip --x\n\
         COPY --link --parents --exclude=*.md --chmod=755 a b\nADD --keep-git-dir --checksum=x --unpack a b\n\
         HEALTHCHECK --timeout=1s --start-period=1s --start-interval=1s --retries=1 CMD a --b",
    );
}

#[test]
fn ports_and_durations_are_what_docker_reads() {
    assert_eq!(refused("FROM a\nEXPOSE 80 abc"), "`abc` is not a port");
    assert_eq!(refused("FROM a\nEXPOSE 80/http"), "`80/http` is not a port");
    let _ = read("ARG P=1\nFROM a\nEXPOSE 80 8000-8010/UDP $P \"81\" 0.0.0.0:82:82");
    assert_eq!(
        refused("FROM a\nHEALTHCHECK --interval=foo CMD a"),
        "`foo` is not a duration such as `30s` or `1m30s`"
    );
    assert!(refused("FROM a\nHEALTHCHECK --timeout=30 CMD a").contains("`30` is not a duration"));
    let _ = read(
        "FROM a\nHEALTHCHECK --interval=1m30s --timeout=1.5h --start-period=0 --retries=3 CMD a",
    );
}

#[test]
fn quotes_that_are_never_closed_are_refused() {
    for line in [
        "ENV PYTHONPATH=\"/app",
        "ENV A=1 B='x y",
        "ENV OLD it's",
        "LABEL x=\"y ${A}",
        "ARG A=\"",
        "WORKDIR \"/app",
        "COPY it's /x/",
    ] {
        assert!(refused(&format!("FROM a\n{line}")).ends_with("is never closed"), "{line}");
    }
    for line in [
        "ENV A=\"it's\" B='\"' C=it\\'s D=\"\\\"\"",
        "ENV A=${B:-\"x\"} C=\"${B:-'}\"",
        "RUN echo \"",
        "CMD it's",
        "ENV A=\"x\\\n y\"",
    ] {
        let _ = read(&format!("FROM a\n{line}"));
    }
}

#[test]
fn an_argument_is_seen_behind_its_declaration_and_in_its_stage_only() {
    let content = "ARG G=1\nFROM a AS one\nRUN first\nARG X=2\nARG G\nRUN second $X\nFROM a\nRUN third\nFROM one\nRUN fourth";
    let file = read(content);
    let seen = |stage: usize, text: &str| -> Vec<String> {
        let start = content.find(text).expect("in the text");
        StageView::new(&file, stage)
            .arguments_visible_at(Span::new(start, start + text.len()))
            .iter()
            .map(|argument| {
                format!("{}={}", argument.name, argument.value.clone().unwrap_or_default())
            })
            .collect()
    };
    assert_eq!(seen(0, "RUN first"), Vec::<String>::new());
    assert_eq!(seen(0, "RUN second"), ["X=2", "G=1"]);
    assert_eq!(seen(1, "RUN third"), Vec::<String>::new());
    assert_eq!(seen(2, "RUN fourth"), ["X=2", "G=1"]);
}

#[test]
fn substitution_as_docker_does_it() {
    let content = r#"FROM a
ARG A=arg
ARG NONE
ARG EMPTY=
ENV A=env B="x $A y" C='$A' D=\$A E=${NONE:-dflt} F=${EMPTY:-e} G=${A:+set} H=${EMPTY-kept} I=$PATH:/x
ENV OLD style $B value
ENV J=$NONE K=${NONE:+x} L=$A"#;
    let file = read(content);
    let environment = file.final_stage().environment();
    let text = |name: &str| environment[name].value.text.as_deref();
    // Values of one instruction see the variables as they were before it.
    assert_eq!(text("B"), Some("x arg y"));
    assert_eq!(text("C"), Some("$A"));
    assert_eq!(text("D"), Some("$A"));
    assert_eq!(text("E"), Some("dflt"));
    assert_eq!(text("F"), Some("e"));
    assert_eq!(text("G"), Some("set"));
    assert_eq!(text("H"), Some(""));
    assert_eq!(text("I"), None);
    assert_eq!(environment["I"].value.unresolved, ["PATH"]);
    assert_eq!(text("OLD"), Some("style x arg y value"));
    assert_eq!((text("J"), text("K"), text("L")), (None, Some(""), Some("env")));
    let mentions = &environment["L"].value.mentions;
    assert_eq!((mentions[0].name.as_str(), mentions[0].known), ("A", Some(Known::Environment)));
}

#[test]
fn labels_say_which_arguments_they_mention() {
    let file =
        read("FROM a\nARG RUNTIME_VERSION\nLABEL org.version=\"${RUNTIME_VERSION}\" plain=x");
    let labels = file.final_stage().labels();
    let label = &labels["org.version"].value;
    assert_eq!(label.raw, "\"${RUNTIME_VERSION}\"");
    assert_eq!(label.mentions[0].known, Some(Known::Argument));
    assert_eq!(label.text, None);
    assert_eq!(labels["plain"].value.text.as_deref(), Some("x"));
}

#[test]
fn the_last_entrypoint_counts_and_takes_the_inherited_command_away() {
    let good = "FROM a\nENTRYPOINT [\"molecule-runtime\"]\n";
    assert_eq!(entry(good), exec(&["molecule-runtime"]));
    assert_eq!(entry(&format!("{good}ENTRYPOINT [\"sleep\"]")), exec(&["sleep"]));
    assert_eq!(entry(&format!("{good}CMD [\"--x\"]")), exec(&["molecule-runtime", "--x"]));
    let inherited = "FROM a AS b\nCMD [\"x\"]\nFROM b\nENTRYPOINT [\"y\"]";
    assert_eq!(entry(inherited), exec(&["y"]));
    assert_eq!(entry("FROM a AS b\nENTRYPOINT [\"y\"]\nFROM b\nCMD [\"x\"]"), exec(&["y", "x"]));
    assert_eq!(entry("FROM a\nENTRYPOINT exec x"), Some(Entry::Shell("exec x".into())));
    assert_eq!(entry("FROM a\nCMD x"), exec(&["/bin/sh", "-c", "x"]));
    // What is no JSON is a shell's text, as for Docker.
    assert_eq!(entry("FROM a\nENTRYPOINT ['x']"), Some(Entry::Shell("['x']".into())));
    assert_eq!(entry("FROM a\n# ENTRYPOINT [\"x\"]"), None);
}

#[test]
fn workdir_accumulates_and_files_land() {
    let file = read(
        "FROM a\nWORKDIR /srv\nWORKDIR app\nCOPY adapter.py executor.py ./\nCOPY entrypoint.sh /entrypoint.sh\n\
         COPY --chown=agent scripts /opt/scripts\nCOPY *.md docs/\nCOPY __init__.py .\nCOPY --from=x tool /bin/tool\nCOPY start.sh /usr/local/bin",
    );
    let stage = file.final_stage();
    assert_eq!(stage.workdir(), Some("/srv/app"));
    assert!(stage.lands_at("adapter.py", "/srv/app/adapter.py"));
    assert!(stage.lands_at("adapter.py", "adapter.py"));
    assert!(stage.lands_at("__init__.py", "/srv/app/__init__.py"));
    assert!(stage.lands_at("entrypoint.sh", "/entrypoint.sh"));
    assert!(stage.lands_at("scripts/run.sh", "/opt/scripts/run.sh"));
    assert!(stage.lands_at("README.md", "/srv/app/docs/README.md"));
    assert!(!stage.lands_at("adapter.py", "/srv/app/docs/adapter.py"));
    assert!(!stage.lands_at("adapter.py", "/srv/app/other.py"));
    assert!(!stage.lands_at("tool", "/bin/tool"));
    assert!(read("FROM a\nCOPY . /app").final_stage().lands_at("src/x.py", "/app/src/x.py"));
    assert!(!read("FROM a\nCOPY a.py /app/b.py").final_stage().lands_at("a.py", "/app/a.py"));
}

#[test]
fn a_relative_workdir_behind_an_unknown_one_is_unknown() {
    let file = read("FROM a\nARG X\nWORKDIR $X\nWORKDIR app\nCOPY a.py .");
    assert_eq!(file.final_stage().workdir(), None);
    assert_eq!(file.final_stage().copied(), []);
}

#[test]
fn runs_are_scripts_with_places_across_continuations() {
    let content = "FROM a\nRUN --mount=type=cache,target=/x apt-get update && \\\n  # a comment\n\n  useradd \\\r\n   -u 1000 agent\nRUN [\"pip\", \"install\", \"-r\", \"r.txt\"]\n";
    let text = Text::new(content);
    let file = read(content);
    let scripts = file.final_stage().scripts();
    let account = &accounts_added(&scripts[0].1)[0];
    assert_eq!((account.name.as_str(), account.uid.as_deref()), ("agent", Some("1000")));
    assert_eq!(text.slice(account.name_span), "agent");
    assert_eq!(text.slice(account.uid_span.expect("uid")), "1000");
    let install = &pip_installs(&scripts[1].1)[0];
    assert_eq!(text.slice(install.requirement_files[0].text.whole_span()), "r.txt");
    let (_, run) = file.final_stage().runs().next().expect("a RUN");
    assert_eq!(run.flags[0].name, "mount");
}

#[test]
fn what_a_run_expands() {
    let names = |run: &str| -> Vec<String> {
        let file = read(&format!("FROM a\n{run}"));
        let scripts = file.final_stage().scripts();
        scripts[0].1.all_expansions().into_iter().map(|found| found.name).collect()
    };
    assert_eq!(names("RUN pip install \"x==${V}\""), ["V"]);
    assert_eq!(names("RUN pip install 'x==${V}' # $W"), Vec::<String>::new());
    assert_eq!(names("RUN sh -c 'pip install x==$V'"), ["V"]);
    assert_eq!(names("RUN [\"sh\", \"-c\", \"pip install x==$V\"]"), ["V"]);
    assert_eq!(names("RUN <<EOF\npip install x==$V\nEOF"), ["V"]);
    assert_eq!(names("RUN cat <<EOF > /x\n$V\nEOF"), ["V"]);
    assert_eq!(names("RUN cat <<'EOF' > /x\n$V\nEOF"), Vec::<String>::new());
    assert_eq!(names("RUN <<EOF\n#!/usr/bin/env python3\nprint('$V')\nEOF"), Vec::<String>::new());
}

#[test]
fn what_another_interpreter_runs_is_no_script() {
    let counts = |body: &str| -> Vec<usize> {
        let file = read(&format!("FROM a AS x\n{body}"));
        file.final_stage().scripts().iter().map(|(_, script)| script.commands.len()).collect()
    };
    assert_eq!(counts("SHELL [\"python3\", \"-c\"]\nRUN a\nRUN [\"a\"]\nRUN <<E\na\nE"), [0, 1, 0]);
    assert_eq!(counts("SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN a"), [1]);
    assert_eq!(counts("SHELL [\"python3\", \"-c\"]\nSHELL [\"/bin/sh\", \"-c\"]\nRUN a"), [1]);
    assert_eq!(
        counts("SHELL [\"python3\", \"-c\"]\nRUN <<E\n#!/bin/sh\na\nE\nFROM x\nRUN a"),
        [1, 0]
    );
    assert_eq!(counts("SHELL [\"python3\", \"-c\"]\nFROM b\nRUN a"), [1]);
}

#[test]
fn heredocs_do_not_leak_into_instructions() {
    let file = read(
        "FROM a\nRUN <<EOF\nENTRYPOINT [\"x\"]\nEOF\nCOPY <<-\"E\" /e.sh\n\texec molecule-runtime\n\tE\nENTRYPOINT [\"/e.sh\"]",
    );
    let stage = file.final_stage();
    assert_eq!(stage.inline_file("/e.sh").expect("a file").as_str(), "exec molecule-runtime\n");
    assert_eq!(
        stage.reaches(&|_| None, "molecule-runtime", 8),
        Reach::Yes { via: vec!["/e.sh".into()] }
    );
}

#[test]
fn the_entrypoint_is_followed_into_copied_scripts() {
    let file = read(
        "FROM a\nWORKDIR /app\nCOPY docker/start.sh /usr/local/bin/\nCOPY . .\nENTRYPOINT [\"start.sh\"]",
    );
    let context = |path: &str| match path {
        "docker/start.sh" => Some(Text::new("exec bash scripts/run.sh")),
        "scripts/run.sh" => Some(Text::new("exec gosu agent molecule-runtime")),
        _ => None,
    };
    let found = file.final_stage().reaches(&context, "molecule-runtime", 8);
    assert!(matches!(found, Reach::Yes { .. }), "{found:?}");
    let none = read("FROM a\nENTRYPOINT [\"start.sh\"]").final_stage().reaches(
        &context,
        "molecule-runtime",
        8,
    );
    assert!(matches!(none, Reach::No { .. }));
}

#[test]
fn spans_of_instructions() {
    let content = "FROM a\nENV ADAPTER_MODULE=adapter \\\n    X=1\nRUN <<EOF\nx\nEOF\n";
    let text = Text::new(content);
    let file = read(content);
    let pair = file.final_stage().environment()["ADAPTER_MODULE"].clone();
    assert_eq!(text.slice(pair.name_span), "ADAPTER_MODULE");
    assert_eq!(text.slice(pair.value.span), "adapter");
    assert_eq!(text.slice(file.stages[0].instructions[1].span), "RUN <<EOF\nx\nEOF\n");
}

#[test]
fn onbuild_healthcheck_and_shell_are_understood() {
    let file = read(
        "FROM a\nONBUILD RUN x\nHEALTHCHECK --interval=5s CMD curl x\nHEALTHCHECK NONE\nSHELL [\"/bin/bash\", \"-c\"]",
    );
    let actions: Vec<&Action> = file.final_stage().instructions().map(|i| &i.action).collect();
    assert!(matches!(actions[0], Action::Onbuild(text) if text.as_str() == "RUN x"));
    assert!(
        matches!(actions[1], Action::Healthcheck(flags, Some(_)) if flags[0].name == "interval")
    );
    assert!(matches!(actions[2], Action::Healthcheck(_, None)));
    assert!(matches!(actions[3], Action::Shell(words) if words.len() == 2));
    assert_eq!(file.final_stage().runs().count(), 0);
}

#[test]
fn onbuild_is_carried_out_in_the_stage_that_is_built_from_it() {
    let file = read(
        "FROM a AS base\nONBUILD COPY x .\nONBUILD RUN one\nONBUILD ENTRYPOINT [\"serve\"]\nWORKDIR /app\nRUN two\n\
         FROM base AS next\nRUN three\nFROM next\n",
    );
    let runs = |view: StageView<'_>| -> Vec<String> {
        let scripts = view.scripts().into_iter();
        scripts.map(|(_, script)| script.commands[0].words[0].as_str().to_owned()).collect()
    };
    let base = file.stage("base").expect("a stage");
    assert_eq!(runs(base), ["two"]);
    assert!(base.entrypoint().is_none());
    for view in [file.stage("next").expect("a stage"), file.final_stage()] {
        assert_eq!(runs(view), ["two", "one", "three"]);
        assert!(view.entrypoint().is_some());
        assert_eq!(view.copied()[0].destination, "/app");
    }
    for held in ["FROM b", "ONBUILD RUN x", "maintainer x"] {
        assert!(
            Dockerfile::parse(&Text::new(&format!("FROM a\nONBUILD {held}"))).is_err(),
            "{held}"
        );
    }
    let many = "ONBUILD RUN x\n".repeat(600);
    let twice = format!("FROM a AS b\n{many}FROM b\nFROM b\n");
    assert!(Dockerfile::parse(&Text::new(&twice)).is_err());
}

#[test]
fn a_doubling_variable_ends_unresolved() {
    let content = format!("FROM a\nENV A=xxxxxxxx\n{}", "ENV A=$A$A\n".repeat(100));
    let file = read(&content);
    assert_eq!(file.final_stage().environment()["A"].value.text, None);
}

#[test]
fn large_hostile_files_end() {
    let _ = Dockerfile::parse(&Text::new(&format!("FROM a\n{}", "COPY a b\n".repeat(50_000))));
    let _ = Dockerfile::parse(&Text::new(&format!("FROM a\nENV A={}", "${A:-".repeat(100_000))));
    let _ = Dockerfile::parse(&Text::new(&format!("FROM a\n{}", "ONBUILD ".repeat(100_000))));
    let _ = Dockerfile::parse(&Text::new(&format!("FROM a\nCMD {}", "[".repeat(100_000))));
}

#[test]
fn paths_that_grow_with_every_line_end_where_linux_ends_them() {
    // Gigabytes, when all of them are kept.
    let file = read(&format!("FROM x\n{}COPY a .\n", "WORKDIR folder\n".repeat(50_000)));
    assert_eq!(file.final_stage().workdir(), None);
    assert_eq!(file.final_stage().copied(), []);
    let file = read(&format!("FROM x\nCOPY {} /{}/\n", "a ".repeat(200_000), "d".repeat(4000)));
    assert_eq!(file.final_stage().copied().len(), 200_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_ends_with_spans_inside_it(
        content in "(FROM |a\n|RUN |ENV |COPY |ARG |WORKDIR |CMD |\\[\"|\"\\]|<<E|\nE\n|\\\\\n|\\$|\\$\\{|:-|\\}|=|'|\"|#|\r\n|é| |/|\n){0,60}"
    ) {
        let content = format!("FROM x\n{content}");
        match Dockerfile::parse(&Text::new(&content)) {
            Ok(file) => {
                let stage = file.final_stage();
                for instruction in stage.instructions() {
                    prop_assert!(instruction.span.end <= content.len());
                    prop_assert!(content.is_char_boundary(instruction.span.start));
                }
                let _ = (stage.scripts(), stage.copied(), stage.context_paths_of("/x"));
                let _ = stage.reaches(&|_| Some(Text::new("exec \"$@\"")), "x", 4);
            }
            Err(error) => prop_assert!(error.span.end <= content.len()),
        }
    }
}
