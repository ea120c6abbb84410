//! Facts about the current place that can be collected without a network.

use crate::release::chain::Remaining;

/// The facts, and when they were collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The current time, in seconds since 1970.
    pub now: i64,
    /// Where the user is.
    pub place: Place,
}

/// A kind of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At or below the folder of a fleet.yaml, or one was named.
    Fleet(Box<Fleet>),
    /// In the folder of a shape pack; its name, if that could be read.
    Shape(Option<String>),
    /// In a repository that belongs to no fleet here.
    Repository {
        /// Its name.
        name: String,
        /// Its root, as it may be called from here.
        path: String,
        /// What it holds.
        contents: Contents,
        /// The folder of a shape pack in it, as it may be called from here.
        pack: Option<String>,
    },
    /// In a folder of a larger repository that belongs to no fleet here. The folder has the files of the shape inside
    /// shipshape, and the repository does not.
    Part {
        /// The folder's path in the repository.
        folder: String,
        /// The repository's name.
        repository: String,
        /// The repository's root, as it may be called from here.
        root: String,
    },
    /// In a bare repository, or in the git directory of a work tree: it holds no files of the repository.
    GitDirectory {
        /// The repository's name.
        name: String,
        /// The repository, as it may be called from here.
        path: String,
    },
    /// In the folder of a package.yaml that is in no repository.
    Package,
    /// In a folder with so many repositories in it, or in one folder of it, whose name is given.
    Repositories {
        /// The number of repositories.
        number: usize,
        /// The folder that contains them, relative to the current one.
        folder: String,
        /// Whether most of them are of another kind than the embedded shape describes.
        are_strangers: bool,
    },
    /// Anywhere else.
    Nowhere,
}

/// What a repository holds, seen from the shape inside shipshape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// What that shape is about, or what a glance does not tell.
    OfThatShape,
    /// Something of another kind.
    OfAnotherKind,
    /// No file yet.
    Nothing,
}

/// A fleet, as its own files and this machine's memory show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// Its file, relative to the current folder.
    pub file: String,
    /// The file, if the user named it: suggested commands have to name it too.
    pub named: Option<String>,
    /// The number of members that are kept in shape.
    pub members: usize,
    /// The owner and the forge: `acme on https://github.com`.
    pub owner: String,
    /// Whether fleet.yaml has a placeholder in the owner's place.
    pub is_owner_unknown: bool,
    /// Whether it has a package that all members run on, and that is released.
    pub has_runtime: bool,
    /// Whether it has images.
    pub has_images: bool,
    /// The member whose repository the current folder is in.
    pub inside: Option<Inside>,
    /// A folder that contains members' repositories.
    pub local: Option<String>,
    /// The unset variables for a token, if commands would use the forge without one.
    pub without_token: Option<String>,
    /// The sandbox beside fleet.yaml, if commands would otherwise use GitHub without a token.
    pub sandbox: Option<Sandbox>,
    /// Shapes that the manifest names but that do not exist.
    pub without_shape: Vec<WithoutShape>,
    /// Campaigns that have a file here, in the order of their files, and their reverts.
    pub campaigns: Vec<Campaign>,
    /// Releases that were begun and have not ended, newest first.
    pub releases: Vec<Release>,
    /// The latest unfinished return to an earlier version.
    pub back: Option<Back>,
    /// Other operations that were begun here and not finished.
    pub begun: Vec<Begun>,
    /// Waivers that have expired, or soon will.
    pub waivers: Waivers,
    /// Images that are on hold.
    pub held: Vec<Held>,
    /// What was recorded of runs.
    pub history: History,
    /// Our files that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// A member's repository around the current folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The repository's name.
    pub name: String,
    /// Its root, as it may be called from here.
    pub path: String,
}

/// A forge on this machine for rehearsing a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// It can be started from this seed.
    Seed {
        /// The seed, relative to the current folder.
        seed: String,
        /// The file for `--exports`, quoted for a shell.
        exports: String,
    },
    /// It seems to be running: this file, quoted for a shell, exports its variables.
    Running(String),
}

/// A shape that has yet to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithoutShape {
    /// The folder that the manifest names, relative to the current one.
    pub folder: String,
    /// Repositories of the kinds that follow it, quoted for a shell; `None` if there are fewer than two here.
    pub repositories: Option<String>,
}

/// A campaign that has a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    /// Its file, relative to the current folder.
    pub file: String,
    /// The campaign's name.
    pub name: String,
    /// Why its only plan is of no use here: it was made for another forge, or names a repository that is not a member.
    pub unusable_plan: Option<String>,
    /// Whether this is the revert of that campaign.
    pub is_reverted: bool,
    /// How much of what `drift` finds it mends.
    pub mends: Mends,
    /// The plan beside it, if there is one.
    pub plan: Option<Plan>,
    /// What this machine's journal records about it.
    pub done: Option<Done>,
}

/// How much of what `drift` finds a campaign mends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mends {
    /// Nothing: it makes other changes.
    #[default]
    Nothing,
    /// Some of it: it is about some members, paths or rules.
    Some,
    /// Whatever it can, in all members in which something is found.
    Whatever,
}

/// A plan file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The file, relative to the current folder.
    pub file: String,
    /// When it was made, in seconds since 1970.
    pub made_at: Option<i64>,
    /// Whether the campaign is unchanged since then.
    pub is_current: bool,
    /// Repositories whose base is known to have moved since, so that the plan no longer applies to them.
    pub moved: Vec<String>,
    /// Those in which the campaign is known to make another change now, likewise.
    pub changed: Vec<String>,
    /// Why somebody else has to approve it before it is applied, if so.
    pub needs_approval: Option<&'static str>,
    /// The repositories that it changes, each with its wave. Those in which it is known to do nothing any more are left out.
    pub repositories: Vec<(String, u32)>,
    /// The members that it was limited to, by the names that commands take; empty if it was not limited.
    pub only: Vec<String>,
    /// Whether a wave waits for what becomes of the pull requests of earlier ones.
    pub waits: bool,
}

/// What was done for a campaign from this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// When it was begun, in seconds since 1970.
    pub begun_at: Option<i64>,
    /// Repositories in which a pull request was opened.
    pub opened: Vec<String>,
    /// Those of them whose pull request was merged or closed.
    pub ended: Vec<String>,
    /// The members that all of it is about, by the names that commands take, if it was done by runs that were limited to named
    /// members; else empty.
    pub only: Vec<String>,
    /// The repositories of those of them that the change is still to be offered to, as far as is known here.
    pub waiting: Vec<String>,
    /// When all of the campaign was given up, in seconds since 1970, if nothing of it was applied since.
    pub given_up_at: Option<i64>,
    /// Whether the last run was to give up all of it, and did not come to its end.
    pub gives_up_all: bool,
    /// What a run left unfinished.
    pub halt: Option<Halt>,
    /// The run that is working on it now: the process, and since when.
    pub at_it: Option<String>,
}

/// What a run left unfinished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Halt {
    /// The command.
    pub verb: Verb,
    /// The repositories concerned.
    pub repositories: Vec<String>,
    /// Whether the run was interrupted there, instead of failing.
    pub is_cut: bool,
}

/// A command that changes something on the forge for a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verb {
    /// Opens pull requests.
    #[default]
    Apply,
    /// Merges them.
    Merge,
    /// Closes them.
    Close,
}

/// A release that has not ended, or from which members returned to an earlier version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The distribution.
    pub distribution: String,
    /// The version.
    pub version: String,
    /// The first stage that is not done.
    pub stage: String,
    /// How far that stage came.
    pub halt: ReleaseHalt,
    /// The next command that the stage recorded, as `release status` shows it.
    pub next: Option<String>,
    /// The versions that members returned to, in words; the release is not continued then.
    pub went_back: Option<String>,
    /// Whether it is over since members returned; otherwise some are at an earlier version on purpose.
    pub is_over: bool,
    /// The versions to withdraw on the index since members returned, as `release status` lists them.
    pub to_withdraw: Vec<String>,
    /// The bad versions that other members still have, likewise.
    pub remaining: Vec<Remaining>,
    /// The later version that was published meanwhile; the release is not continued then either.
    pub superseded: Option<String>,
    /// Whether the index has withdrawn it, as a run found: it is not continued then.
    pub is_withdrawn: bool,
    /// A newer version that was published before this one was started: this one, such as a patch of an older line, is
    /// published without notifying members.
    pub newer: Option<String>,
    /// The options of its last run, as typed.
    pub options: Vec<String>,
    /// The run that is at it now: which process.
    pub at_it: Option<String>,
}

/// How far the stage came that a release stopped at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReleaseHalt {
    /// It was not begun.
    #[default]
    Before,
    /// It was begun, and is not done.
    Within,
    /// It failed.
    Failed,
    /// It could not be checked.
    Unchecked,
    /// It failed, since releases were frozen.
    Frozen,
    /// It failed, only because somebody took members back since: to continue the release does not help them.
    TakenBack,
    /// It was refused, since members have a later version, which the index does not list.
    MembersAhead,
    /// It failed, since the index has other files of its names: it can never be published.
    NamesTaken,
    /// It was skipped, since there was no token to notify members with.
    Untold,
}

/// A return to an earlier version that some members have not completed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// The distribution.
    pub distribution: String,
    /// The version.
    pub version: String,
    /// When it was begun, in seconds since 1970.
    pub at: Option<i64>,
    /// How many repositories have returned, and of how many; `None` if it was interrupted.
    pub ended: Option<(usize, usize)>,
    /// Its options, as typed.
    pub options: Vec<String>,
    /// The run that is at it now: which process.
    pub at_it: Option<String>,
}

/// An operation that was begun and not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// The command that resumes it: `new`.
    pub command: String,
    /// Its argument: `gemini-cli`.
    pub subject: String,
    /// When it was begun, in seconds since 1970.
    pub at: Option<i64>,
    /// Whether everything is done, except that fleet.yaml here does not list the new member.
    pub waits_for_entry: bool,
}

/// Waivers that have expired or soon will.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers {
    /// The number that have expired.
    pub expired: usize,
    /// The number that soon will.
    pub soon: usize,
    /// The first of the latter: what it waives, and its last day.
    pub first: Option<(String, String)>,
}

/// An image on hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The image.
    pub image: String,
    /// The reason that was given.
    pub reason: Option<String>,
    /// When the hold began, in seconds since 1970.
    pub since: Option<i64>,
}

/// What was recorded of the fleet's runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// fleet.yaml names no history file.
    #[default]
    NotKept,
    /// It names one, which is empty.
    Empty,
    /// The last run.
    Last {
        /// The time, in seconds since 1970.
        at: i64,
        /// The number of repositories.
        repositories: u32,
        /// The number of those that were conformant.
        conformant: u32,
        /// The number of those with findings that can be fixed automatically; `None` if that was not recorded.
        automatic: Option<u32>,
    },
}

/// One of our files that cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// The command that shows details.
    pub command: Vec<String>,
    /// The place and the problem, in one line.
    pub why: String,
}
