use axum::{extract::State, http::StatusCode, response::Response};
use payments::wallet;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccountId, Currency, UserId};

use super::views::{AccountView, Done, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{CurrencyCode, body},
    principal::Principal,
    problem::{Code, Problem, ProblemBody},
};

body! {
    /// Which account to open.
    pub(crate) struct AccountRequest { currency: CurrencyCode }
}

/// A person's accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = Wallet)]
pub(crate) struct WalletView {
    /// One per currency, oldest first.
    accounts: Vec<AccountView>,
}

/// The wallet: its accounts with what is posted, held and available.
#[utoipa::path(
    get, path = "/v1/wallet", tag = "wallet", security(("session" = []), ("access_token" = ["wallet:read"])),
    responses(
        (status = 200, body = WalletView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Principal) -> Result<Response, Problem> {
    let accounts = app.show_accounts(caller.user()).await?;
    Ok(json(StatusCode::OK, &WalletView { accounts }))
}

/// Open an account in another currency; answers with the one there is, if there is one.
#[utoipa::path(
    post, path = "/v1/wallet/accounts", tag = "wallet", security(("session" = [])),
    request_body = AccountRequest,
    responses(
        (status = 201, body = Done<AccountView>),
        (status = 200, description = "There was one already", body = Done<AccountView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn open_account(
    State(app): State<App>,
    JsonBody(body): JsonBody<AccountRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, currency) = (caller.user(), body.currency.0);
    let person = app.find_person(user).await?.ok_or(Code::Unauthenticated)?;
    let status = match person.account_in(currency) {
        Some(_) => StatusCode::OK,
        None => {
            let opening = app.clone();
            app.settle(async move { opening.open_account(user, currency).await })
                .await?;
            StatusCode::CREATED
        }
    };
    let accounts = app.show_accounts(user).await?;
    let opened = accounts.into_iter().find(|account| account.is_in(currency));
    Ok(done(status, opened.ok_or(Code::Internal)?))
}

impl App {
    async fn show_accounts(&self, user: UserId) -> Result<Vec<AccountView>, Problem> {
        let books = self.books().clone();
        let standings = self
            .read(move |tx, _| Ok(wallet::accounts_of(&books, tx, user)?))
            .await?;
        Ok(standings.iter().map(AccountView::from).collect())
    }

    /// Opens a person's account in the currency of the house, if they have no account yet. Done at
    /// sign-up, and again at sign-in should the server have ended between the two steps.
    pub(crate) async fn open_first_account(&self, user: UserId) -> Result<(), Problem> {
        let has_one = self
            .find_person(user)
            .await?
            .is_some_and(|p| !p.accounts.is_empty());
        if has_one {
            return Ok(());
        }
        self.open_account(user, self.settings().default_currency)
            .await
    }

    /// Opens a person's account in a currency; nothing happens if they have one.
    pub(crate) async fn open_account(
        &self,
        user: UserId,
        currency: Currency,
    ) -> Result<(), Problem> {
        // Two ids of one microsecond may meet; the second try has another.
        for _ in 0..4 {
            let account = AccountId::new(self.now(), self.entropy());
            let order = wallet::open_order(user, account, currency);
            self.books().submit(vec![order]).await?;
            self.forget_person(user);
            let person = self.find_person(user).await?;
            if person.is_some_and(|person| person.account_in(currency).is_some()) {
                return Ok(());
            }
        }
        Err(Code::Internal.into())
    }
}
