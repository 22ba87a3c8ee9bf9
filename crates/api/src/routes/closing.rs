use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    access_token::{self, AccessToken, AccessTokenState},
    closing::{self, Closing, NewClosing},
    contact::change::Applied,
    freeze::{self, Freeze},
};
use payments::{Outcome, Standing, schedule, transfer, wallet};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{Money, RecordId, Timestamp, UserId};

use super::views::{Done, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{MoneyView, Statement, Text, body},
    problem::{Code, FieldError, Problem, ProblemBody},
};

body! {
    /// Somebody wants to leave.
    pub(crate) struct ClosingRequest {
        /// `注销账户` or `close my account`.
        phrase: Text,
        /// Why, for the operator.
        reason: Option<Statement>,
    }
}

/// Something that stands in the way of closing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Obstacle {
    /// `balance`, `hold`, `scheduled_transfer`, `access_token`, `freeze` or `recovery_hold`.
    code: &'static str,
    /// What exactly, in English.
    detail: String,
    /// The route that takes it away.
    link: &'static str,
}

/// Whether a person may leave, and what is in the way.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosingView {
    /// `open` or `cooling_off`.
    state: &'static str,
    obstacles: Vec<Obstacle>,
    /// What is in the accounts, one per currency.
    balances: Vec<MoneyView>,
    /// When the account is closed, unless it is canceled before.
    closes_at: Option<String>,
}

/// The week runs, or it does not any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosingState {
    /// `cooling_off` or `open`.
    state: &'static str,
    closes_at: Option<String>,
}

/// What was looked up of a person who wants to leave.
struct Found {
    standings: Vec<Standing>,
    held_until: Option<Timestamp>,
    freezes: Vec<Freeze>,
    closing: Option<Closing>,
    scheduled: Vec<RecordId>,
    tokens: Vec<AccessToken>,
}

/// What the books and the people's room say about leaving.
struct Survey {
    standings: Vec<Standing>,
    obstacles: Vec<Obstacle>,
    closing: Option<Closing>,
}

impl App {
    async fn look_up_leaving(&self, user: UserId) -> Result<Found, Problem> {
        let books = self.books().clone();
        let found = self.read(move |tx, cx| {
            let standings = wallet::accounts_of(&books, tx, user)?;
            let held_until = identity::hold::outgoing_hold(tx, cx, user)?;
            let freezes = freeze::list(tx, cx, user)?;
            let owned = wallet::account_ids(tx, user)?;
            let scheduled = schedule::of_accounts(tx, &owned, DUE_MOST)?;
            let mut tokens = access_token::list(tx, cx, user)?;
            tokens.retain(|token| {
                !matches!(
                    token.state,
                    AccessTokenState::Revoked | AccessTokenState::Expired
                )
            });
            Ok(Found {
                standings,
                held_until,
                freezes,
                closing: closing::find(tx, user)?,
                scheduled,
                tokens,
            })
        });
        Ok(found.await?)
    }

    async fn survey(&self, user: UserId) -> Result<Survey, Problem> {
        let Found {
            standings,
            held_until,
            freezes,
            closing,
            scheduled,
            tokens,
        } = self.look_up_leaving(user).await?;
        let mut obstacles = Vec::new();
        for standing in &standings {
            let account = &standing.account;
            let currency = account.currency.code();
            if account.posted != 0 {
                obstacles.push(Obstacle {
                    code: "balance",
                    detail: format!("{currency} {} in {}", account.posted, account.id),
                    link: "/v1/transfers",
                });
            }
            if account.held != 0 && scheduled.is_empty() {
                obstacles.push(Obstacle {
                    code: "hold",
                    detail: format!("{currency} {} on hold in {}", account.held, account.id),
                    link: "/v1/transactions",
                });
            }
        }
        obstacles.extend(scheduled.iter().map(|id| Obstacle {
            code: "scheduled_transfer",
            detail: format!("{} is still to arrive", id.with_prefix(transfer::PREFIX)),
            link: "/v1/transfers",
        }));
        obstacles.extend(tokens.iter().map(|token| Obstacle {
            code: "access_token",
            detail: format!("a program can still act with {}", token.id),
            link: "/v1/access-tokens",
        }));
        let is_live = |freeze: &&Freeze| freeze.lifted_at.is_none();
        obstacles.extend(freezes.iter().filter(is_live).map(|freeze| Obstacle {
            code: "freeze",
            detail: format!("frozen by {}", freeze.by.code()),
            link: "/v1/freezes",
        }));
        if let Some(until) = held_until {
            obstacles.push(Obstacle {
                code: "recovery_hold",
                detail: format!("the account was recovered; wait until {until}"),
                link: "/v1/security",
            });
        }
        Ok(Survey {
            standings,
            obstacles,
            closing,
        })
    }

    /// Closes accounts whose week is over, where still nothing is in the way; one that got money
    /// in between stays, and its week begins anew with the next wish. Gives how many ended.
    ///
    /// # Errors
    /// A fault of the store or the books.
    pub async fn close_due_accounts(&self) -> Result<usize, identity::Error> {
        let due = self.read(|tx, cx| closing::due(tx, cx, DUE_MOST)).await?;
        let count = due.len();
        for closing in due {
            self.close_account(closing).await?;
        }
        Ok(count)
    }

    async fn close_account(&self, closing: Closing) -> Result<(), identity::Error> {
        let user = closing.user;
        let found = self.read(move |tx, cx| {
            let owned = wallet::account_ids(tx, user)?;
            Ok((owned, closing::contact_indexes(tx, cx, user)?))
        });
        let (owned, contacts) = found.await?;
        let order = |(account, _)| wallet::close_order(account);
        let orders: Vec<_> = owned.into_iter().map(order).collect();
        let outcomes = self.books().submit(orders).await?;
        let is_kept = |outcome: &Outcome| matches!(outcome, Outcome::Refused(no) if no.code() != "account_closed");
        if outcomes.iter().any(is_kept) {
            self.write(move |tx, cx| closing::cancel(tx, cx, user))
                .await?;
            self.forget_person(user);
            return Ok(());
        }
        self.write(move |tx, cx| closing::complete(tx, cx, &closing))
            .await?;
        self.forget_contacts(&Applied {
            people: vec![user],
            contacts,
        });
        self.forget_sessions_of(user);
        Ok(())
    }
}

/// Accounts closed in one round.
const DUE_MOST: i64 = 20;

/// Whether one may leave: everything that is in the way, at once.
#[utoipa::path(
    get, path = "/v1/closing", tag = "closing", security(("session" = [])),
    responses(
        (status = 200, body = ClosingView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let survey = app.survey(caller.user()).await?;
    let balance = |standing: &Standing| {
        MoneyView::from(Money::new(
            standing.account.posted,
            standing.account.currency,
        ))
    };
    let view = ClosingView {
        state: state_name(survey.closing.as_ref()),
        obstacles: survey.obstacles,
        balances: survey.standings.iter().map(balance).collect(),
        closes_at: survey.closing.map(|closing| closing.closes_at.to_string()),
    };
    Ok(json(StatusCode::OK, &view))
}

const fn state_name(closing: Option<&Closing>) -> &'static str {
    match closing {
        Some(_) => "cooling_off",
        None => "open",
    }
}

/// Leave: the account is closed after a week, unless it is canceled.
#[utoipa::path(
    post, path = "/v1/closing", tag = "closing", security(("session" = [])),
    request_body = ClosingRequest,
    responses(
        (status = 202, body = Done<ClosingState>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn begin(
    State(app): State<App>,
    JsonBody(body): JsonBody<ClosingRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let new = NewClosing {
        phrase: body.phrase.0,
        reason: body.reason.map(|reason| reason.0),
    };
    let survey = app.survey(caller.user()).await?;
    if !survey.obstacles.is_empty() {
        return Err(blocked(&survey.obstacles));
    }
    let (beginning, session) = (app.clone(), caller.session);
    app.settle(async move {
        let user = session.user;
        let begun = beginning
            .write(move |tx, cx| closing::begin(tx, cx, &session, &new))
            .await?;
        beginning.forget_person(user);
        let body = ClosingState {
            state: state_name(Some(&begun)),
            closes_at: Some(begun.closes_at.to_string()),
        };
        Ok(done(StatusCode::ACCEPTED, body))
    })
    .await
}

fn blocked(obstacles: &[Obstacle]) -> Problem {
    let errors = obstacles.iter().map(|obstacle| FieldError {
        code: Code::ClosingBlocked,
        param: obstacle.code.to_owned(),
        detail: obstacle.detail.clone().into(),
    });
    Problem::from(Code::ClosingBlocked).with_errors(errors.collect())
}

/// Stay after all.
#[utoipa::path(
    delete, path = "/v1/closing", tag = "closing", security(("session" = [])),
    responses(
        (status = 200, body = Done<ClosingState>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn cancel(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let (user, canceling) = (caller.user(), app.clone());
    app.settle(async move {
        canceling
            .write(move |tx, cx| closing::cancel(tx, cx, user))
            .await?;
        canceling.forget_person(user);
        let body = ClosingState {
            state: state_name(None),
            closes_at: None,
        };
        Ok(done(StatusCode::OK, body))
    })
    .await
}
