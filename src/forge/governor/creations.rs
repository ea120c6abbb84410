//! The content that this token created within the last hour, in this run and in others.
//!
//! The forge counts a token's content creations across processes: a run that was killed and restarted, or two at once,
//! must not each spend the whole budget. So the times are kept in a file, one per line, which is locked while it is
//! read and written. If the file cannot be used, only the creations of other runs are forgotten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::Limits;
use crate::edge::private_files;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;

/// The recent content creations of a token.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Creations {
    file: Option<PathBuf>,
    own: Vec<f64>,
}

impl Creations {
    /// The creations of a token at a host, kept in a state folder.
    pub(in crate::forge) fn new(folder: Option<&Path>, host: &str, identity: &str) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let name = format!("{host}-{identity}").chars().map(plain).collect::<String>();
        let file = folder.map(|folder| folder.join("created-v1").join(name));
        Self { file, own: Vec::new() }
    }

    /// Records `count` creations that are about to happen and returns 0, or returns in how many seconds there is room
    /// for them.
    pub(in crate::forge) fn reserve(&mut self, count: usize, limits: &Limits, now: f64) -> f64 {
        let Some(path) = self.file.clone() else {
            return reserve(&mut self.own, count, limits, now);
        };
        match in_file(&path, count, limits, now) {
            Ok(wait) => wait,
            Err(_) => reserve(&mut self.own, count, limits, now),
        }
    }
}

fn in_file(path: &Path, count: usize, limits: &Limits, now: f64) -> io::Result<f64> {
    let mut file = open(path)?;
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let mut times: Vec<f64> = text.lines().filter_map(|line| line.parse().ok()).collect();
    let wait = reserve(&mut times, count, limits, now);
    if wait == 0.0 {
        let text: String = times.iter().map(|time| format!("{time:.3}\n")).collect();
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)?;
    }
    // Closing the file releases the lock.
    Ok(wait)
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        private_files::folder(folder)?;
    }
    private_files::open(
        path,
        OpenOptions::new().read(true).write(true).create(true).truncate(false),
    )
}

/// Records creations in a list of times, or returns in how many seconds there is room for them.
fn reserve(times: &mut Vec<f64>, count: usize, limits: &Limits, now: f64) -> f64 {
    // Ignore times far in the future: a clock that was set back must not block runs for more than an hour.
    times.retain(|time| time.is_finite() && *time > now - HOUR && *time <= now + HOUR);
    times.sort_by(f64::total_cmp);
    let until = |span: f64, limit: usize| {
        let recent: Vec<f64> = times.iter().copied().filter(|time| *time > now - span).collect();
        let surplus = (recent.len() + count).saturating_sub(limit.max(count));
        if surplus == 0 { None } else { recent.get(surplus - 1).map(|time| time + span - now) }
    };
    let waits =
        [until(MINUTE, limits.creations_per_minute), until(HOUR, limits.creations_per_hour)];
    let wait = waits.into_iter().flatten().fold(0.0_f64, f64::max);
    if wait > 0.0 {
        return wait + 0.001;
    }
    times.extend(std::iter::repeat_n(now, count));
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { creations_per_minute: 3, creations_per_hour: 5, ..Limits::default() }
    }

    #[test]
    fn a_minute_and_an_hour_hold_so_many() {
        let mut times = Vec::new();
        for second in [0.0, 1.0, 2.0] {
            assert!(reserve(&mut times, 1, &limits(), second) == 0.0);
        }
        assert!((reserve(&mut times, 1, &limits(), 3.0) - 57.001).abs() < 1e-6);
        assert!(reserve(&mut times, 2, &limits(), 70.0) == 0.0);
        assert!((reserve(&mut times, 1, &limits(), 200.0) - 3400.001).abs() < 1e-6);
        assert!(reserve(&mut times, 1, &limits(), 3601.0) == 0.0);
    }

    #[test]
    fn two_runs_share_the_window() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut one = Creations::new(Some(folder.path()), "host:1", "abc");
        let mut other = Creations::new(Some(folder.path()), "host:1", "abc");
        let mut stranger = Creations::new(Some(folder.path()), "host:1", "def");
        assert!(one.reserve(2, &limits(), 0.0) == 0.0);
        assert!(other.reserve(1, &limits(), 1.0) == 0.0);
        assert!(one.reserve(1, &limits(), 2.0) > 0.0);
        assert!(stranger.reserve(3, &limits(), 2.0) == 0.0);
    }

    #[test]
    fn a_damaged_file_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut creations = Creations::new(Some(folder.path()), "h", "t");
        let file = folder.path().join("created-v1/h-t");
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("made");
        std::fs::write(&file, "NaN\ninf\n99999999999\nrubbish\n1.0\n").expect("written");
        assert!(creations.reserve(1, &limits(), 2.0) == 0.0);
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "1.000\n2.000\n");
    }
}
