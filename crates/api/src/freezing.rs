//! Letting the accounts follow what a person's freezes say: flags live with people, the books with
//! money, and an answer about a freeze comes only once both agree.

use identity::{
    Error,
    freeze::{self, Frozen},
};
use payments::freeze::{Restraint, enforce_orders, restrain};
use vocab::UserId;

use crate::{App, problem::Problem};

/// Tries at handing the orders to books that are busy.
const TRIES: usize = 5;

impl App {
    /// Returns when every account of this person does what their freezes say: after a freeze, no
    /// debit commits from then on. Safe to repeat; what fails is repeated by
    /// [`App::finish_freezes`].
    pub(crate) async fn follow_freezes(&self, user: UserId) -> Result<(), Problem> {
        let mark = self
            .write(move |tx, _| {
                let (mark, Frozen { debit, credit }) = freeze::begin_to_follow(tx, user)?;
                restrain(tx, user, Restraint { debit, credit })?;
                Ok(mark)
            })
            .await?;
        let orders = self
            .read(move |tx, _| Ok(enforce_orders(tx, user)?))
            .await?;
        self.submit_patiently(orders).await?;
        self.write(move |tx, _| Ok(freeze::settle(tx, mark)?))
            .await?;
        self.forget_person(user);
        self.forget_programs_of(user);
        Ok(())
    }

    /// Finishes what a crash or a fault has left between people and books, for at most `most`
    /// people; gives how many there were.
    pub async fn finish_freezes(&self, most: i64) -> Result<usize, Error> {
        let unsettled = self
            .read(move |tx, _| Ok(freeze::unsettled(tx, most)?))
            .await?;
        for user in &unsettled {
            if let Err(problem) = self.follow_freezes(*user).await {
                tracing::warn!(code = problem.code().name(), "a freeze waits for the books");
            }
        }
        Ok(unsettled.len())
    }

    /// Hands orders to books that may be busy; only orders that may be repeated.
    pub(crate) async fn submit_patiently(
        &self,
        orders: Vec<payments::Order>,
    ) -> Result<Vec<payments::Outcome>, Problem> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let mut tried = 1;
        loop {
            match self.books().submit(orders.clone()).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(fault) if tried >= TRIES => return Err(fault.into()),
                Err(_) => tried += 1,
            }
        }
    }
}
