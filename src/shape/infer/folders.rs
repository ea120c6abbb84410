//! Files that come with a folder which not all repositories have.

use super::census::PathCensus;
use super::decide::Deciding;

impl Deciding<'_> {
    /// Makes a required file optional if the repositories without it lack its whole folder, and nothing else there is
    /// required: what a file such as `fuzz/.gitignore` says is of no use without the folder. A folder of configuration,
    /// such as `.github`, is lacked because its files are.
    pub(super) fn leave_to_folders(&mut self, census: &[PathCensus]) {
        let members = self.members;
        let required = self.paths.iter().filter(|path| !path.optional);
        let required: Vec<String> = required.map(|path| path.path.clone()).collect();
        for path in self.paths.iter_mut().filter(|path| !path.optional && path.present < path.of) {
            let name = path.path.as_str();
            let Some((folder, _)) = name.rsplit_once('/') else { continue };
            let folder = format!("{folder}/");
            let is_beside = |other: &str| other.starts_with(&folder) && other != name;
            let is_for_others = census.iter().any(|other| is_beside(other.path.as_str()));
            let mut without = members.iter().filter(|it| it.snapshot.entry(name).is_none());
            let lack_all = without.all(|member| {
                !member.snapshot.entries.keys().any(|other| is_beside(other.as_str()))
            });
            let is_configuration = folder.starts_with('.');
            if is_configuration
                || !is_for_others
                || !lack_all
                || required.iter().any(|other| is_beside(other))
            {
                continue;
            }
            self.questions.push(format!(
                "`{name}`: {} of {} have it, and no other has `{folder}`: it is optional until you say otherwise",
                path.present, path.of
            ));
            path.optional = true;
        }
    }
}
