//! Any other gateway: a JSON request signed after Standard Webhooks 1.0, which many languages can
//! verify with a library.

use std::sync::Arc;

use identity::{Delivery, Messenger, OutboundMessage, Secret, SendFault};
use reqwest::{
    Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use standardwebhooks::Webhook as Signer;
use vocab::Clock;

use super::{receipt_of, refused};
use crate::{
    http::{Http, Post},
    signing::unix,
};

/// Characters of a secret: 24 bytes in base64 (Standard Webhooks: 24 to 64 bytes).
const SECRET_SHORTEST: usize = 32;

/// The gateway and how to sign for it.
pub struct Webhook {
    http: Http,
    clock: Arc<dyn Clock>,
    url: Url,
    signer: Signer,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook")
    }
}

impl Webhook {
    /// Takes the secret as `whsec_` and base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// A sentence, if it is not one.
    pub fn new(
        http: Http,
        clock: Arc<dyn Clock>,
        url: Url,
        secret: &Secret,
    ) -> Result<Self, String> {
        let is_long = secret
            .expose()
            .strip_prefix("whsec_")
            .is_some_and(|text| text.len() >= SECRET_SHORTEST);
        let signer = Signer::new(secret.expose()).ok().filter(|_| is_long);
        let signer = signer.ok_or("a webhook secret is whsec_ and base64 of at least 24 bytes")?;
        Ok(Self {
            http,
            clock,
            url,
            signer,
        })
    }

    fn signed(&self, message: &OutboundMessage) -> Result<Post, SendFault> {
        let id = message.id.to_string();
        let body = serde_json::json!({
            "type": "message.send",
            "data": {
                "id": id,
                "channel": message.channel.code(),
                "to": message.to.value(),
                "template": message.template,
                "title": message.title,
                "text": message.text.expose(),
                "code": message.code.as_ref().map(Secret::expose),
                "token": message.token.as_ref().map(Secret::expose),
            },
        });
        let body = body.to_string();
        let timestamp = unix(self.clock.now());
        let unsignable = |_| SendFault::Permanent("the message cannot be signed".into());
        let signature = self
            .signer
            .sign(&id, timestamp, body.as_bytes())
            .map_err(|_| unsignable(()))?;
        let mut headers = HeaderMap::new();
        let stamp = timestamp.to_string();
        for (name, value) in [
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", &stamp),
            ("webhook-signature", &signature),
        ] {
            let value = HeaderValue::try_from(value).map_err(|_| unsignable(()))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Post {
            url: self.url.clone(),
            headers,
            basic: None,
            body,
        })
    }
}

impl Messenger for Webhook {
    /// Receivers know a repeat by `webhook-id` (Standard Webhooks, "Idempotency").
    fn deduplicates(&self, _: &OutboundMessage) -> bool {
        true
    }

    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        let answer = self.http.post(self.signed(message)?)?;
        if !(200..300).contains(&answer.status) {
            return Err(refused(&answer, ""));
        }
        let read = serde_json::from_str::<serde_json::Value>(&answer.body).unwrap_or_default();
        Ok(Delivery {
            receipt: receipt_of(&read, "/id"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_standards_example_has_the_standards_signature() {
        let signer = Signer::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signer
            .sign(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                br#"{"test": 2432232314}"#,
            )
            .unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
