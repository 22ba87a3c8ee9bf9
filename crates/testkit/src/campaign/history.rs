//! From what people were told and shown to a history that can be judged.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use super::{Campaign, Endured, Fate, Finding, patiently};
use crate::{
    client::Connection,
    person::Seen,
    versions::{Act, History, Judged, Sight, Write},
};

/// A record's place among its account's.
type Places = BTreeMap<(usize, String), u64>;

impl Campaign {
    /// Reads every record of everybody through the product's own face and judges all of it together
    /// with what clients were told and shown meanwhile.
    pub async fn judge(&self, address: SocketAddr, endured: &Endured) -> Result<Judged, Finding> {
        let mut to = Connection::open(address).await?;
        let (mut places, mut writes) = (Places::new(), BTreeMap::<String, Vec<Write>>::new());
        for (number, person) in self.crew().iter().enumerate() {
            let account = account(number);
            let records = patiently(async || person.every_record(&mut to).await).await?;
            for (version, seen) in (1..).zip(records) {
                let Seen {
                    id,
                    change,
                    balance_after,
                } = seen;
                writes.entry(id.clone()).or_default().push(Write {
                    account,
                    version,
                    change,
                    balance_after,
                });
                if places.insert((number, id.clone()), version).is_some() {
                    return Err(Finding::Broken(format!("{id} is listed twice")));
                }
            }
        }
        let mut history = History::default();
        history.acts.extend(acts(endured, &mut writes)?);
        history.acts.extend(sights(endured, &places)?);
        // What was there before: top-ups, and earlier loads. Nobody kept their moments.
        history
            .acts
            .extend(writes.into_iter().map(|(name, writes)| Act {
                name,
                writes,
                ..Act::default()
            }));
        history
            .judge()
            .map_err(|flaw| Finding::Broken(flaw.to_string()))
    }
}

fn account(number: usize) -> u64 {
    number as u64
}

fn micros(moment: Duration) -> u64 {
    u64::try_from(moment.as_micros()).unwrap_or(u64::MAX)
}

/// Every payment that was acknowledged, with both of its sides.
fn acts(endured: &Endured, writes: &mut BTreeMap<String, Vec<Write>>) -> Result<Vec<Act>, Finding> {
    let mut acts = Vec::new();
    for (intent, (sent, answered)) in endured.intents.iter().zip(&endured.spans) {
        if !matches!(intent.fate, Fate::Applied(_)) {
            continue;
        }
        let key = &intent.wish.key;
        let record = intent.record().unwrap_or_default();
        let written = writes.remove(&record).unwrap_or_default();
        if written.len() != 2 {
            let story = format!("{key}, record {record}, has {} sides", written.len());
            return Err(Finding::Broken(story));
        }
        acts.push(Act {
            name: key.clone(),
            sent: micros(*sent),
            answered: Some(micros(*answered)),
            writes: written,
            sights: Vec::new(),
        });
    }
    Ok(acts)
}

fn sights(endured: &Endured, places: &Places) -> Result<Vec<Act>, Finding> {
    let looks = endured.looks.iter().enumerate();
    looks
        .map(|(number, look)| {
            let place = places.get(&(look.person, look.record.clone()));
            let version = *place
                .ok_or_else(|| Finding::Broken(format!("{} was shown and is gone", look.record)))?;
            Ok(Act {
                name: format!("look {number}"),
                sent: micros(look.span.0),
                answered: Some(micros(look.span.1)),
                writes: Vec::new(),
                sights: vec![Sight {
                    account: account(look.person),
                    version,
                    balance: look.balance,
                }],
            })
        })
        .collect()
}
