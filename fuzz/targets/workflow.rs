//! Workflow files: places, references and expressions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::Text;
use shipshape::source::workflow::{
    Job, Permissions, Secrets, Setting, Spanned, Term, Trigger, Uses, Workflow, expressions_in,
};
use shipshape::source::yaml::Path;
use shipshape_fuzz::{assert_sound, text_of};

const PATHS: [&str; 4] = ["", "jobs", "jobs.build.steps[].run", "jobs.build.if"];

fuzz_target!(|bytes: &[u8]| {
    let text = text_of(bytes);
    for (range, expression) in expressions_in(text.as_str()) {
        assert!(text.as_str()[range].contains(expression));
    }
    let _ = Term::parse(text.as_str()).map(|term| term.yields().len());
    let uses = Uses::parse(text.as_str(), shipshape::source::Span::at(0));
    let _ = uses.is("acme", "ci", "build.yml");
    let workflow = match Workflow::parse(&text) {
        Ok(workflow) => workflow,
        Err(error) => return assert_sound(&text, error.span, "syntax error"),
    };
    for problem in &workflow.problems {
        assert_sound(&text, problem.span, "problem");
    }
    for trigger in &workflow.triggers {
        trigger_is_sound(&text, trigger);
    }
    spanned_are_sound(&text, &workflow.name);
    permissions_are_sound(&text, workflow.permissions.as_ref());
    settings_are_sound(&text, &workflow.env);
    for job in &workflow.jobs {
        job_is_sound(&text, job);
    }
    for uses in workflow.uses() {
        assert_sound(&text, uses.written.span, "uses");
        let _ = uses.is("acme", "ci", "build.yml");
    }
    for path in PATHS {
        let Ok(path) = path.parse::<Path>() else { panic!("{path} is a path") };
        for expression in workflow.expressions_at(&path) {
            assert_sound(&text, expression.span, "expression");
            let _ = expression.mentions("github.event.client_payload");
            let _ = expression.mentions("secrets");
            let _ = Term::parse(&expression.text).map(|term| term.yields().len());
        }
    }
});

fn trigger_is_sound(text: &Text, trigger: &Trigger) {
    spanned_are_sound(text, [&trigger.event]);
    spanned_are_sound(text, &trigger.types);
    spanned_are_sound(text, &trigger.crons);
    for (filter, patterns) in &trigger.filters {
        spanned_are_sound(text, [filter]);
        spanned_are_sound(text, patterns);
    }
    for input in &trigger.inputs {
        spanned_are_sound(text, [&input.name]);
        spanned_are_sound(text, input.kind.iter().chain(&input.default));
    }
    spanned_are_sound(text, trigger.secrets.iter().map(|secret| &secret.name));
}

fn job_is_sound(text: &Text, job: &Job) {
    assert_sound(text, job.span, "job");
    spanned_are_sound(text, [&job.id]);
    spanned_are_sound(text, job.name.iter().chain(&job.condition));
    spanned_are_sound(text, job.needs.iter().chain(&job.runs_on));
    permissions_are_sound(text, job.permissions.as_ref());
    settings_are_sound(text, &job.with);
    settings_are_sound(text, &job.env);
    match &job.secrets {
        Secrets::None => {}
        Secrets::Inherit(span) => assert_sound(text, *span, "secrets"),
        Secrets::Named(secrets) => settings_are_sound(text, secrets),
    }
    for image in &job.images {
        spanned_are_sound(text, image.service.iter().chain([&image.image]));
    }
    for step in &job.steps {
        assert_sound(text, step.span, "step");
        let parts = [&step.id, &step.name, &step.condition, &step.run];
        spanned_are_sound(text, parts.into_iter().flatten());
        settings_are_sound(text, &step.with);
        settings_are_sound(text, &step.env);
    }
}

fn permissions_are_sound(text: &Text, permissions: Option<&Permissions>) {
    match permissions {
        None => {}
        Some(Permissions::ReadAll(span) | Permissions::WriteAll(span)) => {
            assert_sound(text, *span, "permissions");
        }
        Some(Permissions::Scopes(span, scopes)) => {
            assert_sound(text, *span, "permissions");
            settings_are_sound(text, scopes);
        }
    }
}

fn settings_are_sound(text: &Text, settings: &[Setting]) {
    for setting in settings {
        spanned_are_sound(text, [&setting.key]);
        assert_sound(text, setting.value_span, "value");
    }
}

fn spanned_are_sound<'s>(text: &Text, spanned: impl IntoIterator<Item = &'s Spanned>) {
    for part in spanned {
        assert_sound(text, part.span, &part.text);
    }
}
