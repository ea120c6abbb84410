use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::fleet::manifest::Kind;
use crate::scaffold::derive::answer;
use crate::shape::embedded;

/// Replies from a list; remembers what was asked, with its default.
struct Script {
    replies: VecDeque<&'static str>,
    asked: Vec<(String, Option<String>)>,
    places: Vec<Option<(usize, usize)>>,
    problems: Vec<String>,
}

impl Script {
    fn of(replies: &[&'static str]) -> Self {
        let replies = replies.iter().copied().collect();
        Self { replies, asked: Vec::new(), places: Vec::new(), problems: Vec::new() }
    }
}

impl Asker for Script {
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        self.asked.push((prompt.flag.clone(), prompt.default.map(str::to_owned)));
        self.places.push(prompt.place);
        self.problems.extend(prompt.problem.map(|problem| problem.message.clone()));
        match self.replies.pop_front() {
            None => Err(Error::usage(format!("nobody answers {}", prompt.flag))),
            Some("<") => Ok(Reply::Back),
            Some(lines) if lines.ends_with("\n<") => {
                Ok(Reply::BackFrom(lines.trim_end_matches("\n<").to_owned()))
            }
            Some("") if prompt.default.is_some() => Ok(Reply::Default),
            Some("-") => Ok(Reply::Value(String::new())),
            Some(value) => Ok(Reply::Value(value.to_owned())),
        }
    }

    fn show(&mut self, _: &str) {}
}

fn chosen() -> ChosenKind {
    ChosenKind {
        fleet: None,
        kind_name: String::new(),
        kind: Kind::default(),
        pack: Arc::new(embedded::load().expect("the embedded pack")),
        listed: None,
        around: None,
    }
}

fn variable(name: &str) -> Subject {
    Subject::Variable(name.to_owned())
}

fn asked(script: &Script) -> Vec<&str> {
    script.asked.iter().map(|(flag, _)| flag.as_str()).collect()
}

const GUESSED: [&str; 7] = [
    "--set model=VALUE",
    "--set models=VALUE",
    "--set command=VALUE",
    "--set packages=VALUE",
    "--set system_packages=VALUE",
    "--set npm_packages=VALUE",
    "--set prompt=VALUE",
];

#[test]
fn what_can_be_derived_is_not_asked() {
    let mut script = Script::of(&["acme", "", "", "", "", "", "", ""]);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    assert_eq!(asked(&script), [&["NAME"][..], &GUESSED[..]].concat());
    let answers = derive(&chosen(), &typed);
    assert_eq!(answer(&answers, &variable("adapter_class")), "AcmeAdapter");
    assert_eq!(answer(&answers, &variable("model_environment")), "OPENAI_API_KEY");
    assert_eq!(answer(&answers, &Subject::Repository), "workspace-template-acme");
    assert_eq!(typed.len(), 1);
    let places: Vec<_> = (1..=8).map(|question| Some((question, 8))).collect();
    assert_eq!(script.places, places);
}

#[test]
fn an_empty_answer_says_why_it_is_none_and_a_refused_one_is_not_come_back_to() {
    let replies = ["", "acme", "<", "<", "acme", "x y", "<", "acme", "c:d", "", "", "", "", "", ""];
    let mut script = Script::of(&replies);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    assert_eq!(script.problems, ["a slug is needed", "`x y` cannot be `model`"]);
    assert_eq!(typed[&variable("model")], "c:d");
    // The first question has none before it, whatever the second is.
    assert_eq!(asked(&script)[..5], ["NAME", "NAME", GUESSED[0], "NAME", "NAME"]);
}

#[test]
fn going_back_from_within_a_list_keeps_its_lines_as_the_proposal() {
    let replies = ["acme", "a:b", "c:d\ne:f\n<", "", "", "", "", "", "", ""];
    let mut script = Script::of(&replies);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    let lists = script.asked.iter().filter(|(flag, _)| flag == "--set models=VALUE");
    let proposed: Vec<Option<&str>> = lists.map(|(_, default)| default.as_deref()).collect();
    assert_eq!(proposed.last(), Some(&Some("c:d\ne:f")), "{:?}", script.asked);
    assert_eq!(typed.get(&variable("models")).map(String::as_str), Some("c:d\ne:f"));
}

#[test]
fn going_back_derives_the_later_defaults_again_but_keeps_what_was_typed() {
    let mut script = Script::of(&[
        "gemini",
        "anthropic:claude",
        "<", // back to the model
        "<", // back to the slug
        "gemini-cli",
        "",
        "",
        "gemini",
        "",
        "",
        "",
        "",
    ]);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    // Asked the second time, the model that was typed is its default.
    let models: Vec<_> = script
        .asked
        .iter()
        .filter(|(flag, _)| flag == "--set model=VALUE")
        .map(|(_, default)| default.clone().unwrap_or_default())
        .collect();
    assert_eq!(models.first().map(String::as_str), Some("openai:gpt-4.1-mini"));
    assert!(models[1..].iter().all(|model| model == "anthropic:claude"), "{models:?}");
    let answers = derive(&chosen(), &typed);
    assert_eq!(answer(&answers, &variable("display_name")), "Gemini Cli");
    assert_eq!(answer(&answers, &variable("model_environment")), "ANTHROPIC_API_KEY");
}

#[test]
fn an_answer_with_a_problem_is_asked_again_with_the_reason() {
    let replies = ["Acme", "class", "acme", "two words", "a:b", "", "", "", "", "", ""];
    let mut script = Script::of(&replies);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    assert_eq!(
        script.problems,
        [
            "`Acme` is not a slug: it has capitals",
            "`class` is a keyword of Python",
            "`two words` cannot be `model`"
        ]
    );
    assert!(script.replies.is_empty(), "{:?}", script.replies);
}

#[test]
fn a_derivation_that_does_not_fit_is_asked() {
    let mut script = Script::of(&["4o-mini", "FourOMini", "", "", "", "", "", "", ""]);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    assert_eq!(script.asked[1].0, "--set adapter_class=VALUE");
    assert_eq!(script.problems, ["`4oMiniAdapter` cannot be `adapter_class`"]);
}

#[test]
fn nothing_is_asked_when_all_was_said() {
    let mut typed = Typed::from([(Subject::Slug, "acme".to_owned())]);
    for flag in GUESSED {
        let name = flag.trim_start_matches("--set ").trim_end_matches("=VALUE");
        let value = if name == "model" { "a:b" } else { "" };
        typed.insert(variable(name), value.to_owned());
    }
    let mut script = Script::of(&[]);
    interview(&chosen(), &mut typed, &mut script, None).expect("nothing is open");
}

#[test]
fn a_hyphen_that_is_no_empty_answer_says_how_to_give_one() {
    let hint = |name: &str| {
        let typed = [(Subject::Slug, "acme".to_owned()), (variable(name), "-".to_owned())];
        let answers = derive(&chosen(), &Typed::from(typed));
        let answer = answers.into_iter().find(|it| it.question.subject == variable(name));
        answer.and_then(|it| it.problem).map(|problem| problem.hint).unwrap_or_default()
    };
    let models = hint("models");
    assert!(models.ends_with("; for an empty value, write `--set models=`"), "{models}");
    assert_eq!(hint("command"), "");
}

#[test]
fn an_answer_can_be_changed_after_all() {
    let mut typed = Typed::from([(Subject::Slug, "acme".to_owned())]);
    let mut script = Script::of(&["display_name", "ACME Agents"]);
    change(&chosen(), &mut typed, &mut script, None).expect("changed");
    let answers = derive(&chosen(), &typed);
    assert_eq!(answer(&answers, &variable("display_name")), "ACME Agents");
    assert_eq!(answer(&answers, &variable("summary")), "ACME Agents as a workspace runtime");
    let mut script = Script::of(&["display", "summary", "Agents"]);
    change(&chosen(), &mut typed, &mut script, None).expect("changed");
    assert_eq!(script.problems, ["no answer is called `display`"]);
    assert_eq!(answer(&derive(&chosen(), &typed), &variable("summary")), "Agents");
    for nothing in ["", "<"] {
        let before = typed.clone();
        let mut script = Script::of(&[nothing]);
        change(&chosen(), &mut typed, &mut script, None).expect("left");
        assert_eq!((typed.clone(), script.asked.len()), (before, 1));
    }
    assert_eq!(decide("?", &Next::ALL, Next::Make, &mut Script::of(&["<"])), Ok(Next::Change));
    assert_eq!(decide("?", &Next::ALL, Next::Make, &mut Script::of(&[""])), Ok(Next::Make));
    assert_eq!(decide("?", &Next::ALL, Next::Change, &mut Script::of(&[""])), Ok(Next::Change));
    let mut script = Script::of(&["no", "mkae", "look"]);
    assert_eq!(decide("?", &Next::ALL, Next::Make, &mut script), Ok(Next::Look));
    assert_eq!(script.problems, ["`no` is not one of them", "`mkae` is not one of them"]);
    let mut script = Script::of(&["create", "leave"]);
    let left = decide("?", &Next::WITHOUT_MAKING, Next::Change, &mut script);
    assert_eq!(
        (left, script.problems),
        (Ok(Next::Leave), vec!["`create` is not one of them".to_owned()])
    );
}

#[test]
fn a_name_that_is_taken_is_asked_for_again_before_anything_else_and_looked_up_once() {
    let looked = std::cell::RefCell::new(Vec::new());
    let taken = |slug: &str, name: &crate::fleet::RepositoryName| {
        looked.borrow_mut().push(format!("{slug} {}", name.name));
        let problem = Problem { message: "it is somebody's".to_owned(), hint: String::new() };
        Ok(Some(problem).filter(|_| slug == "acme"))
    };
    let mut script = Script::of(&["acme", "other", "", "", "", "", "", "", ""]);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, Some(&taken)).expect("answered");
    assert_eq!(asked(&script)[..2], ["NAME", "NAME"]);
    assert_eq!(script.problems, ["it is somebody's"]);
    let wanted = ["acme workspace-template-acme", "other workspace-template-other"];
    assert_eq!(*looked.borrow(), wanted);
    // A repository that was named is what is wrong, and not the slug.
    let mut script = Script::of(&["workspace-template-free"]);
    let named = |name: &str| Typed::from([(Subject::Repository, name.to_owned())]);
    let mut typed = named("workspace-template-taken");
    typed.insert(Subject::Slug, "acme".to_owned());
    let taken = |_: &str, name: &crate::fleet::RepositoryName| {
        let problem = Problem { message: "it is somebody's".to_owned(), hint: String::new() };
        Ok(Some(problem).filter(|_| name.name.ends_with("taken")))
    };
    let stopped = interview(&chosen(), &mut typed, &mut script, Some(&taken));
    assert_eq!(asked(&script)[0], "--repository NAME", "{stopped:?}");
    assert_eq!(typed[&Subject::Repository], "workspace-template-free");
}

#[test]
fn behind_a_refused_answer_enter_takes_what_was_proposed() {
    let replies = ["acme", "openai", "", "", "", "", "", "", ""];
    let mut script = Script::of(&replies);
    let mut typed = Typed::new();
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    let proposed = Some("openai:gpt-4.1-mini".to_owned());
    let model = |default: &Option<String>| (GUESSED[0].to_owned(), default.clone());
    assert_eq!(script.asked[1..3], [model(&proposed), model(&proposed)]);
    assert_eq!(typed.get(&variable("model")), None);
    let places: Vec<_> = script.places.iter().flatten().collect();
    assert_eq!(places[1..4], [&(2, 8), &(2, 8), &(3, 8)]);
}

#[test]
fn what_was_accepted_is_proposed_again_where_another_answer_is_refused() {
    let chosen = chosen();
    let mut typed = Typed::new();
    let replies = ["acme", "a:b", "", "first", "<", "it's", "", "", "", "", ""];
    let mut script = Script::of(&replies);
    interview(&chosen, &mut typed, &mut script, None).expect("answered");
    let command = variable("command");
    assert_eq!(typed.get(&command).map(String::as_str), Some("first"));
    let flag = command.flag();
    let defaults: Vec<_> =
        script.asked.iter().filter(|(it, _)| *it == flag).map(|(_, it)| it.as_deref()).collect();
    assert_eq!(defaults[1..], [Some("first"), Some("first")]);
}

#[test]
fn what_follows_from_a_refused_answer_is_no_question_yet() {
    let mut typed = Typed::from([(Subject::Slug, "acme".to_owned())]);
    // Its environment variable would begin with a digit.
    typed.insert(variable("model"), "1bad".to_owned());
    for name in ["models", "command", "packages", "system_packages", "npm_packages"] {
        typed.insert(variable(name), String::new());
    }
    let mut script = Script::of(&["c:d", ""]);
    interview(&chosen(), &mut typed, &mut script, None).expect("answered");
    assert_eq!(asked(&script), ["--set model=VALUE", "--set prompt=VALUE"]);
    assert_eq!(script.places, [Some((1, 2)), Some((2, 2))]);
}

#[test]
fn a_named_repository_that_is_taken_is_asked_for_again_and_not_the_slug() {
    let yaml = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [t-hermes]\n";
    let fleet = Fleet::parse(Path::new("fleet.yaml"), yaml.as_bytes()).expect("a fleet");
    let kind = fleet.manifest.kinds.get("t").cloned().expect("the kind");
    let kind_name = "t".to_owned();
    let chosen = ChosenKind { fleet: Some(Arc::new(fleet)), kind_name, kind, ..chosen() };
    let taken = "the repository `acme/t-hermes` is that of the member `hermes`";
    for (reply, repository) in [("<", None), ("t-other", Some("t-other"))] {
        let mut typed: Typed = [(Subject::Slug, "abc".to_owned())].into();
        let mut script = Script::of(&["repository", "t-hermes", reply]);
        change(&chosen, &mut typed, &mut script, None).expect("answered");
        assert_eq!(asked(&script), ["", "--repository NAME", "--repository NAME"]);
        assert_eq!(script.problems, [taken]);
        assert_eq!(typed.get(&Subject::Repository).map(String::as_str), repository);
        assert_eq!(typed.get(&Subject::Slug).map(String::as_str), Some("abc"));
    }
}

#[test]
fn an_empty_answer_that_is_refused_says_so_when_it_is_changed_as_well() {
    let mut typed: Typed = [(Subject::Slug, "abc".to_owned())].into();
    let mut script = Script::of(&["summary", "-", "A runtime"]);
    change(&chosen(), &mut typed, &mut script, None).expect("answered");
    assert_eq!(script.problems, ["`summary` may not be empty"]);
    assert_eq!(typed[&variable("summary")], "A runtime");
}

#[test]
fn a_derived_repository_is_one_that_the_glob_of_its_kind_matches() {
    let yaml = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { select: { glob: '*_*' } } }\n\
                members: [{ repository: a_b, slug: a-b }]\n";
    let fleet = Fleet::parse(Path::new("fleet.yaml"), yaml.as_bytes()).expect("a fleet");
    let kind = fleet.manifest.kinds.get("t").cloned().expect("the kind");
    let kind_name = "t".to_owned();
    let chosen = ChosenKind { fleet: Some(Arc::new(fleet)), kind_name, kind, ..chosen() };
    let problem = |named: Option<&str>| {
        let mut typed: Typed = [(Subject::Slug, "nimble-zip".to_owned())].into();
        typed.extend(named.map(|named| (Subject::Repository, named.to_owned())));
        let answers = derive(&chosen, &typed);
        let answer = answers.into_iter().find(|it| it.question.subject == Subject::Repository);
        answer.and_then(|it| it.problem).map(|it| it.message)
    };
    let missed = "`nimble-zip` does not match `*_*`, the glob of the kind `t`";
    assert_eq!(problem(None).as_deref(), Some(missed));
    assert_eq!(problem(Some("nimble_zip")), None);
    assert_eq!(problem(Some("nimble-zip")), None);
    assert!(problem(Some("nimble_zip.git")).is_some_and(|it| it.contains("`.git`")));
}
