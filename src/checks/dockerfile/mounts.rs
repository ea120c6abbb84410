//! What the mounts of a `RUN` put at a path.

use crate::checks::dockerfile::build_context::normal;
use crate::checks::dockerfile::image_files::{absolute, below, join};
use crate::source::dockerfile::{Mount, Run};

/// What a `RUN` finds at a path because of its mounts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mounted {
    /// A file of the build context, by its path there.
    File(String),
    /// What only the build knows, and why: words that continue "`PATH` …".
    Unknown(String),
    /// What the image has there.
    Nothing,
}

/// What the mounts of a `RUN` put at an absolute path. The innermost counts, as it hides what others have there.
pub(super) fn mounted(run: &Run, workdir: Option<&str>, path: &str) -> Mounted {
    let covering = run.mounts().filter_map(|mount| covering(mount, workdir, path));
    covering.max_by_key(|(length, _)| *length).map_or(Mounted::Nothing, |(_, mounted)| mounted)
}

/// What a mount puts at the path, after the length of its target, by which the innermost is found; `None` if the path
/// is not below it. A target that is not known may be any.
fn covering(mount: Mount<'_>, workdir: Option<&str>, path: &str) -> Option<(usize, Mounted)> {
    let target = match mount.target() {
        Some(target) => target.to_owned(),
        None if mount.kind() == "secret" => format!("/run/secrets/{}", mount.id()?),
        None => return None,
    };
    let Some(target) = absolute(workdir, &target).filter(|target| !target.contains('$')) else {
        return Some((usize::MAX, Mounted::Unknown("may be in a mount".to_owned())));
    };
    let inside = below(&target, path)?;
    let source = mount.source().unwrap_or_default();
    let mounted = match (mount.kind(), mount.origin()) {
        ("bind", None) if source.contains('$') => {
            Mounted::Unknown(format!("is mounted from `{source}`, which is not known"))
        }
        ("bind", None) => Mounted::File(normal(&join(source, inside))),
        ("bind", Some(from)) => Mounted::Unknown(format!("is mounted from `{from}`")),
        (kind, _) => Mounted::Unknown(format!("is in a mount of type `{kind}`")),
    };
    Some((target.len(), mounted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_app(mount: &str, path: &str) -> Mounted {
        let mounted = covering(Mount::new(mount), Some("/app"), path);
        mounted.map_or(Mounted::Nothing, |(_, mounted)| mounted)
    }

    #[test]
    fn a_bind_mount_has_files_of_the_context() {
        for (mount, path, file) in [
            ("type=bind,source=a/r.txt,target=r.txt", "/app/r.txt", "a/r.txt"),
            ("source=r.txt,dst=/r.txt", "/r.txt", "r.txt"),
            ("type=bind,target=.", "/app/a/r.txt", "a/r.txt"),
            ("type=bind,target=/", "/r.txt", "r.txt"),
            ("type=bind,src=a,destination=/src,rw", "/src/r.txt", "a/r.txt"),
        ] {
            assert_eq!(at_app(mount, path), Mounted::File(file.to_owned()), "{mount}");
        }
    }

    #[test]
    fn what_another_mount_has_is_not_known() {
        for (mount, path) in [
            ("type=bind,from=build,source=/r.txt,target=/app/r.txt", "/app/r.txt"),
            ("type=bind,from=build,source=/,target=/app", "/app/r.txt"),
            ("from=build,target=.", "/app/r.txt"),
            ("type=cache,target=/app", "/app/r.txt"),
            ("type=secret,id=r,target=/app/r.txt", "/app/r.txt"),
            ("type=secret,id=r", "/run/secrets/r"),
            ("type=bind,target=$TO", "/app/r.txt"),
            ("type=bind,source=$FROM,target=/app", "/app/r.txt"),
        ] {
            let mounted = at_app(mount, path);
            assert!(matches!(mounted, Mounted::Unknown(_)), "{mount}: {mounted:?}");
        }
        for mount in ["type=cache,target=/app/.cache", "type=ssh", "from=uv,source=/uv,target=/uv"]
        {
            assert_eq!(at_app(mount, "/app/r.txt"), Mounted::Nothing, "{mount}");
        }
    }
}
