//! Edits of one document, each made on the text that results from the one before. [`documents`](super::documents) makes
//! them in files of several.

use serde_json::Value as Json;

use super::selector::{Place, Selector};
use super::{Where, YamlEdit};
use crate::source::yaml::edit::{
    EditRefused, Edits, NO_NULL, Placement, append_item, edited, insert_entry, refuse_shared,
    remove_entry, rename_key, replace_value, set_scalar,
};
use crate::source::yaml::{
    Dialect, Document, Node, Path, Step, Value, same_value, write_toml_value, write_value,
    write_value_inline,
};
use crate::source::{Span, Text};

/// The most places that one edit may have: after each, the whole document is parsed again.
const MAX_PLACES: usize = 200;

/// A document that is being edited.
pub(super) struct Edited {
    pub(super) document: Document,
}

impl Edited {
    /// Makes an edit at every place that its selector chooses.
    pub(super) fn make(&mut self, edit: &YamlEdit, selector: &Selector) -> Result<(), EditRefused> {
        let mut places = selector.places(&self.document);
        if places.len() > MAX_PLACES {
            let (count, at) = (places.len(), selector.as_str());
            return Err(refused(format!("`{at}` has {count} places, more than {MAX_PLACES}")));
        }
        // From the end, so that indexes stay valid while items are removed.
        places.reverse();
        for place in places {
            match edit {
                YamlEdit::Set { value, only, .. } => self.set(&place, value, *only)?,
                YamlEdit::Remove { .. } if place.is_there => {
                    self.refuse_shared_around(&place.path)?;
                    self.take(remove_entry(&self.document, &place.path))?;
                }
                YamlEdit::Rename { to, .. } if place.is_there => self.rename(&place.path, to)?,
                YamlEdit::Append { value, only, .. } => self.append(&place, value, *only)?,
                YamlEdit::Remove { .. } | YamlEdit::Rename { .. } => {}
            }
        }
        Ok(())
    }

    fn set(&mut self, place: &Place, value: &Json, only: Where) -> Result<(), EditRefused> {
        let path = &place.path;
        match (only, place.is_there) {
            (Where::Present, false) | (Where::Absent, true) => return Ok(()),
            (Where::Absent, false) if self.merged_at(path)?.is_some() => return Ok(()),
            (_, false) => return self.add(path, value),
            (_, true) => {}
        }
        let Some(node) = self.document.at(path) else { return Ok(()) };
        let wanted = self.read(value)?;
        if same_value(node, wanted.root()) {
            return Ok(());
        }
        self.refuse_shared_around(path)?;
        let edits = match wanted.root().value().filter(|_| node.value().is_some()) {
            Some(value) => set_scalar(&self.document, path, as_date(node, value)),
            None => replace_value(&self.document, path, &self.written(node.parent(), value)?),
        };
        self.take(edits)
    }

    /// Adds a missing entry, with the maps above it. Of what comes by a merge key, it can override a value, and not hold
    /// one beside others: a map of its own would take the place of all of them.
    fn add(&mut self, path: &Path, value: &Json) -> Result<(), EditRefused> {
        if let Some(merged) = self.merged_at(path)? {
            let is_so = same_value(merged.value, self.read(value)?.root());
            match merged.is_itself_the_key {
                _ if is_so => return Ok(()),
                true => {}
                false => return Err(merged.replaced()),
            }
        }
        let mut parent = path.clone();
        let mut value = value.clone();
        let mut key: Option<String> = None;
        while let Some((above, step)) = parent.split_last() {
            // Only key steps can lead through missing nodes.
            let Step::Key(name) = step else { break };
            if let Some(inner) = key.take() {
                value = Json::from_iter([(inner, value)]);
            }
            key = Some(name.clone());
            parent = above;
            if self.document.at(&parent).is_some() {
                break;
            }
        }
        let Some(key) = key else { return Ok(()) };
        refuse_shared(&self.document, &parent)?;
        let fragment = self.written(self.document.at(&parent), &value)?;
        let edits = insert_entry(&self.document, &parent, &key, &fragment, Placement::End);
        self.take(edits)
    }

    fn append(&mut self, place: &Place, value: &Json, only: Where) -> Result<(), EditRefused> {
        match (only, place.is_there) {
            (Where::Present, false) | (Where::Absent, true) => return Ok(()),
            (Where::Absent, false) if self.merged_at(&place.path)?.is_some() => return Ok(()),
            _ => {}
        }
        let wanted = self.read(value)?;
        let known = |item: Node<'_>| same_value(item, wanted.root());
        // Where a single item may stand for a list of one, it may already be that item.
        let has_it = |list: Node<'_>| known(list) || list.items().any(known);
        let there = self.document.at(&place.path).filter(|node| place.is_there && !node.is_null());
        let Some(list) = there else {
            let merged = if place.is_there { None } else { self.merged_at(&place.path)? };
            if let Some(merged) = merged {
                return if has_it(merged.value) { Ok(()) } else { Err(merged.replaced()) };
            }
            let list = Json::from(vec![value.clone()]);
            return self.set(place, &list, Where::Anywhere);
        };
        if has_it(list) {
            return Ok(());
        }
        refuse_shared(&self.document, &place.path)?;
        let fragment = self.written(Some(list), value)?;
        self.take(append_item(&self.document, &place.path, &fragment))
    }

    fn rename(&mut self, path: &Path, to: &str) -> Result<(), EditRefused> {
        let Some((parent, Step::Key(from))) = path.split_last() else {
            return Err(refused(format!("`{path}` is an item: it has no key")));
        };
        if from == to {
            return Ok(());
        }
        refuse_shared(&self.document, &parent)?;
        let target = parent.key(to);
        let edits = match (self.document.at(path), self.document.at(&target)) {
            (Some(old), Some(new)) if same_value(old, new) => remove_entry(&self.document, path),
            (_, Some(new)) => {
                let message = format!("`{path}` and `{target}` are both there and differ");
                return Err(EditRefused { span: new.span(), message });
            }
            (_, None) => rename_key(&self.document, path, to),
        };
        self.take(edits)
    }

    /// Refuses to change what is at a path if aliases refer to anything around it.
    fn refuse_shared_around(&self, path: &Path) -> Result<(), EditRefused> {
        let parent = path.split_last().map(|(parent, _)| parent);
        parent.map_or(Ok(()), |parent| refuse_shared(&self.document, &parent))
    }

    /// What is at a missing place by a merge key. Refuses a place inside of what is merged that is missing there too: what
    /// is added beside that would take the place of all of it.
    fn merged_at(&self, path: &Path) -> Result<Option<Merged<'_>>, EditRefused> {
        let mut value = self.document.root();
        let mut merged: Option<Merged<'_>> = None;
        for step in path.steps() {
            let (found, by_merge) = match step {
                Step::Key(key) => {
                    let mut entries = value.entries();
                    let written = entries.any(|entry| entry.key.scalar_text() == Some(key));
                    (value.get_merged(key), (!written).then_some(key.as_str()))
                }
                Step::Index(index) => (value.items().nth(*index), None),
                Step::Each => (None, None),
            };
            merged = match (found, merged, by_merge) {
                (Some(found), Some(Merged { key, .. }), _) => {
                    Some(Merged { key, value: found, is_itself_the_key: false })
                }
                (Some(found), None, Some(key)) => {
                    Some(Merged { key: key.to_owned(), value: found, is_itself_the_key: true })
                }
                (Some(_), None, None) => None,
                (None, None, _) => return Ok(None),
                (None, Some(merged), _) => return Err(merged.replaced()),
            };
            if let Some(found) = found {
                value = found;
            }
        }
        Ok(merged)
    }

    /// A value as it is written below a node: as TOML, or as YAML, of which the edit makes JSON where the document is that.
    fn written(&self, parent: Option<Node<'_>>, value: &Json) -> Result<String, EditRefused> {
        if self.document.dialect() == Dialect::Toml {
            return write_toml_value(value).ok_or_else(|| refused(NO_NULL.to_owned()));
        }
        let is_flow = parent.is_some_and(|parent| {
            let text = self.document.text().slice(parent.body());
            // An empty flow collection is rewritten as a block.
            text.starts_with(['{', '[']) && parent.items().len() + parent.entries().count() > 0
        });
        Ok(if is_flow { write_value_inline(value) } else { write_value(value) })
    }

    /// A value as readers of this document's dialect see it. In TOML no value stands alone, so that it is read as YAML 1.2,
    /// where it has the same meaning.
    fn read(&self, value: &Json) -> Result<Document, EditRefused> {
        let dialect = match self.document.dialect() {
            Dialect::Toml => Dialect::Yaml12,
            dialect => dialect,
        };
        Document::parse(&Text::new(&write_value(value)), dialect)
            .map_err(|error| refused(format!("the value cannot be written: {error}")))
    }

    fn take(&mut self, edits: Edits) -> Result<(), EditRefused> {
        self.document = edited(&self.document, &edits?)?;
        Ok(())
    }
}

/// A text that is to take the place of a date in TOML, as a date if it is one: campaign.yaml has no other way to write it.
fn as_date<'v>(old: Node<'_>, new: Value<'v>) -> Value<'v> {
    let is_of_toml = old.document().dialect() == Dialect::Toml;
    match (old.value(), new) {
        (Some(Value::Timestamp(_)), Value::Str(text)) if is_of_toml && is_date(text) => {
            Value::Timestamp(text)
        }
        (_, new) => new,
    }
}

fn is_date(text: &str) -> bool {
    let read = Document::parse(&Text::new(&format!("it = {text}")), Dialect::Toml);
    read.is_ok_and(|read| {
        let mut values = read.root().entries().map(|entry| entry.value.value());
        // Nothing else may come with it, such as a comment.
        matches!((values.next(), values.next()), (Some(Some(Value::Timestamp(it))), None) if it == text)
    })
}

/// What comes to a place by a merge key.
struct Merged<'doc> {
    /// The key that is merged: the last of the place, or one above.
    key: String,
    value: Node<'doc>,
    is_itself_the_key: bool,
}

impl Merged<'_> {
    /// The refusal of what would take the place of everything at the key.
    fn replaced(&self) -> EditRefused {
        let message = format!("`{}` comes by a merge key, which this would replace", self.key);
        EditRefused { span: self.value.span(), message }
    }
}

pub(super) fn refused(message: String) -> EditRefused {
    EditRefused { span: Span::default(), message }
}
