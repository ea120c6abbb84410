//! A client for the API shared by Docker and Podman. The library (`bollard`) is used in this folder only.

mod fault;
mod open;
mod rehearsal;
mod trial;

use std::collections::HashMap;
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
    TagImageOptionsBuilder,
};
use bollard::{BollardRequest, Docker};
use futures_util::StreamExt as _;
use http::HeaderValue;

use super::{Container, EngineFault, EngineFaultKind, LocalImage, Place};
use crate::edge::concurrent::together;
use crate::edge::terminal::visible_line;
use crate::registry::{Credentials, Reference};
use crate::source::secrets::SentSecrets;

/// Time within which an engine has to answer the version request.
const GREETING: Duration = Duration::from_secs(10);

/// Time without progress after which a pull has failed.
const SILENCE: Duration = Duration::from_secs(600);

/// Podman 4 reports a container as `stopped` between its exit and its cleanup, a status that the API does not define.
/// After this interval it is usually `exited`.
const UNCLEAR: Duration = Duration::from_millis(200);
const UNCLEAR_LOOKS: u32 = 15;

/// Maximum number of containers to inspect in parallel.
const AT_ONCE: usize = 8;

/// A connection to a container engine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    docker: Docker,
    place: Place,
    name: String,
}

impl Engine {
    /// Connects to the engine at a place and requests its version.
    pub(super) async fn at(place: &Place) -> Result<Self, EngineFault> {
        let docker = open::open(place)?.with_request_modifier(by_the_letter);
        let greeted = tokio::time::timeout(GREETING, docker.version()).await;
        let version = greeted.map_err(|_| EngineFault::silent(GREETING))??;
        let component = version.components.iter().flatten().next();
        let name = component.map_or("Docker", |it| it.name.as_str());
        let name = format!("{name} {}", version.version.as_deref().unwrap_or("of no version"));
        Ok(Self { docker, place: place.clone(), name: visible_line(&name) })
    }

    /// Returns its name and place: `Podman Engine 4.3.1 at unix:///run/podman/podman.sock`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} at {}", self.name, self.place)
    }

    /// Returns an image by name with a tag or a digest; `None` if it is not here.
    ///
    /// # Errors
    /// When the engine cannot be queried.
    pub async fn image(&self, name: &str) -> Result<Option<LocalImage>, EngineFault> {
        let found = match self.docker.inspect_image(name).await.map_err(EngineFault::from) {
            Ok(found) => found,
            Err(fault) if fault.kind == EngineFaultKind::Absent => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let id = found.id.as_deref().map(bare).unwrap_or_default().to_owned();
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let names = found.repo_digests.unwrap_or_default();
        let content = format!("sha256:{id}");
        Ok(Some(LocalImage { id, content, names, labels: labels.into_iter().collect() }))
    }

    /// Pulls an image by digest, without moving any tag. `told` receives the bytes so far, and the bytes in total as
    /// far as known.
    ///
    /// # Errors
    /// When the engine cannot pull it.
    pub async fn pull(
        &self,
        image: &Reference,
        digest: &str,
        credentials: Option<&Credentials>,
        told: impl Fn(u64, u64) + Send,
    ) -> Result<(), EngineFault> {
        let options =
            CreateImageOptionsBuilder::default().from_image(&image.name()).tag(digest).build();
        let sent = credentials.map(|it| SentSecrets::of(it.password())).unwrap_or_default();
        let credentials = credentials.map(|it| DockerCredentials {
            username: Some(it.username().to_owned()),
            password: Some(it.password().to_owned()),
            serveraddress: Some(image.registry().to_owned()),
            ..DockerCredentials::default()
        });
        let mut said = self.docker.create_image(Some(options), None, credentials);
        let mut layers: HashMap<String, (u64, u64)> = HashMap::new();
        loop {
            let next = tokio::time::timeout(SILENCE, said.next()).await;
            let Some(line) = next.map_err(|_| EngineFault::silent(SILENCE))? else { return Ok(()) };
            let line = line.map_err(|error| fault::masked(error, &sent))?;
            let detail = line.progress_detail.unwrap_or_default();
            let count = |number: Option<i64>| number.and_then(|it| u64::try_from(it).ok());
            if let (Some(id), Some(done)) = (line.id, count(detail.current)) {
                // A limit, in case the engine keeps making up layers.
                if layers.len() < 10_000 || layers.contains_key(&id) {
                    layers.insert(id, (done, count(detail.total).unwrap_or(done)));
                }
                let sum = |pick: fn(&(u64, u64)) -> u64| {
                    layers.values().map(pick).fold(0_u64, u64::saturating_add)
                };
                told(sum(|layer| layer.0), sum(|layer| layer.1));
            }
        }
    }

    /// Moves the tag of an image to one that is here.
    ///
    /// # Errors
    /// When the engine cannot do so.
    pub async fn tag(&self, id: &str, image: &Reference) -> Result<(), EngineFault> {
        let options =
            TagImageOptionsBuilder::default().repo(&image.name()).tag(image.version()).build();
        Ok(self.docker.tag_image(id, Some(options)).await?)
    }

    /// Returns the containers with a name prefix, running or not, sorted by name; none without a prefix.
    ///
    /// # Errors
    /// When the engine cannot be queried.
    pub async fn containers(&self, prefix: Option<&str>) -> Result<Vec<Container>, EngineFault> {
        let Some(prefix) = prefix else { return Ok(Vec::new()) };
        let options = ListContainersOptionsBuilder::default().all(true).build();
        let mut left = UNCLEAR_LOOKS;
        let listed = loop {
            match self.docker.list_containers(Some(options.clone())).await {
                Err(error) => wait_for_clearness(error.into(), &mut left).await?,
                Ok(listed) => break listed,
            }
        };
        let named = listed.into_iter().filter_map(|container| {
            let names = container.names.unwrap_or_default();
            let name = own_name(&names).filter(|name| name.starts_with(prefix))?;
            Some((container.id?, name.to_owned()))
        });
        let asked = together(AT_ONCE, named.collect(), |(id, name): (String, String)| {
            let engine = self.clone();
            async move { engine.container(id, name).await }
        });
        let mut found = Vec::new();
        for answer in asked.await.into_iter().flatten() {
            found.extend(answer?);
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// Returns the image that a container was made from; `None` if it is gone. The list has that too, but shows it
    /// differently once a tag has moved.
    async fn container(&self, id: String, name: String) -> Result<Option<Container>, EngineFault> {
        let mut left = UNCLEAR_LOOKS;
        let found = loop {
            match self.docker.inspect_container(&id, None).await.map_err(EngineFault::from) {
                Ok(found) => break found,
                Err(fault) if fault.kind == EngineFaultKind::Absent => return Ok(None),
                Err(fault) => wait_for_clearness(fault, &mut left).await?,
            }
        };
        let image = found.config.and_then(|config| config.image).unwrap_or_default();
        let image_id = found.image.as_deref().map(bare).unwrap_or_default().to_owned();
        Ok(Some(Container { id, name, image, image_id }))
    }

    /// Removes a container, running or not, but not its anonymous volumes. Returns whether it existed.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove(&self, id: &str) -> Result<bool, EngineFault> {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        match self.docker.remove_container(id, Some(options)).await.map_err(EngineFault::from) {
            Ok(()) => Ok(true),
            Err(fault) if fault.kind == EngineFaultKind::Absent => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

/// Waits a moment after an unclear answer, a limited number of times; returns any other fault.
async fn wait_for_clearness(fault: EngineFault, left: &mut u32) -> Result<(), EngineFault> {
    if fault.kind != EngineFaultKind::Unclear || *left == 0 {
        return Err(fault);
    }
    *left -= 1;
    tokio::time::sleep(UNCLEAR).await;
    Ok(())
}

/// Returns a container's own name. `/web/db` is an alias that a linked container `web` has for it.
fn own_name(names: &[String]) -> Option<&str> {
    let mut names = names.iter().map(|name| name.strip_prefix('/').unwrap_or(name));
    names.find(|name| !name.contains('/'))
}

/// Strips the algorithm from an engine's id of content.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

/// Engines expect credentials in the URL-safe Base64 alphabet (RFC 4648, section 5), but the library uses the standard
/// one: they differ for passwords with `>`, `?` or `~`.
fn by_the_letter(mut request: BollardRequest) -> BollardRequest {
    const CREDENTIALS: &str = "x-registry-auth";
    if let Some(value) = request.headers().get(CREDENTIALS) {
        let letters = value.as_bytes().iter().map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        });
        if let Ok(mut value) = HeaderValue::from_bytes(&letters.collect::<Vec<u8>>()) {
            value.set_sensitive(true);
            request.headers_mut().insert(CREDENTIALS, value);
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_has_its_own_name_and_not_what_others_call_it() {
        let named = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            own_name(&names).map(str::to_owned)
        };
        assert_eq!(named(&["/ws-web/db", "/db"]).as_deref(), Some("db"));
        assert_eq!(named(&["/ws-1"]).as_deref(), Some("ws-1"));
        assert_eq!(named(&["ws-1"]).as_deref(), Some("ws-1"));
        assert_eq!(named(&["/ws-web/db"]), None);
        assert_eq!(named(&[]), None);
    }
}
