//! What a person prefers: language, time zone, hours of quiet, channels. Security messages go out
//! whatever stands here.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::UserId;

use crate::{
    Channel, Cx, Error, LifeRefusal, Locale,
    audit::{self, Action, By},
    user,
};

/// Minutes of a day.
const DAY_MINUTES: i64 = 1_440;
/// Longest name of a time zone, in bytes.
const ZONE_LONGEST: usize = 64;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Codes, credentials, contacts, devices, freezes: always, at once, everywhere.
    Security,
    /// Money came or went.
    Payments,
    /// What is new in the wallet.
    Product,
}

impl Topic {
    /// What a person can choose about.
    pub const CHOICES: [Self; 2] = [Self::Payments, Self::Product];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Payments => "payments",
            Self::Product => "product",
        }
    }

    /// Reads [`Topic::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Security, Self::Payments, Self::Product]
            .into_iter()
            .find(|topic| topic.code() == code)
    }
}

/// Hours in which nothing but security disturbs, in minutes since midnight where the person is. May
/// run over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: i64,
    to: i64,
}

impl QuietHours {
    /// Reads two times of day, `22:00` and `07:30`.
    ///
    /// # Errors
    /// [`LifeRefusal::QuietHoursInvalid`]: not times, or the same.
    pub fn parse(from: &str, to: &str) -> Result<Self, LifeRefusal> {
        let (from, to) = (minutes(from), minutes(to));
        match (from, to) {
            (Some(from), Some(to)) if from != to => Ok(Self { from, to }),
            _ => Err(LifeRefusal::QuietHoursInvalid),
        }
    }

    /// The two times of day.
    pub fn texts(self) -> (String, String) {
        let text = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (text(self.from), text(self.to))
    }

    /// True at this minute of the person's day.
    pub const fn holds(self, minute: i64) -> bool {
        let minute = minute.rem_euclid(DAY_MINUTES);
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let is_plain = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_plain(hours) || !is_plain(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The name of a time zone in the IANA database, by its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(String);

impl TimeZone {
    /// Reads `Asia/Shanghai`, `UTC`, `America/Argentina/Ushuaia`.
    ///
    /// # Errors
    /// [`LifeRefusal::TimeZoneInvalid`].
    pub fn parse(text: &str) -> Result<Self, LifeRefusal> {
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_uppercase())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
        };
        let is_good = text.len() <= ZONE_LONGEST && text.split('/').all(is_name);
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(LifeRefusal::TimeZoneInvalid)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub locale: Locale,
    pub time_zone: TimeZone,
    pub quiet_hours: Option<QuietHours>,
    /// By which channels they are told about what they can choose.
    pub channels: Vec<(Topic, Vec<Channel>)>,
}

impl Preferences {
    /// True if a message about this may go out by this channel. About security it always may.
    pub fn allows(&self, topic: Topic, channel: Channel) -> bool {
        topic == Topic::Security
            || self
                .channels
                .iter()
                .any(|(about, by)| *about == topic && by.contains(&channel))
    }
}

/// What changes; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub locale: Option<Locale>,
    pub time_zone: Option<TimeZone>,
    /// `Some(None)` ends the hours of quiet.
    pub quiet_hours: Option<Option<QuietHours>>,
    pub channels: Vec<(Topic, Vec<Channel>)>,
}

/// What a person prefers; what they never chose as a new person has it.
pub fn find(read: &mut impl db::Read, user: UserId) -> Result<Preferences, Error> {
    let locale = user::locale_of(read, user)?;
    let stored = store::find(read, user)?;
    let all = [Channel::Inbox, Channel::Sms, Channel::Email];
    let by_default = |topic: Topic| match topic {
        Topic::Product => vec![Channel::Inbox],
        _ => all.to_vec(),
    };
    let channels = Topic::CHOICES.map(|topic| {
        let chosen = stored.as_ref().and_then(|stored| stored.chosen(topic));
        (topic, chosen.unwrap_or_else(|| by_default(topic)))
    });
    let zone = stored.as_ref().map(|stored| stored.time_zone.as_str());
    let time_zone = TimeZone::parse(zone.unwrap_or("Asia/Shanghai"))
        .map_err(|_| db::Fault::corrupt("a time zone is malformed"))?;
    Ok(Preferences {
        locale,
        time_zone,
        quiet_hours: stored.and_then(|stored| stored.quiet_hours),
        channels: channels.to_vec(),
    })
}

/// Changes what a person prefers.
///
/// # Errors
/// [`LifeRefusal::SecurityIsAlwaysTold`].
pub fn change(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    changes: &Changes,
) -> Result<Preferences, Error> {
    let mut preferences = find(tx, user)?;
    for (topic, by) in &changes.channels {
        if *topic == Topic::Security {
            return Err(LifeRefusal::SecurityIsAlwaysTold.into());
        }
        let chosen = preferences
            .channels
            .iter_mut()
            .find(|(about, _)| about == topic);
        if let Some((_, channels)) = chosen {
            channels.clone_from(by);
        }
    }
    if let Some(zone) = &changes.time_zone {
        preferences.time_zone = zone.clone();
    }
    if let Some(quiet) = changes.quiet_hours {
        preferences.quiet_hours = quiet;
    }
    if let Some(locale) = changes.locale {
        store::set_locale(tx, user, locale)?;
        preferences.locale = locale;
    }
    store::set(tx, user, &preferences)?;
    let deed = (Action::PreferencesChanged, "");
    audit::note(tx, cx, By::person(user), user, deed)?;
    Ok(preferences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_run_over_midnight() {
        let night = QuietHours::parse("22:00", "07:30").expect("two times");
        let table = [
            ("21:59", false),
            ("22:00", true),
            ("00:00", true),
            ("07:29", true),
            ("07:30", false),
        ];
        for (time, is_quiet) in table {
            assert_eq!(
                night.holds(minutes(time).expect("a time")),
                is_quiet,
                "{time}"
            );
        }
        assert_eq!(night.texts(), ("22:00".to_owned(), "07:30".to_owned()));
        for (from, to) in [
            ("24:00", "01:00"),
            ("7:00", "08:00"),
            ("09:00", "09:00"),
            ("", ""),
        ] {
            assert!(QuietHours::parse(from, to).is_err(), "{from} {to}");
        }
    }

    #[test]
    fn zones_have_the_shape_of_names() {
        for good in [
            "UTC",
            "Asia/Shanghai",
            "Etc/GMT+8",
            "America/Argentina/Ushuaia",
        ] {
            assert!(TimeZone::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "asia/shanghai",
            "Asia/",
            "../etc/passwd",
            "A B",
            "Asia/上海",
        ] {
            assert!(TimeZone::parse(bad).is_err(), "{bad}");
        }
    }
}
