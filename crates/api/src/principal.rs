//! A person, or a program that acts for one within its scopes.

use std::{net::IpAddr, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use identity::access_token::{self, LiveToken, Standing, key::AccessKey};
use vocab::{AccessTokenId, Timestamp, UserId};

use crate::{
    App,
    access::Access,
    address::ClientAddress,
    caller::{Caller, bearer},
    edge::Incoming,
    problem::{Code, Problem},
};

/// How long a token is believed without another look: a revocation on another server is known here
/// after this at the latest.
const BELIEVED: i64 = 1;

/// Who acts.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    Person(Caller),
    Program(Program),
}

/// A program whose token is good and has the scope of the route.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) token: Arc<LiveToken>,
    key: AccessKey,
    from: Option<IpAddr>,
}

/// A token as it was looked up.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    token: Arc<LiveToken>,
    at: Timestamp,
}

impl Principal {
    /// For whom.
    pub(crate) fn user(&self) -> UserId {
        match self {
            Self::Person(caller) => caller.user(),
            Self::Program(program) => program.token.user,
        }
    }

    pub(crate) const fn program(&self) -> Option<&Program> {
        match self {
            Self::Person(_) => None,
            Self::Program(program) => Some(program),
        }
    }

    /// Whether the session or the token still lives.
    pub(crate) async fn lives(&self, app: &App) -> bool {
        match self {
            Self::Person(caller) => {
                matches!(app.look_up_session(caller.token).await, Ok(Some(_)))
            }
            Self::Program(program) => app.admit(program.key.clone(), program.from).await.is_ok(),
        }
    }
}

impl FromRequestParts<App> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(text) = bearer(&parts.headers)?.filter(|text| AccessKey::is_meant(text)) else {
            return Ok(Self::Person(Caller::from_request_parts(parts, app).await?));
        };
        let program = admit(parts, app, text).await?;
        let incoming = parts.extensions.get::<Incoming>().ok_or(Code::Internal)?;
        match incoming.access {
            Access::Scope(scope) if program.token.scopes.contains(scope) => {
                Ok(Self::Program(program))
            }
            Access::Scope(scope) => Err(Problem::from(Code::ScopeMissing)
                .with_text(format!("this needs the scope {scope}"))),
            Access::Everybody | Access::Person | Access::Staff(_) => {
                Err(Code::PersonRequired.into())
            }
        }
    }
}

/// A program by its token alone, for what a token may do to itself.
#[derive(Clone, Debug)]
pub(crate) struct Bare(pub(crate) Program);

impl FromRequestParts<App> for Bare {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let text = bearer(&parts.headers)?.filter(|text| AccessKey::is_meant(text));
        let Some(text) = text else {
            // A person has no token here that could end.
            Caller::from_request_parts(parts, app).await?;
            return Err(Code::NotFound.into());
        };
        Ok(Self(admit(parts, app, text).await?))
    }
}

/// Refuses programs where only a person may act: a good token hears why, any other nothing.
pub(crate) async fn refuse_program(parts: &Parts, app: &App, text: &str) -> Problem {
    match admit(parts, app, text).await {
        Ok(_) => Code::PersonRequired.into(),
        Err(problem) => problem,
    }
}

async fn admit(parts: &Parts, app: &App, text: &str) -> Result<Program, Problem> {
    let key = AccessKey::read(text, app.policy()).ok_or(Code::Unauthenticated)?;
    let client = parts.extensions.get::<ClientAddress>();
    let from = client.map(|client| client.0);
    let token = app.admit(key.clone(), from).await?;
    Ok(Program { token, key, from })
}

impl App {
    /// The token of a key, if it is good now.
    async fn admit(&self, key: AccessKey, from: Option<IpAddr>) -> Result<Arc<LiveToken>, Problem> {
        let Some(token) = self.look_up_program(&key).await? else {
            let _ = access_token::refuse_unknown(&key, self.keys());
            return Err(Code::Unauthenticated.into());
        };
        let now = self.now();
        match token.judge(&key, from, &self.cx(now)) {
            Standing::Good => {}
            Standing::Frozen => return Err(Code::AccountFrozen.into()),
            Standing::Refused => return Err(Code::Unauthenticated.into()),
        }
        if token.needs_touch(&self.cx(now)) {
            self.note_program(key.id(), token.id);
        }
        Ok(token)
    }

    async fn look_up_program(&self, key: &AccessKey) -> Result<Option<Arc<LiveToken>>, Problem> {
        let now = self.now();
        if let Some(known) = self.programs().get(&key.id().to_owned())
            && now < known.at.plus_seconds(BELIEVED)
        {
            return Ok(Some(known.token));
        }
        let since = self.programs().loading();
        let looked_up = key.clone();
        let found = self
            .read(move |tx, cx| access_token::find_live(tx, cx, &looked_up))
            .await?;
        let Some(token) = found.map(Arc::new) else {
            return Ok(None);
        };
        let known = Known {
            token: Arc::clone(&token),
            at: now,
        };
        self.programs().keep(since, key.id().to_owned(), known);
        Ok(Some(token))
    }

    /// Notes in the background that a token is in use, a minute apart.
    fn note_program(&self, key: &str, id: AccessTokenId) {
        let (app, key) = (self.clone(), key.to_owned());
        tokio::spawn(async move {
            // Should it fail, the token counts as unused a minute longer.
            let _ = app
                .write(move |tx, cx| access_token::touch(tx, cx, id))
                .await;
            app.programs().forget(&key);
        });
    }

    /// Makes a change of a person's tokens known here at once.
    pub(crate) fn forget_programs_of(&self, user: UserId) {
        self.programs()
            .forget_unless(|known| known.token.user != user);
        self.hub().recheck();
    }
}
