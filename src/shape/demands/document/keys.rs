//! Finds demands on the keys of documents that mean nothing: keywords that the type of a key does not have, values that
//! it cannot have, versions that the document does not have.

use super::{Demand, Key, OneOrMany, Type, Version};
use crate::shape::demands::Fault;
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
            .or_else(|| self.of_texts())
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

    /// An empty list of types, or a keyword that is about values of no type that the key may have.
    fn of_types(&self) -> Option<Fault> {
        if matches!(&self.key.types, OneOrMany::Many(types) if types.is_empty()) {
            return Some(self.of(
                "type",
                "is empty, so it allows no value",
                "list the allowed types, or remove `type` to allow any",
            ));
        }
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

    /// A text that is a truth value: of YAML, `deprecated: true` is read as the text `true`.
    fn of_texts(&self) -> Option<Fault> {
        let deprecated = ("deprecated", &self.key.deprecated, "write what to use instead");
        let moved = ("moved_to", &self.key.moved_to, "write the path where the key is now, `a.b`");
        let (keyword, text, hint) =
            [deprecated, moved].into_iter().find_map(|(name, text, hint)| {
                let text = text.as_deref()?.trim();
                let says_nothing = ["", "true", "false", "yes", "no"];
                let is_text = !says_nothing.iter().any(|it| text.eq_ignore_ascii_case(it));
                (!is_text).then_some((name, text, hint))
            })?;
        let message = match text {
            "" => "is empty".to_owned(),
            _ => format!("is `{text}`, and not a text"),
        };
        Some(self.of(keyword, &message, format!("{hint}, or remove `{keyword}`")))
    }

    fn of_bounds(&self) -> Option<Fault> {
        let bounds = [("minimum", self.key.minimum), ("maximum", self.key.maximum)];
        let infinite = bounds.into_iter().find_map(|(keyword, bound)| {
            let bound = bound.filter(|bound| !bound.is_finite())?;
            let message = format!("is {bound}, which is not a finite number");
            let hint = format!("write a number, or remove `{keyword}`");
            Some(self.of(keyword, &message, hint))
        });
        if infinite.is_some() {
            return infinite;
        }
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
        let index = versions.iter().position(|number| !is_reached(number))?;
        let number = versions.get(index)?;
        let mut fault = self.of(
            "versions",
            &format!("lists version {number}, which the document cannot have"),
            format!(
                "its versions are {}; remove {number}, or add it to `deprecated` or `opt_in` of `version`",
                all_known(version)
            ),
        );
        fault.place = fault.place.index(index);
        Some(fault)
    }
}

/// The versions that a document may have, for a hint.
fn all_known(version: &Version) -> String {
    let Version { current, deprecated, opt_in, .. } = version;
    let mut known: Vec<i64> =
        [current].into_iter().chain(deprecated).chain(opt_in).copied().collect();
    known.sort_unstable();
    known.dedup();
    known.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

fn is_migrated(version: &Version, number: i64) -> bool {
    version.migrations.iter().any(|it| it.from == number || it.to == number)
}
