//! After the load: no cent came into being or was lost, and people see what they did.

use std::net::SocketAddr;

use super::{FUNDS, load::Tally};
use crate::{
    bench::{client::Connection, person::Person},
    failure::{During, Failure},
    terminal::say,
};

/// People whose records are counted.
const SAMPLE: usize = 3;

/// Compares all balances, and the records of a few, with what was answered.
pub(super) async fn verify(
    address: SocketAddr,
    crowd: &[Person],
    tally: &Tally,
) -> Result<(), Failure> {
    let mut to = Connection::open(address)
        .await
        .during("connecting for the audit")?;
    let mut total = 0;
    let mut wrong = 0_u32;
    for (number, person) in crowd.iter().enumerate() {
        let posted = person.posted(&mut to).await.during("reading a wallet")?;
        total += posted;
        let net = i128::from(tally.received[number]) - i128::from(tally.sent[number]);
        wrong += u32::from(i128::from(posted) != i128::from(FUNDS) + net);
    }
    let funded = FUNDS * i64::try_from(crowd.len()).during("counting people")?;
    if total != funded {
        return Err(Failure::found_wrong(format!(
            "money is not conserved: {total} of {funded}"
        )));
    }
    // A payment without an answer may have happened, so balances may then differ from the answers.
    if wrong > 0 && tally.unanswered == 0 {
        return Err(Failure::found_wrong(format!(
            "{wrong} balances differ from the answers"
        )));
    }
    say(&format!("money is conserved over {} wallets", crowd.len()));
    if tally.unanswered == 0 {
        count_records(&mut to, crowd, tally).await?;
    }
    Ok(())
}

async fn count_records(
    to: &mut Connection,
    crowd: &[Person],
    tally: &Tally,
) -> Result<(), Failure> {
    let step = (crowd.len() / SAMPLE).max(1);
    for number in (0..crowd.len()).step_by(step).take(SAMPLE) {
        let listed = crowd[number]
            .records_until(to, |_| false)
            .await
            .during("reading records")?
            .len();
        // One more: the top-up.
        let expected = tally.sent[number] + tally.received[number] + 1;
        if u64::try_from(listed).ok() != Some(expected) {
            return Err(Failure::found_wrong(format!(
                "a person lists {listed} records and must have {expected}"
            )));
        }
    }
    say("records are complete");
    Ok(())
}
