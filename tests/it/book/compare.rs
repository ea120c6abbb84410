//! What a page shows of an output, held against all of it.
//!
//! Blank lines and blanks at the end of a line do not count. `…` stands for whatever is there: alone on a line for any lines, in a
//! line for any part of it. What differs from run to run (a port) is made equal on both sides, and the lines that say how many requests
//! were made need not be shown.

/// Says what of a page is not so; nothing when all of it is.
pub(super) fn difference(shown: &[String], said: &str, is_shortened: bool) -> Option<String> {
    let shown: Vec<String> = lines(shown.iter().map(String::as_str)).collect();
    let costs = shown.iter().any(|line| is_cost(line));
    let said: Vec<String> = lines(said.lines()).filter(|line| costs || !is_cost(line)).collect();
    let mut at = 0;
    // Whether lines may be left out here.
    let mut open = is_shortened;
    for line in &shown {
        if line.trim() == "…" {
            open = true;
            continue;
        }
        let found = said[at..].iter().position(|it| is_like(line, it));
        match found {
            Some(left_out) if open || left_out == 0 => at += left_out + 1,
            None if open => {
                return Some(format!("the page shows, and the program did not say\n  {line}"));
            }
            _ => {
                let next = said.get(at).map_or("nothing more", String::as_str);
                return Some(format!("the page shows\n  {line}\nand the program said\n  {next}"));
            }
        }
        open = is_shortened;
    }
    let more = said.get(at).filter(|_| !open);
    more.map(|line| format!("the program went on, and the page does not show it:\n  {line}"))
}

/// Lines that count, without what differs from run to run.
fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    lines.map(|line| without_port(line.trim_end())).filter(|line| !line.is_empty())
}

/// What a run cost: it changes with how it asks, and not with what it does.
fn is_cost(line: &str) -> bool {
    line.contains(" to the forge") && line.contains("request")
}

/// `127.0.0.1:42331` as `127.0.0.1:PORT`.
fn without_port(line: &str) -> String {
    let mut parts = line.split("127.0.0.1:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        text.push_str(&format!("127.0.0.1:PORT{rest}"));
    }
    text
}

/// Whether a line is as it is shown, `…` standing for anything.
fn is_like(shown: &str, said: &str) -> bool {
    shipshape::source::wildcard::fits(shown, '…', said)
}

#[test]
fn what_is_shown_must_be_so() {
    let differs = |shown: &[&str], said: &str, is_shortened| {
        let shown: Vec<String> = shown.iter().map(|line| (*line).to_owned()).collect();
        difference(&shown, said, is_shortened).is_some()
    };
    let said = "one 127.0.0.1:4000 x  \n\ntwo\n3 requests to the forge (1 GraphQL)\nthree\n";
    assert!(!differs(&["one 127.0.0.1:1 x", "two", "", "three"], said, false));
    assert!(!differs(&["one …", "…", "three"], said, false));
    assert!(!differs(&["…", "two", "…"], said, false));
    assert!(!differs(&["two"], said, true));
    assert!(!differs(&["one …:… x", "two", "3 requests to the forge …", "three"], said, false));
    for wrong in [&["one …", "two"][..], &["two"], &["one …", "three"], &["one … y", "…"]] {
        assert!(differs(wrong, said, false), "{wrong:?}");
    }
    assert!(differs(&["three", "two"], said, true), "another order");
    assert!(differs(&["four"], "", false));
}
