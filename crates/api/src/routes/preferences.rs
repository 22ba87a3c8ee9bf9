use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Channel, Locale, Rejection,
    preferences::{self, Changes, Preferences, QuietHours, TimeZone, Topic},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::views::{Done, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{FromJson, Json, Reading, Text, body},
    problem::{Code, Problem, ProblemBody},
};

body! {
    /// Two times of day where the person is; may run over midnight.
    pub(crate) struct QuietHoursBody {
        /// `22:00`.
        from: Text,
        /// `07:30`.
        to: Text,
    }
}

/// Hours of quiet, or null for none.
#[derive(Debug)]
enum QuietWish {
    None,
    Hours(QuietHoursBody),
}

impl FromJson for QuietWish {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match json {
            Json::Text(text) if text == "none" => Some(Self::None),
            other => QuietHoursBody::from_json(other, reading).map(Self::Hours),
        }
    }
}

impl ToSchema for QuietWish {}

impl utoipa::PartialSchema for QuietWish {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        QuietHoursBody::schema()
    }
}

body! {
    /// By which channels a person is told about what they can choose.
    pub(crate) struct ChannelsBody {
        payments: Option<ChannelList>,
        product: Option<ChannelList>,
        /// Cannot be chosen: security messages always go out.
        security: Option<ChannelList>,
    }
}

/// `inbox`, `sms`, `email`.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = Vec<String>)]
struct ChannelList(Vec<Channel>);

impl FromJson for ChannelList {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let Json::List(items) = json else {
            return reading.refuse(Code::InvalidField, "must be a list of channels");
        };
        let read = |item: &Json<'_>| match item {
            Json::Text(code) => Channel::from_code(code),
            _ => None,
        };
        match items.iter().map(read).collect::<Option<Vec<_>>>() {
            Some(channels) if channels.len() <= 3 => Some(Self(channels)),
            _ => reading.refuse(Code::InvalidField, "must be of inbox, sms and email"),
        }
    }
}

body! {
    /// What changes; what is absent stays.
    pub(crate) struct PreferencesRequest {
        /// `zh` or `en`.
        locale: Option<Text>,
        /// A name of the IANA database, `Asia/Shanghai`.
        time_zone: Option<Text>,
        /// `{"from", "to"}`, or `"none"`.
        quiet_hours: Option<QuietWish>,
        channels: Option<ChannelsBody>,
    }
}

/// Hours of quiet.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuietHoursView {
    from: String,
    to: String,
}

/// Channels by subject.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChannelsView {
    payments: Vec<&'static str>,
    product: Vec<&'static str>,
    /// All of them, always.
    security: Vec<&'static str>,
}

/// What a person prefers.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreferencesView {
    locale: &'static str,
    time_zone: String,
    quiet_hours: Option<QuietHoursView>,
    channels: ChannelsView,
}

impl From<Preferences> for PreferencesView {
    fn from(preferences: Preferences) -> Self {
        let all = [Channel::Inbox, Channel::Sms, Channel::Email];
        let by = |topic: Topic| {
            let allowed = all.into_iter().filter(|&by| preferences.allows(topic, by));
            allowed.map(Channel::code).collect()
        };
        let quiet = preferences.quiet_hours.map(QuietHours::texts);
        Self {
            locale: preferences.locale.code(),
            channels: ChannelsView {
                payments: by(Topic::Payments),
                product: by(Topic::Product),
                security: by(Topic::Security),
            },
            quiet_hours: quiet.map(|(from, to)| QuietHoursView { from, to }),
            time_zone: preferences.time_zone.as_str().to_owned(),
        }
    }
}

/// What the person prefers.
#[utoipa::path(
    get, path = "/v1/preferences", tag = "me", security(("session" = [])),
    responses(
        (status = 200, body = PreferencesView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let found = app.read(move |tx, _| preferences::find(tx, user)).await?;
    Ok(json(StatusCode::OK, &PreferencesView::from(found)))
}

/// Change what one prefers. Security messages go out whatever stands here.
#[utoipa::path(
    post, path = "/v1/preferences", tag = "me", security(("session" = [])),
    request_body = PreferencesRequest,
    responses(
        (status = 200, body = Done<PreferencesView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    JsonBody(body): JsonBody<PreferencesRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let changes = read_changes(body)?;
    let user = caller.user();
    let changed = app
        .write(move |tx, cx| preferences::change(tx, cx, user, &changes))
        .await?;
    app.forget_person(user);
    Ok(done(StatusCode::OK, PreferencesView::from(changed)))
}

fn read_changes(body: PreferencesRequest) -> Result<Changes, Problem> {
    let locale = match &body.locale {
        Some(tag) => Some(Locale::from_tag(&tag.0).ok_or_else(|| {
            Problem::field(Code::InvalidField, "/locale").with_text("must be zh or en")
        })?),
        None => None,
    };
    let zone = body.time_zone.map(|zone| TimeZone::parse(&zone.0));
    let quiet_hours = match body.quiet_hours {
        Some(QuietWish::Hours(hours)) => Some(Some(
            QuietHours::parse(&hours.from.0, &hours.to.0).map_err(Rejection::from)?,
        )),
        Some(QuietWish::None) => Some(None),
        None => None,
    };
    let channels = body.channels.map_or_else(Vec::new, |channels| {
        let chosen = [
            (Topic::Payments, channels.payments),
            (Topic::Product, channels.product),
            (Topic::Security, channels.security),
        ];
        let given = chosen.into_iter();
        given
            .filter_map(|(topic, by)| Some((topic, by?.0)))
            .collect()
    });
    Ok(Changes {
        locale,
        time_zone: zone.transpose().map_err(Rejection::from)?,
        quiet_hours,
        channels,
    })
}
