//! The origin of a repository, from the URL of its remote.

use std::path::Path;

use super::layout::{Layout, read_pointer};

/// The origin of a repository, parsed from a remote URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The forge's host, with its port if that is of its pages; `None` if the URL is a folder's path.
    pub host: Option<String>,
    /// Whether its pages are on plain HTTP, as only a forge on this machine may have them.
    pub is_plain: bool,
    /// The organisation or user; `None` if the URL is a folder's path.
    pub owner: Option<String>,
    /// The repository's name.
    pub name: String,
}

/// The repository's name in the URL of its remote `origin`; `None` if there is no such remote.
#[must_use]
pub fn origin_name(path: &Path) -> Option<String> {
    origin(path).map(|origin| origin.name)
}

/// The parsed URL of the remote `origin`; `None` if there is no such remote.
#[must_use]
pub fn origin(path: &Path) -> Option<Origin> {
    let layout = Layout::at(path)?;
    let config = layout.common_dir.join("config");
    // Only a small, regular file is read, and its includes are not followed.
    let text = read_pointer(&config)?;
    // Most bare repositories have no remote and need no parsing of their configuration.
    if !text.to_ascii_lowercase().contains("remote") {
        return None;
    }
    let config = git2::Config::open(&config).ok()?;
    let url = config.get_string("remote.origin.url").ok()?;
    Origin::parse(&url)
}

impl Origin {
    /// Parses a repository's address: a URL, `user@host:owner/name`, or a folder's path. Credentials are left out.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.trim();
        // `git clone .` records `/folder/.`, which is not a name.
        let on_a_host = place(url);
        let folder = on_a_host.is_none().then(|| folder_of(url));
        let path = folder.as_deref().unwrap_or(url).trim_end_matches('/');
        let name = path.rsplit(['/', ':', '\\']).next()?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        if name.is_empty() {
            return None;
        }
        let (host, path) = on_a_host.unzip();
        let owner = path.and_then(|path| {
            let (before, _) = path.trim_matches('/').rsplit_once('/')?;
            let owner = before.rsplit('/').next()?;
            (!owner.is_empty()).then(|| owner.to_owned())
        });
        let is_plain = url.starts_with(PLAIN) && host.is_some_and(is_this_machine);
        Some(Self { host: host.map(str::to_owned), is_plain, owner, name: name.to_owned() })
    }
}

/// What an address on plain HTTP begins with.
const PLAIN: &str = "http://";

/// Whether a host, which may have a port, is the machine that this runs on.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let is_loopback = |address: std::net::Ipv4Addr| address.is_loopback();
    matches!(name, "localhost" | "[::1]") || name.parse().is_ok_and(is_loopback)
}

/// A folder's path without `.`, without `..` where the folder above is known, and without the `.git` of a work tree;
/// empty if it names no folder.
fn folder_of(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            (".", _) => {}
            ("..", Some(above)) if !matches!(*above, "" | "..") => {
                parts.pop();
            }
            ("", Some(_)) => {}
            _ => parts.push(part),
        }
    }
    if parts.last() == Some(&".git") {
        parts.pop();
    }
    if parts.last() == Some(&"..") { String::new() } else { parts.join("/") }
}

/// The host and the path of an address; `None` for a folder's path.
fn place(url: &str) -> Option<(&str, &str)> {
    let (authority, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        // As in scp: a colon before the first slash, preceded by more than a Windows drive letter.
        None => {
            let (authority, path) = url.split_once(':')?;
            (authority.len() > 1 && !authority.contains(['/', '\\']))
                .then_some((authority, path))?
        }
    };
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    // The port of SSH says nothing of where the forge's pages are, nor does that of plain HTTP to another machine, which no
    // forge is asked on.
    let is_of_pages = |host: &str, port: &str| match url.split_once("://") {
        Some(("https", _)) => !matches!(port, "" | "443"),
        Some(("http", _)) => !matches!(port, "" | "80") && is_this_machine(host),
        _ => false,
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            if is_of_pages(host, port) && !host.is_empty() { authority } else { host }
        }
        _ => authority,
    };
    (!host.is_empty()).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_remote_has_a_name() {
        for url in [
            "https://github.com/acme/api.git",
            "https://user:secret@github.com:443/acme/api",
            "git@github.com:acme/api.git",
            "ssh://git@github.com:2222/acme/api/",
        ] {
            let origin = Origin::parse(url).expect("an address");
            assert_eq!(origin.name, "api", "{url}");
            assert_eq!(origin.owner.as_deref(), Some("acme"), "{url}");
            assert_eq!(origin.host.as_deref(), Some("github.com"), "{url}");
        }
        assert_eq!(Origin::parse(""), None);
    }

    #[test]
    fn the_port_of_pages_is_kept() {
        let host = |url: &str| Origin::parse(url).and_then(|origin| origin.host);
        let kept = host("https://you:secret@ghe.example:8443/acme/api.git");
        assert_eq!(kept.as_deref(), Some("ghe.example:8443"));
        assert_eq!(host("ssh://git@ghe.example:22/acme/api").as_deref(), Some("ghe.example"));
        assert_eq!(host("http://ghe.example:8080/acme/api").as_deref(), Some("ghe.example"));
    }

    #[test]
    fn plain_http_is_told_of_a_forge_on_this_machine_only() {
        let origin = |url: &str| {
            let origin = Origin::parse(url).expect("an address");
            (origin.host.unwrap_or_default(), origin.is_plain)
        };
        for host in ["127.0.0.1:43671", "localhost:8080", "[::1]:3000", "127.0.0.1"] {
            assert_eq!(origin(&format!("http://{host}/acme/api.git")), (host.to_owned(), true));
        }
        for (url, host) in [
            ("http://ghe.example/acme/api", "ghe.example"),
            ("https://127.0.0.1:8443/acme/api", "127.0.0.1:8443"),
            ("ssh://git@localhost:2222/acme/api", "localhost"),
        ] {
            assert_eq!(origin(url), (host.to_owned(), false), "{url}");
        }
    }

    #[test]
    fn a_folder_is_called_as_where_its_path_ends() {
        let name = |url: &str| Origin::parse(url).map(|origin| origin.name);
        for url in
            ["/a/api/.", "/a/api/./", "/a/api/b/..", "../api/.", "/a/api/.git", "file:///a//api/."]
        {
            assert_eq!(name(url).as_deref(), Some("api"), "{url}");
        }
        for url in [".", "..", "../..", "./", "a/..", "/", "/..", ".git"] {
            assert_eq!(name(url), None, "{url}");
        }
    }

    #[test]
    fn a_folder_has_neither_host_nor_owner() {
        for url in ["/srv/git/api.git", "../api", "C:\\git\\api", "file:///srv/api.git"] {
            let origin = Origin::parse(url).expect("an address");
            assert_eq!((origin.host, origin.owner), (None, None), "{url}");
            assert_eq!(origin.name, "api", "{url}");
        }
        let short = Origin::parse("host:api").expect("an address");
        assert_eq!((short.host.as_deref(), short.owner), (Some("host"), None));
    }
}
