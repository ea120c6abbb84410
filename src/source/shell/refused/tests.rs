use crate::source::Text;
use crate::source::spliced::Spliced;

fn refused(script: &str) -> Option<String> {
    let text = Text::new(script);
    let error = super::refused(&Spliced::new(script, 0))?;
    Some(format!("{}: {}", text.position(error.span.start).line, error.message))
}

#[test]
fn blocks_that_never_end_are_refused() {
    for (script, why) in [
        ("if a; then\n  b\n", "1: `if` has no `fi`"),
        ("if a\nb\n", "1: `if` has no `then`"),
        ("x\nfor i in 1 2; do\n  b\n", "2: `for` has no `done`"),
        ("for i in 1 2\n  b\n", "1: `for` has no `do`"),
        ("while a; do b; fi\n", "1: `fi` comes before the `done` of the `while` above"),
        ("f() {\n  if a; then b\n}\n", "3: `}` comes before the `fi` of the `if` above"),
        ("a\nfi\n", "2: `fi` ends nothing that is open"),
        ("case $1 in\n  a) b ;;\n", "1: `case` has no `esac`"),
        ("a=$(b\n", "1: `$(` has no `)`"),
        ("(a; b\n", "1: `(` has no `)`"),
        ("{ a; }\n}\n", "2: `}` ends nothing that is open"),
        ("a )\n", "1: `)` ends nothing that is open"),
        ("a ;; b\n", "1: `;;` is outside of a `case`"),
        ("echo ${A\n", "1: `${` has no `}`"),
        ("a=(b\nc\n", "1: `(` has no `)`"),
    ] {
        assert_eq!(refused(script).as_deref(), Some(why), "{script}");
    }
}

#[test]
fn quotes_that_never_end_are_refused() {
    for script in ["echo \"hi\n", "a\necho 'hi\n", "echo `a\n", "a $'b\\'\n", "b \"$(c 'd)\"\n"] {
        let why = refused(script);
        assert!(why.as_deref().is_some_and(|why| why.ends_with("is never closed")), "{why:?}");
    }
}

#[test]
fn what_bash_reads_passes() {
    for script in [
        "if a; then b; elif c; then d; else e; fi | f && g",
        "for i; do a; done; for i in 1 2 # x\ndo a; done; for ((i=0; i<3; i++)) { a; }",
        "select x in a b; do c; done < f; until a; do b; done 2>&1 | c",
        "case $1 in a|b) c;; (d) e;& \"f g\") h ;;& *) i; esac",
        "case $1 in\n  # it's\n  a) ;;\nesac",
        "f() { a; }; function g { b; }; function h() ( c ); i () if j; then k; fi",
        "echo fi done then esac } do; a=fi; fi=1",
        "cat <<E <<-'F'\nif it's \"so\nE\n\tfor $(\n\tF\nb",
        "a=$(cat <<E\nit's )\nE\n); b",
        "x=$(case $y in a) b;; esac); y=\"$(echo \"a)\" 'b')\"",
        "a=(1 'b c' # it's\n $(d)); a+=(e); declare -a f=(g)",
        "[[ $a =~ ^(b|c)$ && ( -n $d || $e < f ) ]] && g",
        "((a = (1 << 2))); b=$(( (1 + 2) * 3 )); ((c)) || d; e=$((f; g) | h)",
        "(a; (b)); ( (c) ); ((d) ; (e))",
        "echo ${#a} ${a#\\}} ${b:-{} \"${c:-\"}\"}\" $# $$ a#b # it's",
        "diff <(a) <(b \"c)\") >(d); e > >(f)",
        "! a; time -p b; ! { c; }; { d; } 2>/dev/null && if e; then f; fi",
        "a=b if; echo !(x|y)* @(a|b); g \\\n  if\\\n  h",
        "a && exec b\nexit 0\n\u{7f}ELF 'it \" ) fi",
        "cat <<E\nthat never ends",
        "echo (a)",
        "a \"$$(b \" $$'c d'",
    ] {
        assert_eq!(refused(script), None, "{script}");
    }
}

#[test]
fn hostile_nesting_ends() {
    for nest in ["$(", "((", "${a:-", "if ", "{ ", "\"$(", "a=(", "[[ ", "case x in a) "] {
        let _ = refused(&nest.repeat(20_000));
    }
}
