//! The environment variables that commands may read, captured once.
//!
//! The list is closed: the program never sees other variables, and passes none of them to other programs. A blank
//! variable of ours counts as unset, since CI provides missing secrets as empty strings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::source::secrets::masked;

/// Variables that other programs need to behave as they do for the user: paths, locale and network access.
const FOR_PROGRAMS: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "XDG_CACHE_HOME",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_FIND_LINKS",
    "PIP_DEFAULT_TIMEOUT",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "SYSTEMROOT",
];

/// Variables that only this program reads.
const FOR_US: &[&str] = &[
    "SHIPSHAPE_INDEX_URL",
    "SHIPSHAPE_INDEX_USERNAME",
    "SHIPSHAPE_INDEX_PASSWORD",
    "SHIPSHAPE_UPLOAD_USERNAME",
    "SHIPSHAPE_UPLOAD_PASSWORD",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITHUB_ACTIONS",
    "GITHUB_EVENT_PATH",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "PYPI_ID_TOKEN",
    "TESTPYPI_ID_TOKEN",
    "SHIPSHAPE_ID_TOKEN",
    "SHIPSHAPE_REGISTRY",
    "SHIPSHAPE_REGISTRY_USERNAME",
    "SHIPSHAPE_REGISTRY_PASSWORD",
    "GH_HOST",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_CONFIG_DIR",
    "TEMPLATE_DISPATCH_TOKEN",
    "SHIPSHAPE_APP_ID",
    "SHIPSHAPE_APP_INSTALLATION",
    "SHIPSHAPE_APP_KEY_FILE",
    "SHIPSHAPE_FLEET",
    "SHIPSHAPE_FORGE",
    "SHIPSHAPE_FORGE_CLOCK",
    "SHIPSHAPE_SERVE_TOKEN",
    "SHIPSHAPE_WEBHOOK_SECRET",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "GHCR_USER",
    "GHCR_TOKEN",
    "DOCKER_CONFIG",
    "REGISTRY_AUTH_FILE",
    "DOCKER_HOST",
    "CONTAINER_HOST",
    "DBUS_SESSION_BUS_ADDRESS",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
];

/// The longest name of a file in bytes, on the file systems that are in use.
const LONGEST_NAME: usize = 255;

/// Whether a value that should be a path is the content of a file: a line end, the beginning of a key (in Base64 too) or a
/// longer name than files have is in no path.
#[must_use]
pub fn is_content(value: &str) -> bool {
    value.trim().contains(['\n', '\r'])
        || ["-----BEGIN", "LS0tLS1CRUdJT"].iter().any(|begin| value.contains(begin))
        || value.split(std::path::is_separator).any(|name| name.len() > LONGEST_NAME)
}

/// The length from which a word without a separator and a dot is more likely a token than the name of a file.
const TOKEN: usize = 20;

/// The length from which Base64 is more likely a line of a key than a path; a line of PEM has 64 characters.
const LINE: usize = 40;

/// Whether a value that should be a path, and at which there is no file, may be a secret that was put there: a token, a
/// client secret, a line of a key. Such a value is not shown. A path that looks like one is not shown either, which
/// costs less than a secret in a log.
#[must_use]
pub fn may_be_secret(value: &str) -> bool {
    let value = value.trim();
    if Path::new(value).exists() {
        return false;
    }
    let is_word = value.len() >= TOKEN && !value.contains(['.', '/', '\\', ' ']);
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
    let is_line = value.len() >= LINE
        && value.bytes().all(is_base64)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase);
    is_word || is_line || masked(value) != value
}

/// Who named a server that is to receive a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// The user, by the command line, the environment, or a manifest that one of them names; or nobody, so that the
    /// default applies.
    User,
    /// A manifest that was discovered. Anyone may have written it, so secrets from the environment are not sent to the
    /// servers it names.
    FoundManifest,
}

/// The variables as they were when the program started.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<&'static str, String>);

/// Shows only names, since values may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// Reads the variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let handed_on = FOR_PROGRAMS.iter().filter_map(|name| Some((*name, variable(name)?)));
        let is_set = |text: &String| !text.trim().is_empty();
        let ours = FOR_US.iter().filter_map(|name| Some((*name, variable(name).filter(is_set)?)));
        Self(handed_on.chain(ours).collect())
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The file that a variable names. Every variable whose value is the path of a file with a secret is read through
    /// this, so that a secret that was put there itself is never shown as a path.
    ///
    /// # Errors
    /// When the value is the content of a file, or may be and names no file: it is not repeated.
    pub fn secret_file(&self, name: &str) -> Result<Option<PathBuf>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        if is_content(value) {
            let what = format!("{name} holds the secret itself, not the path of its file");
            return Err(Error::usage(what).hint(format!(
                "write it to a file that only you can read, and set {name} to the path of that file"
            )));
        }
        if may_be_secret(value) {
            return Err(Self::names_no_file(name));
        }
        Ok(Some(PathBuf::from(value)))
    }

    /// The error for a variable that names a file which does not exist, and whose value may be a secret.
    #[must_use]
    pub fn names_no_file(name: &str) -> Error {
        Error::usage(format!("{name} is not the path of a file")).hint(format!(
            "its value is not shown, since it may be a secret: set {name} to the path of a file"
        ))
    }

    /// The variables for other programs. A proxy's address may contain a password, which installers need.
    #[must_use]
    pub fn for_programs(&self) -> BTreeMap<OsString, OsString> {
        let given = FOR_PROGRAMS.iter().filter_map(|name| Some((*name, self.0.get(name)?)));
        given.map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// The variables for untrusted code: where programs are, and the locale.
    #[must_use]
    pub fn for_strangers(&self) -> BTreeMap<OsString, OsString> {
        let open = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT"];
        let given = open.iter().filter_map(|name| Some((*name, self.0.get(name)?)));
        given.map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// The folder for persistent state: `$XDG_STATE_HOME/shipshape`, or `~/.local/state/shipshape`.
    #[must_use]
    pub fn state_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_STATE_HOME", ".local/state")
    }

    /// The folder for caches: `$XDG_CACHE_HOME/shipshape`, or `~/.cache/shipshape`.
    #[must_use]
    pub fn cache_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_CACHE_HOME", ".cache")
    }

    fn folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let absolute =
            |name: &str| self.get(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let base = absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)))?;
        Some(base.join("shipshape"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment::read(|name| match name {
            "PATH" => Some("/bin".to_owned()),
            "HOME" => Some("/home/me".to_owned()),
            "XDG_CACHE_HOME" => Some("relative".to_owned()),
            _ => Some("hunter2".to_owned()),
        })
    }

    #[test]
    fn secrets_go_to_no_program_and_into_no_message() {
        let environment = environment();
        assert_eq!(environment.get("SHIPSHAPE_INDEX_PASSWORD"), Some("hunter2"));
        assert_eq!(environment.get("AWS_SECRET_ACCESS_KEY"), None);
        let given = environment.for_programs();
        for kept in ["SHIPSHAPE", "GH_", "GITHUB_", "ACTIONS_", "PYPI_", "TESTPYPI_"] {
            assert!(!given.keys().any(|name| name.to_string_lossy().starts_with(kept)), "{kept}");
        }
        assert!(!environment.for_strangers().contains_key(&OsString::from("HOME")));
        assert!(!format!("{environment:?}").contains("hunter2"));
    }

    #[test]
    fn an_empty_variable_of_ours_is_not_set() {
        let environment = Environment::read(|name| match name {
            "SHIPSHAPE_INDEX_PASSWORD" => Some(" ".to_owned()),
            "GH_TOKEN" | "PATH" => Some(String::new()),
            _ => None,
        });
        assert_eq!(environment.get("SHIPSHAPE_INDEX_PASSWORD"), None);
        assert_eq!(environment.get("GH_TOKEN"), None);
        // To a program an empty search path is another thing than none.
        assert_eq!(environment.get("PATH"), Some(""));
    }

    #[test]
    fn caches_are_where_the_user_has_them() {
        assert_eq!(environment().cache_folder(), Some(PathBuf::from("/home/me/.cache/shipshape")));
        let given = Environment::read(|name| (name == "XDG_CACHE_HOME").then(|| "/c".to_owned()));
        assert_eq!(given.cache_folder(), Some(PathBuf::from("/c/shipshape")));
        assert_eq!(Environment::default().cache_folder(), None);
        let given = Environment::read(|name| (name == "HOME").then(|| "/h".to_owned()));
        assert_eq!(given.state_folder(), Some(PathBuf::from("/h/.local/state/shipshape")));
    }

    #[test]
    fn a_key_where_its_path_belongs_is_not_repeated() {
        const NAME: &str = "SHIPSHAPE_APP_KEY_FILE";
        let of = |value: &'static str| {
            Environment::read(|name| (name == NAME).then(|| value.to_owned())).secret_file(NAME)
        };
        for value in ["-----BEGIN PRIVATE KEY----- hunter2", "hunter\n2", "hunter\r2"] {
            let error = of(value).expect_err("no path");
            assert!(error.message().contains(NAME) && !format!("{error:?}").contains("hunter"));
        }
        // A client secret, a token, a line of a key.
        for value in [
            "0123456789abcdef0123456789abcdef01234567",
            "ghp_WRITERwriterWRITERwriterWRITERwriter12",
            "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun",
            "AKCAQEAu1SU1LfVLPHCoz/xH2Mo4lgOEePz/m0tRgeLezV6ffAt0g+",
        ] {
            let error = of(value).expect_err("no path");
            assert!(error.message().contains(NAME) && !format!("{error:?}").contains(value));
        }
        for path in
            ["a b/key.pem\n", "/run/secrets/shipshape-app-key-of-acme", "app-key", "~/app.pem"]
        {
            assert_eq!(of(path).expect("a path"), Some(PathBuf::from(path)));
        }
        assert_eq!(of(" ").expect("unset"), None);
    }
}
