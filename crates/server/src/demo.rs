//! `tael serve --sandbox --demo`: two people with a month of records, made through the same doors
//! that everybody uses, under a clock that is put forward from event to event.

use std::sync::Arc;

use api::Edges;
use axum::Router;
use payments::limits::Preset;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use vocab::{Clock, Timestamp, UserId};

use crate::{
    clock::{ManualClock, OsEntropy, SystemClock},
    data_dir::DataDir,
    failure::{During as _, Failure},
    keys::ServerKeys,
    settings::Settings,
    wire::{House, Plan},
};
use door::{Caller, Door};
use story::{Act, CAST, EVENTS, Event, Role, Sum};

mod door;
mod story;

/// How far back the story begins.
const STORY_DAYS: i64 = 30;

/// Somebody of the cast, once they have an account.
struct Player {
    role: &'static Role,
    caller: Caller,
    token: String,
}

/// Makes the month in a fresh data directory or database, without serving it meanwhile; a database
/// that somebody has opened before is left as it is.
pub(crate) fn make_month(
    dir: &DataDir,
    settings: &Settings,
    runtime: &Runtime,
) -> Result<(), Failure> {
    let now = SystemClock::default().now();
    let clock = Arc::new(ManualClock::at(now.plus_seconds(-STORY_DAYS * 86_400)));
    let keys = ServerKeys::open_or_make(dir, &OsEntropy)?;
    let house = House::open(
        dir,
        keys,
        Plan {
            clock: clock.clone(),
            on_fatal: Arc::new(|_| {}),
            default_currency: settings.default_currency,
            limits: Preset::Plain,
            public_url: None,
            links_to: "http://localhost:8080".to_owned(),
            edges: Edges::default(),
            passwords: settings.passwords.clone(),
            strangers: settings.strangers.clone(),
            disk_reserve: settings.disk_reserve,
            tail_records: settings.tail_records,
            database: settings.database.clone(),
        },
    )?;
    if settings.database.is_some() && !house.is_first {
        return house.shut_down();
    }
    let played = runtime.block_on(play(&house, &clock, now));
    played.and(house.shut_down())
}

async fn play(house: &House, clock: &ManualClock, now: Timestamp) -> Result<(), Failure> {
    let door = Door::new(house, api::router(house.app.clone()));
    let mut players = Vec::new();
    for role in &CAST {
        players.push(Player::join(&door, role).await?);
    }
    for (number, event) in EVENTS.iter().enumerate() {
        clock.advance_to(moment(now, event));
        let (player, other) = match event.who {
            0 => (0, 1),
            _ => (1, 0),
        };
        players[player].sign_in(&door).await?;
        let key = format!("demo-{number}");
        players[player]
            .act(&door, &event.act, &key, players[other].role)
            .await?;
    }
    clock.advance_to(now.plus_seconds(-3_600));
    for player in &mut players {
        player.sign_in(&door).await?;
        player.get_token(&door).await?;
    }
    Ok(())
}

/// When an event of the story happened, seen from today.
fn moment(now: Timestamp, event: &Event) -> Timestamp {
    let midnight = Timestamp::from_micros((now.day() - event.days_ago) * Timestamp::DAY);
    midnight.plus_seconds(event.minute * 60)
}

impl Player {
    async fn join(door: &Door, role: &'static Role) -> Result<Self, Failure> {
        let contact = json!({"phone": role.phone, "locale": role.locale, "accept_terms": true});
        let begun = door
            .post("/v1/registrations", contact, &Caller::default())
            .await?;
        let path = format!("/v1/registrations/{}", text(&begun["id"]));
        let code = door.newest(role.phone, "code").await?;
        let anybody = Caller::default();
        door.post(&format!("{path}/verify"), json!({"code": code}), &anybody)
            .await?;
        let account = json!({"password": role.password, "name": role.name});
        let done = door
            .post(&format!("{path}/complete"), account, &anybody)
            .await?;
        let caller = Caller::signed_in(text(&done["session"]["token"]));
        let mut player = Self {
            role,
            caller,
            token: String::new(),
        };
        player.get_token(door).await?;
        Ok(player)
    }

    async fn sign_in(&mut self, door: &Door) -> Result<(), Failure> {
        self.caller = sign_in(door, self.role).await?;
        Ok(())
    }

    /// Gets a Token and activates it; one that was active before is void.
    async fn get_token(&mut self, door: &Door) -> Result<(), Failure> {
        let asked = door.post(
            "/v1/security-tokens",
            json!({"channel": "sms"}),
            &self.caller,
        );
        let path = format!("/v1/security-tokens/{}/activate", text(&asked.await?["id"]));
        self.token = door.newest(self.role.phone, "token").await?;
        door.post(&path, json!({"token": self.token}), &self.caller)
            .await?;
        Ok(())
    }

    async fn act(&self, door: &Door, act: &Act, key: &str, other: &Role) -> Result<(), Failure> {
        let caller = self.caller.with_key(key);
        match *act {
            Act::TopUp(Sum { minor, currency }) => {
                let money = json!({"amount": minor, "currency": currency});
                let body = json!({"channel": "sandbox", "money": money});
                door.post("/v1/top-ups", body, &caller).await?;
            }
            Act::Pay(Sum { minor, currency }, note) => {
                let body = json!({
                    "to": {"phone": other.phone},
                    "money": {"amount": minor, "currency": currency},
                    "note": note,
                    "authorization": {"security_token": self.token},
                });
                door.post("/v1/transfers", body, &caller).await?;
            }
        }
        Ok(())
    }
}

/// How to sign in as the cast, for people to read; adds nothing to what they have, unless their
/// Token has gone meanwhile.
pub(crate) async fn sign_ins(house: &House, router: &Router) -> Result<String, Failure> {
    let door = Door::new(house, router.clone());
    let mut lines = vec!["Two people to try it with:".to_owned()];
    for role in &CAST {
        let Ok(caller) = sign_in(&door, role).await else {
            return Ok("--demo was left out: this store was begun without it".to_owned());
        };
        let mut player = Player {
            role,
            caller,
            token: String::new(),
        };
        match active_token(house, &door, &player).await? {
            Some(token) => player.token = token,
            None => player.get_token(&door).await?,
        }
        door.delete("/v1/sessions/current", &player.caller).await?;
        lines.push(format!(
            "  {}: phone {}, password {}, Token {}",
            role.name, role.phone, role.password, player.token
        ));
    }
    Ok(lines.join("\n"))
}

async fn sign_in(door: &Door, role: &Role) -> Result<Caller, Failure> {
    let body = json!({"identifier": role.phone, "password": role.password});
    let session = door.post("/v1/sessions", body, &Caller::default()).await?;
    Ok(Caller::signed_in(text(&session["token"])))
}

/// The text of the active Token, if the sandbox's outbox still has it.
async fn active_token(
    house: &House,
    door: &Door,
    player: &Player,
) -> Result<Option<String>, Failure> {
    let me = door.get("/v1/me", &player.caller).await?;
    let user: UserId = text(&me["id"])
        .parse()
        .during("reading who the demo's people are")?;
    let (ground, now) = (house.ground.clone(), house.clock.now());
    let look = move |tx: &mut db::ReadTx<'_>| {
        identity::security_token::find_active(tx, &ground.at(now), user)
    };
    let active = house
        .db
        .read(look)
        .await
        .during("reading the demo's Token")?;
    let Some(active) = active else {
        return Ok(None);
    };
    let sent = door.messages(player.role.phone).await?;
    let tokens = sent.iter().filter_map(|message| message["token"].as_str());
    let mut active_ones = tokens.filter(|token| active.matches(token, &house.ground.keys, now));
    Ok(active_ones.next().map(str::to_owned))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_goes_forward_and_ends_before_now() {
        // Just after midnight is the worst hour for it.
        let now = Timestamp::from_micros(20_000 * Timestamp::DAY + 1);
        let begin = now.plus_seconds(-STORY_DAYS * 86_400);
        let end = now.plus_seconds(-3_600);
        let moments: Vec<_> = EVENTS.iter().map(|event| moment(now, event)).collect();
        assert!(moments.is_sorted(), "{moments:?}");
        assert!(moments.first().is_some_and(|first| *first > begin));
        assert!(moments.last().is_some_and(|last| *last < end));
    }

    #[test]
    fn the_story_never_needs_more_than_is_there() {
        let mut held = std::collections::BTreeMap::new();
        for event in EVENTS {
            match event.act {
                Act::TopUp(Sum { minor, currency }) => {
                    *held.entry((event.who, currency)).or_insert(0) += minor
                }
                Act::Pay(Sum { minor, currency }, _) => {
                    let from = held.entry((event.who, currency)).or_insert(0);
                    *from -= minor;
                    assert!(*from >= 0, "{event:?}");
                    *held.entry((1 - event.who, currency)).or_insert(0) += minor;
                }
            }
        }
    }
}
