//! The GitHub Actions workflows that carry a merged change to the images by running this program.
//!
//! Pure: [`compare`] compares the rendered files with what was read from the repository.
//!
//! A tag that a workflow pushes with its own token starts no other workflow, so one file contains everything as jobs of
//! one run. It is also the file whose name the index trusts: a reusable workflow would have another name there.

use schemars::JsonSchema;
use serde::Serialize;

use super::subject::Subject;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::ForgeAddress;
use crate::forge::credential::variables_for;
use crate::shape::render::Templates;
use crate::shape::variables::Variables;
use crate::source::typed::Step;

/// The folder of workflows in a repository.
pub const FOLDER: &str = ".github/workflows";

/// The start of the first line of every file that we generate.
const MARK: &str = "# Made by `shipshape release workflows`";

/// The file that the index trusts, unless fleet.yaml names another.
const PUBLISH: &str = "publish-runtime.yml";

/// The file that repeats the cascade by hand.
const CASCADE: &str = "cascade-runtime.yml";

/// Where a job puts the repository with fleet.yaml, if that is another one.
const FETCHED: &str = ".fleet/";

/// The templates: name and text.
const TEMPLATES: [(&str, &str); 5] = [
    ("publish", include_str!("../../templates/workflows/publish-runtime.yml.tera")),
    ("again", include_str!("../../templates/workflows/cascade-runtime.yml.tera")),
    ("tool", include_str!("../../templates/workflows/tool.yml.tera")),
    ("unpack", include_str!("../../templates/workflows/unpack.yml.tera")),
    ("cascade", include_str!("../../templates/workflows/cascade.yml.tera")),
];

/// Settings that fleet.yaml does not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The one-line command that installs the program where a shell finds it.
    pub install: String,
    /// The path of fleet.yaml in the source repository; ignored if fleet.yaml names its home.
    pub fleet: String,
    /// The secret with a token that may read the members, for the gate that checks which of them a release breaks.
    /// Without it, that gate uses the run's own token, which can read only what is public.
    pub reader: Option<String>,
}

/// A workflow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its path in the source repository.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// The state of a workflow file in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowState {
    /// It is the same.
    Same,
    /// It differs, and was created by shipshape.
    Differs,
    /// It is missing.
    Missing,
    /// There is a file of this name that shipshape did not create.
    Foreign,
}

impl WorkflowState {
    /// The status for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Foreign => "not ours",
        }
    }
}

/// Compares a rendered file with the one in the repository.
#[must_use]
pub fn compare(wanted: &Workflow, there: Option<&[u8]>) -> WorkflowState {
    match there {
        None => WorkflowState::Missing,
        Some(bytes) if bytes == wanted.text.as_bytes() => WorkflowState::Same,
        Some(bytes) if bytes.starts_with(MARK.as_bytes()) => WorkflowState::Differs,
        Some(_) => WorkflowState::Foreign,
    }
}

/// The path of the publishing workflow in the source repository.
#[must_use]
pub fn publishing(subject: &Subject) -> String {
    let publisher = subject.release.publisher.as_ref();
    let file = publisher.map_or(PUBLISH, |publisher| publisher.workflow.as_str());
    format!("{FOLDER}/{file}")
}

/// The settings that a file of ours contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The command that installs the program.
    pub install: Option<String>,
    /// The path of fleet.yaml in the source repository; `None` if the file fetches it from another one.
    pub fleet: Option<String>,
    /// The secret with a token that may read the members; `None` if it is the run's own token.
    pub reader: Option<String>,
}

impl Known {
    /// Reads the settings of a file that we generated; any other file has none.
    #[must_use]
    pub fn of(there: &[u8]) -> Self {
        let ours = there.starts_with(MARK.as_bytes());
        let file = ours.then(|| serde_yaml::from_slice::<serde_yaml::Value>(there).ok()).flatten();
        let Some(jobs) = file.as_ref().and_then(|file| file.get("jobs")) else {
            return Self::default();
        };
        let line = |text: &serde_yaml::Value| {
            let text = text.as_str()?.trim();
            (!text.is_empty() && !text.contains('\n')).then(|| text.to_owned())
        };
        let steps = |job: &str| jobs.get(job)?.get("steps")?.as_sequence();
        let install = steps("tool").and_then(|steps| line(steps.first()?.get("run")?));
        let fleet = steps("tag")
            .and_then(|steps| steps.iter().find_map(|step| line(step.get("env")?.get("FLEET")?)));
        let of_secret = |value: &serde_yaml::Value| {
            let name = line(value)?.strip_prefix("${{ secrets.")?.strip_suffix(" }}")?.to_owned();
            secret(&name).is_ok().then_some(name)
        };
        // The step that publishes has no other secret.
        let reader = steps("publish").and_then(|steps| {
            let variables = steps.iter().filter_map(|step| step.get("env")?.as_mapping());
            variables.flat_map(serde_yaml::Mapping::values).find_map(of_secret)
        });
        Self { install, fleet: fleet.filter(|path| !path.starts_with(FETCHED)), reader }
    }
}

/// Renders the workflow files.
///
/// # Errors
/// When a setting does not fit into a workflow, or fleet.yaml has another repository publish.
pub fn render(fleet: &Fleet, subject: &Subject, settings: &Settings) -> Result<Vec<Workflow>> {
    let publisher = subject.release.publisher.as_ref();
    let owner = &fleet.manifest.forge.owner;
    if let Some(publisher) = publisher
        && RepositoryName::parse(&publisher.repository, owner)
            .is_none_or(|name| !name.same(&subject.repository))
    {
        let path = publisher_key("repository");
        return Err(fleet
            .problem(&path, "the workflows are beside the source, but another repository publishes")
            .caused_by(format!("the source is in `{}`", subject.repository))
            .hint("register the source's repository with the index, and name it here"));
    }
    let file = publisher.map_or(PUBLISH, |publisher| publisher.workflow.as_str());
    if file == CASCADE {
        let path = publisher_key("workflow");
        return Err(fleet
            .problem(&path, format!("`{CASCADE}` is the name of another of the workflows"))
            .hint(format!("register `{PUBLISH}` with the index, and name it here")));
    }
    let values = values(fleet, subject, settings)?;
    let failed = |error: crate::shape::render::RenderError| {
        Error::failed("cannot render the workflows").caused_by(error)
    };
    let sources: Vec<(&str, String)> =
        TEMPLATES.iter().map(|(name, text)| (*name, prepared(text))).collect();
    let sources = sources.iter().map(|(name, text)| (*name, text.as_str()));
    let templates = Templates::compile(sources).map_err(failed)?;
    let workflow = |name: &str, file: &str| -> Result<Workflow> {
        let text = templates.render(name, &values).map_err(failed)?;
        Ok(Workflow { path: format!("{FOLDER}/{file}"), text: text + "\n" })
    };
    Ok(vec![workflow("publish", file)?, workflow("again", CASCADE)?])
}

fn publisher_key(key: &str) -> [Step; 4] {
    ["runtime_package".into(), "release".into(), "publisher".into(), key.into()]
}

/// Escapes `${{` of GitHub Actions, which the template engine would read as its own `{{`.
fn prepared(text: &str) -> String {
    text.trim_end().replace("${{", "{{ open }}")
}

fn values(fleet: &Fleet, subject: &Subject, settings: &Settings) -> Result<Variables> {
    let Subject { release, path, .. } = subject;
    let address = match fleet.manifest.forge.url.as_deref() {
        Some(url) => ForgeAddress::parse(url)?,
        None => ForgeAddress::public()?,
    };
    let [token, _] = variables_for(&address);
    let (home, manifest) = home(fleet, subject, settings)?;
    let (before, behind) = release.around();
    let environment = release.publisher.as_ref().and_then(|it| it.environment.as_deref());
    let reader = match &settings.reader {
        Some(name) => format!("secrets.{}", secret(name)?),
        None => "github.token".to_owned(),
    };
    let paths = match path.trim_matches('/') {
        "" | "." => "**".to_owned(),
        path => format!("{}/**", literal(path)),
    };
    let mut values = Variables::default();
    for (name, value) in [
        ("open", "${{"),
        ("install", one_line("install", &settings.install)?),
        ("branch", literal(release.branch.as_deref().unwrap_or("main")).as_str()),
        ("paths", paths.as_str()),
        // Not just `*`: the freeze tag has the same prefix.
        ("tags", format!("{}[0-9]*{}", literal(before), literal(behind)).as_str()),
        ("before", before),
        ("behind", behind),
        ("environment", environment.unwrap_or_default()),
        ("source", if path.is_empty() { "." } else { path.as_str() }),
        ("token", token),
        ("reader", reader.as_str()),
        ("home", home.as_str()),
        ("fleet", one_line("fleet-path", &manifest)?),
    ] {
        values.insert(name, value);
    }
    Ok(values)
}

/// The repository to fetch fleet.yaml from, empty if that is the source repository itself, and its path in the job.
fn home(fleet: &Fleet, subject: &Subject, settings: &Settings) -> Result<(String, String)> {
    let Some(home) = &fleet.manifest.home else {
        return Ok((String::new(), settings.fleet.clone()));
    };
    let owner = &fleet.manifest.forge.owner;
    match RepositoryName::parse(&home.repository, owner) {
        Some(name) if name.same(&subject.repository) => Ok((String::new(), home.path.clone())),
        Some(name) => Ok((name.to_string(), format!("{FETCHED}{}", home.path))),
        None => Err(fleet.problem(
            &["home".into(), "repository".into()],
            format!("`{}` is not a repository", home.repository),
        )),
    }
}

/// Escapes a name so that a filter pattern of GitHub Actions matches it literally.
fn literal(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if matches!(character, '*' | '?' | '+' | '[' | ']' | '!' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

fn one_line<'t>(what: &str, text: &'t str) -> Result<&'t str> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Error::usage(format!("`--{what}` has to be one line")));
    }
    Ok(text.trim())
}

/// Checks that GitHub permits a name for a secret.
fn secret(name: &str) -> Result<&str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let is_reserved = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("GITHUB_"));
    if first && !is_reserved && name.chars().all(inside) {
        return Ok(name);
    }
    Err(Error::usage(format!("`{}` cannot be the name of a secret", name.escape_debug()))
        .hint("such names have letters, digits and `_`, and begin neither with a digit nor with `GITHUB_`"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn fleet(more: &str) -> Fleet {
        let text = format!(
            "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds: {{ t: {{}} }}\nmembers: [x]\n\
             runtime_package:\n  distribution: acme-runtime\n  import: acme_runtime\n  \
             source: {{ repository: platform, path: workspace }}\n{more}"
        );
        Fleet::parse(Path::new("fleet.yaml"), text.as_bytes()).expect("a fleet")
    }

    fn settings() -> Settings {
        Settings {
            install: "cargo install --locked shipshape".to_owned(),
            fleet: "fleet.yaml".to_owned(),
            reader: None,
        }
    }

    fn rendered(fleet: &Fleet, settings: &Settings) -> Result<Vec<Workflow>> {
        render(fleet, &Subject::of(fleet)?, settings)
    }

    fn yaml(workflow: &Workflow) -> serde_yaml::Value {
        serde_yaml::from_str(&workflow.text).expect("YAML")
    }

    /// Whether the job that may upload imports nothing of what it uploads, and waits for the one that does.
    fn publish_runs_no_code(workflow: &serde_yaml::Value) -> bool {
        let job = serde_json::to_string(&workflow["jobs"]["publish"]).expect("JSON");
        job.contains("--no-smoke") && job.contains(r#""needs":["tag","smoke"]"#)
    }

    #[test]
    fn one_run_has_every_job_and_none_may_more_than_it_needs() {
        let fleet = fleet(
            "  release:\n    branch: trunk\n    publisher: { repository: platform, workflow: out.yml, environment: pypi }\n",
        );
        let found = rendered(&fleet, &settings()).expect("rendered");
        let paths: Vec<&str> = found.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, [".github/workflows/out.yml", ".github/workflows/cascade-runtime.yml"]);
        for workflow in &found {
            assert!(!workflow.text.contains("{{ open"), "{}", workflow.text);
            assert_eq!(workflow.text.matches("${{").count(), workflow.text.matches("}}").count());
            assert_eq!(compare(workflow, Some(workflow.text.as_bytes())), WorkflowState::Same);
        }
        let publish = yaml(&found[0]);
        let jobs = &publish["jobs"];
        let may = |job: &str| serde_json::to_string(&jobs[job]["permissions"]).expect("JSON");
        assert_eq!(publish["permissions"]["contents"], serde_yaml::Value::from("read"));
        assert_eq!(may("tool"), r#"{"contents":"none"}"#);
        assert_eq!(may("tag"), r#"{"contents":"write","pull-requests":"read"}"#);
        assert_eq!(may("smoke"), r#"{"contents":"read"}"#);
        let smoke = serde_json::to_string(&jobs["smoke"]).expect("JSON");
        assert!(!smoke.contains("secrets") && !smoke.contains("github.token"), "{smoke}");
        assert!(publish_runs_no_code(&publish), "{}", found[0].text);
        assert_eq!(may("publish"), r#"{"contents":"read","id-token":"write"}"#);
        assert_eq!(may("cascade"), r#"{"contents":"read"}"#);
        assert_eq!(jobs["publish"]["environment"], serde_yaml::Value::from("pypi"));
        let push = &publish["on"]["push"];
        assert_eq!(push["branches"][0], serde_yaml::Value::from("trunk"));
        assert_eq!(push["paths"][0], serde_yaml::Value::from("workspace/**"));
        assert_eq!(push["tags"][0], serde_yaml::Value::from("runtime-v[0-9]*"));
        assert_eq!(found[0].text.matches("secrets.").count(), 1, "one secret, in one job");
    }

    #[test]
    fn a_manifest_that_lives_elsewhere_is_fetched() {
        let fleet = fleet("home: { repository: fleet, path: all/fleet.yaml }\n");
        let settings = Settings { reader: Some("READER".to_owned()), ..settings() };
        let found = rendered(&fleet, &settings).expect("rendered");
        let text = &found[0].text;
        assert_eq!(text.matches("repository: acme/fleet").count(), 4, "{text}");
        assert!(text.contains("FLEET: \".fleet/all/fleet.yaml\""), "{text}");
        assert!(text.contains("GH_TOKEN: ${{ secrets.READER }}"), "{text}");
        assert_eq!(Known::of(text.as_bytes()).reader.as_deref(), Some("READER"));
        assert!(yaml(&found[0])["jobs"]["publish"].get("environment").is_none());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let plain = fleet("");
        let readers = ["X }} ${{ x", "GITHUB_READ", "github_read", "1ABC"];
        let readers = readers.map(|reader| ("a", Some(reader)));
        for (install, reader) in [("", None), ("a\nb", None)].into_iter().chain(readers) {
            let settings = Settings {
                install: install.to_owned(),
                reader: reader.map(str::to_owned),
                ..settings()
            };
            assert!(rendered(&plain, &settings).is_err(), "{install} {reader:?}");
        }
        let other = fleet("  release: { publisher: { repository: other, workflow: a.yml } }\n");
        let error = rendered(&other, &settings()).expect_err("another repository");
        assert!(error.message().contains("another repository publishes"), "{error}");
        let names = ["a+b", "a", "runtime-v"].map(literal);
        assert_eq!(names, ["a\\+b", "a", "runtime-v"]);
    }

    #[test]
    fn what_installs_the_program_is_read_from_a_file_of_ours() {
        let fleet = fleet("");
        let settings = Settings { install: "pipx install 'a: b' # x".to_owned(), ..settings() };
        let installed_with = |text: &str| Known::of(text.as_bytes()).install;
        for workflow in rendered(&fleet, &settings).expect("rendered") {
            let found = installed_with(&workflow.text);
            assert_eq!(found.as_deref(), Some("pipx install 'a: b' # x"), "{}", workflow.path);
        }
        let theirs = "jobs: { tool: { steps: [{ run: x }] } }\n";
        assert_eq!(installed_with(theirs), None);
        assert_eq!(installed_with(&format!("{MARK}\n{theirs}")).as_deref(), Some("x"));
        assert_eq!(installed_with(&format!("{MARK}\n- [")), None);
        assert_eq!(
            publishing(&Subject::of(&fleet).expect("a subject")),
            ".github/workflows/publish-runtime.yml"
        );
    }

    #[test]
    fn where_fleet_yaml_is_is_read_from_a_file_of_ours_unless_it_was_fetched() {
        let settings = Settings { fleet: "deploy/fleet.yaml".to_owned(), ..settings() };
        let known = |fleet: &Fleet| {
            let found = rendered(fleet, &settings).expect("rendered");
            Known::of(found[0].text.as_bytes()).fleet
        };
        assert_eq!(known(&fleet("")).as_deref(), Some("deploy/fleet.yaml"));
        let elsewhere = "home: { repository: fleet, path: all/fleet.yaml }\n";
        assert_eq!(known(&fleet(elsewhere)), None);
    }

    #[test]
    fn a_file_of_somebody_else_is_known_as_such() {
        let wanted = Workflow { path: "x".to_owned(), text: format!("{MARK}\na: 1\n") };
        assert_eq!(compare(&wanted, None), WorkflowState::Missing);
        assert_eq!(compare(&wanted, Some(b"a: 1\n")), WorkflowState::Foreign);
        let edited = format!("{MARK}\na: 2\n");
        assert_eq!(compare(&wanted, Some(edited.as_bytes())), WorkflowState::Differs);
    }

    #[test]
    fn actions_are_pinned_as_the_starter_pins_them() {
        let starter =
            include_str!("../../templates/starter/files/.github/workflows/publish-image.yml");
        for (name, text) in TEMPLATES {
            for line in text.lines().filter_map(|line| line.split_once("uses: ")) {
                let (action, commit) = line.1.split_once('@').expect("a pin");
                let (commit, _) = commit.split_once(" # v").expect("with its version");
                assert_eq!(commit.len(), 40, "{name}: {action}");
                if let Some((_, theirs)) = starter.split_once(&format!("uses: {action}@")) {
                    assert!(theirs.starts_with(commit), "{name}: {action}");
                }
            }
        }
    }
}
