//! Twilio's messages, authorised by account and secret (HTTP Basic, RFC 7617).

use identity::{Delivery, Messenger, OutboundMessage, Secret, SendFault};
use reqwest::{
    Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};

use super::{code_of, receipt_of, refused};
use crate::{
    http::{Http, Post},
    signing::percent,
};

/// The gateway and how to ask it.
pub struct Twilio {
    pub http: Http,
    /// `https://api.twilio.com`.
    pub endpoint: Url,
    /// `AC…`: whose account.
    pub account: String,
    /// The account's or an API key's name and secret.
    pub key: String,
    pub secret: Secret,
    /// A number in E.164 or a messaging service `MG…`.
    pub from: String,
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Twilio")
    }
}

impl Messenger for Twilio {
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        let answer = self.http.post(self.request(message))?;
        let read = serde_json::from_str::<serde_json::Value>(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) {
            return Ok(Delivery {
                receipt: receipt_of(&read, "/sid"),
            });
        }
        let code = code_of(&read, "/code");
        Err(refused(&answer, &format!(" {code}")))
    }
}

impl Twilio {
    fn request(&self, message: &OutboundMessage) -> Post {
        let sender = if self.from.starts_with("MG") {
            "MessagingServiceSid"
        } else {
            "From"
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("To", message.to.value())
            .append_pair(sender, &self.from)
            .append_pair("Body", message.text.expose())
            .finish();
        let mut url = self.endpoint.clone();
        url.set_path(&format!(
            "/2010-04-01/Accounts/{}/Messages.json",
            percent(&self.account)
        ));
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        Post {
            url,
            headers,
            basic: Some((self.key.clone(), self.secret.clone())),
            body,
        }
    }
}
