use super::*;

const OLD: &str = "pkg.old.Name";

fn renamed_to(source: &str, to: &str) -> String {
    renamed_taken(source, to, &|_| false)
}

fn renamed_taken(source: &str, to: &str, is_taken: &dyn Fn(&str) -> bool) -> String {
    let text = Text::new(source);
    match rename(&text, OLD, to, is_taken) {
        Ok(renamed) => {
            let after = text.edited(&renamed.edits).expect("sound edits");
            let again = rename(&after, OLD, to, is_taken).expect("a second time");
            assert_eq!(again.edits, [], "a second time something is left to do");
            let texts =
                renamed.texts.iter().map(|span| format!("# speaks: {}\n", text.slice(*span)));
            after.as_str().to_owned() + &texts.collect::<String>()
        }
        Err(RenameError::ByHand { span, why }) => {
            format!("# by hand at {:?}: {why}\n", text.slice(span))
        }
        Err(RenameError::Syntax(error)) => format!("# {error}\n"),
    }
}

#[track_caller]
fn moves(source: &str, expected: &str) {
    assert_eq!(renamed_to(source, "pkg.new.Other"), expected);
}

/// The name alone, or the module alone, is another.
#[track_caller]
fn becomes(source: &str, to: &str, expected: &str) {
    assert_eq!(renamed_to(source, to), expected);
}

#[test]
fn a_name_that_is_imported_is_renamed_with_its_uses() {
    moves(
        "from pkg.old import Name\n\nclass A(Name):\n    x: Name = Name.y\n",
        "from pkg.new import Other\n\nclass A(Other):\n    x: Other = Other.y\n",
    );
    moves("from pkg.old import Name as N\nN()\n", "from pkg.new import Other as N\nN()\n");
    moves("from pkg.old import Name as Other\nOther()\n", "from pkg.new import Other\nOther()\n");
    becomes(
        "from pkg.old import Name\nName()\n",
        "pkg.old.Other",
        "from pkg.old import Other\nOther()\n",
    );
    becomes(
        "from pkg.old import Name\nName()\n",
        "pkg.new.Name",
        "from pkg.new import Name\nName()\n",
    );
}

#[test]
fn of_several_names_one_goes_into_a_statement_of_its_own() {
    becomes(
        "from pkg.old import A, Name, B\n",
        "pkg.old.Other",
        "from pkg.old import A, Other, B\n",
    );
    moves("from pkg.old import A, Name\n", "from pkg.old import A\nfrom pkg.new import Other\n");
    moves(
        "def f():\n    from pkg.old import Name, A  # why\n    return Name, A",
        "def f():\n    from pkg.old import A  # why\n    from pkg.new import Other\n    return Other, A",
    );
    moves(
        "from pkg.old import (\n    A,  # a\n    Name,  # n\n)\n",
        "from pkg.old import (\n    A,  # a\n)\nfrom pkg.new import Other\n",
    );
    moves(
        "from pkg.old import (A, # a\n  Name)\n",
        "# by hand at \"Name\": there is a comment between it and its neighbour\n",
    );
    moves(
        "if x: from pkg.old import A, Name\n",
        "if x: from pkg.old import A; from pkg.new import Other\n",
    );
    moves("from pkg.old import A, Name", "from pkg.old import A\nfrom pkg.new import Other");
    moves(
        "from pkg.old import A, Name\r\nb\r\n",
        "from pkg.old import A\r\nfrom pkg.new import Other\r\nb\r\n",
    );
}

#[test]
fn dotted_uses_follow_their_import() {
    moves("import pkg.old\npkg.old.Name.x\n", "import pkg.new\npkg.new.Other.x\n");
    moves(
        "import pkg.old\npkg.old.Name, pkg.old.rest\n",
        "import pkg.old\nimport pkg.new\npkg.new.Other, pkg.old.rest\n",
    );
    moves("import pkg\npkg.old.Name\n", "import pkg\nimport pkg.new\npkg.new.Other\n");
    moves("import pkg.old as m, os\nm.Name()\n", "import pkg.new as m, os\nm.Other()\n");
    moves(
        "import pkg.old as m\nm.Name(m.rest)\n",
        "import pkg.old as m\nfrom pkg.new import Other\nOther(m.rest)\n",
    );
    moves("from pkg import old\nold.Name\n", "from pkg import new as old\nold.Other\n");
    moves("from pkg import a, old as o\no.Name\n", "from pkg import a, new as o\no.Other\n");
    becomes(
        "from pkg import old as o\no.Name, o.rest\n",
        "pkg.old.Other",
        "from pkg import old as o\no.Other, o.rest\n",
    );
    becomes(
        "import pkg.old\npkg . old . Name\n",
        "pkg.old.Other",
        "import pkg.old\npkg.old.Other\n",
    );
    moves(
        "import pkg.old as m\nm.Name = m.Name2\n",
        "import pkg.old as m\nfrom pkg.new import Other\nOther = m.Name2\n",
    );
}

#[test]
fn the_old_name_may_be_a_module() {
    moves("from pkg.old.Name import x\n", "from pkg.new.Other import x\n");
    moves("import pkg.old.Name.sub as s\ns.x\n", "import pkg.new.Other.sub as s\ns.x\n");
    moves("import pkg.old.Name\npkg.old.Name.x()\n", "import pkg.new.Other\npkg.new.Other.x()\n");
    moves("from pkg.old.Name import *\n", "from pkg.new.Other import *\n");
    moves(
        "from pkg.old.Names import x\nimport pkg.old.Names\n",
        "from pkg.old.Names import x\nimport pkg.old.Names\n",
    );
}

#[test]
fn imports_in_functions_and_behind_try_are_renamed() {
    moves(
        "def f():\n    from pkg.old import Name\n    return [Name(x) for x in y]\n\ndef g():\n    return Name\n",
        "def f():\n    from pkg.new import Other\n    return [Other(x) for x in y]\n\ndef g():\n    return Name\n",
    );
    // Two ways to bind it: the name stays.
    moves(
        "try:\n    from pkg.old import Name\nexcept ImportError:\n    Name = None\nName()\n",
        "try:\n    from pkg.new import Other as Name\nexcept ImportError:\n    Name = None\nName()\n",
    );
    moves(
        "try:\n    import pkg.old as m\nexcept ImportError:\n    m = None\nm.Name()\n",
        "try:\n    import pkg.new as m\nexcept ImportError:\n    m = None\nm.Other()\n",
    );
    moves(
        "if TYPE_CHECKING:\n    from pkg.old import Name\ndef f(x: 'Name'): ...\n",
        "if TYPE_CHECKING:\n    from pkg.new import Other as Name\ndef f(x: 'Name'): ...\n# speaks: 'Name'\n",
    );
}

#[test]
fn names_that_hide_it_are_told_apart() {
    let hidden = "\
from pkg.old import Name
def a(Name): return Name
def b():
    for Name in x: Name
c = lambda Name: Name
d = [Name for Name in Name]
class E:
    Name = 1
    def f(self): return Name
def g():
    match x:
        case [*Name]: return Name
def h():
    try: ...
    except E as Name: Name
def i[Name](x: Name): ...
f'{Name}'
f(Name=1).Name
";
    insta::assert_snapshot!(renamed_to(hidden, "pkg.new.Other"), @"
    from pkg.new import Other
    def a(Name): return Name
    def b():
        for Name in x: Name
    c = lambda Name: Name
    d = [Name for Name in Other]
    class E:
        Name = 1
        def f(self): return Other
    def g():
        match x:
            case [*Name]: return Name
    def h():
        try: ...
        except E as Name: Name
    def i[Name](x: Name): ...
    f'{Other}'
    f(Name=1).Name
    ");
    // A name that is declared elsewhere stays.
    moves(
        "from pkg.old import Name\ndef f():\n    global Name\n    Name()\n",
        "from pkg.new import Other as Name\ndef f():\n    global Name\n    Name()\n",
    );
    moves(
        "import pkg.old as m\ndef f(m): return m.Name\ndef g(): return m.Name\n",
        "import pkg.new as m\ndef f(m): return m.Name\ndef g(): return m.Other\n",
    );
}

#[test]
fn a_name_that_others_or_texts_know_stays_theirs() {
    moves(
        "from pkg.old import Name\n__all__ = [\"Name\"]\n",
        "from pkg.new import Other as Name\n__all__ = [\"Name\"]\n# speaks: \"Name\"\n",
    );
    moves(
        "from pkg.old import Name\nOther = 1\nName\n",
        "from pkg.new import Other as Name\nOther = 1\nName\n",
    );
    let taken =
        renamed_taken("from pkg.old import Name\nName\n", "pkg.new.Other", &|name| name == "Name");
    assert_eq!(taken, "from pkg.new import Other as Name\nName\n");
}

#[test]
fn texts_are_left_alone_and_told() {
    moves(
        "import_module('pkg.old.Name')\n'see pkg.old.Names or xpkg.old.Name'\n'''pkg.old.Name.x'''\n",
        "import_module('pkg.old.Name')\n'see pkg.old.Names or xpkg.old.Name'\n'''pkg.old.Name.x'''\n\
         # speaks: 'pkg.old.Name'\n# speaks: '''pkg.old.Name.x'''\n",
    );
}

#[test]
fn what_cannot_be_known_is_left_for_a_person() {
    moves("from pkg.old import *\n", "# by hand at \"*\": `*` may import `Name` here\n");
    moves(
        "import pkg.old as m\nm = wrap(m)\nm.Name\n",
        "# by hand at \"m\": `m` is bound in several ways here\n",
    );
    moves(
        "import pkg.old as m\nOther = 1\nm.Name, m.rest\n",
        "# by hand at \"m\": `Other` names something else here\n",
    );
    assert!(renamed_to("def f(\n", "pkg.new.Other").starts_with("# "));
    moves(
        "from .old import Name\nfrom other.old import Name as N\n",
        "from .old import Name\nfrom other.old import Name as N\n",
    );
}
