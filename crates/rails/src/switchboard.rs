//! Which gateway carries which message: by channel, and for SMS by the number's country.

use std::{fmt, sync::Arc};

use identity::{Channel, Delivery, Messenger, OutboundMessage, SendFault};

/// A gateway for SMS and where it sends to.
#[derive(Clone)]
pub struct SmsRoute {
    /// ISO 3166 codes in capitals; none for everywhere.
    pub countries: Vec<String>,
    pub gateway: Arc<dyn Messenger>,
}

/// Sends each message by the first gateway that carries it.
#[derive(Clone, Default)]
pub struct Switchboard {
    pub sms: Vec<SmsRoute>,
    pub email: Option<Arc<dyn Messenger>>,
}

impl Switchboard {
    /// True if nothing can leave at all.
    pub fn is_empty(&self) -> bool {
        self.sms.is_empty() && self.email.is_none()
    }

    fn gateway(&self, message: &OutboundMessage) -> Option<&dyn Messenger> {
        match message.channel {
            Channel::Sms => {
                let country = message.to.country();
                let carries = |route: &&SmsRoute| {
                    route.countries.is_empty()
                        || country.is_some_and(|code| route.countries.iter().any(|c| c == code))
                };
                self.sms.iter().find(carries).map(|route| &*route.gateway)
            }
            Channel::Email => self.email.as_deref(),
            Channel::Inbox => None,
        }
    }
}

impl Messenger for Switchboard {
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        match self.gateway(message) {
            Some(gateway) => gateway.send(message),
            None => Err(SendFault::Permanent(format!(
                "there is no gateway for {} to this contact",
                message.channel.code()
            ))),
        }
    }

    fn deduplicates(&self, message: &OutboundMessage) -> bool {
        self.gateway(message)
            .is_some_and(|gateway| gateway.deduplicates(message))
    }
}

impl fmt::Debug for SmsRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsRoute")
            .field("countries", &self.countries)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Switchboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switchboard")
            .field("sms", &self.sms)
            .field("email", &self.email.is_some())
            .finish()
    }
}
