//! What a payment needs to know about people, kept in memory: names as others see them, accounts,
//! the Token. Whoever changes one of them says so with [`App::forget_person`].

use std::sync::Arc;

use identity::{
    ActiveToken, Contact, closing,
    hold::{self, Outgoing},
    security_token, user, verification,
};
use payments::{
    Rejection,
    limits::{self, OwnLimits, Terms, Tier},
    wallet,
};
use vocab::{AccountId, Currency, UserId};

use crate::{App, problem::Problem};

/// A person as payer or payee.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) masked_name: String,
    /// Oldest first, one per currency.
    pub(crate) accounts: Vec<(AccountId, Currency)>,
    pub(crate) token: Option<ActiveToken>,
    pub(crate) tier: Tier,
    /// What they allow themselves, by currency.
    pub(crate) own_limits: Vec<(Currency, OwnLimits)>,
    /// What keeps their money from going out.
    pub(crate) outgoing: Outgoing,
    /// They are leaving: nobody pays them any more.
    pub(crate) is_leaving: bool,
}

impl Person {
    /// Their account in this currency, or the oldest, which the books then refuse for its currency.
    pub(crate) fn account_for(&self, currency: Currency) -> Option<AccountId> {
        let exact = self.accounts.iter().find(|(_, held)| *held == currency);
        exact.or(self.accounts.first()).map(|(account, _)| *account)
    }

    /// What is known of this person as a payer, with the weakest proof there is.
    pub(crate) fn terms(&self, currency: Currency) -> Terms {
        let own = self.own_limits.iter().find(|(known, _)| *known == currency);
        Terms {
            tier: self.tier,
            own: own.map(|(_, own)| *own).unwrap_or_default(),
            ..Terms::default()
        }
    }

    /// Their account in exactly this currency.
    pub(crate) fn account_in(&self, currency: Currency) -> Option<AccountId> {
        let exact = self.accounts.iter().find(|(_, held)| *held == currency);
        exact.map(|(account, _)| *account)
    }
}

/// Whom somebody wants to pay.
#[derive(Clone, Debug)]
pub(crate) enum PayeeName {
    Contact(Contact),
    User(UserId),
    Account(AccountId),
    /// An id that cannot be anybody's.
    Nobody,
}

/// Who gets the money, and into which account.
#[derive(Clone, Debug)]
pub(crate) struct Payee {
    pub(crate) person: Arc<Person>,
    pub(crate) account: AccountId,
}

impl App {
    /// A person, `None` if there is no such.
    pub(crate) async fn find_person(&self, id: UserId) -> Result<Option<Arc<Person>>, Problem> {
        if let Some(known) = self.people().get(&id) {
            return Ok(Some(known));
        }
        let since = self.people().loading();
        let found = self.read(move |tx, cx| {
            let Some(payee) = user::find_payee(tx, cx, id)? else {
                return Ok(None);
            };
            Ok(Some(Person {
                user: id,
                masked_name: payee.masked_name,
                accounts: wallet::account_ids(tx, id)?,
                token: security_token::find_active(tx, cx, id)?,
                tier: Tier::from_number(verification::tier_of(tx, id)?),
                own_limits: limits::own(tx, id)?,
                outgoing: hold::outgoing(tx, cx, id)?,
                is_leaving: closing::find(tx, id)?.is_some(),
            }))
        });
        let Some(person) = found.await?.map(Arc::new) else {
            return Ok(None);
        };
        self.people().keep(since, id, Arc::clone(&person));
        Ok(Some(person))
    }

    /// Whose a person's account is.
    pub(crate) async fn find_owner(&self, account: AccountId) -> Result<Option<UserId>, Problem> {
        if let Some(known) = self.owners().get(&account) {
            return Ok(Some(known));
        }
        let since = self.owners().loading();
        let books = self.books().clone();
        let found = self
            .read(move |tx, _| Ok(wallet::owner_of(&books, tx, account)?))
            .await?;
        if let Some(owner) = found {
            self.owners().keep(since, account, owner);
        }
        Ok(found)
    }

    /// Who gets money sent to this name in this currency, or why nobody does.
    pub(crate) async fn find_payee(
        &self,
        name: &PayeeName,
        currency: Currency,
    ) -> Result<Result<Payee, Rejection>, Problem> {
        let user = match name {
            PayeeName::Nobody => None,
            PayeeName::User(user) => Some(*user),
            PayeeName::Contact(contact) => self.find_contact_owner(contact).await?,
            PayeeName::Account(account) => self.find_owner(*account).await?,
        };
        let person = match user {
            Some(user) => self.find_person(user).await?,
            None => None,
        };
        let Some(person) = person else {
            return Ok(Err(Rejection::PayeeNotFound));
        };
        if person.is_leaving {
            return Ok(Err(Rejection::PayeeFrozen));
        }
        let account = match name {
            PayeeName::Account(account) => Some(*account),
            _ => person.account_for(currency),
        };
        let Some(account) = account else {
            return Ok(Err(Rejection::PayeeNotFound));
        };
        Ok(Ok(Payee { person, account }))
    }

    async fn find_contact_owner(&self, contact: &Contact) -> Result<Option<UserId>, Problem> {
        let index = contact.index(self.keys());
        if let Some(known) = self.contacts().get(index.bytes()) {
            return Ok(Some(known));
        }
        let since = self.contacts().loading();
        let found = self.read(move |tx, _| user::find_owner(tx, &index)).await?;
        if let Some(owner) = found {
            self.contacts().keep(since, *index.bytes(), owner);
        }
        Ok(found)
    }
}
