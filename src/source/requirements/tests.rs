use super::*;
use proptest::prelude::*;

fn one(line: &str) -> Requirement {
    let read = Requirements::parse(&Text::new(line));
    assert_eq!(read.problems, [], "{line}");
    read.requirements().next().cloned().expect("a requirement")
}

fn version(text: &str) -> Version {
    Version::from_str(text).expect("a version")
}

#[test]
fn names_are_compared_as_pep_503_has_them() {
    for name in ["Molecule_AI.workspace--runtime", "molecule-ai-workspace-runtime"] {
        assert_eq!(one(name).normalized, "molecule-ai-workspace-runtime");
    }
    let read = Requirements::parse(&Text::new("molecule-runtime-extras\n# molecule-runtime\n"));
    assert_eq!(read.named("molecule-runtime").count(), 0);
    assert_eq!(read.named("Molecule.Runtime_Extras").count(), 1);
}

#[test]
fn all_parts_of_a_requirement() {
    let line = "Pkg[a, b] >=1.2,<2 ; python_version < '3.12'  # why\n";
    let text = Text::new(line);
    let found = one(line);
    assert_eq!(found.extras, ["a", "b"]);
    assert_eq!(text.slice(found.specifier_span), ">=1.2,<2");
    assert_eq!(found.marker.as_ref().map(|(raw, _)| raw.as_str()), Some("python_version < '3.12'"));
    assert_eq!(text.slice(found.comment.expect("a comment")), "# why");
    assert_eq!(text.slice(found.span), "Pkg[a, b] >=1.2,<2 ; python_version < '3.12'");
    assert_eq!(found.admits(&version("1.5")), Some(true));
    assert_eq!(found.admits(&version("2.0")), Some(false));
    assert_eq!(found.lower_bound(), Some(version("1.2")));
    assert_eq!(one("x").lower_bound(), None);
    assert_eq!(one("x").admits(&version("1")), Some(true));
}

#[test]
fn a_hash_sign_inside_a_word_is_no_comment() {
    let read = Requirements::parse(&Text::new("git+https://x/y.git#egg=z\nx#y\n"));
    assert!(matches!(&read.entries[0], Entry::Location(named) if named.value.ends_with("egg=z")));
    assert_eq!(read.problems.len(), 1);
}

#[test]
fn continuations_and_hashes() {
    let content = "a==1.0 \\\r\n    --hash=sha256:aa \\\r\n    --hash sha256:bb\r\nb\r\n";
    let found = one(content);
    assert_eq!(found.hashes, ["sha256:aa", "sha256:bb"]);
    let edit = found.set_specifier(">=1.2").expect("an edit");
    assert!(edit.stale_hashes);
    let edited = Text::new(content).edited(&[edit.edit]).expect("sound");
    assert_eq!(edited.as_str(), content.replace("==1.0", ">=1.2"));
}

#[test]
fn options_and_files() {
    let content = "-r base.txt\n--requirement=other.txt\n-rthird.txt\n-c c.txt\n-e .\n--index-url https://x/y\n./local\nx @ https://h/x.whl ; sys_platform == 'linux'\n";
    let read = Requirements::parse(&Text::new(content));
    let files: Vec<&str> = read.includes().map(|named| named.value.as_str()).collect();
    assert_eq!(files, ["base.txt", "other.txt", "third.txt"]);
    assert!(matches!(&read.entries[3], Entry::Constraint(named) if named.value == "c.txt"));
    assert!(matches!(&read.entries[4], Entry::Editable(named) if named.value == "."));
    assert!(matches!(&read.entries[5], Entry::Option(_)));
    assert!(matches!(&read.entries[6], Entry::Location(_)));
    let url = read.requirements().next().expect("x");
    assert_eq!(url.url.as_deref(), Some("https://h/x.whl"));
    assert!(url.marker.is_some());
    assert_eq!(url.set_specifier("==1"), Err(SpecifierError::Url("x".into())));
    assert_eq!(url.admits(&version("1")), None);
}

#[test]
fn options_are_those_that_pip_takes_in_a_file() {
    let problems = |line: &str| {
        let read = Requirements::parse(&Text::new(line));
        read.problems
            .iter()
            .map(|it| (line[it.span.range()].to_owned(), it.message.clone()))
            .collect::<Vec<_>>()
    };
    for (line, part, says) in [
        ("-U httpx", "-U", "is not an option that pip takes in a file"),
        ("--user", "--user", "is not an option that pip takes in a file"),
        ("--upgrade x", "--upgrade", "is not an option that pip takes in a file"),
        ("--pre --no-deps", "--no-deps", "is not an option that pip takes in a file"),
        ("-r base.txt --timeout 3", "--timeout", "is not an option that pip takes in a file"),
        ("--pre=1", "--pre=1", "is given a value, and takes none"),
        ("-r", "-r", "lacks its value"),
        ("--index-url", "--index-url", "lacks its value"),
        ("-e httpx>=1", "httpx>=1", "is not a folder or a URL, which `-e` takes"),
        ("foo[a,]>=1", "[a,]", "is not a list of extras: their names, with commas between them"),
        ("foo[a b]", "[a b]", "is not a list of extras: their names, with commas between them"),
        ("foo --user", "--user", "is not an option that pip takes in a file"),
        ("foo>=1 -C a=b -U", "-U", "is not an option that pip takes in a file"),
        ("foo -C", "-C", "lacks its value"),
        ("foo --hash", "--hash", "lacks its value"),
        ("--index-url \"https://x", "\"https://x", "has a quote that is never closed"),
        ("foo --hash='x", "'x", "has a quote that is never closed"),
        ("foo@2.0", "2.0", "is not a URL with its scheme, which `@` takes"),
        (
            "foo @ ./x ; python_version > '3'",
            "./x",
            "is not a URL with its scheme, which `@` takes",
        ),
        ("git@h.test:a/b", "h.test:a/b", "is not a URL with its scheme, which `@` takes"),
    ] {
        assert_eq!(problems(line), [(part.to_owned(), says.to_owned())], "{line}");
    }
    for line in [
        "-i https://x --extra-index-url https://y",
        "-ihttps://x",
        "--index https://x",
        "--pypi-url=https://x",
        "--pre --no-index",
        "--pre x",
        "-r base.txt x",
        "-r 'a file.txt' -U",
        "-e .[x]",
        "-e git+https://h/x@1#egg=x --config-settings a=b",
        "-C a=b",
        "-- x",
        "--use-feature fast-deps",
        "foo[]",
        "foo[a, b.c]",
        "foo[${X}]",
        "foo --pre",
        "foo --pre x",
        "foo -i https://x --no-require-hashes",
        "foo -",
        "foo -'C' a=b -U",
        "foo -${X}",
        "--no-require-hashes",
        "-i \"https://x/\\\"y\"",
        "foo --hash=${X}\"",
        "foo @ ${X}",
        "foo@git+ssh://git@h.test/a/b",
        "foo @ file:///x",
    ] {
        assert_eq!(problems(line), [], "{line}");
    }
}

#[test]
fn short_options_are_no_part_of_a_requirement() {
    let found = one("foo==1 ; python_version > '3' -Ca=b --hash=sha256:aa");
    assert_eq!(found.admits(&version("1")), Some(true));
    assert_eq!(found.marker.map(|(raw, _)| raw), Some("python_version > '3'".to_owned()));
    assert_eq!(found.hashes, ["sha256:aa"]);
    assert_eq!(one("foo @ https://h/x.whl -C a=b").url.as_deref(), Some("https://h/x.whl"));
}

#[test]
fn specifiers_are_set_without_touching_the_rest() {
    for (before, after) in [
        ("pkg>=0.1.0  # pin\n", "pkg==2  # pin\n"),
        ("pkg", "pkg==2"),
        ("pkg -C a=b\n", "pkg==2 -C a=b\n"),
        ("pkg[x] ; extra=='b'\r\n", "pkg[x]==2 ; extra=='b'\r\n"),
        ("pkg()", "pkg(==2)"),
        ("pkg ( >=1 )\n", "pkg ( ==2 )\n"),
        ("\u{feff}pkg >= 1, < 3\n", "\u{feff}pkg ==2\n"),
    ] {
        let text = Text::new(before);
        let read = Requirements::parse(&text);
        let found = read.requirements().next().expect("a requirement");
        let edit = found.set_specifier("==2").expect("an edit").edit;
        let edited = text.edited(&[edit]).expect("sound");
        assert_eq!(edited.to_bytes(), after.as_bytes());
    }
    // pip takes a name that ends like this for a path.
    let wheel = one("pkg.whl==1.0");
    assert_eq!(wheel.set_specifier(""), Err(SpecifierError::File("pkg.whl".into())));
    let hidden = one("pkg ==1;${X}.whl").set_specifier("");
    assert_eq!(hidden, Err(SpecifierError::File("${X}.whl".into())));
    for line in ["pkg${V} @ https;//x/${Y}.whl", "pkg ==1;${X}.whl"] {
        assert!(one(line).set_specifier("==2").is_err(), "{line}");
    }
    assert!(wheel.set_specifier("==2").is_ok() && one("pkg.whl[x]==1").set_specifier("").is_ok());
    let broken = one("pkg").set_specifier("==1\nevil");
    assert_eq!(broken, Err(SpecifierError::Malformed("==1\nevil".into())));
}

#[test]
fn specifiers_are_taken_away_with_what_belongs_to_them() {
    for (before, after) in [
        ("pkg >=0.1.0  # pin\n", "pkg  # pin\n"),
        ("pkg[x] ( >=1 ) ; extra=='b'\n", "pkg[x] ; extra=='b'\n"),
        ("pkg()", "pkg"),
        ("pkg", "pkg"),
        // The line that is left must not become a comment, which would end the continuation.
        ("pkg\\\n==1 #x\\\n=y\n", "pkg #x\\\n=y\n"),
    ] {
        let text = Text::new(before);
        let read = Requirements::parse(&text);
        let found = read.requirements().next().expect("a requirement");
        let edit = found.set_specifier("").expect("an edit").edit;
        let edited = text.edited(&[edit]).expect("sound");
        assert_eq!(edited.as_str(), after);
        let again = Requirements::parse(&edited);
        assert_eq!((again.entries.len(), again.problems.len()), (1, 0), "{after}");
    }
}

#[test]
fn a_comment_line_ends_a_continuation_and_belongs_to_it() {
    let text = Text::new("pkg\\\r\n#why\\\r\nother\r\n");
    let read = Requirements::parse(&text);
    assert_eq!(read.problems, []);
    let names: Vec<&str> = read.requirements().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["pkg", "other"]);
    let comment = read.requirements().next().and_then(|found| found.comment).expect("a comment");
    assert_eq!(text.slice(comment), "#why\\");
}

#[test]
fn problems_have_places_and_do_not_stop_the_rest() {
    let content = "a==\nok==1\n=x\nb>=1 <<\n";
    let text = Text::new(content);
    let read = Requirements::parse(&text);
    let lines: Vec<u32> =
        read.problems.iter().map(|problem| text.position(problem.span.start).line).collect();
    assert_eq!(lines, [1, 3, 4]);
    assert_eq!(read.requirements().count(), 1);
    assert_eq!(one("a==${V}").variables, ["V"]);
    assert_eq!(one("a==${V}").admits(&version("1")), None);
}

#[test]
fn options_end_what_stands_in_brackets_too() {
    let read = Requirements::parse(&Text::new("a[b --hash=sha256:00]>=1\nc[d] >=1 --hash=x\n"));
    assert_eq!(read.problems[0].message, "the extras are never closed");
    assert_eq!(read.problems[0].span.range(), 1..4);
    assert_eq!(read.requirements().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_read_with_spans_inside_it(
        content in "(pkg|a|==|>=|1\\.0|\\[|\\]|;|@|#| |\\\\\n|\n|\r\n|--hash=x|-r |é|\\(|\\)|,|\\$\\{X\\}|https://h/){0,40}"
    ) {
        let text = Text::new(&content);
        for requirement in Requirements::parse(&text).requirements() {
            let named = text.slice(requirement.name_span).replace("\\\n", "");
            prop_assert_eq!(named, requirement.name.as_str());
            if let Ok(edit) = requirement.set_specifier("==9") {
                let edited = text.edited(&[edit.edit]).expect("a sound edit");
                let same = Requirements::parse(&edited)
                    .requirements()
                    .any(|r| r.name_span == requirement.name_span && r.admits(&version("9")) == Some(true));
                prop_assert!(same, "{}", edited.as_str());
            }
        }
    }
}
