//! Lists in other programs' source, in every language: an element that is added is there when the
//! text is read again, one that is removed is gone, and all others stay.
//!
//! An input is `NAME [VALUE [PAIRED]] %% TEXT`; without a wish the list is called `names`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::Text;
use shipshape::source::literals::{Language, List, Wanted};
use shipshape_fuzz::{assert_sound, divided, edited};

const LANGUAGES: [Language; 6] = [
    Language::Go,
    Language::Script,
    Language::Shell,
    Language::Json,
    Language::Python,
    Language::Text,
];

/// Elements that are removed one by one; each costs two readings.
const MAX_REMOVED: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    let (wish, text) = divided(bytes);
    let mut words = wish.split(' ');
    let name = words.next().filter(|name| !name.is_empty()).unwrap_or("names");
    let value = words.next().unwrap_or("hermes");
    let paired = words.next();
    for language in LANGUAGES {
        for name in [name, ""] {
            for field in [None, Some("id")] {
                let wanted = Wanted { language, name, field };
                let Some(list) = wanted.find(&text) else { continue };
                list_is_sound(&text, &list);
                added_is_there(&text, &wanted, &list, value, paired);
                added_is_there(&text, &wanted, &list, value, None);
                removed_is_gone(&text, &wanted, &list);
            }
        }
    }
});

fn list_is_sound(text: &Text, list: &List) {
    assert_sound(text, list.inner, "list");
    assert_sound(text, list.name_span, "name");
    for open in &list.open {
        assert_sound(text, open.span, "open");
    }
    for element in &list.elements {
        assert_sound(text, element.span, "element");
        assert_sound(text, element.entry, "entry");
        assert!(element.entry.contains(element.span), "{element:?}");
        for (_, span) in element.paired.iter() {
            assert_sound(text, *span, "paired");
        }
        for comma in element.comma.iter() {
            assert_eq!(text.slice(*comma), ",");
        }
    }
}

fn added_is_there(
    text: &Text,
    wanted: &Wanted<'_>,
    list: &List,
    value: &str,
    paired: Option<&str>,
) {
    let Ok(edits) = wanted.insert(text, value, paired) else { return };
    let after = edited(text, &edits, "insert");
    let Some(read) = wanted.find(&after) else {
        panic!("{wanted:?} is gone: {:?}", after.as_str())
    };
    list_is_sound(&after, &read);
    assert_eq!(read.elements.len(), list.elements.len() + 1);
    let others = read.values().filter(|known| *known != value);
    assert!(others.eq(list.values()), "{wanted:?} in {:?}", after.as_str());
    let found = read.elements.iter().find(|element| element.value == value);
    let Some(found) = found else { panic!("{value} is not in {:?}", after.as_str()) };
    assert_eq!(found.paired.as_ref().map(|(value, _)| value.as_str()), paired);
}

fn removed_is_gone(text: &Text, wanted: &Wanted<'_>, list: &List) {
    for (index, element) in list.elements.iter().enumerate().take(MAX_REMOVED) {
        if list.values().position(|known| known == element.value) != Some(index) {
            continue;
        }
        let Ok(edits) = wanted.remove(text, &element.value) else { continue };
        let after = edited(text, &edits, "remove");
        let read = wanted.find(&after);
        let Some(read) = read else { panic!("{wanted:?} is gone: {:?}", after.as_str()) };
        list_is_sound(&after, &read);
        let rest = list.values().enumerate().filter(|(at, _)| *at != index).map(|(_, known)| known);
        assert!(read.values().eq(rest), "{wanted:?} in {:?}", after.as_str());
    }
}
