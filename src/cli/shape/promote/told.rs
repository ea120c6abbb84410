//! What `shipshape shape promote` says of the canon that it made.

use crate::cli::Context;
use crate::counted::counted;
use crate::edge::terminal::visible;
use crate::shape::adopt::{Adoption, Taken};
use crate::shape::infer::Substitution;
use crate::shape::pack::{MANIFEST, TEMPLATE_SUFFIX};

/// Says that there is nothing to promote.
pub(super) fn nothing(context: &Context, path: &str, adoption: &Adoption) {
    context.terminal.note(&visible(&nothing_of(path, adoption.taken.as_ref())));
    taken(context, path, adoption);
}

fn nothing_of(path: &str, taken: Option<&Taken>) -> String {
    match taken {
        Some(Taken::Keys { beyond, lacking, .. }) if beyond.is_empty() && lacking.is_empty() => {
            format!("what the shape manages in `{path}` is canon already: nothing to do")
        }
        Some(Taken::Keys { .. }) => format!(
            "nothing of `{path}` is taken: where both the repository and the canon have a managed key, its value is \
             canon already"
        ),
        _ => format!("`{path}` is canon already: nothing to do"),
    }
}

/// Says what was taken, what became an expression in the new template, and what of the old one it lacks.
pub(super) fn adoption(context: &Context, path: &str, adoption: &Adoption) {
    taken(context, path, adoption);
    for substitution in &adoption.substituted {
        context.terminal.note(&said(substitution));
    }
    for name in &adoption.kept {
        context.terminal.note(&kept(name, &adoption.file));
    }
    for tag in &adoption.lost {
        context.terminal.note(&format!(
            "`{{% {} %}}` of the old template is not in the new one, since the repository changed lines in it or \
             beside it: check the template",
            visible(tag)
        ));
    }
    for expression in &adoption.lost_expressions {
        context.terminal.note(&format!(
            "`{{{{ {} }}}}` of the old template is not in the new one: check that the text in its place is right for \
             every repository",
            visible(expression)
        ));
    }
}

/// Says what was taken of a file of which only a part is managed.
fn taken(context: &Context, path: &str, adoption: &Adoption) {
    for said in adoption.taken.iter().flat_map(|taken| of_part(taken, path, &adoption.file)) {
        context.terminal.note(&visible(&said));
    }
}

fn of_part(taken: &Taken, path: &str, file: &str) -> Vec<String> {
    let listed = |keys: &[String]| {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        keys.join(", ")
    };
    match taken {
        Taken::Keys { set, beyond, lacking, refused } => {
            let set = (!set.is_empty()).then(|| {
                format!(
                    "of `{path}`, only what the shape manages is taken: {}; the rest of `{file}` stays as it is",
                    listed(set)
                )
            });
            let beyond = (!beyond.is_empty()).then(|| {
                format!(
                    "the canon has no {}, as the repository does: add it to `{file}` in the pack",
                    listed(beyond)
                )
            });
            let lacking = (!lacking.is_empty()).then(|| {
                format!(
                    "the repository has no {}, and the canon keeps it: add it to the repository, or, if none needs it, \
                     remove it from `keys` in {MANIFEST} and from `{file}`",
                    listed(lacking)
                )
            });
            let refused = refused.iter().map(|(key, why)| {
                format!(
                    "`{key}` is not set, because {why}: set it in `{file}` in the pack yourself"
                )
            });
            set.into_iter().chain(beyond).chain(lacking).chain(refused).collect()
        }
        Taken::Lines { new, gone } => {
            let more = (*new > 0).then(|| format!("{} more", counted(*new, "line")));
            let fewer = (*gone > 0).then(|| format!("{} fewer", counted(*gone, "line")));
            let change: Vec<String> = more.into_iter().chain(fewer).collect();
            vec![format!(
                "the shape manages all lines that `{path}` has here ({} than before): if only some are meant for every \
                 repository, edit `{file}` in the pack instead",
                change.join(" and ")
            )]
        }
    }
}

/// What may be a name and stayed.
fn kept(name: &Substitution, file: &str) -> String {
    let Substitution { text, chosen, .. } = name;
    let template = match file.ends_with(TEMPLATE_SUFFIX) {
        true => format!("`{file}`"),
        false => format!("`{file}`, which then has to be called `{file}{TEMPLATE_SUFFIX}`"),
    };
    visible(&format!(
        "`{text}` is a name or a value of this repository or only the same word, and new repositories start with it as it \
         is: where it is the repository's own, write `{{{{ {chosen} }}}}` in {template}"
    ))
}

/// What became an expression in the template.
fn said(substitution: &Substitution) -> String {
    let Substitution { text, chosen, others } = substitution;
    let others: Vec<String> = others.iter().map(|other| format!("`{other}`")).collect();
    let check = match others.is_empty() {
        true => "check that it is this name and not only the same word".to_owned(),
        false => format!(
            "in this repository, {} would be the same: check that the template is right where they differ",
            others.join(" and ")
        ),
    };
    let join = if others.is_empty() { ": " } else { "; " };
    format!("`{}` became `{chosen}` in the template{join}{check}", visible(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_of_a_part_is_said() {
        let keys = |them: &[&str]| them.iter().map(|key| (*key).to_owned()).collect();
        let taken = Taken::Keys {
            set: keys(&["a", "b"]),
            beyond: keys(&["c"]),
            lacking: keys(&["d", "e"]),
            refused: vec![("f".to_owned(), "there is an alias here".to_owned())],
        };
        let said = of_part(&taken, "x.toml", "files/x.toml");
        let expected = [
            "of `x.toml`, only what the shape manages is taken: `a`, `b`; the rest of `files/x.toml` stays as it is",
            "the canon has no `c`, as the repository does: add it to `files/x.toml` in the pack",
            "the repository has no `d`, `e`, and the canon keeps it: add it to the repository, or, if none needs it, \
             remove it from `keys` in shape.yaml and from `files/x.toml`",
            "`f` is not set, because there is an alias here: set it in `files/x.toml` in the pack yourself",
        ];
        assert_eq!(said, expected);
        let said = of_part(&Taken::Lines { new: 2, gone: 1 }, "R.md", "files/R.md").concat();
        assert!(said.contains("(2 lines more and 1 line fewer than before)"), "{said}");
    }

    #[test]
    fn a_key_that_one_side_lacks_is_not_canon_already() {
        let keys = |lacking: &[&str]| Taken::Keys {
            set: Vec::new(),
            beyond: Vec::new(),
            lacking: lacking.iter().map(|key| (*key).to_owned()).collect(),
            refused: Vec::new(),
        };
        let said = nothing_of("x.toml", Some(&keys(&[])));
        assert!(said.contains("in `x.toml` is canon already: nothing to do"), "{said}");
        let said = nothing_of("x.toml", Some(&keys(&["a"])));
        assert!(said.starts_with("nothing of `x.toml` is taken"), "{said}");
    }
}
