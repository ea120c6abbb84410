//! GitHub Apps: their installations, and tokens for them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::pages::listed;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Access, App, Authority, Found, Grant, Token, World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/app/installations", App => installations;
    POST "/app/installations/{installation_id}/access_tokens", App => access_token;
};

/// The lifetime of an installation token, in seconds.
const LIFETIME: f64 = 3600.0;

/// How far in the future a proof may expire, and how far its clock may be off, in seconds.
const MAX_PROOF: f64 = 600.0;
const SKEW: f64 = 60.0;

/// Returns the App that signed this request.
fn authenticated<'a>(world: &'a World, call: &Call) -> Answer<&'a App> {
    let refused = |why: &str| Refusal::new(401, why.to_owned());
    let proof = call.proof.as_deref();
    let proof = proof.ok_or_else(|| refused("A JSON web token could not be decoded"))?;
    let app = world.app.as_ref().ok_or_else(|| refused("Integration not found"))?;
    let undecodable = || refused("A JSON web token could not be decoded");
    let (signed, signature) = proof.rsplit_once('.').ok_or_else(undecodable)?;
    let (head, claims) = signed.split_once('.').ok_or_else(undecodable)?;
    let part = |text: &str| -> Answer<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| undecodable())?;
        serde_json::from_slice(&bytes).map_err(|_| undecodable())
    };
    let (head, claims) = (part(head)?, part(claims)?);
    if head.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(undecodable());
    }
    let issuer = match claims.get("iss") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    if issuer != app.id.to_string() {
        return Err(refused("Integration not found"));
    }
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    let (issued, expires) = (time("iat"), time("exp").ok_or_else(undecodable)?);
    if issued.is_none_or(|issued| issued > world.now + SKEW) {
        return Err(refused(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    }
    if expires <= world.now {
        return Err(refused(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ));
    }
    if expires > world.now + MAX_PROOF + SKEW {
        return Err(refused("'Expiration time' claim ('exp') is too far in the future"));
    }
    if let Some(key) = &app.public_key {
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| undecodable())?;
        let key = ring::signature::UnparsedPublicKey::new(
            &ring::signature::RSA_PKCS1_2048_8192_SHA256,
            key,
        );
        key.verify(signed.as_bytes(), &signature).map_err(|_| undecodable())?;
    }
    Ok(app)
}

fn permissions(grant: &Grant) -> Value {
    let shown = grant.permissions.iter().map(|(name, access)| (name.clone(), access.name().into()));
    Value::Object(shown.collect())
}

fn installations(world: &mut World, call: &Call) -> Answer {
    let at = Addresses(&call.base);
    let app = authenticated(world, call)?;
    let id = app.installation;
    let time = rfc3339(world.owner(&app.account).map_or(0, |owner| owner.created));
    let target = world.owner(&app.account).map_or(0, |owner| owner.id);
    let installation = json!({
        "id": id,
        "account": render::user(world, at, &app.account),
        "repository_selection": selection(&app.grant),
        "access_tokens_url": at.api(&format!("/app/installations/{id}/access_tokens")),
        "repositories_url": at.api("/installation/repositories"),
        "html_url": at.page(&format!("/organizations/{}/settings/installations/{id}", app.account)),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": target,
        "target_type": "Organization",
        "permissions": permissions(&app.grant),
        "events": [],
        "created_at": time,
        "updated_at": time,
        "single_file_name": null,
        "suspended_by": null,
        "suspended_at": null,
    });
    listed(call, vec![installation])
}

fn access_token(world: &mut World, call: &Call) -> Answer {
    let app = authenticated(world, call)?.clone();
    if call.number("installation_id")? != app.installation {
        return Err(Refusal::not_found());
    }
    let mut grant = app.grant.clone();
    if let Some(asked) = call.field("permissions") {
        let wrong = || Refusal::invalid(format!("permissions {asked} is not an object."));
        let asked = asked.as_object().ok_or_else(wrong)?;
        grant.permissions = narrowed(&app.grant.permissions, asked)?;
    }
    let chosen = chosen(world, call, &app)?;
    let selection = if chosen.is_some() { "selected" } else { selection(&app.grant) };
    grant.repositories = chosen.unwrap_or(grant.repositories);
    let expires = world.now + LIFETIME;
    let number = world.next_id();
    let secret = format!("ghs_sandbox_{number}");
    let shown = json!({
        "token": secret,
        "expires_at": rfc3339(world.seconds() + 3600),
        "permissions": permissions(&grant),
        "repository_selection": selection,
    });
    world.tokens.push(Token {
        name: format!("{}[bot]", app.slug),
        secret,
        user: format!("{}[bot]", app.slug),
        role: Access::Admin,
        authority: Authority::Installation(grant),
        expires: Some(expires),
    });
    Ok(Reply::created(shown))
}

fn selection(grant: &Grant) -> &'static str {
    if grant.repositories.iter().all(|name| name.ends_with('*')) { "all" } else { "selected" }
}

/// Returns the repositories requested for a token, by name or number; all must be in the
/// installation.
fn chosen(world: &World, call: &Call, app: &App) -> Answer<Option<Vec<String>>> {
    let outside = || {
        Refusal::unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    let names = call.texts("repositories")?;
    let ids = call.field("repository_ids").map(|ids| ids.as_array().cloned().unwrap_or_default());
    if names.is_none() && ids.is_none() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for name in names.iter().flatten() {
        found.push(match world.find(&app.account, name) {
            Some(Found::Here(id)) => id,
            _ => return Err(outside()),
        });
    }
    for id in ids.iter().flatten() {
        found.push(id.as_u64().ok_or_else(outside)?);
    }
    if found.is_empty() {
        return Err(outside());
    }
    let within = |id| {
        let repository = world.repositories.get(&id)?;
        let named = app.grant.covers(&repository.owner, &repository.name);
        named.then(|| repository.full_name())
    };
    found.into_iter().map(|id| within(id).ok_or_else(outside)).collect::<Answer<Vec<_>>>().map(Some)
}

/// Checks that a token may not do more than its installation.
fn narrowed(
    granted: &BTreeMap<String, Access>,
    asked: &serde_json::Map<String, Value>,
) -> Answer<BTreeMap<String, Access>> {
    let mut narrowed = BTreeMap::new();
    for (name, access) in asked {
        let access = match access.as_str() {
            Some("read") => Access::Read,
            Some("write") => Access::Write,
            Some("admin") => Access::Admin,
            _ => return Err(Refusal::invalid(format!("{name} is not a permission."))),
        };
        if granted.get(name).is_none_or(|granted| *granted < access) {
            return Err(Refusal::unprocessable(
                "The permissions requested are not granted to this installation.",
            ));
        }
        narrowed.insert(name.clone(), access);
    }
    Ok(narrowed)
}
