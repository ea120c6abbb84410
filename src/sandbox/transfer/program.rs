//! Runs git on a bare repository, and turns its output into a response.

use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;

use super::{Service, refused};
use crate::edge::process::{self, Program};
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::server::{Incoming, MAX_BODY};

/// The largest response in bytes, since it is kept in memory.
const MAX_ANSWER: usize = 1 << 30;

/// The settings of both services. Like GitHub, they serve any object of a repository, and filters.
const SETTINGS: [&str; 6] = [
    "safe.directory=*",
    "gc.auto=0",
    "receive.autogc=false",
    "transfer.fsckObjects=true",
    "uploadpack.allowFilter=true",
    "uploadpack.allowAnySHA1InWant=true",
];

/// How to run git.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) git: &'a Path,
    pub(super) repository: &'a Path,
    pub(super) service: Service,
    /// Whether it only advertises references.
    pub(super) advertised: bool,
    /// The protocol version that the client requests: `version=2`.
    pub(super) protocol: &'a str,
    /// Additional settings.
    pub(super) settings: Vec<String>,
    /// The environment variables of the hook.
    pub(super) variables: Vec<(&'static str, String)>,
    pub(super) input: Vec<u8>,
}

/// A response that is still to be read from git.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Reading {
    program: Program,
    /// The bytes before git's output.
    head: Vec<u8>,
    kind: &'static str,
}

impl Reading {
    /// Prepares git without this process's environment or any user's configuration.
    pub(super) fn new(asked: Asked<'_>) -> Self {
        let Asked { git, repository, service, advertised, protocol, settings, variables, input } =
            asked;
        let search = [git.parent().unwrap_or(git), Path::new("/usr/bin"), Path::new("/bin")];
        let mut program = Program::new(git, repository)
            .variable("PATH", std::env::join_paths(search).unwrap_or_default())
            .variable("LC_ALL", "C")
            .variable("GIT_CONFIG_NOSYSTEM", "1")
            .variable("GIT_CONFIG_GLOBAL", "/dev/null");
        for (name, value) in variables {
            program = program.variable(name, value);
        }
        program.output_bound = MAX_ANSWER;
        for setting in SETTINGS.into_iter().chain(settings.iter().map(String::as_str)) {
            program = program.arguments(["-c", setting]);
        }
        let command = service.name().trim_start_matches("git-");
        program = program.arguments([command, "--stateless-rpc"]);
        // Pushing has only one version.
        let newer = service == Service::Upload && matches!(protocol, "version=1" | "version=2");
        if newer {
            program = program.variable("GIT_PROTOCOL", protocol);
        }
        let mut head = Vec::new();
        if advertised {
            program = program.argument("--advertise-refs");
            // Version 2 begins without it.
            if !(newer && protocol == "version=2") {
                let line = format!("# service={}\n", service.name());
                head = format!("{:04x}{line}0000", line.len() + 4).into_bytes();
            }
        }
        let program = program.argument(".").input(input);
        Self { program, head, kind: kind(service, advertised) }
    }

    /// Runs git, and turns its output into a response.
    pub(in crate::sandbox) fn run(&self) -> Reply {
        let ended = match process::run(&self.program) {
            Ok(ended) if ended.succeeded() || !ended.stdout.is_empty() => ended,
            // Its error output may contain a path of this machine.
            _ => return refused(500, "git did not answer."),
        };
        let bytes = [self.head.as_slice(), &ended.stdout].concat();
        Reply { status: 200, headers: Vec::new(), body: Body::Bytes(bytes, self.kind) }
            .header("cache-control", "no-cache, max-age=0, must-revalidate")
    }
}

fn kind(service: Service, advertised: bool) -> &'static str {
    match (service, advertised) {
        (Service::Upload, true) => "application/x-git-upload-pack-advertisement",
        (Service::Upload, false) => "application/x-git-upload-pack-result",
        (Service::Receive, true) => "application/x-git-receive-pack-advertisement",
        (Service::Receive, false) => "application/x-git-receive-pack-result",
    }
}

/// Returns the body of a request, which git compresses if it is long.
pub(super) fn unpacked(incoming: &Incoming) -> Result<Vec<u8>, Reply> {
    if !matches!(incoming.encoding.as_str(), "gzip" | "x-gzip") {
        return Ok(incoming.body.clone());
    }
    let mut body = Vec::new();
    let limit = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    let read = GzDecoder::new(incoming.body.as_slice()).take(limit + 1).read_to_end(&mut body);
    match read {
        Err(_) => Err(refused(400, "The body is not gzip.")),
        Ok(_) if body.len() > MAX_BODY => Err(refused(413, "The body is too large.")),
        Ok(_) => Ok(body),
    }
}
