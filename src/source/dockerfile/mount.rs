//! The mounts of a `RUN`: <https://docs.docker.com/reference/dockerfile/#run---mount>.

use super::Run;

/// A `--mount`, by its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    written: &'a str,
}

impl Run {
    /// Returns its mounts.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'_>> {
        let flags = self.flags.iter().filter(|flag| flag.name == "mount");
        let values = flags.filter_map(|flag| flag.value.as_ref());
        values.map(|value| Mount::new(value.as_str()))
    }
}

impl<'a> Mount<'a> {
    /// The mount of a flag's value.
    #[must_use]
    pub fn new(written: &'a str) -> Self {
        Self { written }
    }

    /// Its type; without one it is a `bind` mount.
    #[must_use]
    pub fn kind(self) -> &'a str {
        self.field(&["type"]).unwrap_or("bind")
    }

    /// The stage or image that it takes files from; without one that is the build context.
    #[must_use]
    pub fn origin(self) -> Option<&'a str> {
        self.field(&["from"])
    }

    /// What it takes from there.
    #[must_use]
    pub fn source(self) -> Option<&'a str> {
        self.field(&["source", "src"])
    }

    /// Where the `RUN` finds it.
    #[must_use]
    pub fn target(self) -> Option<&'a str> {
        self.field(&["target", "dst", "destination"])
    }

    /// The name of a secret or a cache.
    #[must_use]
    pub fn id(self) -> Option<&'a str> {
        self.field(&["id"])
    }

    fn field(self, names: &[&str]) -> Option<&'a str> {
        let mut fields = self.written.split(',').filter_map(|field| field.split_once('='));
        fields.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_all_of_their_names() {
        let all = |written: &'static str| {
            let mount = Mount::new(written);
            (mount.kind(), mount.origin(), mount.source(), mount.target(), mount.id())
        };
        let (a, b, c) = (Some("a"), Some("b"), Some("c"));
        assert_eq!(all("source=a,target=b"), ("bind", None, a, b, None));
        assert_eq!(all("type=bind,from=c,src=a,dst=b,rw"), ("bind", c, a, b, None));
        assert_eq!(all("type=cache,destination=b,id=a"), ("cache", None, None, b, a));
    }
}
