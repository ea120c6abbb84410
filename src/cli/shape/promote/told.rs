//! What `shipshape shape promote` says of the canon that it made.

use crate::cli::Context;
use crate::counted::counted;
use crate::edge::terminal::visible;
use crate::shape::adopt::{Adoption, Taken};
use crate::shape::infer::Substitution;
use crate::shape::pack::TEMPLATE_SUFFIX;

/// Says that there is nothing to promote.
pub(super) fn nothing(context: &Context, path: &str, adoption: &Adoption) {
    let what = match adoption.taken {
        Some(Taken::Keys { .. }) => format!("what the shape manages in `{path}`"),
        _ => format!("`{path}`"),
    };
    context.terminal.note(&format!("{} is canon already: nothing to do", visible(&what)));
    taken(context, path, adoption);
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
        Taken::Keys { set, left } => {
            let set = (!set.is_empty()).then(|| {
                format!(
                    "of `{path}`, only what the shape manages is taken: {}; the rest of `{file}` stays as it is",
                    listed(set)
                )
            });
            let left = (!left.is_empty()).then(|| {
                format!(
                    "only one of the repository and the canon has {}, and the canon keeps what it has: edit `{file}` in \
                     the pack to add or remove it",
                    listed(left)
                )
            });
            set.into_iter().chain(left).collect()
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
        "`{text}` is a name of this repository or only the same word, and new repositories start with it as it is: where it \
         is the name, write `{{{{ {chosen} }}}}` in {template}"
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
        let taken = Taken::Keys { set: keys(&["a", "b"]), left: keys(&["c"]) };
        let said = of_part(&taken, "x.toml", "files/x.toml");
        assert_eq!(
            said.first().map(String::as_str),
            Some(
                "of `x.toml`, only what the shape manages is taken: `a`, `b`; the rest of `files/x.toml` stays as it is"
            )
        );
        assert!(
            said.get(1).is_some_and(|it| it.contains("has `c`, and the canon keeps")),
            "{said:?}"
        );
        let said = of_part(&Taken::Lines { new: 2, gone: 1 }, "R.md", "files/R.md").concat();
        assert!(said.contains("(2 lines more and 1 line fewer than before)"), "{said}");
    }
}
