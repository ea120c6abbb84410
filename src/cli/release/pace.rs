//! Options of commands that notify members: in which order, and how long to wait.

use clap::Args;

use crate::campaign::file::{Size, Waves};

/// In which order members are notified, and how long to wait for their runs.
#[derive(Clone, Debug, Args)]
pub(super) struct PaceOptions {
    /// Sizes of the waves, each a number of repositories or a percentage of all; the last wave has the rest. A
    /// wave starts when all images of the previous one contain the version.
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(super) waves: Vec<Size>,

    /// Members that come before all others.
    #[arg(long, value_name = "MEMBER", num_args = 1.., value_delimiter = ',', requires = "waves")]
    pub(super) first: Vec<String>,

    /// Minutes that the runs of a wave may take.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    pub(super) patience: u64,
}

impl PaceOptions {
    /// The waves of these options.
    pub(super) fn order(&self) -> Waves {
        Waves { sizes: self.waves.clone(), first: self.first.clone(), ..Waves::default() }
    }

    /// The same options with all members in one wave.
    pub(super) fn without_waves(&self) -> Self {
        Self { waves: Vec::new(), first: Vec::new(), patience: self.patience }
    }
}
