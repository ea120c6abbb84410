//! The names that a module binds by itself and through star imports, and the reasons that there may be others.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::{ModuleSymbols, Opening, Place, Why};
use crate::source::Span;
use crate::source::python::{Bound, Certainty, Module};

/// Maximum number of names to carry from module to module through star imports.
const MAX_CARRIED: usize = 1_000_000;

/// The names that are bound once the module has run, and whether each is certain.
///
/// These are the rules of [`Module::resolve`] for all names in one pass: name by name, a module of a hundred thousand
/// bindings would take minutes.
pub(super) fn bound(module: &Module) -> HashMap<Arc<str>, bool> {
    let mut names: HashMap<&str, (bool, bool)> = HashMap::new();
    for binding in &module.bindings {
        let deleted = binding.bound == Bound::Deleted;
        let (any, certain) = names.entry(binding.name.as_str()).or_default();
        match binding.certainty {
            Certainty::Abandoned => {}
            Certainty::Certain => (*any, *certain) = (!deleted, !deleted),
            Certainty::Alternative(_) if !deleted => (*any, *certain) = (true, true),
            Certainty::Alternative(_) | Certainty::Conditional => {
                *any |= !deleted;
                *certain &= !deleted;
            }
        }
    }
    let names = names.into_iter().filter(|(_, (any, _))| *any);
    names.map(|(name, (_, certain))| (name.into(), certain)).collect()
}

/// What makes a module open by itself; star imports are added later.
pub(super) fn openings(module: &Module) -> Vec<Opening> {
    let getattr = module.bindings_of("__getattr__").next().map(|binding| binding.span);
    let reroute = module.reroutes.first().copied();
    let path = module.bindings_of("__path__").next().map(|binding| binding.span);
    let opening = |why: Why, span: Option<Span>| span.map(|span| Opening { why, span: Some(span) });
    let found = [
        opening(Why::Getattr, getattr),
        opening(Why::Escape, module.escapes.first().copied()),
        opening(Why::Reroute, reroute.or(path)),
    ];
    found.into_iter().flatten().collect()
}

/// A star import: the modules it connects, and whether it always happens.
struct Star {
    into: String,
    from: Option<String>,
    span: Span,
    certain: bool,
}

/// Carries names through star imports until nothing changes, which also terminates for cycles.
pub(super) fn follow_stars(modules: &mut BTreeMap<String, ModuleSymbols>) {
    let stars: Vec<Star> = modules.values().flat_map(stars_of).collect();
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, star) in stars.iter().enumerate() {
        readers.entry(star.from.as_deref().unwrap_or_default()).or_default().push(index);
    }
    let mut waiting: VecDeque<usize> = (0..stars.len()).collect();
    let mut carried = 0;
    while let Some(star) = waiting.pop_front().and_then(|index| stars.get(index)) {
        let brought = brought(modules, star);
        carried += brought.names.len() + 1;
        if carried > MAX_CARRIED {
            for star in &stars {
                if let Some(module) = modules.get_mut(&star.into) {
                    module.open(Why::TooMany, star.span);
                }
            }
            return;
        }
        let Some(into) = modules.get_mut(&star.into) else { continue };
        if into.take(brought, star)
            && let Some(readers) = readers.get(star.into.as_str())
        {
            waiting.extend(readers);
        }
    }
}

fn stars_of(module: &ModuleSymbols) -> Vec<Star> {
    let Some(summary) = &module.module else { return Vec::new() };
    let place = module.place();
    let stars = summary.star_imports.iter().map(|star| Star {
        into: module.dotted.clone(),
        from: absolute(place.as_ref(), star.level, &star.module),
        span: star.span,
        certain: !star.context.conditional && !star.context.guarded,
    });
    stars.collect()
}

pub(super) fn absolute(place: Option<&Place>, level: u32, module: &str) -> Option<String> {
    match level {
        0 => Some(module.to_owned()),
        level => place?.relative(level, module),
    }
}

/// What a star import brings in.
struct Brought {
    names: Vec<(Arc<str>, bool)>,
    open: Option<Why>,
}

fn brought(modules: &BTreeMap<String, ModuleSymbols>, star: &Star) -> Brought {
    let unknown = |name: String| Brought { names: Vec::new(), open: Some(Why::Star(name)) };
    let Some(from) = &star.from else { return unknown("..".to_owned()) };
    let Some(target) = modules.get(from) else { return unknown(from.clone()) };
    let exports = target.module.as_ref().and_then(|module| module.exports.as_ref());
    if let Some(exports) = exports {
        let listed: BTreeSet<&str> = exports.names.iter().map(|(name, _)| name.as_str()).collect();
        let mut names: Vec<_> = listed.iter().map(|name| (Arc::from(*name), true)).collect();
        if exports.exact {
            return Brought { names, open: None };
        }
        // Other listed names can only be those that the module has.
        let others = target.names.iter().filter(|(name, _)| !listed.contains(&***name));
        names.extend(others.map(|(name, _)| (Arc::clone(name), false)));
        let open = target.is_open().then(|| Why::DynamicAll(from.clone()));
        return Brought { names, open };
    }
    let public = target.names.iter().filter(|(name, _)| !name.starts_with('_'));
    let mut names: Vec<_> = public.map(|(name, certain)| (Arc::clone(name), *certain)).collect();
    // A submodule counts only once it has been imported.
    let below = target.submodules.iter().filter(|name| !name.starts_with('_'));
    names.extend(below.map(|name| (Arc::from(name.as_str()), false)));
    Brought { names, open: target.is_open().then(|| Why::Star(from.clone())) }
}

impl ModuleSymbols {
    /// Adds what a star import brings in; returns whether anything changed.
    fn take(&mut self, brought: Brought, star: &Star) -> bool {
        let mut changed = false;
        for (name, certain) in brought.names {
            let certain = certain && star.certain;
            match self.names.get_mut(&*name) {
                // The module's own binding may come before or after the star import, and stays.
                Some(known) => {
                    changed |= certain && !*known;
                    *known |= certain;
                }
                None => {
                    changed = true;
                    self.names.insert(name, certain);
                }
            }
        }
        match brought.open {
            Some(why) => self.open(why, star.span) || changed,
            None => changed,
        }
    }

    /// Records a reason that the module is open; returns whether it is a new one.
    fn open(&mut self, why: Why, span: Span) -> bool {
        let opening = Opening { why, span: Some(span) };
        let news = !self.openings.contains(&opening);
        if news {
            self.openings.push(opening);
        }
        news
    }
}
