//! What a class inherits, followed through the modules of its repository, in Python's own order.
//!
//! The order is C3 (<https://docs.python.org/3/howto/mro.html>). It matters, for example, because a mixin listed
//! after an abstract base does not implement what the base leaves open.

use std::collections::HashMap;
use std::rc::Rc;

use super::meaning::What;
use super::sibling::{Sibling, Siblings};
use crate::source::python::{Base, Class, ClassAttribute, ClassId, Function};

/// How deep base classes are followed; deeper ones count as foreign.
const MAX_DEPTH: usize = 24;

/// How many ancestors are put in order.
const MAX_ANCESTORS: usize = 256;

/// Bases that contribute no methods.
const NEUTRAL: [&str; 4] = ["ABC", "Generic", "Protocol", "object"];
const NEUTRAL_MODULES: [&str; 4] = ["", "abc", "typing", "typing_extensions"];

/// One step in the order in which Python looks up a member.
#[derive(Clone, Debug)]
pub enum Ancestor {
    /// A class of the repository.
    Class(Rc<Sibling>, ClassId),
    /// The base that the shape demands, which is not in the repository.
    Demanded,
    /// Another class that is not in the repository, as written.
    Foreign(String),
}

impl Ancestor {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Class(one, id), Self::Class(other, other_id)) => {
                one.path == other.path && id == other_id
            }
            (Self::Demanded, Self::Demanded) => true,
            (Self::Foreign(one), Self::Foreign(other)) => one == other,
            _ => false,
        }
    }
}

/// A class and its ancestors.
#[derive(Clone, Debug)]
pub struct Ancestry {
    /// In the order in which Python looks up a member, starting with the class itself.
    pub order: Vec<Ancestor>,
}

/// Where a member of a class is defined.
#[derive(Clone, Debug)]
pub enum Member<'a> {
    /// A method, with the module and class that define it.
    Method(&'a Sibling, &'a Class, &'a Function),
    /// Another name in a class body, with its module.
    Attribute(&'a Sibling, &'a ClassAttribute),
    /// The demanded base comes first, and its members are what the shape demands to be overridden.
    OfDemanded,
    /// Perhaps in this foreign class.
    Unknown(&'a str),
    /// Nowhere.
    Nobody,
}

impl Ancestry {
    /// Computes the ancestry of a class. `demanded` is the last component of the demanded base's name.
    #[must_use]
    pub fn of(
        siblings: &Siblings<'_>,
        sibling: &Rc<Sibling>,
        class: ClassId,
        demanded: Option<&str>,
    ) -> Self {
        let mut walk = Walk { siblings, demanded, known: HashMap::new() };
        Self { order: walk.linearized(&Ancestor::Class(Rc::clone(sibling), class), MAX_DEPTH) }
    }

    /// Where a member is defined.
    #[must_use]
    pub fn member(&self, name: &str) -> Member<'_> {
        for ancestor in &self.order {
            match ancestor {
                Ancestor::Demanded => return Member::OfDemanded,
                Ancestor::Foreign(foreign) => return Member::Unknown(foreign),
                Ancestor::Class(sibling, id) => {
                    let Some(class) = sibling.module.class(*id) else { continue };
                    let method = class.method(name);
                    let mut attributes = class.attributes.iter().rev();
                    let attribute = attributes.find(|attribute| attribute.name == name);
                    match (method, attribute) {
                        (Some(method), Some(attribute)) if attribute.span > method.name_span => {
                            return Member::Attribute(sibling, attribute);
                        }
                        (Some(method), _) => return Member::Method(sibling, class, method),
                        (None, Some(attribute)) => return Member::Attribute(sibling, attribute),
                        (None, None) => {}
                    }
                }
            }
        }
        Member::Nobody
    }

    /// Whether the class derives from the base of this name; `None` if a foreign class may.
    #[must_use]
    pub fn derives_from(&self, demanded: &str) -> Option<bool> {
        let mut unknown = false;
        for ancestor in &self.order {
            match ancestor {
                Ancestor::Demanded => return Some(true),
                Ancestor::Foreign(_) => unknown = true,
                Ancestor::Class(sibling, id) => {
                    if sibling.module.class(*id).is_some_and(|class| class.name == demanded) {
                        return Some(true);
                    }
                }
            }
        }
        if unknown { None } else { Some(false) }
    }

    /// The first foreign class that is not the demanded base.
    #[must_use]
    pub fn foreign(&self) -> Option<&str> {
        self.order.iter().find_map(|ancestor| match ancestor {
            Ancestor::Foreign(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

struct Walk<'s, 'r> {
    siblings: &'s Siblings<'r>,
    demanded: Option<&'s str>,
    /// Known orders by file and class; `None` while one is being computed, which ends cycles.
    known: HashMap<(String, ClassId), Option<Vec<Ancestor>>>,
}

impl Walk<'_, '_> {
    fn linearized(&mut self, ancestor: &Ancestor, depth: usize) -> Vec<Ancestor> {
        let Ancestor::Class(sibling, id) = ancestor else { return vec![ancestor.clone()] };
        let Some(class) = sibling.module.class(*id) else { return Vec::new() };
        let key = (sibling.path.clone(), *id);
        match self.known.get(&key) {
            Some(Some(order)) => return order.clone(),
            None if depth > 0 && self.known.len() < MAX_ANCESTORS => {}
            _ => return vec![ancestor.clone(), Ancestor::Foreign(class.name.clone())],
        }
        self.known.insert(key.clone(), None);
        let order = self.merged_order(ancestor, sibling, class, depth);
        self.known.insert(key, Some(order.clone()));
        order
    }

    fn merged_order(
        &mut self,
        ancestor: &Ancestor,
        sibling: &Rc<Sibling>,
        class: &Class,
        depth: usize,
    ) -> Vec<Ancestor> {
        let bases: Vec<Ancestor> =
            class.bases.iter().filter_map(|base| self.base(sibling, class, base)).collect();
        let mut orders: Vec<Vec<Ancestor>> =
            bases.iter().map(|base| self.linearized(base, depth - 1)).collect();
        orders.push(bases);
        let mut order = vec![ancestor.clone()];
        order.extend(merged(orders));
        order.truncate(MAX_ANCESTORS);
        order
    }

    /// What a base refers to. If there are several possibilities, the demanded base wins: the others are fallbacks
    /// for when the runtime is not installed.
    fn base(&self, sibling: &Rc<Sibling>, class: &Class, base: &Base) -> Option<Ancestor> {
        let written = sibling.text.slice(base.span);
        let Some(name) = base.name.as_deref() else {
            return Some(Ancestor::Foreign(written.to_owned()));
        };
        let meanings = self.siblings.meanings(sibling, name, Some(class.span.start));
        let mut found = None;
        for meaning in meanings {
            match meaning.what {
                What::Foreign { name, .. } if Some(name.as_str()) == self.demanded => {
                    return Some(Ancestor::Demanded);
                }
                What::Foreign { module, name } => {
                    let is_neutral = NEUTRAL.contains(&name.as_str())
                        && NEUTRAL_MODULES.contains(&module.as_str());
                    if !is_neutral {
                        found = Some(Ancestor::Foreign(name));
                    }
                }
                What::Class(sibling, id) => {
                    if !matches!(found, Some(Ancestor::Foreign(_))) {
                        found = Some(Ancestor::Class(sibling, id));
                    }
                }
                What::Value(_, crate::source::python::Value::Name(name))
                    if NEUTRAL.contains(&name.as_str()) => {}
                _ => found = Some(Ancestor::Foreign(written.to_owned())),
            }
        }
        let is_builtin = sibling.module.bindings_of(name).next().is_none();
        match found {
            None if is_builtin && name != "object" => Some(Ancestor::Foreign(name.to_owned())),
            found => found,
        }
    }
}

/// Merges orders as C3 does. Where Python would reject the hierarchy, the first remaining candidate is taken.
fn merged(mut orders: Vec<Vec<Ancestor>>) -> Vec<Ancestor> {
    let mut order = Vec::new();
    for sequence in &mut orders {
        sequence.reverse();
    }
    loop {
        orders.retain(|sequence| !sequence.is_empty());
        let stands_behind = |candidate: &Ancestor| {
            orders.iter().any(|sequence| {
                let behind = sequence.len().saturating_sub(1);
                sequence.iter().take(behind).any(|other| other.is(candidate))
            })
        };
        let mut heads = orders.iter().filter_map(|sequence| sequence.last());
        let next = heads.clone().find(|head| !stands_behind(head)).or_else(|| heads.next());
        let Some(next) = next.cloned() else { return order };
        for sequence in &mut orders {
            sequence.retain(|other| !other.is(&next));
        }
        order.push(next);
        if order.len() >= MAX_ANCESTORS {
            return order;
        }
    }
}
