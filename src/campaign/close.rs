//! Closing what a campaign opened, with the reason.

use super::desk::{Desk, Step};
use super::ended::delete_branch;
use super::identity::closed_mark;
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
    let (client, name) = (desk.client, &offer.name);
    let mark = closed_mark(&offer.viewer);
    let body = if pull.body.contains(&mark) {
        pull.body.clone()
    } else {
        format!("{}\n\n{mark}\n", pull.body.trim_end())
    };
    let said = format!("Closed by its campaign: {why}.");
    // A person may have opened again what was closed once.
    let plain = format!("close {repository} #{}", pull.number);
    let close = desk.memory.anew(repository, plain);
    let say = format!("say{}", close.trim_start_matches("close"));
    let none = async || Ok(None);
    let look_up = async || {
        let comment = desk.noted(client.comment_saying(name, pull.number, &said).await)?;
        Ok(comment.map(|_| true))
    };
    let act =
        async || desk.noted(client.comment_on_pull(name, pull.number, &said).await).map(|_| true);
    // What is said twice cannot be taken back, and another machine may have said it.
    let step = Step { caution: Caution::Always, ..Step::new(repository, &say) };
    desk.effect(&step, |_| pull.number, look_up, act).await?;
    let act =
        async || desk.noted(client.close_pull_saying(name, pull.number, &body).await).map(|_| true);
    desk.effect(&Step::new(repository, &close), |_| pull.number, none, act).await?;
    if matches!(held, Held::Ours { .. }) {
        delete_branch(desk, repository, offer, pull).await?;
    }
    (desk.told)(&format!("{repository}: closed {}", pull.url));
    Ok((pull.number, pull.url.clone()))
}
