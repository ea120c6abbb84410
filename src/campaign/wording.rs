//! Renders titles, texts and commit messages for one repository.
//!
//! Only the campaign's own file is ever a template; what a repository contains is data. Readers see the result on the
//! forge, so data is escaped for its context (see `escape`): it can form no markup, mention nobody and close no issue.
//! The filters `code` and `fenced` pass it through as it is, where Markdown does not interpret it.

use std::collections::HashMap;

use serde::Serialize;
use tera::{Context, Filter, Tera, Value};

mod escape;

use super::file::{CampaignFile, Words};
use super::identity::{Mark, REVOKE, words_mark};
use crate::error::Error;
use crate::shape::render::Templates;
use crate::shape::template;
use crate::shape::template_names::Sort;
use crate::source::is_hidden;
use crate::source::secrets::masked;
use crate::source::typed::nearest;

/// The variables of a template.
#[derive(Clone, Debug, Serialize)]
pub struct Subject<'a> {
    /// The campaign's name.
    pub campaign: &'a str,
    /// The repository, `owner/name`.
    pub repository: &'a str,
    /// The slugs of the members in it.
    pub members: Vec<&'a str>,
    /// The slug of the first member.
    pub slug: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Its owner.
    pub owner: Option<&'a str>,
    /// The values of the shape's variables.
    pub variables: std::collections::BTreeMap<&'a str, &'a str>,
    /// What was found before the change.
    pub findings: Vec<Found<'a>>,
    /// The changed paths.
    pub files: Vec<&'a str>,
    /// The diff in git's format.
    pub diff: &'a str,
    /// Remarks of the changes.
    pub remarks: &'a [String],
    /// The paths that credentials are removed from. They are mentioned whatever the template says.
    #[serde(skip)]
    pub credentials: Vec<String>,
    /// In a revert, the title of what is reverted; otherwise empty.
    pub taken_back: &'a str,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct Found<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// Its code.
    pub code: &'a str,
    /// What was found.
    pub message: &'a str,
    /// Where.
    pub path: Option<&'a str>,
}

/// The rendered texts of one pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    /// The title.
    pub title: String,
    /// The text, with the campaign's marker.
    pub body: String,
    /// The message of the commit, with the campaign's trailers.
    pub commit: String,
}

/// The compiled templates of a campaign.
#[derive(Debug)]
pub struct Wording {
    /// The templates of title and commit message.
    plain: Tera,
    /// The template of the text.
    markdown: Tera,
    /// The templates as written, by their keys.
    written: Vec<(&'static str, String)>,
}

const TITLE: &str = "pull_request.title";
const BODY: &str = "pull_request.body";
const COMMIT: &str = "pull_request.commit";

/// The text of a pull request whose campaign does not define one.
const DEFAULT_BODY: &str = "\
Part of the campaign {{ campaign | code }}, which makes the same change in every repository that needs it.

{% for file in files %}- {{ file | code }}
{% endfor %}{% if remarks %}
Worth knowing:

{% for remark in remarks %}- {{ remark | code }}
{% endfor %}{% endif %}
Close it to decline: it is not opened again. Push to its branch to take it over: it is left alone from then on.
";

/// The most files with credentials that are named.
const NAMED: usize = 3;

/// GitHub's limit for titles, in characters.
pub(super) const MAX_TITLE: usize = 256;

/// The limit for texts in bytes: GitHub's is 65,536 characters, which leaves room for the marker.
const MAX_BODY: usize = 65_000;

impl Wording {
    /// Compiles the templates of a campaign.
    ///
    /// # Errors
    /// When one is not a template.
    pub fn compile(says: &CampaignFile) -> Result<Self, Error> {
        let Words { title, body, commit, .. } = &says.pull_request;
        let mut plain = template::engine();
        let mut markdown = template::engine();
        plain.autoescape_on(vec![TITLE, COMMIT]);
        plain.set_escape_fn(escape::plain);
        markdown.autoescape_on(vec![BODY]);
        markdown.set_escape_fn(escape::markdown);
        // Titles and commit messages are not Markdown: mentions count there even inside code.
        for (tera, inert) in [(&mut plain, false), (&mut markdown, true)] {
            tera.register_filter("code", Code { inert });
            tera.register_filter("fenced", Fenced { inert });
        }
        let templates = [
            (TITLE, title.as_str()),
            (BODY, body.as_deref().unwrap_or(DEFAULT_BODY)),
            (COMMIT, commit.as_deref().unwrap_or(title)),
        ];
        for (name, text) in templates {
            let tera = if name == BODY { &mut markdown } else { &mut plain };
            template::add(tera, [(name, text)]).map_err(|error| {
                Error::usage(format!("`{name}` is not a template"))
                    .caused_by(template::why(&error))
                    .hint(
                        "templates are Tera's: `{{ slug }}`, `{% for finding in findings %}`; docs/campaigns.md lists \
                         what they may use",
                    )
            })?;
        }
        let written = templates.map(|(name, text)| (name, text.to_owned())).into();
        Ok(Self { plain, markdown, written })
    }

    /// What is meant by the first variable of a template that does not exist, as the end of a sentence.
    fn meant(&self, name: &str, context: &Context) -> Option<String> {
        let (_, text) = self.written.iter().find(|(key, _)| *key == name)?;
        let json = context.clone().into_json();
        let known = || json.as_object().into_iter().flat_map(|known| known.keys());
        let templates = Templates::compile([(name, text.as_str())]).ok()?;
        let unknown = templates.unknown_names(&|name| known().any(|known| known == name));
        let unknown = unknown.into_iter().find(|it| it.sort == Sort::Variable)?;
        let meant = nearest(&unknown.name, known().map(String::as_str))?;
        Some(format!("; did you mean `{meant}`?"))
    }

    /// Renders the texts for one repository.
    ///
    /// # Errors
    /// The key whose template does not render, and why.
    pub fn render(&self, subject: &Subject<'_>, mark: &Mark) -> Result<Worded, String> {
        let context = Context::from_serialize(subject).map_err(|error| template::why(&error))?;
        let render = |name: &str| {
            let tera = if name == BODY { &self.markdown } else { &self.plain };
            let text = tera.render(name, &context);
            let text = text.map_err(|error| {
                let meant = self.meant(name, &context).unwrap_or_default();
                format!("`{name}`: {}{meant}", template::why(&error))
            })?;
            Ok::<_, String>(visible(&masked(&text)))
        };
        let title = render(TITLE)?.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return Err(format!("`{TITLE}` renders to nothing"));
        }
        if title.chars().count() > MAX_TITLE {
            return Err(format!("`{TITLE}` is longer than {MAX_TITLE} characters"));
        }
        let mut body = render(BODY)?;
        // The note about credentials has to appear even if the rest is cut.
        let revoke = match subject.credentials.is_empty() {
            true => String::new(),
            false => format!("\n\n{}", to_revoke(&subject.credentials)),
        };
        let room = MAX_BODY.saturating_sub(revoke.len());
        if body.len() > room {
            let cut = body.floor_char_boundary(room);
            body.truncate(cut);
            // If the cut is inside a fence, close it: the marker must not become part of it.
            if let Some(fence) = open_fence(&body) {
                body.push('\n');
                body.push_str(&"`".repeat(fence));
            }
            body.push_str("\n\n(cut: too long)");
        }
        let credentials = !revoke.is_empty();
        if credentials {
            body = format!("{}{revoke}", body.trim_end());
        }
        let commit = render(COMMIT)?;
        let commit = commit.trim();
        if commit.is_empty() {
            return Err(format!("`{COMMIT}` renders to nothing"));
        }
        let words = words_mark(&title, &body);
        Ok(Worded {
            title,
            body: format!(
                "{}\n\n{}\n{words}\n{}",
                body.trim_end(),
                mark.marker(),
                if credentials { format!("{REVOKE}\n") } else { String::new() }
            ),
            commit: format!("{commit}\n\n{}", mark.trailers()),
        })
    }
}

/// The note that asks a person to revoke credentials.
fn to_revoke(paths: &[String]) -> String {
    let named: Vec<String> =
        paths.iter().take(NAMED).map(|path| code(&short(&masked(&visible(path))))).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "**Revoke the credential** in {}{more}: this change removes it from the file, but it stays in the history.",
        named.join(", ")
    )
}

/// Shortens a path to its end, because a repository chooses its paths and a body is limited.
fn short(path: &str) -> String {
    const MOST: usize = 120;
    match path.char_indices().rev().nth(MOST - 1).filter(|(at, _)| *at > 0) {
        Some((at, _)) => format!("…{}", path.get(at..).unwrap_or_default()),
        None => path.to_owned(),
    }
}

/// The filter `code`: text as inline code; `inert` if nothing inside code is interpreted.
struct Code {
    inert: bool,
}

impl Filter for Code {
    fn filter(&self, value: &Value, _: &HashMap<String, Value>) -> tera::Result<Value> {
        let text = text_of(value);
        Ok(Value::String(code(&if self.inert { text } else { escape::plain(&text) })))
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// The filter `fenced`: text as a code block; `inert` as for [`Code`].
struct Fenced {
    inert: bool,
}

impl Filter for Fenced {
    fn filter(&self, value: &Value, arguments: &HashMap<String, Value>) -> tera::Result<Value> {
        let language = arguments.get("language").and_then(Value::as_str).unwrap_or_default();
        let text = text_of(value);
        let text = if self.inert { text } else { escape::plain_lines(&text) };
        Ok(Value::String(fenced(&text, language)))
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// The length of the fence that a text leaves open.
fn open_fence(text: &str) -> Option<usize> {
    text.lines().fold(None, |open, line| {
        let run = line.chars().take_while(|c| *c == '`').count();
        match open {
            None => (run >= 3).then_some(run),
            Some(fence) if run >= fence && line.trim_end().len() == run => None,
            Some(_) => open,
        }
    })
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Spells out characters that a reader cannot see, and breaks up the markers of campaigns.
fn visible(text: &str) -> String {
    // `escape` inserts the joiner after a sign, to keep it from having an effect.
    let hidden = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t' | escape::JOINER);
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) && c != '\r' {
            shown.extend(c.escape_unicode());
        } else if c != '\r' {
            shown.push(c);
        }
    }
    shown
        .replace("<!-- shipshape:", "&lt;!-- shipshape:")
        .replace("Shipshape-", "Shipshape\u{2011}")
}

/// Prepares a reason that may quote a repository for a comment: one line, without markup, credentials or mentions.
pub(super) fn in_comment(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    escape::markdown(&masked(&line))
}

/// One line as inline code.
fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fence = "`".repeat(longest_run(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    if line.is_empty() { String::new() } else { format!("{fence}{pad}{line}{pad}{fence}") }
}

/// Lines as a code block.
fn fenced(text: &str, language: &str) -> String {
    let language: String = language.chars().filter(char::is_ascii_alphanumeric).collect();
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
