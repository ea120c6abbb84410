//! SHP105: what a container starts reaches the demanded program.

use crate::checks::dockerfile::build_context::{BuildContext, Presence};
use crate::checks::dockerfile::image_files::{Held, ImageFiles};
use crate::checks::dockerfile::made_files::MadeFiles;
use crate::checks::dockerfile::{Judged, judged};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::dockerfile::{Action, CommandLine, Instruction, StageView};
use crate::source::shell::{self, By, Entry, Reach, ScriptSource};

/// How many scripts an entrypoint is followed through.
const MAX_SCRIPTS: usize = 16;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP105",
    id: "docker-entrypoint",
    severity: Severity::Error,
    summary: "The effective entrypoint runs the program that the shape demands, directly or through scripts.",
    protects: "whoever runs the image: its containers otherwise start something else or end at once.",
    details: "Demanded by `entrypoint` of a Dockerfile in the shape pack. The last ENTRYPOINT counts, with the \
              CMD behind it, as Docker combines them. It is followed through `exec`, tini, gosu, `sh -c`, \
              absolute paths, `cd` (to `$(dirname \"$0\")` as well), and scripts of the repository that a COPY puts where they \
              are called, or a RUN with `ln`, `cp` or `install`; branches count as taken, and what follows an \
              unconditional `exec` or `exit` does not count, nor what `bash -n` only reads. A program of the base image, \
              another interpreter's script, a supervisor's own file and a name that is known only at run time cannot be \
              followed: unchecked. A name without a slash is searched for on `PATH`, not in the \
              working directory; where a RUN may have put it there, as `make install` or `pip install .` may, that is \
              unchecked.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\nENTRYPOINT [\"molecule-runtime\"]\nENTRYPOINT [\"python\", \"main.py\"]",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nENTRYPOINT [\"sh\", \"-c\", \"exec molecule-runtime\"]",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerEntrypoint;

impl Check for DockerEntrypoint {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if let Some(program) = &judged.demand.entrypoint {
                let context = judged.context(repository);
                findings.extend(decide(&judged, &context, program));
            }
        }
    }
}

fn decide(judged: &Judged<'_>, context: &BuildContext<'_, '_>, program: &str) -> Option<Finding> {
    let view = judged.view();
    let files = ImageFiles { view, context };
    let help = format!("let it end in `{program}`, or write `ENTRYPOINT [\"{program}\"]`");
    let Some(entry) = view.entry() else {
        let message = format!(
            "the image starts what its base image starts, not `{program}`: it sets no ENTRYPOINT"
        );
        let finding = judged.at(&RULE, judged.last_from(), message).help(help);
        return Some(judged.pointing_at_comment(finding, &["ENTRYPOINT", program]));
    };
    let (instruction, _) = view.entrypoint().or(view.cmd())?;
    let made = MadeFiles::of(&files);
    let scripts = |called: &str, by: By| made.called(&files, called, by);
    let at = |message: String| judged.at(&RULE, instruction.span, message).help(help.clone());
    let keyword = &instruction.keyword;
    let finding = match shell::reaches(&entry, &scripts, program, MAX_SCRIPTS) {
        Reach::Yes { .. } => return None,
        Reach::Unknown { because } => {
            return Some(
                at(format!(
                    "whether the {keyword} runs `{program}` cannot be determined: {because}"
                ))
                .unchecked(),
            );
        }
        Reach::No { because } => match opaque(&files, &entry) {
            Some(why) => {
                let message =
                    format!("whether the {keyword} runs `{program}` cannot be determined: {why}");
                return Some(at(message).unchecked());
            }
            None => at(format!("the {keyword} does not run `{program}`: {because}")),
        },
    };
    match replaced(judged, &scripts, program, instruction) {
        Some(earlier) => {
            Some(finding.related(judged.place(earlier), "this one would, but is replaced"))
        }
        None => Some(judged.pointing_at_comment(finding, &["ENTRYPOINT", program])),
    }
}

/// Why a program called by its path cannot be inspected: the repository does not have it, or only behind something
/// that cannot be followed.
fn opaque(files: &ImageFiles<'_, '_, '_, '_>, entry: &Entry) -> Option<String> {
    let Entry::Exec(words) = entry else { return None };
    let first = words.first()?;
    let folder = first.rsplit_once('/').map(|(folder, _)| folder)?;
    // Programs in these folders are what their names say.
    if ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
        .contains(&folder)
        && !matches!(files.at(first, usize::MAX), Held::Unknown(_))
    {
        return None;
    }
    let place = files.places_of_program(first, usize::MAX).into_iter().next()?;
    match files.at(&place, usize::MAX) {
        Held::File(_) | Held::Inline(_) | Held::Excluded(_) => None,
        Held::Unknown(why) => Some(format!("of `{first}`, {why}")),
        Held::Nothing if copies_to(files, &place) => None,
        Held::Nothing => Some(match copied_elsewhere(files, first) {
            Some((file, destination)) => {
                format!(
                    "nothing that is known is at `{first}`: `{file}` is copied to `{destination}`"
                )
            }
            None => format!("`{first}` is not a file of the repository"),
        }),
    }
}

/// The file of the same name that a COPY puts at another path, and that path.
fn copied_elsewhere(files: &ImageFiles<'_, '_, '_, '_>, place: &str) -> Option<(String, String)> {
    let name = shell::basename(place);
    let mut named = files.context.below("").filter(|file| file.file_name() == name);
    named.find_map(|file| {
        let (destination, _) = files.destinations_of(file.as_str()).pop()?;
        Some((file.to_string(), destination))
    })
}

/// Whether a COPY names a file for this path that the repository does not have.
fn copies_to(files: &ImageFiles<'_, '_, '_, '_>, place: &str) -> bool {
    let candidates = files.view.context_paths_of(place);
    let copied = files.view.copied();
    candidates.iter().any(|candidate| {
        copied.iter().any(|copied| copied.source == *candidate)
            && files.context.find(candidate) == Presence::Nothing
    })
}

/// An earlier ENTRYPOINT that reaches the program.
fn replaced(
    judged: &Judged<'_>,
    scripts: &ScriptSource<'_>,
    program: &str,
    last: &Instruction,
) -> Option<crate::source::Span> {
    let view: StageView<'_> = judged.view();
    let earlier = view.instructions().filter(|instruction| instruction.span.end <= last.span.start);
    let mut reaching = earlier.filter(|instruction| {
        let Action::Entrypoint(command) = &instruction.action else { return false };
        let entry = match command {
            CommandLine::Exec(words) => {
                Entry::Exec(words.iter().map(|word| word.value.clone()).collect())
            }
            CommandLine::Shell(text) => Entry::Shell(text.as_str().to_owned()),
        };
        matches!(shell::reaches(&entry, scripts, program, MAX_SCRIPTS), Reach::Yes { .. })
    });
    reaching.next_back().map(|instruction| instruction.span)
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn case(body: &str) -> Case {
        Case::conformant()
            .file("Dockerfile", format!("FROM python:3.11-slim\nWORKDIR /app\n{body}\n"))
            .file("start.sh", "#!/bin/bash\nset -e\nexec gosu agent molecule-runtime \"$@\"\n")
            .file(
                "entry.sh",
                "#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")\"\nexec ./start.sh \"$@\"\n",
            )
            .file("other.sh", "#!/bin/sh\nexec sleep infinity\nmolecule-runtime\n")
    }

    fn said(body: &str) -> String {
        case(body).said("docker-entrypoint")
    }

    #[test]
    fn every_way_to_the_program_passes() {
        assert_eq!(Case::conformant().said("docker-entrypoint"), "");
        for body in [
            "ENTRYPOINT [\"tini\", \"--\", \"/usr/local/bin/molecule-runtime\"]",
            "ENTRYPOINT exec molecule-runtime",
            "ENTRYPOINT [\"sh\", \"-c\", \"exec molecule-runtime\"]",
            "ENTRYPOINT [\"gosu\", \"agent\"]\nCMD [\"molecule-runtime\"]",
            "CMD molecule-runtime",
            "COPY start.sh /entrypoint.sh\nENTRYPOINT [\"/entrypoint.sh\"]",
            "COPY . .\nENTRYPOINT [\"./start.sh\"]",
            "COPY . .\nENTRYPOINT [\"bash\", \"-euo\", \"pipefail\", \"start.sh\"]",
            "COPY *.sh /usr/local/bin/\nENTRYPOINT [\"start.sh\"]",
            "COPY <<E /go\nexec molecule-runtime\nE\nENTRYPOINT [\"/go\"]",
            "COPY start.sh /opt/\nENTRYPOINT [\"sh\", \"-c\", \"cd /opt && ./start.sh\"]",
            "COPY start.sh bin/\nENTRYPOINT cd bin; exec bash start.sh",
            "COPY start.sh .\nRUN ln -s /app/start.sh /usr/local/bin/go\nENTRYPOINT [\"go\"]",
            "COPY start.sh .\nRUN ln -s /app/start.sh /usr/local/bin\nENTRYPOINT [\"start.sh\"]",
            "COPY start.sh /opt/\nRUN cd /usr/local/bin && ln -sf ../../../opt/start.sh go\nENTRYPOINT [\"go\"]",
            "COPY start.sh .\nRUN cp start.sh /opt/go && chmod +x /opt/go\nENTRYPOINT [\"/opt/go\"]",
            "COPY start.sh /tmp/\nRUN install -m 0755 /tmp/start.sh /usr/local/bin/\nENTRYPOINT [\"start.sh\"]",
            "COPY entry.sh start.sh /opt/\nENTRYPOINT [\"/opt/entry.sh\"]",
            "COPY entry.sh start.sh bin/\nENTRYPOINT [\"sh\", \"bin/entry.sh\"]",
            "ENTRYPOINT [\"python\"]\nENTRYPOINT [\"molecule-runtime\"]",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    #[test]
    fn what_starts_something_else_fails() {
        assert_eq!(
            said("ENTRYPOINT [\"molecule-runtime\"]\nENTRYPOINT [\"python\", \"main.py\"]"),
            "Dockerfile:4:1: the ENTRYPOINT does not run `molecule-runtime`: it ends in `python`\n"
        );
        assert_eq!(
            said("# ENTRYPOINT [\"molecule-runtime\"]"),
            "Dockerfile:1:1: the image starts what its base image starts, not `molecule-runtime`: it sets no ENTRYPOINT\n"
        );
        assert!(said("COPY other.sh /e.sh\nENTRYPOINT [\"/e.sh\"]").contains("does not run"));
        assert!(said("ENTRYPOINT [\"molecule-runtime-extras\"]").contains("does not run"));
        assert!(said("ENTRYPOINT [\"echo\", \"molecule-runtime\"]").contains("does not run"));
        assert!(said("ENTRYPOINT python\nCMD [\"molecule-runtime\"]").contains("does not run"));
        let alone = said("COPY entry.sh /opt/\nENTRYPOINT [\"/opt/entry.sh\"]");
        assert!(alone.contains("does not run"), "{alone}");
        let linked =
            said("COPY other.sh /o.sh\nRUN ln -s /o.sh /usr/local/bin/go\nENTRYPOINT [\"go\"]");
        assert!(linked.contains("does not run"), "{linked}");
        assert!(said("COPY gone.sh /e.sh\nENTRYPOINT [\"/e.sh\"]").contains("does not run"));
    }

    #[test]
    fn a_name_is_searched_for_on_path_and_not_in_the_working_directory() {
        let copied = "COPY start.sh ./\nRUN chmod +x start.sh\n";
        for start in ["ENTRYPOINT [\"start.sh\"]", "ENTRYPOINT start.sh", "CMD [\"start.sh\"]"] {
            let found = said(&format!("{copied}{start}"));
            assert!(found.contains("is at `/app/start.sh`: write `/app/start.sh`"), "{found}");
        }
        for run in [
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*",
            "RUN pip install --no-cache-dir 'molecule-ai-workspace-runtime>=1'",
            "COPY <<E r.txt\nrequests==2\nE\nRUN pip install -r r.txt",
            "RUN useradd -u 1000 agent && mkdir /data",
        ] {
            let found = said(&format!("{copied}{run}\nENTRYPOINT [\"start.sh\"]"));
            assert!(found.ends_with("write `/app/start.sh`\n"), "{run}: {found}");
        }
        for body in [
            "ENV PATH=/app:$PATH\nENTRYPOINT [\"start.sh\"]",
            "ENV PATH=\"/x:/app\"\nENTRYPOINT [\"start.sh\"]",
            "ENTRYPOINT [\"bash\", \"start.sh\"]",
            "ENTRYPOINT [\"./start.sh\"]",
        ] {
            assert_eq!(said(&format!("{copied}{body}")), "", "{body}");
        }
        for body in [
            "RUN mv *.sh /usr/local/bin/\nENTRYPOINT [\"start.sh\"]",
            "COPY --from=build /bin /usr/local/bin\nENTRYPOINT [\"start.sh\"]",
            "ENV PATH=$HOME/bin:$PATH\nENTRYPOINT [\"start.sh\"]",
            "COPY start.sh docker-entrypoint.sh\nENTRYPOINT [\"docker-entrypoint.sh\"]",
            "RUN make install\nENTRYPOINT [\"start.sh\"]",
            "RUN pip install .\nENTRYPOINT [\"start.sh\"]",
            "RUN python setup.py install\nENTRYPOINT [\"start.sh\"]",
            "RUN sh install.sh\nENTRYPOINT [\"start.sh\"]",
            "RUN for f in *.sh; do install $f /usr/local/bin; done\nENTRYPOINT [\"start.sh\"]",
            "RUN for f in *.sh; do cat $f >$TO/$f; done\nENTRYPOINT [\"start.sh\"]",
            "COPY <<E r.txt\n-e .\nE\nRUN pip install -r r.txt\nENTRYPOINT [\"start.sh\"]",
            "RUN pip install -r gone.txt\nENTRYPOINT [\"start.sh\"]",
            "FROM acme/base\nCOPY start.sh .\nENTRYPOINT [\"start.sh\"]",
        ] {
            let found = said(&format!("{copied}{body}"));
            assert!(found.ends_with("(unchecked)\n"), "{body}: {found}");
        }
    }

    #[test]
    fn a_script_that_is_copied_elsewhere_is_told_with_its_place() {
        assert_eq!(
            said("COPY start.sh ./\nENTRYPOINT [\"/start.sh\"]"),
            "Dockerfile:4:1: whether the ENTRYPOINT runs `molecule-runtime` cannot be determined: nothing that is known is \
             at `/start.sh`: `start.sh` is copied to `/app/start.sh` (unchecked)\n"
        );
    }

    #[test]
    fn a_script_that_cannot_be_read_is_unchecked() {
        let case = case("COPY . .\nENTRYPOINT [\"./start.sh\"]");
        let found =
            case.file("start.sh", b"# \xe9\nexec molecule-runtime\n").said("docker-entrypoint");
        assert!(found.ends_with("`start.sh` cannot be read (unchecked)\n"), "{found}");
    }

    #[test]
    fn it_points_at_the_entrypoint_that_is_replaced() {
        let case = case("ENTRYPOINT [\"molecule-runtime\"]\nENTRYPOINT [\"python\"]");
        let related = &case.findings("docker-entrypoint")[0].related;
        assert_eq!(related[0].1, "this one would, but is replaced");
    }

    #[test]
    fn what_cannot_be_followed_is_unchecked() {
        for body in [
            "ENTRYPOINT [\"/init\"]",
            "RUN echo 'exec molecule-runtime' >/usr/local/bin/go\nENTRYPOINT [\"go\"]",
            "RUN curl -fsSLo /usr/local/bin/go https://x.test/go\nENTRYPOINT [\"/usr/local/bin/go\"]",
            "ENTRYPOINT [\"python\", \"-m\", \"molecule_runtime\"]",
            "ENTRYPOINT [\"supervisord\", \"-n\"]",
            "COPY --from=build /start /start\nENTRYPOINT [\"/start\"]",
            "ENTRYPOINT [\"sh\", \"-c\", \"exec $PROGRAM\"]",
            "ENTRYPOINT [\"honcho\", \"molecule-runtime\"]",
        ] {
            assert!(said(body).ends_with("(unchecked)\n"), "{body}: {}", said(body));
        }
    }
}
