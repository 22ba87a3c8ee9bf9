use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    closing, confirmations, contacts, exports, passwords, preferences, recoveries, security,
    security_events, through, verifications,
};
use crate::{App, edge::Kind};

/// The routes of an account's life.
pub(super) fn mounted(app: &App) -> OpenApiRouter<App> {
    keeping(app).merge(moving(app))
}

/// What keeps an account: password, contacts, documents, data.
fn keeping(app: &App) -> OpenApiRouter<App> {
    let on = |route, methods| through(app, Kind::Api, route, methods);
    let upload = |route, methods| through(app, Kind::Upload, route, methods);
    OpenApiRouter::new()
        .routes(on(
            "verifications",
            routes!(verifications::begin, verifications::list),
        ))
        .routes(upload(
            "verifications.files",
            routes!(verifications::add_file),
        ))
        .routes(on("verifications.submit", routes!(verifications::submit)))
        .routes(on("password-policy", routes!(passwords::policy)))
        .routes(on("password", routes!(passwords::change)))
        .routes(on("password.check", routes!(passwords::check)))
        .routes(on("password.snooze", routes!(passwords::snooze)))
        .routes(on(
            "registrations.password-check",
            routes!(passwords::check_of_applicant),
        ))
        .routes(on("contacts", routes!(contacts::begin, contacts::list)))
        .routes(on("contact", routes!(contacts::remove)))
        .routes(on("contacts.resend", routes!(contacts::resend)))
        .routes(on("contacts.verify", routes!(contacts::prove)))
        .routes(on("contacts.confirm-old", routes!(contacts::agree)))
        .routes(on("contacts.designate", routes!(contacts::designate)))
        .routes(on(
            "closing",
            routes!(closing::begin, closing::show, closing::cancel),
        ))
        .routes(on("security", routes!(security::show)))
        .routes(on("security.events", routes!(security_events::events)))
        .routes(on(
            "security.access-log",
            routes!(security_events::access_log),
        ))
        .routes(on(
            "security.review",
            routes!(security::look_back, security::answer),
        ))
        .routes(on(
            "preferences",
            routes!(preferences::show, preferences::change),
        ))
        .routes(on("exports", routes!(exports::request)))
        .routes(on("export", routes!(exports::show)))
        .routes(on("exports.download", routes!(exports::download)))
}

/// Ways in: confirmation by a second device, recovery.
fn moving(app: &App) -> OpenApiRouter<App> {
    let on = |route, methods| through(app, Kind::Api, route, methods);
    OpenApiRouter::new()
        .routes(on("device-confirmations", routes!(confirmations::create)))
        .routes(on("device-confirmation", routes!(confirmations::state)))
        .routes(on(
            "device-confirmations.scan",
            routes!(confirmations::scan),
        ))
        .routes(on(
            "device-confirmations.claim",
            routes!(confirmations::claim),
        ))
        .routes(on(
            "device-confirmations.refresh",
            routes!(confirmations::refresh),
        ))
        .routes(on(
            "device-confirmations.approve",
            routes!(confirmations::approve),
        ))
        .routes(on(
            "device-confirmations.reject",
            routes!(confirmations::reject),
        ))
        .routes(on(
            "device-confirmations.redeem",
            routes!(confirmations::redeem),
        ))
        .routes(on("recoveries", routes!(recoveries::start)))
        .routes(on("recoveries.resend", routes!(recoveries::resend)))
        .routes(on("recoveries.verify", routes!(recoveries::verify)))
        .routes(on("recoveries.challenge", routes!(recoveries::challenge)))
        .routes(on("recoveries.prove", routes!(recoveries::prove)))
        .routes(on("recoveries.reset", routes!(recoveries::reset)))
        .routes(on("recoveries.sign-in", routes!(recoveries::sign_in)))
        .routes(on("recoveries.review", routes!(recoveries::ask_for_review)))
}
