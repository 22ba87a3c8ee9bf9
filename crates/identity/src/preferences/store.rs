use db::{Fault, Read, Tx, params};
use vocab::UserId;

use super::{Preferences, QuietHours, Topic};
use crate::{Channel, Locale};

db::sql! {
    FIND = "SELECT time_zone, quiet_from, quiet_to, payments_by, product_by FROM preferences \
        WHERE user_id = $1";
    SET = "INSERT INTO preferences (user_id, time_zone, quiet_from, quiet_to, payments_by, \
        product_by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET \
        time_zone = excluded.time_zone, quiet_from = excluded.quiet_from, \
        quiet_to = excluded.quiet_to, payments_by = excluded.payments_by, \
        product_by = excluded.product_by";
    SET_LOCALE = "UPDATE users SET locale = $2 WHERE id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct Stored {
    pub(super) time_zone: String,
    pub(super) quiet_hours: Option<QuietHours>,
    payments_by: String,
    product_by: String,
}

impl Stored {
    pub(super) fn chosen(&self, topic: Topic) -> Option<Vec<Channel>> {
        let codes = match topic {
            Topic::Payments => &self.payments_by,
            Topic::Product => &self.product_by,
            Topic::Security => return None,
        };
        Some(
            codes
                .split_whitespace()
                .filter_map(Channel::from_code)
                .collect(),
        )
    }
}

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<Stored>, Fault> {
    read.query_one(FIND, &params![user.raw()], |row| {
        let quiet_hours = match (row.opt_int(1)?, row.opt_int(2)?) {
            (Some(from), Some(to)) => Some(QuietHours { from, to }),
            _ => None,
        };
        Ok(Stored {
            time_zone: row.text(0)?.to_owned(),
            quiet_hours,
            payments_by: row.text(3)?.to_owned(),
            product_by: row.text(4)?.to_owned(),
        })
    })
}

pub(super) fn set(tx: &mut Tx<'_>, user: UserId, preferences: &Preferences) -> Result<(), Fault> {
    let by = |topic: Topic| {
        let chosen = preferences
            .channels
            .iter()
            .find(|(about, _)| *about == topic);
        let codes: Vec<&str> = chosen
            .into_iter()
            .flat_map(|(_, by)| by.iter().map(|channel| channel.code()))
            .collect();
        codes.join(" ")
    };
    let quiet = preferences.quiet_hours;
    let values = params![
        user.raw(),
        preferences.time_zone.as_str(),
        quiet.map(|quiet| quiet.from),
        quiet.map(|quiet| quiet.to),
        by(Topic::Payments),
        by(Topic::Product)
    ];
    tx.execute(SET, &values).map(|_| ())
}

pub(super) fn set_locale(tx: &mut Tx<'_>, user: UserId, locale: Locale) -> Result<(), Fault> {
    tx.execute(SET_LOCALE, &params![user.raw(), locale.code()])
        .map(|_| ())
}
