//! JSON: what is wrong with a text that should be it, what the name of a file says, and the [`Form`] that a text has. The
//! YAML parser, which reads JSON documents elsewhere, accepts more.

mod reading;

pub use reading::{Form, Reading};

use super::text::{Span, SyntaxError, Text};

/// Returns why a text is not JSON, such as a trailing comma or unquoted words.
#[must_use]
pub fn error(text: &Text) -> Option<SyntaxError> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text.as_str()).err()?;
    let start = text.as_str().len() - text.as_str().trim_start().len();
    if !text.as_str().trim_start().starts_with(['{', '[']) {
        return Some(SyntaxError::new(Span::at(start), "expected `{` or `[`"));
    }
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    let line = text.line_span(line.max(1));
    let at = (line.start + error.column().saturating_sub(1)).min(line.end);
    let at = (line.start..=at).rev().find(|at| text.as_str().is_char_boundary(*at));
    let message = error.to_string();
    let at = at.unwrap_or(line.start);
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    // For an object, serde_json reports a missing key instead.
    let (before, after) = text.as_str().split_at(at);
    let is_comma = before.trim_end().ends_with(',') && after.starts_with('}');
    Some(SyntaxError::new(Span::at(at), if is_comma { "trailing comma" } else { what }))
}

/// Whether the readers of a file only accept strict JSON: `*.json`, except for files whose readers
/// allow comments and trailing commas.
#[must_use]
pub fn is_strict(path: &str) -> bool {
    const LENIENT: [&str; 24] = [
        ".babelrc.json",
        ".cspell.json",
        ".devcontainer.json",
        ".eslintrc.json",
        ".luarc.json",
        ".markdownlint.json",
        ".mocharc.json",
        ".oxlintrc.json",
        "angular.json",
        "api-extractor.json",
        "babel.config.json",
        "cspell.json",
        "deno.json",
        "devcontainer.json",
        "global.json",
        "knip.json",
        "language-configuration.json",
        "nx.json",
        "pyrightconfig.json",
        "rush.json",
        "tslint.json",
        "turbo.json",
        "typedoc.json",
        "wrangler.json",
    ];
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_lenient = LENIENT.contains(&name)
        || ["appsettings", "jsconfig", "tsconfig"].iter().any(|it| name.starts_with(it))
        || folder.split('/').any(|folder| folder == ".vscode");
    name.ends_with(".json") && !is_lenient
}

/// Whether the name of a file says that it is JSON, in whatever [`Form`]. A file such as `.eslintrc`, which may be YAML as
/// well, is told by its text.
#[must_use]
pub fn is_named(path: &str) -> bool {
    const ENDINGS: [&str; 10] = [
        ".code-workspace",
        ".geojson",
        ".har",
        ".ipynb",
        ".json",
        ".json5",
        ".jsonc",
        ".jsonld",
        ".topojson",
        ".webmanifest",
    ];
    const NAMES: [&str; 10] = [
        ".babelrc",
        ".hintrc",
        ".jshintrc",
        ".renovaterc",
        ".swcrc",
        "Pipfile.lock",
        "bun.lock",
        "composer.lock",
        "deno.lock",
        "flake.lock",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The most that the readers of a file of this name may take, if it says that the file is JSON.
#[must_use]
pub fn form_of(path: &str) -> Option<Form> {
    let form = if is_strict(path) { Form::Strict } else { Form::Json5 };
    is_named(path).then_some(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_json() {
        for json in ["a.json", "tsconfig.json", "a/b.jsonc", "renovate.json5", "php/composer.lock"]
        {
            assert!(is_named(json), "{json}");
        }
        for other in ["a.yaml", ".eslintrc", "poetry.lock", "json", "a.json.tera"] {
            assert!(!is_named(other), "{other}");
        }
    }

    #[test]
    fn names_say_who_reads_a_file() {
        for strict in ["package.json", "a/composer.json", "config/app.json"] {
            assert!(is_strict(strict), "{strict}");
        }
        for lenient in ["tsconfig.build.json", ".vscode/settings.json", "web/turbo.json", "a.yaml"]
        {
            assert!(!is_strict(lenient), "{lenient}");
        }
        assert_eq!(form_of("package.json"), Some(Form::Strict));
        assert_eq!(form_of("renovate.json5"), Some(Form::Json5));
        assert_eq!(form_of("a.yaml"), None);
    }

    #[test]
    fn what_only_yaml_takes_is_not_json() {
        assert_eq!(error(&Text::new("{\"a\": [1, \"\\/\"]}\n")), None);
        for text in ["{\"a\": 1,}", "a: 1\n", "{a: 1}"] {
            assert!(error(&Text::new(text)).is_some(), "{text}");
        }
    }
}
