//! Routes: what they require, who handles them, and how a path finds its route.

use super::{Answer, Call, World};
use crate::sandbox::world::{Access, Permission};

/// The authorization that a route requires.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) enum Need {
    /// None: anybody may ask.
    Nothing,
    /// A token of any kind.
    Token,
    /// A proof signed by a GitHub App.
    App,
    /// One of these permissions in the repository that the path names.
    Repository(&'static [Permission], Access),
}

/// A route.
#[derive(Debug)]
pub(in crate::sandbox) struct Route {
    pub(in crate::sandbox) method: &'static str,
    /// A path in which `{name}` matches one segment, `{name*}` one or more.
    pub(in crate::sandbox) template: &'static str,
    pub(in crate::sandbox) need: Need,
    pub(in crate::sandbox) answer: fn(&mut World, &Call) -> Answer,
}

/// Declares the routes of a subject, one per line: `METHOD "/template", NEED => answer;`. The
/// variants of [`Need`], [`Permission`] and [`Access`] need no import.
macro_rules! routes {
    ($($method:ident $template:literal, $need:expr => $answer:path;)*) => {{
        #[allow(unused_imports, reason = "few subjects use all these words")]
        use $crate::sandbox::rest::routes::Need::*;
        #[allow(unused_imports, reason = "few subjects use all these words")]
        use $crate::sandbox::world::{Access::*, Permission::*};
        &[$(Route { method: stringify!($method), template: $template, need: $need, answer: $answer }),*]
    }};
}
pub(super) use routes;

impl Route {
    /// Returns the route as in GitHub's documentation, such as `GET /repos/{owner}/{repo}`.
    pub(in crate::sandbox) fn title(&self) -> String {
        format!("{} {}", self.method, self.template.replace("*}", "}"))
    }

    fn segments(&self) -> Vec<&'static str> {
        self.template.trim_matches('/').split('/').collect()
    }

    /// Returns the number of literal segments: of two matching routes, the one with more of them
    /// wins.
    fn named(&self) -> usize {
        self.segments().iter().filter(|segment| !segment.starts_with('{')).count()
    }

    /// Returns the parameters of a path if it matches this route.
    fn read(&self, segments: &[String]) -> Option<Parameters> {
        let mut parameters = Vec::new();
        matches(&self.segments(), segments, &mut parameters).then_some(parameters)
    }
}

/// The parameters of a path, by name.
type Parameters = Vec<(&'static str, String)>;

/// A route with the parameters of a path.
type Matched = (&'static Route, Parameters);

/// Finds the route of a request. A path that only exists for other methods has none: GitHub returns
/// 404.
pub(in crate::sandbox) fn find(method: &str, path: &str) -> Option<Matched> {
    matching(method, path).into_iter().max_by_key(|(route, _)| route.named())
}

/// Returns every route that matches a request.
fn matching(method: &str, path: &str) -> Vec<Matched> {
    let Some(path) = path.strip_prefix('/') else { return Vec::new() };
    let segments: Vec<String> = path.split('/').map(decoded).collect();
    let method = if method == "HEAD" { "GET" } else { method };
    let routes = super::routes().filter(|route| route.method == method);
    routes.filter_map(|route| Some((route, route.read(&segments)?))).collect()
}

fn matches(
    template: &[&'static str],
    segments: &[String],
    found: &mut Vec<(&'static str, String)>,
) -> bool {
    let (Some((first, rest)), Some((segment, others))) =
        (template.split_first(), segments.split_first())
    else {
        return template.is_empty() && segments.is_empty();
    };
    let Some(name) = first.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        return *first == segment && matches(rest, others, found);
    };
    let known = found.len();
    let longest = if name.ends_with('*') { segments.len() } else { 1 };
    // Longest first: the name of a branch may contain slashes.
    for length in (1..=longest).rev() {
        let (taken, others) = segments.split_at(length);
        found.push((name.trim_end_matches('*'), taken.join("/")));
        if matches(rest, others, found) {
            return true;
        }
        found.truncate(known);
    }
    false
}

fn decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        let escaped = segment.get(position + 1..position + 3);
        let escaped = escaped.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match escaped.filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                position += 3;
            }
            None => {
                decoded.push(*byte);
                position += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> Option<(String, Vec<(&'static str, String)>)> {
        find(method, path).map(|(route, parameters)| (route.title(), parameters))
    }

    #[test]
    fn names_with_slashes_are_found_bare_and_escaped() {
        for path in ["/repos/a/b/branches/x/y/protection", "/repos/a/b/branches/x%2Fy/protection"] {
            let (title, parameters) = route("GET", path).expect("known");
            assert_eq!(title, "GET /repos/{owner}/{repo}/branches/{branch}/protection");
            assert_eq!(parameters.last(), Some(&("branch", "x/y".to_owned())));
        }
    }

    #[test]
    fn another_method_is_another_route() {
        assert_eq!(route("DELETE", "/user"), None);
        assert_eq!(route("HEAD", "/user").map(|found| found.0).as_deref(), Some("GET /user"));
        assert_eq!(route("GET", "/nothing"), None);
    }

    /// The calls are read as text, since the sandbox uses no type of `forge`. Methods, and paths that a call puts together
    /// from several parts, are seen only when the call is made. What stands before the path is `{}` or `{base}`.
    #[test]
    fn every_path_of_a_call_has_a_route() {
        let roots = "app|orgs|rate_limit|user|users";
        let path = format!(r#""((?:\{{(?:base)?\}}/|/(?:{roots})\b)[^"?\s]*)["?]"#);
        let path = regex::Regex::new(&path).expect("sound");
        let parameter = regex::Regex::new(r"\{\w*\}").expect("sound");
        let mut paths = 0;
        for (file, text) in calls() {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for found in path.captures_iter(text).filter(|found| !found[1].ends_with("/{what}")) {
                let path = parameter.replace_all(&found[1], "x");
                let path = match path.strip_prefix("x/") {
                    Some(below) => format!("/repos/x/x/{below}"),
                    None => path.into_owned(),
                };
                let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
                let is_known = methods.iter().any(|method| find(method, &path).is_some());
                assert!(is_known, "no `ROUTES` in sandbox/rest/ has {path}, which {file} calls");
                paths += 1;
            }
        }
        assert!(paths > 50, "only {paths} paths were found");
    }

    /// The files of `forge/calls`, each with its text.
    fn calls() -> Vec<(String, String)> {
        let mut folders =
            vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/forge/calls")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a text");
                files.push((path.display().to_string(), text));
            }
        }
        files
    }

    #[test]
    fn no_two_routes_tie() {
        for route in super::super::routes() {
            // What stands in for a parameter is no word of any template.
            let segment =
                |it: &str| if it.starts_with('{') { "x-1".to_owned() } else { it.to_owned() };
            let segments: Vec<String> = route.segments().into_iter().map(segment).collect();
            let path = format!("/{}", segments.join("/"));
            let (found, _) = find(route.method, &path).expect("it matches itself");
            assert_eq!(found.title(), route.title(), "{path}");
            let tied = matching(route.method, &path);
            let tied = tied.iter().filter(|(other, _)| other.named() == route.named()).count();
            assert_eq!(tied, 1, "{} {path}", route.method);
        }
    }
}
