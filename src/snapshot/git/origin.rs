//! What a repository is called where it came from.

use std::path::Path;

use super::layout::{Layout, read_pointer};

/// The repository's name in the URL of its remote `origin`; `None` when there is no such remote.
#[must_use]
pub fn origin_name(path: &Path) -> Option<String> {
    let layout = Layout::at(path)?;
    let config = layout.common_dir.join("config");
    // Only a small, regular file is worth reading; includes of other files are not followed.
    let text = read_pointer(&config)?;
    // Most bare repositories have no remote, and need not have their configuration parsed.
    if !text.to_ascii_lowercase().contains("remote") {
        return None;
    }
    let config = git2::Config::open(&config).ok()?;
    let url = config.get_string("remote.origin.url").ok()?;
    name_in_url(&url)
}

fn name_in_url(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let name = url.rsplit(['/', ':', '\\']).next()?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::name_in_url;

    #[test]
    fn every_form_of_a_remote_has_a_name() {
        for url in [
            "https://github.com/acme/api.git",
            "git@github.com:acme/api.git",
            "ssh://git@example.com:2222/acme/api/",
            "/srv/git/api.git",
            "host:api",
        ] {
            assert_eq!(name_in_url(url).as_deref(), Some("api"), "{url}");
        }
        assert_eq!(name_in_url(""), None);
    }
}
