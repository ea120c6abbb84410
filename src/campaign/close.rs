//! Closing the pull requests of a campaign, with a reason.

use serde_json::{Value, json};

use super::effect_kind::EffectKind;
use super::failed::Failed;
use super::held::Held;
use super::identity::{closed_mark, given_up_mark, marked_as_closed};
use super::leftovers::{Ended, branch_taken};
use super::recorder::{Recorder, Step};
use super::wording::in_comment;
use crate::error::Result;
use crate::forge::calls::branch_pulls::{Offer, PullSeen};
use crate::journal::Caution;

/// Why a pull request is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'w> {
    /// It is no longer needed. If it is needed again, it is offered again.
    Unneeded(&'w str),
    /// Somebody gives it up, with a reason if there is one. It is not offered again automatically.
    GivenUp(Option<&'w str>),
}

impl Why<'_> {
    fn mark(self, login: &str) -> String {
        match self {
            Self::Unneeded(_) => closed_mark(login),
            Self::GivenUp(why) => given_up_mark(login, why),
        }
    }

    /// The intent that the journal records, for a run that has to resume.
    fn intent(self, pull: &PullSeen) -> Value {
        json!({ "given_up": matches!(self, Self::GivenUp(_)), EffectKind::HEAD: pull.head })
    }

    fn words(self) -> String {
        match self {
            // The reason contains paths, which a repository may name as it likes.
            Self::Unneeded(why) => in_comment(why),
            Self::GivenUp(Some(why)) => why.to_owned(),
            Self::GivenUp(None) => "it was given up".to_owned(),
        }
    }
}

/// Closes the open pull request: comments the reason, closes it, and deletes its branch if nobody else changed it.
///
/// # Errors
/// When it is gone, or the forge refuses.
pub async fn close(
    recorder: &Recorder<'_>,
    repository: &str,
    offer: &Offer,
    held: &Held,
    why: Why<'_>,
) -> Result<Ended, Failed> {
    let Some(pull) = offer.open_pull() else {
        return Err(Failed::gone("its pull request is gone"));
    };
    let (client, name) = (recorder.client, &offer.name);
    let body = marked_as_closed(&pull.body, &why.mark(&offer.viewer));
    let said = format!("Closed by its campaign: {}.", why.words());
    // A person may have reopened a pull request that was closed before.
    let plain = EffectKind::Close.key(repository, format_args!("#{}", pull.number));
    let close = recorder.memory.anew(repository, plain);
    // The comment and the closing share a key suffix, so they belong together however often this repeats.
    let say = close.replacen(EffectKind::Close.as_str(), EffectKind::Say.as_str(), 1);
    let none = async || Ok(None);
    let look_up = async || {
        let comment = client.comment_saying(name, pull.number, &said).await?;
        Ok(comment.map(|_| true))
    };
    let act = async || {
        client.comment_on_pull(name, pull.number, &said).await?;
        Ok(true)
    };
    // A comment cannot be taken back if it is posted twice, and another machine may have posted it.
    let step = Step::new(repository, &say).intending(why.intent(pull));
    let step = Step { caution: Caution::Always, ..step };
    recorder.effect(&step, |_| pull.number, look_up, act).await?;
    let act = async || {
        client.close_pull_saying(name, pull.number, &body).await?;
        Ok(true)
    };
    let step = Step::new(repository, &close).intending(why.intent(pull));
    recorder.effect(&step, |_| pull.number, none, act).await?;
    (recorder.told)(&format!("{repository}: closed {}", pull.url));
    let branch_stays = match held {
        Held::Ours { .. } => branch_taken(recorder, repository, offer, pull).await?,
        _ => None,
    };
    Ok(Ended { number: pull.number, branch_stays })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_repository_says_is_text_in_a_comment() {
        let why =
            "it would change nothing there now, and path-missing @acme/all ![x](https://y) stays";
        assert_eq!(
            Why::Unneeded(why).words(),
            "it would change nothing there now, and path-missing @<!-- -->acme/all !\\[x\\](https:<!-- -->//y) stays"
        );
        let key = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
        assert!(!Why::Unneeded(&format!("found in {key}")).words().contains(&key));
        // A person says it in their own words.
        assert_eq!(Why::GivenUp(Some("see #7, @ann")).words(), "see #7, @ann");
    }
}
