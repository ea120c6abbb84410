//! A GitHub App that asks: its token is fetched, and renewed before it ends, whatever becomes of a request.

use serde_json::json;

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/forge/app/test-key.pem");

const APP: &str = "app: { id: 7, slug: keeper, account: acme, installation: 8, permissions: { contents: read, metadata: read } }\n";

struct Stage {
    world: World,
    forge: Rehearsal,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        world.write("fleet.yaml", FLEET);
        world.write("shape/shape.yaml", "schema: 1\nname: t\npaths: []\nextras: ['**']\n");
        let forge = Rehearsal::new(&world, &format!("{SEED}{APP}"));
        Self { world, forge }
    }

    fn drift(&self) -> Ran {
        let app = [
            ("GH_ENTERPRISE_TOKEN", ""),
            ("SHIPSHAPE_APP_ID", "7"),
            ("SHIPSHAPE_APP_INSTALLATION", "8"),
            ("SHIPSHAPE_APP_KEY_FILE", KEY),
        ];
        self.forge.run_with(&self.world, &["drift", "--verbose"], &app)
    }

    /// How often a token was asked for.
    fn tokens(&self) -> usize {
        let is_token = |request: &&serde_json::Value| {
            request["path"].as_str().is_some_and(|path| path.ends_with("/access_tokens"))
        };
        self.forge.requests().iter().filter(is_token).count()
    }
}

#[test]
fn an_app_sees_what_a_person_sees_and_its_token_is_told_of() {
    let stage = Stage::new();
    let person = stage.forge.run(&stage.world, &["drift"]).exits(1);
    stage.forge.requests();
    let ran = stage.drift().exits(1);
    assert_eq!(ran.stdout, person.stdout);
    assert!(
        ran.stderr.contains("POST /app/installations/8/access_tokens → 201, 1 point"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.tokens(), 1);
}

#[test]
fn a_token_that_was_lost_on_its_way_is_asked_for_again() {
    for kind in [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "truncated-body",
        "secondary-429",
        "secondary-no-retry-after",
    ] {
        let stage = Stage::new();
        stage.forge.fail(&json!([{ "at": 1, "kind": kind }]));
        let ran = stage.drift();
        assert_eq!(ran.code, 1, "{kind}: {}", ran.stderr);
    }
    let stage = Stage::new();
    stage.forge.fail(&json!([{ "at": 1, "kind": "unauthorized" }]));
    let ran = stage.drift().exits(3);
    assert!(ran.stderr.contains("its installation and its key"), "{}", ran.stderr);
}

#[test]
fn a_run_that_outlives_its_token_has_another() {
    let stage = Stage::new();
    // Behind the token and the document that says where branches stand.
    stage.forge.fail(&json!([{ "at": 3, "kind": "secondary-429", "seconds": 3500 }]));
    let ran = stage.drift().exits(1);
    assert!(ran.stderr.contains(" waited"), "{}", ran.stderr);
    assert_eq!(stage.tokens(), 2);
}
