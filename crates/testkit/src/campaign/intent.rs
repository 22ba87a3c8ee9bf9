use serde_json::Value;

use super::Finding;
use crate::{
    client::{Answer, Connection},
    person::{Person, Wish},
};

/// What the campaign was told about one wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Done: the answer, which names the record.
    Applied(Vec<u8>),
    /// The rules said no, and remember it.
    Refused(u16, Vec<u8>),
    /// Not done and not remembered: overload, full storage.
    Declined(u16),
    /// No answer, or one that says so.
    Unknown,
}

/// One payment the campaign wished for.
#[derive(Clone, Debug)]
pub struct Intent {
    pub payer: usize,
    /// None if it goes to nobody.
    pub payee: Option<usize>,
    pub wish: Wish,
    pub fate: Fate,
}

impl Intent {
    /// The id of the record it made.
    pub fn record(&self) -> Option<String> {
        let Fate::Applied(body) = &self.fate else {
            return None;
        };
        let transfer: Value = serde_json::from_slice(body).ok()?;
        transfer["id"].as_str().map(str::to_owned)
    }

    /// Sends it for the first time.
    pub async fn send(&mut self, crew: &[Person], to: &mut Connection) -> Result<(), Finding> {
        let request = crew[self.payer].payment(&self.wish);
        match to.send(&request).await {
            Ok(answer) => self.fate = fate(&answer)?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Repeats it under the same key: a known answer must come back byte for byte, an unknown fate
    /// becomes final.
    pub async fn repeat(&mut self, crew: &[Person], to: &mut Connection) -> Result<(), Finding> {
        if matches!(self.fate, Fate::Declined(_)) {
            return Ok(());
        }
        let answer = to.send(&crew[self.payer].payment(&self.wish)).await?;
        let is_replayed = answer.is_replayed();
        let now = fate(&answer)?;
        match (&self.fate, &now) {
            (Fate::Unknown, Fate::Applied(_) | Fate::Refused(..)) => {}
            (before, now) if before == now && is_replayed => {}
            (before, now) => {
                let key = &self.wish.key;
                let story = format!(
                    "{key}: told {}, now {} (replayed: {is_replayed})",
                    shown(before),
                    shown(now)
                );
                return Err(Finding::Broken(story));
            }
        }
        self.fate = now;
        Ok(())
    }
}

fn fate(answer: &Answer<'_>) -> Result<Fate, Finding> {
    let body = answer.body.to_vec();
    match answer.status {
        201 => Ok(Fate::Applied(body)),
        409 | 422 | 423 => Ok(Fate::Refused(answer.status, body)),
        503 | 507 | 429 if answer.json()["outcome"] == "not_applied" => {
            Ok(Fate::Declined(answer.status))
        }
        500..=599 => Ok(Fate::Unknown),
        status => {
            let text = String::from_utf8_lossy(&body);
            Err(Finding::Broken(format!(
                "unexpected answer {status}: {text}"
            )))
        }
    }
}

fn shown(fate: &Fate) -> String {
    match fate {
        Fate::Applied(body) => format!("applied {}", String::from_utf8_lossy(body)),
        Fate::Refused(status, body) => {
            format!("refused {status} {}", String::from_utf8_lossy(body))
        }
        other => format!("{other:?}"),
    }
}
