//! Finds demands whose values mean nothing: a version that does not parse, an event that does not exist, a key path
//! that leads nowhere. A check could only skip them, and every repository would pass.

use std::collections::{BTreeMap, BTreeSet};

use super::keys;
use crate::shape::demands::document::{Demand, Key, Type};
use crate::shape::demands::{Demands, dockerfile, python, workflow};
use crate::source::python::PythonVersion;
use crate::source::requirements::is_distribution_name;
use crate::source::typed::nearest;
use crate::source::workflow::EVENTS;
use crate::source::yaml::{Path, Step};

/// What is wrong with a demand, where in shape.yaml, and how to correct it.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) place: Path,
    pub(super) hint: String,
}

impl Fault {
    pub(super) fn new(place: Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), place, hint: hint.into() }
    }
}

/// Returns the first demand that means nothing.
pub(super) fn fault(demands: &Demands) -> Option<Fault> {
    // Destructured so that a new demand has to be considered here: which of its values would mean nothing?
    let Demands {
        dockerfiles,
        python,
        documents,
        requirements,
        version_files,
        workflows,
        markers,
        marker_exclusions,
        secrets,
        forwarders: _,
    } = demands;
    let root = Path::keys(["demands"]);
    let list = |name: &str| root.clone().key(name);
    let listed = requirements.iter().map(|it| it.distribution.as_str());
    let pinned = version_files.iter().map(|it| it.distribution.as_str());
    of_python(python, &root.clone().key("python"))
        .or_else(|| of_pairs(dockerfiles.iter().map(|it| it.path.as_str()), &list("dockerfiles")))
        .or_else(|| {
            let mut dockerfiles = dockerfiles.iter().enumerate();
            dockerfiles.find_map(|(index, it)| of_dockerfile(it, &list("dockerfiles").index(index)))
        })
        .or_else(|| of_distributions(listed, &list("requirements")))
        .or_else(|| of_distributions(pinned, &list("version_files")))
        .or_else(|| of_words(markers, &list("markers")))
        .or_else(|| of_words(&secrets.examples, &list("secrets").key("examples")))
        .or_else(|| of_workflows(workflows, &root.clone().key("workflows")))
        .or_else(|| of_globs(marker_exclusions, &root.clone().key("marker_exclusions")))
        .or_else(|| of_pairs(documents.iter().map(|it| it.path.as_str()), &list("documents")))
        .or_else(|| {
            let list = list("documents");
            let mut documents = documents.iter().enumerate();
            documents.find_map(|(index, demand)| of_document(demand, &list.clone().index(index)))
        })
}

/// Returns the second of two entries of a list that are for one path.
fn of_pairs<'a>(paths: impl Iterator<Item = &'a str>, place: &Path) -> Option<Fault> {
    let mut known = BTreeSet::new();
    let (index, path) = paths.enumerate().find(|(_, path)| !known.insert(*path))?;
    Some(Fault::new(
        place.clone().index(index).key("path"),
        format!("`{place}` has two entries for `{path}`"),
        "put the demands of both into one entry",
    ))
}

fn of_dockerfile(demand: &dockerfile::Demand, place: &Path) -> Option<Fault> {
    let dockerfile::Demand {
        path: _,
        base_image,
        cache_key,
        installs,
        user,
        environment,
        entrypoint,
        labels,
    } = demand;
    let image = base_image.as_deref().map(|it| (it, place.clone().key("base_image")));
    let arg =
        cache_key.as_ref().map(|it| (it.arg.as_str(), place.clone().key("cache_key").key("arg")));
    let name = user.as_ref().map(|it| (it.name.as_str(), place.clone().key("user").key("name")));
    let program = entrypoint.as_deref().map(|it| (it, place.clone().key("entrypoint")));
    let variables = environment.iter().enumerate().map(|(index, it)| {
        (it.name.as_str(), place.clone().key("environment").index(index).key("name"))
    });
    let labels = labels.iter().enumerate().map(|(index, it)| {
        (it.name.as_str(), place.clone().key("labels").index(index).key("name"))
    });
    let words = [image.clone(), arg, name, program].into_iter().flatten();
    of_blank(words.chain(variables.clone()).chain(labels))
        .or_else(|| of_spaced(image.into_iter().chain(variables)))
        .or_else(|| of_distribution(installs.as_deref()?, place.clone().key("installs")))
}

/// Returns a name that has a space, which no name of its kind can have.
fn of_spaced<'a>(mut names: impl Iterator<Item = (&'a str, Path)>) -> Option<Fault> {
    let (name, place) = names.find(|(name, _)| name.contains(char::is_whitespace))?;
    Some(Fault::new(
        place.clone(),
        format!("`{place}` is `{name}`, which has a space"),
        "write the name alone, without spaces",
    ))
}

/// Returns a word that is empty or blank.
fn of_blank<'a>(mut words: impl Iterator<Item = (&'a str, Path)>) -> Option<Fault> {
    let (_, place) = words.find(|(word, _)| word.trim().is_empty())?;
    Some(Fault::new(
        place.clone(),
        format!("`{place}` is empty"),
        "write the wanted text, or remove the key",
    ))
}

/// Returns an empty item of a list of words.
fn of_words(words: &[String], place: &Path) -> Option<Fault> {
    let index = words.iter().position(|word| word.trim().is_empty())?;
    Some(Fault::new(
        place.clone().index(index),
        format!("an item of `{place}` is empty"),
        "write the word, or remove the item",
    ))
}

/// Returns an entry of a list whose `distribution` no distribution can be called.
fn of_distributions<'a>(names: impl Iterator<Item = &'a str>, place: &Path) -> Option<Fault> {
    names.enumerate().find_map(|(index, name)| {
        of_distribution(name, place.clone().index(index).key("distribution"))
    })
}

fn of_distribution(name: &str, place: Path) -> Option<Fault> {
    (!is_distribution_name(name)).then(|| {
        Fault::new(
            place,
            format!("`{name}` is not the name of a Python distribution"),
            "write the name alone, of ASCII letters, digits, `-`, `_` and `.`, as in `my-package`",
        )
    })
}

fn of_python(demand: &python::Demand, place: &Path) -> Option<Fault> {
    let python::Demand { version, package, modules, environment, adapters } = demand;
    let package = package.as_deref().map(|it| (it, place.clone().key("package")));
    let classes = adapters.iter().enumerate().map(|(index, it)| {
        (it.name.as_str(), place.clone().key("adapters").index(index).key("name"))
    });
    let blank = of_blank(package.into_iter().chain(classes))
        .or_else(|| of_words(modules, &place.clone().key("modules")))
        .or_else(|| of_words(environment, &place.clone().key("environment")));
    if blank.is_some() {
        return blank;
    }
    let version = version.as_deref().filter(|it| PythonVersion::parse(it).is_none())?;
    Some(Fault::new(
        place.clone().key("version"),
        format!("`python.version` is `{version}`, which is not a version of Python"),
        "write the one version that runs the modules, such as `\"3.11\"`",
    ))
}

fn of_workflows(demand: &workflow::Demand, place: &Path) -> Option<Fault> {
    let workflow::Demand {
        folders: _,
        receivers,
        publishes,
        pinned: _,
        permissions: _,
        interfaces: _,
    } = demand;
    let received = receivers.iter().enumerate().map(|(index, receiver)| {
        let place = place.clone().key("receivers").index(index).key("event");
        (receiver.event.as_str(), place)
    });
    let shunned = publishes.iter().enumerate().flat_map(|(index, publishes)| {
        let list = place.clone().key("publishes").index(index).key("never_on");
        let events = publishes.never_on.iter().enumerate();
        events.map(move |(index, event)| (event.as_str(), list.clone().index(index)))
    });
    let (event, place) = received.chain(shunned).find(|(event, _)| !EVENTS.contains(event))?;
    let hint = match nearest(event, EVENTS.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "use an event that workflows can name in `on`, such as `pull_request`".to_owned(),
    };
    Some(Fault::new(place, format!("`{event}` is not an event that starts workflows"), hint))
}

fn of_globs(globs: &[String], place: &Path) -> Option<Fault> {
    let mut globs = globs.iter().enumerate();
    globs.find_map(|(index, glob)| {
        let error = globset::Glob::new(glob).err()?;
        let message = format!("`{glob}` is not a glob: {}", error.kind());
        Some(Fault::new(place.clone().index(index), message, "correct the glob"))
    })
}

fn of_document(demand: &Demand, place: &Path) -> Option<Fault> {
    let of_keys = keys::fault(demand, place);
    if of_keys.is_some() {
        return of_keys;
    }
    let files = demand.files.iter().enumerate().map(|(index, file)| Named {
        path: &file.key,
        place: place.clone().key("files").index(index).key("key"),
        leads_to: LeadsTo::Values,
    });
    let models = demand.models.iter().enumerate().flat_map(|(index, pair)| {
        let place = place.clone().key("models").index(index);
        let named =
            |path, key: &str, leads_to| Named { path, place: place.clone().key(key), leads_to };
        let needs = pair.needs.as_ref().map(|needs| Named {
            path: &needs.named_in,
            place: place.clone().key("needs").key("named_in"),
            leads_to: LeadsTo::List,
        });
        let default = named(&pair.default, "default", LeadsTo::Value);
        [default, named(&pair.list, "list", LeadsTo::Values)].into_iter().chain(needs)
    });
    files.chain(models).find_map(|named| named.fault(demand))
}

/// What the path of a demand has to lead to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LeadsTo {
    /// One scalar.
    Value,
    /// One scalar or many.
    Values,
    /// A list.
    List,
}

/// A path of keys in a document, as a demand names it.
struct Named<'a> {
    path: &'a str,
    place: Path,
    leads_to: LeadsTo,
}

impl Named<'_> {
    fn fault(self, demand: &Demand) -> Option<Fault> {
        let (message, hint) = self.reason(demand)?;
        Some(Fault::new(self.place, message, hint))
    }

    fn reason(&self, demand: &Demand) -> Option<(String, String)> {
        let Self { path: named, leads_to, .. } = self;
        let path: Path = match named.parse() {
            Ok(path) => path,
            Err(error) => {
                return Some((
                    error.to_string(),
                    "write keys joined by dots: `a.b[].c`".to_owned(),
                ));
            }
        };
        if *leads_to != LeadsTo::Values && path.steps().contains(&Step::Each) {
            let message = format!("`{named}` leads to many values, where one is needed");
            return Some((message, "leave `[]` out".to_owned()));
        }
        if has_moved(&demand.keys, named) {
            return None;
        }
        let mut at =
            Place { keys: &demand.keys, is_closed: demand.unknown_keys.is_some(), key: None };
        let mut walked = String::new();
        for step in path.steps() {
            match step {
                Step::Key(name) => {
                    if at.key.is_some_and(is_list) {
                        return Some((
                            format!(
                                "`{named}` leads nowhere in `{}`: `{walked}` is a list",
                                demand.path
                            ),
                            format!("write `{walked}[]` for its items"),
                        ));
                    }
                    if !walked.is_empty() {
                        walked.push('.');
                    }
                    walked.push_str(name);
                    let Some(key) = at.keys.get(name) else {
                        return at.unknown(name, named, demand);
                    };
                    at = at.below(key, &key.keys);
                }
                Step::Index(_) | Step::Each => {
                    if at.key.is_some_and(|key| !takes(key, Type::List)) {
                        return Some((
                            format!(
                                "`{named}` leads nowhere in `{}`: `{walked}` is not a list",
                                demand.path
                            ),
                            format!("remove `[]` after `{walked}`"),
                        ));
                    }
                    walked.push_str("[]");
                    let items = at.key?.items.as_deref()?;
                    at = at.below(items, &items.keys);
                }
            }
        }
        let key = at.key?;
        match leads_to {
            LeadsTo::List if takes(key, Type::List) => None,
            LeadsTo::List => Some((
                format!("`{named}` in `{}` is not a list", demand.path),
                "name the list that has to contain the values".to_owned(),
            )),
            _ if is_list(key) => Some((
                format!("`{named}` in `{}` is a list, where a value is needed", demand.path),
                match leads_to {
                    LeadsTo::Values => format!("write `{named}[]` for its items"),
                    _ => "name the key of one value".to_owned(),
                },
            )),
            _ if is_map(key) => Some((
                format!("`{named}` in `{}` is a map, where a value is needed", demand.path),
                "name one of its keys".to_owned(),
            )),
            _ => None,
        }
    }
}

/// The keys at some depth of a document.
struct Place<'k> {
    keys: &'k BTreeMap<String, Key>,
    /// Whether keys that are not listed are reported.
    is_closed: bool,
    /// The key that these are below; `None` at the root.
    key: Option<&'k Key>,
}

impl<'k> Place<'k> {
    fn below(&self, key: &'k Key, keys: &'k BTreeMap<String, Key>) -> Self {
        Self { keys, is_closed: self.is_closed || key.unknown_keys.is_some(), key: Some(key) }
    }

    /// The fault of a key that is not listed here. Where other keys are allowed, it counts only if it resembles a
    /// listed one.
    fn unknown(&self, name: &str, named: &str, demand: &Demand) -> Option<(String, String)> {
        if self.keys.is_empty() {
            return None;
        }
        let meant = nearest(name, self.keys.keys().map(String::as_str));
        let message =
            format!("`{named}` leads nowhere: `keys` of `{}` does not list `{name}`", demand.path);
        match meant {
            Some(meant) => {
                Some((message, format!("did you mean `{meant}`? If not, list `{name}` in `keys`")))
            }
            None if self.is_closed => Some((message, format!("list `{name}` in `keys`"))),
            None => None,
        }
    }
}

fn takes(key: &Key, wanted: Type) -> bool {
    let types = key.types.as_slice();
    types.is_empty() || types.contains(&wanted)
}

fn is_list(key: &Key) -> bool {
    key.types.as_slice() == [Type::List] || key.items.is_some() && key.types.as_slice().is_empty()
}

fn is_map(key: &Key) -> bool {
    key.types.as_slice() == [Type::Map] || !key.keys.is_empty() && key.types.as_slice().is_empty()
}

/// Whether a path is one to which another key has moved: `keys` describes its content at the former place.
fn has_moved(keys: &BTreeMap<String, Key>, path: &str) -> bool {
    keys.values().any(|key| {
        let begins = |to: &String| path.starts_with(to.as_str());
        key.moved_to.as_ref().is_some_and(begins) || has_moved(&key.keys, path)
    })
}
