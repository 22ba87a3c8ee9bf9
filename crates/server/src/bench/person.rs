//! A person at the API: signs up, gets a Token, puts money in, pays. Used by the load generator
//! and by the test harness.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use thiserror::Error;

use super::client::{Connection, Request};

/// How often the sandbox outbox is asked for a message that is on its way.
const MESSAGE_POLL: Duration = Duration::from_millis(5);
/// How many times, before the message counts as lost.
const MESSAGE_TRIES: u32 = 2_000;
/// Strong enough for the policy; the people here are not real.
const PASSWORD: &str = "Plum-Orbit7#Gravel*Lantern";

#[derive(Debug, Error)]
pub enum ActError {
    #[error("connection: {0}")]
    Connection(#[from] std::io::Error),
    #[error("{step}: unexpected answer {status}: {body}")]
    Unexpected {
        step: &'static str,
        status: u16,
        body: String,
    },
    #[error("no message for {0} arrived in the sandbox outbox")]
    NoMessage(String),
}

/// A contact of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// E.164.
    Phone(String),
    Email(String),
}

impl Contact {
    fn text(&self) -> &str {
        match self {
            Self::Phone(text) | Self::Email(text) => text,
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Phone(phone) => json!({ "phone": phone }),
            Self::Email(email) => json!({ "email": email }),
        }
    }

    const fn channel(&self) -> &'static str {
        match self {
            Self::Phone(_) => "sms",
            Self::Email(_) => "email",
        }
    }
}

/// A signed-in person with an active Token.
#[derive(Clone, Debug)]
pub struct Person {
    pub contact: Contact,
    /// `usr_…`
    pub user: String,
    /// The session's bearer token.
    pub session: String,
    /// The Token that authorises payments.
    pub token: String,
    /// `acc_…`, known after the first top-up.
    pub account: String,
}

/// One line of a person's records, as they see it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub id: String,
    /// What it added to the balance, minor units.
    pub change: i64,
    pub balance_after: i64,
}

impl Seen {
    fn of(record: &Value) -> Self {
        let amount = |field: &str| record[field]["amount"].as_i64().unwrap_or_default();
        let size = amount("money");
        Self {
            id: record["id"].as_str().unwrap_or_default().to_owned(),
            change: if record["direction"] == "out" {
                -size
            } else {
                size
            },
            balance_after: amount("balance_after"),
        }
    }
}

/// One payment a person intends.
#[derive(Clone, Debug)]
pub struct Wish {
    pub key: String,
    /// As in the API: `{"account": …}`, `{"email": …}`, ….
    pub to: Value,
    /// Minor units of the default currency.
    pub amount: i64,
}

impl Person {
    /// Signs up, gets a Token by message and activates it.
    pub async fn join(to: &mut Connection, contact: Contact, name: &str) -> Result<Self, ActError> {
        let (user, session) = register(to, &contact, name).await?;
        let mut person = Self {
            contact,
            user,
            session,
            token: String::new(),
            account: String::new(),
        };
        person.activate_token(to).await?;
        Ok(person)
    }

    async fn activate_token(&mut self, to: &mut Connection) -> Result<(), ActError> {
        let ask = Request::post(
            "/v1/security-tokens",
            &json!({"channel": self.contact.channel()}),
        )
        .bearer(&self.session);
        let pending = expect(to, &ask, "security token", 202).await?;
        let id = pending["id"].as_str().unwrap_or_default();
        let token = message(to, self.contact.text(), "token").await?;
        let path = format!("/v1/security-tokens/{id}/activate");
        let activate = Request::post(&path, &json!({ "token": token })).bearer(&self.session);
        expect(to, &activate, "activation", 200).await?;
        self.token = token;
        Ok(())
    }

    /// Puts sandbox money in and learns the account's id.
    pub async fn top_up(
        &mut self,
        to: &mut Connection,
        key: &str,
        amount: i64,
    ) -> Result<(), ActError> {
        let body = json!({"channel": "sandbox", "money": {"amount": amount, "currency": "CNY"}});
        let ask = Request::post("/v1/top-ups", &body)
            .bearer(&self.session)
            .key(key);
        expect(to, &ask, "top-up", 201).await?;
        let wallet = self.wallet(to).await?;
        let accounts = wallet["accounts"].as_array().into_iter().flatten();
        let mut ids = accounts.filter_map(|account| account["id"].as_str());
        self.account = ids.next().unwrap_or_default().to_owned();
        Ok(())
    }

    /// `GET /v1/wallet`.
    pub async fn wallet(&self, to: &mut Connection) -> Result<Value, ActError> {
        expect(
            to,
            &Request::get("/v1/wallet").bearer(&self.session),
            "wallet",
            200,
        )
        .await
    }

    /// The posted balance of the first account, in minor units.
    pub async fn posted(&self, to: &mut Connection) -> Result<i64, ActError> {
        let wallet = self.wallet(to).await?;
        let posted = &wallet["accounts"][0]["posted"];
        let amount = if posted.is_object() {
            &posted["amount"]
        } else {
            posted
        };
        amount.as_i64().ok_or_else(|| ActError::Unexpected {
            step: "wallet",
            status: 200,
            body: wallet.to_string(),
        })
    }

    /// The request that pays.
    pub fn payment(&self, wish: &Wish) -> Request {
        let body = json!({
            "to": wish.to,
            "money": {"amount": wish.amount, "currency": "CNY"},
            "authorization": {"security_token": self.token},
        });
        Request::post("/v1/transfers", &body)
            .bearer(&self.session)
            .key(&wish.key)
    }

    /// The newest page of records, newest first.
    pub async fn newest_records(&self, to: &mut Connection) -> Result<Vec<Seen>, ActError> {
        let ask = Request::get("/v1/transactions?limit=50").bearer(&self.session);
        let page = expect(to, &ask, "records", 200).await?;
        let records = page["data"].as_array().into_iter().flatten();
        Ok(records.map(Seen::of).collect())
    }

    /// Every record, oldest first.
    pub async fn every_record(&self, to: &mut Connection) -> Result<Vec<Seen>, ActError> {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/transactions?limit=40{cursor}");
            let ask = Request::get(&path).bearer(&self.session);
            let page = expect(to, &ask, "records", 200).await?;
            let records = page["data"].as_array().into_iter().flatten();
            seen.extend(records.map(Seen::of));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&after={next}"),
                None => {
                    seen.reverse();
                    return Ok(seen);
                }
            }
        }
    }

    /// Ids of the newest records, back to the first that `known` accepts.
    pub async fn records_until(
        &self,
        to: &mut Connection,
        known: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, ActError> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/transactions?limit=40{cursor}");
            let page = expect(
                to,
                &Request::get(&path).bearer(&self.session),
                "records",
                200,
            )
            .await?;
            for record in page["data"].as_array().into_iter().flatten() {
                let id = record["id"].as_str().unwrap_or_default();
                if known(id) {
                    return Ok(ids);
                }
                ids.push(id.to_owned());
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&after={next}"),
                None => return Ok(ids),
            }
        }
    }
}

async fn register(
    to: &mut Connection,
    contact: &Contact,
    name: &str,
) -> Result<(String, String), ActError> {
    let mut body = contact.json();
    body["accept_terms"] = json!(true);
    body["locale"] = json!("en");
    let begun = expect(
        to,
        &Request::post("/v1/registrations", &body),
        "registration",
        202,
    )
    .await?;
    let id = begun["id"].as_str().unwrap_or_default().to_owned();
    let code = message(to, contact.text(), "code").await?;
    let verify = format!("/v1/registrations/{id}/verify");
    expect(
        to,
        &Request::post(&verify, &json!({ "code": code })),
        "verification",
        200,
    )
    .await?;
    let complete = format!("/v1/registrations/{id}/complete");
    let body = json!({"password": PASSWORD, "name": name});
    let done = expect(to, &Request::post(&complete, &body), "completion", 201).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok((text(&done["user"]["id"]), text(&done["session"]["token"])))
}

/// The newest message to a contact that has the field `code` or `token`.
async fn message(to: &mut Connection, contact: &str, field: &str) -> Result<String, ActError> {
    let path = format!("/sandbox/messages?to={}", contact.replace('+', "%2B"));
    let ask = Request::get(&path);
    for _ in 0..MESSAGE_TRIES {
        let page = expect(to, &ask, "outbox", 200).await?;
        let mut messages = page["data"].as_array().into_iter().flatten();
        if let Some(found) = messages.find_map(|message| message[field].as_str()) {
            return Ok(found.to_owned());
        }
        tokio::time::sleep(MESSAGE_POLL).await;
    }
    Err(ActError::NoMessage(contact.to_owned()))
}

async fn expect(
    to: &mut Connection,
    request: &Request,
    step: &'static str,
    status: u16,
) -> Result<Value, ActError> {
    let answer = to.send(request).await?;
    if answer.status != status {
        let body = String::from_utf8_lossy(answer.body).into_owned();
        return Err(ActError::Unexpected {
            step,
            status: answer.status,
            body,
        });
    }
    Ok(answer.json())
}

/// A crowd signs up over several connections at once, each with `funds` minor units. `contact`
/// names the person of each number, `joined` is called after each.
pub async fn join_all(
    address: SocketAddr,
    people: usize,
    funds: i64,
    contact: impl Fn(usize) -> Contact + Clone + Send + 'static,
    joined: impl Fn() + Clone + Send + 'static,
) -> Result<Vec<Person>, ActError> {
    const CONNECTIONS: usize = 8;
    let mut tasks = Vec::new();
    for lane in 0..CONNECTIONS.min(people) {
        let (contact, joined) = (contact.clone(), joined.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut share = Vec::new();
            for number in (lane..people).step_by(CONNECTIONS) {
                let name = format!("Person {number}");
                let mut person = Person::join(&mut connection, contact(number), &name).await?;
                person
                    .top_up(&mut connection, &format!("fund-{number}"), funds)
                    .await?;
                share.push((number, person));
                joined();
            }
            Ok::<_, ActError>(share)
        }));
    }
    let mut crowd = Vec::new();
    for task in tasks {
        crowd.extend(task.await.map_err(std::io::Error::other)??);
    }
    crowd.sort_by_key(|(number, _)| *number);
    Ok(crowd.into_iter().map(|(_, person)| person).collect())
}
