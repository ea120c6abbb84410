use crate::checks::testing::Case;

const KEYED: &str = "RUN pip install --no-cache-dir -qqq \"molecule-ai-workspace-runtime${RUNTIME_VERSION:+==${RUNTIME_VERSION}}\"";

fn case(dockerfile: &str) -> Case {
    let dockerfile = dockerfile.replace("KEYED", KEYED);
    Case::conformant().file("Dockerfile", format!("{dockerfile}\n"))
}

fn said(dockerfile: &str) -> String {
    case(dockerfile).said("docker-cache-key")
}

#[test]
fn declared_before_and_expanded_inside_passes() {
    assert_eq!(Case::conformant().said("docker-cache-key"), "");
    for dockerfile in [
        "FROM a\nARG RUNTIME_VERSION=\nCOPY requirements.txt .\nKEYED",
        "FROM a\nARG RUNTIME_VERSION\nCOPY requirements.txt .\nRUN pip install -r requirements.txt && \\\n if [ -n \"$RUNTIME_VERSION\" ]; then pip install x==$RUNTIME_VERSION; fi",
        "FROM a AS b\nARG RUNTIME_VERSION\nFROM b\nKEYED",
        "ARG RUNTIME_VERSION=1\nFROM a\nARG RUNTIME_VERSION\nKEYED",
        "FROM a\nARG RUNTIME_VERSION\nENV RUNTIME_VERSION=${RUNTIME_VERSION}\nKEYED",
        "FROM a\nARG RUNTIME_VERSION\nENV V=$RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime==$V",
        "FROM a\nARG RUNTIME_VERSION\nRUN sh -c 'pip install molecule-ai-workspace-runtime==$RUNTIME_VERSION'",
        "FROM a\nRUN pip install molecule-ai-workspace-runtime\nARG RUNTIME_VERSION\nKEYED",
    ] {
        assert_eq!(said(dockerfile), "", "{dockerfile}");
    }
}

#[test]
fn each_way_to_miss_the_declaration_has_its_words() {
    let not = "`RUNTIME_VERSION` is expanded in the RUN that installs `molecule-ai-workspace-runtime`, but is empty there:";
    assert_eq!(
        said("ARG RUNTIME_VERSION\nFROM a\nKEYED"),
        format!("Dockerfile:3:67: {not} its ARG is before FROM, where no stage sees it\n")
    );
    assert_eq!(
        said("FROM a\nKEYED\nARG RUNTIME_VERSION"),
        format!("Dockerfile:2:67: {not} its ARG follows the RUN\n")
    );
    assert_eq!(
        said("FROM a AS b\nARG RUNTIME_VERSION\nFROM a\nKEYED"),
        format!("Dockerfile:4:67: {not} its ARG is in stage `b`, which is not part of the image\n")
    );
    assert_eq!(
        said("FROM a\n# ARG RUNTIME_VERSION\nKEYED"),
        format!("Dockerfile:3:67: {not} the stage declares no such ARG\n")
    );
    assert_eq!(
        said("FROM a\nARG RUNTIME_VERSION\nENV RUNTIME_VERSION=1\nKEYED"),
        "Dockerfile:4:67: `RUNTIME_VERSION` is always what an ENV sets, whatever the build passes\n"
    );
}

#[test]
fn each_way_to_miss_the_expansion_has_its_words() {
    let name = "molecule-ai-workspace-runtime";
    assert_eq!(
        said("FROM a\nARG RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime"),
        format!(
            "Dockerfile:3:1: `RUNTIME_VERSION` is declared, but the RUN that installs `{name}` does not expand it\n"
        )
    );
    assert!(
        said("FROM a\nARG RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime '$RUNTIME_VERSION'")
            .contains("where no shell expands it")
    );
    assert!(
        said("FROM a\nARG RUNTIME_VERSION\nRUN [\"pip\", \"install\", \"molecule-ai-workspace-runtime\", \"$RUNTIME_VERSION\"]")
            .contains("where no shell expands it")
    );
    assert_eq!(
        said(
            "FROM a\nARG RUNTIME_VERSION\nRUN echo $RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime"
        ),
        format!(
            "Dockerfile:4:1: the RUN that installs `{name}` does not expand `RUNTIME_VERSION`; another RUN does\n"
        )
    );
    let replayed = format!(
        "the RUN that installs `{name}` does not depend on `RUNTIME_VERSION`: its layer is reused from the cache with an old version\n"
    );
    assert_eq!(
        said("FROM a\nCOPY requirements.txt .\nRUN pip install -r requirements.txt"),
        format!("Dockerfile:3:1: {replayed}")
    );
    assert_eq!(
        said(
            "FROM a\n# RUNTIME_VERSION\nRUN pip install \\\n # $RUNTIME_VERSION\n molecule-ai-workspace-runtime"
        ),
        format!("Dockerfile:3:1: {replayed}")
    );
}

#[test]
fn the_declaration_is_inserted_and_no_other_byte_is_touched() {
    let fixed =
        case("FROM a\r\nKEYED\r\nARG RUNTIME_VERSION\r").fixed("docker-cache-key", "Dockerfile");
    assert_eq!(
        fixed,
        format!("FROM a\r\nARG RUNTIME_VERSION\r\n{KEYED}\r\nARG RUNTIME_VERSION\r\n")
    );
}

#[test]
fn the_version_is_installed_in_the_run_that_does() {
    let fixed = |dockerfile: &str| case(dockerfile).fixed("docker-cache-key", "Dockerfile");
    let requirement = "\"molecule-ai-workspace-runtime${RUNTIME_VERSION:+==${RUNTIME_VERSION}}\"";
    assert_eq!(
        fixed(
            "FROM a\nCOPY requirements.txt .\nRUN pip install --no-cache-dir \\\n      -r requirements.txt && true"
        ),
        format!(
            "FROM a\nCOPY requirements.txt .\nARG RUNTIME_VERSION\nRUN pip install --no-cache-dir \\\n      -r requirements.txt {requirement} && true\n"
        )
    );
    assert_eq!(
        fixed(
            "FROM a\nARG RUNTIME_VERSION\nRUN pip install x && pip install 'Molecule_AI.workspace-runtime>=0.1'"
        ),
        format!(
            "FROM a\nARG RUNTIME_VERSION\nRUN pip install x && pip install 'Molecule_AI.workspace-runtime>=0.1' {requirement}\n"
        )
    );
    for left in [
        "FROM a\nRUN pip install molecule-ai-workspace-runtime==0.1.5",
        "FROM a\nRUN [\"pip\", \"install\", \"molecule-ai-workspace-runtime\"]",
        "FROM a\nENV RUNTIME_VERSION=1\nRUN pip install molecule-ai-workspace-runtime",
        "FROM a\nCOPY requirements.txt .\nRUN pip install -r requirements.txt && pip install -r requirements.txt",
    ] {
        let findings = case(left).findings("docker-cache-key");
        assert!(findings.iter().all(|finding| finding.fix.is_none()), "{left}");
        assert_eq!(findings.len(), 1, "{left}");
    }
}

#[test]
fn a_default_before_from_makes_the_fix_risky() {
    use crate::checks::Safety;
    let safety = |dockerfile: &str| {
        let findings = case(dockerfile).findings("docker-cache-key");
        findings[0].fix.as_ref().map(|fix| fix.safety)
    };
    assert_eq!(safety("ARG RUNTIME_VERSION=1\nFROM a\nKEYED"), Some(Safety::Unsafe));
    assert_eq!(safety("ARG RUNTIME_VERSION=\nFROM a\nKEYED"), Some(Safety::Safe));
    assert_eq!(safety("FROM a\nARG RUNTIME_VERSION\nENV RUNTIME_VERSION=1\nKEYED"), None);
}

#[test]
fn what_installs_nothing_is_silent_and_what_is_not_known_is_unchecked() {
    assert_eq!(said("FROM a\nRUN true"), "");
    assert!(said("FROM a\nRUN uv sync").ends_with("(unchecked)\n"));
}
