use super::*;

fn compared(path: &str, canon: &str, text: &str) -> (Standing, Option<String>) {
    let format = Format::of(path).expect("a format");
    let text = Text::new(text);
    let standing = compare(format, canon, &text);
    let edited = standing
        .edits
        .as_ref()
        .map(|edits| text.edited(edits).expect("edited").as_str().to_owned());
    (standing, edited)
}

fn overruled(path: &str, canon: &str, text: &str) -> Vec<String> {
    let (standing, _) = compared(path, canon, text);
    standing.overruled.iter().map(|found| format!("{} < {}", found.line, found.by)).collect()
}

#[test]
fn what_is_missing_goes_before_the_lines_that_decide() {
    let canon = "* text=auto eol=lf\n";
    let own = "# Windows\n*.bat text eol=crlf\n*.png binary\n";
    let (standing, edited) = compared(".gitattributes", canon, own);
    assert_eq!(edited.expect("edits"), format!("{canon}{own}"));
    assert!(!standing.safe, "*.bat could be asked for");
    // Of other paths, or of other attributes, nothing changes.
    let (standing, edited) = compared(".gitattributes", "*.sh text eol=lf\n", own);
    assert_eq!(edited.expect("edits"), format!("*.sh text eol=lf\n{own}"));
    assert!(standing.safe);
    let (standing, _) = compared(".gitattributes", "* diff=plain\n", "*.sh text\n");
    assert!(standing.safe);
    let (standing, _) = compared(".gitattributes", "* text\n", "[attr]plain -text\n");
    assert!(!standing.safe);
}

#[test]
fn the_order_of_the_canon_is_kept() {
    let canon = "*.log\n!keep.log\nbuild/\n";
    let (standing, edited) = compared(".gitignore", canon, "*.log\n# Mine\nown\nbuild/\n");
    assert_eq!(edited.expect("edits"), "*.log\n!keep.log\n# Mine\nown\nbuild/\n");
    assert_eq!(standing.missing, ["!keep.log"]);
    assert!(standing.safe, "own stays ignored");
    let (standing, edited) = compared(".gitignore", canon, "*.log\n!keep.log");
    assert_eq!(edited.expect("edits"), "*.log\n!keep.log\nbuild/\n");
    assert!(standing.safe);
    let (_, edited) = compared(".gitignore", "a\nb\n", "own\r\n");
    assert_eq!(edited.expect("edits"), "a\r\nb\r\nown\r\n");
    let (standing, edited) = compared(".gitignore", "a\n", "");
    assert_eq!((edited.expect("edits").as_str(), standing.safe), ("a\n", true));
}

#[test]
fn a_broader_spelling_of_an_ignored_pattern_is_the_line_itself() {
    let (standing, _) = compared(".gitignore", "lib/\n/target/\n", "lib\n/target\n");
    assert_eq!(standing.missing, [""; 0]);
    let (standing, _) = compared(".gitignore", "lib\n", "lib/\n");
    assert_eq!(standing.missing, ["lib"]);
    assert_eq!(overruled(".gitignore", "lib/\n", "lib\n!lib/\n"), ["lib/ < !lib/"]);
    let (standing, _) = compared("CODEOWNERS", "/lib/ @a\n", "/lib @a\n");
    assert_eq!(standing.missing, ["/lib/ @a"]);
}

#[test]
fn a_line_that_takes_back_wants_a_look() {
    let (standing, edited) = compared(".gitignore", "*.??g\n", "*.log\n!keep.log\n");
    assert_eq!(edited.expect("edits"), "*.??g\n*.log\n!keep.log\n");
    assert!(!standing.safe);
    let (standing, _) = compared(".dockerignore", "*.tmp\n", "*.log\nnode_modules\n");
    assert!(standing.safe);
}

#[test]
fn a_line_that_does_not_hold_is_told() {
    let canon = "* text=auto eol=lf\n";
    let told = overruled(".gitattributes", canon, "* text=auto eol=lf\n* -text\n");
    assert_eq!(told, ["* text=auto eol=lf < * -text"]);
    // The other way round it holds, and an exception for some is the repository's own affair.
    for fine in ["* -text\n* text=auto eol=lf\n", "* text=auto eol=lf\n*.bat eol=crlf\n"] {
        assert_eq!(overruled(".gitattributes", canon, fine), [""; 0], "{fine}");
    }
    assert_eq!(overruled(".gitignore", ".env\n", ".env\n!.env\n"), [".env < !.env"]);
    assert_eq!(overruled(".gitignore", "a.pem\n", "a.pem\n!*.pem\n"), ["a.pem < !*.pem"]);
    // What the canon says itself is no contradiction of it, but in the canon's order only.
    let canon = "*.log\n!keep.log\n";
    assert_eq!(overruled(".gitignore", canon, canon), [""; 0]);
    let told = overruled(".gitignore", canon, "!keep.log\n*.log\n");
    assert_eq!(told, ["!keep.log < *.log"]);
    let told = overruled("CODEOWNERS", "/docs/ @a\n", "/docs/ @a\n* @b\n");
    assert_eq!(told, ["/docs/ @a < * @b"]);
    assert_eq!(overruled("CODEOWNERS", "* @a\n", "* @a\n/docs/ @b\n"), [""; 0]);
}

#[test]
fn a_line_is_overruled_by_any_spelling_that_covers_it() {
    for (path, canon, by) in [
        (".gitignore", ".terraform/", "!.terraform"),
        (".gitignore", "node_modules/", "!**/node_modules"),
        (".gitignore", "node_modules/", "!*/"),
        (".gitignore", "*.tfstate", "!**/*.tfstate"),
        (".gitattributes", "*.sh eol=lf", "**/*.sh eol=crlf"),
        ("CODEOWNERS", "/docs/ @a", "/docs/** @b"),
    ] {
        let told = overruled(path, canon, &format!("{canon}\n{by}\n"));
        assert_eq!(told, [format!("{canon} < {by}")]);
        // The same line below is in effect again.
        let text = format!("{canon}\n{by}\n{canon}\n");
        assert_eq!(overruled(path, canon, &text), [""; 0], "{text}");
    }
    for (path, canon, exception) in [
        (".gitignore", "*.tfstate", "!keep.tfstate"),
        (".gitignore", "node_modules", "!*/"),
        (".gitattributes", "*.sh eol=lf", "run.sh eol=crlf"),
        ("CODEOWNERS", "/docs/ @a", "/docs/*.md @b"),
    ] {
        let text = format!("{canon}\n{exception}\n");
        assert_eq!(overruled(path, canon, &text), [""; 0], "{text}");
    }
    // In any spelling.
    let text = ".terraform/\n!.terraform\n**/.terraform/\n";
    assert_eq!(overruled(".gitignore", ".terraform/", text), [""; 0]);
    // Patterns of `.dockerignore` begin at the root.
    let text = "**/lib\n!lib\n";
    assert_eq!(overruled(".dockerignore", "**/lib", text), [""; 0]);
}

#[test]
fn each_attribute_is_decided_on_its_own() {
    for (canon, below) in [
        ("*.sh eol=lf", "*.sh eol=crlf\n**/*.sh eol=lf diff=x"),
        ("*.sh text eol=lf", "*.sh -text eol=lf\n*.sh text"),
        // The line ends of what is text anyhow, and an attribute that is not about them.
        ("*.sh eol=lf", "*.sh text"),
        ("*.sh eol=lf", "*.sh -text\n*.sh text diff=x"),
        ("*.sh eol=lf", "*.sh -text\n*.sh !text"),
        ("*.sh -crlf", "*.sh -text"),
        ("* text=auto", "* eol=lf"),
        ("* -text", "* eol=crlf"),
    ] {
        let text = format!("{canon}\n{below}\n");
        assert_eq!(overruled(".gitattributes", canon, &text), [""; 0], "{text}");
        // Above all that is below it, it is in effect.
        let (_, edited) = compared(".gitattributes", canon, &format!("{below}\n"));
        assert_eq!(edited, Some(text));
    }
    for (canon, below, by) in [
        ("*.sh text eol=lf", "*.sh eol=crlf\n*.sh text", "*.sh eol=crlf"),
        ("*.sh eol=lf", "*.sh eol=lf\n*.sh -text\n*.sh diff=x", "*.sh -text"),
        ("*.sh eol=lf", "*.sh text=auto", "*.sh text=auto"),
        ("*.sh -crlf", "*.sh text", "*.sh text"),
        ("*.png binary", "*.png diff=exif", "*.png diff=exif"),
    ] {
        let told = overruled(".gitattributes", canon, &format!("{canon}\n{below}\n"));
        assert_eq!(told, [format!("{canon} < {by}")], "{below}");
    }
    let told = overruled("CODEOWNERS", "/docs/ @a", "/docs/ @a\n/docs/ @b\n/docs/ @A\n");
    assert_eq!(told, [""; 0]);
}

#[test]
fn where_no_place_is_left_nothing_is_put_in() {
    assert!(compared(".gitattributes", "* text=auto\n", "* -text\n").1.is_none());
    assert!(compared("CODEOWNERS", "/docs/ @a\n", "* @b\n").1.is_none());
    let (standing, _) = compared("CODEOWNERS", "/docs/ @a\n", "/src/ @b\n");
    assert!(standing.safe);
}

#[test]
fn only_formats_whose_order_is_known_have_one() {
    assert_eq!(Format::of("a/.gitattributes"), Some(Format::Attributes));
    assert_eq!(Format::of(".dockerignore"), Some(Format::DockerIgnore));
    assert_eq!(Format::of(".npmignore"), Some(Format::Ignore));
    assert_eq!(Format::of(".github/CODEOWNERS"), Some(Format::Owners));
    assert_eq!(Format::of("Makefile"), None);
}
