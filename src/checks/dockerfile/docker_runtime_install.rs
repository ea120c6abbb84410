//! SHP106: the image installs the demanded distribution.

use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::installation::{Cause, Installation, installation};
use crate::checks::dockerfile::{Judged, commands_of, judged};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::dockerfile::Action;
use crate::source::shell::pip_installs;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP106",
    id: "docker-runtime-install",
    severity: Severity::Error,
    summary: "The image installs the distribution that the shape demands.",
    protects: "everyone who starts a container: without the runtime it ends at once.",
    details: "Demanded by `installs` of a Dockerfile in the shape pack. A RUN of the image, or a script of the \
              repository that it runs, must install it with pip or `uv pip`: by name, or with `-r` from a file \
              that lists it and is copied (or mounted) before; what that file includes with `-r` counts, and \
              must be copied too. Names are compared as PEP 503 normalises them, so `…-runtime-extras` is \
              another distribution and `Acme.Runtime` is the same. A file that is \
              not there stops pip, whatever else it is told to install. What only `--dry-run` names or `pip uninstall` \
              removes again is not installed; what `--target`, `--user` or a pip that is not on PATH puts elsewhere, or an `exit` or a \
              constant such as `false &&` keeps from running, is unchecked. `uv sync`, poetry, `make` and others, \
              what a shell reads from elsewhere (`curl … | sh`), local projects, and stages whose files are \
              copied or mounted are not followed: unchecked; nor are files of caches and secrets.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\nRUN pip install molecule-ai-workspace-runtime-extras",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerRuntimeInstall;

impl Check for DockerRuntimeInstall {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if let Some(wanted) = &judged.demand.installs {
                findings.extend(decide(repository, &judged, wanted));
            }
        }
    }
}

fn decide(repository: &Repository<'_>, judged: &Judged<'_>, wanted: &str) -> Option<Finding> {
    let context = judged.context(repository);
    let files = ImageFiles { view: judged.view(), context: &context };
    let commands = commands_of(&files);
    match installation(repository, &files, &commands, wanted) {
        Installation::By(_) => None,
        Installation::Unknown { at, because } => Some(
            judged
                .at(
                    &RULE,
                    at,
                    format!("whether `{wanted}` is installed cannot be determined: {because}"),
                )
                .unchecked()
                .help(format!(
                    "name `{wanted}` in a requirements file that is copied, or in the RUN"
                )),
        ),
        Installation::Nothing { at, because, cause } => {
            let span = at.unwrap_or_else(|| judged.last_from());
            if let Some(finding) = from_another_stage(judged, wanted) {
                return Some(finding);
            }
            let message = format!("`{wanted}` is not installed: {because}");
            let help = match cause {
                Cause::Absent => {
                    "copy that file before the RUN, or correct its name: pip stops without it"
                        .to_owned()
                }
                Cause::Unnamed => {
                    format!("list `{wanted}` in the requirements file that the RUN installs")
                }
                Cause::Dry => "install it without `--dry-run`".to_owned(),
                Cause::Removed => format!("do not uninstall `{wanted}`"),
            };
            let finding = judged.at(&RULE, span, message).help(help);
            Some(judged.pointing_at_comment(finding, &["pip", wanted]))
        }
    }
}

/// The finding for a stage that installs with pip and from which the image copies: it is not known what is copied.
fn from_another_stage(judged: &Judged<'_>, wanted: &str) -> Option<Finding> {
    let sources: Vec<&str> = judged
        .view()
        .copies()
        .filter_map(|(_, copy)| copy.from.as_ref()?.text.as_deref())
        .collect();
    let (_, instruction) = judged.elsewhere().find(|(stage, instruction)| {
        let Action::Run(run) = &instruction.action else { return false };
        sources.iter().any(|source| source.eq_ignore_ascii_case(stage))
            && !pip_installs(&run.script()).is_empty()
    })?;
    let message = format!(
        "whether `{wanted}` is installed cannot be determined: another stage installs here, and what is copied from \
         it is not followed"
    );
    Some(judged.at(&RULE, instruction.span, message).unchecked())
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const FILES: &str = "COPY requirements.txt .\nRUN pip install -r requirements.txt";

    fn listed(requirements: &str) -> String {
        said(requirements, FILES)
    }

    fn said(requirements: &str, body: &str) -> String {
        Case::conformant()
            .file("requirements.txt", requirements)
            .file("deps/base.txt", "molecule_ai.workspace-Runtime\n")
            .file("install.sh", "pip install molecule-ai-workspace-runtime")
            .file("venv.sh", ". /v/bin/activate\nexec molecule-runtime\n")
            .file("bin/cd.sh", "cd \"$(dirname \"$0\")/..\" && pip install -r requirements.txt\n")
            .file("bin/named.sh", "pip install -r \"$(dirname $0)/../requirements.txt\"\n")
            .file("Dockerfile", format!("FROM python:3.11-slim\nWORKDIR /app\n{body}\n"))
            .said("docker-runtime-install")
    }

    #[test]
    fn listed_in_any_spelling_passes() {
        assert_eq!(Case::conformant().said("docker-runtime-install"), "");
        for requirements in [
            "molecule-ai-workspace-runtime>=0.1.0\n",
            "Molecule_AI.Workspace_Runtime",
            "molecule-ai-workspace-runtime[x] @ https://example.com/x.whl",
            "molecule-ai-workspace-runtime==1 \\\n --hash=sha256:00\n",
        ] {
            assert_eq!(listed(requirements), "", "{requirements}");
        }
    }

    #[test]
    fn a_name_that_contains_it_and_a_comment_fail() {
        for requirements in
            ["molecule-ai-workspace-runtime-extras", "# molecule-ai-workspace-runtime", ""]
        {
            assert_eq!(
                listed(requirements),
                "Dockerfile:4:1: `molecule-ai-workspace-runtime` is not installed: `requirements.txt` does not list it\n"
            );
        }
    }

    #[test]
    fn by_name_by_includes_by_mounts_and_by_scripts() {
        for body in [
            "RUN pip install 'molecule_ai_workspace_runtime>=1'",
            "ARG V\nRUN python3 -m pip install molecule-ai-workspace-runtime${V:+==$V}",
            "COPY . .\nRUN pip install -r requirements.txt",
            "COPY . /src/\nRUN cd /src && pip install -r requirements.txt",
            "RUN --mount=type=bind,source=deps/base.txt,target=r.txt pip install -r r.txt",
            "RUN --mount=type=bind,target=/src pip install -r /src/deps/base.txt",
            "COPY install.sh /tmp/\nRUN bash /tmp/install.sh",
            "FROM python:3.11-slim AS base\nWORKDIR /app\nONBUILD COPY . .\nONBUILD RUN pip install -r requirements.txt\nFROM base",
            "COPY . .\nRUN bin/cd.sh",
            "COPY . /src/\nRUN cd / && sh /src/bin/cd.sh",
            "COPY . /src/\nRUN sh /src/bin/named.sh",
            "COPY <<E r.txt\nmolecule-ai-workspace-runtime\nE\nRUN pip install -r r.txt",
        ] {
            assert_eq!(said("-r deps/base.txt\n", body), "", "{body}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_when_pip_runs_fails() {
        let not = "`molecule-ai-workspace-runtime` is not installed:";
        assert_eq!(
            said("-r deps/base.txt", FILES),
            format!(
                "Dockerfile:4:1: {not} `/app/deps/base.txt`, which `/app/requirements.txt` includes, is not copied \
                 before the RUN\n"
            )
        );
        assert_eq!(
            said("molecule-ai-workspace-runtime", "RUN pip install -r requirements.txt\nCOPY . ."),
            format!("Dockerfile:3:1: {not} `/app/requirements.txt` is not copied before the RUN\n")
        );
        assert_eq!(
            said("", "# RUN pip install molecule-ai-workspace-runtime"),
            format!("Dockerfile:1:1: {not} no RUN of the image installs it\n")
        );
        assert_eq!(
            said("", "RUN pip install molecule-ai-workspace-runtime\nFROM python:3.11-slim"),
            format!("Dockerfile:4:1: {not} no RUN of the image installs it\n")
        );
    }

    #[test]
    fn a_file_that_is_not_there_stops_what_installs_it_by_name_too() {
        let by_name = "molecule-ai-workspace-runtime${V:+==${V}}";
        for (before, file) in [
            ("", "requirements.txt"),
            ("COPY requirements.txt .\n", "requirement.txt"),
            ("RUN apt-get update && mkdir x\n", "requirements.txt"),
        ] {
            let found = said("", &format!("{before}RUN pip install -r {file} {by_name}\nCOPY . ."));
            let why = format!("is not installed: `/app/{file}` is not copied before the RUN\n");
            assert!(found.ends_with(&why), "{before}{file}: {found}");
        }
        let install = format!("pip install -r requirements.txt {by_name}");
        for body in [
            format!("COPY . .\nRUN {install}"),
            format!("RUN if [ -f requirements.txt ]; then {install}; fi"),
            format!("RUN echo x >requirements.txt && {install}"),
            format!("RUN git clone https://x.test/x . && {install}"),
            format!("RUN curl https://x.test/x.sh | sh\nRUN {install}"),
            format!("COPY --from=build /app /app\nRUN {install}"),
            format!("RUN --mount=type=bind,from=build,target=/app {install}"),
            format!("RUN --mount=type=cache,target=/app {install}"),
            format!("FROM acme/base\nWORKDIR /app\nRUN {install}"),
        ] {
            assert_eq!(said("", &body), "", "{body}");
        }
    }

    #[test]
    fn an_install_that_has_no_effect_does_not_count() {
        let name = "molecule-ai-workspace-runtime";
        let install = format!("pip install {name}");
        for body in [
            format!("RUN pip install -r gone.txt {name} || true"),
            format!("RUN pip install -r gone.txt {name}; true"),
            format!("RUN {install} && pip uninstall -y {name} || true"),
            format!("RUN {install} && pip uninstall {name}"),
            format!("RUN {install} && /v/bin/pip uninstall -y {name}"),
            format!("RUN {install} --target=/x"),
            format!("RUN pip install -t /x {name}"),
            format!("RUN false && {install}; true"),
            format!("RUN <<E\nexit 0\n{install}\nE"),
            format!("RUN {install} --user"),
            format!("RUN python -m venv /v && /v/bin/{install}"),
            format!("RUN python -m venv /v && . /v/bin/activate && {install}"),
            format!("ENV PATH=/w/bin:$PATH\nRUN python -m venv v && . v/bin/activate && {install}"),
        ] {
            let found = said("", &body);
            assert!(found.ends_with("(unchecked)\n"), "{body}: {found}");
        }
        for (body, why) in [
            (format!("RUN {install} && pip uninstall -y {name}"), "it is removed here\n"),
            (format!("RUN {install} --dry-run"), "`--dry-run` keeps pip from installing it\n"),
        ] {
            let found = said("", &body);
            assert!(found.ends_with(why), "{body}: {found}");
        }
        for body in [
            format!("RUN {install} || true"),
            format!("RUN pip uninstall -y {name} && {install}"),
            format!("RUN {install} && pip uninstall -y {name}-extras"),
            format!("RUN pip install --prefix=/usr/local {name}"),
            format!("ENV PYTHONPATH=/x\nRUN pip install --target=/x {name}"),
            format!("ENV PATH=/v/bin:$PATH\nRUN /v/bin/{install}"),
            format!("RUN /v/bin/{install} && ln -s /v/bin/serve /usr/local/bin/serve"),
            format!("RUN /usr/local/bin/{install}"),
            format!("RUN python -m venv /v && /v/bin/{install}\nENV PATH=/v/bin:$PATH"),
            format!(
                "RUN python -m venv /v && . /v/bin/activate && {install}\nENV PATH=\"/v/bin:$PATH\""
            ),
            format!(
                "RUN python -m venv v && . v/bin/activate && {install}\nENV VIRTUAL_ENV=/app/v\nENV PATH=\"$VIRTUAL_ENV/bin:$PATH\""
            ),
            format!("RUN . /v/bin/activate && {install}\nENTRYPOINT [\"/v/bin/molecule-runtime\"]"),
            format!("RUN (. /v/bin/activate && x); {install}"),
            format!("ENV PATH=/root/.local/bin:$PATH\nRUN {install} --user"),
            format!("RUN [ -e x ] && exit 0; {install}"),
            format!(
                "COPY venv.sh /s\nRUN . /v/bin/activate && {install}\nENTRYPOINT [\"sh\", \"/s\"]"
            ),
            format!("RUN . v/bin/activate && cd / && {install}\nENV PATH=/app/v/bin:$PATH"),
        ] {
            assert_eq!(said("", &body), "", "{body}");
        }
    }

    #[test]
    fn installers_of_the_system_are_no_other_installers() {
        for body in ["RUN xargs apt-get install <packages.txt", "RUN $SUDO apt-get install -y git"]
        {
            assert!(said("", body).ends_with("no RUN of the image installs it\n"), "{body}");
        }
    }

    #[test]
    fn what_a_shell_reads_is_a_script() {
        let install = "pip install molecule-ai-workspace-runtime";
        for body in [
            format!("RUN <<EOF bash\n{install}\nEOF"),
            format!("RUN sh -e <<'EOF'\n{install}\nEOF"),
            format!("RUN python3 -m uv {install}"),
            "RUN --mount=type=bind,source=install.sh,target=/i.sh sh /i.sh".to_owned(),
        ] {
            assert_eq!(said("", &body), "", "{body}");
        }
    }

    #[test]
    fn other_installers_are_unchecked() {
        for body in [
            "RUN xargs pip install <requirements.txt",
            "RUN PIP=pip; $PIP install -r requirements.txt",
            "RUN make install",
            "RUN curl https://x.test/install.sh | sh",
            "RUN uv sync --frozen",
            "RUN pipx install molecule-ai-workspace-runtime",
            "COPY . .\nRUN pip-sync requirements.txt",
            "RUN pip install .",
            "RUN --mount=type=bind,from=build,target=/app pip install -r r.txt",
            "RUN --mount=type=secret,id=r,target=r.txt pip install -r r.txt",
            "RUN --mount=type=secret,id=s,target=/s.sh sh /s.sh",
            "ARG WHAT\nRUN pip install -r $WHAT",
            "RUN pip install \"$EXTRA\"",
            "COPY --from=build /r.txt .\nRUN pip install -r r.txt",
            "FROM python AS build\nRUN pip install --prefix=/i x\nFROM python\nCOPY --from=build /i /i",
        ] {
            assert!(said("", body).ends_with("(unchecked)\n"), "{body}: {}", said("", body));
        }
    }
}
