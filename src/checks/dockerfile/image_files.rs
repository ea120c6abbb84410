//! What a stage of a Dockerfile has at a path, as far as the repository shows.
//!
//! Files that come from the base image or that commands create are not known here.

use crate::checks::dockerfile::build_context::{BuildContext, Presence, is_pattern, normal};
use crate::checks::dockerfile::search_path::{PROGRAM_FOLDERS, SearchPath};
use crate::source::dockerfile::{Action, Copy, StageView};
use crate::source::shell::{By, Called};
use crate::source::{Span, Text};

/// The files of one stage.
#[derive(Clone, Copy)]
pub(in crate::checks) struct ImageFiles<'d, 'c, 'r, 'a> {
    pub(in crate::checks) view: StageView<'d>,
    pub(in crate::checks) context: &'c BuildContext<'r, 'a>,
}

/// What is at a path of the image.
#[derive(Debug)]
pub(in crate::checks) enum Held {
    /// A file of the repository, by its path there.
    File(String),
    /// A file that the Dockerfile itself writes.
    Inline(Text),
    /// A file of the repository would be there, but `.dockerignore` excludes it.
    Excluded(String),
    /// Nothing that comes from the repository.
    Nothing,
    /// Unknown, and why.
    Unknown(String),
}

impl<'d> ImageFiles<'d, '_, '_, '_> {
    /// What is at an absolute path, considering the instructions before an offset in the Dockerfile.
    pub(in crate::checks) fn at(&self, path: &str, before: usize) -> Held {
        let mut otherwise = Held::Nothing;
        let copies: Vec<_> =
            self.view.copies().filter(|(instruction, _)| instruction.span.end <= before).collect();
        for (_, copy) in copies.into_iter().rev() {
            match self.copied_to(copy, path) {
                Held::Nothing => {}
                held @ (Held::File(_) | Held::Inline(_)) => return held,
                held => {
                    if matches!(otherwise, Held::Nothing) {
                        otherwise = held;
                    }
                }
            }
        }
        otherwise
    }

    fn copied_to(&self, copy: &Copy, path: &str) -> Held {
        let Some(destination) = copy.absolute.as_deref() else {
            return Held::Unknown(format!(
                "the location of `{}` is not known",
                copy.destination.raw
            ));
        };
        for heredoc in &copy.heredocs {
            let name = if copy.into_folder {
                join(destination, &heredoc.name)
            } else {
                destination.to_owned()
            };
            if name == path {
                return Held::Inline(Text::new(heredoc.body.as_str()));
            }
        }
        let Some(inside) = below(destination, path) else { return Held::Nothing };
        if let Some(from) = &copy.from {
            return Held::Unknown(format!("it may come from `{}`", from.raw));
        }
        let mut otherwise = Held::Nothing;
        for source in &copy.sources {
            let Some(text) = source.text.as_deref() else {
                otherwise = Held::Unknown(format!("the value of `{}` is not known", source.raw));
                continue;
            };
            if copy.add && (is_remote(text) || is_archive(text)) {
                otherwise = Held::Unknown(format!("it may come from `{text}`"));
                continue;
            }
            let named =
                if is_pattern(text) { self.context.matching(text) } else { vec![normal(text)] };
            for name in named {
                let found = self.source_at(&name, inside, copy.into_folder);
                match found {
                    Held::Nothing => {}
                    held @ (Held::File(_) | Held::Inline(_)) => return held,
                    held => otherwise = held,
                }
            }
        }
        otherwise
    }

    /// What a source brings to the path `inside` its destination, which is empty for the destination itself.
    fn source_at(&self, source: &str, inside: &str, into_folder: bool) -> Held {
        let wanted = match self.context.find(source) {
            Presence::File(_) => {
                let name = source.rsplit('/').next().unwrap_or(source);
                // A destination without a trailing slash may still be a folder in the base image.
                let lands =
                    if into_folder { inside == name } else { inside.is_empty() || inside == name };
                if !lands {
                    return Held::Nothing;
                }
                source.to_owned()
            }
            Presence::Folder(_) if inside.is_empty() => return Held::Nothing,
            Presence::Folder(_) => normal(&format!("{source}/{inside}")),
            Presence::Nothing => return Held::Nothing,
            Presence::Unknown(why) => return Held::Unknown(why),
        };
        match self.context.find(&wanted) {
            Presence::File(_) if self.context.excluded(&wanted).is_some() => Held::Excluded(wanted),
            Presence::File(real) => Held::File(real),
            Presence::Folder(_) | Presence::Nothing => Held::Nothing,
            Presence::Unknown(why) => Held::Unknown(why),
        }
    }

    /// The paths that a file of the repository is copied to.
    pub(in crate::checks) fn destinations_of(&self, file: &str) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        for (instruction, copy) in self.view.copies().filter(|(_, copy)| copy.from.is_none()) {
            let Some(destination) = copy.absolute.as_deref() else { continue };
            for text in copy.sources.iter().filter_map(|source| source.text.as_deref()) {
                let named =
                    if is_pattern(text) { self.context.matching(text) } else { vec![normal(text)] };
                for name in named {
                    let landing = match self.context.find(&name) {
                        Presence::File(real) if real == file => {
                            let own = name.rsplit('/').next().unwrap_or(&name);
                            Some(if copy.into_folder {
                                join(destination, own)
                            } else {
                                destination.to_owned()
                            })
                        }
                        Presence::Folder(real) if real.is_empty() => Some(join(destination, file)),
                        Presence::Folder(real) => file
                            .strip_prefix(&real)
                            .and_then(|rest| rest.strip_prefix('/'))
                            .map(|rest| join(destination, rest)),
                        _ => None,
                    };
                    found.extend(landing.map(|landing| (landing, instruction.span)));
                }
            }
        }
        found
    }

    /// The script at a path, considering the instructions before an offset; `None` if no file is known to be there.
    fn script_at(&self, path: &str, before: usize) -> Option<Called> {
        match self.at(path, before) {
            Held::File(file) => Some(self.script_of(&file)),
            Held::Inline(text) => Some(Called::Script(text)),
            Held::Excluded(_) | Held::Nothing | Held::Unknown(_) => None,
        }
    }

    /// A file of the repository as a script.
    pub(in crate::checks) fn script_of(&self, file: &str) -> Called {
        match self.context.text(file) {
            Some(text) => Called::Script(text),
            None => Called::Unknown(format!("`{file}` cannot be read")),
        }
    }

    /// The working directory before an offset; `None` if it is not known.
    pub(in crate::checks) fn workdir_at(&self, before: usize) -> Option<&'d str> {
        let instructions = self.view.instructions().rev();
        let mut earlier = instructions.filter(|instruction| instruction.span.end <= before);
        let set = earlier.find_map(|instruction| match &instruction.action {
            Action::Workdir(_, absolute) => Some(absolute.as_deref()),
            _ => None,
        });
        set.unwrap_or(Some("/"))
    }

    /// Where a program called by this name or path may be, most likely first.
    pub(in crate::checks) fn places_of_program(&self, called: &str, before: usize) -> Vec<String> {
        let workdir = self.workdir_at(before);
        if called.contains('/') {
            return absolute(workdir, called).into_iter().collect();
        }
        let mut places = self.places_on_path(called);
        // `sh script` also looks in the working directory.
        places.extend(absolute(workdir, called));
        places
    }

    fn places_on_path(&self, name: &str) -> Vec<String> {
        let path = self.view.environment().get("PATH").map(|pair| pair.value.raw.clone());
        let path = path.unwrap_or_default();
        let folders = path.trim_matches('"').split(':').filter(|folder| folder.starts_with('/'));
        folders.chain(PROGRAM_FOLDERS).map(|folder| join(folder, name)).collect()
    }

    /// What is run under a name or path, considering the whole stage.
    pub(in crate::checks) fn called(&self, called: &str, by: By) -> Called {
        let held = |place: &String| self.script_at(place, usize::MAX);
        let places = self.places_of_program(called, usize::MAX);
        if called.contains('/') || by == By::Shell {
            return places.iter().find_map(held).unwrap_or(Called::Nothing);
        }
        let path = SearchPath::of(self.view);
        let on_path: Vec<String> = path.folders.iter().map(|folder| join(folder, called)).collect();
        if let Some(found) = on_path.iter().find_map(held) {
            return found;
        }
        let here = absolute(self.workdir_at(usize::MAX), called);
        let Some(here) = here.filter(|here| held(here).is_some()) else { return Called::Nothing };
        let may_come = |place: &String| matches!(self.at(place, usize::MAX), Held::Unknown(_));
        if !path.is_known || on_path.iter().any(may_come) || path.may_get(self, called) {
            return Called::Unknown(format!("whether `{here}` is found on PATH is not known"));
        }
        Called::NotOnPath(here)
    }

    /// The script that a RUN runs under a name or path, considering the instructions before an offset: at this path, or
    /// on `PATH` if it is a name.
    pub(in crate::checks) fn script(&self, called: &str, path: &str, before: usize) -> Called {
        let mut places = vec![path.to_owned()];
        if !called.contains('/') {
            places.extend(self.places_on_path(called));
        }
        places.iter().find_map(|place| self.script_at(place, before)).unwrap_or(Called::Nothing)
    }
}

/// Whether a stage is built from one of Docker's own images, which set no unusual `PATH` and bring no files of others.
pub(in crate::checks) fn is_of_docker(view: StageView<'_>) -> bool {
    view.base_image().is_some_and(|image| image.repository.starts_with("docker.io/library/"))
}

/// Joins a name to a folder.
pub(in crate::checks) fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// A path relative to a folder, made absolute; `None` if that needs a folder that is not known.
pub(in crate::checks) fn absolute(folder: Option<&str>, path: &str) -> Option<String> {
    let whole = if path.starts_with('/') { path.to_owned() } else { join(folder?, path) };
    Some(format!("/{}", normal(&whole)))
}

/// The rest of a path below a folder; empty for the folder itself.
pub(super) fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Whether `ADD` downloads the source.
pub(in crate::checks) fn is_remote(source: &str) -> bool {
    source.contains("://") || source.starts_with("git@")
}

/// Whether `ADD` unpacks the source, judging by its name.
pub(in crate::checks) fn is_archive(source: &str) -> bool {
    [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst"]
        .iter()
        .any(|end| source.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::Case;

    fn at(dockerfile: &str, path: &str) -> String {
        let case = Case::with_shape("")
            .file("Dockerfile", format!("FROM a\n{dockerfile}\n"))
            .file("start.sh", "")
            .file("pkg/__init__.py", "")
            .file("pkg/deep/x.py", "");
        case.judged(|repository| {
            let context = BuildContext::of(repository, "Dockerfile");
            let file = repository.dockerfile("Dockerfile").expect("a Dockerfile");
            let files = ImageFiles { view: file.final_stage(), context: &context };
            match files.at(path, usize::MAX) {
                Held::File(file) => file,
                Held::Inline(text) => text.as_str().to_owned(),
                other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
            }
        })
    }

    #[test]
    fn files_folders_and_patterns_land_where_docker_puts_them() {
        assert_eq!(at("COPY start.sh /go", "/go"), "start.sh");
        assert_eq!(at("COPY start.sh /go/", "/go/start.sh"), "start.sh");
        assert_eq!(at("COPY start.sh /usr/local/bin", "/usr/local/bin/start.sh"), "start.sh");
        assert_eq!(at("WORKDIR /app\nCOPY . .", "/app/pkg/deep/x.py"), "pkg/deep/x.py");
        assert_eq!(at("COPY pkg /lib/pkg", "/lib/pkg/deep/x.py"), "pkg/deep/x.py");
        assert_eq!(at("COPY pkg /lib/", "/lib/pkg/deep/x.py"), "Nothing");
        assert_eq!(at("COPY *.sh /x/", "/x/start.sh"), "start.sh");
        assert_eq!(at("COPY p* /x/", "/x/deep/x.py"), "pkg/deep/x.py");
        assert_eq!(at("COPY <<E /hello\nhi\nE", "/hello"), "hi\n");
        assert_eq!(at("COPY nothing.sh /go", "/go"), "Nothing");
    }

    #[test]
    fn what_comes_from_elsewhere_is_not_known() {
        assert_eq!(at("COPY --from=b /x /go", "/go"), "Unknown");
        assert_eq!(at("ADD root.tar.gz /", "/init"), "Unknown");
        assert_eq!(at("ARG S\nCOPY $S /go", "/go"), "Unknown");
        assert_eq!(at("COPY --from=b /x /opt", "/go"), "Nothing");
        // What is copied last counts, and what is known counts more than what may be.
        assert_eq!(at("COPY start.sh /go\nCOPY --from=b /x /", "/go"), "start.sh");
    }
}
