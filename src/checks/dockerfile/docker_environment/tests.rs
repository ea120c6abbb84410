use crate::checks::testing::Case;

fn case(body: &str) -> Case {
    Case::conformant()
        .file("src/pkg/__init__.py", "")
        .file("src/pkg/inner.py", "")
        .file("Dockerfile", format!("FROM python:3.11-slim\nWORKDIR /app\n{body}\n"))
}

fn said(body: &str) -> String {
    case(body).said("docker-environment")
}

#[test]
fn a_module_where_python_looks_passes() {
    assert_eq!(Case::conformant().said("docker-environment"), "");
    let quoted = Case::conformant().replace("Dockerfile", "ENV PYTHONPATH=", "ENV PYTHONPATH=/x:");
    assert_eq!(quoted.said("docker-environment"), "");
    for body in [
        "COPY adapter.py .\nENV ADAPTER_MODULE=adapter",
        "COPY adapter.py ./\nENV ADAPTER_MODULE adapter",
        "COPY . .\nENV ADAPTER_MODULE=\"adapter\"",
        "COPY *.py /app/\nENV ADAPTER_MODULE=adapter",
        "COPY adapter.py /app/mine.py\nENV ADAPTER_MODULE=mine",
        "COPY src /lib\nENV PYTHONPATH=/x:/lib ADAPTER_MODULE=pkg.inner",
        "COPY src/pkg pkg\nENV ADAPTER_MODULE=pkg",
        "ENV ADAPTER_MODULE=nothing\nENV ADAPTER_MODULE=adapter\nCOPY adapter.py .",
        "ARG M=adapter\nENV ADAPTER_MODULE=$M\nCOPY adapter.py .",
        "COPY adapter.py /srv/\nWORKDIR /srv\nENV ADAPTER_MODULE=adapter",
        "COPY adapter.py .\nENV PYTHONPATH=/x:$PYTHONPATH ADAPTER_MODULE=adapter",
    ] {
        assert_eq!(said(body), "", "{body}");
    }
}

#[test]
fn a_variable_that_is_not_set_fails() {
    let unset = "Dockerfile:1:1: the image does not set `ADAPTER_MODULE`\n";
    for body in [
        "# ENV ADAPTER_MODULE=adapter",
        "ARG ADAPTER_MODULE=adapter",
        "RUN export ADAPTER_MODULE=adapter",
    ] {
        assert_eq!(said(body), unset, "{body}");
        assert_eq!(case(body).findings("docker-environment")[0].related.len(), 1, "{body}");
    }
    assert_eq!(
        said("ENV ADAPTER_MODULE=adapter\nFROM python:3.11-slim"),
        "Dockerfile:4:1: the image does not set `ADAPTER_MODULE`\n"
    );
}

#[test]
fn a_module_that_python_does_not_find_fails() {
    let named = "`ADAPTER_MODULE` names the module";
    assert_eq!(
        said("ENV ADAPTER_MODULE=adapter"),
        format!(
            "Dockerfile:3:20: {named} `adapter`, but `adapter.py` is not copied into the image\n"
        )
    );
    assert_eq!(
        said("COPY adapter.py /srv/\nENV ADAPTER_MODULE=adapter"),
        format!(
            "Dockerfile:4:20: {named} `adapter`, but `adapter.py` is copied to `/srv/adapter.py`: Python looks in `/app`\n"
        )
    );
    let named_twice = said("COPY adapter.py /srv/\nENV PYTHONPATH=/app ADAPTER_MODULE=adapter");
    assert!(named_twice.ends_with(": Python looks in `/app`\n"), "{named_twice}");
    assert_eq!(
        said("COPY adapter.py adaptor.py\nENV ADAPTER_MODULE=adapter"),
        format!(
            "Dockerfile:4:20: {named} `adapter`, but `adapter.py` is copied to `/app/adaptor.py`: Python looks in `/app`\n"
        )
    );
    assert_eq!(
        said("COPY adapter.py .\nENV ADAPTER_MODULE=adapter\nENV ADAPTER_MODULE=gone"),
        format!("Dockerfile:5:20: {named} `gone`, but the repository has no `gone.py`\n")
    );
    assert_eq!(
        said("COPY . .\nENV ADAPTER_MODULE=adapter.py"),
        "Dockerfile:4:20: `ADAPTER_MODULE` is `adapter.py`, which is not the name of a Python module\n"
    );
    assert!(said("ENV ADAPTER_MODULE=").contains("is nothing"));
}

#[test]
fn what_the_ignore_file_leaves_out_is_not_copied() {
    let case = case("COPY . .\nENV ADAPTER_MODULE=adapter");
    let ignored = case.file(".dockerignore", "*.py\n");
    assert_eq!(
        ignored.said("docker-environment"),
        "Dockerfile:4:20: `ADAPTER_MODULE` names the module `adapter`, but .dockerignore excludes `adapter.py`\n"
    );
    let back = ignored.file(".dockerignore", "*.py\n!adapter.py\n");
    assert_eq!(back.said("docker-environment"), "");
}

#[test]
fn what_cannot_be_told_is_unchecked() {
    for body in [
        "ARG M\nENV ADAPTER_MODULE=$M",
        "COPY --from=build /app /app\nENV ADAPTER_MODULE=adapter",
        "COPY adapter.py /tmp/\nRUN mv /tmp/adapter.py /app/\nENV ADAPTER_MODULE=adapter",
        "ENV ADAPTER_MODULE=molecule_runtime.adapters.default",
        "ENV PYTHONPATH=$WHERE ADAPTER_MODULE=adapter",
    ] {
        assert!(said(body).ends_with("(unchecked)\n"), "{body}: {}", said(body));
    }
}

#[test]
fn a_demanded_value_is_compared() {
    let shape = "demands:\n  dockerfiles:\n    - path: Dockerfile\n      environment: [{ name: MODE, value: live }]\n";
    let case = |body: &str| Case::with_shape(shape).file("Dockerfile", format!("FROM a\n{body}"));
    assert_eq!(case("ENV MODE=live").said("docker-environment"), "");
    let overridden = case("ENV MODE=live\nENV MODE=test");
    assert_eq!(
        overridden.said("docker-environment"),
        "Dockerfile:3:10: `MODE` is `test`, but `live` is required\n"
    );
    let related = &overridden.findings("docker-environment")[0].related;
    assert_eq!(related[0].1, "this one is overridden");
}
