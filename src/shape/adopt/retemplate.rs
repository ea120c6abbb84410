//! Makes a template of a member's content: the old template, changed only where the content differs from its rendering.
//!
//! What did not change keeps the old template's text, whole lines and the words at both ends of a changed line: a word
//! that happens to equal a variable's value is literal if the template has it literally. Variables are put into what is
//! new. The result is not verified to render the content; the caller tries the candidates in order.

use std::ops::Range;

use crate::change::{differences, lines};
use crate::shape::infer::{Names, Substitution};
use crate::shape::lineage::parts::Parts;
use crate::shape::quoting::Piece;
use crate::shape::render::Templates;
use crate::shape::variables::Variables;

use super::tags::blocks;
use kept::Kept;

mod kept;

/// A template made from a member's content.
pub(super) struct Candidate {
    pub(super) source: String,
    /// What was replaced by expressions in its new parts.
    pub(super) substituted: Vec<Substitution>,
}

/// What a template is rendered with: the values, and the templates that it takes in.
pub(super) struct Rendering<'t> {
    values: &'t Variables,
    parts: Parts,
    /// The tags of the template that import macros, which its lines may call.
    imports: String,
}

impl<'t> Rendering<'t> {
    pub(super) fn new(template: &str, parts: Parts, values: &'t Variables) -> Self {
        let imports = blocks(template).into_iter().filter(|tag| tag.starts_with("import "));
        let imports = imports.map(|tag| format!("{{% {tag} %}}")).collect();
        Self { values, parts, imports }
    }

    /// What a template renders; `None` if it does not.
    pub(super) fn of(&self, source: &str) -> Option<String> {
        if !["{{", "{%", "{#"].iter().any(|opener| source.contains(opener)) {
            return Some(source.to_owned());
        }
        let parts = self.parts.iter().map(|(name, part)| (name.as_str(), &**part));
        let templates = Templates::compile(parts.chain([("it", source)])).ok()?;
        templates.render("it", self.values).ok()
    }

    /// What a part of a line renders.
    fn of_part(&self, source: &str) -> Option<String> {
        let calls_a_macro = !self.imports.is_empty() && source.contains("::");
        // An import takes the blanks behind it; the comment keeps them.
        match calls_a_macro {
            true => self.of(&format!("{}{{# #}}{source}", self.imports)),
            false => self.of(source),
        }
    }
}

/// The old template and what it renders, in lines, and the member's content.
pub(super) struct Old<'t> {
    template: Vec<Line<'t>>,
    rendered: Vec<&'t str>,
    content: Vec<&'t str>,
    /// For each rendered line, the line of the template that renders it by itself.
    origins: Vec<Option<usize>>,
    rendering: &'t Rendering<'t>,
}

/// A line of the template.
struct Line<'t> {
    text: &'t str,
    /// Whether it begins inside a `raw` block.
    begins_raw: bool,
    /// What it renders by itself; `None` for a part of a construct of several lines.
    alone: Option<String>,
}

/// Lines of the template that are to be replaced by lines of the content.
struct Region {
    template: Range<usize>,
    content: Range<usize>,
}

/// Chooses what may become a variable in text that replaces a part of the template.
pub(super) trait Scope {
    /// The names to replace; `replaced` is the part of the template that goes.
    fn names(&self, replaced: &str) -> Names;
}

impl<'t> Old<'t> {
    pub(super) fn new(
        template: &'t str,
        rendered: &'t str,
        content: &'t str,
        rendering: &'t Rendering<'t>,
    ) -> Self {
        let template = template_lines(template, rendering);
        let wholes = template.iter().filter_map(|line| line.alone.as_deref());
        let wholes: Vec<&str> = wholes.filter(|it| lines(it).len() > 1).collect();
        let (rendered, content) = (chunks(rendered, &wholes), chunks(content, &wholes));
        // No line of a text holds a line end inside, so this one is not equal to any.
        let alone: Vec<&str> =
            template.iter().map(|line| line.alone.as_deref().unwrap_or("\n\n")).collect();
        let mut origins = vec![None; rendered.len()];
        for (one, other) in equal(&alone, &rendered) {
            if let Some(origin) = origins.get_mut(other) {
                *origin = Some(one);
            }
        }
        Self { template, rendered, content, origins, rendering }
    }

    /// The old template with the changed lines replaced in place, so that conditions and loops around them stay.
    pub(super) fn in_place(&self, scope: &dyn Scope) -> Option<Candidate> {
        let mut made = Candidate { source: String::new(), substituted: Vec::new() };
        let mut done = 0;
        for region in self.regions() {
            self.template.get(done..region.template.start)?.iter().for_each(|line| {
                made.source.push_str(line.text);
            });
            done = region.template.end;
            self.replace(&region, scope, &mut made)?;
        }
        self.template.get(done..)?.iter().for_each(|line| made.source.push_str(line.text));
        Some(made)
    }

    /// The content with the lines that did not change as the old template has them, as far as they are lines of it: for
    /// changes inside constructs of several lines, which are lost.
    pub(super) fn line_by_line(&self, scope: &dyn Scope) -> Option<Candidate> {
        let mut made = Candidate { source: String::new(), substituted: Vec::new() };
        let mut unchanged = vec![None; self.content.len()];
        for (one, other) in equal(&self.rendered, &self.content) {
            if let Some(line) = unchanged.get_mut(other) {
                *line = self.origins.get(one).copied().flatten();
            }
        }
        let whole: String = self.template.iter().map(|line| line.text).collect();
        for (line, origin) in self.content.iter().zip(unchanged) {
            match origin.filter(|at| !(self.is_raw(*at) || self.is_raw(at + 1))) {
                Some(at) => made.source.push_str(self.template.get(at)?.text),
                None => made.add(&Piece::alone(line), &scope.names(&whole))?,
            }
        }
        Some(made)
    }

    /// Whether a line of the template begins inside a `raw` block.
    fn is_raw(&self, line: usize) -> bool {
        self.template.get(line).is_some_and(|line| line.begins_raw)
    }

    fn origin(&self, line: usize) -> Option<usize> {
        self.origins.get(line).copied().flatten()
    }

    /// The parts of the template to replace, in order.
    fn regions(&self) -> Vec<Region> {
        let mut changes: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for (old, new) in differences(&self.rendered, &self.content) {
            let is_known = old.clone().all(|line| self.origin(line).is_some());
            if is_known && old.len() == new.len() {
                let pairs = old.zip(new).map(|(old, new)| (old..old + 1, new..new + 1));
                changes.extend(pairs);
                continue;
            }
            let (old, new) = self.widened(old, new);
            match changes.last_mut() {
                Some((before, with)) if old.start < before.end => {
                    // Behind the later change both sides go on alike; the earlier one could not know its length.
                    before.end = before.end.max(old.end);
                    with.end = new.end + (before.end - old.end);
                }
                _ => changes.push((old, new)),
            }
        }
        let in_template = |(old, content): (Range<usize>, Range<usize>)| {
            let before = old.start.checked_sub(1).and_then(|line| self.origin(line));
            let after = self.origin(old.end);
            let template = match (old.is_empty(), before, after) {
                (true, Some(before), _) => before + 1..before + 1,
                (true, None, Some(after)) => after..after,
                _ => {
                    let first = self.origin(old.start).filter(|_| !old.is_empty());
                    let last = old.end.checked_sub(1).and_then(|line| self.origin(line));
                    let start = first.or(before.map(|line| line + 1)).unwrap_or_default();
                    let end = last.filter(|_| !old.is_empty()).map(|line| line + 1);
                    start..end.or(after).unwrap_or(self.template.len())
                }
            };
            Region { template, content }
        };
        changes.into_iter().map(in_template).collect()
    }

    /// Widens a change to lines that the template has by themselves; an insertion needs one beside it.
    fn widened(
        &self,
        mut old: Range<usize>,
        mut new: Range<usize>,
    ) -> (Range<usize>, Range<usize>) {
        let is_known = |line: Option<usize>| line.is_some_and(|line| self.origin(line).is_some());
        if old.is_empty() && (is_known(old.start.checked_sub(1)) || is_known(Some(old.end))) {
            return (old, new);
        }
        let was_empty = old.is_empty();
        while old.start > 0
            && if was_empty {
                !is_known(Some(old.start - 1))
            } else {
                !is_known(Some(old.start)) && !is_known(Some(old.start - 1))
            }
        {
            (old.start, new.start) = (old.start - 1, new.start.saturating_sub(1));
        }
        while old.end < self.rendered.len()
            && !is_known(Some(old.end))
            && (was_empty || !is_known(old.end.checked_sub(1)))
        {
            (old.end, new.end) = (old.end + 1, new.end + 1);
        }
        (old, new)
    }

    /// Adds what replaces a region.
    fn replace(&self, region: &Region, scope: &dyn Scope, made: &mut Candidate) -> Option<()> {
        let replaced = self.template.get(region.template.clone())?;
        let content = self.content.get(region.content.clone())?;
        let (begins_raw, ends_raw) =
            (self.is_raw(region.template.start), self.is_raw(region.template.end));
        if let ([line], [new], false, false) = (replaced, content, begins_raw, ends_raw)
            && let Some(kept) = Kept::of(line.text, new, self.rendering)
        {
            made.source.push_str(kept.start);
            made.add(&kept.new, &scope.names(kept.replaced))?;
            made.source.push_str(kept.end);
            return Some(());
        }
        let text = content.concat();
        let names = scope.names(&replaced.iter().map(|line| line.text).collect::<String>());
        let mut new = Candidate { source: String::new(), substituted: Vec::new() };
        new.add(&Piece::alone(&text), &names)?;
        if begins_raw && ends_raw && new.substituted.is_empty() && !text.contains("endraw") {
            made.source.push_str(&text);
            return Some(());
        }
        if begins_raw && !text.is_empty() {
            made.source.push_str("{% endraw %}");
        }
        made.source.push_str(&new.source);
        made.substituted.extend(new.substituted);
        // Without text between them, a block that goes on goes on, and one that ends or begins does so here.
        made.source.push_str(match (begins_raw, ends_raw, text.is_empty()) {
            (true, false, true) => "{% endraw %}",
            (_, true, false) | (false, true, true) => "{% raw %}",
            _ => "",
        });
        Some(())
    }
}

impl Candidate {
    /// Adds a text with its names replaced.
    pub(super) fn add(&mut self, piece: &Piece<'_>, names: &Names) -> Option<()> {
        let source = names.abstracted(piece)?;
        for substitution in names.written_in(&source) {
            if !self.substituted.contains(&substitution) {
                self.substituted.push(substitution);
            }
        }
        self.source.push_str(&source);
        Some(())
    }
}

/// The pairs of equal lines of two texts, in order.
fn equal(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut one, mut other) = (0, 0);
    let end = (old.len()..old.len(), new.len()..new.len());
    for (before, with) in differences(old, new).into_iter().chain([end]) {
        pairs.extend((one..before.start).zip(other..with.start));
        (one, other) = (before.end, with.end);
    }
    pairs
}

/// The lines of a text. Several that one line of the template renders, by an include, count as one.
fn chunks<'t>(text: &'t str, wholes: &[&str]) -> Vec<&'t str> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while let Some(line) = rest.split_inclusive('\n').next() {
        let is_here = |whole: &&&str| {
            let behind = rest.strip_prefix(**whole);
            behind.is_some_and(|behind| behind.is_empty() || whole.ends_with('\n'))
        };
        let length = wholes.iter().filter(is_here).map(|it| it.len()).max().unwrap_or(line.len());
        let Some((chunk, behind)) = rest.split_at_checked(length) else { break };
        chunks.push(chunk);
        rest = behind;
    }
    chunks
}

fn template_lines<'t>(template: &'t str, rendering: &Rendering<'_>) -> Vec<Line<'t>> {
    let mut is_raw = false;
    let line = |text| {
        let begins_raw = is_raw;
        is_raw = raw_after(text, begins_raw);
        let alone = if begins_raw || is_raw {
            let (start, end) = (
                if begins_raw { "{% raw %}" } else { "" },
                if is_raw { "{% endraw %}" } else { "" },
            );
            rendering.of_part(&format!("{start}{text}{end}"))
        } else {
            rendering.of_part(text)
        };
        Line { text, begins_raw, alone }
    };
    lines(template).into_iter().map(line).collect()
}

/// Whether a `raw` block is open behind a line.
fn raw_after(line: &str, mut is_raw: bool) -> bool {
    for (at, _) in line.match_indices("{%") {
        let tag = line.get(at + 2..).unwrap_or_default().trim_start_matches('-').trim_start();
        let word: &str = if is_raw { "endraw" } else { "raw" };
        let after = tag.strip_prefix(word).map(|rest| rest.trim_start().trim_start_matches('-'));
        if after.is_some_and(|after| after.starts_with("%}")) {
            is_raw = !is_raw;
        }
    }
    is_raw
}
