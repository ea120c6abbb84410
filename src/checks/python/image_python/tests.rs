use super::*;

/// The Python of the base, unless the image may have another one.
fn base(dockerfile: &str) -> Option<String> {
    let file = Dockerfile::parse(&Text::new(dockerfile)).expect("a Dockerfile");
    let known = OfImage::read(&file).filter(|image| image.others.is_empty());
    known.map(|image| image.base.version.to_string())
}

#[test]
fn the_last_stage_says_which_python_it_has() {
    for (dockerfile, version) in [
        ("FROM python:3.12-slim", "3.12"),
        ("FROM --platform=linux/amd64 docker.io/library/python:3.12.4@sha256:abc", "3.12"),
        ("ARG PY=3.10\nFROM python:${PY}-slim", "3.10"),
        ("FROM python:3.14.0b1-alpine AS base\nFROM node AS web\nFROM base", "3.14"),
        ("FROM python:3.12\nRUN python3.12 -m venv /venv && uv pip install x", "3.12"),
        ("FROM python:3.12 AS b\nFROM python:3.12-slim\nCOPY --from=b /venv /venv", "3.12"),
        ("FROM python:3.12\nCOPY --from=ghcr.io/astral-sh/uv /uv /bin/", "3.12"),
        ("FROM python:3.12\nRUN --mount=from=ghcr.io/astral-sh/uv,target=/uv true", "3.12"),
        ("FROM python:3.12 AS b\nFROM python:3.12\nRUN --mount=from=b,target=/b true", "3.12"),
        ("FROM python:3.12\nRUN echo secondary", "3.12"),
        ("FROM python:3.9 AS b\nFROM python:3.12\nCOPY --from=b /app/dist /app", "3.12"),
        ("FROM python:3.9 AS b\nFROM python:3.12\nCOPY --from=b /usr/src/app /app", "3.12"),
        ("FROM python:3.12\nRUN --mount=from=python:3.9,source=/app,target=/a true", "3.12"),
        ("FROM python:3.12\nCOPY --from=python:2.7 /usr/local /py2", "3.12"),
        ("FROM python:3.12\nRUN rm -rf /usr/lib/python3.9", "3.12"),
        ("FROM python:3.12\nRUN apt-get install -y python3.6", "3.12"),
    ] {
        assert_eq!(base(dockerfile).as_deref(), Some(version), "{dockerfile}");
    }
}

#[test]
fn what_may_have_another_python_says_nothing() {
    for dockerfile in [
        "FROM python:3-slim",
        "FROM python",
        "FROM python@sha256:abc",
        "FROM acme/python:3.12",
        "FROM debian:12",
        "ARG BASE\nFROM $BASE",
        "FROM python:3.12\nRUN uv sync",
        "FROM python:3.12\nRUN curl https://pyenv.run | sh",
        "FROM python:3.12\nRUN apt-get install -y python3.11-venv",
        "FROM python:3.12\nCMD [\"uv\", \"run\", \"app\"]",
        "FROM python:3.12\nENTRYPOINT exec python3.11 -m app",
        "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=b /usr/local /usr/local",
        "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=0 /usr/local /usr/local",
        "FROM python:3.12\nCOPY --from=python:3.13 /usr/local /usr/local",
        "FROM python:3.13 AS a\nFROM a\nFROM python:3.12\nCOPY --from=1 /usr/local /usr/local",
        "FROM python:3.12\nRUN --mount=from=python:3.13,target=/p cp -r /p/usr /",
        "FROM python:3.12\nRUN --mount=type=bind,from=$IMAGE,target=/p cp -r /p/usr /",
        "FROM python:3.12\nRUN curl -O https://repo.anaconda.com/miniconda/Miniconda3-latest.sh",
        "FROM python:3.12\nRUN /opt/conda/bin/pip install x",
        "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=b / /",
        "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=b /app $WHERE usr/local /x/",
        "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=b /opt/venv /opt/venv",
        "FROM python:3.13 AS b\nFROM python:3.12\nCOPY --from=b /* /",
    ] {
        assert_eq!(base(dockerfile), None, "{dockerfile}");
    }
}

#[test]
fn what_names_the_other_python_is_told_from_what_does_not() {
    let of_minor = |minor| Other::Named(PythonVersion::new(3, minor));
    for (instruction, other) in [
        ("RUN apt-get install -y python3.11-venv", of_minor(11)),
        ("CMD [\"python3.13\", \"-m\", \"app\"]", of_minor(13)),
        ("COPY --from=python:3.13-slim /usr/local /usr/local", of_minor(13)),
        ("RUN --mount=from=python:3.13,target=/p cp -r /p/usr /", of_minor(13)),
        ("RUN uv venv --python python3.13", of_minor(13)),
        ("COPY --from=python:3-slim /usr/local /usr/local", Other::Unknown),
        ("RUN --mount=from=$IMAGE,target=/p cp -r /p/usr /", Other::Unknown),
        ("RUN pyenv install 3.11", Other::Unknown),
        ("RUN uv python install", Other::Unknown),
        ("RUN uv sync --python=3.13", Other::Unknown),
        ("RUN uv sync", Other::OfProject),
    ] {
        let text = Text::new(&format!("FROM python:3.12\n{instruction}\n"));
        let file = Dockerfile::parse(&text).expect("a Dockerfile");
        let image = OfImage::read(&file).expect("its base is known");
        assert_eq!(image.others, [other], "{instruction}");
    }
}

fn image(base: u8, others: &[Other]) -> OfImage {
    let version = PythonVersion::new(3, base);
    let base = Candidate { version, known_from: KnownFrom::Base(format!("3.{base}")) };
    OfImage { base, others: others.to_vec() }
}

#[test]
fn where_another_may_be_brought_it_is_one_of_all() {
    let decided = |images: Vec<OfImage>, demanded: Option<u8>| {
        let demanded = demanded.map(|minor| PythonVersion::new(3, minor));
        let python = ImagePython::decided(images, demanded)?;
        let newer = python.or_newer.iter().map(|newer| newer.minor).collect::<Vec<u8>>();
        Some((python.to_string(), newer, python.or_any))
    };
    let named = |minor| Other::Named(PythonVersion::new(3, minor));
    let said = |from: &str, newer: &[u8], any| Some((from.to_owned(), newer.to_vec(), any));
    let base = "the image's base is `python:3.12`";
    let (demand, dockerfile) = ("the shape demands 3.11", "the Dockerfile names Python 3.11");
    for (others, demanded, expected) in [
        (vec![], Some(11), said(base, &[], false)),
        (vec![Other::OfProject], Some(11), said(demand, &[12], false)),
        (vec![Other::OfProject], Some(13), said(base, &[13], false)),
        (vec![Other::OfProject], Some(12), said(base, &[], false)),
        (vec![Other::OfProject], None, None),
        (vec![Other::Unknown], Some(11), said(demand, &[12], true)),
        (vec![Other::Unknown], Some(12), said(base, &[], true)),
        (vec![Other::Unknown], None, None),
        (vec![named(11)], Some(12), said(dockerfile, &[12], false)),
        (vec![named(13)], Some(11), said(base, &[13], false)),
        (vec![named(11)], None, said(dockerfile, &[12], false)),
        (vec![named(11), Other::Unknown], Some(13), said(dockerfile, &[12, 13], true)),
    ] {
        assert_eq!(decided(vec![image(12, &others)], demanded), expected, "{others:?}");
    }
    assert_eq!(decided(Vec::new(), Some(11)), said(demand, &[], false));
    // Of several images the newest counts, whatever else an older one may have.
    let older = image(10, &[named(11)]);
    assert_eq!(decided(vec![image(12, &[]), older], None), said(base, &[], false));
    let newer = image(10, &[named(13)]);
    assert_eq!(decided(vec![image(12, &[]), newer], None), said(base, &[13], false));
}

#[test]
fn an_answer_is_certain_only_where_it_is_so_for_all() {
    let python = |others: &[Other]| {
        let demanded = PythonVersion::new(3, 11);
        ImagePython::decided(vec![image(12, others)], Some(demanded)).expect("it is known")
    };
    let before = |minor| Versions::before(PythonVersion::new(3, minor));
    let answers = |others: &[Other]| [11, 12, 13].map(|it| python(others).is_of(before(it)));
    assert_eq!(answers(&[]), [Answer::No, Answer::No, Answer::Yes]);
    assert_eq!(answers(&[Other::OfProject]), [Answer::No, Answer::Perhaps, Answer::Yes]);
    assert_eq!(answers(&[Other::Unknown]), [Answer::No, Answer::Perhaps, Answer::Perhaps]);
    assert_eq!(python(&[Other::Unknown]).is_of(Versions::default()), Answer::Yes);
    assert_eq!(ImagePython::runs(None, before(9)), Answer::Yes);
}
