//! What can be seen of a place without asking anybody.

/// What was seen, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The moment, in seconds since 1970.
    pub now: i64,
    /// Where somebody stands.
    pub place: Place,
}

/// A kind of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At or below the folder of a fleet.yaml, or one was named.
    Fleet(Box<Fleet>),
    /// In the folder of a shape pack, its name when that could be read.
    Shape(Option<String>),
    /// In a repository that belongs to no fleet here.
    Repository {
        /// Its name.
        name: String,
        /// Whether it is of another kind than the shape inside shipshape is about.
        is_stranger: bool,
    },
    /// In a folder with so many repositories in it, or in one folder of it, whose name is given.
    Repositories {
        /// How many.
        number: usize,
        /// The folder that they are in, relative to here.
        folder: String,
        /// Whether most of them are of another kind than the shape inside shipshape is about.
        are_strangers: bool,
    },
    /// Anywhere else.
    Nowhere,
}

/// A fleet, as its own files and this machine's memory show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// Its file, as it may be called from here.
    pub file: String,
    /// The file again when it was named: commands have to be told it too.
    pub named: Option<String>,
    /// Members that are kept in shape.
    pub members: usize,
    /// Who owns them, and where: `acme on https://github.com`.
    pub owner: String,
    /// Whether it has a package that all members run on, and that is released.
    pub has_runtime: bool,
    /// Whether it has images.
    pub has_images: bool,
    /// The member's repository that somebody stands in.
    pub inside: Option<String>,
    /// A folder with members' repositories in it.
    pub local: Option<String>,
    /// Whether something would be asked of the forge without saying who asks: the variables that nothing stands in.
    pub without_token: Option<String>,
    /// Its rehearsal forge beside fleet.yaml, where commands here would ask GitHub instead and nothing says who asks.
    pub sandbox: Option<Sandbox>,
    /// Shapes that the manifest names and that are not there.
    pub without_shape: Vec<WithoutShape>,
    /// Campaigns that have a file here, in the order of their files, and what takes them back.
    pub campaigns: Vec<Campaign>,
    /// Releases that were begun and have not come to their end, the newest first.
    pub releases: Vec<Release>,
    /// The way back to an earlier version that was begun last, and is not at its end.
    pub back: Option<Back>,
    /// Other things that were begun here and not finished: the command that goes on, and what it is about.
    pub begun: Vec<Begun>,
    /// Waivers that have expired, or soon will.
    pub waivers: Waivers,
    /// Images that are held where they are.
    pub held: Vec<Held>,
    /// What runs recorded.
    pub history: History,
    /// Files of ours that cannot be read: which, and what is wrong.
    pub unreadable: Vec<Unreadable>,
}

/// A forge on this machine that a fleet is rehearsed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// It can be started from this seed, and would write what to export to the other file.
    Seed {
        /// The seed, as it may be called from here.
        seed: String,
        /// The file of `--exports`, as a shell takes it.
        exports: String,
    },
    /// It seems to be running: this file, as a shell takes it, says what to export.
    Running(String),
}

/// A shape that is still to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithoutShape {
    /// The folder that the manifest names, as it may be called from here.
    pub folder: String,
    /// Repositories of the kinds that are held to it, as a shell takes them; nothing where fewer than two lie here.
    pub repositories: Option<String>,
}

/// A campaign that has a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    /// Its file, as it may be called from here.
    pub file: String,
    /// What the campaign of that file is called.
    pub name: String,
    /// The forge that the one plan of it was made for, where that is another one; or that it is of another fleet.
    pub planned_elsewhere: Option<String>,
    /// Whether this is what takes the campaign of that file back.
    pub is_reverted: bool,
    /// Its plan, when one is kept beside it.
    pub plan: Option<Plan>,
    /// What this machine remembers to have done for it.
    pub done: Option<Done>,
}

/// A plan that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Its file, as it may be called from here.
    pub file: String,
    /// When it was made, in seconds since 1970.
    pub made_at: Option<i64>,
    /// Whether the campaign is as it was then.
    pub is_current: bool,
    /// Repositories whose base is known to have moved after it was made: it does nothing there any more.
    pub moved: Vec<String>,
    /// Repositories that it would do something to, each with its wave.
    pub repositories: Vec<(String, u32)>,
    /// What an earlier wave must be before the next begins: `merged`. Nothing when that is only to be opened.
    pub until: Option<String>,
}

/// What was done for a campaign from this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// When it was begun, in seconds since 1970.
    pub begun_at: Option<i64>,
    /// Repositories in which a pull request was opened.
    pub opened: Vec<String>,
    /// Those of them that were merged or closed.
    pub ended: Vec<String>,
    /// What did not come to its end.
    pub halt: Option<Halt>,
    /// The run that is at it now: which process, since when.
    pub at_it: Option<String>,
}

/// What a run left undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Halt {
    /// The command that it was.
    pub verb: Verb,
    /// In which repositories.
    pub repositories: Vec<String>,
    /// Whether it was cut off there, and did not only fail.
    pub is_cut: bool,
}

/// A command that changes something on the forge for a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verb {
    /// It offers.
    #[default]
    Apply,
    /// It merges.
    Merge,
    /// It gives up.
    Close,
}

/// A release that has not come to its end, or from which members went back.
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
    /// The version that members went back to from this one: it is not gone on with.
    pub went_back: Option<String>,
    /// The options that its last run was given, as they are typed.
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
    /// It failed, since releases were frozen.
    Frozen,
}

/// A way back to an earlier version, by which not all members are back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// The distribution.
    pub distribution: String,
    /// The version.
    pub version: String,
    /// When it was begun, in seconds since 1970.
    pub at: Option<i64>,
    /// How many repositories are back, and of how many; absent when it was cut off.
    pub ended: Option<(usize, usize)>,
    /// The options that it was given, as they are typed.
    pub options: Vec<String>,
    /// The run that is at it now: which process.
    pub at_it: Option<String>,
}

/// Something that was begun and not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// The command that goes on with it, `new`.
    pub command: String,
    /// What it is told, `gemini-cli`.
    pub subject: String,
    /// When it was begun, in seconds since 1970.
    pub at: Option<i64>,
}

/// Waivers that are near their end, or beyond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers {
    /// How many have expired.
    pub expired: usize,
    /// How many soon will.
    pub soon: usize,
    /// The one of those that is first: what it waives, and its last day.
    pub first: Option<(String, String)>,
}

/// An image that is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub image: String,
    /// Why, in somebody's words.
    pub reason: Option<String>,
    /// Since when, in seconds since 1970.
    pub since: Option<i64>,
}

/// What runs recorded of the fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// fleet.yaml names no file for it.
    #[default]
    NotKept,
    /// It names one, and nothing is in it.
    Empty,
    /// The last run.
    Last {
        /// When, in seconds since 1970.
        at: i64,
        /// Repositories in it.
        repositories: u32,
        /// How many of those were conformant.
        conformant: u32,
    },
}

/// A file of ours that cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// The command that says more of it.
    pub command: Vec<String>,
    /// Where, and what is wrong, in one line.
    pub why: String,
}
