//! An index of a fleet's members by name, for many lookups: a linear search takes a second for every ten thousand
//! repositories.

use std::collections::HashMap;

use super::{Fleet, Member};

/// Members by name, ignoring case.
#[derive(Debug)]
pub struct ByName<'f> {
    called: HashMap<String, Vec<&'f Member>>,
    living: HashMap<String, Vec<&'f Member>>,
}

impl<'f> ByName<'f> {
    /// Indexes the members of a fleet.
    #[must_use]
    pub fn of(fleet: &'f Fleet) -> Self {
        let mut called: HashMap<String, Vec<&Member>> = HashMap::new();
        let mut living: HashMap<String, Vec<&Member>> = HashMap::new();
        for member in &fleet.members {
            let mut names: Vec<String> =
                member.names().iter().map(|name| name.to_ascii_lowercase()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                called.entry(name).or_default().push(member);
            }
        }
        for member in fleet.active() {
            let name = member.repository.name.to_ascii_lowercase();
            living.entry(name).or_default().push(member);
        }
        Self { called, living }
    }

    /// Returns all members with a name, see [`Member::names`], in manifest order.
    #[must_use]
    pub fn called(&self, name: &str) -> &[&'f Member] {
        self.called.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Returns the members in a repository of this name that are not retired, in manifest order.
    #[must_use]
    pub fn living_in(&self, repository: &str) -> &[&'f Member] {
        self.living.get(&repository.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn it_answers_as_asking_every_member_does() {
        let yaml = "schema: 1\nname: f\nforge: { owner: Acme }\nkinds: { t: { prefix: t- } }\n\
                    members: [t-one, { slug: two, aliases: [Zwei] }, \
                    { repository: mono, path: a/three }, { slug: old, retired: 2026-01-01 }]\n";
        let fleet = Fleet::parse(Path::new("fleet.yaml"), yaml.as_bytes()).expect("a fleet");
        let by_name = ByName::of(&fleet);
        let words =
            ["one", "T-ONE", "acme/t-two", "zwei", "three", "mono", "mono/a/three", "old", "no"];
        for word in words {
            let asked: Vec<&Member> = fleet.named(word).collect();
            assert_eq!(by_name.called(word), asked, "{word}");
        }
        assert_eq!(by_name.living_in("MONO").len(), 1);
        assert!(by_name.living_in("t-old").is_empty());
    }
}
