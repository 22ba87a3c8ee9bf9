//! To whom and from where a payment goes, as far as its table asks.

use std::net::IpAddr;

use identity::{device, network};
use payments::{
    approval,
    factors::{Circumstances, PAYEE_YOUNG_SECONDS},
};
use vocab::{AccountId, Money};

use crate::{App, caller::Caller, problem::Problem};

impl App {
    /// What is known of a payment beside its amount. Small payments are not looked into.
    pub(crate) async fn look_around(
        &self,
        caller: &Caller,
        payee: AccountId,
        money: Money,
    ) -> Result<Circumstances, Problem> {
        if !self.books().limits().table().looks_around(money) {
            return Ok(Circumstances::default());
        }
        let session = caller.session.clone();
        let from = caller
            .from
            .as_ref()
            .map(IpAddr::to_string)
            .unwrap_or_default();
        let seen = self.read(move |tx, cx| {
            let user = session.user;
            let since = approval::payee_since(tx, user, payee)?;
            let is_old = since.is_some_and(|at| at.plus_seconds(PAYEE_YOUNG_SECONDS) <= cx.now);
            Ok(Circumstances {
                is_new_payee: !is_old,
                is_new_device: device::is_new(tx, cx, &session)?,
                is_unfamiliar_network: !network::is_familiar(tx, cx, user, &from)?,
            })
        });
        Ok(seen.await?)
    }
}
