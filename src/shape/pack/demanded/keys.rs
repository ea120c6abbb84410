//! Finds demands on the keys of documents that mean nothing: keywords that the type of a key does not have, values that
//! it cannot have, versions that the document does not have.

use super::meaning::Fault;
use crate::shape::demands::document::{Demand, Key, Type, Version};
use crate::source::Text;
use crate::source::yaml::{Dialect, Document, Path, Value};

/// A keyword of a key, and the types whose values it is about. All other keywords are about any value.
struct Keyword {
    name: &'static str,
    types: &'static [Type],
    is_written: fn(&Key) -> bool,
}

const SCALARS: &[Type] = &[Type::String, Type::Int, Type::Number, Type::Bool, Type::Null];
const NUMBERS: &[Type] = &[Type::Int, Type::Number];

const KEYWORDS: [Keyword; 6] = [
    Keyword { name: "one_of", types: SCALARS, is_written: |key| key.one_of.is_some() },
    Keyword { name: "minimum", types: NUMBERS, is_written: |key| key.minimum.is_some() },
    Keyword { name: "maximum", types: NUMBERS, is_written: |key| key.maximum.is_some() },
    Keyword { name: "keys", types: &[Type::Map], is_written: |key| !key.keys.is_empty() },
    Keyword {
        name: "unknown_keys",
        types: &[Type::Map],
        is_written: |key| key.unknown_keys.is_some(),
    },
    Keyword { name: "items", types: &[Type::List], is_written: |key| key.items.is_some() },
];

/// A key that a pack demands something of.
struct Site<'a> {
    demand: &'a Demand,
    /// Its path in the document.
    name: String,
    /// Where shape.yaml has it.
    place: Path,
    key: &'a Key,
}

/// Returns the first demand on a key of a document that means nothing. `place` is where shape.yaml has the document.
pub(super) fn fault(demand: &Demand, place: &Path) -> Option<Fault> {
    let place = place.clone().key("keys");
    demand.keys.iter().find_map(|(name, key)| {
        Site { demand, name: name.clone(), place: place.clone().key(name), key }.fault()
    })
}

impl<'a> Site<'a> {
    fn fault(&self) -> Option<Fault> {
        self.of_types()
            .or_else(|| self.of_values())
            .or_else(|| self.of_bounds())
            .or_else(|| self.of_versions())
            .or_else(|| {
                let mut below = self.key.keys.iter();
                below.find_map(|(name, key)| {
                    let place = self.place.clone().key("keys").key(name);
                    self.below(format!("{}.{name}", self.name), place, key).fault()
                })
            })
            .or_else(|| {
                let items = self.key.items.as_deref()?;
                let place = self.place.clone().key("items");
                self.below(format!("{}[]", self.name), place, items).fault()
            })
    }

    fn below(&self, name: String, place: Path, key: &'a Key) -> Self {
        Self { demand: self.demand, name, place, key }
    }

    /// A fault of one keyword; the message goes on after what it is about.
    fn of(&self, keyword: &str, message: &str, hint: impl Into<String>) -> Fault {
        let Self { demand, name, place, .. } = self;
        let message = format!("`{keyword}` of `{name}` in `{}` {message}", demand.path);
        Fault::new(place.clone().key(keyword), message, hint)
    }

    /// The types as shape.yaml has them.
    fn types(&self) -> String {
        let names: Vec<&str> = self.key.types.as_slice().iter().map(|it| it.name()).collect();
        match names[..] {
            [one] => format!("`type: {one}`"),
            _ => format!("`type: [{}]`", names.join(", ")),
        }
    }

    /// A keyword that is about values of no type that the key may have.
    fn of_types(&self) -> Option<Fault> {
        let types = self.key.types.as_slice();
        let is_foreign = |keyword: &&Keyword| {
            !types.is_empty()
                && (keyword.is_written)(self.key)
                && !types.iter().any(|it| keyword.types.contains(it))
        };
        let Keyword { name, types: wanted, .. } = KEYWORDS.iter().find(is_foreign)?;
        let wanted: Vec<String> = wanted.iter().map(|it| format!("`{}`", it.name())).collect();
        Some(self.of(
            name,
            &format!("applies to no value, because of {}", self.types()),
            format!("remove `{name}`, or add a type that has it: {}", wanted.join(", ")),
        ))
    }

    fn of_values(&self) -> Option<Fault> {
        let allowed = self.key.one_of.as_ref()?;
        if allowed.is_empty() {
            return Some(self.of(
                "one_of",
                "is empty, so it allows no value",
                "list the allowed values, or remove `one_of`",
            ));
        }
        let types = self.key.types.as_slice();
        let is_possible =
            |text: &String| types.is_empty() || types.iter().any(|it| self.may_be(text, *it));
        let text = allowed.iter().find(|text| !is_possible(text))?;
        let mut fault = self.of(
            "one_of",
            &format!("lists `{text}`, which is not a value of {}", self.types()),
            "correct the value, or add its type to `type`",
        );
        let index = allowed.iter().position(|it| it == text)?;
        fault.place = fault.place.index(index);
        Some(fault)
    }

    /// Whether a text can be a value of a type, as the document's reader reads it.
    fn may_be(&self, text: &str, wanted: Type) -> bool {
        let dialect = match self.demand.read_as() {
            // TOML writes some numbers otherwise (`1_000`).
            Dialect::Toml => return true,
            dialect => dialect,
        };
        if wanted == Type::String {
            return true;
        }
        let Ok(document) = Document::parse(&Text::new(text), dialect) else { return false };
        match (wanted, document.root().value()) {
            (Type::Int, Some(Value::Int(_) | Value::BigInt(_)))
            | (Type::Number, Some(Value::Int(_) | Value::BigInt(_) | Value::Float(_)))
            | (Type::Bool, Some(Value::Bool(_)))
            | (Type::Null, Some(Value::Null)) => true,
            // Lists and maps are not compared.
            _ => false,
        }
    }

    fn of_bounds(&self) -> Option<Fault> {
        let (minimum, maximum) = (self.key.minimum?, self.key.maximum?);
        if minimum <= maximum {
            return None;
        }
        let Self { demand, name, place, .. } = self;
        Some(Fault::new(
            place.clone().key("minimum"),
            format!(
                "`{}`: the `minimum` of `{name}` is {minimum}, above its `maximum`, {maximum}",
                demand.path
            ),
            "no value could satisfy both: correct one of the two",
        ))
    }

    fn of_versions(&self) -> Option<Fault> {
        let versions = &self.key.versions;
        if versions.is_empty() {
            return None;
        }
        let Some(version) = &self.demand.version else {
            return Some(self.of(
                "versions",
                "lists versions of the document, which has no `version`",
                "say which key holds the version (`version: { key: …, current: … }`), or remove `versions`",
            ));
        };
        let is_reached = |number: &i64| version.knows(*number) || is_migrated(version, *number);
        (!versions.iter().any(is_reached)).then(|| {
            self.of(
                "versions",
                "lists no version that the document may have",
                "use versions of `current`, `deprecated` or `opt_in`, or remove the key",
            )
        })
    }
}

fn is_migrated(version: &Version, number: i64) -> bool {
    version.migrations.iter().any(|it| it.from == number || it.to == number)
}
