//! Retired members that are judged all the same, because they were named.

use crate::cli::shared::targets::Targets;
use crate::counted::counted_as;
use crate::drift::survey::Target;

impl Targets {
    /// Says which targets are retired members: a run over the whole fleet leaves those out.
    pub(in crate::cli) fn retired(&self) -> Option<String> {
        let retired = self.fleet.as_ref()?.members.iter();
        let retired = retired.filter_map(|member| Some((member, member.retired?)));
        let retired: Vec<_> = retired.map(|(member, since)| (member.names(), since)).collect();
        let named = |target: &Target| {
            let (_, since) = retired.iter().find(|(names, _)| *names == target.names)?;
            Some(format!("`{}` (retired {since})", target.label))
        };
        let named: Vec<String> = self.targets.iter().filter_map(named).collect();
        let are = counted_as(
            named.len(),
            "retired member is judged because it was named",
            "retired members are judged because they were named",
        );
        (!named.is_empty()).then(|| format!("{are}: {}", named.join(", ")))
    }
}
