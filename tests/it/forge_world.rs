//! A sandbox forge for a world: seeded, on loopback, in virtual time.

use std::path::Path;

use shipshape::sandbox::{Options, Pace, Running, Server, seed};

use crate::world::{NOW, Ran, World};

/// A forge and the world that talks to it.
pub(crate) struct Forge {
    running: Running,
}

impl Forge {
    /// A forge of this seed; relative paths of it are those of the world.
    pub(crate) fn new(world: &World, document: &str) -> Self {
        let document = seed::read(Path::new("seed.yaml"), document.as_bytes())
            .unwrap_or_else(|errors| panic!("the seed: {errors:?}"));
        let start = NOW.parse::<jiff::Timestamp>().expect("a time").as_second();
        let options = Options {
            pace: Pace::Virtual,
            start,
            seed: document,
            seed_folder: world.path(""),
            ..Options::default()
        };
        let running = Server::start(options).unwrap_or_else(|errors| panic!("{errors:?}"));
        Self { running }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.running.url()
    }

    /// Runs the binary in a world, as the bearer of a token.
    pub(crate) fn run(&self, world: &World, token: &str, arguments: &[&str]) -> Ran {
        let secret = self.running.token(token).expect("a token of the seed");
        let url = self.url();
        let variables = [
            ("SHIPSHAPE_FORGE", url.as_str()),
            ("SHIPSHAPE_FORGE_CLOCK", "sandbox"),
            ("GH_ENTERPRISE_TOKEN", secret),
        ];
        let ran = world.run_in(&world.path(""), arguments, &variables);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(secret), "a token was printed:\n{text}");
        }
        let shown = |text: String| text.replace(&url, "[forge]");
        Ran { code: ran.code, stdout: shown(ran.stdout), stderr: shown(ran.stderr) }
    }
}
