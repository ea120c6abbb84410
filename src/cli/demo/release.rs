//! The last scene: the package is released, and its version reaches the members' images and their containers.

use std::path::PathBuf;

use super::containers::Containers;
use super::forge::Stage;
use super::person::{NAME, Person};
use crate::cli::Exit;
use crate::cli::shared::journal;
use crate::demo::PREFIX;
use crate::demo::release::{self, DEAF, FILE, FIND_PEER, NEXT, PEERS};
use crate::edge::{process, whole_file};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::shape::embedded;

/// The workflow that builds a member's image.
const PUBLISH: &str = ".github/workflows/publish-image.yml";

/// Releases the package to the sandbox's index and follows the release. Returns the stage and the journal.
pub(super) fn tell(stage: Stage<'_>) -> Result<(Stage<'_>, PathBuf)> {
    let url = stage.forge.url();
    let file = stage.folder.join(FILE);
    whole_file::replace(&file, release::manifest(&url).as_bytes())?;
    let robot = stage.forge.tokens().next().map(|(_, secret)| secret.to_owned());
    let token =
        stage.forge.token(NAME).ok_or_else(|| Error::failed("the demo has no token for ann"))?;
    let ann = Person::at(&url, token)?;
    let [(_, index), (_, upload), (_, password)] = stage.forge.index_variables();
    let stage = stage.with(
        FILE,
        &[
            ("SHIPSHAPE_UPLOAD_PASSWORD", &password),
            ("TEMPLATE_DISPATCH_TOKEN", &robot.unwrap_or_default()),
        ],
    );
    let reads = ["--index-url", &index];
    let writes = ["--index-url", &index, "--upload-url", &upload];
    stage.says(
        "\nA release, down to what runs\n\nThe package is changed in acme/platform and released from there: to \
        an index that is a part of the sandbox, as are the\nregistry and the workflow runs that build images, \
        with whatever the index then has. release.yaml says where all\nof them are. First, which members the \
        next version would break.\n",
    )?;
    stage.types_beside("release plan", &reads)?;
    mend(&ann)?;
    stage.says(&format!(
        "\n{NAME} gives the runtime the function that gemini-cli asks for, and {DEAF} the shape's workflow: its \
         own\ndoes not start when a release is announced.\n"
    ))?;
    let mut containers = Containers::provision(&stage)?;
    let released = stage.types_beside(&format!("release run {} --yes", smoke(&stage)), &writes)?;
    // What was not released is in no image, so the rest of the scene is skipped.
    if released == Exit::Clean {
        stage.says("\nEvery member's image contains it:\n")?;
        stage.types_beside(&format!("release cascade {NEXT} --only-behind"), &reads)?;
        if let Some(containers) = &mut containers {
            containers.refresh(&stage)?;
        }
    } else {
        stage.failed("release run");
    }
    let fleet = stage.context.all(Fleet::load(&file))?;
    let journal = journal::file_at(None, &stage.context, &fleet, &ForgeAddress::parse(&url)?)?;
    Ok((stage, journal))
}

/// Fixes what blocks the release, by hand as a person would.
fn mend(ann: &Person) -> Result<()> {
    ann.edits("platform", PEERS, "Find a peer by the name that members know", |text| {
        text + FIND_PEER
    })?;
    let shape = embedded::files();
    let workflow = shape.get(&format!("files/{PUBLISH}"));
    let workflow = workflow.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    ann.edits(&format!("{PREFIX}{DEAF}"), PUBLISH, "Listen for releases", |text| {
        workflow.unwrap_or(text)
    })
}

/// The option for the gate that imports every module. Installing the dependencies would need the network; without
/// Python the gate is skipped.
fn smoke(stage: &Stage<'_>) -> &'static str {
    let path = stage.context.environment.get("PATH").map(std::ffi::OsStr::new);
    if process::which("python3", path).is_some() { "--no-deps" } else { "--no-smoke" }
}
