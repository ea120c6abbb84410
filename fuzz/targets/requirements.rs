//! Requirements files: places, and specifiers that are set read back as they were written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pep440_rs::{Version, VersionSpecifiers};
use shipshape::source::Text;
use shipshape::source::requirements::{Entry, Requirement, Requirements};
use shipshape_fuzz::{assert_sound, edited, text_of};

/// Every requirement costs two readings of the file.
const MAX_EDITED: usize = 8;

const SPECIFIERS: [&str; 4] = ["==1.2.3", ">=1.0,<2", "", "not a specifier\n"];

fuzz_target!(|bytes: &[u8]| {
    let text = text_of(bytes);
    let read = Requirements::parse(&text);
    for problem in &read.problems {
        assert_sound(&text, problem.span, "problem");
    }
    for entry in &read.entries {
        match entry {
            Entry::Requirement(requirement) => requirement_is_sound(&text, requirement),
            Entry::Include(named)
            | Entry::Constraint(named)
            | Entry::Editable(named)
            | Entry::Location(named)
            | Entry::Option(named) => {
                assert_sound(&text, named.value_span, "value");
                assert_sound(&text, named.span, "entry");
            }
        }
    }
    for (index, requirement) in read.requirements().enumerate().take(MAX_EDITED) {
        for specifier in SPECIFIERS {
            specifier_is_set(&text, &read, index, requirement, specifier);
        }
    }
});

fn requirement_is_sound(text: &Text, requirement: &Requirement) {
    assert_sound(text, requirement.name_span, "name");
    assert_sound(text, requirement.specifier_span, "specifier");
    assert_sound(text, requirement.span, "requirement");
    assert!(requirement.span.contains(requirement.name_span));
    assert!(requirement.span.contains(requirement.specifier_span));
    if let Some((_, span)) = &requirement.marker {
        assert_sound(text, *span, "marker");
    }
    if let Some(span) = requirement.comment {
        assert_sound(text, span, "comment");
    }
    let _ = requirement.lower_bound();
    let _ = requirement.admits(&Version::new([1, 2, 3]));
}

fn specifier_is_set(
    text: &Text,
    before: &Requirements,
    index: usize,
    requirement: &Requirement,
    specifier: &str,
) {
    let Ok(change) = requirement.set_specifier(specifier) else { return };
    let changed = edited(text, &[change.edit], "set_specifier");
    let after = Requirements::parse(&changed);
    assert_eq!(after.entries.len(), before.entries.len(), "entries: {:?}", changed.as_str());
    assert_eq!(after.problems.len(), before.problems.len(), "problems: {:?}", changed.as_str());
    let Some(set) = after.requirements().nth(index) else { panic!("the requirement is gone") };
    assert_eq!(set.name, requirement.name);
    assert_eq!(set.extras, requirement.extras);
    assert_eq!(
        set.marker.as_ref().map(|(marker, _)| marker),
        requirement.marker.as_ref().map(|(marker, _)| marker)
    );
    assert_eq!(set.hashes, requirement.hashes);
    let Ok(wanted) = specifier.parse::<VersionSpecifiers>() else { panic!("accepted {specifier}") };
    assert_eq!(set.specifiers, Some(wanted), "{:?}", changed.as_str());
}
