//! The outside world: what leaves this program, and over which wire.
//!
//! Implements the traits that the domain declares and brings the job steps that use them. A rail
//! speaks a foreign protocol, retries within a budget, and never runs inside a database
//! transaction; it does not touch the ledger's tables. Beside each real rail stands one for the
//! sandbox.
//!
//! What a rail answers is one of three: sent, not sent, or not known; it never guesses. Where
//! requests go is settled by the operator, over TLS outside of this machine, without redirects.
//!
//! Read in this order: `delivery`, `sandbox`, `switchboard`, `smtp`, `http`, `signing`, `sms`.

mod delivery;
mod http;
mod sandbox;
mod signing;
mod sms;
mod smtp;
mod switchboard;

pub use delivery::{deliver_once, purge_once};
pub use http::{Http, Reach};
pub use sandbox::SandboxMessenger;
pub use sms::{Aliyun, Templates, Tencent, Twilio, Webhook};
pub use smtp::{Protection, Smtp, SmtpSettings};
pub use switchboard::{SmsRoute, Switchboard};
