//! The claims of a proof of identity, and their differences from what the index expects. Pure.
//!
//! The index verifies the signature. The comparison is PyPI's (warehouse, `oidc/models/github.py` and `gitlab.py`):
//! names of owners and repositories regardless of case, and the workflow's file as in `job_workflow_ref`, which is that
//! of the reusable workflow if the job is in one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Publisher;

/// Maximum number of characters of a claim to show.
const MAX_SHOWN: usize = 200;

/// The claims of a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

/// A claim that differs from the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The claim's name: `environment`.
    pub field: &'static str,
    /// The expected value, for display.
    pub wanted: String,
    /// The actual value, for display.
    pub found: String,
}

impl Difference {
    fn new(field: &'static str, wanted: impl Into<String>, found: Option<&str>) -> Self {
        let found = match found {
            None | Some("") => "nothing".to_owned(),
            Some(text) => format!("`{}`", brief(text)),
        };
        Self { field, wanted: wanted.into(), found }
    }
}

fn brief(text: &str) -> String {
    text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect()
}

impl Claims {
    /// Parses the claims of a JSON web token, without verifying its signature.
    ///
    /// # Errors
    /// When it is not such a token. The message does not repeat it.
    pub fn read(proof: &str) -> Result<Self, String> {
        let mut parts = proof.split('.');
        let (Some(_), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("it does not have the three parts of a JSON Web Token".to_owned());
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(claims.trim_end_matches('='))
            .map_err(|_| "its second part is not Base64".to_owned())?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(claims)) => Ok(Self(claims)),
            _ => Err("its second part is not a JSON object".to_owned()),
        }
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a time, in seconds since 1970.
    #[must_use]
    pub fn moment(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// Whether it is meant for an audience; true if it names none.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::String(found)) => found == audience,
            Some(Value::Array(all)) => all.iter().any(|found| found == audience),
            // If the index demands one, it refuses the proof.
            _ => true,
        }
    }

    /// Its audience, for display.
    #[must_use]
    pub fn audience(&self) -> String {
        match self.0.get("aud") {
            Some(Value::String(found)) => brief(found),
            Some(other) => brief(&other.to_string()),
            None => "nobody".to_owned(),
        }
    }

    /// The job it identifies, for display.
    #[must_use]
    pub fn in_words(&self) -> String {
        let repository = self.text("repository").or_else(|| self.text("project_path"));
        let workflow = self.text("job_workflow_ref").or_else(|| self.text("ci_config_ref_uri"));
        let file = workflow.map(file_of);
        let parts = [repository, file, self.text("environment")];
        let parts: Vec<String> = parts.into_iter().flatten().map(brief).collect();
        parts.join(", ")
    }

    /// Every claim that an index compares, one line each, to be checked against the index's settings by a person.
    #[must_use]
    pub fn listed(&self) -> Vec<String> {
        const TOLD: [&str; 8] = [
            "repository",
            "repository_owner",
            "job_workflow_ref",
            "workflow_ref",
            "project_path",
            "ci_config_ref_uri",
            "environment",
            "event_name",
        ];
        let told = TOLD.iter().filter_map(|name| Some((name, self.text(name)?)));
        told.map(|(name, value)| format!("{name} is `{}`", brief(value))).collect()
    }

    /// Whether the job is in a reusable workflow that another workflow calls.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        let path = |name| self.text(name).map(|reference| reference.split('@').next());
        matches!((path("job_workflow_ref"), path("workflow_ref")), (Some(job), Some(top)) if job != top)
    }
}

/// The file name: `publish.yml` in `acme/platform/.github/workflows/publish.yml@refs/heads/main`.
fn file_of(reference: &str) -> &str {
    let path = reference.split('@').next().unwrap_or(reference);
    path.rsplit('/').next().unwrap_or(path)
}

/// The claims that differ from what the index expects of a publisher, most telling first.
#[must_use]
pub fn compare(claims: &Claims, publisher: &Publisher) -> Vec<Difference> {
    let mut differences = Vec::new();
    let same = |claim: Option<&str>, wanted: &str| {
        claim.is_some_and(|claim| claim.eq_ignore_ascii_case(wanted))
    };
    if claims.text("repository").is_none() && claims.text("project_path").is_some() {
        let project = claims.text("project_path");
        if !same(project, &publisher.repository) {
            differences.push(Difference::new(
                "project_path",
                quoted(&publisher.repository),
                project,
            ));
        }
        differences.extend(environment(claims, publisher));
        return differences;
    }
    if claims.text("event_name") == Some("pull_request_target") {
        differences.push(Difference::new(
            "event_name",
            "any event but `pull_request_target`",
            claims.text("event_name"),
        ));
    }
    let repository = claims.text("repository");
    if !same(repository, &publisher.repository) {
        differences.push(Difference::new("repository", quoted(&publisher.repository), repository));
    }
    let (owner, _) = publisher.repository.split_once('/').unwrap_or((&publisher.repository, ""));
    if !same(claims.text("repository_owner"), owner) {
        let found = claims.text("repository_owner");
        differences.push(Difference::new("repository_owner", quoted(owner), found));
    }
    differences.extend(workflow(claims, publisher));
    differences.extend(environment(claims, publisher));
    differences
}

fn workflow(claims: &Claims, publisher: &Publisher) -> Option<Difference> {
    let wanted = format!("{}/.github/workflows/{}", publisher.repository, publisher.workflow);
    let found = claims.text("job_workflow_ref");
    let (path, at) = found.unwrap_or_default().split_once('@').unwrap_or_default();
    // The repository is compared regardless of case, the file exactly.
    let (repository, file) = path.split_at_checked(publisher.repository.len()).unwrap_or_default();
    let is_file = repository.eq_ignore_ascii_case(&publisher.repository)
        && file == format!("/.github/workflows/{}", publisher.workflow);
    let known = ["ref", "sha"].into_iter().filter_map(|name| claims.text(name));
    let is_at = known.clone().next().is_none() || known.clone().any(|known| known == at);
    if is_file && is_at {
        return None;
    }
    let wanted = match (is_file, claims.text("ref")) {
        (true, Some(reference)) => format!("`{wanted}@{}`", brief(reference)),
        _ => format!("`{wanted}`"),
    };
    Some(Difference::new("job_workflow_ref", wanted, found))
}

fn environment(claims: &Claims, publisher: &Publisher) -> Option<Difference> {
    let wanted = publisher.environment.as_deref().filter(|wanted| !wanted.is_empty())?;
    let found = claims.text("environment");
    let same = found.is_some_and(|found| found.eq_ignore_ascii_case(wanted));
    (!same).then(|| Difference::new("environment", quoted(wanted), found))
}

fn quoted(text: &str) -> String {
    format!("`{}`", brief(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn publisher() -> Publisher {
        Publisher {
            repository: "acme/platform".to_owned(),
            workflow: "publish.yml".to_owned(),
            environment: Some("pypi".to_owned()),
        }
    }

    fn claims(changes: &[(&str, Value)]) -> Claims {
        let mut claims = json!({
            "repository": "Acme/platform",
            "repository_owner": "Acme",
            "job_workflow_ref": "Acme/platform/.github/workflows/publish.yml@refs/tags/v1",
            "workflow_ref": "Acme/platform/.github/workflows/publish.yml@refs/tags/v1",
            "ref": "refs/tags/v1",
            "sha": "abc",
            "environment": "PyPI",
            "event_name": "push",
        });
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        let encoded = URL_SAFE_NO_PAD.encode(claims.to_string());
        Claims::read(&format!("e30.{encoded}.c2ln")).expect("claims")
    }

    fn differ(changes: &[(&str, Value)]) -> Vec<(&'static str, String)> {
        let found = compare(&claims(changes), &publisher());
        found.into_iter().map(|it| (it.field, it.found)).collect()
    }

    #[test]
    fn the_claims_that_an_index_would_take_are_silent_whatever_their_case() {
        assert_eq!(differ(&[]), []);
        let by_commit = "acme/platform/.github/workflows/publish.yml@abc";
        assert_eq!(differ(&[("job_workflow_ref", json!(by_commit))]), []);
    }

    #[test]
    fn each_claim_that_differs_is_named_with_what_it_is() {
        assert_eq!(differ(&[("repository", json!("evil/fork"))])[0].0, "repository");
        assert_eq!(
            differ(&[("repository_owner", json!("evil"))]),
            [("repository_owner", "`evil`".to_owned())]
        );
        assert_eq!(
            differ(&[("environment", Value::Null)]),
            [("environment", "nothing".to_owned())]
        );
        assert_eq!(
            differ(&[("environment", json!("test"))]),
            [("environment", "`test`".to_owned())]
        );
        assert_eq!(differ(&[("event_name", json!("pull_request_target"))])[0].0, "event_name");
        for wrong in [
            "acme/platform/.github/workflows/other.yml@refs/tags/v1",
            "acme/platform/.github/workflows/publish.yml@refs/heads/other",
            "acme/platform/publish.yml@refs/tags/v1",
            "é",
            "",
        ] {
            assert_eq!(
                differ(&[("job_workflow_ref", json!(wrong))])[0].0,
                "job_workflow_ref",
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_reusable_workflow_is_known_as_one() {
        let called = json!("acme/shared/.github/workflows/publish.yml@refs/heads/main");
        let claims = claims(&[("job_workflow_ref", called)]);
        assert!(claims.is_reusable());
        assert_eq!(compare(&claims, &publisher())[0].field, "job_workflow_ref");
        assert!(!self::claims(&[]).is_reusable());
    }

    #[test]
    fn gitlab_is_compared_by_its_project() {
        let encoded = URL_SAFE_NO_PAD
            .encode(json!({"project_path": "acme/other", "environment": "pypi"}).to_string());
        let claims = Claims::read(&format!("e30.{encoded}.c2ln")).expect("claims");
        let found = compare(&claims, &publisher());
        assert_eq!(found.iter().map(|it| it.field).collect::<Vec<_>>(), ["project_path"]);
    }

    #[test]
    fn a_proof_is_for_whom_it_says() {
        let named = |aud: Value| claims(&[("aud", aud)]).is_for("pypi");
        assert!(named(json!("pypi")) && named(json!(["other", "pypi"])) && named(Value::Null));
        assert!(!named(json!("testpypi")) && !named(json!(["other"])));
        assert_eq!(claims(&[("aud", json!("a\u{1b}"))]).audience(), "a\\u{1b}");
    }

    #[test]
    fn what_is_no_token_is_refused_without_repeating_it() {
        for text in ["", "hunter2", "a.b", "a.%.c", "a.aHVudGVyMg.c", "a.b.c.d"] {
            let why = Claims::read(text).expect_err(text);
            assert!(!why.contains("hunter"), "{why}");
        }
    }
}
