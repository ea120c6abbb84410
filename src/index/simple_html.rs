//! The simple API as HTML (PEP 503), with yanked files (PEP 592) and metadata (PEP 658, PEP 714).
//!
//! Index pages are lists of links, so only tags and their attributes are parsed. A browser's handling of broken markup
//! is not imitated: a truncated link is left out.

use std::collections::BTreeMap;

use url::Url;

use super::project::{File, Project, Yanked};

/// File name suffixes of distributions that indexes have ever listed.
const ENDINGS: [&str; 12] = [
    ".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar.z", ".egg", ".exe", ".msi",
    ".rpm", ".deb",
];

/// The media type of a page; some servers send only `text/html`.
pub(super) const TYPE: &str = "application/vnd.pypi.simple.v1+html";

/// Parses a page; addresses in it are relative to its `<base>`, or else to its own.
///
/// A page without files has to be recognisable as an index's: otherwise a network's login page or a server's
/// maintenance page, sent with status 200, would look like a distribution without releases.
pub(super) fn read(text: &str, at: &Url) -> Result<Project, String> {
    let mut base = at.clone();
    let mut project = Project::default();
    let mut is_page = false;
    let mut is_marked = false;
    let mut rest = text;
    while let Some(tag) = next_tag(&mut rest) {
        is_page |= matches!(tag.name.as_str(), "html" | "body" | "a" | "!doctype");
        match tag.name.as_str() {
            "base" => {
                let found = tag.attributes.get("href").and_then(|href| at.join(href).ok());
                base = found.unwrap_or(base);
            }
            "meta" => is_marked |= speaks(&tag.attributes)?,
            "a" => project.files.extend(file(&tag.attributes, &base)),
            _ => {}
        }
    }
    if !is_page {
        return Err("it is not HTML".to_owned());
    }
    let lists = project.files.iter().any(|file| is_distribution(&file.file_name));
    // The heading in PEP 503's example and in the servers that follow it.
    if lists || is_marked || text.to_lowercase().contains("links for ") {
        return Ok(project);
    }
    Err("it lists no file and does not say that it is an index page; it may be a sign-in or error page".to_owned())
}

fn is_distribution(name: &str) -> bool {
    let name = name.to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether the tag declares the API version (PEP 629). An error for another major version.
fn speaks(attributes: &BTreeMap<String, String>) -> Result<bool, String> {
    let is_version = attributes.get("name").is_some_and(|name| name == "pypi:repository-version");
    match attributes.get("content") {
        Some(version) if is_version && !version.starts_with("1.") => {
            Err(format!("it uses version `{version}` of the API; only version 1 is supported"))
        }
        _ => Ok(is_version),
    }
}

fn file(attributes: &BTreeMap<String, String>, base: &Url) -> Option<File> {
    let mut url = base.join(attributes.get("href")?).ok()?;
    let hashes = take_hashes(&mut url);
    let last = url.path_segments()?.next_back()?;
    let file_name = percent_decoded(last);
    if file_name.is_empty() {
        return None;
    }
    let requires_python = attributes.get("data-requires-python").cloned();
    let offer = attributes
        .get("data-core-metadata")
        .or_else(|| attributes.get("data-dist-info-metadata"))
        .filter(|offer| *offer != "false");
    Some(File {
        file_name,
        url,
        hashes,
        size: None,
        requires_python: requires_python.filter(|wanted| !wanted.is_empty()),
        yanked: attributes.get("data-yanked").map(|reason| Yanked { reason: reason.clone() }),
        uploaded: None,
        metadata: offer.map(|offer| offer.strip_prefix("sha256=").map(str::to_lowercase)),
    })
}

/// Hash names that indexes use.
const HASHES: [&str; 7] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b_256"];

/// Removes the digests from a URL's fragment: `#sha256=…`. Some servers put `egg=…` and the like around them.
pub(super) fn take_hashes(url: &mut Url) -> BTreeMap<String, String> {
    let fragment = url.fragment().unwrap_or_default().to_owned();
    url.set_fragment(None);
    let pairs = fragment.split('&').filter_map(|part| part.split_once('='));
    pairs
        .map(|(name, digest)| (name.to_lowercase(), digest.to_lowercase()))
        .filter(|(name, _)| HASHES.contains(&name.as_str()))
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        let decoded =
            digit(0).zip(digit(1)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        match decoded {
            Some(decoded) if byte == b'%' => {
                bytes.push(decoded);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// The next opening tag; comments and closing tags are skipped.
fn next_tag(rest: &mut &str) -> Option<Tag> {
    loop {
        let at = rest.find('<')?;
        let inner = rest.get(at + 1..)?;
        if let Some(comment) = inner.strip_prefix("!--") {
            *rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let length = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
        let (name, behind) = inner.split_at(length);
        if name.is_empty() {
            *rest = inner;
            continue;
        }
        *rest = behind;
        let attributes = attributes(rest)?;
        return Some(Tag { name: name.to_lowercase(), attributes });
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '!' | '-' | ':')
}

/// The attributes up to the end of the tag; `None` if the tag does not end.
fn attributes(rest: &mut &str) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            *rest = behind;
            return Some(found);
        }
        let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))?;
        // A stray `=` is skipped, so that every iteration makes progress.
        let (name, behind) = rest.split_at(length.max(rest.chars().next()?.len_utf8()));
        *rest = behind;
        let unspaced = rest.trim_start();
        let mut value = String::new();
        if let Some(behind) = unspaced.strip_prefix('=') {
            let behind = behind.trim_start();
            let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (raw, after) = match quote {
                Some(quote) => behind.get(1..)?.split_once(quote)?,
                None => behind.split_at(behind.find(|c: char| c.is_whitespace() || c == '>')?),
            };
            value = unescaped(raw);
            *rest = after;
        }
        found.entry(name.to_lowercase()).or_insert(value);
    }
}

/// Maximum number of bytes to search for the end of a character reference. Without this limit, a hostile page would
/// take quadratic time.
const LONGEST_REFERENCE: usize = 12;

/// Decodes the character references that indexes use.
fn unescaped(raw: &str) -> String {
    let mut output = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        output.push_str(before);
        let end = reference.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';');
        let name = end.and_then(|end| reference.get(1..end));
        let number = |name: &str| {
            let digits = name.strip_prefix('#')?;
            let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => (digits, 16),
                None => (digits, 10),
            };
            // `from_str_radix` would accept a sign.
            let plain = digits.chars().all(|digit| digit.is_digit(radix));
            char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| plain)?)
        };
        let meant = match name {
            Some("amp") => Some('&'),
            Some("lt") => Some('<'),
            Some("gt") => Some('>'),
            Some("quot") => Some('"'),
            Some("apos") => Some('\''),
            Some(name) => number(name),
            None => None,
        };
        match (meant, name) {
            (Some(character), Some(name)) => {
                output.push(character);
                rest = reference.get(name.len() + 2..).unwrap_or_default();
            }
            _ => {
                output.push('&');
                rest = reference.get(1..).unwrap_or_default();
            }
        }
    }
    output.push_str(rest);
    output
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(text: &str) -> Project {
        read(text, &Url::parse("https://a.example/simple/x/").expect("a URL")).expect("a page")
    }

    #[test]
    fn links_with_all_that_they_may_say() {
        let page = page(
            "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" content=\"1.1\"></head><body>\
             <!-- <a href='hidden-1.whl'> -->\n\
             <A HREF=\"../../files/x-1.0-py3-none-any.whl#SHA256=AB\" data-requires-python=\"&gt;=3.8\" \
             data-core-metadata=\"sha256=cd\">x</a>\
             <a href='https://b.example/x%2B1-2.0.tar.gz' data-yanked=\"it &quot;broke&quot; &#38; &#x62;\">x</a>\
             <a data-yanked href=x-3.zip>x</a><a name=top>no link</a><a href=\"cut",
        );
        let [one, two, three] = page.files.as_slice() else { panic!("{:?}", page.files) };
        assert_eq!(one.url.as_str(), "https://a.example/files/x-1.0-py3-none-any.whl");
        assert_eq!(one.hashes["sha256"], "ab");
        assert_eq!(one.requires_python.as_deref(), Some(">=3.8"));
        assert_eq!(one.metadata, Some(Some("cd".to_owned())));
        assert_eq!(two.file_name, "x+1-2.0.tar.gz");
        assert_eq!(two.yanked.as_ref().map(|it| it.reason.as_str()), Some("it \"broke\" & b"));
        assert_eq!(three.yanked, Some(Yanked::default()));
        assert_eq!(three.version().map(|it| it.to_string()).as_deref(), Some("3"));
    }

    #[test]
    fn a_page_that_lists_nothing_has_to_say_that_it_is_of_an_index() {
        let at = Url::parse("https://a.example/simple/x/").expect("a URL");
        let of = |text: &str| read(text, &at).map(|project| project.files.len());
        for other in [
            "<!DOCTYPE html><title>Sign in</title><a href=/login>go on</a>",
            "<html><body><h1>We will be back soon</h1></body></html>",
        ] {
            let why = of(other).expect_err(other);
            assert!(why.contains("it lists no file"), "{why}");
        }
        for empty in [
            "<!DOCTYPE html><meta name='pypi:repository-version' content='1.0'><h1>x</h1>",
            "<html><head><title>Links for x</title></head></html>",
        ] {
            assert_eq!(of(empty), Ok(0), "{empty}");
        }
        assert_eq!(of("<a href=x-1.TAR.GZ>x</a>"), Ok(1));
    }

    #[test]
    fn hashes_are_found_among_other_pairs() {
        let page = page("<a href='x-1.zip#egg=x&sha256=AB&subdirectory=y&md5=cd'>");
        let hashes: Vec<(&str, &str)> =
            page.files[0].hashes.iter().map(|(name, digest)| (&**name, &**digest)).collect();
        assert_eq!(hashes, [("md5", "cd"), ("sha256", "ab")]);
        assert_eq!(page.files[0].url.as_str(), "https://a.example/simple/x/x-1.zip");
    }

    #[test]
    fn a_base_moves_relative_links() {
        let page = page("<base href=/elsewhere/><a href=x-1.zip>");
        assert_eq!(page.files[0].url.as_str(), "https://a.example/elsewhere/x-1.zip");
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        let at = Url::parse("https://a.example/").expect("a URL");
        assert!(read("404 not found", &at).is_err());
        let newer = "<html><meta name='pypi:repository-version' content='2.0'>";
        assert!(read(newer, &at).expect_err("version 2").contains("`2.0`"));
    }

    #[test]
    fn a_sign_is_no_digit() {
        let page = page("<a href='x%+5-1.zip' data-yanked='&#+65;&#x+41;&#65;'>");
        assert_eq!(page.files[0].file_name, "x%+5-1.zip");
        assert_eq!(page.files[0].yanked.as_ref().map(|it| &*it.reason), Some("&#+65;&#x+41;A"));
    }

    /// Looked for anew from each of them, the end of a reference would take minutes to miss.
    #[test]
    fn references_without_an_end_take_no_longer_than_others() {
        let many = "&".repeat(400_000);
        let page = page(&format!("<a href=x-1.zip data-yanked='{many}'>"));
        assert_eq!(page.files[0].yanked.as_ref().map(|it| it.reason.len()), Some(many.len()));
    }

    proptest! {
        #[test]
        fn any_text_ends(text in "(<|a|href|=|\"|'|>|/| |&|#|;|!--|--|é|x|%2|data-yanked){0,60}") {
            let at = Url::parse("https://a.example/").expect("a URL");
            let _ = read(&text, &at);
        }
    }
}
