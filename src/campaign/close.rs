//! Closing what a campaign opened, with the reason.

use serde_json::json;

use super::desk::Desk;
use super::plan::decide::CLOSED_BY_CAMPAIGN;
use super::standing::Held;
use crate::error::Result;
use crate::forge::calls::offers::Offer;
use crate::journal::Caution;

/// Closes the open pull request: says why, closes it, and takes its branch away when nobody else was at it. Its number
/// and page.
///
/// # Errors
/// When it is gone, or the forge refuses.
pub async fn close(
    desk: &Desk<'_>,
    repository: &str,
    offer: &Offer,
    held: &Held,
    why: &str,
) -> Result<(u64, String)> {
    let Some(pull) = offer.open_pull() else { return Err(desk.gone("its pull request is gone")) };
    let (client, name, effects) = (desk.client, &offer.name, desk.operation);
    let body = format!("{}\n\n{CLOSED_BY_CAMPAIGN}\n", pull.body.trim_end());
    let said = format!("Closed by its campaign: {why}.");
    let key = |what: &str| format!("{what} {repository} #{}", pull.number);
    let none = async || Ok(None);
    let act =
        async || desk.noted(client.comment_on_pull(name, pull.number, &said).await).map(|_| true);
    effects.effect(&key("say"), &json!({}), Caution::WhenInDoubt, none, act).await?;
    let act =
        async || desk.noted(client.close_pull_saying(name, pull.number, &body).await).map(|_| true);
    effects.effect(&key("close"), &json!({}), Caution::WhenInDoubt, none, act).await?;
    if matches!(held, Held::Ours { .. }) {
        let act =
            async || desk.noted(client.delete_branch(name, &pull.head_branch).await).map(|()| true);
        effects.effect(&key("delete"), &json!({}), Caution::WhenInDoubt, none, act).await?;
    }
    (desk.told)(&format!("{repository}: closed {}", pull.url));
    Ok((pull.number, pull.url.clone()))
}
