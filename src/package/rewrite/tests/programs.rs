//! Programs that a tape of choices writes, each with the insertions that the table wants of it.

use proptest::prelude::*;

use super::*;
use crate::source::Text;
use crate::source::python::{Imported, Module};

/// A program, as written and as it should become.
#[derive(Default)]
struct Program {
    before: String,
    after: String,
    insertions: Vec<(usize, String)>,
}

impl Program {
    fn write(&mut self, text: &str) {
        self.before.push_str(text);
        self.after.push_str(text);
    }

    fn insert(&mut self, text: &str) {
        self.insertions.push((self.before.len(), text.to_owned()));
        self.after.push_str(text);
    }
}

/// Choices that a test case consists of; at its end every choice is the first.
struct Writer<'tape> {
    tape: std::slice::Iter<'tape, u8>,
    program: Program,
    line_end: &'static str,
    indent: &'static str,
}

const INTERNAL: [&str; 3] = ["X", "Z", "sub"];
const EXTERNAL: [&str; 6] = ["os", "Xutils", "x", "P", "XX", "a2a"];
const PARTS: [&str; 3] = ["s", "X", "match"];
/// What suites stand in, and what must follow them.
const COMPOUND: [(&str, &[&str]); 12] = [
    ("if a:", &[]),
    ("if a:", &["elif b:", "else:"]),
    ("try:", &["except ImportError:", "else:", "finally:"]),
    ("try:", &["except* (A, B) as c:"]),
    ("while a:", &["else:"]),
    ("for a in b:", &[]),
    ("with a as b, c:", &[]),
    ("def f(a: 'X.A' = 'import X') -> X:", &[]),
    ("async def f():", &[]),
    ("class A(X.B):", &[]),
    ("if TYPE_CHECKING:", &[]),
    ("@X.a\ndef f():", &[]),
];
const OTHER: [&str; 8] = [
    "a = 1",
    "'import X'",
    "a = f'{X}: import X'",
    "'''\nimport X\n'''",
    "a = (1,\n  X)",
    "# import X",
    "X.a(lambda: X)",
    "é = 'ü'",
];

impl Writer<'_> {
    fn choice(&mut self, of: usize) -> usize {
        self.tape.next().map_or(0, |byte| usize::from(*byte) % of)
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let index = self.choice(list.len());
        list[index]
    }

    fn line_end(&mut self) {
        let end = self.line_end;
        self.program.write(end);
    }

    /// White space that must be there.
    fn space(&mut self) {
        match self.choice(6) {
            0..=2 => self.program.write(" "),
            3 => self.program.write("\t"),
            4 => self.program.write(" \x0c "),
            _ => {
                self.program.write(" \\");
                self.line_end();
                self.program.write("  ");
            }
        }
    }

    fn perhaps_space(&mut self) {
        if self.choice(4) == 3 {
            self.space();
        }
    }

    fn name(&mut self) -> (&'static str, bool) {
        match self.choice(2) {
            0 => (self.pick(&INTERNAL), true),
            _ => (self.pick(&EXTERNAL), false),
        }
    }

    /// The rest of a dotted name; whether there is one.
    fn submodule(&mut self) -> bool {
        let count = self.choice(3);
        for _ in 0..count {
            self.perhaps_space();
            self.program.write(".");
            self.perhaps_space();
            let part = self.pick(&PARTS);
            self.program.write(part);
        }
        count > 0
    }

    fn alias(&mut self) {
        let (root, is_internal) = self.name();
        if is_internal {
            self.program.insert("P.");
        }
        self.program.write(root);
        let is_submodule = self.submodule();
        if self.choice(3) == 2 {
            self.space();
            self.program.write("as");
            self.space();
            self.program.write("alias");
        } else if is_internal && is_submodule {
            self.program.insert(&format!(" as {root}, P.{root} as {root}"));
        } else if is_internal {
            self.program.insert(&format!(" as {root}"));
        }
    }

    fn import(&mut self) {
        self.program.write("import");
        self.space();
        self.alias();
        for _ in 0..self.choice(3) {
            self.perhaps_space();
            self.program.write(",");
            self.perhaps_space();
            self.alias();
        }
    }

    fn import_from(&mut self) {
        self.program.write("from");
        self.space();
        let dots = self.choice(5).saturating_sub(2);
        self.program.write(&".".repeat(dots));
        let (root, is_internal) = self.name();
        if is_internal && dots == 0 {
            self.program.insert("P.");
        }
        self.program.write(root);
        self.submodule();
        self.space();
        self.program.write("import");
        match self.choice(3) {
            0 => self.program.write(" X, a as X"),
            1 => self.program.write("(X, a as b,)"),
            _ => {
                self.program.write(" (");
                self.line_end();
                self.program.write("# import Z");
                self.line_end();
                self.program.write("X)");
            }
        }
    }

    fn simple(&mut self) {
        match self.choice(5) {
            0 | 1 => self.import(),
            2 | 3 => self.import_from(),
            _ => {
                let text = self.pick(&OTHER).replace('\n', self.line_end);
                // A comment takes the rest of the line, and a suite needs a statement.
                if text.starts_with('#') {
                    self.program.write("pass ");
                }
                self.program.write(&text);
                if text.starts_with('#') {
                    self.line_end();
                    self.program.write("\x0c");
                }
            }
        }
    }

    fn simple_line(&mut self) {
        self.import();
        for _ in 0..self.choice(3) {
            self.perhaps_space();
            self.program.write(";");
            self.perhaps_space();
            match self.choice(3) {
                0 => self.import(),
                1 => self.import_from(),
                _ => self.program.write("a = 'from X import a'"),
            }
        }
        let end = self.pick(&["", ";", " # import X", "# c", "  "]);
        self.program.write(end);
        self.line_end();
    }

    fn suite(&mut self, head: &str, depth: usize) {
        self.program.write(&self.indent.repeat(depth));
        self.program
            .write(&head.replace('\n', &format!("{}{}", self.line_end, self.indent.repeat(depth))));
        if self.choice(3) == 0 {
            self.perhaps_space();
            self.simple_line();
            return;
        }
        self.line_end();
        for _ in 0..=self.choice(2) {
            self.statement(depth + 1);
        }
    }

    fn statement(&mut self, depth: usize) {
        let kind = self.choice(4);
        if kind == 3 && depth < 4 {
            let (head, clauses) = self.pick(&COMPOUND);
            self.suite(head, depth);
            for clause in clauses {
                self.suite(clause, depth);
            }
        } else if kind == 2 && depth < 3 {
            self.program.write(&format!("{}match a:", self.indent.repeat(depth)));
            self.line_end();
            self.suite("case [X.a, *b] if c:", depth + 1);
            self.suite("case _:", depth + 1);
        } else if kind == 1 {
            self.program.write(&self.indent.repeat(depth));
            self.simple_line();
        } else {
            self.program.write(&self.indent.repeat(depth));
            self.simple();
            self.line_end();
        }
    }
}

fn program(tape: &[u8]) -> Program {
    let tape = tape.iter();
    let mut writer = Writer { tape, program: Program::default(), line_end: "\n", indent: " " };
    writer.line_end = writer.pick(&["\n", "\r\n", "\r"]);
    writer.indent = writer.pick(&["    ", "\t", " "]);
    if writer.choice(4) == 3 {
        writer.program.write("\u{feff}");
    }
    while writer.tape.len() > 0 {
        writer.statement(0);
    }
    if writer.choice(2) == 0 {
        writer.program.write("import os; from");
        writer.space();
        writer.program.insert("P.");
        writer.program.write("X import a");
    }
    writer.program
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn programs_become_what_the_table_says(tape in proptest::collection::vec(any::<u8>(), 0..120)) {
        let program = program(&tape);
        let found = rewritten(program.before.as_bytes());
        let found = found.map_err(|refusal| TestCaseError::fail(format!("{refusal}: {:?}", program.before)))?;
        prop_assert_eq!(String::from_utf8_lossy(&found.bytes), program.after.as_str());
        let edits: Vec<_> = found.edits.into_iter().map(|edit| (edit.offset, edit.inserted)).collect();
        prop_assert_eq!(&edits, &program.insertions);
        let mut undone = found.bytes.clone();
        for (offset, inserted) in edits.iter().rev() {
            let before: usize =
                edits.iter().filter(|edit| edit.0 < *offset).map(|edit| edit.1.len()).sum();
            undone.drain(offset + before..offset + before + inserted.len());
        }
        prop_assert_eq!(undone, program.before.into_bytes());
        let again = rewritten(&found.bytes).expect("the output parses");
        prop_assert!(again.edits.is_empty());
        prop_assert_eq!(again.bytes, found.bytes);
    }

    #[test]
    fn no_module_is_left_outside_the_package(tape in proptest::collection::vec(any::<u8>(), 0..120)) {
        let found = rewritten(program(&tape).before.as_bytes()).expect("written to parse");
        let text = Text::new(&String::from_utf8_lossy(&found.bytes));
        let module = Module::parse(&text).expect("the output parses");
        let is_bare = |name: &str| INTERNAL.contains(&name.split('.').next().unwrap_or_default());
        for import in &module.imports {
            match &import.imported {
                Imported::Modules(names) => {
                    prop_assert!(!names.iter().any(|name| is_bare(&name.name)));
                }
                Imported::From { module, level, .. } => {
                    prop_assert!(*level > 0 || !is_bare(module));
                }
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), cookie in 0..6_usize) {
        let cookie = ["", "# coding: latin-1\n", "# coding: cp1252\r\n", "\u{feff}", "#coding=gbk\n", "import X\n"][cookie];
        let bytes = [cookie.as_bytes(), &bytes].concat();
        if let Ok(found) = rewritten(&bytes) {
            prop_assert!(rewritten(&found.bytes).is_ok_and(|again| again.edits.is_empty()));
        }
    }
}
